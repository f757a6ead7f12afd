"""Replays: byte-equal whatever happened in a run, and a divergence for whatever is another here."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from conclave.agents.checks import NOT_ENDED
from conclave.agents.consent import Consent, binding_of, consent_record
from conclave.agents.extraction import ExtractionRefused
from conclave.api.erasure import erase_texts
from conclave.audit.chain import Act
from conclave.codec import RecordInvalid, decode, encode
from conclave.money.allotments import AGENT_ATTEMPTS
from conclave.pack import Dimension, Plan, Tool, ToolContext
from conclave.pack.tables import Batch, ReadFailed
from conclave.recording.exported import Exported, exported, read_export
from conclave.recording.recordings import entry_records, step_records
from conclave.records.accounts import take_slice
from conclave.records.runs import DECISION, FRAME, PROPOSAL, collation_record
from conclave.replaying.play import Played, play
from conclave.replaying.stage import NotReplayable
from conclave.testing.tables import MemoryTables
from conclave.types import Assessment, Fact, Phase, RunStatus, ToolResult
from msgspec import structs
from pipe_domain import (
    OPTIONS,
    ROWS,
    Extractor,
    Scene,
    choosing,
    gentleness,
    make_pack,
    make_scene,
    option,
    raising,
    wary,
)


def export_of(scene: Scene) -> Exported:
    """The run as a file holds it."""
    run = exported("run-1", pack=scene.room.pack, runs=scene.runs, journal=scene.journal)
    return read_export(encode(run))


def played(scene: Scene, pack: Any = None, here: Mapping[str, str] | None = None) -> Played:
    return play(export_of(scene), pack or scene.room.pack, here or {})


def equal(scene: Scene) -> Played:
    done = played(scene)
    assert done.divergence is None, done.divergence.line
    return done


def test_a_run_is_played_again_and_every_step_of_it(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.room.deliberate("run-1")
    assert equal(scene).steps == [
        "frame",
        *(f"recommend/{name}" for name in ("pressure_guard", "crew_guard", "buyer", "planner", "arbiter")[:4]),
        "collate recommend",
        "revise/pressure_guard",
        "revise/crew_guard",
        "collate revise",
        "arbitrate/arbiter",
        "decide",
        "publish",
    ]


def test_nothing_is_asked_of_anybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = make_scene(tmp_path)
    scene.room.deliberate("run-1")
    run = export_of(scene)
    monkeypatch.setattr(socket, "socket", raising(AssertionError("a socket")))
    monkeypatch.setattr("time.sleep", raising(AssertionError("a pause")))
    assert play(run, scene.room.pack, {}).equal


class FailsOnce(MemoryTables):
    """Tables whose first reads of a table fail, so many times."""

    times = 1

    def get_across(self, wanted: Any) -> dict[str, Batch]:
        if self.times:
            self.times -= 1
            raise ReadFailed("pipes: slow")
        return {table: MemoryTables.get(self, table, keys) for table, keys in wanted.items()}

    def get(self, table: str, keys: Any) -> Batch:
        return self.get_across({table: keys})[table]


def failing(times: int) -> Any:
    tables = FailsOnce(make_pack(Path("/tmp")).tables, ROWS)
    tables.times = times
    return tables


def calling(question: Any) -> Any:
    """A buyer whose model calls a tool first."""
    if question.phase is Phase.RECOMMEND and question.tools:
        question.call(question.tools[0], {"supplier": "S"})
        question.call(question.tools[0], {"supplier": "T", "parts": ["seal"]})
    return {"verdict": "approve", "scores": [0.5] * len(question.option_ids), "confidence": 0.8, "rationale": "fine"}


RUNS: Mapping[str, Callable[[Path], Scene]] = {
    "a typed incident": make_scene,
    "a text": lambda at: make_scene(at, text="the pipe P1 leaks", extractor=Extractor({"pipe": "P1"})),
    "a text that is refused": lambda at: make_scene(at, text="x", extractor=Extractor(ExtractionRefused("no"))),
    "an incident that fits no data": lambda at: make_scene(at, incident={"pipe": ""}),
    "an unknown pipe": lambda at: make_scene(at, incident={"pipe": "P9"}),
    "a safety agent dies": lambda at: make_scene(at, dead=frozenset({"crew_guard"})),
    "a business agent dies": lambda at: make_scene(at, dead=frozenset({"buyer"})),
    "the arbiter dies": lambda at: make_scene(at, dead=frozenset({"arbiter"})),
    "a model fails": lambda at: make_scene(at, {"planner": raising(RuntimeError("ThrottlingException"))}),
    "a safety agent's model fails": lambda at: make_scene(at, {"crew_guard": raising(TimeoutError())}),
    "the arbiter's model fails": lambda at: make_scene(at, {"arbiter": raising(KeyError("x"))}),
    "an answer has not the form": lambda at: make_scene(at, {"buyer": lambda question: {"verdict": 7}}),
    "the choice is not feasible": lambda at: make_scene(at, {"arbiter": partial(choosing, "O1")}),
    "people have to act": lambda at: make_scene(at, {"arbiter": partial(choosing, "O4")}),
    "a model calls tools": lambda at: make_scene(at, {"buyer": calling}),
    "a read fails once": lambda at: make_scene(at, tables=failing(1)),
    "a read fails": lambda at: make_scene(at, tables=failing(9)),
    "nobody answers again": lambda at: make_scene(at, {"planner": lambda question: wary_not(question)}),
}


def wary_not(question: Any) -> Any:
    answer = dict(wary(question))
    answer.pop("constraints", None)
    return answer


@pytest.mark.parametrize("name", RUNS)
def test_whatever_happens_in_a_run_is_played_again(tmp_path: Path, name: str) -> None:
    scene = RUNS[name](tmp_path)
    scene.room.deliberate("run-1")
    equal(scene)


@pytest.mark.slow
def test_a_check_that_did_not_end_in_time_does_not_end_in_the_replay(tmp_path: Path) -> None:
    waits = Event()

    def hanging(context: ToolContext) -> ToolResult:
        """Hangs."""
        waits.wait(5)
        return ToolResult(facts=[Fact(id="x/1", kind="x", values={})])

    pack = make_pack(tmp_path)
    agents = [
        structs.replace(each, checks=(*each.checks, Tool(hanging, ())), time_limit=1) if each.name == "buyer" else each
        for each in pack.agents
    ]
    scene = make_scene(tmp_path, agents=tuple(agents))
    scene.room.deliberate("run-1")
    waits.set()
    entry = scene.journal.read("run-1", ["buyer"], ["recommend"])["buyer", "recommend"]
    assert NOT_ENDED in [gap.detail for gap in decode(entry, Assessment).gaps]
    equal(scene)


@pytest.mark.parametrize("taken", [1, AGENT_ATTEMPTS])
def test_money_that_died_before_is_gone_in_the_replay_too(tmp_path: Path, taken: int) -> None:
    scene = make_scene(tmp_path)
    for _ in range(taken):
        take_slice(scene.journal, "run-1", "buyer", Phase.RECOMMEND, "2026-11-21T05:59:00.000Z")
    scene.room.deliberate("run-1")
    equal(scene)


def test_a_consent_that_was_taken_is_taken_again(tmp_path: Path) -> None:
    def order(context: ToolContext, part: str) -> ToolResult:
        """Orders a part."""
        return ToolResult(facts=[Fact(id=f"orders/{part}", kind="order", values={})])

    def ordering(question: Any) -> Any:
        if question.tools:
            question.call(question.tools[-1], {"part": "seal"})
        return calling(replace_tools(question))

    pack = make_pack(tmp_path)
    agents = [
        structs.replace(each, tools=(*each.tools, Tool(order, (), dangerous=True))) if each.name == "buyer" else each
        for each in pack.agents
    ]
    scene = make_scene(tmp_path, {"buyer": ordering}, agents=tuple(agents))
    call: dict[str, Any] = {"agent": "buyer", "tool": "order", "arguments": {"part": "seal"}}
    binding = binding_of(**call, run_id="run-1", phase="recommend")
    consent = Consent(binding=binding, given_by="me", expires_at="2026-11-21T07:00:00+00:00", id="1")
    act = Act(event="consent_given", at="2026-11-21T06:00:00.000Z", body={})
    scene.runs.write("run-1", {consent_record(binding): encode(consent)}, 0, act)
    scene.room.deliberate("run-1")
    entry = scene.journal.read("run-1", ["buyer"], ["recommend"])["buyer", "recommend"]
    assert [call.name for call in decode(entry, Assessment).tool_calls] == ["order"]
    assert not decode(entry, Assessment).gaps
    equal(scene)


def replace_tools(question: Any) -> Any:
    return structs.replace(question, tools=())


def plan_of(cost: int) -> Any:
    options = (*OPTIONS[:3], option("O4", pressure=4.0, people=1, cost=cost))
    return lambda incident, tables, now: Plan(options=options, facts=[])


def reading(incident: Any, tables: Any, now: str) -> Plan:
    tables.get("pipes", ["P1"])
    return Plan(options=OPTIONS, facts=[])


CHANGES: Mapping[str, tuple[dict[str, Any], str, str, str]] = {
    "an option": ({"plan": plan_of(901)}, "frame", FRAME, "options[3].fields.cost"),
    "a read": ({"plan": reading, "plan_reads": ("pipes",)}, "frame", "read", "pipes"),
    "a weight": (
        {
            "dimensions": (
                Dimension(name="safety", weight=0.4, score=gentleness),
                Dimension(name="cost", weight=0.6, score=lambda f: 1 - float(f["cost"] or 0) / 1000),
            )
        },
        "frame",
        FRAME,
        "manifest.dimensions[0].weight",
    ),
    "a limit for people": ({"approvals": ()}, "", "", ""),
    "the version": ({"version": "2"}, "frame", FRAME, "manifest.version"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_named_at_its_first_effect(tmp_path: Path, name: str) -> None:
    scene = make_scene(tmp_path)
    scene.room.deliberate("run-1")
    changes, step, record, field = CHANGES[name]
    done = played(scene, make_pack(tmp_path, **changes))
    if not step:
        assert done.equal
        return
    assert done.divergence is not None
    assert (done.divergence.step, done.divergence.record, done.divergence.field) == (step, record, field)


def test_a_line_of_a_prompt_is_named_with_both_lines(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"buyer": calling})
    scene.room.deliberate("run-1")
    agents = tuple(
        structs.replace(each, fields=["cost"]) if each.name == "buyer" else each for each in scene.room.pack.agents
    )
    divergence = played(scene, make_pack(tmp_path, agents=agents)).divergence
    assert divergence is not None
    assert (divergence.step, divergence.record, divergence.field) == ("recommend/buyer", "request", "user")
    assert "pressure" in divergence.recorded
    assert "pressure" not in divergence.here


def test_a_decision_that_would_be_another_is_named(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"arbiter": partial(choosing, "O4")})
    scene.room.deliberate("run-1")
    divergence = played(scene, make_pack(tmp_path, approvals=())).divergence
    assert divergence is not None
    assert (divergence.step, divergence.record) == ("decide", PROPOSAL)
    assert (divergence.field, divergence.recorded, divergence.here) == (
        "reasons[0].code",
        '"approval_rule"',
        '"decided"',
    ) or divergence.field.startswith(("reasons", "status"))


@pytest.mark.parametrize("record", [FRAME, collation_record("recommend"), PROPOSAL, DECISION])
def test_a_record_that_was_changed_afterwards_is_named(tmp_path: Path, record: str) -> None:
    scene = make_scene(tmp_path)
    scene.room.deliberate("run-1")
    run = export_of(scene)
    stored = run.records[record]
    forged = structs.replace(stored, body=stored.body.replace(b"O2", b"O9"))
    assert forged != stored
    divergence = play(structs.replace(run, records={**run.records, record: forged}), scene.room.pack, {}).divergence
    assert divergence is not None
    assert divergence.record in (record, "audit")


def test_values_are_shown_short_and_harmless(tmp_path: Path) -> None:
    def evil(context: ToolContext) -> ToolResult:
        """Facts."""
        return ToolResult(facts=[Fact(id="x/1", kind="x", values={}, text="\x1b[2J" + "x" * 5_000)])

    def made(tool: Any) -> Any:
        return tuple(
            structs.replace(each, checks=(*each.checks, Tool(tool, ()))) if each.name == "buyer" else each
            for each in make_pack(tmp_path).agents
        )

    def other(context: ToolContext) -> ToolResult:
        """Facts."""
        return ToolResult(facts=[Fact(id="x/1", kind="x", values={}, text="\x1b[2J" + "x" * 4_999 + "y")])

    other.__name__ = other.__qualname__ = "evil"
    scene = make_scene(tmp_path, agents=made(evil))
    scene.room.deliberate("run-1")
    divergence = played(scene, make_pack(tmp_path, agents=made(other))).divergence
    assert divergence is not None
    assert divergence.field == "texts[0] evil.answer.facts[0].text"
    assert "\x1b" not in divergence.line
    assert len(divergence.line) < 600
    assert divergence.recorded != divergence.here


def test_another_version_of_the_code_says_so(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    object.__setattr__(scene.room, "code", {"engine": "old", "pack": "p", "tzdata": "2026c"})
    scene.room.deliberate("run-1")
    done = played(scene, here={"engine": "new", "pack": "p"})
    assert done.equal
    assert [(each.part, each.recorded, each.here) for each in done.others] == [("engine", "old", "new")]
    assert played(scene, here={"engine": "old", "pack": "p", "tzdata": "2026c"}).others == []


def test_an_erased_run_refuses_with_the_reason(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.room.deliberate("run-1")
    room = scene.room
    erase_texts(
        "run-1",
        by="me",
        reason="r",
        pack=room.pack,
        runs=scene.runs,
        journal=scene.journal,
        bus=scene.bus,
        clock=room.clock,
    )
    run = export_of(scene)
    assert (run.records, run.journal, run.audit) == ({}, {}, [])
    with pytest.raises(NotReplayable, match=r"erased at 2026-11-21T06:00:00\.000Z"):
        played(scene)


def test_a_run_that_is_under_way_refuses(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.room.frame("run-1")
    with pytest.raises(NotReplayable, match="under way"):
        played(scene)


@pytest.mark.parametrize("step", ["frame", "recommend", "decide"])
def test_a_run_of_a_release_without_recordings_says_so(tmp_path: Path, step: str) -> None:
    scene = make_scene(tmp_path)
    scene.room.deliberate("run-1")
    run = export_of(scene)
    gone = step_records(step)
    older = structs.replace(run, records={name: each for name, each in run.records.items() if name not in gone})
    with pytest.raises(NotReplayable, match="no recordings"):
        play(older, scene.room.pack, {})


def test_an_agent_without_a_recording_says_so(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.room.deliberate("run-1")
    run = export_of(scene)
    kept = {name: data for name, data in run.journal["buyer"].items() if name not in entry_records("recommend")}
    with pytest.raises(NotReplayable, match="no recordings"):
        play(structs.replace(run, journal={**run.journal, "buyer": kept}), scene.room.pack, {})


def test_a_run_of_another_pack_and_a_file_of_another_kind_are_refused(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.room.deliberate("run-1")
    with pytest.raises(NotReplayable, match="of the pack pipes"):
        played(scene, make_pack(tmp_path, name="hoses"))
    for data in (b"", b"[]", b'{"run": 1}', encode(structs.replace(export_of(scene), form=2))):
        with pytest.raises(RecordInvalid):
            read_export(data)


def test_a_run_that_was_claimed_again_is_played_under_the_fence_that_decided(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.runs.claim("run-1", "another", "2026-11-21T06:00:00.000Z")
    decision = scene.room.deliberate("run-1")
    assert decision.status is RunStatus.DECIDED
    assert export_of(scene).records[FRAME].fence == 2
    equal(scene)
