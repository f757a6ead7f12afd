"""The control: botocore alone, with such requests and such work on their answers as functions have.

It keeps nothing and leaves nothing behind. What becomes slower in its calls from the first hundred to the last is the machine.
"""

import json
import os
from typing import Any

import botocore.session

ROUNDS = 5
LINES = 60

client: Any = botocore.session.get_session().create_client("dynamodb")


def lambda_handler(event: dict[str, str], context: object) -> dict[str, object]:
    """Writes, reads and lists an item a few times, and compares what came with what was written."""
    del context
    table, same = os.environ["RUNS_TABLE"], True
    body = json.dumps([{"line": number, "said": event["id"]} for number in range(LINES)])
    item = {"run_id": {"S": "control"}, "record": {"S": "control"}, "body": {"S": body}}
    key = {name: item[name] for name in ("run_id", "record")}
    for _ in range(ROUNDS):
        client.put_item(TableName=table, Item=item)
        read = client.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
        listed = client.query(
            TableName=table,
            KeyConditionExpression="run_id = :id",
            ExpressionAttributeValues={":id": key["run_id"]},
            ConsistentRead=True,
        )["Items"]
        same = same and all(json.loads(each["body"]["S"]) == json.loads(body) for each in (read, *listed))
    return {"id": event["id"], "same": same}
