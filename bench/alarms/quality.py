"""The cause of the alarm about quality, on the local cloud: yesterday's answers are worse than those of the days before."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta

from conclave.audit.chain import Act
from conclave.clock import system_clock, timestamp
from conclave.codec import decode, encode
from conclave.records.run_records import HEADS, all_assessments
from conclave.records.runs import APPROVAL, DECISION, FEEDBACK, PROPOSAL, Publication, Run, assessment_record
from conclave.types import Assessment, RunStatus
from msgspec import structs

from bench.alarms.scene import Scene

RUNS_A_DAY = 2
WORSE = "It costs 777,777 dollars by flights/XX99-1999-01-01, and that is that."
"""What a model might write that makes figures and evidence up."""


def answers_that_got_worse(scene: Scene) -> None:
    """The answers of a run stand in several days, and in yesterday's runs a figure is made up in each."""
    records = bodies_of(scene, scene.ask())
    for days in range(2, 6):
        for _ in range(RUNS_A_DAY):
            stand(scene, records, timedelta(days=days))
    for _ in range(RUNS_A_DAY):
        stand(scene, {name: _worse(name, body) for name, body in records.items()}, timedelta(days=1))
    scene.invoke("review", {})


def _worse(name: str, body: bytes) -> bytes:
    """A record with another rationale, where it has one."""
    if not name.startswith(assessment_record("", "").rstrip("#")):
        return body
    return encode(structs.replace(decode(body, Assessment), rationale=WORSE))


def bodies_of(scene: Scene, run_id: str) -> dict[str, bytes]:
    """The records of a run that ended, as they are stored, by name."""
    names = [*HEADS, *(assessment_record(*each) for each in all_assessments(scene.pack))]
    _, stored = scene.runs.load(run_id, names)
    return {name: each.body for name, each in stored.items()}


def stand(scene: Scene, records: Mapping[str, bytes], age: timedelta) -> None:
    """Stores a finished run of an age with these records."""
    at = timestamp(system_clock() - age)
    run = Run(
        run_id=f"run-{uuid.uuid4().hex[:24]}",
        status=RunStatus.RUNNING,
        pack=scene.pack.name,
        created_at=at,
        updated_at=at,
        correlation_id="bench",
        text="an incident of the bench",
    )
    scene.runs.create(run)
    claimed = scene.runs.claim(run.run_id, "arn:bench", at)
    act = Act(event="answers_recorded", at=at, body={})
    kept = {name: body for name, body in records.items() if name not in (DECISION, APPROVAL, FEEDBACK)}
    scene.runs.write(run.run_id, kept, claimed.fence, act)
    decision = records.get(DECISION) or records[PROPOSAL]
    ended = Publication(
        run_id=run.run_id,
        fence=claimed.fence,
        status=RunStatus.DECIDED,
        option_id="",
        degraded=False,
        decision=decision,
        act=structs.replace(act, event="decision_published"),
        now=at,
    )
    scene.runs.publish(ended)
