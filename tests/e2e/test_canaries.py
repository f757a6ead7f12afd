"""Fifty secrets in every place that models read, a model that repeats all it sees, and no secret anywhere outside.

Where they may be: in the encrypted tables of runs and journal, in the dead letters, and in the answers of the API to who may
read a run. Where they must not: logs, histories of executions, events, metrics, errors of the API, audits, anchors.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conclave.adapters.stores.bodies import body_in
from conclave.codec import encode
from conclave.pack import Item, load_pack
from conclave.records.texts import unpacked

from cli.target.tables import DynamoSampleStore

pytestmark = pytest.mark.e2e

ROLES = Path(__file__).parents[2] / "layers/packs/python/packs/airline/prompts"
PLACES = {"report": 10, "typed": 4, "key": 6, "table": 14, "bus": 4, "refused": 4}
"""How many secrets stand where; the rest of the fifty are sentences of the agents' own roles."""


def made() -> dict[str, list[str]]:
    """The secrets by place."""
    drawn = {place: [f"CNRY{place.upper()}{number:04d}X" for number in range(many)] for place, many in PLACES.items()}
    roles = [(ROLES / f"{agent.name}.md").read_text(encoding="utf-8")[:40] for agent in PACK.agents]
    return {**drawn, "role": roles[: 50 - sum(PLACES.values())]}


PACK = load_pack("airline")
CANARIES = made()
EVERY = [canary for canaries in CANARIES.values() for canary in canaries]


def test_there_are_fifty_different_ones() -> None:
    assert len(EVERY) == len(set(EVERY)) == 50
    assert min(len(each) for each in EVERY) >= 12


def found_in(text: str) -> set[str]:
    return {canary for canary in EVERY if canary in text}


@pytest.fixture(scope="module")
def hijacked(conclave: Any) -> Iterator[None]:
    control = f"{conclave.bedrock_endpoint}/_control/answerer"
    body = {"answerer": "hijacked", "seed": 5, "tactic": "echo"}
    httpx.post(control, json=body, trust_env=False).raise_for_status()
    yield
    httpx.delete(control, trust_env=False).raise_for_status()


@pytest.fixture(scope="module")
def heard(conclave: Any) -> Any:
    """What the bus publishes, as far as it has come."""
    queues, events = conclave.client("sqs"), conclave.client("events")
    url = queues.create_queue(QueueName="canaries")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**allowed, "Resource": arn}]})
    queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    bus = conclave.outputs()["EventBusName"]
    events.put_rule(Name="canaries", EventBusName=bus, EventPattern=json.dumps({"source": ["conclave"]}))
    events.put_targets(Rule="canaries", EventBusName=bus, Targets=[{"Id": "canaries", "Arn": arn}])
    bodies: list[str] = []

    def more() -> list[str]:
        got = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        bodies.extend(message["Body"] for message in got)
        return bodies

    return more


@pytest.fixture(scope="module")
def planted(conclave: Any, day: str) -> Iterator[None]:
    """Secrets in the texts that an incident of EY17 reads, put back afterwards."""
    run = conclave.ask(f"EY17 on {day} from AUH to LHR is AOG for 4 hours")
    dynamodb, outputs = conclave.client("dynamodb"), conclave.outputs()
    texts = {
        fact["id"]: fact["text"]
        for each in items(conclave, outputs["RunsTable"], run["run_id"])
        if each["record"]["S"].startswith("ASSESSMENT")
        for fact in json.loads(body_in(each))["facts"]
        if fact["text"]
    }
    store = DynamoSampleStore(dynamodb, outputs["TablePrefix"], PACK.tables)
    before = [found for evidence in sorted(texts) if (found := with_text(store, evidence))]
    assert before
    canaries = iter(CANARIES["table"])
    for number, (table, item, name) in enumerate(before, start=1):
        # Where an incident reads fewer texts than there are secrets, the last text holds the rest.
        said = " ".join(canaries) if number == len(before) else next(canaries, "")
        store.put(table, [{**item, name: f"{item[name]} {said}"}])
    yield
    for table, item, _ in before:
        store.put(table, [item])


def with_text(store: DynamoSampleStore, evidence: str) -> tuple[str, Item, str] | None:
    """The table and item that an evidence id names, and its column with a text."""
    name, *key = evidence.split("/", 2)
    table = next((each for each in PACK.tables if each.name == name), None)
    if table is None or len(key) != (2 if table.sort_key else 1):
        return None
    wanted = (key[0], key[1]) if table.sort_key else key[0]
    found = next(iter(store.get(name, [wanted]).items.values()), None)
    column = next((each for each in ("text", "remark", "note") if found and found.get(each)), "")
    return (name, found, column) if found and column else None


