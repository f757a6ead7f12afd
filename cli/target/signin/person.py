"""The person at this machine, as a stage knows them: signed in, with a token that is still good, or signed out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from conclave.clock import timestamp

from cli.errors import CliError, ExitCode
from cli.target.signin.kept import KeptSignIns
from cli.target.signin.loopback import listening
from cli.target.signin.pool import Pool, SignInEnded, begin, code_in, exchanged, refreshed, revoked

if TYPE_CHECKING:
    from cli.target.http import Http

EARLY_SECONDS = 60.0
"""A token that ends so soon is renewed: it may end under way."""


def pool_of(outputs: Mapping[str, str], pages: str, options: str) -> Pool:
    """The user pool of a deployment.

    Args:
        outputs: Outputs of its engine stack.
        pages: Base URL of the pool's pages; empty for those of the pool that was deployed.
        options: What leads a further command to the same target.

    Raises:
        CliError: Nobody signs in there, or it is not known where.
    """
    if outputs.get("Authorisation", "iam") != "jwt":
        raise _wrong(
            "this stage believes AWS credentials; nobody signs in to it",
            "on the local cloud --as NAME acts as a person",
        )
    if not outputs.get("PeopleRedirects"):
        raise _wrong("what is deployed has no sign-in for this command yet", "deploy this release: cdk deploy")
    url = pages.rstrip("/") or outputs.get("TokenUrl", "").removesuffix("/oauth2/token")
    if not url:
        raise _wrong(
            "the stage uses a user pool that existed already", f"conclave login{options} --pages https://<its domain>"
        )
    if not url.startswith("https://"):
        raise _wrong(
            "the sign-in pages have an https address", "as in --pages https://example.auth.eu-west-1.amazoncognito.com"
        )
    return Pool(
        url=url,
        client_id=outputs["PeopleClientId"],
        scopes=outputs["PeopleScopes"].split(),
        redirects=outputs["PeopleRedirects"].split(),
    )


class Person:
    """Signs in and out. See ``cli.ports.SignIn``.

    Args:
        pool: Makes the user pool; asked when somebody signs in.
        client_id: Id of the client for people.
        kept: Keeps the sign-in.
        http: Sends requests.
        now: Seconds since the epoch.
        options: What leads a further command to the same target.
    """

    def __init__(
        self,
        pool: Callable[[], Pool],
        client_id: str,
        kept: KeptSignIns,
        http: Http,
        *,
        now: Callable[[], float] = time.time,
        options: str = "",
    ) -> None:
        self._pool, self._client_id, self._kept, self._http = pool, client_id, kept, http
        self._now, self._options = now, options

    def sign_in(self, show: Callable[[str], None], left: Callable[[], float]) -> str:
        """See ``SignIn.sign_in``."""
        pool = self._pool()
        with listening(pool.redirects) as loopback:
            begun = begin(pool, loopback.redirect)
            show(begun.url)
            code = loopback.answer(lambda query: code_in(begun, query), left)
        tokens = exchanged(pool, begun, code, self._http, self._now)
        self._kept.write(tokens)
        return timestamp(datetime.fromtimestamp(tokens.expires_at, UTC))

    def sign_out(self) -> str:
        """See ``SignIn.sign_out``."""
        try:
            tokens = self._kept.read(self._client_id)
        except CliError:  # what cannot be read is deleted all the same
            self._kept.forget(self._client_id)
            return "kept_by_pool"
        if tokens is None:
            return "none"
        ended = revoked(tokens, self._http)
        self._kept.forget(self._client_id)
        return "ended" if ended else "kept_by_pool"

    def token(self) -> str:
        """The access token of who is signed in, renewed where it ends; empty where nobody is.

        Raises:
            CliError: The sign-in has ended, or the pool cannot be asked.
        """
        tokens = self._kept.read(self._client_id)
        if tokens is None:
            return ""
        if tokens.expires_at - self._now() > EARLY_SECONDS:
            return tokens.access
        try:
            tokens = refreshed(tokens, self._http, self._now)
        except SignInEnded as error:
            self._kept.forget(self._client_id)
            raise _wrong("your sign-in has ended", f"conclave login{self._options}") from error
        self._kept.write(tokens)
        return tokens.access


def _wrong(message: str, advice: str) -> CliError:
    return CliError(message, advice=advice, code="signin_impossible", exit_code=ExitCode.SETUP)
