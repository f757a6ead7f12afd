"""Events in DynamoDB, and messages to connections, by moto."""

from __future__ import annotations

from collections.abc import Iterator
from threading import RLock
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from conclave.adapters.streaming.connections import ApiGatewayConnections
from conclave.adapters.streaming.events import DynamoEvents
from conclave.codec import encode
from conclave.streaming.telling import SendFailed
from events_contract import CHECKS
from handled import PREFIX, REGION, TABLES, create_table
from moto import mock_aws
from streamed import Client, Stage, history

TABLE = f"{PREFIX}events"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        create_table("events", *TABLES["events"])
        yield boto3.client("dynamodb", region_name=REGION)


class OneAtATime:
    """A client whose conditional writes take turns, as DynamoDB's do and moto's do not."""

    def __init__(self, client: Any) -> None:
        self._client, self._turn = client, RLock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **request: Any) -> Any:
        with self._turn:
            return self._client.put_item(**request)


@pytest.mark.parametrize("check", CHECKS)
def test_events_in_dynamodb_keep_the_contract(client: Any, check: Any) -> None:
    check(DynamoEvents(OneAtATime(client), TABLE))  # type: ignore[arg-type]


def test_a_run_is_told_and_expires_with_its_events(client: Any, tmp_path: Any) -> None:
    pack, writes = history(tmp_path)
    stage = Stage(pack, events=DynamoEvents(client, TABLE))
    listening = Client(stage, ("decision", "text"), "c")  # type: ignore[arg-type]
    for number, write in enumerate(writes):
        stage.tell(stage.apply(write))
        if number == 3:
            listening.connect()
    listening.drain()
    assert [event["ordinal"] for event in listening.got] == [
        event.ordinal for event in stage.log().events if event.said.kind in ("decision", "text")
    ]
    assert listening.got[-1]["state"] == "decided"
    item = client.get_item(TableName=TABLE, Key={"run_id": {"S": "run-1"}, "record": {"S": "LOG"}})["Item"]
    assert int(item["expires_at"]["N"]) == writes[-1].head.expires_at  # type: ignore[union-attr]
    assert len(encode(item["packed"]["B"])) < 4_000


class Gateway:
    """The management API of API Gateway: moto has none."""

    def __init__(self, answer: Exception | None) -> None:
        self._answer = answer
        self.sent: list[dict[str, Any]] = []

    def post_to_connection(self, **request: Any) -> None:
        if self._answer is not None:
            raise self._answer
        self.sent.append(request)


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "PostToConnection")


def test_a_connection_is_there_gone_or_out_of_reach() -> None:
    gateway = Gateway(None)
    assert ApiGatewayConnections(gateway).send("c=", b"{}")
    assert gateway.sent == [{"ConnectionId": "c=", "Data": b"{}"}]
    assert not ApiGatewayConnections(Gateway(refused("GoneException"))).send("c=", b"{}")
    for error in (refused("LimitExceededException"), EndpointConnectionError(endpoint_url="https://x")):
        with pytest.raises(SendFailed):
            ApiGatewayConnections(Gateway(error)).send("c=", b"{}")
