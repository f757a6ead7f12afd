"""A regulated stage: functions in a network without a way out, endpoints for what they call and nothing else, backups."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from infra.constructs.layers import ROOT
from infra.stage import adapted, find_stage


def test_it_is_a_value_of_any_aws_stage_and_off_by_default(deployed: Any, regulated: Any) -> None:
    for stage in ("local", "dev", "prod"):
        assert not deployed(stage).of_type("AWS::EC2::VPC")
        assert not deployed(stage).of_type("AWS::Backup::BackupPlan")
    assert len(regulated.of_type("AWS::EC2::VPC")) == 1
    assert len(deployed("dev regulated").of_type("AWS::EC2::VPC")) == 1


def test_nothing_leads_out_of_the_network(regulated: Any) -> None:
    for kind in ("InternetGateway", "NatGateway", "EIP", "Route", "VPCGatewayAttachment", "EgressOnlyInternetGateway"):
        assert not regulated.of_type(f"AWS::EC2::{kind}"), kind
    subnets = regulated.of_type("AWS::EC2::Subnet").values()
    assert len(subnets) == 2
    assert len({json.dumps(each["AvailabilityZone"]) for each in subnets}) == 2
    assert not any(each["MapPublicIpOnLaunch"] for each in subnets)


def test_it_needs_no_account_to_synthesise(regulated: Any) -> None:
    zones = json.dumps([each["AvailabilityZone"] for each in regulated.of_type("AWS::EC2::Subnet").values()])
    assert "Fn::GetAZs" in zones


def test_every_function_lives_in_both_subnets(regulated: Any) -> None:
    subnets = set(regulated.of_type("AWS::EC2::Subnet"))
    for function in regulated.of_type("AWS::Lambda::Function").values():
        config = function["VpcConfig"]
        assert {each["Ref"] for each in config["SubnetIds"]} == subnets
        (group,) = config["SecurityGroupIds"]
        assert group["Fn::GetAtt"][0].startswith("NetworkFunctions")


def test_groups_let_https_through_to_endpoints_only(regulated: Any) -> None:
    groups = regulated.of_type("AWS::EC2::SecurityGroup")
    assert len(groups) == 2
    (functions,) = (each for id, each in groups.items() if id.startswith("NetworkFunctions"))
    (egress,) = functions["SecurityGroupEgress"]
    assert (egress["FromPort"], egress["ToPort"], egress["IpProtocol"]) == (443, 443, "tcp")
    assert "SecurityGroupIngress" not in functions
    (ingress,) = regulated.of_type("AWS::EC2::SecurityGroupIngress").values()
    assert (ingress["FromPort"], ingress["ToPort"]) == (443, 443)
    assert ingress["SourceSecurityGroupId"]["Fn::GetAtt"][0].startswith("NetworkFunctions")


def service_of(endpoint: Any) -> str:
    name = endpoint["ServiceName"]
    text = name if isinstance(name, str) else name["Fn::Join"][1][-1]
    return str(text.rpartition(".")[2])


def test_there_is_an_endpoint_for_each_client_that_the_code_makes(regulated: Any) -> None:
    code = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "layers/conclave/python/conclave").rglob("*.py")
    )
    named = {"stepfunctions": "states"}
    called = {named.get(service, service) for service in re.findall(r'_clients\("([\w-]+)"\)', code)}
    other = len(re.findall(r"_clients\(", code)) - len(called)
    assert other == code.count("_clients(service)") == 1, "a client is made in a way that this test cannot read"
    handlers = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "lambdas").rglob("*.py"))
    prepared = re.findall(r'"([\w-]+)"', "".join(re.findall(r"\.prepare\(([^)]*)\)", handlers)))
    assert prepared
    assert {named.get(service, service) for service in prepared} <= called
    services = {service_of(each) for each in regulated.of_type("AWS::EC2::VPCEndpoint").values()}
    # Nothing of a network without a way out reaches the connections of a public API, so the stage has none.
    assert services == called - {"apigatewaymanagementapi"}
    assert not regulated.of_type("AWS::ApiGatewayV2::Api")


THROUGH = {
    "dynamodb": {
        "BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem",
    },
    "s3": {"PutObject"},
    "appconfig": {
        "GetHostedConfigurationVersion", "CreateHostedConfigurationVersion", "ListDeployments", "StartDeployment",
    },
    "appconfigdata": {"StartConfigurationSession", "GetLatestConfiguration"},
    "kms": {"Sign", "Encrypt", "Decrypt"},
    "events": {"PutEvents"},
    "states": {"StartExecution", "DescribeExecution", "SendTaskSuccess"},
    "bedrock-runtime": {"ApplyGuardrail", "InvokeModel", "InvokeModelWithResponseStream"},
}  # fmt: skip
"""What goes through each endpoint, by service."""


def test_endpoints_carry_what_functions_do_for_this_account_and_nothing_else(regulated: Any) -> None:
    endpoints = {service_of(each): each for each in regulated.of_type("AWS::EC2::VPCEndpoint").values()}
    found = {}
    for service, endpoint in endpoints.items():
        statements = endpoint["PolicyDocument"]["Statement"]
        prefixes = {"bedrock-runtime": "bedrock", "appconfigdata": "appconfig"}
        for statement in statements:
            assert statement["Effect"] == "Allow"
            assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}}, (
                service
            )
        actions = [action for statement in statements for action in several(statement["Action"])]
        assert {action.partition(":")[0] for action in actions} == {prefixes.get(service, service)}
        found[service] = {action.partition(":")[2] for action in actions}
        if endpoint["VpcEndpointType"] == "Interface":
            assert endpoint["PrivateDnsEnabled"] is True
            assert len(endpoint["SubnetIds"]) == 2
    assert found == THROUGH


PLACES = {
    "dynamodb": [r"table/conclave-prod-small-\*"],
    "s3": [r"Anchors.*Arn.*/run-\?{24}/\?{6}\.json"],
    "appconfig": [":application/", ":deploymentstrategy/"],
    "appconfigdata": ["Configuration"],
    "kms": ["AnchorKey.*Arn", "GetAttKey[0-9A-F]+Arn"],
    "events": ["event-bus/conclave-prod-small|Bus.*Arn"],
    "states": ["stateMachine:conclave-prod-small", r"execution:conclave-prod-small(-approvals)?:run-\?{24}"],
    "bedrock-runtime": ["inference-profile/|foundation-model/|Guardrail.*Arn"],
}
"""The resources of each endpoint, as regular expressions over a resource's JSON."""


