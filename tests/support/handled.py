"""The functions' handlers as Lambda imports them, the tables they need in moto, and requests for them."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

LAMBDAS = Path(__file__).parents[2] / "lambdas"
REGION = "us-east-1"
PREFIX = "conclave-test-example-"
TABLES = {
    "runs": ("run_id", "record", {"by_status": ("status", "created_at"), "by_day": ("day", "created_at")}),
    "audit": ("run_id", "sequence", {}),
    "journal": ("entry", "record", {}),
    "idempotency": ("id", "", {}),
    "spending": ("period", "", {}),
    "cache": ("bundle", "", {}),
    "events": ("run_id", "record", {}),
    "parcels": ("parcel", "", {}),
}
CALLER = "arn:aws:iam::123456789012:user/someone"
MACHINE = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}


@dataclass
class Context:
    """What Lambda hands to a handler."""

    function_name: str = "f"
    memory_limit_in_mb: int = 128
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:f"
    aws_request_id: str = "r"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 30_000


def create_table(name: str, key: str, sort_key: str, indexes: dict[str, tuple[str, str]]) -> None:
    attributes = {name for pair in ((key, sort_key), *indexes.values()) for name in pair if name}

    def schema(pair: tuple[str, ...]) -> list[Any]:
        return [
            {"AttributeName": each, "KeyType": kind} for each, kind in zip(pair, ("HASH", "RANGE"), strict=True) if each
        ]

    more: dict[str, Any] = {}
    if indexes:
        more["GlobalSecondaryIndexes"] = [
            {"IndexName": index, "KeySchema": schema(pair), "Projection": {"ProjectionType": "ALL"}}
            for index, pair in indexes.items()
        ]
    boto3.client("dynamodb", region_name=REGION).create_table(
        TableName=PREFIX + name,
        KeySchema=schema((key, sort_key)),
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in sorted(attributes)],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )


def handler(verb: str) -> Any:
    """The handler as Lambda imports it."""
    return module_of(verb).lambda_handler


def module_of(verb: str) -> Any:
    """The module of a handler as Lambda imports it: a fresh one from the folder of its verb."""
    spec = importlib.util.spec_from_file_location(f"handler_of_{verb}", LAMBDAS / verb / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def request(
    method: str, path: str, body: Any = None, query: dict[str, str] | None = None, key: str = ""
) -> dict[str, Any]:
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"idempotency-key": key} if key else {},
        "multiValueHeaders": {},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "requestId": "req-1",
            "extendedRequestId": "ext-1",
            "stage": "live",
            "path": path,
            "httpMethod": method,
            "identity": {"userArn": CALLER},
        },
        "body": body if isinstance(body, str) or body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def answered(answer: dict[str, Any]) -> tuple[int, Any]:
    return answer["statusCode"], json.loads(answer["body"])


def reported(cloud: Any, body: Any) -> str:
    status, answer = answered(cloud("intake")(request("POST", "/v1/incidents", body), Context()))
    assert status == 202
    return str(answer["run_id"])


def event(detail: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "00000000-0000-0000-0000-000000000001",
        "detail-type": "IncidentReported",
        "source": "shop",
        "account": "123456789012",
        "time": "2026-11-21T06:00:00Z",
        "region": REGION,
        "resources": [],
        "detail": detail,
    }


def halted(cloud: Any, body: Any) -> str:
    """A run that has its outcome."""
    run_id = reported(cloud, body)
    failure = {"state": "Frame", "error": "States.Timeout"}
    ids = {"run_id": run_id, "correlation_id": "c"}
    cloud("decide")({**ids, "fence": 0, "arbiter": {}, "failure": failure}, Context())
    cloud("publish")({**ids, "fence": 0}, Context())
    return run_id
