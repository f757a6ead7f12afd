"""A week at an operations centre, made from a seed: reports, their repetitions, and what is written into the tables meanwhile.

Synthetic, and said to be: the reports are those of the evaluation's generator, with the changes of the data that come with them.
How often somebody reports the same again, and how often each table is loaded, are assumptions that stand here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

DAYS = 7
HOUR = 3_600.0
DAY = 24 * HOUR
SECONDS_OF_A_RUN = 20.0
"""From a report to its decision."""
LOADED_EVERY: Mapping[str, float] = {
    "flights": 0.5 * HOUR,
    "bookings": 2 * HOUR,
    "legs": 2 * HOUR,
    "shipments": 2 * HOUR,
    "mel_items": 4 * HOUR,
    "notams": 4 * HOUR,
    "weather": 6 * HOUR,
    "aircraft": 6 * HOUR,
    "crews": 6 * HOUR,
    "duties": 6 * HOUR,
    "slots": DAY,
    "exchange_rates": DAY,
    "other_flights": DAY,
    "lease_offers": DAY,
}
"""Movements every half an hour, forecasts every six; every other table changes once, when the week begins."""
CHANGED: Mapping[str, float] = {"weather": 1.0, "exchange_rates": 1.0, "notams": 0.2, "slots": 0.2, "lease_offers": 0.5}
"""Share of a table's rows that a load changes; the rest stand there as they are and are not written."""
CHANGED_ELSE = 0.015
"""Share of all other tables. A flight has about three movements on its day, and the table has four days."""
AGAIN: Sequence[tuple[str, float, float, float]] = (
    ("same", 0.35, 2.0, 30.0),
    ("same", 0.40, 60.0, 1_500.0),
    ("same", 0.15, 1 * HOUR, 5 * HOUR),
    ("anew", 0.10, 300.0, 1 * HOUR),
)
"""A client's retry, a second dispatcher, a later shift, somebody who asks anew: how likely, and within which seconds after."""
MOVED_MEANWHILE = 0.05
"""Share of the runs during which movements are loaded."""


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something that happens.

    Attributes:
        at: Seconds since the beginning of the week.
        kind: ``load`` of a table, ``change`` that comes with an incident, ``report``, ``same`` again, or ``anew``.
        what: The table, or the number of the incident.
    """

    at: float
    kind: str
    what: str


def week(seed: int, incidents: int) -> list[Event]:
    """The events of a week in their order; the same for the same seed and number."""
    return sorted([*_loads(Random(f"{seed}/loads")), *_reports(Random(f"{seed}/reports"), incidents)])


def _loads(random: Random) -> Iterator[Event]:
    for table, every in LOADED_EVERY.items():
        at = random.uniform(0, every)
        while at < DAYS * DAY:
            yield Event(at, "load", table)
            at += every * random.uniform(0.8, 1.2)


def _reports(random: Random, incidents: int) -> Iterator[Event]:
    """Incidents come in bursts: a day has quiet hours, and half of all reports come within an hour of the one before."""
    at = HOUR
    for number in range(incidents):
        at += random.expovariate(incidents / (DAYS * DAY)) * random.choice((0.1, 0.3, 1.0, 2.6))
        yield Event(at - random.uniform(60, 600), "change", str(number))
        yield Event(at, "report", str(number))
        for kind, share, least, most in AGAIN:
            if random.random() < share:
                yield Event(at + random.uniform(least, most), kind, str(number))


def close_share(seed: int, incidents: int, seconds: float = 300.0) -> float:
    """The share of runs that begin within so many seconds after the one before: a provider keeps a prefix for five minutes."""
    starts = [each.at for each in week(seed, incidents) if each.kind in ("report", "anew")]
    return sum(after - before <= seconds for before, after in pairwise(starts)) / len(starts)
