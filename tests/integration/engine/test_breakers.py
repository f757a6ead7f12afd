"""Circuits in DynamoDB, by moto: the contract, the requests that they cost, and a store that fails."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from breakers_contract import CHECKS, MODEL, OTHER, Time, fail
from conclave.adapters.stores.breakers import DynamoBreakers
from conclave.adapters.stores.run_store import DynamoRunStore
from conclave.records.runs import RunNotFound
from conclave.routing.breakers import FAILURES_TO_OPEN
from handled import PREFIX, REGION, TABLES, create_table
from moto import mock_aws

TABLE = f"{PREFIX}runs"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        create_table("runs", *TABLES["runs"])
        yield boto3.client("dynamodb", region_name=REGION)


def requests(client: Any) -> list[str]:
    made: list[str] = []
    client.meta.events.register("before-call.dynamodb", lambda model, **_: made.append(model.name))
    return made


def caller(
    client: Any, time: Time, region: str = REGION, *, run_id: str = "run-1", probes: bool = False
) -> DynamoBreakers:
    """Breakers of an invocation that has read the records of its run."""
    breakers = DynamoBreakers(client, TABLE, region, (MODEL, OTHER), time, run_id=run_id, probes=probes)
    with pytest.raises(RunNotFound):
        DynamoRunStore(client, TABLE, f"{PREFIX}audit", 1, rider=breakers).load("run-1", ["FRAME"])
    return breakers


@pytest.mark.parametrize("check", CHECKS)
def test_breakers_in_dynamodb_keep_the_contract(client: Any, check: Any) -> None:
    time = Time()
    check(partial(caller, client, time), time)


def test_another_region_has_circuits_of_its_own(client: Any) -> None:
    time = Time()
    fail(partial(caller, client, time), FAILURES_TO_OPEN)
    assert not caller(client, time).lets(MODEL)
    assert caller(client, time, "eu-west-1").lets(MODEL)


def test_where_all_is_well_circuits_cost_no_request(client: Any) -> None:
    made = requests(client)
    breakers = caller(client, Time())
    assert made == ["BatchGetItem"]
    assert breakers.lets(MODEL)
    breakers.note(MODEL, failed=False)
    assert breakers.settle() == {}
    assert made == ["BatchGetItem"]


def test_items_that_ride_along_are_read_once_and_are_no_records(client: Any) -> None:
    time = Time()
    fail(partial(caller, client, time), 1)
    breakers = DynamoBreakers(client, TABLE, REGION, (MODEL,), time)
    runs = DynamoRunStore(client, TABLE, f"{PREFIX}audit", 1, rider=breakers)
    assert runs.read("run-1", ["FRAME"]) == {}
    assert list(breakers.keys()) == []


def test_a_store_that_fails_lets_everything_through_and_raises_nothing(client: Any) -> None:
    time = Time()
    fail(partial(caller, client, time), FAILURES_TO_OPEN)
    breakers = caller(client, time)

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "UpdateItem")

    client.meta.events.register("before-call.dynamodb.UpdateItem", refuse)
    breakers.note(OTHER, failed=True)
    assert breakers.settle() == {}


def test_models_that_nobody_has_are_not_noted(client: Any) -> None:
    breakers = caller(client, Time())
    made = requests(client)
    for _ in range(FAILURES_TO_OPEN):
        breakers.note("a taken-over agent's words", failed=True)
    assert breakers.settle() == {}
    assert made == []
