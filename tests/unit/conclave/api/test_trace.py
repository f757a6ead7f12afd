"""The trace of a run: every part of it in its time, figures that add up to the run's, and the path that the run waited for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conclave.api.documents import run_document
from conclave.api.erasure import erase_texts
from conclave.api.spans import Span, SpanKind, critical_seconds
from conclave.api.trace import trace_document
from conclave.clock import timestamp
from conclave.codec import decode, encode
from conclave.records.runs import RunNotFound
from conclave.types import Assessment, Phase
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from pipe_domain import Extractor, Scene, make_scene, raising


class Ticking:
    """A clock that moves on by a tenth of a second whenever somebody looks at it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> datetime:
        self.seconds += 0.1
        return datetime(2026, 11, 21, 6, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self().timestamp()

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def scene_of(folder: Path, *args: Any, **changes: Any) -> Scene:
    scene = make_scene(folder, *args, **changes)
    scene.room = replace(scene.room, clock=Ticking())
    return scene


def traced(scene: Scene) -> dict[str, Any]:
    room = scene.room
    return trace_document("run-1", pack=room.pack, runs=scene.runs, journal=scene.journal, clock=room.clock)


def shown(scene: Scene) -> dict[str, Any]:
    room = scene.room
    return run_document("run-1", pack=room.pack, runs=scene.runs, journal=scene.journal, stage="t", clock=room.clock)


def by_id(trace: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in trace["spans"]}


def assert_adds_up(trace: dict[str, Any], run: dict[str, Any]) -> None:
    """Tokens and cost of the spans are those of the run, in sum and by agent and phase; the critical path is all its time."""
    spans, totals = trace["spans"], run["totals"]
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "model_calls")
    assert {name: sum(each[name] for each in spans) for name in names} == {name: totals[name] for name in names}
    assert sum(each["tokens"] for each in spans) == totals["input_tokens"] + totals["output_tokens"]
    assert sum(each["cost"] for each in spans) == pytest.approx(totals["cost_usd"], abs=1e-9)
    for agent in run["agents"]:
        within = [each for each in spans if f"{each['id']}/".startswith(f"run/{agent['phase']}/{agent['name']}/")]
        assert sum(each["cost"] for each in within) == pytest.approx(agent["cost_usd"], abs=1e-9)
    waited = sum(each["critical_seconds"] or 0.0 for each in spans)
    assert waited == pytest.approx(trace["totals"]["duration_seconds"], abs=0.05)


def test_every_part_of_a_run_is_a_span_within_another(tmp_path: Path) -> None:
    scene = scene_of(tmp_path, incident={}, text="P1 leaks", extractor=Extractor({"pipe": "P1"}))
    scene.room.deliberate("run-1")
    trace, run = traced(scene), shown(scene)
    spans = by_id(trace)
    assert len(spans) == len(trace["spans"])
    assert [each["name"] for each in trace["spans"] if each["kind"] == "phase"] == [
        each["name"] for each in run["phases"]
    ]
    assert {(each["phase"], each["name"]) for each in run["agents"]} == {
        tuple(each["id"].split("/")[1:]) for each in trace["spans"] if each["kind"] == "agent"
    }
    assert [spans[f"run/recommend/{name}/tool-1"]["name"] for name in ("pressure_guard", "crew_guard")] == [
        "bounded_pressure",
        "crew_on_site",
    ]
    assert len([each for each in spans.values() if each["kind"] == "model"]) == run["totals"]["model_calls"]
    for each in spans.values():
        assert (each["parent"] in spans) == (each["kind"] != "run")
        assert each["start"] <= each["end"]
        if each["parent"]:
            assert spans[each["parent"]]["start"] <= each["start"]
            assert each["end"] <= spans[each["parent"]]["end"]
    assert_adds_up(trace, run)


