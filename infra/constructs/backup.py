"""Daily backups of tables in a vault of their own, for stages whose regulations ask for more than point-in-time recovery."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_backup as backup
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.constructs.permissions import allow

KEPT = Duration.days(35)


class Backups(Construct):
    """A vault, a plan, and a role that may back up these tables and nothing else."""

    def __init__(
        self, scope: Construct, id: str, *, name: str, tables: Sequence[dynamodb.Table], key: kms.IKey
    ) -> None:
        """Makes them.

        Args:
            scope: The stack.
            id: Logical id.
            name: Deployed name.
            tables: What is backed up; their names begin with the deployed name.
            key: Encrypts the vault, and the tables.
        """
        super().__init__(scope, id)
        vault = backup.BackupVault(
            self, "Vault", backup_vault_name=name, encryption_key=key, removal_policy=RemovalPolicy.RETAIN
        )
        plan = backup.BackupPlan(self, "Plan", backup_plan_name=name, backup_vault=vault)
        plan.add_rule(
            backup.BackupPlanRule(
                rule_name="daily",
                delete_after=KEPT,
                start_window=Duration.hours(1),
                completion_window=Duration.hours(4),
            )
        )
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("backup.amazonaws.com"))
        every = f"arn:{Aws.PARTITION}:dynamodb:{Aws.REGION}:{Aws.ACCOUNT_ID}:table/{name}-*/backup/*"
        services = [f"{service}.{Aws.REGION}.amazonaws.com" for service in ("dynamodb", "backup")]
        for statement in (
            allow(
                [
                    "dynamodb:CreateBackup",
                    "dynamodb:DescribeContinuousBackups",
                    "dynamodb:DescribeTable",
                    "dynamodb:ListTagsOfResource",
                    "dynamodb:StartAwsBackupJob",
                ],
                [table.table_arn for table in tables],
            ),
            allow(["dynamodb:DeleteBackup", "dynamodb:DescribeBackup"], [every]),
            allow(["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"], [vault.backup_vault_arn]),
            allow(
                ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
                [key.key_arn],
                {"StringEquals": {"kms:ViaService": services}},
            ),
            allow(["kms:CreateGrant"], [key.key_arn], {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        ):
            role.add_to_policy(statement)
        backup.BackupSelection(
            self,
            "Selection",
            backup_plan=plan,
            backup_selection_name=name,
            role=role,
            disable_default_backup_policy=True,
            resources=[backup.BackupResource.from_dynamo_db_table(table) for table in tables],
        )
