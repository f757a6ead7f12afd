"""The caller of the API, as API Gateway found out. The audit names callers: as a run's source, and as who did something to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

MAX_CHARACTERS = 256
UNKNOWN = "api"
BUS = "bus"
READ_RUNS = "runs.read"
"""End of the scope of a token that may read runs; the name of the resource server stands before it."""
_PUBLISHER = re.compile(r"[\w./@:-]{1,100}", re.ASCII)
"""As sources of events are named: ``com.example.orders``."""

_USER = re.compile(r"arn:[\w-]+:iam::\d{12}:user/(.+)/[^/]+", re.ASCII)
"""An IAM user with a path."""


class Group(StrEnum):
    """The acts of people; each is a group of the user pool, with the name of the deployment before it."""

    REPORTERS = "reporters"
    """Report incidents."""
    CONSENTERS = "consenters"
    """Consent to dangerous calls."""
    ERASERS = "erasers"
    """Read and erase the texts of runs."""
    FORKERS = "forkers"
    """Fork runs."""


class GroupMissing(Exception):
    """The person is not a member of the group that the act takes; the message names the group."""


class CallerUnknown(Exception):
    """The gateway verified nobody, or a program, where a person is needed."""


def require_group(request_context: Mapping[str, Any], group: str) -> None:
    """Lets pass who may do it: a person in the group, a program (its scopes say what it may), a signature (IAM has decided).

    The groups stand in the access token, which the gateway has verified; Cognito puts them there.

    Args:
        request_context: See ``source_of``.
        group: Name of the group as it is deployed.

    Raises:
        GroupMissing: A person who is not in the group.
    """
    claims = _claims(request_context)
    if claims and not _is_program(claims) and group not in _groups(claims):
        raise GroupMissing(
            f"only members of the group {group} can do this; ask whoever keeps the user pool, then sign in again"
        )


def person_of(request_context: Mapping[str, Any]) -> str:
    """The person who calls: the subject of a token, or the ARN that signed.

    Args:
        request_context: See ``source_of``.

    Raises:
        CallerUnknown: Nobody was verified, or a program: its token's subject is the client itself.
    """
    claims = _claims(request_context)
    identity = request_context.get("identity") or {}
    subject = claims.get("sub") or ""
    if claims and (not subject or _is_program(claims)):
        raise CallerUnknown("only a person can do this; sign in and send a token of your own")
    named = _printable(subject or identity.get("userArn") or "")
    if not named:
        raise CallerUnknown("it is not known who asks for this; sign the request or send a token")
    return named


def asker_of(request_context: Mapping[str, Any]) -> str:
    """The person who calls, as ``person_of`` names them; empty where it is a program or nobody knows."""
    try:
        return person_of(request_context)
    except CallerUnknown:
        return ""


def groups_of(request_context: Mapping[str, Any], prefix: str) -> tuple[str, ...]:
    """The groups of this deployment that a person is in, without its prefix; of anybody else none.

    A token carries them. Who signs is in those that the path of their IAM user names (``user/PREFIXduty_managers/mia``): the
    path is given by who makes users. A role has no path in what the gateway tells, so its sessions are in none.

    Args:
        request_context: See ``source_of``.
        prefix: What the names of the deployment's groups begin with.
    """
    claims = _claims(request_context)
    signed = str((request_context.get("identity") or {}).get("userArn") or "")
    of_path = _USER.fullmatch(signed)
    named = _groups(claims) if claims else of_path.group(1).split("/") if of_path else ()
    found = () if _is_program(claims) else named
    return tuple(sorted(each.removeprefix(prefix) for each in found if each.startswith(prefix)))


def source_of(request_context: Mapping[str, Any]) -> str:
    """The source of a request: ``api``, and after a colon the caller whom the gateway has verified.

    A token's client (a program) goes before its subject (a person); a signature names the ARN of the user or role.

    Args:
        request_context: ``requestContext`` of the event. Only the gateway writes it; nothing of a request gets in there.
    """
    claims = _claims(request_context)
    identity = request_context.get("identity") or {}
    found = claims.get("client_id") or claims.get("sub") or identity.get("userArn") or ""
    named = _printable(found)
    return f"{UNKNOWN}:{named}" if named else UNKNOWN


def may_read_runs(request_context: Mapping[str, Any]) -> bool:
    """True if the scopes of the token say that the caller may read runs; what a signature may do elsewhere is not known here."""
    scopes = str(_claims(request_context).get("scope") or "").split()
    return any(each.rpartition("/")[2] == READ_RUNS for each in scopes)


def source_on_bus(publisher: str) -> str:
    """The source of an event: ``bus``, and after a colon what its publisher calls itself, which nobody has verified.

    It stands in the audit for ever, so a name that is not a code is left out.
    """
    return f"{BUS}:{publisher}" if _PUBLISHER.fullmatch(publisher) else BUS


def _claims(request_context: Mapping[str, Any]) -> Mapping[str, Any]:
    """The claims of the token; empty where the caller signed."""
    return (request_context.get("authorizer") or {}).get("claims") or {}


def _is_program(claims: Mapping[str, Any]) -> bool:
    """True if the token is a client's own: its subject is the client."""
    return bool(claims.get("client_id")) and claims.get("sub") == claims.get("client_id")


def _groups(claims: Mapping[str, Any]) -> frozenset[str]:
    """The groups of a token. The gateway hands a list on as text; names of groups hold neither blanks nor commas of ours."""
    found = claims.get("cognito:groups") or ""
    return frozenset(found if isinstance(found, list) else re.split(r"[,\s]+", str(found).strip("[]")))


def _printable(found: Any) -> str:
    return "".join(each for each in str(found) if each.isprintable())[:MAX_CHARACTERS]
