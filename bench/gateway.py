"""A request as API Gateway hands it to a function, for benches that call functions themselves."""

from __future__ import annotations

import json
from typing import Any

CALLER = "arn:aws:iam::000000000000:user/someone"


def request(method: str, path: str, body: Any = None, *, request_id: str = "request") -> dict[str, Any]:
    """The event of a REST API's proxy integration.

    Args:
        method: The HTTP method.
        path: The path, without the stage.
        body: The body for JSON; ``None`` for no body.
        request_id: The gateway's id of the request, in both of its forms.
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
            "identity": {"userArn": CALLER},
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }
