"""Events that a rule or a topic gives to a function: tried again when it fails, then put into its dead letters, as Lambda does.

The emulator's EventBridge and SNS invoke a function once and forget the event. Its dead letters carry an envelope that AWS uses
for destinations only: a dead-letter queue gets the event itself, and the error as attributes.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from typing import Any

from ministack.services import eventbridge, lambda_svc, sns, sqs

_ERROR_CHARACTERS = 1024


def dead_letter(event: Any, answer: dict[str, Any]) -> dict[str, Any]:
    """The message that a function's dead-letter queue gets: the event, with the last error as attributes."""
    body = json.dumps(event)
    raised = answer.get("body")
    error = str(raised.get("errorMessage", "")) if isinstance(raised, dict) else ""
    now = time.time()
    return {
        "id": str(uuid.uuid4()),
        "body": body,
        "md5_body": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "md5_attrs": "",
        "receipt_handle": None,
        "sent_at": now,
        "visible_at": now,
        "receive_count": 0,
        "first_receive_at": None,
        "message_attributes": {
            "ErrorCode": {"DataType": "Number", "StringValue": "200"},
            "ErrorMessage": {"DataType": "String", "StringValue": error[:_ERROR_CHARACTERS] or "-"},
        },
        "sys": {"SenderId": "lambda", "SentTimestamp": str(int(now * 1000))},
        "group_id": None,
        "dedup_id": None,
        "dedup_cache_key": None,
        "seq": None,
    }


def notification(subscription: str, envelope: str) -> dict[str, Any]:
    """A message of a topic as a function gets it."""
    return {
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "EventSource": "aws:sns",
        "Sns": json.loads(envelope),
    }


def install() -> None:
    """Replaces them. To be called before the emulator's ``main``."""
    destined = lambda_svc._route_async_failure

    def dispatch(arn: str, payload: str) -> None:
        function, config, _ = lambda_svc._get_func_record_for_ref(arn)
        if function and config:
            record = lambda_svc._execution_record_for_config(function, config)
            lambda_svc.invoke_async_with_retry(record, json.loads(payload))

    def deliver(arn: str, envelope: str, topic: str, subscription: str, *_: Any) -> None:
        del topic
        dispatch(arn, json.dumps({"Records": [notification(subscription, envelope)]}))

    def failed(target: str, name: str, event: Any, answer: dict[str, Any]) -> None:
        queue = sqs._queue_by_arn(target)
        own = (lambda_svc._functions.get(name, {}).get("config", {}).get("DeadLetterConfig") or {}).get("TargetArn")
        if queue is None or target != own:
            destined(target, name, event, answer)
        else:
            queue["messages"].append(dead_letter(event, answer))

    eventbridge._dispatch_to_lambda = dispatch
    sns._deliver_to_lambda = deliver
    lambda_svc._route_async_failure = failed
