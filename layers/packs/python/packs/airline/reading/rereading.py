"""A second reading of a report by code: whatever a model read is held against the text.

A model may overlook or invent what it likes here. What code reads with certainty goes before what a model read (a day, a zone,
the airline's flight); where both differ in a figure, a cause or a status the reporter is asked; what ends in no field is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from conclave.language.clock_times import clock_times
from conclave.language.dates import dates, impossible_dates
from conclave.language.durations import durations, past_minutes
from conclave.language.messages import message_of
from conclave.language.reporters import without_reporters
from conclave.language.statements.reading import read_statements
from conclave.language.statements.statement import Reading
from conclave.language.text import Jargon
from conclave.pack import Tables, Unresolvable
from msgspec import structs

from packs.airline.bounds import LONGEST_REPORTED_MINUTES
from packs.airline.models import Cause, Incident, Status
from packs.airline.reading.comparing import CAUSES, compared
from packs.airline.reading.details import with_details
from packs.airline.reading.mentions import mentions
from packs.airline.reading.naming import with_names
from packs.airline.reading.own_words import own_words
from packs.airline.reading.places import with_places
from packs.airline.reading.telling import bare_numbers, beside, bounded, older_message, other_days
from packs.airline.reading.words.general import JARGON
from packs.airline.reading.words.reporters import REPORTERS

NAME_A_DATE = "name the date of departure like 2026-11-21"
_JARGON = Jargon.of(JARGON)
_FLIGHT = re.compile(r"^[A-Z0-9]{2}[0-9]{1,4}[A-Z]?$")


def reread(incident: Incident, text: str, received: str, tables: Tables) -> Incident:
    """The incident that was read from a text, corrected by what code reads in the text.

    Args:
        incident: As it was read, not resolved.
        text: The report.
        received: When it came, ISO 8601 UTC.
        tables: Where ``packs.airline.reading.READS`` may be read: the airline's names, its flights and its airports.

    Returns:
        The incident; what the text says and no field holds stands in ``not_understood``.

    Raises:
        Unresolvable: ``date_impossible``, ``date_unclear``, ``flight_unclear``, ``tail_unclear``,
            ``position_unclear``, ``cause_unclear``, ``status_unclear``, ``delay_too_long``, ``delay_unclear``,
            ``time_unclear``, ``item_unclear`` or ``code_unclear``.
        ReadFailed: A table could not be read.
    """
    message, today, own = message_of(text), date.fromisoformat(received[:10]), own_words(tables)
    said = own.wording.plain(message.body)
    if wrong := impossible_dates(said, today, _JARGON):
        which = " and ".join(wrong)
        raise Unresolvable("date_impossible", f"{which} is not a day of the calendar; {NAME_A_DATE}")
    reading = read_statements(said, own.wording, today)
    _check_lengths(reading)
    named = mentions(said, own)
    named = mentions(said, own.with_cities(tables, _stations(named.flights, received[:10], tables)))
    incident = with_names(_with_day(incident, said, today, reading), named, said)
    _check_reporter(said, reading, incident)
    past = {int(each.value) for each in past_minutes(said, _JARGON)}
    known = {word.lower() for words in own.causes.values() for word in words}
    problems, unknown = compared(incident.problems, reading, past, known)
    incident = with_places(structs.replace(incident, problems=problems), named, said)
    _check_whose(incident)
    told = [*unknown, *reading.loose, *beside(incident, named), *other_days(said, today, reading)]
    told += [*bare_numbers(said, reading, named, _figures(said, today)), *older_message(message.older, own, today)]
    return with_details(structs.replace(incident, not_understood=bounded(told)), said)


def _figures(said: str, today: date) -> list[tuple[int, int]]:
    """The places of figures that mean something: durations, times, days."""
    lengths = [(each.start, each.end) for each in durations(said, _JARGON)]
    clocks = [(each.start, each.end) for each in clock_times(said, today, _JARGON)]
    return [*lengths, *clocks, *((each.start, each.end) for each in dates(said, today, _JARGON, every=True))]


def _stations(flights: Sequence[str], day: str, tables: Tables) -> Iterator[str]:
    """The airports that a report may name: those of its flight, or of all flights of the day when it names none."""
    rows = tables.query("flights", flights, "by_number") if flights else tables.query("flights", [day], "by_day")
    for flown in rows.values():
        for each in flown:
            yield from (str(each["origin"]), str(each["destination"]))


def _check_lengths(reading: Reading) -> None:
    if reading.open:
        which = "; ".join(reading.open)
        raise Unresolvable(
            "delay_unclear",
            f"'{which}' can be meant in more than one way; name one time or one length for each problem",
        )
    longest = max((int(each.values.get("minutes", 0)) for each in reading.statements), default=0)
    if longest > LONGEST_REPORTED_MINUTES:
        raise Unresolvable(
            "delay_too_long",
            f"the report names {longest:,} minutes, and a plan looks {LONGEST_REPORTED_MINUTES // 60} hours ahead; report "
            f"{LONGEST_REPORTED_MINUTES:,} minutes, or that nobody knows how long it takes",
        )


def _with_day(incident: Incident, said: str, today: date, reading: Reading) -> Incident:
    """The only day of a report: a relative one is worked out at the place of departure, another has to be what was read."""
    found = [each for each in dates(said, today, _JARGON) if not _within(each, reading.days)]
    values = list(dict.fromkeys(each.relative or str(each.value) for each in found))
    if len(values) != 1 or " " in values[0] or incident.unclear:
        return incident
    (value,) = values
    if not incident.date:
        return structs.replace(incident, date=value)
    try:
        apart = abs((date.fromisoformat(incident.date) - date.fromisoformat(str(found[0].value))).days)
    except ValueError:  # as it was read it is told relative to the report, or is not a day: ``resolve`` says which
        return incident
    if found[0].relative and apart <= 1:
        return structs.replace(incident, date=value)
    if apart:
        raise Unresolvable("date_unclear", f"the report can mean {incident.date} or {found[0].value}; {NAME_A_DATE}")
    return incident


def _within(found: Any, places: Sequence[tuple[int, int]]) -> bool:
    return any(found.start < end and start < found.end for start, end in places)


def _check_whose(incident: Incident) -> None:
    """Of two flights nobody knows which one is over: "XY17 is not AOG, that was XY19" leaves nothing to withdraw."""
    flights = [each for each in incident.unclear.split() if _FLIGHT.match(each)]
    if len(flights) > 1 and all(each.status is Status.WITHDRAWN for each in incident.problems):
        which = " and ".join(flights)
        raise Unresolvable("flight_ambiguous", f"the report names {which}; report one flight at a time", flights)


def _check_reporter(said: str, reading: Reading, incident: Incident) -> None:
    """Somebody reports something, and there is no known word of what: the cause is asked back."""
    spoken = without_reporters(said, **REPORTERS) != said
    known = [each for each in reading.statements if not (each.topic and each.kind == Cause.OTHER)]
    read = [each.cause for each in incident.problems]
    if spoken and not known and Cause.TECHNICAL not in read and not incident.position:
        raise Unresolvable(
            "cause_unclear", f"somebody reports what is not understood; name the cause, one of: {CAUSES}"
        )
