"""The private network of a regulated stage: subnets without a way out, and endpoints for the services that functions call.

What a function logs and traces is carried by Lambda itself, and so are its dead letters: none of that needs an endpoint here.
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Aws
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.logs import Logs
from infra.constructs.permissions import allow

ZONES = 2
HTTPS = ec2.Port.tcp(443)
USED_ON_TABLES = tuple(
    f"dynamodb:{action}"
    for action in ("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
)


class Network(Construct):
    """A VPC with private subnets in two zones, and no NAT and no gateway to the internet.

    Attributes:
        vpc: The network.
        functions: Security group of the functions: they may open HTTPS, and only endpoints are within reach.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, logs: Logs, zones: Sequence[str]) -> None:
        """Makes it.

        Args:
            scope: The stack.
            id: Logical id.
            name: Deployed name.
            logs: How the flow log is kept.
            zones: Its availability zones; empty for the first two of the region, where a service may be missing.
        """
        super().__init__(scope, id)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            vpc_name=name,
            ip_addresses=ec2.IpAddresses.cidr("10.0.0.0/20"),
            max_azs=None if zones else ZONES,
            availability_zones=list(zones) or None,
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="functions", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=23)
            ],
            # Closing the default group takes a function of the CDK with rights on EC2; nothing is ever put into that group.
            restrict_default_security_group=False,
        )
        self.functions = ec2.SecurityGroup(
            self, "Functions", vpc=self.vpc, description="Functions: HTTPS out, nothing in", allow_all_outbound=False
        )
        # The prefix lists of the gateway endpoints are not known before deployment. The route tables lead nowhere else.
        self.functions.add_egress_rule(ec2.Peer.any_ipv4(), HTTPS, "Endpoints: there is no other route")
        self._endpoints = ec2.SecurityGroup(
            self, "Endpoints", vpc=self.vpc, description="Endpoints: HTTPS from functions", allow_all_outbound=False
        )
        self._endpoints.add_ingress_rule(self.functions, HTTPS, "Functions")
        self._flow_log(name, logs)

    def open(
        self,
        *,
        tables: str,
        anchors: str,
        models: Sequence[str],
        guardrail: str,
        machines: Sequence[str],
        executions: Sequence[str],
        approvals: str,
        bus: str,
        anchor_key: str,
        key: str,
        configuration: str,
        changes: Sequence[iam.PolicyStatement],
    ) -> None:
        """Adds what leaves the network: each service that functions call, for what they call it for.

        Args:
            tables: Pattern of the names of tables.
            anchors: ARN of the objects of the anchors.
            models: ARNs of models and their profiles.
            guardrail: ARN of the guardrail.
            machines: ARNs of the machines.
            executions: Patterns of the ARNs of their executions.
            approvals: ARN of the machine of approvals.
            bus: ARN of the bus.
            anchor_key: ARN of the key that signs anchors.
            key: ARN of the key that encrypts what wakes an execution.
            configuration: ARN of the configuration that functions read.
            changes: What may be done to change it.
        """
        aws, gateways = ec2.InterfaceVpcEndpointAwsService, ec2.GatewayVpcEndpointAwsService
        named = f"arn:{Aws.PARTITION}:dynamodb:{Aws.REGION}:{Aws.ACCOUNT_ID}:table/{tables}"
        self._gateway("DynamoDb", gateways.DYNAMODB, allow(USED_ON_TABLES, [named]))
        self._gateway("S3", gateways.S3, allow(["s3:PutObject"], [anchors]))
        self._interface(
            "Bedrock",
            aws.BEDROCK_RUNTIME,
            allow(["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"], models),
            allow(["bedrock:ApplyGuardrail"], [guardrail]),
        )
        self._interface(
            "StepFunctions",
            aws.STEP_FUNCTIONS,
            allow(["states:StartExecution"], machines),
            allow(["states:DescribeExecution"], executions),
            allow(["states:SendTaskSuccess"], [approvals]),
        )
        self._interface("EventBridge", aws.EVENTBRIDGE, allow(["events:PutEvents"], [bus]))
        self._interface(
            "AppConfig",
            aws.APPCONFIGDATA,
            allow(["appconfig:StartConfigurationSession", "appconfig:GetLatestConfiguration"], [configuration]),
        )
        self._interface("AppConfigChanges", aws.APPCONFIG, *changes)
        self._interface("Kms", aws.KMS, allow(["kms:Sign"], [anchor_key]), allow(["kms:Encrypt", "kms:Decrypt"], [key]))

    def _interface(
        self, id: str, service: ec2.InterfaceVpcEndpointAwsService, *statements: iam.PolicyStatement
    ) -> None:
        """Adds an interface endpoint through which this account may do what the statements allow, and nothing else."""
        endpoint = self.vpc.add_interface_endpoint(
            id, service=service, private_dns_enabled=True, security_groups=[self._endpoints], open=False
        )
        for statement in statements:
            endpoint.add_to_policy(_of_this_account(statement))

    def _gateway(self, id: str, service: ec2.GatewayVpcEndpointAwsService, *statements: iam.PolicyStatement) -> None:
        """Adds a gateway endpoint, likewise."""
        endpoint = self.vpc.add_gateway_endpoint(id, service=service)
        for statement in statements:
            endpoint.add_to_policy(_of_this_account(statement))

    @property
    def subnets(self) -> Sequence[str]:
        """Ids of the subnets of functions."""
        return [subnet.subnet_id for subnet in self.vpc.isolated_subnets]

    def _flow_log(self, name: str, logs: Logs) -> None:
        group = logs.group(self, "Log", name=f"/aws/vpc/{name}")
        role = iam.Role(self, "LogRole", assumed_by=iam.ServicePrincipal("vpc-flow-logs.amazonaws.com"))
        role.add_to_policy(
            allow(
                ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                [group.log_group_arn],
            )
        )
        ec2.CfnFlowLog(
            self,
            "FlowLog",
            resource_id=self.vpc.vpc_id,
            resource_type="VPC",
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_group_name=group.log_group_name,
            deliver_logs_permission_arn=role.role_arn,
        )


def _of_this_account(statement: iam.PolicyStatement) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        principals=[iam.StarPrincipal()],
        actions=list(statement.actions),
        resources=list(statement.resources),
        conditions={"StringEquals": {"aws:PrincipalAccount": Aws.ACCOUNT_ID}},
    )
