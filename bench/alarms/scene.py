"""The deployment in which causes of alarms are produced."""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from conclave.adapters.rollout.dynamo_rollouts import DynamoRollouts
from conclave.adapters.stores.run_store import DynamoRunStore
from conclave.agents.prices import price_table
from conclave.audit.chain import ROLLOUT
from conclave.clock import system_clock, timestamp
from conclave.pack import Pack
from conclave.records.admission import ADMISSION, HOLDERS
from conclave.records.runs import Run
from conclave.rollout.acting import RECORD, STAGE
from conclave.routing.breakers import BREAKERS
from conclave.types import RunStatus

from bench.alarms.stand_in import faults
from cli.ports import Api
from infra.stage import Limits
from local.cloud import Cloud

ALIAS = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A deployment on the local cloud.

    Attributes:
        cloud: The local cloud.
        api: Its API.
        pack: The deployed domain.
        prefix: Begins the names of all resources.
        limits: Of the stage.
        seen_seconds: So long at most a warm function goes on under settings that were replaced.
        texts: Reports about flights that no run is about yet.
        clients: Those that were made, by service.
    """

    cloud: Cloud
    api: Api
    pack: Pack
    prefix: str
    limits: Limits
    seen_seconds: int
    texts: Iterator[str]
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A client of a service; it is made once."""
        if service not in self.clients:
            self.clients[service] = self.cloud.client(service)
        return self.clients[service]

    def invoke(self, verb: str, event: Any) -> None:
        """Invokes a function by the alias that everybody invokes; what it answers does not matter."""
        client = self.client("lambda")
        with contextlib.suppress(client.exceptions.TooManyRequestsException):
            client.invoke(FunctionName=f"{self.prefix}-{verb}", Qualifier=ALIAS, Payload=json.dumps(event))

    def states(self) -> dict[str, str]:
        """The state of each alarm, by its name without the prefix."""
        pages = self.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=self.prefix)
        return {
            each["AlarmName"].removeprefix(f"{self.prefix}-"): each["StateValue"]
            for page in pages
            for each in page["MetricAlarms"]
        }

    def ringing(self) -> set[str]:
        """The alarms that ring."""
        return {name for name, state in self.states().items() if state == "ALARM"}

    def clear(self) -> None:
        """Takes away what an earlier cause left: letters, open circuits, what was spent, and what alarms have seen so far."""
        sqs, dynamodb = self.client("sqs"), self.client("dynamodb")
        sqs.purge_queue(QueueUrl=sqs.get_queue_url(QueueName=f"{self.prefix}-undelivered")["QueueUrl"])
        for model in price_table().tiers.values():
            key = {"run_id": {"S": BREAKERS}, "record": {"S": f"{dynamodb.meta.region_name}#{model}"}}
            dynamodb.delete_item(TableName=f"{self.prefix}-runs", Key=key)
        spending = f"{self.prefix}-spending"
        for item in dynamodb.scan(TableName=spending)["Items"]:
            dynamodb.delete_item(TableName=spending, Key={"period": item["period"]})
        for alarm in self.states():
            self.client("cloudwatch").set_alarm_state(
                AlarmName=f"{self.prefix}-{alarm}", StateValue="OK", StateReason="before its cause"
            )

    def letters(self) -> int:
        """Events that nobody could handle."""
        sqs = self.client("sqs")
        url, name = sqs.get_queue_url(QueueName=f"{self.prefix}-undelivered")["QueueUrl"], "ApproximateNumberOfMessages"
        return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])

    def ask(self, text: str = "", seconds: float = 200.0) -> str:
        """Reports an incident and waits until its run has ended, or people are asked; answers its id."""
        run_id = str(self.api.submit({"text": text or next(self.texts)}, key=uuid.uuid4().hex)["run_id"])
        patience = time.monotonic() + seconds
        while str(self.api.run(run_id)["status"]) == "running" and time.monotonic() < patience:
            time.sleep(1.0)
        return run_id

    def faults(self, **fault: Any) -> AbstractContextManager[None]:
        """Lets calls of models go wrong, as many as there are."""
        return faults(self.cloud.settings.bedrock_endpoint, **fault)

    @contextmanager
    def full(self) -> Iterator[None]:
        """Lets no further run begin: all places are taken."""
        dynamodb, table = self.client("dynamodb"), f"{self.prefix}-runs"
        key = {"run_id": {"S": ADMISSION}, "record": {"S": HOLDERS}}
        others = [f"somebody-{number}" for number in range(self.limits.runs_at_once + 1)]
        dynamodb.put_item(TableName=table, Item={**key, "holders": {"SS": others}})
        try:
            yield
        finally:
            dynamodb.delete_item(TableName=table, Key=key)

    @property
    def runs(self) -> DynamoRunStore:
        """The runs, as the functions store them."""
        return DynamoRunStore(self.client("dynamodb"), f"{self.prefix}-runs", f"{self.prefix}-audit", 1, time.sleep)

    @property
    def rollouts(self) -> DynamoRollouts:
        """The record of the rollout, as the functions store it."""
        return DynamoRollouts(self.client("dynamodb"), f"{self.prefix}-runs", f"{self.prefix}-audit")

    def forget_rollout(self) -> None:
        """See the function of this name."""
        forget_rollout(self.client("dynamodb"), f"{self.prefix}-runs", f"{self.prefix}-audit")

    def run(self, age: timedelta = timedelta(0)) -> Run:
        """A run that was stored and of which nothing was started, of some age."""
        at = timestamp(system_clock() - age)
        made = Run(
            run_id=f"run-{uuid.uuid4().hex[:24]}",
            status=RunStatus.RUNNING,
            pack=self.pack.name,
            created_at=at,
            updated_at=at,
            correlation_id="bench",
            text="an incident of the bench",
        )
        self.runs.create(made)
        return made

    def closed(self, run: Run, seconds: float = 60.0) -> None:
        """Waits until a run has its outcome: what somebody else does about it must not count for the next cause."""
        until(lambda: self.runs.get(run.run_id).status is not RunStatus.RUNNING, seconds)

    @property
    def machine(self) -> str:
        """ARN of the phase machine."""
        (arn,) = (
            each["stateMachineArn"]
            for each in self.client("stepfunctions").list_state_machines()["stateMachines"]
            if each["name"] == self.prefix
        )
        return str(arn)


def forget_rollout(dynamodb: Any, runs_table: str, audit_table: str) -> None:
    """Takes the record of the rollout away, and what its audit tells of it: runs are on what is deployed again."""
    key = {"run_id": {"S": STAGE}, "record": {"S": RECORD}}
    dynamodb.delete_item(TableName=runs_table, Key=key)
    chain = {":chain": {"S": ROLLOUT}}
    told = dynamodb.query(
        TableName=audit_table, KeyConditionExpression="run_id = :chain", ExpressionAttributeValues=chain
    )
    for item in told["Items"]:
        dynamodb.delete_item(TableName=audit_table, Key={name: item[name] for name in ("run_id", "sequence")})


def until(condition: Callable[[], bool], seconds: float) -> None:
    """Waits for a condition, but no longer than so many seconds."""
    patience = time.monotonic() + seconds
    while not condition() and time.monotonic() < patience:
        time.sleep(0.5)
