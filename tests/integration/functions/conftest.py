"""Deployed parts over moto."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from conclave.adapters import clients
from conclave.adapters.models.strands_model import _shared_model
from conclave.adapters.stores.data_versions import DynamoDataVersions
from conclave.adapters.stores.dynamodb import DynamoTableWriter
from conclave.pack import Agent, load_pack
from configured import AppConfigData
from handled import (
    MACHINE,
    PREFIX,
    REGION,
    TABLES,
    Context,
    create_table,
    handler,
    reported,
)
from moto import mock_aws
from questions import wired_to
from stand_in import StandIn

from local.bedrock.answerers import OfflineAnswerer


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
        approvals = states.create_state_machine(
            name="a", definition=json.dumps(MACHINE), roleArn="arn:aws:iam::123456789012:role/role"
        )["stateMachineArn"]
        key = boto3.client("kms", region_name=REGION).create_key()["KeyMetadata"]["Arn"]
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
                for name in ("runs", "audit", "journal", "idempotency", "cache", "spending", "events")
            },
            "TABLE_PREFIX": PREFIX,
            "STATE_MACHINE_ARN": machine,
            "APPROVAL_MACHINE_ARN": approvals,
            "APPROVAL_KEY_ARN": key,
            "EVENT_BUS_NAME": "bus",
            "GUARDRAIL_ID": "gr-1",
            "GUARDRAIL_VERSION": "1",
            "CONFIGURATION_APPLICATION": "application",
            "CONFIGURATION_ENVIRONMENT": "environment",
            "CONFIGURATION_PROFILE": "settings",
            "CONFIGURATION_AT_ONCE": "at-once",
            "PACKAGED_SETTINGS": '{"money": {"month_usd": 60}}',
            "SETTINGS_SECONDS": "15",
            "RUN_TTL_DAYS": "30",
            # A logger keeps the output that it found first, for all that bear its name.
            "POWERTOOLS_SERVICE_NAME": request.node.name,
            "POWERTOOLS_METRICS_NAMESPACE": "Conclave",
            "POWERTOOLS_TRACE_DISABLED": "true",
        }.items():
            monkeypatch.setenv(name, value)
        clients.client.cache_clear()
        clients._session.cache_clear()
        configured.attach(clients.client("appconfigdata"), clients.client("appconfig"))
        yield handler
        clients.client.cache_clear()
        clients._session.cache_clear()


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, cloud: Any) -> Iterator[StandIn]:
    """The stand-in for models, with the functions pointed at it."""
    del cloud
    with wired_to(monkeypatch, OfflineAnswerer()) as started:
        yield started
    _shared_model.cache_clear()


@pytest.fixture
def framed(cloud: Any) -> Callable[[Any], dict[str, Any]]:
    """Frames a report; answers the event that the machine hands to whatever follows ``frame``."""

    def frame(body: Any) -> dict[str, Any]:
        ids = {"run_id": reported(cloud, body), "correlation_id": "corr-7"}
        return {**ids, "fence": cloud("frame")({**ids, "execution_arn": "arn"}, Context())["fence"]}

    return frame


@pytest.fixture
def whole_run(
    cloud: Any, framed: Callable[[Any], dict[str, Any]], models: StandIn, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Any], dict[str, Any]]:
    """Takes a report through the functions in the machine's order; answers what ``publish`` does."""
    del models
    monkeypatch.setenv("TIME_LIMIT_SECONDS", "20")
    pack = load_pack("example")

    def run(body: Any) -> dict[str, Any]:
        event = framed(body)

        def branch(agent: Agent, phase: str) -> Any:
            monkeypatch.setenv("AGENT", agent.name)
            return cloud("run_agent")({**event, "phase": phase}, Context())

        branches = [branch(agent, "recommend") for agent in pack.specialists]
        cloud("collate")({**event, "phase": "recommend", "branches": branches}, Context())
        cloud("decide")({**event, "arbiter": branch(pack.arbiter, "arbitrate"), "failure": {}}, Context())
        return dict(cloud("publish")(event, Context()))

    return run


@pytest.fixture
def to_its_end(cloud: Any, models: StandIn, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, Any]]:
    """Takes a fork through the functions in the machine's order; answers what ``publish`` does."""
    del models
    monkeypatch.setenv("TIME_LIMIT_SECONDS", "20")
    pack = load_pack("example")

    def run(run_id: str) -> dict[str, Any]:
        ids = {"run_id": run_id, "correlation_id": "c"}
        framed = cloud("frame")({**ids, "execution_arn": "arn:fork"}, Context())
        event = {**ids, "fence": framed["fence"]}

        def branch(agent: Agent, phase: str) -> Any:
            monkeypatch.setenv("AGENT", agent.name)
            return cloud("run_agent")({**event, "phase": phase}, Context())

        later = framed["recommended"] or framed["revised"]
        branches = [] if later else [branch(agent, "recommend") for agent in pack.specialists]
        phase = "revise" if framed["revised"] else "recommend"
        route = cloud("collate")({**event, "phase": phase, "branches": branches}, Context())
        arbiter = branch(pack.arbiter, "arbitrate") if route["arbitrate"] else {}
        proposed = cloud("decide")({**event, "arbiter": arbiter, "failure": {}}, Context())
        assert proposed["needs_people"] is False
        return dict(cloud("publish")({**event, "fence": proposed["fence"]}, Context()))

    return run
