"""Costs add up what traces say, exactly, and recommend what records show to be spent for nothing."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from cli.commands.cost import WAYS
from cli.screen.costs import costs_of, costs_view


def span(path: str, kind: str, cost: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"id": path, "kind": kind, "name": "small" if kind == "model" else path, "cost": cost, "error": "", **more}


def trace(number: int, **more: Any) -> dict[str, Any]:
    of = "run/recommend/cargo"
    return {
        "run_id": f"run-{number}",
        "start": f"2026-11-2{number}T23:00:00.000Z",
        "spans": [
            span("run", "run", reserved_usd=0.05),
            span(of, "agent"),
            span(f"{of}/model-1", "model", 0.1, input_tokens=7, output_tokens=3, cache_write_tokens=5, model_calls=1),
            span(
                f"{of}/model-2", "model", 0.2, input_tokens=7, model_calls=1, cache_write_tokens=5, cache_read_tokens=0
            ),
            span("run/arbitrate/arbiter/model-1", "model", 0.3, output_tokens=1, model_calls=1),
        ],
        "facts": [
            {"agent": "cargo", "phase": "recommend", "kind": "weather", "shown": 6, "cited": 0},
            {"agent": "cargo", "phase": "recommend", "kind": "limits", "shown": 6, "cited": number == 1},
        ],
        "choice": {"option_id": "O1", "model": "large", "stood_first": True},
        **more,
    }


def test_the_command_offers_the_ways_that_there_are() -> None:
    rows = [tuple(each["name"] for each in costs_of([trace(1)], by)["rows"]) for by in WAYS]
    assert len(set(rows)) == len(WAYS) == 6


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("agent", {"arbiter": 0.6, "cargo": 0.6, "(functions without an answer)": 0.0}),
        ("phase", {"arbitrate": 0.6, "recommend": 0.6, "(functions without an answer)": 0.0}),
        ("model", {"small": 1.2, "(functions without an answer)": 0.0}),
        ("run", {"run-1": 0.6, "run-2": 0.6}),
        ("day", {"2026-11-21": 0.6, "2026-11-22": 0.6}),
    ],
)
def test_costs_are_added_up_exactly(by: str, rows: dict[str, float]) -> None:
    found = costs_of([trace(1), trace(2)], by)
    assert {each["name"]: each["cost_usd"] for each in found["rows"]} == rows
    assert found["totals"] == {
        "cost_usd": 1.2,
        "reserved_usd": 0.1,
        "input_tokens": 28,
        "output_tokens": 8,
        "cache_read_tokens": 0,
        "cache_write_tokens": 20,
        "model_calls": 6,
    }
    assert sum(each["share"] for each in found["rows"]) == pytest.approx(1, abs=0.001)


def test_each_call_has_a_row_of_its_own() -> None:
    names = [each["name"] for each in costs_of([trace(1)], "call")["rows"]]
    assert names[0] == "run-1: run/arbitrate/arbiter/model-1"
    assert len(names) == 4


def test_what_is_spent_for_nothing_is_recommended_against() -> None:
    found = costs_of([trace(number) for number in (1, 2, 3)], "agent")["recommendations"]
    assert [(each["code"], each["about"]) for each in found] == [
        ("prefix_never_hits", "cargo"),
        ("facts_unused", "cargo: weather"),
        ("tier_changes_nothing", "large"),
    ]


def test_nothing_is_recommended_without_enough_of_it_or_where_it_helps() -> None:
    assert costs_of([trace(1)], "agent")["recommendations"] == []
    helped = [trace(1), trace(2), trace(3, choice={"option_id": "O2", "model": "large", "stood_first": False})]
    helped[0]["spans"][2]["cache_read_tokens"] = 9
    assert [each["code"] for each in costs_of(helped, "agent")["recommendations"]] == ["facts_unused"]


def called(
    name: str, hashed: str, *, seconds: float = 0.1, check: bool = False, agent: str = "cargo"
) -> dict[str, Any]:
    return {
        "agent": agent,
        "phase": "recommend",
        "name": name,
        "check": check,
        "duration_seconds": seconds,
        "hash": hashed,
    }


def about_tools(*traces: dict[str, Any], slow: float = 2.0) -> list[tuple[str, str]]:
    found = costs_of(traces, "agent", slow)["recommendations"]
    return [(each["code"], each["about"]) for each in found if each["code"].startswith("tool_")]


def test_a_tool_that_is_offered_and_never_called_is_recommended_against() -> None:
    offered = {"cargo": ["holds", "weights"]}
    runs = [trace(number, offered=offered, tools=[called("weights", f"h{number}")]) for number in (1, 2, 3)]
    assert about_tools(*runs) == [("tool_unused", "cargo: holds")]
    assert about_tools(*runs[:2]) == []
    # Of another agent it is another offer.
    elsewhere = [*runs[:2], trace(3, offered=offered, tools=[called("holds", "h", agent="network")])]
    assert about_tools(*elsewhere) == [("tool_unused", "cargo: holds")]


def test_a_tool_that_is_slow_is_told_where_somebody_waits_for_it() -> None:
    slow = trace(1, tools=[called("weights", "", seconds=2.1, check=True), called("weights", "", seconds=1.9)])
    assert about_tools(slow) == [("tool_slow", "weights")]
    (found,) = (each for each in costs_of([slow], "agent", 2.0)["recommendations"] if each["code"] == "tool_slow")
    assert found["detail"].startswith("1 of 2 calls were slow, the longest took 2.1")
    assert about_tools(slow, slow=3.0) == []


def test_a_tool_that_answers_the_same_question_again_is_told_apart_by_who_asked() -> None:
    """In one answer of one agent it took a turn of the model; in others it was worked out anew."""
    again = trace(1, tools=[called("weights", "same"), called("weights", "same")])
    assert about_tools(again) == [("tool_repeated", "weights")]
    others = [trace(number, tools=[called("weights", "same")]) for number in range(1, 7)]
    assert about_tools(*others) == [("tool_cacheable", "weights")]
    assert about_tools(*others[:5]) == []
    different = [trace(number, tools=[called("weights", f"h{number}")]) for number in range(1, 7)]
    checks = [trace(number, tools=[called("weights", "same", check=True)]) for number in range(1, 7)]
    unknown = [trace(number, tools=[called("weights", "")]) for number in range(1, 7)]
    assert about_tools(*different) == about_tools(*checks) == about_tools(*unknown) == []


def test_costs_are_shown_with_what_could_cost_less() -> None:
    out = StringIO()
    Console(file=out, width=120).print(costs_view(costs_of([trace(number) for number in (1, 2, 3)], "agent")))
    shown = out.getvalue()
    for part in ("Cost of 3 runs", "arbiter", "$0.9000", "together", "reserved:", "Could cost less", "cargo: weather"):
        assert part in shown
    empty = StringIO()
    Console(file=empty, width=120).print(costs_view(costs_of([], "day")))
    assert empty.getvalue() == "there is no run on that day (UTC): --day DATE shows another\n"


def runs_of_today(room: Any) -> None:
    room.api.states.clear()
    for number in (1, 2):
        of = {"run_id": f"run-{number}", "status": "decided", "created_at": "", "summary": "s", "degraded": False}
        room.api.states[f"run-{number}"] = [of]
        room.api.traces[f"run-{number}"] = trace(number)


def test_the_command_says_that_a_day_has_more_runs_or_none(room: Any) -> None:
    runs_of_today(room)
    assert json.loads(room("cost", "--json").stdout)["more"] is False
    assert "more runs" not in room("cost").stdout
    first = json.loads(room("cost", "--limit", "1", "--json").stdout)
    assert (first["runs"], first["more"]) == (1, True)
    assert "the day has more runs, which are not added up here: --limit N" in room("cost", "--limit", "1").stdout
    assert json.loads(room("cost", "run-1", "--json").stdout)["more"] is False
    room.api.states.clear()
    for command in (("cost",), ("profile", "--day", "2026-11-21")):
        assert "there is no run on that day (UTC)" in room(*command).stdout


@pytest.mark.parametrize("command", [("cost",), ("profile", "--day", "2026-11-21")])
def test_a_long_day_is_told_on_the_way(room: Any, command: tuple[str, ...]) -> None:
    runs_of_today(room)
    traced = room.api.trace

    def slow(run_id: str) -> Any:
        room.time.sleep(6)
        return traced(run_id)

    room.api.trace = slow
    result = room(*command, "--json")
    assert "6.0 s  1 of 2 runs" in result.stderr
    assert json.loads(result.stdout)["runs"] == 2
