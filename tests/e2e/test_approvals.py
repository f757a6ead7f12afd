"""People act on decisions of the running local cloud: asked, escalated, checked again, published; refused, overridden, late."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conclave.adapters.stores.bodies import body_in
from conclave.pack import load_pack

pytestmark = pytest.mark.e2e
LIMIT = {"carrier": "EY", "name": "approval_cost", "value": 1_000.0, "unit": "USD"}
"""So low that every decision needs the duty manager."""
SECONDS = 12
REASON = "a test of approvals"


@pytest.fixture(scope="module")
def limited(figures: Any) -> Iterator[None]:
    figures.put(LIMIT)
    yield
    figures.remove(LIMIT)


@pytest.fixture(scope="module")
def ask(conclave: Any, day: str, limited: None) -> Callable[[int], list[Any]]:
    """Asks for so many decisions at once, and answers the runs, which wait for a person."""
    sentence = load_pack("airline").examples(day)[0]

    def ask(number: int) -> list[Any]:
        done = conclave.asks([sentence] * number)
        assert {each.returncode for each in done} == {4}, done
        runs = [json.loads(each.stdout) for each in done]
        for run in runs:
            assert run["status"] == "awaiting_approval"
            assert run["decision"]["option_id"] == run["approval"]["option_id"]
        return runs

    return ask


@pytest.fixture(scope="module")
def waiting(ask: Callable[[int], list[Any]]) -> Iterator[Any]:
    """Runs that wait for a person; each test takes its own."""
    return iter(ask(6))


def act(conclave: Any, verb: str, run: Any, by: str, *more: str, code: int = 0) -> Any:
    return conclave.json(verb, run["run_id"], "--reason", REASON, "--as", by, *more, code=code)


def ended(conclave: Any, wait_until: Any, run: Any) -> Any:
    def over() -> Any:
        shown = conclave.shown(run["run_id"])
        return shown if shown["status"] not in ("running", "awaiting_approval") else None

    return wait_until(over, 30)


def entries(conclave: Any, run: Any) -> list[Any]:
    client, table = conclave.client("dynamodb"), conclave.outputs()["AuditTable"]
    found = client.query(
        TableName=table,
        KeyConditionExpression="run_id = :run",
        ExpressionAttributeValues={":run": {"S": run["run_id"]}},
    )["Items"]
    return [json.loads(each["body"]["B"])["entry"] for each in found]


def test_approved_by_a_second_person_checked_again_and_published(conclave: Any, waiting: Any, wait_until: Any) -> None:
    run = next(waiting)
    assert run["run_id"] in {each["run_id"] for each in conclave.json("approvals")["runs"]}
    own = conclave.json("approve", run["run_id"], "--reason", REASON, code=2)
    assert own["error"]["code"] == "own_report"
    outsider = act(conclave, "approve", run, "olga", "--group", "reporters", code=2)
    assert outsider["error"]["code"] == "group_missing"
    early = act(conclave, "approve", run, "dora", "--group", "directors", code=2)
    assert early["error"]["code"] == "group_missing"
    assert act(conclave, "approve", run, "mia")["approval"]["state"] == "approved"
    done = ended(conclave, wait_until, run)
    assert (done["status"], done["decision"]["option_id"]) == ("decided", run["decision"]["option_id"])
    assert "approved" in {each["code"] for each in done["reasons"]}
    (entry,) = (each["body"] for each in entries(conclave, run) if each["event"] == "approval_acted")
    assert entry["by"].endswith("-duty_managers/mia")
    assert REASON not in json.dumps(entry)
    said = conclave.json(
        "feedback",
        run["run_id"],
        "--done",
        run["decision"]["option_id"],
        "--actual",
        "total_cost_usd=1234",
        "--rating",
        "4",
    )
    assert said["feedback"]["predicted"]["total_cost_usd"] > 0
    conclave.json("verify", run["run_id"])


def test_refused_and_overridden(conclave: Any, waiting: Any, wait_until: Any) -> None:
    refused, overridden = next(waiting), next(waiting)
    act(conclave, "refuse", refused, "mia")
    broken = next((each["id"] for each in overridden["options"] if each["violations"]), "O99")
    wrong = act(conclave, "override", overridden, "mia", "--option", broken, code=2)
    assert wrong["error"]["code"] == "option_infeasible"
    other = next(each for each in overridden["approval"]["choices"] if each != overridden["approval"]["option_id"])
    needed = {each["group"] for each in overridden["approval"]["choices"][other]["needs"]}
    assert needed == {"duty_managers"}
    act(conclave, "override", overridden, "mia", "--option", other)
    assert ended(conclave, wait_until, refused)["status"] == "refused"
    done = ended(conclave, wait_until, overridden)
    assert (done["status"], done["decision"]["option_id"]) == ("decided", other)
    assert "overridden" in {each["code"] for each in done["reasons"]}


@pytest.mark.parametrize("other", ["approve", "refuse"])
def test_acted_on_twice_at_once_one_wins(conclave: Any, waiting: Any, wait_until: Any, other: str) -> None:
    run = next(waiting)
    acts = [("approve", "mia"), (other, "noa")]
    with ThreadPoolExecutor(2) as pool:
        told = list(
            pool.map(
                lambda each: conclave.run(each[0], run["run_id"], "--reason", REASON, "--as", each[1], "--json"), acts
            )
        )
    done = ended(conclave, wait_until, run)
    codes = [each.returncode for each in told]
    assert sorted(codes) == [0, 2]
    assert json.loads(told[codes.index(2)].stdout)["error"]["code"] == "approval_over"
    assert done["status"] == ("refused" if (other, codes[1]) == ("refuse", 0) else "decided")
    outcomes = [each for each in entries(conclave, run) if each["event"] in ("approval_acted", "decision_published")]
    assert [each["event"] for each in outcomes] == ["approval_acted", "decision_published"]
    assert outcomes[0]["body"]["by"].endswith(acts[codes.index(0)][1])


def waits_again(conclave: Any, run: Any, number: int) -> Any:
    """The run once it waits for people for that time, with an execution that can be woken."""
    events = [each["event"] for each in entries(conclave, run)]
    return conclave.shown(run["run_id"]) if events.count("approval_asked") == number else None


def test_a_figure_that_moved_asks_again(conclave: Any, waiting: Any, figures: Any, wait_until: Any) -> None:
    run = next(waiting)
    option = next(each for each in run["options"] if each["id"] == run["decision"]["option_id"])
    assert option["action"] == "swap_aircraft"
    dearer = {"carrier": "EY", "name": "swap_same_type_cost", "value": 4_000.0, "unit": "USD"}
    figures.put(dearer)
    try:
        act(conclave, "approve", run, "mia")
        again = wait_until(lambda: waits_again(conclave, run, 2))
        assert (again["status"], again["approval"]["round"], again["approval"]["acts"]) == ("awaiting_approval", 2, [])
        moved = next(each for each in again["options"] if each["id"] == again["decision"]["option_id"])
        assert moved["fields"]["total_cost_usd"] == option["fields"]["total_cost_usd"] + 500
        stale = run["approval"]["choices"][option["id"]]["seen"]
        refused = act(conclave, "approve", run, "mia", "--seen", stale, code=2)
        assert refused["error"]["code"] == "seen_differs"
        act(conclave, "approve", run, "mia")
        assert ended(conclave, wait_until, run)["status"] == "decided"
    finally:
        figures.remove(dearer)


@pytest.fixture
def hasty(conclave: Any) -> Iterator[None]:
    """People have twelve seconds. What is asked later has as long as ever, once functions have read that."""
    conclave.json("config", "set", f"limits.approval_seconds={SECONDS}", "--why", REASON)
    conclave.settings_seen()
    yield
    conclave.json("config", "rollback", "0", "--why", REASON)


def token_of(conclave: Any, run: Any) -> str:
    """What wakes the execution, as only the key opens it."""
    key = {"run_id": {"S": run["run_id"]}, "record": {"S": "APPROVAL"}}
    item = conclave.client("dynamodb").get_item(TableName=conclave.outputs()["RunsTable"], Key=key)["Item"]
    sealed = json.loads(body_in(item))["token"]
    context = {"conclave": "approval", "run_id": run["run_id"]}
    opened = conclave.client("kms").decrypt(CiphertextBlob=base64.b64decode(sealed), EncryptionContext=context)
    return str(opened["Plaintext"].decode())


def test_escalated_to_a_second_group_or_expired_and_then_nothing_counts_any_more(
    conclave: Any, ask: Any, hasty: None, wait_until: Any
) -> None:
    rescued, late = ask(2)
    first, directors = token_of(conclave, late), ("--group", "directors")
    again = wait_until(lambda: waits_again(conclave, rescued, 2), 3 * SECONDS)
    assert (again["approval"]["escalated"], again["approval"]["groups"]) == (True, ["duty_managers", "directors"])
    act(conclave, "approve", rescued, "dora", *directors)
    assert ended(conclave, wait_until, rescued)["status"] == "decided"

    done = ended(conclave, wait_until, late)
    assert (done["status"], done["decision"]) == ("expired", None)
    assert [each["code"] for each in done["reasons"]] == ["approval_expired"]
    assert act(conclave, "approve", late, "mia", code=2)["error"]["code"] == "approval_over"
    for token in (first, "forged"):
        with pytest.raises(ClientError) as replayed:
            conclave.client("stepfunctions").send_task_success(taskToken=token, output="{}")
        assert replayed.value.response["Error"]["Code"] == "TaskDoesNotExist"
    cloudwatch = conclave.client("cloudwatch")
    wait_until(
        lambda: cloudwatch.describe_alarms(AlarmNames=["conclave-local-airline-RunsExpired"], StateValue="ALARM")[
            "MetricAlarms"
        ]
    )
    outcome = entries(conclave, late)[-1]["body"]["decision"]
    assert outcome["status"] == "expired"
