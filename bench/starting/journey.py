"""The events of one run, in the order in which the functions get them, over a sample network in moto."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from conclave.adapters.stores.data_versions import DynamoDataVersions
from conclave.adapters.stores.dynamodb import DynamoTableWriter
from conclave.adapters.stores.run_store import DynamoRunStore
from conclave.approval.record import Approval, State, approval_in
from conclave.audit.chain import Act
from conclave.codec import encode
from conclave.pack import Pack
from conclave.records.run_records import records_of, required
from conclave.records.runs import APPROVAL, PROPOSAL, Waiting
from conclave.types import Decision, Phase, RunStatus
from msgspec import structs

from bench.gateway import budget_notice, on_topic, request
from bench.starting.assembly import PREFIX
from bench.starting.stand_in import REGION
from infra.tables import OF_THE_ENGINE

ARN = "arn:aws:states:us-east-1:123456789012:execution:m"
Answers = Callable[[str, Mapping[str, Any]], Any]
"""Answers an event: ``answers("frame", event)``."""


def fill(pack: Pack) -> dict[str, str]:
    """Makes tables, key, bus and machine and loads the sample of tomorrow; answers the names of what was made.

    The sample's typed incident is of that day, so that it lies ahead.
    """
    dynamodb: Any = boto3.client("dynamodb", region_name=REGION)
    for table in (*OF_THE_ENGINE, *pack.tables):
        pairs = {"": (table.key, table.sort_key), **{each.name: (each.key, each.sort_key) for each in table.indexes}}
        attributes = sorted({name for pair in pairs.values() for name in pair if name})
        indexes = [
            {"IndexName": name, "KeySchema": _schema(pair), "Projection": {"ProjectionType": "ALL"}}
            for name, pair in pairs.items()
            if name
        ]
        dynamodb.create_table(
            TableName=f"{PREFIX}-{table.name}",
            KeySchema=_schema(pairs[""]),
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in attributes],
            BillingMode="PAY_PER_REQUEST",
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        )
    writer = DynamoTableWriter(
        dynamodb, f"{PREFIX}-", DynamoDataVersions(dynamodb, f"{PREFIX}-runs", [table.name for table in pack.tables])
    )
    for name, rows in pack.sample(day(), 1).items():
        writer.put(name, list(rows))
    machine = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
    made = boto3.client("stepfunctions", region_name=REGION).create_state_machine(
        name="m", definition=json.dumps(machine), roleArn="arn:aws:iam::123456789012:role/role"
    )
    boto3.client("events", region_name=REGION).create_event_bus(Name=PREFIX)
    key = boto3.client("kms", region_name=REGION).create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")
    sealing = boto3.client("kms", region_name=REGION).create_key()
    return {
        "STATE_MACHINE_ARN": made["stateMachineArn"],
        "APPROVAL_MACHINE_ARN": made["stateMachineArn"],
        "ANCHOR_KEY_ARN": key["KeyMetadata"]["Arn"],
        "APPROVAL_KEY_ARN": sealing["KeyMetadata"]["Arn"],
    }


def day() -> str:
    """Tomorrow, ISO."""
    return (datetime.now(UTC).date() + timedelta(days=1)).isoformat()


@dataclass(slots=True)
class Journey:
    """A run from its report to its erasure, and the events that it is made of.

    Attributes:
        pack: The domain.
        events: The event of each function, filled on the way.
    """

    pack: Pack
    events: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def travel(self, answers: Answers) -> None:
        """Takes the run through all functions; the second phase only where the first asks for it.

        Raises:
            AssertionError: A function did not answer as it has to.
        """

        def ask(name: str, event: Mapping[str, Any]) -> Any:
            self.events[name] = event
            return answers(name, event)

        typed = {"incident": dict(self.pack.typed_example(day()))}
        reported = ask("intake", request("POST", "/v1/incidents", typed))
        assert reported["statusCode"] == 202, reported
        accepted = json.loads(reported["body"])
        run_id = accepted["run_id"]
        ask("receive", event(typed))
        ids = {"run_id": run_id, "correlation_id": "c"}
        framed = ask("frame", {**ids, "execution_arn": f"{ARN}:{run_id}"})
        assert framed["framed"], framed
        ids["fence"] = framed["fence"]
        phase = {**ids, "phase": Phase.RECOMMEND.value}
        branches = [ask(f"agent-{each.name}", phase) for each in self.pack.specialists]
        assert all(each["status"] == "ok" for each in branches), branches
        route = ask("collate", {**phase, "branches": branches})
        assert route["arbitrate"], route
        chosen = ask(f"agent-{self.pack.arbiter.name}", {**ids, "phase": Phase.ARBITRATE.value})
        proposed = ask("decide", {**ids, "arbiter": chosen})
        _require_people(run_id, proposed["fence"], self.pack)
        ask("hold", {**ids, "fence": proposed["fence"]})
        act = {"act": "approve", "option_id": "none", "seen": "none", "reason": "measured"}
        ask("approve", request("POST", f"/v1/runs/{run_id}/approval", act))
        _approve(run_id, self.pack)
        settled = ask("settle", ids)
        published = ask("publish", {**ids, "fence": settled["fence"]})
        assert published["status"] == "decided", published
        forked = ask("fork", request("POST", f"/v1/runs/{run_id}/forks", {"from": "arbitrate"}))
        assert forked["statusCode"] == 202, forked
        ask("feedback", request("POST", f"/v1/runs/{run_id}/feedback", {"done": "none", "rating": 3}))
        asked = request("POST", f"/v1/runs/{run_id}/questions", {"question": "Why was this decided?"})
        assert ask("converse", asked)["statusCode"] == 200
        assert ask("runs", request("GET", f"/v1/runs/{run_id}"))["statusCode"] == 200
        keys = {"run_id": {"S": run_id}, "record": {"S": "META"}}
        told = ask("tell", {"Records": [{"eventName": "MODIFY", "dynamodb": {"Keys": keys}}]})
        assert told["told"][run_id], told
        assert ask("listen", request("POST", f"/v1/runs/{run_id}/listeners", {}))["statusCode"] == 201
        if self.pack.feeds is not None:
            taken = ask("take", event({"messages": ["read by nobody"]}) | {"detail-type": "FeedReceived"})
            assert taken["unread"] == 1, taken
        ask("sweep", {})
        assert ask("review", {})["unread"] == 0
        assert ask("gate", {})["state"] == "steady"
        heeded = ask("heed", on_topic(budget_notice(41.2, 50.0, account="123456789012", at=datetime.now(UTC))))
        assert heeded["heeding"] == "stands", heeded
        # A run is not erased while a fork of it is open.
        ask("close_run", event({"name": json.loads(forked["body"])["run_id"], "status": "TIMED_OUT"}))
        head = boto3.client("dynamodb", region_name=REGION).get_item(
            TableName=f"{PREFIX}-runs", Key={"run_id": {"S": run_id}, "record": {"S": "META"}}
        )["Item"]
        said = {"entries": int(head["audit_entries"]["N"]), "head": head["audit_head"]["S"]}
        ask("anchor", event({"run_id": run_id, "correlation_id": "c", "audit": said}))
        call = {
            "agent": self.pack.specialists[0].name,
            "phase": "recommend",
            "tool": "none",
            "arguments": {},
            "binding": "none",
        }
        ask("consent", request("POST", f"/v1/runs/{run_id}/consents", call))
        ask("erase", request("POST", f"/v1/runs/{run_id}/erasure", {"reason": "measured"}))


def _store() -> DynamoRunStore:
    return DynamoRunStore(boto3.client("dynamodb", region_name=REGION), f"{PREFIX}-runs", f"{PREFIX}-audit", 30)


def _require_people(run_id: str, fence: int, pack: Pack) -> None:
    """Makes the proposal one that people have to act on."""
    records = records_of(run_id, _store(), pack)
    proposal = structs.replace(required(records.proposal, Decision, run_id), status=RunStatus.APPROVAL_REQUIRED)
    act = Act(event="decision_proposed", at=records.run.updated_at, body={})
    _store().write(run_id, {PROPOSAL: encode(proposal)}, fence, act)


def _approve(run_id: str, pack: Pack) -> None:
    """Makes the approval one that people gave."""
    records = records_of(run_id, _store(), pack)
    asked = required(approval_in(records), Approval, run_id)
    given = structs.replace(asked, state=State.APPROVED, chosen=asked.option_id)
    act = Act(event="approval_acted", at=records.run.updated_at, body={})
    waiting = Waiting(
        run_id=run_id, fence=given.fence, expected=records.run.approval, records={APPROVAL: encode(given)}, act=act
    )
    _store().wait(waiting)


def event(detail: Any) -> dict[str, Any]:
    """An event as the bus delivers it."""
    return {
        "version": "0",
        "id": "00000000-0000-0000-0000-000000000001",
        "detail-type": "IncidentReported",
        "source": "shop",
        "account": "123456789012",
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [],
        "detail": detail,
    }


def _schema(pair: tuple[str, str]) -> list[dict[str, str]]:
    return [
        {"AttributeName": each, "KeyType": kind} for each, kind in zip(pair, ("HASH", "RANGE"), strict=True) if each
    ]
