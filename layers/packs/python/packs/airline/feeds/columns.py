"""Columns of ``flights`` that schedules and messages fill; without them a flight is as the other columns have it."""

from __future__ import annotations

import re

from conclave.pack import Column, Empty, Kind

from packs.airline.codes import airport_code

_DELAY = re.compile(r"[A-Z0-9]{2}[A-Z]?(?::\d{1,4})?", re.ASCII)


def delay_word(text: str) -> str:
    """The text, when it is a delay code, with its minutes or without; raises ``ValueError`` otherwise."""
    if _DELAY.fullmatch(text):
        return text
    raise ValueError(f"{text!r} is not a delay code; write it with its minutes like 81:25, or alone like 81")


def _text(name: str, description: str) -> Column:
    return Column(name=name, kind=Kind.TEXT, description=description, empty=Empty.OMITTED)


def _moment(name: str, description: str) -> Column:
    return Column(name=name, kind=Kind.MOMENT, description=description, empty=Empty.OMITTED)


def _whole(name: str, description: str) -> Column:
    return Column(name=name, kind=Kind.WHOLE, description=description, least=0, empty=Empty.OMITTED)


FLIGHT_COLUMNS = (
    _text("departure_terminal", "terminal that it leaves"),
    _text("arrival_terminal", "terminal that it comes to"),
    _moment("off_block_utc", "has left its stand"),
    _moment("airborne_utc", "has taken off"),
    _moment("landed_utc", "has touched down"),
    _moment("on_block_utc", "stands at its stand"),
    _moment("estimated_off_block_utc", "is expected to leave its stand"),
    _moment("estimated_take_off_utc", "is expected to take off"),
    _moment("estimated_landing_utc", "is expected to touch down"),
    _moment("estimated_on_block_utc", "is expected at its stand"),
    Column(
        name="delays",
        kind=Kind.WORDS,
        description="delay codes, each with its minutes like 81:25, separated by a space",
        empty=Empty.OMITTED,
        reads=delay_word,
    ),
    Column(
        name="diverted_to",
        kind=Kind.TEXT,
        description="IATA code of the airport that it goes to, or landed at, instead",
        empty=Empty.OMITTED,
        reads=airport_code,
    ),
    _whole("on_board", "passengers on board, without infants"),
    _whole("deadload_kg", "baggage, cargo and mail on board, kg"),
    Column(
        name="cancelled",
        kind=Kind.TRUTH,
        description="does not operate; plans leave it out, and a report about it is refused",
        empty=Empty.OMITTED,
    ),
)
MOVED = tuple(each.name for each in FLIGHT_COLUMNS[2:])
"""Names of those that messages fill."""
