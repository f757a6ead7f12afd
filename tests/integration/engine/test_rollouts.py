"""The record of a rollout in DynamoDB, by moto, keeps the contract."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from conclave.adapters.rollout.dynamo_rollouts import DynamoRollouts
from handled import PREFIX, REGION, TABLES, create_table
from moto import mock_aws
from rollouts_contract import RolloutsContract


class TestOnDynamo(RolloutsContract):
    @pytest.fixture
    def rollouts(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoRollouts]:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        with mock_aws():
            for table in ("runs", "audit"):
                create_table(table, *TABLES[table])
            client = boto3.client("dynamodb", region_name=REGION)
            yield DynamoRollouts(client, f"{PREFIX}runs", f"{PREFIX}audit")
