"""What the warm functions talk to: a local cloud of its own, without functions, with what the example pack needs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from conclave.adapters.stores.data_versions import DynamoDataVersions
from conclave.adapters.stores.dynamodb import DynamoTableWriter
from conclave.pack import load_pack
from conclave.pack.tables import Index, Table

from bench.report import ROOT
from infra.tables import OF_THE_ENGINE
from local.cloud import Cloud
from local.settings import Settings

PREFIX = "isolation-"
NOTED = "P105"
"""A parcel with a note; the note carries the mark of the run."""
PORTS = (4866, 4899)
TABLES = (*OF_THE_ENGINE, *load_pack("example").tables)
MACHINE = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
ROLE = "arn:aws:iam::000000000000:role/isolation"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The tables of the cloud, and what the functions have to know of it.

    Attributes:
        dynamodb: A client of the tables.
        environment: The variables that the infrastructure would give the functions.
    """

    dynamodb: Any
    environment: dict[str, str]

    def note(self, mark: str) -> None:
        """Leaves a mark in the note of the parcel that reports are about."""
        row = next(each for each in load_pack("example").sample("", 0)["parcels"] if each["parcel"] == NOTED)
        self._writer().put("parcels", [{**row, "note": f"glass, {mark}"}])

    def head(self, run_id: str) -> dict[str, Any]:
        """Where the audit of a run ends, as its events announce it."""
        key = {"run_id": {"S": run_id}, "record": {"S": "META"}}
        item = self.dynamodb.get_item(TableName=f"{PREFIX}runs", Key=key, ConsistentRead=True)["Item"]
        return {"entries": int(item["audit_entries"]["N"]), "head": item["audit_head"]["S"]}

    def prepare(self) -> None:
        """Puts the pack's sample into its table."""
        self._writer().put("parcels", load_pack("example").sample("", 0)["parcels"])

    def _writer(self) -> DynamoTableWriter:
        versions = DynamoDataVersions(self.dynamodb, f"{PREFIX}runs", ["parcels"])
        return DynamoTableWriter(self.dynamodb, PREFIX, versions)


@contextmanager
def surroundings() -> Iterator[Surroundings]:
    """A cloud that starts here and ends here; nothing of it stays."""
    settings = Settings(root=ROOT, name="isolation", port=PORTS[0], bedrock_port=PORTS[1])
    cloud = Cloud(ROOT, settings)
    cloud.stop()
    shutil.rmtree(settings.folder, ignore_errors=True)
    cloud.start()
    try:
        around = Surroundings(cloud.client("dynamodb"), _environment(cloud, settings))
        around.prepare()
        yield around
    finally:
        cloud.stop()
        shutil.rmtree(settings.folder, ignore_errors=True)


def _environment(cloud: Cloud, settings: Settings) -> dict[str, str]:
    for table in TABLES:
        _create_table(cloud.client("dynamodb"), table)
    cloud.client("events").create_event_bus(Name="isolation")
    cloud.client("iam").create_role(RoleName="isolation", AssumeRolePolicyDocument="{}")
    machines = {
        name: cloud.client("stepfunctions").create_state_machine(
            name=name, definition=json.dumps(MACHINE), roleArn=ROLE
        )["stateMachineArn"]
        for name in ("isolation", "isolation-approvals")
    }
    cloud.client("s3").create_bucket(Bucket="isolation-anchors", ObjectLockEnabledForBucket=True)
    key = cloud.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    sealing = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    guardrail = cloud.client("bedrock").create_guardrail(
        name="isolation", blockedInputMessaging="blocked", blockedOutputsMessaging="blocked"
    )
    return settings.credentials | {
        "AWS_ENDPOINT_URL": settings.endpoint,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": settings.bedrock_endpoint,
        "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": f"{settings.endpoint}/_aws/execute-api/bench/live",
        "NO_PROXY": "127.0.0.1,localhost",
        "CONCLAVE_STAGE": "local",
        "CONCLAVE_PACK": "watched",
        **{f"{table.name.upper()}_TABLE": PREFIX + table.name for table in OF_THE_ENGINE},
        "TABLE_PREFIX": PREFIX,
        "STATE_MACHINE_ARN": machines["isolation"],
        "APPROVAL_MACHINE_ARN": machines["isolation-approvals"],
        "APPROVAL_KEY_ARN": sealing,
        "START_SECONDS": "3600",
        "REVIEW_RUNS": "25",
        "REVIEW_DAYS": "7",
        "REVIEW_FEWEST_DAYS": "3",
        "EVENT_BUS_NAME": "isolation",
        "ANCHORS_BUCKET": "isolation-anchors",
        "ANCHOR_KEY_ARN": key,
        "GUARDRAIL_ID": guardrail["guardrailId"],
        "GUARDRAIL_VERSION": guardrail["version"],
        **_configuration(cloud.client("appconfig")),
        "PACKAGED_SETTINGS": "{}",
        "TIME_LIMIT_SECONDS": "45",
        "RUN_TTL_DAYS": "30",
        "POWERTOOLS_SERVICE_NAME": "conclave-isolation",
        "POWERTOOLS_METRICS_NAMESPACE": "Conclave",
        "POWERTOOLS_TRACE_DISABLED": "true",
    }


def _configuration(client: Any) -> dict[str, str]:
    """A deployed document that sets nothing."""
    application = client.create_application(Name="isolation")["Id"]
    environment = client.create_environment(ApplicationId=application, Name="isolation")["Id"]
    profile = client.create_configuration_profile(ApplicationId=application, Name="settings", LocationUri="hosted")[
        "Id"
    ]
    # Without a time to bake, in which nobody may change anything: AppConfig's own strategies have one.
    at_once = client.create_deployment_strategy(
        Name="isolation",
        DeploymentDurationInMinutes=0,
        GrowthFactor=100,
        FinalBakeTimeInMinutes=0,
        ReplicateTo="NONE",
    )["Id"]
    version = client.create_hosted_configuration_version(
        ApplicationId=application, ConfigurationProfileId=profile, Content=b"{}", ContentType="application/json"
    )["VersionNumber"]
    client.start_deployment(
        ApplicationId=application,
        EnvironmentId=environment,
        ConfigurationProfileId=profile,
        ConfigurationVersion=str(version),
        DeploymentStrategyId=at_once,
    )
    return {
        "CONFIGURATION_APPLICATION": application,
        "CONFIGURATION_ENVIRONMENT": environment,
        "CONFIGURATION_PROFILE": profile,
        "CONFIGURATION_AT_ONCE": at_once,
    }


def _create_table(client: Any, table: Table) -> None:
    def schema(each: Table | Index) -> list[dict[str, str]]:
        kinds = zip((each.key, each.sort_key), ("HASH", "RANGE"), strict=True)
        return [{"AttributeName": name, "KeyType": kind} for name, kind in kinds if name]

    declared: list[Table | Index] = [table, *table.indexes]
    names = sorted({key["AttributeName"] for each in declared for key in schema(each)})
    several = [
        {"IndexName": each.name, "KeySchema": schema(each), "Projection": {"ProjectionType": "ALL"}}
        for each in table.indexes
    ]
    client.create_table(
        TableName=PREFIX + table.name,
        KeySchema=schema(table),
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in names],
        BillingMode="PAY_PER_REQUEST",
        **({"GlobalSecondaryIndexes": several} if several else {}),
    )
