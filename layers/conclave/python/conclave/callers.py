"""Who called the API, as API Gateway found out. It stands in the audit: as a run's source, and as who did something to a run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MAX_CHARACTERS = 256
UNKNOWN = "api"
BUS = "bus"
_PUBLISHER = re.compile(r"[\w./@:-]{1,100}", re.ASCII)
"""As sources of events are named: ``com.example.orders``."""


class CallerUnknown(Exception):
    """The gateway verified nobody, or a program, where a person is needed."""


def person_of(request_context: Mapping[str, Any]) -> str:
    """The person who calls: the subject of a token, or the ARN that signed.

    Args:
        request_context: See ``source_of``.

    Raises:
        CallerUnknown: Nobody was verified, or a program: its token's subject is the client itself.
    """
    claims = (request_context.get("authorizer") or {}).get("claims") or {}
    identity = request_context.get("identity") or {}
    subject = claims.get("sub") or ""
    if claims and subject in ("", claims.get("client_id")):
        raise CallerUnknown("only a person can do this; sign in and send a token of your own")
    named = _printable(subject or identity.get("userArn") or "")
    if not named:
        raise CallerUnknown("it is not known who asks for this; sign the request or send a token")
    return named


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
    named = _printable(found)
    return f"{UNKNOWN}:{named}" if named else UNKNOWN


def source_on_bus(publisher: str) -> str:
    """The source of an event: ``bus``, and after a colon what its publisher calls itself, which nobody has verified.

    It stands in the audit for ever, so a name that is no code is left out.
    """
    return f"{BUS}:{publisher}" if _PUBLISHER.fullmatch(publisher) else BUS


def _printable(found: Any) -> str:
    return "".join(each for each in str(found) if each.isprintable())[:MAX_CHARACTERS]
