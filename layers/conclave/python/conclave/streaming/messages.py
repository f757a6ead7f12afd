"""Events on their way: the messages in which a client gets them, and the client's side, which loses and doubles nothing.

A message says after which ordinal it goes on, counted in the events that this client wants. So a client that keeps the newest
ordinal it has seen finds out by itself that something is missing, and asks again from there; whatever comes twice, late or in
another order changes nothing. Nobody has to keep what was sent to whom.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from conclave.api.errors import RequestRefused
from conclave.codec import encode, plain
from conclave.codes import RequestCode
from conclave.streaming.events import BY_DEFAULT, Event, Kind, Log

MAX_BYTES = 24_000
"""Of a message. API Gateway counts WebSocket messages by parts of 32 KB."""

Words = Callable[[Event], str | None]
"""The words of an event of kind ``text``; None once they are erased."""


class EventsInvalid(RequestRefused):
    """What a client asks of events is not usable; the message says what may be written."""

    def __init__(self, message: str) -> None:
        super().__init__(RequestCode.QUERY_INVALID, message)


def kinds_from(names: Sequence[object]) -> tuple[Kind, ...]:
    """The kinds that a client names; all but ``text`` and ``question`` where it names none.

    Raises:
        EventsInvalid: There is no such kind.
    """
    known = set(map(str, Kind))
    if any(not isinstance(name, str) or name not in known for name in names):
        raise EventsInvalid(f"kinds must be some of: {', '.join(Kind)}")
    return tuple(kind for kind in Kind if kind in names) if names else BY_DEFAULT


def ordinal_from(value: object) -> int:
    """The ordinal that a client has seen last, 0 for none; a number, or its digits.

    Raises:
        EventsInvalid: It is neither.
    """
    digits = value if isinstance(value, str) else str(value) if type(value) is int else ""
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 6):
        raise EventsInvalid("after must be the ordinal of the last event that was seen, or 0")
    return int(digits)


def messages(log: Log, after: int, kinds: Collection[Kind], words: Words) -> Iterator[dict[str, Any]]:
    """The events after an ordinal, in as many messages as their size asks for; one without events where there are none.

    Args:
        log: The events of the run.
        after: The last ordinal that the client has seen.
        kinds: The kinds that it wants.
        words: The words of an event of kind ``text``.

    Raises:
        EventsInvalid: The run has not come so far.
    """
    if after > log.last:
        raise EventsInvalid(f"after is {after}, and the run has {log.last} events")
    before, batch, size = log.last_of(kinds, after), list[dict[str, Any]](), 0
    for event in log.after(after, kinds):
        document = event_document(event, words)
        length = len(encode(document))
        if batch and size + length > MAX_BYTES:
            yield _message(log, before, batch, over=False)
            before, batch, size = batch[-1]["ordinal"], [], 0
        batch.append(document)
        size += length
    yield _message(log, before, batch, over=log.over)


def _message(log: Log, after: int, events: Sequence[Mapping[str, Any]], *, over: bool) -> dict[str, Any]:
    return {"run_id": log.run_id, "after": after, "events": list(events), "over": over}


def event_document(event: Event, words: Words) -> dict[str, Any]:
    """An event as clients get it: its ordinal, when it was told, and what holds. Of a text, the words; null once erased."""
    document = {"ordinal": event.ordinal, "at": event.at, **plain(event.said)}
    return {**document, "text": words(event)} if event.said.kind is Kind.TEXT else document


class Following:
    """A client's place in the events of a run.

    Args:
        seen: The newest ordinal that it has; 0 at the beginning.

    Attributes:
        seen: The same, as events are taken.
        over: Whether the run has its outcome, and everything before it was taken.
    """

    def __init__(self, seen: int = 0) -> None:
        self.seen = seen
        self.over = False

    def take(self, message: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
        """The events of a message that are new, in order; None where one before them is missing: ask again, after ``seen``."""
        if message["after"] > self.seen:
            return None
        new = [event for event in message["events"] if event["ordinal"] > self.seen]
        if new:
            self.seen = new[-1]["ordinal"]
        self.over = self.over or bool(message["over"])
        return new