def test_a_call_stands_where_it_was_made(tmp_path: Path) -> None:
    scene = scene_of(tmp_path)
    scene.room.deliberate("run-1")
    spans = by_id(traced(scene))
    check, call = spans["run/recommend/pressure_guard/tool-1"], spans["run/recommend/pressure_guard/model-1"]
    assert check["end"] <= call["start"]
    assert call["name"] == "global.anthropic.claude-haiku-5-5"
    assert (call["tokens"], call["cost"]) == (110, pytest.approx(0.000015))
    assert spans["run/recommend"]["end"] <= spans["run/arbitrate/arbiter/model-1"]["start"]
    assert spans["run/recommend"]["tokens"] == 0


def test_an_agent_without_an_answer_says_why(tmp_path: Path) -> None:
    scene = scene_of(tmp_path, {"buyer": raising(RuntimeError("down"))}, dead=frozenset({"crew_guard"}))
    scene.room.deliberate("run-1")
    trace = traced(scene)
    spans = by_id(trace)
    assert (spans["run/recommend/buyer"]["status"], spans["run/recommend/buyer"]["error"]) == (
        "unavailable",
        "RuntimeError",
    )
    assert spans["run/recommend/crew_guard"]["error"] == "TimeoutError"
    assert spans["run/recommend/crew_guard"]["end"] == spans["run/recommend"]["end"]
    assert "run/arbitrate" not in spans
    assert_adds_up(trace, shown(scene))


def test_a_running_run_is_traced_up_to_now(tmp_path: Path) -> None:
    scene = scene_of(tmp_path)
    waiting = traced(scene)
    assert [(each["id"], each["status"], each["end"]) for each in waiting["spans"]] == [
        ("run", "running", None),
        ("run/wait", "running", None),
    ]
    assert waiting["critical_path"] == ["run", "run/wait"]
    fence = scene.room.frame("run-1").fence
    scene.room.answer("run-1", Phase.RECOMMEND, fence, scene.room.pack.agent("buyer"))
    started = encode({"at": timestamp(scene.room.clock())})
    scene.journal.append("run-1", "planner", {"recommend#started": started}, fence)
    trace = traced(scene)
    spans = by_id(trace)
    assert trace["end"] is None
    assert spans["run/recommend"]["status"] == spans["run/recommend/planner"]["status"] == "running"
    assert spans["run/recommend/buyer"]["status"] == "ok"
    assert spans["run/recommend/planner"]["critical_seconds"] > 0
    assert_adds_up(trace, shown(scene))


def test_erasing_texts_takes_no_span_away(tmp_path: Path) -> None:
    scene = scene_of(tmp_path)
    scene.room.deliberate("run-1")
    before, room = traced(scene), scene.room
    erase_texts(
        "run-1",
        by="x",
        reason="asked",
        pack=room.pack,
        runs=scene.runs,
        journal=scene.journal,
        bus=scene.bus,
        clock=room.clock,
    )
    after = traced(scene)
    assert after.pop("texts") == "erased"
    assert before.pop("texts") == "kept"
    assert before["facts"]
    assert after == {**before, "facts": []}


def test_records_without_times_are_still_traced(tmp_path: Path) -> None:
    scene = scene_of(tmp_path)
    framed = scene.room.frame("run-1")
    agent = scene.room.pack.agent("pressure_guard")
    scene.room.answer("run-1", Phase.RECOMMEND, framed.fence, agent)
    (data,) = scene.journal.read("run-1", [agent.name], ["recommend"]).values()
    answer = decode(data, Assessment)
    old = structs.replace(
        answer, exchanges=(), tool_calls=[structs.replace(each, after_seconds=None) for each in answer.tool_calls]
    )
    lies = {"recommend": encode(old), "recommend#started": encode({"at": "never"})}
    scene.journal.replace("run-1", agent.name, lies, framed.fence)
    trace = traced(scene)
    spans = by_id(trace)
    assert spans["run/recommend/pressure_guard/tool-1"]["start"] is None
    assert spans["run/recommend/pressure_guard"]["start"] == spans["run/recommend"]["start"]
    assert spans["run/recommend/pressure_guard"]["tokens"] == 110
    assert_adds_up(trace, shown(scene))


