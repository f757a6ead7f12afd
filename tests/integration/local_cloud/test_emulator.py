"""What the engine needs of the emulator, asked of a small stack: the same features that the real stacks use."""

from __future__ import annotations

import io
import json
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.cloud import Cloud

FUNCTION = """
import importlib.util, json, os, sys, time
def handler(event, context):
    if event.get("sleep"):
        time.sleep(event["sleep"])
    if event.get("fail"):
        raise ValueError("asked to")
    if event.get("probe"):
        import layered
        return {
            "visible": [name for name in ("boto3", "ministack", "pip", "strands", "yaml") if importlib.util.find_spec(name)],
            "environment": sorted(os.environ),
            "endpoint": os.environ["AWS_ENDPOINT_URL"],
            "bedrock": os.environ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"],
            "layered": os.path.realpath(layered.__file__),
        }
    if event.get("credentials"):
        return {name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")}
    if event.get("metric"):
        metrics = [{"Namespace": "Conclave", "Dimensions": [[]], "Metrics": [{"Name": event["metric"]}]}]
        stamp = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": metrics}
        print(json.dumps({"_aws": stamp, event["metric"]: event["value"]}))
    return {"statusCode": 200, "body": "hello", "arn": context.invoked_function_arn}
"""
ROLE = "arn:aws:iam::000000000000:role/any"


def archive(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, text in files.items():
            opened.writestr(name.replace("__", "/") + ".py", text)
    return buffer.getvalue()


def task(payload: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "${alias}", "Payload": payload},
        "ResultSelector": {"body.$": "$.Payload.body"},
        **more,
    }


def branch(name: str, state: dict[str, Any]) -> dict[str, Any]:
    caught = {
        "Type": "Pass",
        "Parameters": {"agent": name, "status": "failed", "error.$": "$.failure.Error"},
        "End": True,
    }
    catch = {"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": f"{name}_failed"}]}
    return {"StartAt": name, "States": {name: {**state, **catch, "End": True}, f"{name}_failed": caught}}


RETRY = [
    {
        "ErrorEquals": ["Lambda.TooManyRequestsException"],
        "IntervalSeconds": 1,
        "MaxAttempts": 2,
        "BackoffRate": 2,
        "JitterStrategy": "FULL",
    }
]
MACHINE = {
    "StartAt": "Ask",
    "States": {
        "Ask": {
            "Type": "Parallel",
            "Branches": [
                branch("quick", task({}, Retry=RETRY)),
                branch("slow", task({"sleep": 5}, TimeoutSeconds=1)),
                branch("broken", task({"fail": True})),
            ],
            "Next": "Choose",
        },
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Variable": "$[0].body", "StringEquals": "hello", "Next": "Done"}],
            "Default": "Wrong",
        },
        "Done": {"Type": "Pass", "End": True},
        "Wrong": {"Type": "Fail", "Error": "Wrong"},
    },
}


def alarm(name: str, **properties: Any) -> dict[str, Any]:
    common = {"AlarmName": name, "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 1}
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": {**common, **properties}}


def policy(action: str, **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, **more}]}


