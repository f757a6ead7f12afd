"""What a person sees while a run goes on."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

from rich.console import Console

from cli.screen.progress import LineSink, Steps, counting, follow, live_view, state_lines


class Script:
    """An API of which each look at a run sees the next state."""

    def __init__(self, *states: dict[str, Any]) -> None:
        self._states = list(states)

    def run(self, run_id: str) -> dict[str, Any]:
        return self._states.pop(0) if len(self._states) > 1 else self._states[0]


def state(status: str = "running", **changes: Any) -> dict[str, Any]:
    return {"run_id": "run-1", "status": status, **changes}


def agent(name: str, status: str, **changes: Any) -> dict[str, Any]:
    return {"name": name, "phase": "recommend", "status": status, "kind": "safety", **changes}


def test_every_change_is_told_once() -> None:
    told: list[str] = []
    sink = LineSink(told.append)
    first = state(current_phase="recommend", agents=[agent("crew", "running")])
    second = state(
        current_phase="recommend",
        agents=[agent("crew", "ok", verdict="caution", duration_seconds=0.61, tool_calls=[{"name": "duty"}])],
    )

    for elapsed, each in enumerate((first, first, second)):
        sink(each, float(elapsed))

    assert told == [
        "   0.0 s  recommend",
        "   0.0 s    crew: working",
        "   2.0 s    crew: caution, 0.61 s, tools: duty",
    ]


def test_a_run_that_is_not_let_in_yet_waits_for_its_turn() -> None:
    told: list[str] = []
    sink = LineSink(told.append)
    for each in (state(waiting=True), state(waiting=True), state(waiting=False, agents=[agent("crew", "running")])):
        sink(each, 0.0)
    assert [line.strip() for line in told] == [
        "0.0 s  waiting for its turn",
        "0.0 s  recommend",
        "0.0 s    crew: working",
    ]
    console = Console(file=io.StringIO(), width=120)
    console.print(live_view(state(waiting=True), 7.0))
    assert "waiting for its turn" in console.file.getvalue()  # type: ignore[attr-defined]


def test_the_same_answer_in_two_phases_is_told_twice() -> None:
    answers = [agent("crew", "ok", verdict="approve", duration_seconds=0.5)]
    answers.append({**answers[0], "phase": "revise"})
    phases = [{"name": "recommend", "status": "done"}, {"name": "revise", "status": "done"}]
    told: list[str] = []

    LineSink(told.append)(state(phases=phases, agents=answers), 1.0)

    assert [line for line in told if "crew" in line] == ["   1.0 s    crew: approve, 0.50 s"] * 2


def test_phases_and_agents_that_wait_are_not_told() -> None:
    phases = [{"name": "recommend", "status": "done"}, {"name": "arbitrate", "status": "running"}]
    run = state(phases=phases, agents=[{**agent("crew", "skipped"), "phase": "revise"}])

    assert state_lines(run) == [("recommend", "recommend")]


def test_a_failure_is_told_with_its_cause() -> None:
    failed = agent("crew", "unavailable", failure={"error": "States.Timeout", "cause": "no answer in 60 s"})

    lines = state_lines(state(current_phase="recommend", agents=[failed]))

    assert lines[-1][1] == "  crew: unavailable, States.Timeout: no answer in 60 s"


def test_polling_slows_down_while_nothing_happens_and_speeds_up_again() -> None:
    waits: list[float] = []
    quiet = state(current_phase="recommend")
    api: Any = Script(*[quiet] * 12, state(current_phase="revise"), quiet, state("decided"))

    run = follow(
        api,
        "run-1",
        sink=lambda each, elapsed: None,
        timeout=300,
        appears_within=0,
        clock=lambda: sum(waits),
        sleep=waits.append,
    )

    assert run["status"] == "decided"
    assert waits[0] < 0.5
    assert 1.5 < waits[11] <= 2.2
    assert waits[12] < 0.5


def test_the_live_view_shows_the_current_phase(decided: dict[str, Any]) -> None:
    seen = [each for each in decided["agents"] if each["phase"] != "arbitrate"]
    running = {**decided, "status": "running", "phases": decided["phases"][:2]}
    running["agents"] = [*seen, {**agent("cargo", "running"), "phase": "revise"}]
    console = Console(file=io.StringIO(), width=100)

    console.print(live_view(running, 3.2))

    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "3.2 s  frame → recommend → revise\n" in shown
    assert "maintenance: reject, strengthen" in shown
    assert "cargo: working" in shown
    assert "guest_experience" not in shown


def test_steps_know_how_long_they_took() -> None:
    moments = iter([0.0, 0.0, 0.0, 4.0, 4.0])
    told: list[str] = []
    steps = Steps(told.append, lambda: next(moments))

    with steps.step("deploy"):
        pass

    assert told == ["   0.0 s  deploy"]
    assert steps.done == [{"step": "deploy", "seconds": 4.0}]


def test_a_long_count_is_told_in_a_log_and_a_short_one_is_not() -> None:
    told = io.StringIO()
    seconds = [0.0]
    with counting(Console(file=told), "scenarios", 12, lambda: seconds[0]) as advance:
        for _ in range(12):
            seconds[0] += 1.0
            advance("crew")

    assert told.getvalue().splitlines() == ["   5.0 s  5 of 12 scenarios", "  10.0 s  10 of 12 scenarios"]


def test_a_count_on_a_terminal_is_a_bar_that_takes_no_markup() -> None:
    shown = io.StringIO()
    with counting(Console(file=shown, force_terminal=True, width=60), "runs", 2, lambda: 0.0) as advance:
        advance("[red]run-1")
        advance("run-2")

    assert "2/2" in shown.getvalue()


def test_the_command_line_loads_nothing_heavy_before_a_command_needs_it() -> None:
    code = (
        "import sys, cli.main; "
        "print([name for name in ('boto3', 'botocore', 'urllib3', 'local', 'rich', 'strands', 'msgspec') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
