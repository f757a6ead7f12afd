"""A small stack with every feature of the emulator that the real stacks use, around one function that answers questions."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

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
