"""Listeners: clients that hear of a run's events as they are told, and the stores that keep events and listeners.

A client asks the API for a ticket, as any reader of the run, and opens its connection with that: a browser cannot sign or send
a header when it opens a WebSocket. A ticket names one run, opens one connection, and lives for a minute; only its hash is kept.
"""

from __future__ import annotations

import re
import secrets
from typing import Protocol

from msgspec import Struct, structs

from conclave.audit.canonical import sha256
from conclave.streaming.events import Kind, Log

_TICKET = re.compile(r"([\w-]{1,128})\.[\w-]{43}", re.ASCII)
TICKET_SECONDS = 60
"""Within which a ticket opens its connection."""
LISTENER_SECONDS = 3 * 60 * 60
"""After which nobody listens any more: API Gateway ends a connection after two hours."""
MAX_LISTENERS = 50
"""Of a run, open at once: what ``tell`` can send to within its time."""


class Listener(Struct, frozen=True, kw_only=True):
    """A client of one run.

    Attributes:
        run_id: The run.
        id: SHA-256 of its ticket.
        kinds: The kinds of events that it wants.
        opens_until: Until when the ticket opens a connection, seconds since the epoch.
        expires_at: When it is forgotten, likewise.
        connection: Id of its connection; empty until it is opened.
    """

    run_id: str
    id: str
    kinds: tuple[Kind, ...]
    opens_until: int
    expires_at: int
    connection: str = ""


class EventStore(Protocol):
    """The events of runs, and who listens. One implementation for DynamoDB, one in memory, under one contract."""

    def log(self, run_id: str) -> Log:
        """The events of a run, consistently read; an empty log where there are none."""
        ...

    def extend(self, log: Log, known: int, expires_at: int) -> bool:
        """Puts a longer log in place of the one with ``known`` events.

        Args:
            log: The log as it is to be.
            known: How many events it had when the writer read it.
            expires_at: When it is forgotten, seconds since the epoch: with its run.

        Returns:
            False when another writer was first; nothing is written.
        """
        ...

    def invite(self, listener: Listener) -> None:
        """Keeps a listener that has no connection yet."""
        ...

    def open(self, run_id: str, id: str, connection: str, now: int) -> Listener | None:
        """Gives a listener its connection, once and in time; None where the ticket is unknown, was used or is over."""
        ...

    def hear(self, run_id: str, id: str) -> None:
        """Lets a listener with a connection hear what is new from now on, even if it was taken out before.

        Until its client has sent something, nothing can be sent to it: API Gateway calls a connection gone that is not open yet.
        """
        ...

    def close(self, run_id: str, id: str) -> None:
        """Takes a listener out. One that is not there is not an error."""
        ...

    def listeners(self, run_id: str, now: int) -> tuple[Listener, ...]:
        """The listeners of a run that hear what is new, at most ``MAX_LISTENERS``, consistently read."""
        ...


def invited(run_id: str, kinds: tuple[Kind, ...], now: int) -> tuple[str, Listener]:
    """A new listener and its ticket, which is the secret of its client."""
    ticket = f"{run_id}.{secrets.token_urlsafe(32)}"
    until, end = now + TICKET_SECONDS, now + LISTENER_SECONDS
    return ticket, Listener(run_id=run_id, id=hash_of(ticket), kinds=kinds, opens_until=until, expires_at=end)


def hash_of(ticket: str) -> str:
    """The hash under which a ticket is kept."""
    return sha256(ticket.encode())


def run_of(ticket: str) -> str:
    """The run that a ticket names; empty for what is not a ticket. Nothing of it is believed before its hash was found there.

    Anybody can send one, and DynamoDB refuses keys that are too long: what is not of the form must not get that far.
    """
    found = _TICKET.fullmatch(ticket)
    return found[1] if found else ""


def opened(listener: Listener, connection: str) -> Listener:
    """The listener with its connection."""
    return structs.replace(listener, connection=connection)
