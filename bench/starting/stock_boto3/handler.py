"""A function on stock boto3: one client, one item."""

import os

import boto3

client = boto3.client("dynamodb")


def lambda_handler(event: dict[str, dict[str, dict[str, str]]], context: object) -> dict[str, bool]:
    """The item that the event asks for."""
    del context
    found = client.get_item(TableName=os.environ["RUNS_TABLE"], Key=event["key"])
    return {"found": "Item" in found}
