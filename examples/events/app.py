"""Passes the events of a run on to browsers, as server-sent events: a small ASGI application (Starlette).

A browser opens ``/runs/<run id>/events`` with ``EventSource``. When its connection breaks, it comes back by itself and says with
``Last-Event-ID`` which event it saw last; this is the ordinal, so it misses nothing and gets nothing twice. To try it on the
local cloud: ``conclave up``, then ``uvicorn --factory examples.events.app:of_the_command``.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol
from urllib.parse import urlencode

from conclave.streaming.messages import Following
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

QUIET_SECONDS = 5.0
"""Without a message for so long, it is asked whether one was lost."""
PAUSE_SECONDS = 1.0
"""Before another connection is opened."""


class Connection(Protocol):
    """A WebSocket."""

    async def send(self, message: str) -> None:
        """Sends a text."""
        ...

    async def recv(self) -> str | bytes:
        """The next message; raises ``ConnectionError`` where it is closed."""
        ...


Tickets = Callable[[str], Awaitable[str]]
"""Answers a ticket for a run, as ``POST /v1/runs/{run_id}/listeners`` gives it. Raises ``LookupError`` where there is no run."""
Connect = Callable[[str], AbstractAsyncContextManager[Connection]]
"""Opens a connection."""


def create(tickets: Tickets, socket_url: str, connect: Connect) -> Starlette:
    """Returns the application.

    Args:
        tickets: Gives tickets. Who may read which run is for the application to decide before it asks for one.
        socket_url: The stack's output ``SocketUrl``.
        connect: Opens a connection.
    """

    async def events(request: Request) -> Response:
        run_id, seen = request.path_params["run_id"], request.headers.get("last-event-id", "0")
        if not (seen.isascii() and seen.isdigit()):
            return PlainTextResponse("Last-Event-ID must be an ordinal", status_code=400)
        try:
            ticket = await tickets(run_id)
        except LookupError:
            return PlainTextResponse("there is no such run", status_code=404)
        told = follow(run_id, int(seen), ticket, tickets, socket_url, connect)
        return EventSourceResponse(as_sent(told))

    return Starlette(routes=[Route("/runs/{run_id}/events", events)])


async def follow(
    run_id: str, after: int, ticket: str, tickets: Tickets, socket_url: str, connect: Connect
) -> AsyncIterator[Mapping[str, Any]]:
    """The events of a run after an ordinal, each once and in order, until the run has its outcome."""
    following = Following(after)
    while not following.over:
        try:
            async with connect(f"{socket_url}?{urlencode({'ticket': ticket})}") as connection:
                await connection.send(json.dumps({"after": following.seen}))
                while not following.over:
                    for event in await taken(connection, following):
                        yield event
        except ConnectionError:
            await asyncio.sleep(PAUSE_SECONDS)
            ticket = await tickets(run_id)


async def taken(connection: Connection, following: Following) -> list[Mapping[str, Any]]:
    """What the next message brings. Where something is missing, or nothing comes, it is asked for."""
    try:
        message = json.loads(await asyncio.wait_for(connection.recv(), QUIET_SECONDS))
        new = following.take(message)
    except TimeoutError:
        new = None
    if new is None:
        await connection.send(json.dumps({"after": following.seen}))
    return new or []


async def as_sent(events: AsyncIterator[Mapping[str, Any]]) -> AsyncIterator[ServerSentEvent]:
    """Events for ``EventSource``. The last one, ``over``, tells the page to close it: or the browser would come back."""
    async for event in events:
        yield ServerSentEvent(json.dumps(event), id=str(event["ordinal"]), event=event["kind"])
    yield ServerSentEvent("{}", event="over")


def of_the_command() -> Starlette:
    """The application for a stage of the command ``conclave``, with its credentials: ``CONCLAVE_STAGE`` and ``CONCLAVE_PACK``."""
    from cli.errors import CliError
    from cli.ports import DEFAULT_PACK, DEFAULT_STAGE, Target
    from cli.services import Services
    from cli.target.account import account_for, socket_url

    target = Target(os.environ.get("CONCLAVE_STAGE", DEFAULT_STAGE), os.environ.get("CONCLAVE_PACK", DEFAULT_PACK))
    api = Services().api(target)

    async def tickets(run_id: str) -> str:
        try:
            return str((await asyncio.to_thread(api.listen, run_id, ()))["ticket"])
        except CliError as error:
            raise LookupError(run_id) from error

    return create(tickets, socket_url(account_for(target), target), opened)


class opened(AbstractAsyncContextManager[Connection]):  # noqa: N801  # used as a function
    """A connection of the library ``websockets``, whose errors are ``ConnectionError``.

    Args:
        url: Where it is opened.
    """

    def __init__(self, url: str) -> None:
        from websockets.asyncio.client import connect

        self._opening = connect(url, proxy=None if url.startswith("ws:") else True)

    async def __aenter__(self) -> Connection:
        """Opens it."""
        from websockets.exceptions import WebSocketException

        self._errors = WebSocketException
        try:
            self._connection = await self._opening.__aenter__()
        except WebSocketException as error:
            raise ConnectionError(type(error).__name__) from error
        return self

    async def __aexit__(self, *raised: object) -> None:
        """Closes it."""
        await self._connection.close()

    async def send(self, message: str) -> None:
        """See ``Connection.send``."""
        try:
            await self._connection.send(message)
        except self._errors as error:
            raise ConnectionError(type(error).__name__) from error

    async def recv(self) -> str | bytes:
        """See ``Connection.recv``."""
        try:
            return await self._connection.recv()
        except self._errors as error:
            raise ConnectionError(type(error).__name__) from error
