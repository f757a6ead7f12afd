"""A profile adds up what traces say, by part, and says what stands out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rich.console import Console

from cli.screen.profile import profile_of, profile_view

SLOW = {"AgentSeconds": 5.0, "ToolSeconds": 2.0}


def span(id: str, kind: str, took: float | None, **more: Any) -> dict[str, Any]:
    name = id.rpartition("/")[2]
    zero = {"critical_seconds": None, "error": "", "tokens": 0, "cost": 0.0}
    return {
        "id": id,
        "parent": id.rpartition("/")[0],
        "name": name,
        "kind": kind,
        "duration_seconds": took,
        **zero,
        **more,
    }


def trace(number: int) -> dict[str, Any]:
    agent = "run/recommend/cargo"
    return {
        "run_id": f"run-{number}",
        "spans": [
            span("run", "run", 10.0, critical_seconds=1.0),
            span("run/recommend", "phase", 9.0, critical_seconds=1.0),
            span(agent, "agent", 6.0 + number, critical_seconds=2.0),
            span(f"{agent}/tool-1", "tool", 0.5, name="reads"),
            span(f"{agent}/tool-2", "tool", None, name="reads"),
            span(f"{agent}/model-1", "model", 4.0, name="small", critical_seconds=6.0, tokens=100, cost=0.25, error="Throttled"),
        ],
    }  # fmt: skip


@pytest.fixture
def profile() -> dict[str, Any]:
    return profile_of([trace(1), trace(2)], SLOW)


def test_parts_are_added_up_over_runs(profile: dict[str, Any]) -> None:
    assert profile["runs"] == 2
    found = {(each["kind"], each["name"]): each for each in profile["parts"]}
    assert list(found) == [
        ("run", "runs"),
        ("phase", "recommend"),
        ("agent", "cargo"),
        ("model", "small"),
        ("tool", "reads"),
    ]
    agent, model, tool = found["agent", "cargo"], found["model", "small"], found["tool", "reads"]
    assert (agent["calls"], agent["total"], agent["median"], agent["p95"], agent["most"]) == (2, 15.0, 7.0, 8.0, 8.0)
    assert (model["waited_for"], model["failed"], model["tokens"], model["cost"]) == (12.0, 2, 200, 0.5)
    assert (tool["calls"], tool["total"], tool["most"]) == (4, 1.0, 0.5)


def test_what_is_slow_is_listed_slowest_first(profile: dict[str, Any]) -> None:
    assert [(each["run_id"], each["id"], each["seconds"], each["over"]) for each in profile["slow"]] == [
        ("run-2", "run/recommend/cargo", 8.0, 5.0),
        ("run-1", "run/recommend/cargo", 7.0, 5.0),
    ]
    assert profile_of([trace(1)], {})["slow"] == []


def test_what_stands_out_is_said(profile: dict[str, Any]) -> None:
    assert profile["advice"] == [
        "60% of the time was spent in model small itself; nothing else saves as much",
        "model small failed 2 of 2 times",
        "tool reads was called more than once by the same agent in 2 cases; its answer can be kept",
    ]
    assert profile_of([], SLOW) == {"runs": 0, "parts": [], "slow": [], "advice": []}


def test_it_is_drawn(profile: dict[str, Any]) -> None:
    console = Console(width=120, no_color=True)
    with console.capture() as captured:
        console.print(profile_view(profile))
    lines = captured.get().splitlines()
    assert lines[0] == "2 runs"
    assert any(each.split()[:3] == ["agent", "cargo", "2"] for each in lines)
    assert "slow: run-2 run/recommend/cargo took 8.00 s, over 5.00 s" in lines


def test_the_command_profiles_a_run_or_a_day(room: Any) -> None:
    for number in (1, 2):
        run_id = f"run-{number}"
        room.api.states[run_id] = [
            {"run_id": run_id, "status": "decided", "created_at": "2026-11-21T06:00:00.000Z", "summary": "s", "degraded": False}
        ]  # fmt: skip
        room.api.traces[run_id] = trace(number)
    one = json.loads(room("profile", "run-1", "--json").stdout)
    assert (one["runs"], one["slow"]) == (1, [])
    assert json.loads(room("profile", "--day", "2026-11-21", "--json").stdout)["runs"] >= 2
    for wrong in (("profile",), ("profile", "run-1", "--day", "2026-11-21")):
        result = room(*wrong)
        assert result.exit_code == 2
        assert "profile wants a run or a day" in result.stderr