def template() -> dict[str, Any]:
    """One of everything."""
    metric = {"MetricStat": {"Metric": {"Namespace": "Conclave", "MetricName": "Errors"}, "Period": 60, "Stat": "Sum"}}
    arn = {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Alias}/invocations"}
    return {
        "Resources": {
            "Layer": {
                "Type": "AWS::Lambda::LayerVersion",
                "Properties": {"Content": {"S3Bucket": "assets", "S3Key": "layer.zip"}},
            },
            "Function": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "FunctionName": "probe",
                    "Runtime": "python3.13",
                    "Handler": "index.handler",
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Timeout": 30,
                    "Code": {"S3Bucket": "assets", "S3Key": "code.zip"},
                    "Layers": [{"Ref": "Layer"}],
                    "DeadLetterConfig": {"TargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}},
                },
            },
            "Table": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {
                    "TableName": "journal",
                    "BillingMode": "PAY_PER_REQUEST",
                    "AttributeDefinitions": [{"AttributeName": "entry", "AttributeType": "S"}],
                    "KeySchema": [{"AttributeName": "entry", "KeyType": "HASH"}],
                },
            },
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": "probe",
                    "AssumeRolePolicyDocument": policy("sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"}),
                    "Policies": [
                        {
                            "PolicyName": "own",
                            "PolicyDocument": policy(
                                "dynamodb:PutItem",
                                Resource={"Fn::GetAtt": ["Table", "Arn"]},
                                Condition={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["*#probe"]}},
                            ),
                        }
                    ],
                },
            },
            "Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Function"}}},
            "Alias": {
                "Type": "AWS::Lambda::Alias",
                "Properties": {
                    "FunctionName": {"Ref": "Function"},
                    "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
                    "Name": "live",
                },
            },
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "StateMachineName": "machine",
                    "RoleArn": ROLE,
                    "DefinitionString": {"Fn::Sub": [json.dumps(MACHINE), {"alias": {"Ref": "Alias"}}]},
                },
            },
            "Ended": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "ended"}},
            "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "dead"}},
            "OnWrong": {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "EventPattern": {"detail-type": ["Wrong"]},
                    "Targets": [{"Id": "function", "Arn": {"Ref": "Alias"}, "InputPath": "$.detail"}],
                },
            },
            "OnEnd": {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "EventPattern": {
                        "source": ["aws.states"],
                        "detail-type": ["Step Functions Execution Status Change"],
                        "detail": {
                            "status": ["FAILED", "TIMED_OUT", "ABORTED"],
                            "stateMachineArn": [{"Ref": "Machine"}],
                        },
                    },
                    "Targets": [{"Id": "queue", "Arn": {"Fn::GetAtt": ["Ended", "Arn"]}}],
                },
            },
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "api"}},
            "Method": {
                "Type": "AWS::ApiGateway::Method",
                "Properties": {
                    "RestApiId": {"Ref": "Api"},
                    "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
                    "HttpMethod": "GET",
                    "AuthorizationType": "AWS_IAM",
                    "Integration": {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": arn},
                },
            },
            "Deployment": {
                "Type": "AWS::ApiGateway::Deployment",
                "DependsOn": "Method",
                "Properties": {"RestApiId": {"Ref": "Api"}},
            },
            "Stage": {
                "Type": "AWS::ApiGateway::Stage",
                "Properties": {"RestApiId": {"Ref": "Api"}, "DeploymentId": {"Ref": "Deployment"}, "StageName": "v1"},
            },
            "Guardrail": {
                "Type": "AWS::Bedrock::Guardrail",
                "Properties": {
                    "Name": "room",
                    "BlockedInputMessaging": "No.",
                    "BlockedOutputsMessaging": "No.",
                    "WordPolicyConfig": {"WordsConfig": [{"Text": "zanzibar"}]},
                },
            },
            "GuardrailVersion": {
                "Type": "AWS::Bedrock::GuardrailVersion",
                "Properties": {"GuardrailIdentifier": {"Fn::GetAtt": ["Guardrail", "GuardrailId"]}},
            },
            "Budget": {
                "Type": "AWS::Budgets::Budget",
                "Properties": {
                    "Budget": {
                        "BudgetName": "month",
                        "BudgetType": "COST",
                        "TimeUnit": "MONTHLY",
                        "BudgetLimit": {"Amount": 50, "Unit": "USD"},
                    },
                    "NotificationsWithSubscribers": [
                        {
                            "Notification": {
                                "NotificationType": "ACTUAL",
                                "ComparisonOperator": "GREATER_THAN",
                                "Threshold": 80,
                            },
                            "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "ops@example.com"}],
                        }
                    ],
                },
            },
            "Scaling": {
                "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
                "Properties": {
                    "ResourceId": "function:probe:live",
                    "ScalableDimension": "lambda:function:ProvisionedConcurrency",
                    "ServiceNamespace": "lambda",
                    "MinCapacity": 0,
                    "MaxCapacity": 1,
                },
            },
            "Plain": alarm("plain", Namespace="Conclave", MetricName="Errors", Period=60, Statistic="Sum"),
            "Math": alarm("math", Metrics=[{"Id": "m", **metric}, {"Id": "e", "Expression": "m*2"}]),
            "Both": {
                "Type": "AWS::CloudWatch::CompositeAlarm",
                "Properties": {
                    "AlarmName": "both",
                    "AlarmRule": {"Fn::Sub": 'ALARM("${Plain}") AND ALARM("${Math}")'},
                },
            },
        },
        "Outputs": {
            "Api": {"Value": {"Ref": "Api"}},
            "GuardrailArn": {"Value": {"Ref": "Guardrail"}},
            "GuardrailVersion": {"Value": {"Fn::GetAtt": ["GuardrailVersion", "Version"]}},
            "Alias": {"Value": {"Ref": "Alias"}},
            "Machine": {"Value": {"Ref": "Machine"}},
        },
    }


