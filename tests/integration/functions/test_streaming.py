"""Events by the deployed handlers: told from notices of DynamoDB, shown by the API, sent to those who hold a connection."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from conclave.adapters import clients
from conclave.adapters.streaming.notices import written_in
from conclave.records.runs import META
from handled import CALLER, PREFIX, REGION, Context, answered, request

ENDPOINT = "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"
SECRET = "CNRY-7731"


class Body(io.BytesIO):
    def stream(self, amount: int = 1024, decode_content: bool = False) -> Any:
        yield from iter(lambda: self.read(amount), b"")


class Gateway:
    """API Gateway's connections behind a real client of botocore."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []
        self.gone: set[str] = set()

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        assert request.url.startswith("https://abc.execute-api.us-east-1.amazonaws.com/live/@connections/")
        connection = request.url.rpartition("/")[2].replace("%3D", "=")
        headers: Any = HTTPHeaders()
        if connection in self.gone:
            headers["x-amzn-ErrorType"] = "GoneException"
            return AWSResponse(request.url, 410, headers, Body(b"{}"))
        self.sent.append((connection, json.loads(request.body)))
        return AWSResponse(request.url, 200, headers, Body(b""))


@pytest.fixture
def gateway(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    del cloud
    monkeypatch.setenv(ENDPOINT, "https://abc.execute-api.us-east-1.amazonaws.com/live")
    made = Gateway()
    clients.client("apigatewaymanagementapi").meta.events.register("before-send.apigatewaymanagementapi", made.answer)
    return made


def notices(run_id: str) -> dict[str, Any]:
    """What the streams tell of a run: the keys of all that was written."""
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    heads = [{"run_id": {"S": run_id}, "record": {"S": META}}]
    entries = [
        {name: item[name] for name in ("entry", "record")}
        for item in dynamodb.scan(TableName=f"{PREFIX}journal")["Items"]
        if item["entry"]["S"].startswith(run_id)
    ]
    return {"Records": [{"eventName": "MODIFY", "dynamodb": {"Keys": keys}} for keys in [*entries, *heads]]}


def socket(kind: str, connection: str = "c1=", **more: Any) -> dict[str, Any]:
    """An event of the WebSocket API."""
    context = {"connectionId": connection, "extendedRequestId": "ext-1", "eventType": kind, **more.pop("context", {})}
    return {"requestContext": context, **more}


class Client:
    """Somebody who listens by the handlers."""

    def __init__(self, cloud: Any, run_id: str, kinds: list[str] | None = None, connection: str = "c1=") -> None:
        body = {"kinds": kinds} if kinds else {}
        status, self.ticket = answered(
            cloud("listen")(request("POST", f"/v1/runs/{run_id}/listeners", body), Context())
        )
        assert status == 201
        self.cloud, self.connection = cloud, connection
        self.context = self.knock(self.ticket["ticket"])["context"]
        assert cloud("listen")(self.event("CONNECT"), Context()) == {"statusCode": 200}

    def event(self, kind: str, **more: Any) -> dict[str, Any]:
        return socket(kind, self.connection, context={"authorizer": self.context}, **more)

    def knock(self, ticket: str) -> dict[str, Any]:
        asking = socket("CONNECT", self.connection, type="REQUEST", queryStringParameters={"ticket": ticket})
        return dict(self.cloud("listen")({**asking, "methodArn": "arn:aws:execute-api:x"}, Context()))

    def ask(self, said: str) -> None:
        assert self.cloud("listen")(self.event("MESSAGE", body=said), Context()) == {"statusCode": 200}


def told(cloud: Any, run_id: str) -> int:
    found: dict[str, int] = cloud("tell")(notices(run_id), Context())["told"]
    return found[run_id]


def run_of(whole_run: Callable[[Any], dict[str, Any]], **incident: Any) -> str:
    return str(whole_run({"incident": {"parcel": "P101", **incident}})["run_id"])


def test_a_run_is_told_once_and_shown_by_the_api(cloud: Any, whole_run: Any) -> None:
    run_id = run_of(whole_run)
    count = told(cloud, run_id)
    assert count > 10
    assert told(cloud, run_id) == 0
    status, shown = answered(cloud("runs")(request("GET", f"/v1/runs/{run_id}/events"), Context()))
    assert status == 200
    assert shown["over"]
    assert [event["ordinal"] for event in shown["events"]][-1] == count
    kinds = [event["kind"] for event in shown["events"]]
    assert "text" not in kinds
    assert (kinds[0], kinds[-1]) == ("run", "decision")
    query = {"after": "3", "kinds": "agent,text"}
    _, some = answered(cloud("runs")(request("GET", f"/v1/runs/{run_id}/events", query=query), Context()))
    assert {event["kind"] for event in some["events"]} == {"agent", "text"}
    assert min(event["ordinal"] for event in some["events"]) > 3
    assert all(event["text"] for event in some["events"] if event["kind"] == "text")


@pytest.mark.parametrize(
    "query", [{"after": "x"}, {"after": "-1"}, {"after": "99999"}, {"kinds": "agents"}, {"kinds": ","}]
)
def test_a_wrong_question_is_answered_in_one_line(cloud: Any, whole_run: Any, query: dict[str, str]) -> None:
    run_id = run_of(whole_run)
    status, refused = answered(cloud("runs")(request("GET", f"/v1/runs/{run_id}/events", query=query), Context()))
    assert (status, refused["error"]["code"]) == (400, "query_invalid")
    status, refused = answered(cloud("runs")(request("GET", "/v1/runs/run-x/events"), Context()))
    assert (status, refused["error"]["code"]) == (404, "run_not_found")


def test_a_listener_gets_what_is_new_and_what_it_missed(cloud: Any, gateway: Gateway, whole_run: Any) -> None:
    run_id = run_of(whole_run)
    client = Client(cloud, run_id, ["decision", "phase"])
    client.ask('{"after": 0}')
    assert gateway.sent.pop()[1]["events"] == []
    count = told(cloud, run_id)
    ((connection, message),) = gateway.sent
    assert connection == "c1="
    assert (message["run_id"], message["after"], message["over"]) == (run_id, 0, True)
    assert {event["kind"] for event in message["events"]} == {"decision", "phase"}
    gateway.sent.clear()
    client.ask('{"after": 0}')
    assert gateway.sent == [("c1=", message)]
    gateway.sent.clear()
    client.ask(json.dumps({"after": count}))
    ((_, nothing),) = gateway.sent
    assert (nothing["events"], nothing["after"], nothing["over"]) == ([], count, True)


@pytest.mark.parametrize(
    "said", ["", "x", "[]", "{}", '{"after": "x"}', '{"after": 99999}', '{"after": 1, "after": 2}']
)
def test_a_wrong_message_gets_one_line_over_the_connection(
    cloud: Any, gateway: Gateway, whole_run: Any, said: str
) -> None:
    run_id = run_of(whole_run)
    Client(cloud, run_id).ask(said)
    ((connection, answer),) = gateway.sent
    assert connection == "c1="
    assert answer["error"].keys() == {"code", "message"}


def test_who_has_no_ticket_or_a_spent_one_gets_no_connection(cloud: Any, gateway: Gateway, whole_run: Any) -> None:
    del gateway
    client = Client(cloud, run_of(whole_run))
    for ticket in ("", "x", client.ticket["ticket"], client.ticket["ticket"][:-1], "run-x.y"):
        answer = client.knock(ticket)
        assert answer["policyDocument"]["Statement"][0]["Effect"] == "Deny"
        assert "context" not in answer
    asking = {**socket("CONNECT", type="REQUEST", queryStringParameters=None), "methodArn": "a"}
    assert cloud("listen")(asking, Context())["policyDocument"]["Statement"][0]["Effect"] == "Deny"


def test_who_has_gone_is_told_nothing(cloud: Any, gateway: Gateway, whole_run: Any) -> None:
    run_id = run_of(whole_run)
    left, lost, there = (Client(cloud, run_id, connection=each) for each in ("left", "lost", "there"))
    for each in (left, lost, there):
        each.ask('{"after": 0}')
    gateway.sent.clear()
    assert cloud("listen")(left.event("DISCONNECT"), Context()) == {"statusCode": 200}
    gateway.gone.add(lost.connection)
    told(cloud, run_id)
    assert {connection for connection, _ in gateway.sent} == {there.connection}


def test_a_listener_of_no_run_or_of_unknown_kinds_is_refused(cloud: Any, whole_run: Any) -> None:
    run_id = run_of(whole_run)
    for path, body, wanted in (
        (run_id, {"kinds": ["x"]}, 400),
        (run_id, {"kind": []}, 400),
        (run_id, [], 400),
        ("run-x", {}, 404),
    ):
        status, _ = answered(cloud("listen")(request("POST", f"/v1/runs/{path}/listeners", body), Context()))
        assert status == wanted


def test_no_text_stands_in_the_events_and_none_is_sent_once_erased(
    cloud: Any, gateway: Gateway, whole_run: Any
) -> None:
    run_id = str(whole_run({"text": f"P101 is stuck, says {SECRET}"})["run_id"])
    client = Client(cloud, run_id, ["text", "run"])
    client.ask('{"after": 0}')
    told(cloud, run_id)
    words = [event["text"] for _, message in gateway.sent for event in message["events"] if event["kind"] == "text"]
    assert words
    assert all(words)
    gateway.sent.clear()
    items = boto3.client("dynamodb", region_name=REGION).scan(TableName=f"{PREFIX}events")["Items"]
    kept = str(items).encode() + b"".join(bytes(item["packed"]["B"]) for item in items if "packed" in item)
    assert SECRET.encode() not in kept
    assert client.ticket["ticket"].encode() not in kept
    asked = request("POST", f"/v1/runs/{run_id}/erasure", {"reason": "asked by the passenger"})
    assert answered(cloud("erase")(asked, Context()))[0] == 200
    assert told(cloud, run_id) == 1
    ((_, message),) = gateway.sent
    assert [(event["kind"], event["state"]) for event in message["events"]] == [("run", "texts_erased")]
    gateway.sent.clear()
    client.ask('{"after": 0}')
    again = [event["text"] for _, message in gateway.sent for event in message["events"] if event["kind"] == "text"]
    assert again == [None] * len(words)
    assert CALLER not in str(items)


def test_a_stage_without_connections_tells_all_the_same(cloud: Any, whole_run: Any) -> None:
    run_id = run_of(whole_run)
    Client(cloud, run_id)
    assert told(cloud, run_id) > 10


def test_notices_name_runs_and_entries() -> None:
    def notice(**keys: str) -> dict[str, Any]:
        return {"dynamodb": {"Keys": {name: {"S": value} for name, value in keys.items()}}}

    event = {
        "Records": [
            notice(entry="run-1#a", record="recommend"),
            notice(run_id="run-2", record="META"),
            notice(entry="run-1#b", record="recommend#started"),
            notice(run_id="run-1", record="META"),
        ]
    }
    assert written_in(event) == {"run-1": {("a", "recommend"), ("b", "recommend#started")}, "run-2": set()}
