"""What a client that asks for events gets from the store: by the API, and over its connection when it comes back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from conclave.api.errors import RequestRefused
from conclave.api.intake import parse_object
from conclave.codec import encode
from conclave.pack import Pack
from conclave.records.journal import Journal
from conclave.records.runs import RunStore
from conclave.streaming.events import Kind, Log
from conclave.streaming.listeners import EventStore, Listener, hash_of, invited, run_of
from conclave.streaming.messages import EventsInvalid, Words, kinds_from, messages, ordinal_from
from conclave.streaming.telling import Connections, entries_of, send, words_in


def events_document(
    run_id: str, parameters: Mapping[str, str], *, pack: Pack, runs: RunStore, journal: Journal, events: EventStore
) -> dict[str, Any]:
    """The next events of a run: those ``after`` an ordinal (0), of the ``kinds`` that are named, with commas between them.

    There may be more: who asks goes on after the last of them until ``over`` is true or there are none.

    Raises:
        EventsInvalid: A parameter has no usable value.
        RunNotFound: There is no such run.
    """
    after = ordinal_from(parameters.get("after", "") or "0")
    named = parameters.get("kinds", "")
    kinds = kinds_from(named.split(",") if named else ())
    runs.get(run_id)
    log = events.log(run_id)
    return next(messages(log, after, kinds, words_of(log, kinds, pack, runs, journal)))


def words_of(log: Log, kinds: Collection[Kind], pack: Pack, runs: RunStore, journal: Journal) -> Words:
    """The words of a run's texts, as far as a client wants any and they are kept."""
    if Kind.TEXT not in kinds or not log.events:
        return lambda _: None
    return words_in(entries_of(runs.get(log.run_id), None, pack, journal), pack)


def invite(run_id: str, body: Mapping[str, object], *, runs: RunStore, events: EventStore, now: int) -> str:
    """Keeps a listener of a run, and answers the ticket that opens its connection.

    Args:
        run_id: The run.
        body: ``kinds``, a list, if not all but texts are wanted.
        runs: The runs.
        events: Keeps the listener.
        now: Seconds since the epoch.

    Raises:
        EventsInvalid: The body has something else, or kinds that there are not.
        RunNotFound: There is no such run.
    """
    kinds = body.get("kinds", [])
    if body.keys() - {"kinds"} or not isinstance(kinds, list):
        raise EventsInvalid('the body must be {} or {"kinds": [...]}')
    wanted = kinds_from(kinds)
    runs.get(run_id)
    ticket, listener = invited(run_id, wanted, now)
    events.invite(listener)
    return ticket


def admitted(ticket: str, connection: str, *, events: EventStore, now: int) -> Listener | None:
    """The listener whose ticket this is, with its connection from now on; None where the ticket opens none."""
    run_id = run_of(ticket)
    return events.open(run_id, hash_of(ticket), connection, now) if run_id else None


def reply(
    listener: Listener,
    asked: str,
    *,
    pack: Pack,
    runs: RunStore,
    journal: Journal,
    events: EventStore,
    connections: Connections,
) -> None:
    """Sends a listener what it asks for over its connection: ``{"after": 12}``, everything that comes after that ordinal.

    Raises:
        RequestRefused: It is something else, or the run has not come so far.
    """
    body = parse_object(asked)
    if body.keys() != {"after"}:
        raise EventsInvalid('send {"after": N}: the ordinal of the last event that was seen, or 0')
    after = ordinal_from(body["after"])
    # Hears first, reads then: whatever is told after this log was read is sent.
    events.hear(listener.run_id, listener.id)
    log = events.log(listener.run_id)
    words = words_of(log, listener.kinds, pack, runs, journal)
    send(log, after, listener, events, connections, words)


def refusal_of(error: RequestRefused) -> bytes:
    """What a client gets over its connection instead of events."""
    return encode({"error": {"code": error.code.value, "message": error.message}})