def span(id: str, start: float | None, end: float | None, status: str = "ok") -> Span:
    parent = id.rpartition("/")[0]
    return Span(id=id, parent=parent, name=id, kind=SpanKind.PHASE, start=start, end=end, status=status)


def test_a_run_waits_for_what_ended_last_before_the_next_began() -> None:
    spans = [
        span("run", 0.0, 10.0),
        span("run/a", 0.0, 3.0),
        span("run/b", 0.0, 4.0),
        span("run/b/call", 1.0, 3.0),
        span("run/c", 5.0, 9.0),
        span("run/late", 4.5, 8.0),
        span("run/unknown", None, None),
    ]
    assert critical_seconds(spans, 10.0) == {"run": 2.0, "run/b": 2.0, "run/b/call": 2.0, "run/c": 4.0}


TIMES = st.tuples(st.integers(0, 100), st.integers(0, 100)).map(lambda each: (float(min(each)), float(max(each))))


@given(st.lists(TIMES, max_size=6), st.lists(TIMES, max_size=4))
def test_what_was_waited_for_is_the_whole_run(
    parts: list[tuple[float, float]], calls: list[tuple[float, float]]
) -> None:
    spans = [span("run", 0.0, 100.0)]
    spans += [span(f"run/{number}", *each) for number, each in enumerate(parts)]
    spans += [span(f"run/0/{number}", *each) for number, each in enumerate(calls)]
    found = critical_seconds(spans, 100.0)
    assert sum(found.values()) == pytest.approx(100.0)
    assert all(seconds >= 0 for seconds in found.values())


def test_an_unknown_run_has_no_trace(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    with pytest.raises(RunNotFound):
        trace_document("run-2", pack=scene.room.pack, runs=scene.runs, journal=scene.journal, clock=Ticking())


def test_a_trace_says_which_facts_constraints_rest_on_and_what_was_chosen(tmp_path: Path) -> None:
    scene = scene_of(tmp_path)
    decision = scene.room.deliberate("run-1")
    trace = traced(scene)
    cited = {(each["agent"], each["kind"]): (each["shown"], each["cited"]) for each in trace["facts"]}
    assert cited["pressure_guard", "pipe"] == (1, 1)
    assert all(0 <= few <= many for many, few in cited.values())
    assert trace["choice"]["option_id"] == decision.option_id
    assert trace["choice"]["model"]
    best = max(each.total for each in decision.options if not each.violations)
    assert trace["choice"]["stood_first"] == (decision.total == best)


def test_a_trace_tells_calls_of_tools_apart_by_what_they_were_asked_and_answered(tmp_path: Path) -> None:
    """Checks here; what a model calls is told by the same code. Hashes tell equal from different, and no content."""
    scene = scene_of(tmp_path)
    scene.room.deliberate("run-1")
    trace = traced(scene)
    tools = [each for each in trace["spans"] if each["kind"] == "tool"]
    assert len(trace["tools"]) == len(tools) > 0
    assert {(each["agent"], each["name"], each["check"]) for each in trace["tools"]} >= {
        (agent.name, check.name, True) for agent in scene.room.pack.specialists for check in agent.checks
    }
    assert all(len(each["hash"]) == 64 for each in trace["tools"])
    asked = [agent.name for agent in scene.room.pack.specialists]
    assert trace["offered"] == {agent: [tool.name for tool in scene.room.pack.agent(agent).tools] for agent in asked}
    other = replace(scene.room, pack=structs.replace(scene.room.pack, version="another"))
    offered = trace_document("run-1", pack=other.pack, runs=scene.runs, journal=scene.journal, clock=other.clock)[
        "offered"
    ]
    assert offered == {}
