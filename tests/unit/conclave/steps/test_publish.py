"""From a proposal to what people see: publishing, closing, the audit, and runs as they are shown."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conclave.api.documents import run_row
from conclave.audit.canonical import sha256
from conclave.audit.chain import Act, ChainBroken, read_chain
from conclave.codec import RecordInvalid, convert, decode, encode
from conclave.codes import Moment
from conclave.records.runs import PROPOSAL, StaleFence
from conclave.steps.close_run import close
from conclave.steps.decide import perform_decide
from conclave.steps.publish import NothingToPublish, publish
from conclave.types import Claim, Complexity, Decision, Failure, RunStatus
from marking import mark
from pipe_domain import NOW, Extractor, clock, codes, document, make_scene


def test_publishing_twice_announces_twice_and_changes_nothing(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.room.deliberate("run-1")
    before = document(scene)
    publish("run-1", 1, pack=scene.room.pack, runs=scene.runs, bus=scene.bus, clock=clock)
    assert document(scene) == before
    assert scene.bus.sent[0] == scene.bus.sent[1]


def test_an_older_execution_cannot_publish(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    first = scene.runs.claim("run-1", "arn:1", NOW)
    act = Act(event="decision_proposed", at=NOW, body={})
    scene.runs.write("run-1", {PROPOSAL: encode(Decision(status=RunStatus.HALTED, reasons=()))}, first.fence, act)
    scene.runs.claim("run-1", "arn:2", NOW)
    with pytest.raises(StaleFence):
        publish("run-1", first.fence, pack=scene.room.pack, runs=scene.runs, bus=scene.bus, clock=clock)
    assert scene.runs.get("run-1").audit_entries == 2
    assert scene.bus.sent == []


def test_nothing_is_published_without_a_proposal(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    with pytest.raises(NothingToPublish):
        publish("run-1", 0, pack=scene.room.pack, runs=scene.runs, bus=scene.bus, clock=clock)
    assert scene.runs.get("run-1").status is RunStatus.RUNNING


def test_a_chain_that_was_tampered_with_cannot_be_read(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.room.deliberate("run-1")
    stored = scene.runs.audit("run-1")
    assert [each.entry.sequence for each in read_chain("run-1", stored)] == [1, 2, 3, 4, 5, 6]
    with pytest.raises(ChainBroken, match=r"^audit of run-1: entry 6 does not follow"):
        read_chain("run-1", [*stored[:5], stored[5].replace(b"decided", b"halted!")])
    with pytest.raises(ChainBroken, match=r"^audit of run-1: entry 3 cannot be read"):
        read_chain("run-1", [*stored[:2], b"{}"])
    with pytest.raises(ChainBroken, match="entry 2"):
        read_chain("run-1", [stored[0], *stored[2:]])
    with pytest.raises(ChainBroken, match="entry 1"):
        read_chain("run-2", stored)


def test_a_dead_execution_is_closed_once_and_a_decided_run_stays(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.runs.claim("run-1", "arn", NOW)
    decision = close("run-1", "TIMED_OUT", pack=scene.room.pack, runs=scene.runs, bus=scene.bus, clock=clock)
    assert codes(decision) == ["execution_failed"]
    assert codes(close("run-1", "again", pack=scene.room.pack, runs=scene.runs, bus=scene.bus, clock=clock)) == codes(
        decision
    )
    assert scene.runs.get("run-1").status is RunStatus.HALTED
    chain = read_chain("run-1", scene.runs.audit("run-1"))
    assert [each.entry.event for each in chain] == ["incident_accepted", "run_closed"]
    with pytest.raises(StaleFence):
        scene.runs.claim("run-1", "arn:late", NOW)


def test_a_run_that_is_closed_has_cost_what_its_models_did(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    room = scene.room
    write = scene.runs.write

    def dies(run_id: str, records: Mapping[str, bytes], *rest: Any, **more: Any) -> None:
        if PROPOSAL in records:
            raise TimeoutError
        write(run_id, records, *rest, **more)

    scene.runs.write = dies  # type: ignore[method-assign]
    with pytest.raises(TimeoutError):
        room.deliberate("run-1")
    decision = close("run-1", "TIMED_OUT", pack=room.pack, runs=scene.runs, bus=scene.bus, clock=clock)
    assert decision.status is RunStatus.HALTED
    # Four agents, and two of them once more; the arbiter's answer never left the journal.
    assert decision.usage.model_calls == len([row for row in document(scene)["agents"] if row["name"] != "arbiter"]) > 4
    assert decision.usage.cost_usd > 0


def test_the_audit_names_the_digest_of_every_record(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.room.deliberate("run-1")
    chain = read_chain("run-1", scene.runs.audit("run-1"))
    assert [each.entry.event for each in chain] == [
        "incident_accepted",
        "run_framed",
        "phase_collated",
        "phase_collated",
        "decision_proposed",
        "decision_published",
    ]
    body = chain[-1].entry.body
    assert set(body["records"]) >= {"FRAME", "COLLATION#recommend", "ASSESSMENT#recommend#buyer"}
    assert body["decision"]["option_id"] == "O2"
    for name, data in scene.runs.read("run-1", body["records"]).items():
        assert body["records"][name] == sha256(data)
    framed = chain[1].entry.body
    agents = {agent.name for agent in scene.room.pack.agents}
    assert set(framed["prompts"]) == set(framed["models"]) == agents
    assert framed["record"] == body["records"]["FRAME"]
    collated = chain[2].entry.body
    assert collated["record"] == body["records"]["COLLATION#recommend"]
    assert collated["assessments"]["buyer"]["record"] == body["records"]["ASSESSMENT#recommend#buyer"]
    assert all(len(each["requests"]) >= 1 for each in collated["assessments"].values())
    assert chain[4].entry.body["arbiter"]["option_id"] == "O2"


def test_the_audit_says_who_read_the_report_and_how_hard_the_choice_was(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, text="P1 leaks", extractor=Extractor({"pipe": "P1"}))
    scene.room.deliberate("run-1")
    bodies = [each.entry.body for each in read_chain("run-1", scene.runs.audit("run-1"))]
    assert bodies[1]["reading"] == {"by": "model", "doubt": "", "stood_in": {}}
    assert bodies[4]["arbiter"]["complexity"] in set(Complexity)
    assert document(scene)["reading"] == {"by": "model", "doubt": "", "stood_in": None}


def test_no_prose_stands_in_the_audit(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, text="P1 leaks, says Ms Canary", extractor=Extractor({"pipe": "P1"}))
    decision = scene.room.deliberate("run-1")
    told = b"".join(scene.runs.audit("run-1")).decode()
    assert decision.justification
    assert decision.justification not in told
    assert "Canary" not in told


def test_a_run_that_has_not_begun_waits_and_grows_older(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    shown = document(scene)
    assert (shown["status"], shown["waiting"], shown["current_phase"]) == ("running", True, "")
    row = run_row(scene.runs.get("run-1"), "2026-11-21T06:01:30.500Z")
    assert (row["waiting"], row["waited_seconds"], row["age_seconds"]) == (True, 90.5, 90.5)
    mark(scene.runs, Moment.FRAME_STARTED, "2026-11-21T06:01:00.000Z")
    row = run_row(scene.runs.get("run-1"), "2026-11-21T06:01:30.500Z")
    assert (row["waiting"], row["waited_seconds"], row["age_seconds"]) == (False, 60.0, 90.5)


def test_a_run_that_has_ended_grows_no_older(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.room.deliberate("run-1")
    row = run_row(scene.runs.get("run-1"), "2027-01-01T00:00:00.000Z")
    assert not row["waiting"]
    assert row["age_seconds"] == document(scene)["totals"]["duration_seconds"]


def test_a_running_run_shows_who_is_at_work(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.runs.claim("run-1", "arn", NOW)
    mark(scene.runs, Moment.FRAME_STARTED, NOW)
    assert document(scene)["current_phase"] == "frame"
    mark(scene.runs, Moment.FRAME_ENDED, NOW)
    scene.journal.append("run-1", "buyer", {"recommend#started": b"{}"}, 1)
    shown = document(scene)
    assert shown["current_phase"] == "recommend"
    assert [(row["name"], row["status"]) for row in shown["agents"]] == [("buyer", "running")]
    assert shown["decision"] is None


def test_the_store_keeps_records_readable(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    decision = scene.room.deliberate("run-1")
    assert decode(scene.runs.read("run-1", ["DECISION"])["DECISION"], Decision) == decode(encode(decision), Decision)


def test_a_failed_step_halts_under_the_fence_of_its_run(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.runs.claim("run-1", "arn", NOW)  # frame claimed the run and then failed: the machine never learned the fence
    failure = Failure(error="States.Timeout", cause="Frame")
    decision, proposed = perform_decide(scene.room.context("run-1"), arbiter=None, failure=failure)
    assert proposed.fence == 1
    assert codes(decision) == ["step_failed"]
    published = publish("run-1", proposed.fence, pack=scene.room.pack, runs=scene.runs, bus=scene.bus, clock=clock)
    assert published.status is RunStatus.HALTED


def test_a_decision_knows_what_its_run_cost(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    decision = scene.room.deliberate("run-1")
    totals = document(scene)["totals"]
    assert decision.usage.cost_usd == totals["cost_usd"] > 0
    assert decision.usage.model_calls == totals["model_calls"]


def test_between_two_phases_no_later_phase_is_shown(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.runs.claim("run-1", "arn", NOW)
    for moment in (Moment.FRAME_STARTED, Moment.FRAME_ENDED, Moment.RECOMMEND_ENDED):
        mark(scene.runs, moment, NOW)
    assert document(scene)["current_phase"] == "recommend"
    scene.journal.append("run-1", "buyer", {"revise#started": b"{}"}, 1)
    assert document(scene)["current_phase"] == "revise"


def test_an_agent_that_died_is_shown_once(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, dead=frozenset({"buyer"}))
    scene.journal.append("run-1", "buyer", {"recommend#started": b"{}"}, 1)
    scene.room.deliberate("run-1")
    rows = [row for row in document(scene)["agents"] if row["name"] == "buyer" and row["phase"] == "recommend"]
    assert [row["status"] for row in rows] == ["unavailable"]


def test_a_run_that_was_not_framed_is_listed_with_its_text(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, text="something " * 40, extractor=Extractor({}))
    scene.room.deliberate("run-1")
    row = run_row(scene.runs.get("run-1"), NOW)
    assert row["summary"].startswith("something something")
    assert len(row["summary"]) <= 120


@pytest.mark.parametrize("left", [b"oops", b"{}", b'{"option_id": 7}'])
def test_what_a_taken_over_arbiter_leaves_halts_the_run_which_can_still_be_shown(tmp_path: Path, left: bytes) -> None:
    scene = make_scene(tmp_path)
    append = scene.journal.append

    def forged(run_id: str, agent: str, entries: Mapping[str, bytes], fence: int) -> bool:
        own = {"arbitrate": left} if "arbitrate" in entries else {}
        return append(run_id, agent, {**entries, **own}, fence)

    scene.journal.append = forged  # type: ignore[method-assign]
    decision = scene.room.deliberate("run-1")
    assert codes(decision) == ["arbiter_unavailable"]
    assert "EntryForeign" in decision.reasons[0].detail
    assert document(scene)["status"] == "halted"


def test_a_running_run_is_shown_whatever_an_agent_left(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.journal.append("run-1", "buyer", {"recommend#started": b""}, 1)
    scene.journal.append("run-1", "buyer", {"recommend": b"oops"}, 1)
    assert [(row["name"], row["status"]) for row in document(scene)["agents"]] == [("buyer", "running")]


@pytest.mark.parametrize(
    "read", [partial(decode, b'{"agent":"a","kind":"CNRY-1"}'), partial(convert, {"kind": "CNRY-1"})]
)
def test_no_trace_of_a_record_that_cannot_be_read_shows_what_stood_there(read: Any) -> None:
    """A trace shows the causes of an error, too, and logs keep traces."""
    with pytest.raises(RecordInvalid) as caught:
        read(Claim)
    assert "CNRY" not in "".join(traceback.format_exception(caught.value))
