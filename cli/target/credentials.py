"""The command's proof to a stage of who is calling: a signature, or a token from the environment or a sign-in, and an API key."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from cli.errors import CliError, ExitCode
from cli.target.http import Credential, Signature, Token

TOKEN = "CONCLAVE_TOKEN"
KEY = "CONCLAVE_API_KEY"
_ADVICE = "docs/operations.md, Callers"


def credential(
    outputs: Mapping[str, str],
    credentials: Any,
    region: str,
    environment: Mapping[str, str],
    signed_in: Callable[[], str] = str,
    options: str = "",
) -> Credential:
    """The credential that the target's API believes.

    Args:
        outputs: Outputs of the target's engine stack.
        credentials: AWS credentials of the caller.
        region: Region of the API.
        environment: Where a token is looked for first.
        signed_in: The token of who is signed in; empty for nobody.
        options: What leads a further command to the same target.

    Raises:
        CliError: A token is wanted, and there is none, or one that has expired.
    """
    if outputs.get("Authorisation", "iam") != "jwt":
        return Signature(credentials, region)
    token = environment.get(TOKEN, "").strip()
    if not token and (kept := signed_in()):
        return Token(kept)
    if not token:
        raise _wrong("this stage wants a token", f"conclave login{options}, or export {TOKEN}: {_ADVICE}")
    ends = _expiry(token)
    if ends is not None and ends <= time.time():
        raise _wrong(f"the token in {TOKEN} has expired", f"get a new one: {_ADVICE}")
    return Token(token)


def api_key(outputs: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """The API key that a stage with quotas wants; empty for a stage without.

    Raises:
        CliError: There is none in the environment.
    """
    if not outputs.get("ApiKeyId"):
        return ""
    key = environment.get(KEY, "").strip()
    if not key:
        raise _wrong("this stage wants an API key", f"export {KEY}: {_ADVICE}")
    return key


def _wrong(message: str, advice: str) -> CliError:
    return CliError(message, advice=advice, code="credential_missing", exit_code=ExitCode.SETUP)


def _expiry(token: str) -> float | None:
    """When a token says that it ends; None if it does not say."""
    claims = claims_of(token)
    try:
        if claims is None:
            raise ValueError
        return float(claims["exp"]) if "exp" in claims else None
    except (ValueError, TypeError) as error:
        raise _wrong(f"what {TOKEN} holds is not a token", _ADVICE) from error


def claims_of(token: str) -> dict[str, Any] | None:
    """What a token says; None for what is not one. Nothing is verified here: that is the API's work."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    return claims if isinstance(claims, dict) else None
