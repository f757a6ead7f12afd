"""Progress of a question under way: its steps are left in the journal as codes, so that events can tell of them.

A step is one entry of which there can be one only. None holds a word of a question or an answer; what cannot be left is left out,
since nothing but what people see meanwhile depends on it.
"""

from __future__ import annotations

import re
from contextlib import suppress
from threading import Lock
from typing import Any

from msgspec import Struct, field

from conclave.clock import Monotonic
from conclave.codec import encode
from conclave.pack import TALKER
from conclave.records.journal import Journal

MOST_TOOLS = 8
"""Calls of tools that are told of a question; what is called beyond is not."""
TOOLS = ("assessment", "costs", "decision", "evidence", "gaps", "option", "what_if")
"""The tools of a conversation besides its specialists (``ask_<agent>``)."""
ASKED, CALLED, ANSWERED, UNANSWERED = STATES = ("asked", "called", "answered", "unanswered")
_RECORD = re.compile(r"step#(\d\d)#(\d)", re.ASCII)
_LAST = MOST_TOOLS + 1


class Step(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step of a question.

    Attributes:
        state: ``asked``, ``called`` (of a tool), ``answered`` or ``unanswered``.
        tool: Name of the tool.
        seconds: How long the tool took, or the whole question.
        struck: Sentences that were taken out of the answer.
    """

    state: str
    tool: str = ""
    seconds: float = 0.0
    struck: int = 0


def step_record(turn: int, place: int) -> str:
    """Name of the entry of a question's step."""
    return f"step#{turn:02d}#{place}"


def step_in(record: str) -> tuple[int, int] | None:
    """The turn and the place that an entry's name says; None for the name of something else."""
    found = _RECORD.fullmatch(record)
    return (int(found[1]), int(found[2])) if found else None


class Progress(Struct, kw_only=True):
    """The steps of one question. Tools may run at once, in threads.

    Attributes:
        run_id: The run.
        turn: Number of the question.
        journal: Where steps are left.
        monotonic: Seconds that never go back.
    """

    run_id: str
    turn: int
    journal: Journal
    monotonic: Monotonic
    _begun: float = 0.0
    _called: int = 0
    _one_at_a_time: Any = field(default_factory=Lock)

    def begin(self) -> None:
        """The question has its turn."""
        self._begun = self.monotonic()
        self._leave(0, Step(state=ASKED))

    def called(self, tool: str, seconds: float) -> None:
        """A tool ran."""
        with self._one_at_a_time:
            self._called += 1
            place = self._called
        if place <= MOST_TOOLS:
            self._leave(place, Step(state=CALLED, tool=tool, seconds=seconds))

    def end(self, state: str, struck: int = 0) -> None:
        """The question is answered, or is not going to be."""
        took = round(self.monotonic() - self._begun, 3)
        self._leave(_LAST, Step(state=state, seconds=took, struck=struck))

    def _leave(self, place: int, step: Step) -> None:
        with suppress(Exception):  # whoever asked waits for an answer, not for its progress
            self.journal.once(self.run_id, TALKER, step_record(self.turn, place), encode(step))
