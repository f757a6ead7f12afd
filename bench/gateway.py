"""Events as API Gateway and topics hand them to functions, and notices as AWS Budgets writes them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

CALLER = "arn:aws:iam::000000000000:user/someone"
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def request(
    method: str, path: str, body: Any = None, *, request_id: str = "request", caller: str = CALLER
) -> dict[str, Any]:
    """The event of a REST API's proxy integration.

    Args:
        method: The HTTP method.
        path: The path, without the stage.
        body: The body for JSON; ``None`` for no body.
        request_id: The gateway's id of the request, in both of its forms.
        caller: The ARN that signed.
    """
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"content-type": "application/json"},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "requestId": request_id,
            "extendedRequestId": request_id,
            "stage": "live",
            "path": path,
            "httpMethod": method,
            "identity": {"userArn": caller},
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def budget_notice(spent: float, budgeted: float, *, account: str, at: datetime) -> str:
    """The text by which AWS Budgets tells that so much of a month's budget is spent, both in US dollars."""
    told = (f"${each:,.2f}" for each in (spent, budgeted, min(spent, 0.8 * budgeted)))
    amount, budget, threshold = told
    return (
        f"AWS Budget Notification {MONTHS[at.month - 1]} {at.day:02d}, {at.year}\nAWS Account {account}\n\n"
        "Dear AWS Customer,\n\nYou requested that we alert you when the ACTUAL Cost associated with your month budget is "
        f"greater than {threshold} for the current month. The ACTUAL Cost associated with this budget is {amount}. You can "
        "find additional details below and by accessing the AWS Budgets dashboard [1].\n\n"
        f"Budget Name: month\nBudget Type: Cost\nBudgeted Amount: {budget}\nAlert Type: ACTUAL\n"
        f"Alert Threshold: > {threshold}\nACTUAL Amount: {amount}\n\n"
        "[1] https://console.aws.amazon.com/billing/home#/budgets\n"
    )


def on_topic(text: str) -> dict[str, Any]:
    """A text as a topic delivers it to a function."""
    return {
        "Records": [{"EventVersion": "1.0", "EventSource": "aws:sns", "Sns": {"Type": "Notification", "Message": text}}]
    }