@pytest.fixture(scope="module")
def stack(cloud: Cloud) -> Iterator[dict[str, str]]:
    s3, formation = cloud.client("s3"), cloud.client("cloudformation")
    s3.create_bucket(Bucket="assets")
    s3.put_object(Bucket="assets", Key="layer.zip", Body=archive(python__layered="WORD = 1\n"))
    s3.put_object(Bucket="assets", Key="code.zip", Body=archive(index=FUNCTION))
    formation.create_stack(
        StackName="everything", TemplateBody=json.dumps(template()), Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    formation.get_waiter("stack_create_complete").wait(
        StackName="everything", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    (described,) = formation.describe_stacks(StackName="everything")["Stacks"]
    yield {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}
    formation.delete_stack(StackName="everything")
    formation.get_waiter("stack_delete_complete").wait(
        StackName="everything", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )


def invoke(cloud: Cloud, payload: dict[str, Any]) -> Any:
    answered = cloud.client("lambda").invoke(FunctionName="probe", Qualifier="live", Payload=json.dumps(payload))
    return json.loads(answered["Payload"].read())


def until(condition: Callable[[], Any], seconds: float = 15) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.1)
    return value


def test_functions_see_nothing_but_their_layers(cloud: Cloud, stack: dict[str, str]) -> None:
    seen = invoke(cloud, {"probe": True})
    assert seen["visible"] == []
    assert not {"PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"} & set(seen["environment"])
    assert (seen["endpoint"], seen["bedrock"]) == (cloud.settings.endpoint, cloud.settings.bedrock_endpoint)


def test_layers_are_unpacked_once(cloud: Cloud, stack: dict[str, str]) -> None:
    seen = Path(invoke(cloud, {"probe": True})["layered"])
    assert seen.is_relative_to(cloud.settings.folder / "runtime" / "unpacked")


def test_unsigned_calls_are_refused_and_signed_ones_served(cloud: Cloud, stack: dict[str, str]) -> None:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    url = f"{cloud.settings.endpoint}/restapis/{stack['Api']}/v1/_user_request_/"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError) as refused:
        opener.open(url)
    refused.value.close()
    assert refused.value.code == 403
    signed = AWSRequest(method="GET", url=url)
    SigV4Auth(Credentials("test", "test"), "execute-api", "us-east-1").add_auth(signed)
    with opener.open(urllib.request.Request(url, headers=dict(signed.headers))) as response:
        assert response.read() == b"hello"


def test_a_machine_catches_what_its_branches_throw(cloud: Cloud, stack: dict[str, str]) -> None:
    states = cloud.client("stepfunctions")
    execution = states.start_execution(stateMachineArn=stack["Machine"], name="one", input="{}")["executionArn"]
    again = states.start_execution(stateMachineArn=stack["Machine"], name="one", input="{}")["executionArn"]
    assert again == execution
    ended = until(lambda: (d := states.describe_execution(executionArn=execution))["status"] != "RUNNING" and d)
    assert ended["status"] == "SUCCEEDED"
    quick, slow, broken = json.loads(ended["output"])
    assert quick == {"body": "hello"}
    assert (slow["status"], slow["error"]) == ("failed", "States.Timeout")
    assert (broken["status"], broken["error"]) == ("failed", "ValueError")
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=stack["Machine"], name="one", input="{}")


