"""A fork through the deployed parts: the functions in the machine's order, over tables as DynamoDB has them."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from conclave.audit.chain import read_chain
from conclave.clock import timestamp
from conclave.functions.wiring import Wiring
from conclave.money.spending import day_of
from handled import CALLER, PREFIX, REGION, Context, answered, request

REPORT = {"incident": {"parcel": "P101", "wait_hours": 2}}


@pytest.fixture
def parent(whole_run: Callable[[Any], dict[str, Any]]) -> str:
    """A run that was decided."""
    return str(whole_run(REPORT)["run_id"])


def forked(cloud: Any, run_id: str, body: Any, key: str = "") -> tuple[int, Any]:
    return answered(cloud("fork")(request("POST", f"/v1/runs/{run_id}/forks", body, key=key), Context()))


def spent_nanos() -> int:
    wiring = Wiring.from_env()
    day = day_of(timestamp(wiring.clock()))
    return wiring.spending.spent([day])[day].nanos


def test_a_fork_from_the_arbiter_asks_one_model_and_the_ledger_shows_it(
    cloud: Any, parent: str, to_its_end: Callable[[str], dict[str, Any]]
) -> None:
    before = spent_nanos()
    status, made = forked(cloud, parent, {"from": "arbitrate", "models": {"lead": "strong"}})
    assert (status, made["of"], made["duplicate"]) == (202, parent, False)
    assert to_its_end(made["run_id"]) == {"run_id": made["run_id"], "status": "decided"}
    _, run = answered(cloud("runs")(request("GET", f"/v1/runs/{made['run_id']}"), Context()))
    assert (run["status"], run["fork"]["outcome"], run["fork"]["of"]) == ("forked", "decided", parent)
    paid = {(row["name"], row["phase"]): row["cost_usd"] for row in run["agents"] if row["model_calls"]}
    assert set(paid) == {("lead", "arbitrate")}
    (row,) = (row for row in run["agents"] if row["name"] == "lead")
    assert "sonnet" in row["model"]
    assert run["totals"]["cost_usd"] == paid["lead", "arbitrate"] > 0
    assert spent_nanos() - before == round(run["totals"]["cost_usd"] * 1e9)


def test_a_fork_is_told_from_runs_and_stands_in_both_audits(
    cloud: Any, parent: str, to_its_end: Callable[[str], dict[str, Any]]
) -> None:
    _, made = forked(cloud, parent, {"from": "arbitrate", "prompts": {"lead": {"text": "Mind the weather."}}})
    name = made["run_id"]
    to_its_end(name)
    _, listed = answered(cloud("runs")(request("GET", "/v1/runs", query={"status": "forked"}), Context()))
    assert [(row["run_id"], row["forked_from"]) for row in listed["runs"]] == [(name, parent)]
    _, listed = answered(cloud("runs")(request("GET", "/v1/runs", query={"status": "decided"}), Context()))
    assert [row["run_id"] for row in listed["runs"]] == [parent]
    runs = Wiring.from_env().runs
    assert read_chain(name, runs.audit(name))[0].entry.event == "run_forked"
    last = read_chain(parent, runs.audit(parent))[-1]
    assert (last.entry.event, last.entry.body["fork"], last.entry.body["by"]) == ("fork_entered", name, CALLER)
    assert runs.get(name).expires_at == runs.get(parent).expires_at


def test_the_same_request_forks_once(cloud: Any, parent: str, to_its_end: Callable[[str], dict[str, Any]]) -> None:
    """Also once its numbers have been to DynamoDB and back."""
    settings = {"document": {"thresholds": {"choice": {"clear": 1}}}}  # a share: 1.0 here, and 1 in DynamoDB
    body = {"from": "recommend", "fields": {"O1": {"hours_late": 3}}, "configuration": settings}
    first, second = forked(cloud, parent, body), forked(cloud, parent, body)
    assert first[1]["run_id"] == second[1]["run_id"]
    assert (first[1]["duplicate"], second[1]["duplicate"]) == (False, True)
    other = forked(cloud, parent, body, key="mine")
    assert other[1]["run_id"] != first[1]["run_id"]
    assert forked(cloud, parent, {"from": "arbitrate"}, key="mine")[1]["error"]["code"] == "idempotency_key_reused"
    to_its_end(first[1]["run_id"])
    assert forked(cloud, parent, body)[1]["duplicate"] is True


def test_an_execution_of_the_machine_is_started_under_the_forks_name(cloud: Any, parent: str) -> None:
    _, made = forked(cloud, parent, {"from": "arbitrate"})
    states = boto3.client("stepfunctions", region_name=REGION)
    arn = Wiring.from_env().settings.state_machine_arn
    names = [each["name"] for each in states.list_executions(stateMachineArn=arn)["executions"]]
    assert made["run_id"] in names


def test_a_person_outside_of_the_group_does_not_fork(cloud: Any, parent: str) -> None:
    sent = request("POST", f"/v1/runs/{parent}/forks", {"from": "arbitrate"})
    claims = {"sub": "mia", "client_id": "people", "cognito:groups": f"{PREFIX}reporters", "scope": "runs.fork"}
    sent["requestContext"]["authorizer"] = {"claims": claims}
    status, refused = answered(cloud("fork")(sent, Context()))
    assert (status, refused["error"]["code"]) == (403, "group_missing")
    claims["cognito:groups"] = f"{PREFIX}forkers"
    assert answered(cloud("fork")(sent, Context()))[0] == 202
    claims |= {"sub": "program", "client_id": "program"}
    status, refused = answered(cloud("fork")(sent, Context()))
    assert (status, refused["error"]["code"]) == (403, "caller_unknown")


def test_a_run_that_is_not_there_or_not_over_is_not_forked(cloud: Any, framed: Any) -> None:
    assert forked(cloud, "run-nowhere", {"from": "arbitrate"})[1]["error"]["code"] == "run_not_found"
    run_id = framed(REPORT)["run_id"]
    status, refused = forked(cloud, run_id, {"from": "arbitrate"})
    assert (status, refused["error"]["code"]) == (409, "fork_impossible")


def test_erasing_the_parent_erases_its_fork(
    cloud: Any, parent: str, to_its_end: Callable[[str], dict[str, Any]]
) -> None:
    secret = "Mind CNRY-7731."
    _, made = forked(cloud, parent, {"from": "arbitrate", "prompts": {"lead": {"text": secret}}})
    erasure = request("POST", f"/v1/runs/{parent}/erasure", {"reason": "asked for"})
    status, refused = answered(cloud("erase")(erasure, Context()))
    assert (status, refused["error"]["code"]) == (409, "run_unfinished")
    to_its_end(made["run_id"])
    assert secret in everything()
    assert answered(cloud("erase")(erasure, Context()))[0] == 200
    assert secret not in everything()
    _, run = answered(cloud("runs")(request("GET", f"/v1/runs/{made['run_id']}"), Context()))
    assert (run["texts"], run["fork"]["prompts"][0]["text"]) == ("erased", "[erased]")


def everything() -> str:
    """Whatever the tables of runs, of the journal and of audits hold, unpacked."""
    found = []
    for table in ("runs", "journal", "audit"):
        for item in boto3.client("dynamodb", region_name=REGION).scan(TableName=PREFIX + table)["Items"]:
            found.append(repr(item))
            found += [_read(bytes(each["B"])) for each in item.values() if "B" in each]
    return "".join(found)


def _read(data: bytes) -> str:
    try:
        return zlib.decompress(data).decode(errors="replace")
    except zlib.error:
        return data.decode(errors="replace")
