"""What is read from a text: its statements, and what is left of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field


class Statement(Struct, frozen=True):
    """One thing that a text states.

    Attributes:
        kind: Its kind.
        status: ``reported``, ``updated``, ``withdrawn`` or ``hypothetical``.
        start: Where its words begin.
        end: Where they end.
        told: Its words, as they stand in the text.
        values: Its other fields: minutes, times by role, code, mark, subject.
        general: True if its words name no thing of their own ("released"): then it speaks of what was told before.
        topic: True if its words only name what the text speaks of ("crew").
    """

    kind: str
    status: str
    start: int
    end: int
    told: str
    values: Mapping[str, Any] = field(default_factory=dict)
    general: bool = False
    topic: bool = False


class Reading(Struct, frozen=True):
    """The things that a text states, and the pieces of it that belong to none of them.

    Attributes:
        statements: The things.
        loose: Pieces that say something of no thing: what merely stands there, reasons, times of the past.
        open: Pieces that can be meant in two ways: a second duration of one thing, a time without its half of the day.
        days: Places of days that belong to a time of a thing, so that they are not the day of the whole.
    """

    statements: tuple[Statement, ...]
    loose: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    days: tuple[tuple[int, int], ...] = ()
