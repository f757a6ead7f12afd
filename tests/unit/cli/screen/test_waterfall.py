"""A trace as a person reads it: bars where they belong, figures of whole branches, what the run waited for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rich.console import Console

from cli.screen.format import NOTHING
from cli.screen.waterfall import bar, waterfall_view

START = "2026-11-21T06:00:00.000Z"


def span(id: str, kind: str, start: int | None, end: int | None, **more: Any) -> dict[str, Any]:
    def moment(seconds: int | None) -> str | None:
        return None if seconds is None else f"2026-11-21T06:00:{seconds:02d}.000Z"

    took = None if start is None or end is None else float(end - start)
    return {
        "id": id,
        "parent": id.rpartition("/")[0] or None,
        "name": id.rpartition("/")[2],
        "kind": kind,
        "start": moment(start),
        "end": moment(end),
        "duration_seconds": took,
        "critical_seconds": None,
        "status": "ok",
        "stop_reason": "",
        "error": "",
        "tokens": 0,
        "cost": 0.0,
        **more,
    }


@pytest.fixture
def trace() -> dict[str, Any]:
    return {
        "run_id": "run-1",
        "status": "decided",
        "texts": "kept",
        "start": START,
        "end": "2026-11-21T06:00:10.000Z",
        "spans": [
            span("run", "run", 0, 10, critical_seconds=2.0),
            span("run/recommend", "phase", 0, 8, critical_seconds=1.0),
            span("run/recommend/cargo", "agent", 1, 4),
            span("run/recommend/cargo/model-1", "model", 2, 4, tokens=100, cost=0.25, stop_reason="tool_use"),
            span("run/recommend/network", "agent", 1, 8, critical_seconds=7.0, error="TimeUp"),
            span("run/recommend/network/model-1", "model", None, None, tokens=1_000, cost=0.5),
        ],
        "critical_path": ["run", "run/recommend", "run/recommend/network"],
        "totals": {
            "duration_seconds": 10.0,
            "input_tokens": 1_090,
            "output_tokens": 10,
            "model_calls": 2,
            "cost_usd": 0.75,
        },
    }


def drawn(trace: dict[str, Any], width: int = 100) -> list[str]:
    console = Console(width=width, no_color=True)
    with console.capture() as captured:
        console.print(waterfall_view(trace, width=width))
    return [line.rstrip() for line in captured.get().splitlines()]


def line(lines: list[str], begin: str) -> str:
    (found,) = (each for each in lines if each.startswith(f" {begin}"))
    return found


@pytest.mark.parametrize("place", range(6))
def test_a_bar_is_its_time_in_the_run(trace: dict[str, Any], place: int) -> None:
    expected = ["█" * 20, "█" * 16, "  " + "░" * 6, "    " + "░" * 4, "  " + "█" * 14, ""]
    assert bar(trace["spans"][place], trace, 20) == expected[place]


def test_a_moment_and_what_goes_on_have_bars_within_the_room(trace: dict[str, Any]) -> None:
    assert bar(span("run/x", "tool", 10, 10), trace, 20) == " " * 19 + "░"
    assert bar(span("run/x", "agent", 5, None), trace, 20) == " " * 10 + "░" * 10


def test_each_span_has_the_figures_of_what_is_within_it(trace: dict[str, Any]) -> None:
    lines = drawn(trace)
    assert lines[:2] == ["run-1  decided", "10.0 s, 2 model calls, 1,100 tokens, $0.7500"]
    assert line(lines, "  recommend").endswith("8.00 s   1,100  $0.7500")
    assert line(lines, "    agent cargo").endswith("3.00 s     100  $0.2500")
    assert line(lines, "      model model-1 (tool use)").endswith("2.00 s     100  $0.2500")
    assert line(lines, "    agent network (TimeUp)").endswith("7.00 s   1,000  $0.5000")


def test_the_longest_waits_are_told_with_their_share(trace: dict[str, Any]) -> None:
    lines = drawn(trace)
    told = lines[next(at for at, each in enumerate(lines) if each.startswith("Critical path")) + 1 :]
    assert told == [
        "7.00 s (70 %)  recommend > network, outside of its parts",
        "2.00 s (20 %)  run, outside of its parts",
        "1.00 s (10 %)  recommend, outside of its parts",
        "A span without a bar: nobody wrote down when it was.",
    ]


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_lines_fit_the_terminal(trace: dict[str, Any], width: int) -> None:
    assert all(len(each) <= width for each in drawn(trace, width))
    assert any("█" in each for each in drawn(trace, width))


def test_a_run_that_goes_on_or_is_erased_says_so(trace: dict[str, Any]) -> None:
    going_on = {**trace, "status": "running", "end": None, "texts": "erased"}
    lines = drawn(going_on)
    assert lines[1].startswith("10.0 s so far")
    assert "The texts of the run are erased; times, tokens and cost stay." in lines
    assert drawn({**trace, "spans": [], "totals": {"duration_seconds": 0.0}})[-1] == NOTHING


def test_the_command_draws_a_trace_or_writes_it(room: Any, trace: dict[str, Any]) -> None:
    room.api.traces["run-1"] = trace
    assert json.loads(room("trace", "run-1", "--json").stdout) == trace
    shown = room("trace", "run-1")
    assert shown.exit_code == 0
    assert "Critical path" in shown.stdout
    assert room("trace", "run-9").exit_code == 2


def test_the_help_says_what_is_drawn(room: Any) -> None:
    said = " ".join(room("trace", "--help", columns=200).stdout.split())
    assert "its phases, agents, model calls and tools, and its critical path" in said