def test_endpoints_lead_to_our_own_resources_only(regulated: Any) -> None:
    for endpoint in regulated.of_type("AWS::EC2::VPCEndpoint").values():
        resources = [
            json.dumps(each)
            for statement in endpoint["PolicyDocument"]["Statement"]
            for each in several(statement["Resource"])
        ]
        allowed = PLACES[service_of(endpoint)]
        assert [each for each in resources if not any(re.search(place, each) for place in allowed)] == []


def several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_the_flow_log_is_kept_like_every_log(regulated: Any) -> None:
    (log,) = regulated.of_type("AWS::EC2::FlowLog").values()
    assert (log["ResourceType"], log["TrafficType"]) == ("VPC", "ALL")
    group = regulated.resources[log["LogGroupName"]["Ref"]]["Properties"]
    assert group["KmsKeyId"]
    assert group["RetentionInDays"] == find_stage("prod").log_days


def test_every_table_but_the_cache_is_backed_up_daily_in_a_vault_that_stays(regulated: Any) -> None:
    (selection,) = regulated.of_type("AWS::Backup::BackupSelection").values()
    text = json.dumps(selection["BackupSelection"]["Resources"])
    left_out = [id for id in regulated.of_type("AWS::DynamoDB::Table") if f'"{id}"' not in text]
    assert [id[:10] for id in left_out] == ["CacheTable"]
    (plan,) = regulated.of_type("AWS::Backup::BackupPlan").values()
    (rule,) = plan["BackupPlan"]["BackupPlanRule"]
    assert rule["Lifecycle"]["DeleteAfterDays"] == 35
    (vault,) = (each for each in regulated.resources.values() if each["Type"] == "AWS::Backup::BackupVault")
    assert vault["DeletionPolicy"] == "Retain"
    assert vault["Properties"]["EncryptionKeyArn"]


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_every_function_has_concurrency_of_its_own(deployed: Any, name: str) -> None:
    for function in deployed(f"{name} regulated").of_type("AWS::Lambda::Function").values():
        assert function["ReservedConcurrentExecutions"] > 0
    stage = adapted(find_stage(name), regulated=True, user_pool_arn="")
    assert stage.limits.reserved["gate"] >= 2  # a person's command waits for it while the schedule invokes it, too
    assert sum(stage.limits.reserved.values()) + 7 * stage.limits.reserved["run_agent"] <= 900
