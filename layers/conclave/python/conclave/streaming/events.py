"""Events of a run with their ordinals, and the log that keeps them: codes, names and numbers, never a text.

Nothing that a model or a person wrote stands in an event, so that erasing the texts of a run leaves nothing here to erase. An
event of kind ``text`` says only that there is one; the words are read from the run when the event is delivered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from msgspec import Struct

MAX_EVENTS = 1_000
"""Of a run, besides those of the kinds ``run`` and ``decision``: a run has about a hundred, and its log is one record."""


class Kind(StrEnum):
    """The kinds of events, by which a client says what it wants."""

    RUN = "run"
    """The run was accepted, is outdated by a feed, or its texts were erased."""
    PHASE = "phase"
    """A phase begun or ended."""
    AGENT = "agent"
    """An agent started, answered, or gave no answer."""
    TOOL = "tool"
    """A tool or check that an agent called. Told with the agent's answer."""
    TEXT = "text"
    """The rationale of an answer. Sent only to those who ask for it by name."""
    DECISION = "decision"
    """People are asked about a decision, or the run has its outcome."""
    QUESTION = "question"
    """A step of a question that a person asks about the run. Sent only to those who ask for it by name."""


BY_DEFAULT = tuple(kind for kind in Kind if kind not in (Kind.TEXT, Kind.QUESTION))
"""The kinds that a client gets who does not say which."""


class Statement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A thing that holds of a run. Two equal statements are the same event.

    Attributes:
        kind: Its kind.
        state: ``accepted``, ``outdated`` or ``texts_erased`` of a run; ``begun`` or ``ended`` of a phase; ``started``,
            ``answered`` or ``unavailable`` of an agent; ``called`` of a tool; ``written`` of a text; of a decision, the status
            of the run; of a question ``asked``, ``called`` with a tool, ``answered`` or ``unanswered``.
        phase: The phase that it belongs to.
        agent: Name of the agent.
        tool: Name of the tool or check, as the pack declares it; of a question, that of the conversation's tool.
        number: Place of a call among those of the same answer, from 0.
        verdict: The verdict of an answer.
        stance: The stance of an answer of the phase ``revise``.
        option_id: The option that was chosen, of those that the run has.
        seconds: Duration of an answer or a call.
        turn: Number of a question, from 1.
        struck: Sentences that were taken out of the answer to a question.
    """

    kind: Kind
    state: str
    phase: str = ""
    agent: str = ""
    tool: str = ""
    number: int = 0
    verdict: str = ""
    stance: str = ""
    option_id: str = ""
    seconds: float = 0.0
    turn: int = 0
    struck: int = 0


class Event(Struct, frozen=True, kw_only=True):
    """A statement that was told.

    Attributes:
        ordinal: Its number in the run, from 1 and without a gap.
        at: When it was told, ISO 8601.
        said: The statement.
    """

    ordinal: int
    at: str
    said: Statement


class Log(Struct, frozen=True, kw_only=True):
    """All events of a run in their order. ``over`` says that the run has its outcome."""

    run_id: str
    events: tuple[Event, ...] = ()
    over: bool = False

    @property
    def last(self) -> int:
        """The ordinal of the newest event; 0 where there is none."""
        return len(self.events)

    @property
    def said(self) -> frozenset[Statement]:
        """Everything that was told."""
        return frozenset(event.said for event in self.events)

    def after(self, ordinal: int, kinds: Collection[Kind]) -> tuple[Event, ...]:
        """The events of these kinds that come after an ordinal."""
        return tuple(event for event in self.events[ordinal:] if event.said.kind in kinds)

    def last_of(self, kinds: Collection[Kind], up_to: int) -> int:
        """The ordinal of the newest event of these kinds up to an ordinal; 0 where there is none."""
        return next((event.ordinal for event in reversed(self.events[:up_to]) if event.said.kind in kinds), 0)


def extended(log: Log, statements: Iterable[Statement], at: str, *, over: bool) -> Log:
    """The log with the statements that it does not have yet, in their order, told at a time; itself where there are none."""
    known, events = set(log.said), list(log.events)
    for said in statements:
        full = len(events) >= MAX_EVENTS and said.kind not in (Kind.RUN, Kind.DECISION)
        if said not in known and not full:
            known.add(said)
            events.append(Event(ordinal=len(events) + 1, at=at, said=said))
    if len(events) == len(log.events):
        return log
    return Log(run_id=log.run_id, events=tuple(events), over=log.over or over)
