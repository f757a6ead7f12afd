"""Deployed parts over moto."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from conclave.adapters import clients
from conclave.adapters.stores.data_versions import DynamoDataVersions
from conclave.adapters.stores.dynamodb import DynamoTableWriter
from conclave.pack import load_pack
from configured import AppConfigData
from handled import (
    MACHINE,
    PREFIX,
    REGION,
    TABLES,
    create_table,
    handler,
)
from moto import mock_aws


@pytest.fixture
def configured() -> AppConfigData:
    """AppConfig as functions find it."""
    return AppConfigData()


@pytest.fixture
def cloud(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, configured: AppConfigData
) -> Iterator[Callable[[str], Any]]:
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
        dynamodb = boto3.client("dynamodb", region_name=REGION)
        DynamoTableWriter(dynamodb, PREFIX, DynamoDataVersions(dynamodb, f"{PREFIX}runs", ["parcels"])).put(
            "parcels", rows
        )
        for name, value in {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "CONCLAVE_STAGE": "test",
            "CONCLAVE_PACK": "example",
            **{
                f"{name.upper()}_TABLE": PREFIX + name
                for name in ("runs", "audit", "journal", "idempotency", "cache", "spending")
            },
            "TABLE_PREFIX": PREFIX,
            "STATE_MACHINE_ARN": machine,
            "EVENT_BUS_NAME": "bus",
            "GUARDRAIL_ID": "gr-1",
            "GUARDRAIL_VERSION": "1",
            "CONFIGURATION_APPLICATION": "application",
            "CONFIGURATION_ENVIRONMENT": "environment",
            "CONFIGURATION_PROFILE": "settings",
            "PACKAGED_SETTINGS": '{"money": {"month_usd": 60}}',
            "RUN_TTL_DAYS": "30",
            # A logger keeps the output that it found first, for all that bear its name.
            "POWERTOOLS_SERVICE_NAME": request.node.name,
            "POWERTOOLS_METRICS_NAMESPACE": "Conclave",
            "POWERTOOLS_TRACE_DISABLED": "true",
        }.items():
            monkeypatch.setenv(name, value)
        clients.client.cache_clear()
        configured.attach(clients.client("appconfigdata"))
        yield handler
        clients.client.cache_clear()
