"""The resources that outlive a deployment: the tables, the key, the callers' user pool. Nothing in here runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Aws, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from conclave.pack import Pack
from conclave.pack.tables import Table
from constructs import Construct

from infra.constructs.backup import Backups
from infra.constructs.edge.callers import Callers
from infra.stage import Authorisation, Stage
from infra.tables import AUDIT, CACHE, EVENTS, IDEMPOTENCY, JOURNAL, OF_THE_ENGINE, RUNS, SPENDING

MESSENGERS = ("cloudwatch", "budgets", "sns", "events")
"""Services that put messages into our topic and our queues on their own behalf."""


class DataStack(Stack):
    """The key, the engine's seven tables, the tables that the pack declares, and the anchors of audits.

    Attributes:
        key: Encrypts tables, logs and notifications.
        undelivered_name: Name of the dead-letter queue, which the key's policy mentions before the queue exists.
        runs: Runs by id, and by status and day.
        journal: What agents asked and answered.
        audit: Who did what in which run; entries do not expire.
        anchors: Where the heads of audits are kept under Object Lock.
        anchor_key: Signs them.
        idempotency: Requests that intake has seen.
        spending: What all runs have spent, by day and month.
        events: What was told of runs, and who listens.
        cache: What functions leave for one another of what they read; expires, and is not backed up.
        pack_tables: The pack's tables by the name it gives them.
        deployed_tables: Every table as declared, with its deployed name.
        callers: Who calls the API with a token; None where callers sign with AWS credentials.
    """

    def __init__(self, scope: Construct, id: str, *, stage: Stage, pack: Pack) -> None:
        super().__init__(
            scope, id, description=f"{pack.title} ({stage.name}): tables and key", termination_protection=stage.retain
        )
        self._stage = stage
        self._prefix = stage.prefix(pack)
        self.undelivered_name = f"{self._prefix}-undelivered"
        self.key = self._key()
        self.runs = self._table(RUNS, ttl="expires_at", stream=True)
        self.journal = self._table(JOURNAL, ttl="expires_at", stream=True)
        self.audit = self._table(AUDIT, ttl=None)
        self.idempotency = self._table(IDEMPOTENCY, ttl="expiration")
        self.cache = self._table(CACHE, ttl="expires_at")
        self.spending = self._table(SPENDING, ttl="expires_at")
        self.events = self._table(EVENTS, ttl="expires_at")
        self.anchors = self._anchors()
        self.anchor_key = self._anchor_key()
        self.pack_tables: Mapping[str, dynamodb.Table] = {
            table.name: self._table(table, ttl=None) for table in pack.tables
        }
        self.deployed_tables: Sequence[tuple[Table, str]] = [
            (declared, f"{self._prefix}-{declared.name}") for declared in (*OF_THE_ENGINE, *pack.tables)
        ]
        if stage.regulated:
            every = [
                self.runs,
                self.journal,
                self.audit,
                self.idempotency,
                self.spending,
                self.events,
                *self.pack_tables.values(),
            ]
            Backups(self, "Backups", name=self._prefix, tables=every, key=self.key)
        self.callers = (
            Callers(self, "Callers", name=self._prefix, stage=stage, approvers=pack.approver_groups)
            if stage.authorisation is Authorisation.JWT
            else None
        )

    @property
    def _removal(self) -> RemovalPolicy:
        return RemovalPolicy.RETAIN if self._stage.retain else RemovalPolicy.DESTROY

    def _table(self, declared: Table, *, ttl: str | None, stream: bool = False) -> dynamodb.Table:
        # A stream keeps what it carries for a day, whatever is erased meanwhile: so it carries keys.
        table = dynamodb.Table(
            self,
            f"{declared.name.title().replace('_', '')}Table",
            table_name=f"{self._prefix}-{declared.name}",
            partition_key=_attribute(declared.key),
            sort_key=_attribute(declared.sort_key) if declared.sort_key else None,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=self.key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=self._stage.restorable
            ),
            deletion_protection=self._stage.retain,
            removal_policy=self._removal,
            time_to_live_attribute=ttl,
            stream=dynamodb.StreamViewType.KEYS_ONLY if stream else None,
        )
        for index in declared.indexes:
            table.add_global_secondary_index(
                index_name=index.name,
                partition_key=_attribute(index.key),
                sort_key=_attribute(index.sort_key) if index.sort_key else None,
                projection_type=dynamodb.ProjectionType.ALL,
            )
        return table

    def _anchors(self) -> s3.Bucket:
        # Named by CloudFormation and kept in every stage: evidence does not go with its stack, nor stand in the way of the next.
        # Encrypted by S3's own key: an anchor holds hashes only, and has to be readable when ours is gone. Logs of accesses
        # S3 writes with that key only.
        log = s3.Bucket(
            self,
            "AnchorAccess",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(self._stage.anchor_lock.days),
                    noncurrent_version_expiration=Duration.days(self._stage.anchor_lock.days),
                )
            ],
            removal_policy=RemovalPolicy.RETAIN,
        )
        days = Duration.days(self._stage.anchor_lock.days)
        locked = {
            "COMPLIANCE": s3.ObjectLockRetention.compliance(days),
            "GOVERNANCE": s3.ObjectLockRetention.governance(days),
        }
        return s3.Bucket(
            self,
            "Anchors",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            versioned=True,
            object_lock_default_retention=locked[self._stage.anchor_lock.mode],
            server_access_logs_bucket=log,
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _anchor_key(self) -> kms.Key:
        return kms.Key(
            self,
            "AnchorKey",
            alias=f"alias/{self._prefix}-anchor",
            description=f"Signs the heads of the audits of {self._prefix}",
            key_spec=kms.KeySpec.ECC_NIST_P256,
            key_usage=kms.KeyUsage.SIGN_VERIFY,
            removal_policy=self._removal,
        )

    def _key(self) -> kms.Key:
        key = kms.Key(
            self,
            "Key",
            alias=f"alias/{self._prefix}",
            description=f"Tables, logs and notifications of {self._prefix}",
            enable_key_rotation=True,
            removal_policy=self._removal,
        )
        # Services that write on their own behalf need the key to allow them; callers are allowed by their roles.
        logs = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}"
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Logs",
                principals=[iam.ServicePrincipal(f"logs.{Aws.REGION}.amazonaws.com")],
                actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
                resources=["*"],
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"{logs}:*"}},
            )
        )
        # Alarms and budget notices go into the topic; what it or EventBridge cannot deliver, into a queue. No conditions: one
        # that a service does not send would lose letters silently, and the policies of topic and queues say who may send.
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Messages",
                principals=[iam.ServicePrincipal(f"{service}.amazonaws.com") for service in MESSENGERS],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
            )
        )
        # CDK lets the bus look at its key under an encryption context, which a look does not have; AWS's own policy has none.
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Bus",
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["kms:DescribeKey"],
                resources=["*"],
            )
        )
        return key


def _attribute(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
