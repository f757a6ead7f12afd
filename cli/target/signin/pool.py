"""The exchange with a user pool: authorisation code with PKCE (RFC 7636) for a native program (RFC 8252), refresh, revocation.

oauthlib makes and reads the messages; this sends them. It takes https only, but for tests.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from oauthlib.oauth2 import OAuth2Error, WebApplicationClient
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError, MismatchingStateError, MissingCodeError

from cli.errors import CliError, ExitCode
from cli.screen.format import one_line

if TYPE_CHECKING:
    from cli.target.http import Answer, Http

VERIFIER_CHARACTERS = 64
"""RFC 7636, section 4.1: 43 to 128."""
LIFETIME_SECONDS = 3600
"""Of an access token whose answer does not say it; see ``infra.constructs.edge.callers``."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class SignInEnded(Exception):
    """The user pool gives no more tokens for what is kept: a person has to sign in again."""


class Foreign(Exception):
    """What came back to the loopback address does not belong to this sign-in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Where people sign in, and as whom the command asks.

    Attributes:
        url: Base URL of the pool's pages (``https://conclave-dev-airline-1234.auth.eu-west-1.amazoncognito.com``).
        client_id: Id of the client for people.
        scopes: What is asked for.
        redirects: The addresses that the client may name; one of them is used.
    """

    url: str
    client_id: str
    scopes: Sequence[str]
    redirects: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a sign-in gave. Nothing of it is ever shown.

    Attributes:
        url: Base URL of the pool that gave it.
        client_id: The client that it was given to.
        access: The access token.
        expires_at: When that ends, seconds since the epoch.
        refresh: What further access tokens are asked for with; empty where the pool gave none.
    """

    url: str
    client_id: str
    access: str
    expires_at: float
    refresh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A sign-in that was begun.

    Attributes:
        url: The page at which the person signs in.
        redirect: Where the browser comes back to.
        state: Proves that what comes back belongs to it.
        verifier: Proves to the pool that who exchanges the code began it.
    """

    url: str
    redirect: str
    state: str
    verifier: str


def begin(pool: Pool, redirect: str) -> Begun:
    """Begins a sign-in whose browser comes back to ``redirect``."""
    client = WebApplicationClient(pool.client_id)
    verifier: str = client.create_code_verifier(VERIFIER_CHARACTERS)
    state = secrets.token_urlsafe(32)
    url: str = client.prepare_request_uri(
        f"{pool.url}/oauth2/authorize",
        redirect_uri=redirect,
        scope=list(pool.scopes),
        state=state,
        code_challenge=client.create_code_challenge(verifier, "S256"),
        code_challenge_method="S256",
    )
    return Begun(url=url, redirect=redirect, state=state, verifier=verifier)


def code_in(begun: Begun, query: str) -> str:
    """The code that the browser came back with.

    Args:
        begun: The sign-in.
        query: The query of the request to the loopback address.

    Raises:
        Foreign: Its state is not that of the sign-in, or it holds no answer at all.
        CliError: The person was not let in.
    """
    client = WebApplicationClient("")
    try:
        # oauthlib reads answers to https addresses only; RFC 8252, section 8.3, lets a loopback address be http.
        parsed = client.parse_request_uri_response(f"https://localhost/?{query}", state=begun.state)
    except (MismatchingStateError, MissingCodeError) as error:
        raise Foreign from error
    except OAuth2Error as error:
        if f"state={begun.state}" not in query.split("&"):
            raise Foreign from error
        raise _failed(f"the sign-in was refused: {_said(error)}", "signin_refused") from error
    return str(parsed["code"])


def exchanged(pool: Pool, begun: Begun, code: str, http: Http, now: Callable[[], float]) -> Tokens:
    """The tokens for a code.

    Raises:
        CliError: The pool gives none, or nobody answers.
    """
    body = WebApplicationClient(pool.client_id).prepare_request_body(
        code=code, redirect_uri=begun.redirect, code_verifier=begun.verifier, include_client_id=True
    )
    try:
        given = _tokens(pool.url, pool.client_id, body, http)
    except OAuth2Error as error:
        raise _failed(f"the user pool gave no token: {_said(error)}", "signin_refused") from error
    return _kept(Tokens(url=pool.url, client_id=pool.client_id, access="", expires_at=0, refresh=""), given, now())


def refreshed(kept: Tokens, http: Http, now: Callable[[], float]) -> Tokens:
    """The same sign-in with a new access token.

    Raises:
        SignInEnded: The pool gives no more, or gave nothing to ask with.
        CliError: Nobody answers.
    """
    if not kept.refresh:
        raise SignInEnded
    body = WebApplicationClient(kept.client_id).prepare_refresh_body(
        refresh_token=kept.refresh, client_id=kept.client_id
    )
    try:
        return _kept(kept, _tokens(kept.url, kept.client_id, body, http), now())
    except InvalidGrantError as error:
        raise SignInEnded from error
    except OAuth2Error as error:
        raise _failed(f"the user pool gave no token: {_said(error)}", "signin_refused") from error


def revoked(kept: Tokens, http: Http) -> bool:
    """Ends a sign-in at the pool (RFC 7009), and access tokens given in it; False where the pool did not do it."""
    if not kept.refresh:
        return False
    url, headers, body = WebApplicationClient(kept.client_id).prepare_token_revocation_request(
        f"{kept.url}/oauth2/revoke", kept.refresh, token_type_hint="refresh_token", client_id=kept.client_id
    )
    try:
        return http.request("POST", url, body=body.encode(), headers={**_FORM, **headers}).status < 300
    except ConnectionError:
        return False


def _tokens(url: str, client_id: str, body: str, http: Http) -> Mapping[str, Any]:
    """The pool's answer; raises ``OAuth2Error`` where that is a refusal."""
    try:
        answer: Answer = http.request("POST", f"{url}/oauth2/token", body=body.encode(), headers=_FORM)
    except ConnectionError as error:
        raise CliError(
            f"nobody answers at {one_line(url)}",
            advice="check network and proxy",
            code="unreachable",
            exit_code=ExitCode.UNREACHABLE,
        ) from error
    try:
        given: Mapping[str, Any] = WebApplicationClient(client_id).parse_request_body_response(answer.data.decode())
    except (ValueError, AttributeError, TypeError) as error:
        raise _failed(f"the user pool answered {answer.status}, and no token", "signin_refused") from error
    return given


def _kept(before: Tokens, given: Mapping[str, Any], now: float) -> Tokens:
    lifetime = float(given.get("expires_in") or LIFETIME_SECONDS)
    refresh = str(given.get("refresh_token") or before.refresh)
    return replace(before, access=str(given["access_token"]), expires_at=now + lifetime, refresh=refresh)


def _said(error: OAuth2Error) -> str:
    return one_line(str(error.description or error.error or type(error).__name__))


def _failed(message: str, code: str) -> CliError:
    return CliError(message, advice="conclave login starts again", code=code, exit_code=ExitCode.SETUP)