def test_an_aborted_execution_becomes_an_event(cloud: Cloud, stack: dict[str, str]) -> None:
    states, queues = cloud.client("stepfunctions"), cloud.client("sqs")
    execution = states.start_execution(stateMachineArn=stack["Machine"], name="two", input="{}")["executionArn"]
    states.stop_execution(executionArn=execution)
    url = queues.get_queue_url(QueueName="ended")["QueueUrl"]
    (message,) = until(lambda: queues.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"))
    event = json.loads(message["Body"])
    assert (event["detail"]["status"], event["detail"]["executionArn"]) == ("ABORTED", execution)


def test_an_event_that_a_function_cannot_handle_ends_in_its_dead_letters(cloud: Cloud, stack: dict[str, str]) -> None:
    events, queues = cloud.client("events"), cloud.client("sqs")
    url = queues.get_queue_url(QueueName="dead")["QueueUrl"]
    events.put_events(Entries=[{"Source": "test", "DetailType": "Wrong", "Detail": '{"fail": true}'}])
    (message,) = until(
        lambda: queues.receive_message(QueueUrl=url, WaitTimeSeconds=1, MessageAttributeNames=["All"]).get("Messages")
    )
    assert json.loads(message["Body"])["fail"] is True
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "asked to"


def test_the_stand_in_applies_the_deployed_guardrail(cloud: Cloud, stack: dict[str, str]) -> None:
    assert stack["GuardrailArn"].startswith("arn:aws:bedrock:us-east-1:000000000000:guardrail/")
    applied = cloud.client("bedrock-runtime").apply_guardrail(
        guardrailIdentifier=stack["GuardrailArn"].rpartition("/")[2],
        guardrailVersion=stack["GuardrailVersion"],
        source="INPUT",
        content=[{"text": {"text": "Fly to Zanzibar"}}],
    )
    assert applied["action"] == "GUARDRAIL_INTERVENED"


def test_budget_and_alarms_can_be_described(cloud: Cloud, stack: dict[str, str]) -> None:
    budget = cloud.client("budgets").describe_budget(AccountId="000000000000", BudgetName="month")["Budget"]
    assert budget["BudgetLimit"] == {"Amount": "50", "Unit": "USD"}
    alarms = cloud.client("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert {each["AlarmName"] for each in alarms["MetricAlarms"]} >= {"plain", "math"}
    assert [each["AlarmName"] for each in alarms["CompositeAlarms"]] == ["both"]


def test_an_alarm_goes_off_on_a_metric_that_a_function_logs(cloud: Cloud, stack: dict[str, str]) -> None:
    invoke(cloud, {"metric": "Errors", "value": 5})
    watch = cloud.client("cloudwatch")
    (plain,) = watch.describe_alarms(AlarmNames=["plain"])["MetricAlarms"]
    assert plain["StateValue"] == "ALARM"


def test_a_function_may_do_what_its_role_may_and_nothing_else(cloud: Cloud, stack: dict[str, str]) -> None:
    keys = invoke(cloud, {"credentials": True})
    session: Any = boto3.Session(
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=keys["AWS_SESSION_TOKEN"],
        region_name="us-east-1",
    )
    own = session.client("dynamodb", endpoint_url=cloud.settings.endpoint)
    own.put_item(TableName="journal", Item={"entry": {"S": "run#probe"}})
    with pytest.raises(ClientError, match="not authorized to perform: dynamodb:PutItem"):
        own.put_item(TableName="journal", Item={"entry": {"S": "run#finance"}})
    with pytest.raises(ClientError, match="not authorized to perform: dynamodb:Scan"):
        own.scan(TableName="journal")
    own.close()


def test_an_unknown_caller_is_refused(cloud: Cloud, stack: dict[str, str]) -> None:
    session: Any = boto3.Session(aws_access_key_id="AKIAUNKNOWN", aws_secret_access_key="x", region_name="us-east-1")
    unknown = session.client("dynamodb", endpoint_url=cloud.settings.endpoint)
    with pytest.raises(ClientError, match="security token included in the request is invalid"):
        unknown.list_tables()
    unknown.close()
