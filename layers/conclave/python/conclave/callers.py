"""Who called the API, as API Gateway found out. It stands in the audit as the run's source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_CHARACTERS = 256
UNKNOWN = "api"


def source_of(request_context: Mapping[str, Any]) -> str:
    """The source of a request: ``api``, and after a colon the caller whom the gateway has verified.

    A token's client (a program) goes before its subject (a person); a signature names the ARN of the user or role.

    Args:
        request_context: ``requestContext`` of the event. Only the gateway writes it; nothing of a request gets in there.
    """
    authorizer = request_context.get("authorizer") or {}
    claims = authorizer.get("claims") or {}
    identity = request_context.get("identity") or {}
    found = claims.get("client_id") or claims.get("sub") or identity.get("userArn") or ""
    named = "".join(each for each in str(found) if each.isprintable())[:MAX_CHARACTERS]
    return f"{UNKNOWN}:{named}" if named else UNKNOWN
