"""Runs of the running local cloud are forked: only what is asked again is paid for, and nothing is published."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.pack import load_pack

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def parent(conclave: Any) -> Any:
    """A run that was decided with at least one agent that had to answer again, if any example has one."""
    examples = load_pack("airline").examples(str(conclave.json("seed")["date"]))
    return conclave.ask(examples[0])


def spent(conclave: Any) -> tuple[int, int]:
    """What the ledger of the day has: nano-dollars, and runs."""
    table = f"{conclave.outputs()['TablePrefix']}spending"
    items = conclave.client("dynamodb").scan(TableName=table)["Items"]
    days = [each for each in items if each["period"]["S"].startswith("day#")]
    return sum(int(each["settled_nanos"]["N"]) for each in days), sum(int(each["runs"]["N"]) for each in days)


def fork(conclave: Any, run_id: str, *arguments: str) -> Any:
    return conclave.json("fork", run_id, "--wait", "--new", *arguments)


def test_a_fork_from_the_arbiter_asks_one_model_and_the_ledger_shows_it(conclave: Any, parent: Any) -> None:
    before = spent(conclave)
    forked = fork(conclave, parent["run_id"], "--from", "arbitrate", "--with", "model=arbiter:strong")
    assert (forked["status"], forked["fork"]["of"]) == ("forked", parent["run_id"])
    paid = [(row["name"], row["phase"]) for row in forked["agents"] if row["model_calls"]]
    assert paid == [("arbiter", "arbitrate")]
    after = spent(conclave)
    assert (after[0] - before[0], after[1] - before[1]) == (round(forked["totals"]["cost_usd"] * 1e9), 1)
    assert {row["name"] for row in forked["agents"]} == {row["name"] for row in parent["agents"]} - {"frame"}
    phases = [each["name"] for each in forked["phases"]]
    assert "recommend" not in phases


def test_a_fork_from_revise_pays_for_revise_and_the_arbiter_only(conclave: Any, parent: Any) -> None:
    chosen = next(each for each in parent["options"] if each["id"] == parent["decision"]["option_id"])
    cost = chosen["fields"]["total_cost_usd"]
    forked = fork(conclave, parent["run_id"], "--from", "revise", "--with", f"constraint=total_cost_usd!={cost}")
    paid = {row["phase"] for row in forked["agents"] if row["model_calls"]}
    assert "recommend" not in paid
    assert "arbitrate" in paid
    assert forked["decision"]["option_id"] != chosen["id"]
    known = {each["id"] for each in forked["constraints"]}
    assert {each["id"] for each in parent["constraints"]} < known


def test_forks_are_verified_and_compared_and_listed_apart(conclave: Any, parent: Any) -> None:
    forked = fork(conclave, parent["run_id"], "--from", "arbitrate")
    decided = conclave.json("runs", "--status", "decided")["runs"]
    assert forked["run_id"] not in {row["run_id"] for row in decided}
    listed = {row["run_id"]: row for row in conclave.json("runs", "--status", "forked")["runs"]}
    assert listed[forked["run_id"]]["forked_from"] == parent["run_id"]
    document = conclave.json("diff", parent["run_id"], forked["run_id"])
    assert document["related"] == "fork"
    assert {"incident", "options", "constraints", "assessments"} - set(document["same"]) <= {"assessments"}
    assert document["cost"]["model_calls"][1] == 1


def test_what_cannot_be_forked_is_refused_in_one_line(conclave: Any, parent: Any) -> None:
    arguments = ["fork", parent["run_id"], "--from", "arbitrate", "--with"]
    assert conclave.json(*arguments, "model=cargo:strong", code=2)["error"]["code"] == "fork_invalid"
    assert conclave.json(*arguments, "constraint=-x", code=2)["error"]["code"] == "usage"
