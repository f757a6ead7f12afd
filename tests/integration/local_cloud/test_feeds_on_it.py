"""The tables that feeds write on the emulator: its conditions and transactions are those that the engine relies on."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.adapters.feeding.rows import DynamoRows
from conclave.testing.data_versions import MemoryDataVersions
from rows_contract import CHECKS, TABLES

from local.cloud import Cloud


@pytest.mark.parametrize("check", CHECKS)
def test_rows_on_the_emulator_keep_the_contract(cloud: Cloud, check: Any) -> None:
    client = cloud.client("dynamodb")
    prefix = f"{check.__name__}-"
    for table in TABLES:
        keys = [(table.key, "HASH"), *([(table.sort_key, "RANGE")] if table.sort_key else [])]
        client.create_table(
            TableName=prefix + table.name,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            BillingMode="PAY_PER_REQUEST",
        )
    check(DynamoRows(client, prefix, MemoryDataVersions()))
