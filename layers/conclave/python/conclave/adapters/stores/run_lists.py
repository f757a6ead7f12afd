"""Runs listed by status or day, a page at a time: queries of the indexes of the runs table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from conclave.adapters.stores.dynamodb import from_item, to_item
from conclave.codec import convert
from conclave.records.runs import Page, Run, TokenInvalid

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def listed(client: DynamoDBClient, table: str, by: tuple[str, str, str], limit: int, next_token: str) -> Page:
    """A page of runs, newest first.

    Args:
        client: A DynamoDB client.
        table: Name of the runs table.
        by: The index, its partition key, and the value of that.
        limit: Runs of a page.
        next_token: As the page before gave it.

    Raises:
        TokenInvalid: The token is not one of this list.
    """
    index, key, value = by
    request: dict[str, Any] = {
        "TableName": table,
        "IndexName": index,
        "KeyConditionExpression": "#key = :value",
        "ExpressionAttributeNames": {"#key": key},
        "ExpressionAttributeValues": {":value": {"S": value}},
        "ScanIndexForward": False,
        "Limit": limit,
    }
    if next_token:
        request["ExclusiveStartKey"] = to_item(_start(next_token, key, value))
    try:
        answer = client.query(**request)
    except ClientError as error:
        if next_token and error.response["Error"].get("Code") == "ValidationException":
            raise TokenInvalid from error
        raise
    last = answer.get("LastEvaluatedKey")
    return Page(tuple(as_run(item) for item in answer["Items"]), json.dumps(from_item(last)) if last else "")


def _start(token: str, key: str, value: str) -> dict[str, str]:
    """The key after which a page of an index begins. Callers hold it, so it may be anything."""
    try:
        start = json.loads(token)
    except (ValueError, RecursionError) as error:
        raise TokenInvalid from error
    names = {key, "run_id", "record", "created_at"}
    if (
        not isinstance(start, dict)
        or start.keys() != names
        or not all(isinstance(each, str) for each in start.values())
    ):
        raise TokenInvalid
    if start[key] != value:
        raise TokenInvalid
    return start


def as_run(item: Mapping[str, Any]) -> Run:
    """The head of a run from its item."""
    plain = from_item(item)
    known = {name: plain[name] for name in Run.__struct_fields__ if name in plain}
    return convert(known, Run)
