"""``rollout``: new versions are tried, get a share of the runs, and are promoted or taken back, each act with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from conclave.rollout.acting import Move, moved
from conclave.rollout.record import Record, admitted, refused, rolled_back, stepped
from conclave.rollout.verdicts import Finding, Objection

AT = "2026-11-21T09:30:00.000Z"
WHY = ("--why", "release 2")
TOKENS = Finding(objection=Objection.TOKENS, seen=2, allowed=1.25)
TOO_FEW = Finding(objection=Objection.TOO_FEW, seen=3, allowed=20, cases=("candidate",))


def told(room: Any, *arguments: str, code: int = 0) -> Any:
    result = room("rollout", *arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout or result.stderr)


def by_gate(room: Any, change: Callable[[Record], Record], move: Move, *findings: Finding) -> dict[str, Any]:
    moved(room.rollouts, change, move, by="gate", why="seen", at=AT, findings=findings)
    return {"findings": [each.line for each in findings]}


def after(room: Any, waits: int, change: Callable[[Record], Record], move: Move, *findings: Finding) -> None:
    """Has the gate judge after so many looks."""
    left = [{"open": each} for each in range(waits, 0, -1)]
    room.rollouts.gate = lambda: left.pop(0) if left else by_gate(room, change, move, *findings)


def released(room: Any) -> None:
    told(room, "adopt", *WHY)
    room.rollouts.versions = {"crew": "2", "arbiter": "1"}


def started(room: Any, *options: str, waits: int = 0) -> Any:
    released(room)
    after(room, waits, lambda each: admitted(each, at=AT), Move.ADMITTED)
    begun = told(room, "start", *options, *WHY)
    room.rollouts.gate = lambda: {}
    return begun


def test_a_version_that_passed_its_gate_gets_shares_and_then_all_runs(room: Any) -> None:
    begun = started(room, waits=2)
    assert (begun["state"], begun["share"], begun["findings"]) == ("canary", 5, [])
    assert (begun["stable"]["crew"], begun["candidate"]["crew"]) == ("1", "2")
    assert [told(room, "step", *WHY)["share"] for _ in range(2)] == [25, 50]
    done = told(room, "step", *WHY)
    assert (done["state"], done["stable"]["crew"], done["last"]["end"]) == ("steady", "2", "promoted")
    history = told(room, "status")["history"]
    assert [(each["move"], each["by"]) for each in history] == [
        *[("rollout_stepped", "arn:aws:iam::123456789012:user/ops")] * 3,
        ("rollout_admitted", "gate"),
        ("rollout_begun", "arn:aws:iam::123456789012:user/ops"),
        ("rollout_adopted", "arn:aws:iam::123456789012:user/ops"),
    ]
    assert room.rollouts.looks == [False] * 6  # the gate steps by itself, and a person by their own command


def test_a_version_that_is_worse_is_refused_with_the_reasons(room: Any) -> None:
    released(room)
    after(room, 1, lambda each: refused(each, ("tokens",), at=AT), Move.REFUSED, TOKENS)
    document = told(room, "start", *WHY, code=3)
    assert (document["state"], document["candidate"], document["last"]["end"]) == ("steady", {}, "refused")
    assert document["findings"] == ["tokens: 2, allowed 1.25"]
    assert document["stable"]["crew"] == "1"


def test_a_refusal_that_the_schedule_made_meanwhile_is_told_too(room: Any) -> None:
    released(room)
    left = [{"open": 4}]

    def gate() -> dict[str, Any]:
        if left:
            return left.pop()
        by_gate(room, lambda each: refused(each, ("tokens",), at=AT), Move.REFUSED, TOKENS)
        return {"findings": []}  # what a look answers that finds a rollout that is over

    room.rollouts.gate = gate
    assert told(room, "start", *WHY, code=3)["findings"] == ["tokens: 2, allowed 1.25"]


def test_of_a_candidate_that_the_schedule_took_back_the_status_names_the_runs(room: Any) -> None:
    started(room)
    broken = Finding(objection=Objection.BROKEN_RULE, seen=1, allowed=0, cases=("run-7",))
    by_gate(room, lambda each: rolled_back(each, ("broken_rule",), at=AT), Move.ROLLED_BACK, broken)
    assert told(room, "status")["findings"] == ["broken_rule: 1, allowed 0 (run-7)"]
    assert "found: broken_rule: 1, allowed 0 (run-7)" in room("rollout", "status").stdout
    after(room, 0, lambda each: admitted(each, at=AT), Move.ADMITTED)
    assert told(room, "start", *WHY)["findings"] == []  # another candidate is under way


def test_a_gate_that_takes_long_goes_on_by_itself(room: Any) -> None:
    released(room)
    room.rollouts.gate = lambda: {"open": 7}
    result = room("rollout", "start", "--timeout", "10", *WHY)
    assert result.exit_code == 1
    assert "7 trials have not ended" in result.stderr
    assert room.rollouts.read().state.value == "gate"


def test_a_gate_that_somebody_ends_gives_the_candidate_nothing(room: Any) -> None:
    released(room)
    after(room, 1, lambda each: rolled_back(each, ("by_hand",), at=AT), Move.ROLLED_BACK)
    document = told(room, "start", *WHY, code=3)
    assert (document["state"], document["last"]["end"]) == ("steady", "rolled_back")


def test_before_anything_is_adopted_nothing_is_started(room: Any) -> None:
    result = room("rollout", "start", *WHY)
    assert result.exit_code == 2
    assert "conclave rollout adopt" in " ".join(result.stderr.split())
    assert room.rollouts.entries() == []


@pytest.mark.parametrize("command", ["step", "promote"])
def test_another_share_than_the_one_that_was_looked_at_is_not_moved(room: Any, command: str) -> None:
    started(room)

    def gate() -> dict[str, Any]:
        moved(room.rollouts, lambda each: stepped(each, at=AT), Move.STEPPED, by="gate", why="seen", at=AT)
        return {"findings": []}

    room.rollouts.gate = gate
    result = room("rollout", command, *WHY)
    assert result.exit_code == 1
    assert "somebody else moved the rollout" in result.stderr
    assert (room.rollouts.read().state.value, room.rollouts.read().share) == ("canary", 25)


@pytest.mark.parametrize("command", ["step", "promote"])
def test_a_candidate_with_too_few_runs_gets_no_more_of_them(room: Any, command: str) -> None:
    started(room)
    room.rollouts.gate = lambda: {"findings": [TOO_FEW.line]}
    result = room("rollout", command, *WHY)
    assert result.exit_code == 3
    assert "too_few: 3, allowed 20 (candidate)" in result.stderr
    assert (room.rollouts.read().state.value, room.rollouts.read().share) == ("canary", 5)


@pytest.mark.parametrize("command", ["step", "promote"])
def test_a_candidate_that_turns_out_worse_is_taken_back_instead(room: Any, command: str) -> None:
    started(room)
    after(room, 0, lambda each: rolled_back(each, ("tokens",), at=AT), Move.ROLLED_BACK, TOKENS)
    result = room("rollout", command, *WHY)
    assert result.exit_code == 3
    assert "it was taken back: tokens: 2, allowed 1.25" in result.stderr
    assert room.rollouts.read().last.end.value == "rolled_back"


def test_what_was_not_judged_is_not_promoted(room: Any) -> None:
    released(room)
    room.rollouts.gate = lambda: {"open": 7}
    room("rollout", "start", "--timeout", "1", *WHY)
    result = room("rollout", "promote", *WHY)
    assert result.exit_code == 2
    assert "has not passed its gate" in result.stderr


def test_thresholds_are_those_of_the_rollout(room: Any) -> None:
    given = ("--threshold", "steps=40,80", "--threshold", "least_runs=5", "--threshold", "tokens=1.5")
    begun = started(room, *given)
    assert begun["share"] == 40
    kept = room.rollouts.read().thresholds
    assert (kept.steps, kept.least_runs, kept.tokens, kept.cost) == ((40, 80), 5, 1.5, 1.25)


@pytest.mark.parametrize("given", ["tokens", "tokens=much", "taste=1", "tokens=0.5", "steps=50,25", "least_runs=1.5"])
def test_bad_thresholds_leave_nothing(room: Any, given: str) -> None:
    released(room)
    result = room("rollout", "start", "--threshold", given, *WHY)
    assert result.exit_code == 2, result.output
    assert len(result.stderr.strip().splitlines()) <= 2
    assert room("rollout", "start", "--why", " ").exit_code == 2
    assert len(room.rollouts.entries()) == 1
    assert room.rollouts.read().state.value == "steady"


def test_a_candidate_is_taken_back_and_nothing_else_can_be(room: Any) -> None:
    started(room)
    assert told(room, "rollback", *WHY)["last"]["end"] == "rolled_back"
    result = room("rollout", "rollback", *WHY)
    assert result.exit_code == 2
    assert "no rollout is under way" in result.stderr


@pytest.mark.parametrize("command", ["step", "promote", "rollback"])
def test_without_a_candidate_nothing_is_done(room: Any, command: str) -> None:
    assert room("rollout", command, *WHY).exit_code == 2
    assert room.rollouts.entries() == []


def test_an_audit_that_was_altered_is_told(room: Any) -> None:
    told(room, "adopt", *WHY)
    room.rollouts._entries[0] = room.rollouts._entries[0].replace(b"release 2", b"release 3")
    result = room("rollout", "status")
    assert result.exit_code == 1
    assert "audit of the rollout is broken" in result.stderr


def test_the_screen_names_the_versions_and_the_way_to_a_gate(room: Any) -> None:
    assert "conclave rollout adopt" in room("rollout", "status").stdout
    started(room)
    shown = room("rollout", "status").stdout
    assert "canary, 5 % of the runs on the candidate" in shown
    assert "adopted" in shown
