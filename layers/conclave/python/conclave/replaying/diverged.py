"""The first place where a replay is not what was recorded, told with both values: bounded, and harmless to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, json

from conclave.codec import RecordInvalid, as_text, decode
from conclave.untrusted.plain_text import presentable

SHOWN_CHARACTERS = 160
AROUND = 40
"""Characters that are shown before the place where two long texts part."""
ABSENT = "(absent)"


class Divergence(Struct, frozen=True, kw_only=True):
    """Where a replay left the recorded run.

    Attributes:
        step: ``frame``, ``recommend/crew``, ``collate recommend``, ``decide``, ``publish``.
        record: The record, or what the step got: ``FRAME``, ``read``, ``request``, ``text``, ``audit``.
        field: The place in it: ``options[3].fields.cost``.
        recorded: What was recorded, shortened.
        here: What came out here, shortened.
    """

    step: str
    record: str
    field: str
    recorded: str
    here: str

    @property
    def line(self) -> str:
        """One line for a person."""
        return f"{self.step}, {self.record}, {self.field}: recorded {self.recorded}; here {self.here}"


class Diverged(BaseException):
    """A step does something else than was recorded. No step may take it for a failure from outside, so it is no ``Exception``."""

    def __init__(self, record: str, field: str, recorded: Any, here: Any) -> None:
        super().__init__(record, field)
        self.record, self.field = record, field
        self.recorded, self.here = recorded, here

    def of(self, step: str) -> Divergence:
        """The divergence of a step."""
        return divergence(step, self.record, self.field, self.recorded, self.here)


def divergence(step: str, record: str, field: str, recorded: Any, here: Any) -> Divergence:
    """A divergence with its values as they may be shown."""
    said, says = _parted(recorded, here)
    place = presentable(field, SHOWN_CHARACTERS)
    return Divergence(step=step, record=record, field=place, recorded=said, here=says)


def _parted(recorded: Any, here: Any) -> tuple[str, str]:
    """Two values as they may be shown; of long texts the part where they differ."""
    texts = [_text(value) for value in (recorded, here)]
    begin = 0
    if max(map(len, texts)) > SHOWN_CHARACTERS:
        same = next(
            (at for at, pair in enumerate(zip(*texts, strict=False)) if pair[0] != pair[1]), min(map(len, texts))
        )
        begin = max(0, same - AROUND)
    said, says = (presentable(("..." if begin else "") + text[begin:], SHOWN_CHARACTERS) for text in texts)
    return said, says


def _text(value: Any) -> str:
    return value if value == ABSENT else as_text(value)


def first_difference(recorded: Any, here: Any, field: str = "") -> tuple[str, Any, Any] | None:
    """The first place where two plain values differ, in the order of the recorded one: its field and both values."""
    if isinstance(recorded, Mapping) and isinstance(here, Mapping):
        for name in dict.fromkeys([*recorded, *here]):
            place = f"{field}.{name}" if field else str(name)
            if name not in recorded or name not in here:
                return place, recorded.get(name, ABSENT), here.get(name, ABSENT)
            if found := first_difference(recorded[name], here[name], place):
                return found
        return None
    if isinstance(recorded, list) and isinstance(here, list):
        for number, (one, other) in enumerate(zip(recorded, here, strict=False)):
            if found := first_difference(one, other, f"{field}[{number}]"):
                return found
        if len(recorded) != len(here):
            at = min(len(recorded), len(here))
            rest = [each[at] if at < len(each) else ABSENT for each in (recorded, here)]
            return f"{field}[{at}]", rest[0], rest[1]
        return None
    same = type(recorded) is type(here) and recorded == here
    return None if same else (field or "value", recorded, here)


def compared(step: str, record: str, recorded: bytes | None, here: bytes | None) -> Divergence | None:
    """The divergence of a record from the recorded one; None where they are equal, byte by byte."""
    if recorded == here:
        return None
    if recorded is None or here is None:
        there = [ABSENT if each is None else "(a record)" for each in (recorded, here)]
        return divergence(step, record, "record", there[0], there[1])
    found = first_difference(_value(recorded), _value(here)) or ("bytes", recorded.hex()[:80], here.hex()[:80])
    return divergence(step, record, *found)


def _value(data: bytes) -> Any:
    try:
        return decode(data, Any)
    except RecordInvalid:
        return data.hex()


def compact(value: Any) -> Any:
    """A value as JSON reads it back."""
    return json.decode(as_text(value))
