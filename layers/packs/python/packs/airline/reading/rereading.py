"""A second reading of a report: the words that code can read, compared with the result of the model.

A model may overlook what it likes here: a day that does not exist, a duration, a relative day and a danger aboard are read again,
and where both differ the reporter is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache

from conclave.language.dates import dates, impossible_dates
from conclave.language.durations import minutes, past_minutes
from conclave.language.reporters import without_reporters
from conclave.language.text import Jargon, normal
from conclave.pack import Unresolvable

from packs.airline.bounds import LONGEST_REPORTED_MINUTES
from packs.airline.models import Cause, Incident, Problem
from packs.airline.reading.details import with_details
from packs.airline.reading.words import CAUSE_KEYWORDS, JARGON
from packs.airline.reading.words_of_causes import CREW_MEMBERS, HAZARDS, OTHER_FIRES, UNFIT_CREW
from packs.airline.reading.words_of_reporters import REPORTERS

NAME_A_DATE = "name the date of departure like 2026-11-21"


def reread(incident: Incident, text: str, received: str) -> Incident:
    """The incident that was read from a text, corrected by what code reads in the text.

    Args:
        incident: As it was read, not resolved.
        text: The report.
        received: When it came, ISO 8601 UTC.

    Raises:
        Unresolvable: ``date_impossible``, ``delay_too_long``, ``delay_unclear`` or ``cause_unclear``.
    """
    said, today = normal(text), date.fromisoformat(received[:10])
    if wrong := impossible_dates(said, today, _JARGON):
        which = " and ".join(wrong)
        raise Unresolvable("date_impossible", f"{which} is not a day of the calendar; {NAME_A_DATE}")
    _check_delay(incident, said)
    return with_details(_with_cause(_with_day(incident, said, today), said), said)


def _check_delay(incident: Incident, said: str) -> None:
    """A report that names one duration means that one, if it means any; a duration that is over is not a delay."""
    read = max((each.minutes for each in incident.problems), default=0)
    told = {int(each.value) for each in minutes(said, _JARGON)}
    over = {int(each.value) for each in past_minutes(said, _JARGON)} - told
    if read in over:
        raise Unresolvable(
            "delay_unclear",
            f"the {read:,} minutes of the report are over; name the minutes until the flight can go",
        )
    if len(told) != 1 or over or not read:
        return
    (delay,) = told
    if delay > LONGEST_REPORTED_MINUTES:
        raise Unresolvable(
            "delay_too_long",
            f"the report names {delay:,} minutes, and a plan looks {LONGEST_REPORTED_MINUTES // 60} hours ahead; report "
            f"{LONGEST_REPORTED_MINUTES:,} minutes, or that nobody knows how long it takes",
        )
    if delay != read:
        raise Unresolvable(
            "delay_unclear",
            f"the report can mean {read:,} or {delay:,} minutes until the flight can go; name the minutes",
        )


def _with_day(incident: Incident, said: str, today: date) -> Incident:
    """The only day of a report, when it is told relative to the report, is worked out at the place of departure."""
    found = list(dates(said, today, _JARGON))
    if len(found) != 1 or not found[0].relative:
        return incident
    try:
        read = date.fromisoformat(incident.date)
    except ValueError:
        return incident
    apart = abs((read - date.fromisoformat(str(found[0].value))).days)
    return replace(incident, date=found[0].relative) if apart <= 1 else incident


def _with_cause(incident: Incident, said: str) -> Incident:
    """The incident with the reported cause: who reports is not the cause, and a danger aboard is technical."""
    if len(incident.problems) > 1:
        return incident
    (read,) = incident.problems or (Problem(),)
    if read.cause not in (Cause.CREW, Cause.OTHER, Cause.TECHNICAL):
        return incident
    about = without_reporters(said, **REPORTERS)
    danger = _form(tuple(HAZARDS)).search(_form(_ELSEWHERE).sub(" ", about))
    unfit = _form(tuple(UNFIT_CREW)).search(about)
    if danger and unfit and _form(CREW_MEMBERS).search(about):
        raise Unresolvable(
            "cause_unclear",
            f"the report tells of the aircraft ({danger[0]}) and of the crew ({unfit[0]}); report one of them at a time",
        )
    if danger:
        return replace(incident, problems=(replace(read, cause=Cause.TECHNICAL),))
    if about != said and read.cause is not Cause.TECHNICAL and not _form(_ALL_WORDS).search(about):
        causes = ", ".join(each.value for each in Cause)
        raise Unresolvable(
            "cause_unclear", f"somebody reports what is not understood; name the cause, one of: {causes}"
        )
    return incident


_JARGON = Jargon.of(JARGON)
_ELSEWHERE = tuple(word for words in OTHER_FIRES.values() for word in words)
_ALL_WORDS = tuple(word for words in CAUSE_KEYWORDS.values() for word in words)


@cache
def _form(words: Sequence[str]) -> re.Pattern[str]:
    joined = "|".join(re.escape(normal(word)) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)", re.IGNORECASE)
