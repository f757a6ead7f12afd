"""The loopback address to which the browser comes back with the code (RFC 8252, section 7.3)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import urlsplit

from cli.errors import CliError, ExitCode
from cli.target.signin.pool import Foreign

HOST = "127.0.0.1"
"""Of all interfaces this one: nobody else on the network reaches it."""
STEP_SECONDS = 0.5
_DONE = "You are signed in. Close this window and go back to the terminal."
_REFUSED = "You are not signed in. The terminal says why."
_FOREIGN = "This does not belong to the sign-in that waits here."


class _Server(ThreadingTCPServer):
    """Browsers open connections that they do not use: each has a thread, so that none of them holds up the answer."""

    allow_reuse_address = True
    daemon_threads = True


class Loopback:
    """A server of one page, bound to a free one of the addresses that the user pool allows.

    Attributes:
        redirect: The address that it answers at.
    """

    def __init__(self, redirect: str, server: _Server) -> None:
        self.redirect = redirect
        self._server = server

    def answer(self, take: Callable[[str], str], left: Callable[[], float]) -> str:
        """What ``take`` makes of the query with which the browser came back; what is foreign to it is refused, and waited on.

        Args:
            take: Reads the query; raises ``Foreign`` for one that is not meant, ``CliError`` for a refusal.
            left: Seconds that are left.

        Raises:
            CliError: The time is over, or what ``take`` raises.
        """
        ends: list[str | CliError] = []
        self._server.RequestHandlerClass = _handler(self.redirect, take, ends)
        while not ends:
            self._server.timeout = min(STEP_SECONDS, max(left(), 0.0))
            self._server.handle_request()
            if left() <= 0 and not ends:
                raise CliError(
                    "nobody signed in in time",
                    advice="conclave login starts again; --timeout gives more",
                    code="signin_timeout",
                    exit_code=ExitCode.TIMEOUT,
                )
        end = ends[0]
        if isinstance(end, CliError):
            raise end
        return end


@contextmanager
def listening(redirects: Sequence[str]) -> Iterator[Loopback]:
    """A server on a free one of the addresses, which one nobody can foretell.

    Cognito compares addresses whole, port included, so a port is drawn from those that the client is registered with.

    Raises:
        CliError: Other programs have all of them.
    """
    drawn = random.SystemRandom().sample(list(redirects), len(redirects))
    for redirect in drawn:
        try:
            server = _Server((HOST, urlsplit(redirect).port or 80), BaseHTTPRequestHandler)
        except OSError:
            continue
        with server:
            yield Loopback(redirect, server)
        return
    raise CliError(
        f"none of the {len(drawn)} ports for the sign-in is free",
        advice="end what listens there: docs/operations.md, Signing in",
        code="ports_taken",
        exit_code=ExitCode.SETUP,
    )


def _handler(redirect: str, take: Callable[[str], str], ends: list[str | CliError]) -> Any:
    wanted = urlsplit(redirect)

    class Handler(BaseHTTPRequestHandler):
        timeout = 5.0
        """Of one connection: browsers open some that they never use."""

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if ends or asked.path != wanted.path or self.headers.get("Host") != wanted.netloc:
                self._say(HTTPStatus.NOT_FOUND, _FOREIGN)
                return
            try:
                end: str | CliError = take(asked.query)
            except Foreign:
                self._say(HTTPStatus.BAD_REQUEST, _FOREIGN)
                return
            except CliError as error:
                end = error
            refused = isinstance(end, CliError)
            self._say(HTTPStatus.FORBIDDEN if refused else HTTPStatus.OK, _REFUSED if refused else _DONE)
            ends.append(end)  # Last: with it the command ends, and this thread.

        def _say(self, status: HTTPStatus, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            for name, value in {
                "Content-Type": "text/plain; charset=utf-8",
                "Content-Length": str(len(body)),
                "Cache-Control": "no-store",
                "Content-Security-Policy": "default-src 'none'",
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
                "Connection": "close",
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Writes nothing: the line would hold the code."""

    return Handler