def items(conclave: Any, table: str, run_id: str) -> list[Any]:
    found = conclave.client("dynamodb").query(
        TableName=table, KeyConditionExpression="run_id = :run", ExpressionAttributeValues={":run": {"S": run_id}}
    )
    return list(found["Items"])


@pytest.fixture(scope="module")
def errors(conclave: Any, planted: None, hijacked: None, heard: Any, day: str) -> list[str]:
    """Several incidents with all secrets, deliberated by the hijacked model; answers the bodies of the API's refusals."""
    report, typed, keys, bus = (list(CANARIES[place]) for place in ("report", "typed", "key", "bus"))
    runs = []
    for number, text in enumerate((" ".join(report[:5]), " ".join(report[5:]))):
        body = json.dumps({"text": f"EY17 on {day} from AUH to LHR is AOG. {text}"}).encode()
        runs.append(conclave.call("POST", "/v1/incidents", body, **{"Idempotency-Key": keys[number]}))
    for number, flight in enumerate(("EY17", "EY19")):
        incident = {
            "flight": flight,
            "date": day,
            "unclear": " ".join(typed[number::2]),
            "problems": [{"minutes": 240}],
        }
        key = " ".join(keys[2 + 2 * number : 4 + 2 * number])
        body = json.dumps({"incident": incident, "idempotency_key": key}).encode()
        runs.append(conclave.call("POST", "/v1/incidents", body))
    body = json.dumps({"incident": {"flight": "EY17", "date": day, "problems": [{"minutes": 200}]}}).encode()
    runs.append(conclave.call("POST", "/v1/incidents", body))
    assert [each.status_code for each in runs] == [202] * len(runs), [each.text for each in runs]
    text = f"EY33 on {day} from AUH to CDG: the captain is sick. {' '.join(bus)}"
    event = json.dumps({"text": text})
    done = conclave.run("submit", "-", "--event", "--new", "--wait", "--json", input_text=event)
    assert json.loads(done.stdout)["run_id"], done.stderr
    for each in runs:
        conclave.run("watch", each.json()["run_id"], "--json")
    first, second, third, fourth = CANARIES["refused"]
    wrong: list[tuple[bytes, dict[str, str]]] = [
        (f'{{"text": "{first}'.encode(), {}),
        (json.dumps({"incident": {first: second}}).encode(), {}),
        (json.dumps({"incident": {"problems": [{"cause": second}]}}).encode(), {}),
        (json.dumps({"incident": {"flight": third, "date": fourth}}).encode(), {}),
        (json.dumps({"text": third + "\x00"}).encode(), {}),
        (json.dumps({"text": fourth}).encode(), {"Content-Type": f"text/{first}"}),
        (json.dumps({"text": second, "padding": "y" * 40_000}).encode(), {}),
    ]
    refusals = [conclave.call("POST", "/v1/incidents", body, **headers) for body, headers in wrong]
    assert {each.status_code for each in refusals} <= {400, 413, 415}
    acts = [
        conclave.call(
            "POST",
            f"/v1/runs/{runs[0].json()['run_id']}/{act}",
            json.dumps({"reason": [third], "tool": fourth}).encode(),
        )
        for act in ("consents", "erasure")
    ]
    assert {each.status_code for each in acts} == {400}
    return [each.text for each in (*refusals, *acts)]


def test_models_saw_them(conclave: Any, errors: list[str]) -> None:
    """Without this, finding none would prove nothing. The texts of framing stand with the run, those of agents in the journal."""
    outputs = conclave.outputs()
    seen: set[str] = set()
    for table in (outputs["RunsTable"], outputs["JournalTable"]):
        for page in conclave.client("dynamodb").get_paginator("scan").paginate(TableName=table):
            for item in page["Items"]:
                if "texts" in item["record"]["S"].casefold():
                    seen |= found_in(encode(unpacked(body_in(item))).decode())
    assert seen >= {*CANARIES["report"], *CANARIES["bus"], *CANARIES["role"]}
    assert len(seen & set(CANARIES["table"])) >= len(CANARIES["table"]) - 2, seen


def test_none_in_an_error_of_the_api(errors: list[str]) -> None:
    assert [body for body in errors if found_in(body)] == []
    assert all(len(json.loads(body)["error"]["message"].splitlines()) == 1 for body in errors)


def test_none_in_a_log(conclave: Any, errors: list[str]) -> None:
    logs = conclave.client("logs")
    groups = [
        each["logGroupName"]
        for page in logs.get_paginator("describe_log_groups").paginate()
        for each in page["logGroups"]
    ]
    lines = 0
    for group in groups:
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
            for event in page["events"]:
                lines += 1
                assert not found_in(event["message"]), f"{group}: {event['message'][:300]}"
    assert lines > 50
    assert [each for each in groups if "agent-arbiter" in each]


