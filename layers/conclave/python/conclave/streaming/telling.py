"""``tell``: what a step or an agent wrote becomes events with ordinals, once, and goes to whoever listens.

Any number of writers may do this for the same run at the same time: the log is replaced only where it is as the writer read it,
so ordinals have no gap and no double. A writer that dies after that has told the event: clients find the gap and ask again.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from conclave.clock import Clock, seconds_between, timestamp
from conclave.codec import encode
from conclave.conversation.progress import step_in
from conclave.figures import TIME_TO_FIRST_EVENT, Observe, unobserved
from conclave.pack import TALKER, Pack
from conclave.records.journal import Journal
from conclave.records.runs import Run, RunNotFound, RunStore, TextState
from conclave.records.untrusted_entries import Entries
from conclave.streaming.events import Event, Log, extended
from conclave.streaming.listeners import EventStore, Listener
from conclave.streaming.messages import Words, messages
from conclave.streaming.statements import answer_in, started_record, statements_of, text_of
from conclave.types import Phase

ATTEMPTS = 20

Changed = Collection[tuple[str, str]]
"""Entries of the journal that were written: agent and record."""


class SendFailed(Exception):
    """A message could not be sent, and the connection may still be there."""


class Connections(Protocol):
    """The open connections of clients."""

    def send(self, connection: str, data: bytes) -> bool:
        """Sends a message; False when the connection is gone. Raises ``SendFailed``."""
        ...


class LogContended(Exception):
    """Others keep writing events of the same run; nothing is lost, and the call may be repeated."""


def tell(
    run_id: str,
    changed: Changed,
    *,
    pack: Pack,
    runs: RunStore,
    journal: Journal,
    events: EventStore,
    connections: Connections | None,
    clock: Clock,
    observe: Observe = unobserved,
) -> tuple[Event, ...]:
    """Tells what is new of a run, and answers it.

    What was written is read again, not taken from the notice of it: that says only where to look. When the head has something
    new, too, everything is read, so that the end of a phase is told after the answers that it ended with.

    Args:
        run_id: The run.
        changed: The entries of the journal that were written; none where its head was.
        pack: The pack.
        runs: The runs.
        journal: The journal.
        events: The events, and who listens.
        connections: Where listeners are reached; None where they ask by themselves.
        clock: The time.
        observe: Takes the time to the first event.

    Raises:
        LogContended: Others keep writing events of this run.
    """
    for _ in range(ATTEMPTS):
        try:
            run = runs.get(run_id)
        except RunNotFound:
            return ()
        log = events.log(run_id)
        head_moved = not log.said.issuperset(statements_of(run, {}, pack))
        entries = {**entries_of(run, None if head_moved else changed, pack, journal), **_steps(run, changed, journal)}
        now = timestamp(clock())
        longer = extended(log, statements_of(run, entries, pack), now, over=not run.status.open)
        if longer is log:
            return ()
        if events.extend(longer, log.last, run.expires_at):
            if not log.events and not run.trial:
                observe(TIME_TO_FIRST_EVENT, seconds_between(run.created_at, now))
            if connections is not None:
                _push(longer, log.last, events, connections, words_in(entries, pack), int(clock().timestamp()))
            return longer.events[log.last :]
    raise LogContended(f"others keep writing events of {run_id}; try again")


def entries_of(run: Run, changed: Changed | None, pack: Pack, journal: Journal) -> Entries:
    """Entries of the journal that events are made of: those named, or all where none are. None once the texts of the run go."""
    if run.texts is not TextState.KEPT:
        return {}
    agents, records = [agent.name for agent in pack.agents], _records()
    if changed is not None:
        known = {(agent, record) for agent, record in changed if agent in agents and record in records}
        agents, records = sorted({agent for agent, _ in known}), sorted({record for _, record in known})
    return journal.read(run.run_id, agents, records) if agents and records else {}


def _steps(run: Run, changed: Changed, journal: Journal) -> Entries:
    """Steps of questions about the run, of those that were written; there are too many for all to be looked up each time."""
    records = sorted({record for agent, record in changed if agent == TALKER and step_in(record)})
    return journal.read(run.run_id, [TALKER], records) if records and run.texts is TextState.KEPT else {}


def _records() -> list[str]:
    return [name for phase in Phase for name in (started_record(phase), phase.value)]


def words_in(entries: Entries, pack: Pack) -> Words:
    """The words of texts among these entries."""
    agents = {agent.name: agent for agent in pack.agents}

    def words(event: Event) -> str | None:
        said = event.said
        answer = answer_in(entries, agents[said.agent], Phase(said.phase)) if said.agent in agents else None
        return text_of(answer) if answer is not None else None

    return words


def _push(log: Log, known: int, events: EventStore, connections: Connections, words: Words, now: int) -> None:
    """Sends the events after those that were known to whoever listens and wants one of them."""
    for listener in events.listeners(log.run_id, now):
        if log.after(known, listener.kinds):
            send(log, known, listener, events, connections, words)


def send(log: Log, after: int, listener: Listener, events: EventStore, connections: Connections, words: Words) -> None:
    """Sends a listener the events after an ordinal. What cannot be sent the client misses, and asks for.

    Raises:
        EventsInvalid: The run has not come so far.
    """
    for message in messages(log, after, listener.kinds, words):
        try:
            there = connections.send(listener.connection, encode(message))
        except SendFailed:
            return
        if not there:
            events.close(listener.run_id, listener.id)
            return
