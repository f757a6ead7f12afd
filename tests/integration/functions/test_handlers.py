"""The functions' handlers over moto: events in, answers out, one run from its report to its published decision."""

from __future__ import annotations

import base64
import importlib.util
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from conclave import wiring
from conclave.adapters.dynamodb import DynamoTableWriter
from conclave.pack import load_pack
from conclave.settings import Settings
from moto import mock_aws

LAMBDAS = Path(__file__).parents[3] / "lambdas"
REGION = "us-east-1"
PREFIX = "conclave-test-example-"
TABLES = {
    "runs": ("run_id", "record", {"by_status": ("status", "created_at"), "by_day": ("day", "created_at")}),
    "audit": ("run_id", "sequence", {}),
    "journal": ("entry", "record", {}),
    "idempotency": ("id", "", {}),
    "parcels": ("parcel", "", {}),
}
CALLER = "arn:aws:iam::123456789012:user/someone"
MACHINE = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}


@dataclass
class Context:
    """What Lambda hands to a handler."""

    function_name: str = "f"
    memory_limit_in_mb: int = 128
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:f"
    aws_request_id: str = "r"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 30_000


def create_table(name: str, key: str, sort_key: str, indexes: dict[str, tuple[str, str]]) -> None:
    attributes = {name for pair in ((key, sort_key), *indexes.values()) for name in pair if name}

    def schema(pair: tuple[str, ...]) -> list[Any]:
        return [
            {"AttributeName": each, "KeyType": kind} for each, kind in zip(pair, ("HASH", "RANGE"), strict=True) if each
        ]

    more: dict[str, Any] = {}
    if indexes:
        more["GlobalSecondaryIndexes"] = [
            {"IndexName": index, "KeySchema": schema(pair), "Projection": {"ProjectionType": "ALL"}}
            for index, pair in indexes.items()
        ]
    boto3.client("dynamodb", region_name=REGION).create_table(
        TableName=PREFIX + name,
        KeySchema=schema((key, sort_key)),
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in sorted(attributes)],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Deployed parts; answers the handler of a verb."""
    with mock_aws():
        for name, (key, sort_key, indexes) in TABLES.items():
            create_table(name, key, sort_key, indexes)
        states = boto3.client("stepfunctions", region_name=REGION)
        machine = states.create_state_machine(
            name="m", definition=json.dumps(MACHINE), roleArn="arn:aws:iam::123456789012:role/role"
        )["stateMachineArn"]
        boto3.client("events", region_name=REGION).create_event_bus(Name="bus")
        rows = load_pack("example").sample("2026-11-21", 1)["parcels"]
        DynamoTableWriter(boto3.client("dynamodb", region_name=REGION), PREFIX).put("parcels", rows)
        for name, value in {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "CONCLAVE_STAGE": "test",
            "CONCLAVE_PACK": "example",
            **{f"{name.upper()}_TABLE": PREFIX + name for name in ("runs", "audit", "journal", "idempotency")},
            "TABLE_PREFIX": PREFIX,
            "STATE_MACHINE_ARN": machine,
            "EVENT_BUS_NAME": "bus",
            "GUARDRAIL_ID": "gr-1",
            "GUARDRAIL_VERSION": "1",
            "RUN_TTL_DAYS": "30",
            "POWERTOOLS_SERVICE_NAME": "conclave-test",
            "POWERTOOLS_METRICS_NAMESPACE": "Conclave",
            "POWERTOOLS_TRACE_DISABLED": "true",
        }.items():
            monkeypatch.setenv(name, value)
        wiring.client.cache_clear()
        yield handler
        wiring.client.cache_clear()


def handler(verb: str) -> Any:
    """The handler as Lambda imports it: a fresh module from the folder of its verb."""
    spec = importlib.util.spec_from_file_location(f"handler_of_{verb}", LAMBDAS / verb / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.lambda_handler


def request(
    method: str, path: str, body: Any = None, query: dict[str, str] | None = None, key: str = ""
) -> dict[str, Any]:
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"idempotency-key": key} if key else {},
        "multiValueHeaders": {},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "requestId": "req-1",
            "stage": "live",
            "path": path,
            "httpMethod": method,
            "identity": {"userArn": CALLER},
        },
        "body": body if isinstance(body, str) or body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def answered(answer: dict[str, Any]) -> tuple[int, Any]:
    return answer["statusCode"], json.loads(answer["body"])


def reported(cloud: Any, body: Any) -> str:
    status, answer = answered(cloud("intake")(request("POST", "/v1/incidents", body), Context()))
    assert status == 202
    return str(answer["run_id"])


def test_a_report_is_accepted_once(cloud: Any) -> None:
    take = cloud("intake")
    first = answered(take(request("POST", "/v1/incidents", {"text": "P101 is stuck"}), Context()))
    again = answered(take(request("POST", "/v1/incidents", {"text": "p101  is stuck"}), Context()))
    other = answered(take(request("POST", "/v1/incidents", {"text": "P101 is stuck"}, key="k"), Context()))
    assert (first[0], first[1]["status"], first[1]["duplicate"]) == (202, "running", False)
    assert (again[1]["run_id"], again[1]["duplicate"]) == (first[1]["run_id"], True)
    assert other[1]["run_id"] != first[1]["run_id"]


def test_a_key_is_one_incident(cloud: Any) -> None:
    take = cloud("intake")
    for text in ("P101 is stuck", "P101  is Stuck"):
        assert answered(take(request("POST", "/v1/incidents", {"text": text}, key="k"), Context()))[0] == 202
    got, answer = answered(take(request("POST", "/v1/incidents", {"text": "P102 is stuck"}, key="k"), Context()))
    assert (got, answer["error"]["code"]) == (409, "idempotency_key_reused")


def test_a_request_whose_first_delivery_died_under_way_is_accepted_when_it_comes_again(cloud: Any) -> None:
    sent = request("POST", "/v1/incidents", {"text": "P101 is stuck"}, key="k")
    _, first = answered(cloud("intake")(sent, Context()))
    # As a function leaves it that is killed after its record and before its run.
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    (record,) = dynamodb.scan(TableName=PREFIX + "idempotency")["Items"]
    soon = {"N": str(int(time.time() * 1000) + 60_000)}
    dynamodb.put_item(
        TableName=PREFIX + "idempotency",
        Item={**record, "status": {"S": "INPROGRESS"}, "in_progress_expiration": soon},
    )
    for table, key, sort in (("runs", "run_id", "record"), ("audit", "run_id", "sequence")):
        for item in dynamodb.scan(TableName=PREFIX + table)["Items"]:
            dynamodb.delete_item(TableName=PREFIX + table, Key={name: item[name] for name in (key, sort)})
    status, again = answered(cloud("intake")(sent, Context()))
    assert (status, again["run_id"]) == (202, first["run_id"])
    assert answered(cloud("runs")(request("GET", f"/v1/runs/{again['run_id']}"), Context()))[0] == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{oops", 400, "json_invalid"),
        (None, 400, "json_invalid"),
        ({"text": ""}, 400, "text_empty"),
        ({"text": "x" * 5_000}, 413, "text_too_large"),
        ({"text": "x", "more": "y" * 40_000}, 413, "body_too_large"),
    ],
)
def test_a_bad_report_is_refused(cloud: Any, body: Any, status: int, code: str) -> None:
    got, answer = answered(cloud("intake")(request("POST", "/v1/incidents", body), Context()))
    assert (got, answer["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    "body",
    [
        '{"text": "\\ud800"}',
        '{"text": "\\u0000"}',
        '{"text": "P101", "text": "P102"}',
        '{"text": NaN}',
        '{"incident": {"wait_hours": 1e999}}',
        '{"incident": {"wait_hours": ' + "9" * 5_000 + "}}",
        '{"incident": {"parcel": "\\udfff"}}',
        "[" * 15_000,
        '{"text": "P101", "idempotency_key": "\\ud800"}',
    ],
)
def test_a_malformed_report_is_a_400_of_one_line(cloud: Any, body: str) -> None:
    got, answer = answered(cloud("intake")(request("POST", "/v1/incidents", body), Context()))
    assert got == 400
    assert len(answer["error"]["message"].splitlines()) == 1
    _, listed = answered(cloud("runs")(request("GET", "/v1/runs"), Context()))
    assert listed["runs"] == []


def test_another_media_type_is_refused(cloud: Any) -> None:
    sent = request("POST", "/v1/incidents", {"text": "P101"})
    sent["headers"] = {"Content-Type": "text/plain"}
    got, answer = answered(cloud("intake")(sent, Context()))
    assert (got, answer["error"]["code"]) == (415, "content_type_invalid")


@pytest.mark.parametrize(
    ("context", "source"),
    [
        ({"identity": {}}, "api"),
        ({"identity": {"userArn": "arn:aws:iam::1:user/x"}}, "api:arn:aws:iam::1:user/x"),
        ({"authorizer": {"claims": {"client_id": "c1", "sub": "s1"}}}, "api:c1"),
    ],
)
def test_the_audit_says_who_reported(cloud: Any, context: Any, source: str) -> None:
    sent = request("POST", "/v1/incidents", {"text": "P101 is stuck"})
    sent["requestContext"] |= context
    _, accepted = answered(cloud("intake")(sent, Context()))
    _, audit = answered(cloud("runs")(request("GET", f"/v1/runs/{accepted['run_id']}/audit"), Context()))
    (entry,) = map(json.loads, audit["entries"])
    assert (entry["entry"]["event"], entry["entry"]["body"]["source"]) == ("incident_accepted", source)


def test_an_outage_is_answered_with_advice(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNS_TABLE", "nowhere")
    status, answer = answered(cloud("intake")(request("POST", "/v1/incidents", {"text": "P101"}), Context()))
    assert (status, answer["error"]["code"]) == (503, "unavailable")
    assert "nowhere" not in answer["error"]["message"]


def event(detail: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "00000000-0000-0000-0000-000000000001",
        "detail-type": "IncidentReported",
        "source": "shop",
        "account": "123456789012",
        "time": "2026-11-21T06:00:00Z",
        "region": REGION,
        "resources": [],
        "detail": detail,
    }


def test_a_reported_event_is_one_run_however_often_it_is_delivered(cloud: Any) -> None:
    receive = cloud("receive")
    first, again = (receive(event({"text": "P101 is stuck"}), Context()) for _ in range(2))
    assert (first["duplicate"], again["duplicate"]) == (False, True)
    assert first["run_id"] == again["run_id"]
    status, listed = answered(cloud("runs")(request("GET", "/v1/runs"), Context()))
    assert (status, [row["summary"] for row in listed["runs"]]) == (200, ["P101 is stuck"])


def test_an_event_is_the_same_run_when_it_is_delivered_again_after_midnight(
    cloud: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive, found = cloud("receive"), []
    for day in (21, 22):
        late = wiring.Wiring(Settings.from_env(), clock=lambda day=day: datetime(2026, 11, day, 0, 1, tzinfo=UTC))  # type: ignore[misc]
        monkeypatch.setattr(wiring.Wiring, "from_env", lambda late=late: late)
        found.append(receive(event({"text": "P101 is stuck"}), Context())["run_id"])
    assert found[0] == found[1]
    other = {**event({"text": "P101 is stuck"}), "time": "2026-11-22T06:00:00Z"}
    assert receive(other, Context())["run_id"] != found[0]


@pytest.mark.parametrize("source", ["api:arn:aws:iam::1:user/x", "api", "shop\x1b[2J", "x" * 5_000])
def test_an_event_cannot_claim_another_source_in_the_audit(cloud: Any, source: str) -> None:
    run_id = cloud("receive")({**event({"text": "P101 is stuck"}), "source": source}, Context())["run_id"]
    _, audit = answered(cloud("runs")(request("GET", f"/v1/runs/{run_id}/audit"), Context()))
    said = json.loads(audit["entries"][0])["entry"]["body"]["source"]
    assert said.startswith("bus:")
    assert said.isprintable()
    assert len(said) < 300


@pytest.mark.parametrize(
    "detail",
    [
        {"nothing": "secret"},
        {"text": "\ud800"},
        {"incident": {"wait_hours": 1e300}},
        {"text": "\x00"},
        json.loads("[" * 50 + "]" * 50),
        {},
    ],
)
def test_an_event_that_is_no_incident_fails_by_a_word_and_leaves_nothing(cloud: Any, detail: Any) -> None:
    with pytest.raises(Exception, match=r"\A[a-z_]+\Z"):
        cloud("receive")(event(detail), Context())
    _, listed = answered(cloud("runs")(request("GET", "/v1/runs"), Context()))
    assert listed["runs"] == []


def test_a_run_from_report_to_publication(cloud: Any) -> None:
    run_id = reported(cloud, {"incident": {"parcel": "P101", "wait_hours": 2}})
    ids = {"run_id": run_id, "correlation_id": "c"}
    framed = cloud("frame")({**ids, "execution_arn": "arn"}, Context())
    assert framed == {"run_id": run_id, "framed": True, "fence": 1}
    dead = [
        {"agent": agent.name, "phase": "recommend", "status": "failed", "error": "States.Timeout"}
        for agent in load_pack("example").specialists
    ]
    route = cloud("collate")({**ids, "phase": "recommend", "fence": 1, "branches": dead}, Context())
    assert route["halt"] is True
    assert all(isinstance(value, bool) for value in route["revise"].values())
    decided = cloud("decide")({**ids, "fence": 1, "arbiter": {}, "failure": {}}, Context())
    assert decided == {"status": "halted", "fence": 1}
    assert cloud("publish")({**ids, "fence": 1}, Context()) == {"run_id": run_id, "status": "halted"}
    event = {"detail": {"name": run_id, "status": "ABORTED"}}
    assert cloud("close_run")(event, Context()) == {"run_id": run_id, "status": "halted"}
    status, run = answered(cloud("runs")(request("GET", f"/v1/runs/{run_id}"), Context()))
    assert status == 200
    assert {reason["code"] for reason in run["reasons"]} == {"safety_agent_unavailable"}
    assert [row["failure"]["error"] for row in run["agents"]] == ["States.Timeout"] * len(dead)
    status, halted = answered(cloud("runs")(request("GET", "/v1/runs", query={"status": "halted"}), Context()))
    assert [row["run_id"] for row in halted["runs"]] == [run_id]


def test_an_incident_that_fits_no_data_is_not_framed(cloud: Any) -> None:
    run_id = reported(cloud, {"incident": {"parcel": "P999"}})
    ids = {"run_id": run_id, "correlation_id": "c"}
    framed = cloud("frame")({**ids, "execution_arn": "arn"}, Context())
    assert framed["framed"] is False
    decided = cloud("decide")({**ids, "fence": 1, "arbiter": {}, "failure": {}}, Context())
    assert decided["status"] == "halted"
    _, run = answered(cloud("runs")(request("GET", f"/v1/runs/{run_id}"), Context()))
    assert run["candidates"] == ["P101", "P102", "P103"]


def test_a_failed_step_is_decided(cloud: Any) -> None:
    run_id = reported(cloud, {"text": "P101 is stuck"})
    failure = {"state": "Frame", "error": "States.Timeout"}
    decided = cloud("decide")({"run_id": run_id, "fence": 0, "arbiter": {}, "failure": failure}, Context())
    assert decided == {"status": "halted", "fence": 0}


def token(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("/v1/runs/run-x", None, 404, "run_not_found"),
        ("/v1/runs", {"limit": "0"}, 400, "query_invalid"),
        ("/v1/runs", {"limit": "many"}, 400, "query_invalid"),
        ("/v1/runs", {"status": "odd"}, 400, "query_invalid"),
        ("/v1/runs", {"day": "soon"}, 400, "query_invalid"),
        ("/v1/runs", {"next": "?"}, 400, "query_invalid"),
        ("/v1/runs", {"next": "é"}, 400, "query_invalid"),
        ("/v1/runs", {"next": token("x")}, 400, "query_invalid"),
        ("/v1/runs", {"next": token("[1]")}, 400, "query_invalid"),
        ("/v1/runs", {"next": token('{"run_id": {"a": [1]}}')}, 400, "query_invalid"),
        ("/v1/runs", {"next": token('{"run_id": "r", "record": "META"}')}, 400, "query_invalid"),
        ("/v1/runs", {"next": token("[" * 5_000)}, 400, "query_invalid"),
        ("/v1/runs", {"limit": "9" * 5_000}, 400, "query_invalid"),
        ("/v1/runs/" + "x" * 3_000, None, 404, "run_not_found"),
        ("/v1/runs/" + "x" * 3_000 + "/audit", None, 404, "run_not_found"),
        ("/v1/runs/" + "%20" * 40 + "é/audit", None, 404, "run_not_found"),
        ("/v1/runs/run-x/texts", {"agent": "frame", "phase": "frame"}, 404, "run_not_found"),
        ("/v1/runs/run-x/texts", None, 400, "query_invalid"),
    ],
)
def test_queries_without_an_answer(cloud: Any, path: str, query: Any, status: int, code: str) -> None:
    got, answer = answered(cloud("runs")(request("GET", path, query=query), Context()))
    assert (got, answer["error"]["code"]) == (status, code)


def test_the_token_of_one_list_does_not_go_on_in_another(cloud: Any) -> None:
    for number in range(3):
        reported(cloud, {"text": f"P10{number} is stuck"})
    look = cloud("runs")
    _, first = answered(look(request("GET", "/v1/runs", query={"limit": "2"}), Context()))
    sent = request("GET", "/v1/runs", query={"status": "running", "next": first["next"]})
    status, answer = answered(look(sent, Context()))
    assert (status, answer["error"]["code"]) == (400, "query_invalid")


@pytest.mark.parametrize("path", ["/v1/runs", "/v1/runs/run-x", "/v1/runs/run-x/audit"])
def test_a_look_that_fails_is_answered_with_advice(cloud: Any, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setenv("RUNS_TABLE", "nowhere")
    monkeypatch.setenv("AUDIT_TABLE", "nowhere")
    status, answer = answered(cloud("runs")(request("GET", path), Context()))
    assert (status, answer["error"]["code"]) == (503, "unavailable")
    assert "nowhere" not in answer["error"]["message"]
    assert len(answer["error"]["message"].splitlines()) == 1


def test_runs_come_in_pages(cloud: Any) -> None:
    for number in range(3):
        reported(cloud, {"text": f"P10{number} is stuck"})
    look = cloud("runs")
    _, first = answered(look(request("GET", "/v1/runs", query={"limit": "2"}), Context()))
    _, second = answered(look(request("GET", "/v1/runs", query={"limit": "2", "next": first["next"]}), Context()))
    assert len(first["runs"]) == 2
    assert len(second["runs"]) == 1
    assert second["next"] is None


def halted(cloud: Any, body: Any) -> str:
    """A run that has its outcome."""
    run_id = reported(cloud, body)
    failure = {"state": "Frame", "error": "States.Timeout"}
    ids = {"run_id": run_id, "correlation_id": "c"}
    cloud("decide")({**ids, "fence": 0, "arbiter": {}, "failure": failure}, Context())
    cloud("publish")({**ids, "fence": 0}, Context())
    return run_id


def test_texts_of_a_run_are_erased_once_it_has_its_outcome(cloud: Any) -> None:
    running = reported(cloud, {"text": "P102 is stuck"})
    run_id = halted(cloud, {"text": "P101 is stuck, says CNRY-1"})
    erase, look = cloud("erase"), cloud("runs")

    def asked(run: str, body: Any) -> tuple[int, Any]:
        return answered(erase(request("POST", f"/v1/runs/{run}/erasure", body), Context()))

    for run, body, status, code in (
        ("run-x", {"reason": "r"}, 404, "run_not_found"),
        (running, {"reason": "r"}, 409, "run_unfinished"),
        (run_id, {}, 400, "reason_missing"),
        (run_id, {"reason": 7}, 400, "reason_missing"),
        (run_id, "[]", 400, "body_invalid"),
        (run_id, "{oops", 400, "json_invalid"),
    ):
        got, answer = asked(run, body)
        assert (got, answer["error"]["code"]) == (status, code)
        assert len(answer["error"]["message"].splitlines()) == 1
    nobody = request("POST", f"/v1/runs/{run_id}/erasure", {"reason": "r"})
    nobody["requestContext"]["identity"] = {}
    assert answered(erase(nobody, Context()))[0] == 403
    assert answered(look(request("GET", f"/v1/runs/{run_id}"), Context()))[1]["texts"] == "kept"
    status, answer = asked(run_id, {"reason": "request 17"})
    assert (status, answer["texts"]) == (200, "erased")
    assert asked(run_id, {"reason": "again"}) == (200, answer)
    _, run = answered(look(request("GET", f"/v1/runs/{run_id}"), Context()))
    assert "CNRY-1" not in json.dumps(run)
    assert (run["texts"], run["texts_erased_at"]) == ("erased", answer["erased_at"])
    _, audit = answered(look(request("GET", f"/v1/runs/{run_id}/audit"), Context()))
    (done,) = [json.loads(each)["entry"] for each in audit["entries"] if '"texts_erased"' in each]
    assert done["body"] == {"by": CALLER, "reason": "request 17"}


def test_an_erasure_that_fails_says_that_it_goes_on(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = halted(cloud, {"text": "P101 is stuck"})
    with monkeypatch.context() as broken:
        broken.setenv("JOURNAL_TABLE", "nowhere")
        path = f"/v1/runs/{run_id}/erasure"
        status, answer = answered(cloud("erase")(request("POST", path, {"reason": "r"}), Context()))
        assert (status, answer["error"]["code"]) == (503, "unavailable")
    status, answer = answered(cloud("erase")(request("POST", path, {"reason": "r"}), Context()))
    assert (status, answer["texts"]) == (200, "erased")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "body_invalid"),
        ({"agent": "a", "phase": "odd", "tool": "t", "arguments": {}, "binding": "b"}, 400, "body_invalid"),
        ({"agent": "a", "phase": "recommend", "tool": "t", "arguments": {}, "binding": "b"}, 400, "tool_unknown"),
        ({"agent": "a", "phase": "recommend", "tool": "t", "arguments": [], "binding": "b"}, 400, "body_invalid"),
        ("[]", 400, "body_invalid"),
    ],
)
def test_an_approval_that_cannot_be_given_is_refused(cloud: Any, body: Any, status: int, code: str) -> None:
    run_id = reported(cloud, {"text": "P101 is stuck"})
    path = f"/v1/runs/{run_id}/approvals"
    got, answer = answered(cloud("approve")(request("POST", path, body), Context()))
    assert (got, answer["error"]["code"]) == (status, code)
    assert len(answer["error"]["message"].splitlines()) == 1
    unknown = answered(cloud("approve")(request("POST", "/v1/runs/run-x/approvals", body), Context()))
    assert unknown[0] in (400, 404)
    nobody = request("POST", path, body)
    nobody["requestContext"]["identity"] = {}
    assert answered(cloud("approve")(nobody, Context()))[0] in (400, 403)