def test_none_in_the_history_of_an_execution(conclave: Any, errors: list[str]) -> None:
    states = conclave.client("stepfunctions")
    machine = conclave.outputs()["StateMachineArn"]
    executions = states.list_executions(stateMachineArn=machine)["executions"]
    assert len(executions) >= 7
    for execution in executions:
        arn = execution["executionArn"]
        described = json.dumps(states.describe_execution(executionArn=arn), default=str)
        pages = states.get_paginator("get_execution_history").paginate(executionArn=arn, includeExecutionData=True)
        history = json.dumps([page["events"] for page in pages], default=str)
        assert not found_in(described + history), execution["name"]


def test_none_in_an_event(conclave: Any, errors: list[str], heard: Any, wait_until: Any) -> None:
    bodies = wait_until(lambda: heard() if len(heard()) >= 5 else None)
    assert [body for body in bodies if found_in(body)] == []


def test_none_in_a_metric_an_audit_or_an_anchor(conclave: Any, errors: list[str]) -> None:
    pages = conclave.client("cloudwatch").get_paginator("list_metrics").paginate(Namespace="Conclave")
    metrics = json.dumps([each for page in pages for each in page["Metrics"]])
    assert "GuardrailIntervened" in metrics
    outputs, dynamodb = conclave.outputs(), conclave.client("dynamodb")
    audits = [
        body_in(item).decode()
        for page in dynamodb.get_paginator("scan").paginate(TableName=outputs["AuditTable"])
        for item in page["Items"]
    ]
    s3 = conclave.client("s3")
    kept = s3.list_objects_v2(Bucket=outputs["AnchorsBucket"]).get("Contents", [])
    anchors = [s3.get_object(Bucket=outputs["AnchorsBucket"], Key=each["Key"])["Body"].read().decode() for each in kept]
    assert len(audits) > 10
    assert not found_in("\n".join([metrics, *audits, *anchors]))


def test_its_reader_may_see_what_was_reported_until_it_is_erased(
    conclave: Any, errors: list[str], wait_until: Any
) -> None:
    rows = conclave.json("runs", "--limit", "100")["runs"]
    run_id = next(row["run_id"] for row in rows if found_in(conclave.json("show", row["run_id"])["text"]))
    assert found_in(json.dumps(conclave.json("texts", run_id, "frame", "frame")))
    unconfirmed = conclave.run("erase", run_id, "--reason", "end of the test")
    assert unconfirmed.returncode == 2
    erased = conclave.json("erase", run_id, "--reason", "end of the test", "--yes")
    assert erased["texts"] == "erased"
    shown = conclave.json("show", run_id)
    assert (shown["texts"], shown["text"]) == ("erased", "")
    assert not found_in(json.dumps(shown))
    assert conclave.json("texts", run_id, "frame", "frame")["texts"] == []
    assert "Texts erased" in conclave.run("show", run_id).stdout
    dynamodb, outputs = conclave.client("dynamodb"), conclave.outputs()
    kept = "".join(
        bytes(value["B"]).decode("latin-1") if "B" in value else json.dumps(value, default=str)
        for item in items(conclave, outputs["RunsTable"], run_id)
        for value in item.values()
    )
    assert not found_in(kept)
    left = [
        item["record"]["S"]
        for page in dynamodb.get_paginator("scan").paginate(TableName=outputs["JournalTable"])
        for item in page["Items"]
        if item["entry"]["S"].startswith(f"{run_id}#") and not item["record"]["S"].endswith("#started")
    ]
    assert left == []
    report = wait_until(lambda: _proved(conclave.run("verify", run_id, "--strict", "--json")))
    assert report["entries"] == shown["audit"]["entries"]
    assert conclave.json("erase", run_id, "--reason", "again", "--yes") == erased


def _proved(done: Any) -> Any:
    return json.loads(done.stdout) if done.returncode == 0 else None


def test_a_call_that_no_pack_declares_dangerous_cannot_be_consented_to(conclave: Any, errors: list[str]) -> None:
    rows = conclave.json("runs", "--limit", "100")["runs"]
    done = conclave.run("consent", rows[0]["run_id"], "abcdef", "--yes")
    assert done.returncode == 2
    assert "no call with the binding" in done.stderr
    call = {"agent": "guest_experience", "phase": "recommend", "tool": "x", "arguments": {}, "binding": "b"}
    answer = conclave.call("POST", f"/v1/runs/{rows[0]['run_id']}/consents", json.dumps(call).encode())
    assert answer.json()["error"]["code"] in {"tool_unknown", "run_over"}
