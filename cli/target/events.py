"""The events of a run as they are told: over a connection, or asked for again and again where there is none."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Literal, Protocol
from urllib.parse import urlencode

from conclave.streaming.messages import Following

from cli.errors import CliError
from cli.ports import Api, Document

QUIET_SECONDS = 5.0
"""Without a message for so long, a client asks whether it missed one: the last of a run has none after it."""
ATTEMPTS = 3
"""Connections that may break one after the other, before the client goes on without."""
ASKING_SECONDS = 0.5
"""Between two questions of a client without a connection."""
OPEN_SECONDS = 10.0


class Connection(Protocol):
    """A WebSocket."""

    def send(self, message: str) -> None:
        """Sends a text; raises ``ConnectionError``."""
        ...

    def recv(self, timeout: float | None = None) -> str | bytes:
        """The next message; raises ``TimeoutError``, or ``ConnectionError`` where it is closed."""
        ...

    def close(self) -> None:
        """Ends it."""
        ...


class Socket:
    """A connection of the library ``websockets``, whose errors are those of the operating system.

    Args:
        url: Where it is opened.
    """

    def __init__(self, url: str) -> None:
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        self._errors = WebSocketException
        self._open = ExitStack()
        # Proxies of the user's environment must not see loopback traffic.
        proxy: Literal[True] | None = None if url.startswith("ws:") else True
        try:
            self._socket = self._open.enter_context(
                connect(url, open_timeout=OPEN_SECONDS, close_timeout=1, proxy=proxy)
            )
        except WebSocketException as error:
            raise ConnectionError(type(error).__name__) from error

    def send(self, message: str) -> None:
        """See ``Connection.send``."""
        try:
            self._socket.send(message)
        except self._errors as error:
            raise ConnectionError(type(error).__name__) from error

    def recv(self, timeout: float | None = None) -> str | bytes:
        """See ``Connection.recv``."""
        try:
            return self._socket.recv(timeout=timeout)
        except self._errors as error:
            raise ConnectionError(type(error).__name__) from error

    def close(self) -> None:
        """See ``Connection.close``."""
        self._open.close()


def connect(url: str) -> Connection:
    """Opens a connection.

    Raises:
        OSError: Nobody answers, or the connection is refused.
    """
    return Socket(url)


class RunEvents:
    """A client's place in the events of a run. What it misses while no connection is open it gets with the next one.

    Args:
        api: Gives tickets, and events to those without a connection.
        url: Where connections are opened; empty in a stage without.
        run_id: The run.
        kinds: The kinds of events that are wanted; all but texts where none are named.
        after: The newest event that was seen before.
        clock: Monotonic seconds.
        sleep: Waits for seconds.
        connect: Opens a connection.
    """

    def __init__(
        self,
        api: Api,
        url: str,
        run_id: str,
        *,
        kinds: Sequence[str] = (),
        after: int = 0,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        connect: Callable[[str], Connection] = connect,
    ) -> None:
        self._api, self._url, self._run_id, self._kinds = api, url, run_id, list(kinds)
        self._clock, self._sleep, self._connect = clock, sleep, connect
        self._following = Following(after)
        self._connection: Connection | None = None
        self._broken = 0
        self._heard = 0.0

    @property
    def over(self) -> bool:
        """True once the run has its outcome, and everything before it was seen."""
        return self._following.over

    @property
    def pushed(self) -> bool:
        """True while a connection is open."""
        return self._connection is not None

    def next(self, seconds: float) -> list[Document]:
        """The events that come next; none where nothing comes within the seconds.

        Raises:
            CliError: There is no such run, or a kind or ordinal is wrong.
        """
        end = self._clock() + seconds
        while self._url and self._broken < ATTEMPTS:
            try:
                return self._hear(end)
            except (OSError, ValueError, KeyError):
                self._drop()
            except CliError as error:
                if error.code in {"run_unknown", "query_invalid"}:
                    raise
                self._drop()
        return self._ask(end)

    def wait(self, seconds: float) -> bool:
        """See ``Events.wait``. A run that is not there yet, or a connection that breaks, is as if there were none."""
        if not self._url or self._broken >= ATTEMPTS:
            return False
        try:
            self._hear(self._clock() + seconds)
        except (CliError, OSError, ValueError, KeyError) as error:
            if not (isinstance(error, CliError) and error.code == "run_unknown"):
                self._drop()
            return False
        return True

    def close(self) -> None:
        """Ends the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _drop(self) -> None:
        self._broken += 1
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _hear(self, end: float) -> list[Document]:
        """Takes messages until one brings something, or time is over."""
        connection = self._connection or self._open()
        while True:
            left = min(end, self._heard + QUIET_SECONDS) - self._clock()
            try:
                message = json.loads(connection.recv(timeout=max(0.0, left)))
            except TimeoutError:
                if self._clock() < self._heard + QUIET_SECONDS:
                    return []
                self._ask_over(connection)
                continue
            self._heard, self._broken = self._clock(), 0
            new = self._following.take(message)
            if new is None:
                self._ask_over(connection)
            elif new or self.over:
                return [dict(event) for event in new]

    def _open(self) -> Connection:
        ticket = self._api.listen(self._run_id, self._kinds)["ticket"]
        self._connection = self._connect(f"{self._url}?{urlencode({'ticket': ticket})}")
        self._ask_over(self._connection)
        return self._connection

    def _ask_over(self, connection: Connection) -> None:
        self._heard = self._clock()
        connection.send(json.dumps({"after": self._following.seen}))

    def _ask(self, end: float) -> list[Document]:
        """Asks the API until something comes, or time is over."""
        while True:
            message: Mapping[str, Any] = self._api.events(self._run_id, self._following.seen, self._kinds)
            new = self._following.take(message)
            left = end - self._clock()
            if new or self.over or left <= 0:
                return [dict(event) for event in new or ()]
            self._sleep(min(ASKING_SECONDS, left))
