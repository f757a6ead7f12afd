"""Places in DynamoDB, by moto: the adapter, and what the phase machine itself writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from conclave.adapters.stores.places import DynamoPlaces
from handled import PREFIX, REGION, TABLES, create_table
from moto import mock_aws
from places_contract import check_healing, check_places

from infra.constructs.admission import REFUSED, Admission, give_place_back, take_place

TABLE = f"{PREFIX}runs"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        create_table("runs", *TABLES["runs"])
        yield boto3.client("dynamodb", region_name=REGION)


def request(state: dict[str, Any], run_id: str) -> Any:
    """What the machine asks of DynamoDB in a state, for a run."""
    parameters = state["Parameters"]
    values = dict(parameters["ExpressionAttributeValues"])
    assert values[":run"] == {"SS.$": "States.Array($.run_id)"}
    values[":run"] = {"SS": [run_id]}
    if ":id" in values:
        assert values[":id"] == {"S.$": "$.run_id"}
        values[":id"] = {"S": run_id}
    return {**parameters, "ExpressionAttributeValues": values}


def taker(client: Any) -> Any:
    def take(run_id: str, limit: int) -> bool:
        admission = Admission(table=TABLE, runs_at_once=limit, waiting_seconds=60)
        try:
            client.update_item(**request(take_place(admission, then="", refused="", failed=""), run_id))
        except ClientError as error:
            if f"DynamoDB.{error.response['Error']['Code']}" == REFUSED:
                return False
            raise
        return True

    return take


@pytest.mark.parametrize("check", [check_places, check_healing])
def test_places_in_dynamodb_keep_the_contract(client: Any, check: Any) -> None:
    check(DynamoPlaces(client, TABLE), taker(client))


def test_what_the_machine_gives_back_is_free_again(client: Any) -> None:
    take, places = taker(client), DynamoPlaces(client, TABLE)
    give_back = give_place_back(Admission(table=TABLE, runs_at_once=1, waiting_seconds=60))
    assert take("run-1", 1)
    for _ in range(2):
        client.update_item(**request(give_back, "run-1"))
    assert places.holders() == frozenset()
    assert take("run-2", 1)
