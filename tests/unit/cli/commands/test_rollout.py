"""``rollout``: new versions are judged, get a share of the runs, and are promoted or taken back, each act with its reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conclave.codec import encode
from conclave.rollout.gate import Shown
from conclave.rollout.measured import Seen
from conclave.types import Side
from msgspec import structs

WHY = ("--why", "release 2")
GOOD = Seen(
    side=Side.STABLE,
    option="O1",
    halted=False,
    ours=False,
    degraded=False,
    errors=0,
    broken=0,
    flaws=0,
    rules=frozenset({"crew/duty/abc"}),
    warned=frozenset(),
    evidence=frozenset({"crew/c1"}),
    ranks={"crew": 1},
    quality=1.0,
    tokens=1_000,
    usd=0.01,
    seconds=5.0,
)


def told(room: Any, *arguments: str, code: int = 0) -> Any:
    result = room("rollout", *arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout or result.stderr)


def cases(folder: Path, name: str, seen: Seen = GOOD, count: int = 6) -> str:
    file = folder / name
    file.write_bytes(encode([Shown(name=f"case-{number}", seen=seen) for number in range(count)]))
    return str(file)


def released(room: Any, folder: Path, after: Seen = GOOD, code: int = 0) -> Any:
    told(room, "adopt", *WHY)
    room.rollouts.versions = {"crew": "2", "arbiter": "1"}
    before, new = cases(folder, "before.json"), cases(folder, "after.json", after)
    return told(room, "start", "--before", before, "--after", new, *WHY, code=code)


def test_a_version_that_passed_its_gate_gets_shares_and_then_all_runs(room: Any, tmp_path: Path) -> None:
    begun = released(room, tmp_path)
    assert (begun["state"], begun["share"], begun["findings"]) == ("canary", 5, [])
    assert (begun["stable"]["crew"], begun["candidate"]["crew"]) == ("1", "2")
    assert [told(room, "step", *WHY)["share"] for _ in range(2)] == [25, 50]
    done = told(room, "step", *WHY)
    assert (done["state"], done["stable"]["crew"], done["last"]["end"]) == ("steady", "2", "promoted")
    history = told(room, "status")["history"]
    assert [each["move"] for each in history] == [
        "rollout_stepped", "rollout_stepped", "rollout_stepped", "rollout_admitted", "rollout_begun", "rollout_adopted",
    ]  # fmt: skip
    assert {(each["by"], each["why"]) for each in history} == {("arn:aws:iam::123456789012:user/ops", "release 2")}


def test_a_version_that_is_worse_is_refused_with_the_reasons(room: Any, tmp_path: Path) -> None:
    refused = released(room, tmp_path, structs.replace(GOOD, tokens=2_000, rules=frozenset()), code=3)
    assert (refused["state"], refused["candidate"], refused["last"]["end"]) == ("steady", {}, "refused")
    assert refused["last"]["reasons"] == ["lost_rule", "tokens"]
    assert refused["findings"][1] == "tokens: 2, allowed 1.25"
    assert refused["stable"]["crew"] == "1"


def test_a_candidate_is_taken_back_and_nothing_else_can_be(room: Any, tmp_path: Path) -> None:
    released(room, tmp_path)
    assert told(room, "rollback", *WHY)["last"]["end"] == "rolled_back"
    result = room("rollout", "rollback", *WHY)
    assert result.exit_code == 2
    assert "no rollout is under way" in result.stderr


@pytest.mark.parametrize("command", ["step", "promote", "rollback"])
def test_without_a_candidate_nothing_is_done(room: Any, command: str) -> None:
    assert room("rollout", command, *WHY).exit_code == 2
    assert room.rollouts.entries() == []


def test_bad_input_leaves_nothing(room: Any, tmp_path: Path) -> None:
    told(room, "adopt", *WHY)
    room.rollouts.versions = {"crew": "2", "arbiter": "1"}
    good, fewer = cases(tmp_path, "good.json"), cases(tmp_path, "fewer.json", count=5)
    odd = tmp_path / "odd.json"
    odd.write_text("[{}]")
    for before, after in ((good, fewer), (good, str(odd)), (str(tmp_path / "none.json"), good)):
        result = room("rollout", "start", "--before", before, "--after", after, *WHY)
        assert result.exit_code == 2, result.output
        assert len(result.stderr.strip().splitlines()) <= 2
    assert room("rollout", "start", "--before", good, "--after", good, "--why", " ").exit_code == 2
    assert len(room.rollouts.entries()) == 1
    assert room.rollouts.read().state.value == "steady"


def test_an_audit_that_was_altered_is_told(room: Any) -> None:
    told(room, "adopt", *WHY)
    room.rollouts._entries[0] = room.rollouts._entries[0].replace(b"release 2", b"release 3")
    result = room("rollout", "status")
    assert result.exit_code == 1
    assert "audit of the rollout is broken" in result.stderr


def test_the_screen_names_the_versions_and_the_way_to_a_gate(room: Any, tmp_path: Path) -> None:
    assert "conclave rollout adopt" in room("rollout", "status").stdout
    released(room, tmp_path)
    shown = room("rollout", "status").stdout
    assert "canary, 5 % of the runs on the candidate" in shown
    assert "adopted" in shown
