"""The cause of the alarm about new versions, on the local cloud: a run on the candidate breaks a hard constraint."""

from __future__ import annotations

from datetime import timedelta

from conclave.clock import system_clock, timestamp
from conclave.codec import decode, encode
from conclave.records.runs import DECISION, FRAME, PROPOSAL
from conclave.rollout.acting import Move, moved
from conclave.rollout.record import Record, admitted, adopted, begun
from conclave.types import Decision, Frame, Pin, ScoredOption, Side
from msgspec import structs

from bench.alarms.quality import bodies_of, stand
from bench.alarms.scene import Scene

STABLE, CANDIDATE = "1", "2"
AGE = timedelta(minutes=10)
"""Of the candidate's share; the run began in the middle of that."""


def candidate_that_breaks_a_rule(scene: Scene) -> None:
    """New versions have a share of the runs, and in the decision of one of them an option was chosen that a rule forbids."""
    records = bodies_of(scene, scene.ask())
    try:
        record = _with_a_share(scene)
        frame = decode(records[FRAME], Frame)
        if frame.manifest is None:
            raise AssertionError("each run has a manifest")
        pin = Pin(side=Side.CANDIDATE, rollout=record.rollout, versions=dict(record.candidate))
        on_candidate = encode(structs.replace(frame, manifest=structs.replace(frame.manifest, pin=pin)))
        decision = _broken(decode(records.get(DECISION) or records[PROPOSAL], Decision))
        stand(scene, {**records, FRAME: on_candidate, DECISION: encode(decision)}, AGE / 2)
        scene.invoke("gate", {})
    finally:
        scene.forget_rollout()


def _with_a_share(scene: Scene) -> Record:
    """The record of a rollout whose candidate was admitted a while ago."""
    at, names = timestamp(system_clock() - AGE), [each.name for each in scene.pack.agents]
    stable, candidate = dict.fromkeys(names, STABLE), dict.fromkeys(names, CANDIDATE)
    for move, change in (
        (Move.ADOPTED, lambda record: adopted(record, stable, at=at)),
        (Move.BEGUN, lambda record: begun(record, candidate, stable={}, at=at)),
        (Move.ADMITTED, lambda record: admitted(record, at=at)),
    ):
        record = moved(scene.rollouts, change, move, by="bench", why="an alarm has to ring", at=at)
    return record


def _broken(decision: Decision) -> Decision:
    chosen = ScoredOption(option_id="O1", scores={}, total=0.0, violations=["a rule"])
    others = [each for each in decision.options if each.option_id != chosen.option_id]
    return structs.replace(decision, option_id=chosen.option_id, options=[chosen, *others])
