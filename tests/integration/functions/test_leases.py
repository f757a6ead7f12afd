"""Leases of half-open circuits over moto: a run takes that of a model that it is going to ask, and keeps it while it runs."""

from __future__ import annotations

import time
from typing import Any

import boto3
import pytest
from conclave.adapters.stores.dynamodb import to_item
from conclave.agents.prices import price_table
from conclave.routing.breakers import BREAKERS, FAILURES_TO_OPEN
from handled import PREFIX, REGION, Context, reported

FAILED = {"state": "Recommend", "error": "States.Timeout"}


def key_of(tier: str) -> Any:
    return to_item({"run_id": BREAKERS, "record": f"{REGION}#{price_table().model(tier)}"})


def half_open(tier: str) -> None:
    """Leaves the circuit of a tier's model as one that opened an hour ago, and that nobody has tried since."""
    hour_ago = {"since": 0, "failures": FAILURES_TO_OPEN, "successes": 0, "opened_at": round(time.time() - 3600) * 1000}
    client = boto3.client("dynamodb", region_name=REGION)
    client.put_item(TableName=f"{PREFIX}runs", Item={**key_of(tier), **to_item(hour_ago)})


def holder(tier: str) -> str:
    kept: Any = boto3.client("dynamodb", region_name=REGION).get_item(TableName=f"{PREFIX}runs", Key=key_of(tier))
    return str(kept["Item"].get("holder", {}).get("S", ""))


def framed(cloud: Any, parcel: str) -> dict[str, Any]:
    ids = {"run_id": reported(cloud, {"incident": {"parcel": parcel}}), "correlation_id": "c"}
    return {**ids, **cloud("frame")({**ids, "execution_arn": "arn"}, Context())}


@pytest.mark.parametrize(
    ("parcel", "tier", "taken"), [("P101", "fast", True), ("P101", "strong", False), ("P999", "fast", False)]
)
def test_a_run_leases_the_model_that_its_agents_ask_first_and_no_other(
    cloud: Any, parcel: str, tier: str, taken: bool
) -> None:
    half_open(tier)
    run_id = framed(cloud, parcel)["run_id"]
    assert holder(tier) == (run_id if taken else "")


def test_a_run_that_ends_without_asking_the_model_gives_its_lease_back(cloud: Any) -> None:
    half_open("fast")
    first = framed(cloud, "P101")
    assert holder("fast") == first["run_id"]
    cloud("decide")({**first, "arbiter": {}, "failure": FAILED}, Context())
    assert holder("fast") == ""
    second = framed(cloud, "P102")
    cloud("decide")({**first, "arbiter": {}, "failure": FAILED}, Context())
    assert holder("fast") == second["run_id"]
