"""Further problems of a disruption: a second cause, a slot, a closure, a latest time, an item to dispatch with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from conclave.pack.tables import Item
from packs.airline.models import Cause, Clock, Deferral, Problem, Status

from evaluation.airline.rules.clock import minutes, text

EVERY = 4
"""One disruption of so many comes with a further problem."""


def companions(flight: Item, cause: Cause, turn: int, random: Random) -> tuple[Problem, ...]:
    """What is wrong besides, as it is reported; mostly nothing.

    Args:
        flight: The disrupted flight.
        cause: What is wrong already.
        turn: How many disruptions of the kind came before.
        random: What it is drawn from.
    """
    if turn % EVERY != EVERY - 1:
        return ()
    found = random.choice(_MAKERS)(flight, random)
    # An update about the same would take the place of what is wrong already.
    return (found,) if found.cause is not cause or found.status is Status.HYPOTHETICAL else ()


def _leak(flight: Item, random: Random) -> Problem:
    return Problem(cause=Cause.TECHNICAL, minutes=random.randrange(30, 300, 15))


def _sick(flight: Item, random: Random) -> Problem:
    return Problem(cause=Cause.CREW, about=random.choice(("fo", "captain")))


def _fog(flight: Item, random: Random) -> Problem:
    return Problem(cause=Cause.WEATHER, minutes=random.randrange(30, 240, 15))


def _slot(flight: Item, random: Random) -> Problem:
    return Problem(
        cause=Cause.ATC, not_before=_clock(flight["departure_utc"], random.randrange(20, 180)), of=Clock.TAKE_OFF
    )


def _closed(flight: Item, random: Random) -> Problem:
    end = random.choice(("destination", "origin"))
    moved = flight["arrival_utc" if end == "destination" else "departure_utc"]
    start = random.randrange(-300, 60)
    until = start + random.randrange(60, 400)
    return Problem(
        cause=Cause.AIRPORT,
        about=flight[end],
        closed_from=_clock(moved, start),
        closed_until=_clock(moved, until),
    )


def _feared(flight: Item, random: Random) -> Problem:
    latest = _clock(flight["departure_utc"], random.randrange(30, 400, 10))
    return Problem(cause=Cause.AIRPORT, status=Status.HYPOTHETICAL, not_after=latest, of=Clock.OFF_BLOCKS)


def _item(flight: Item, random: Random) -> Problem:
    return Problem(cause=Cause.TECHNICAL, item=Deferral.MEL, status=random.choice((Status.REPORTED, Status.UPDATED)))


_MAKERS: Sequence[Callable[[Item, Random], Problem]] = (_leak, _sick, _fog, _slot, _closed, _closed, _feared, _item)


def _clock(moment: str, after: int) -> str:
    """A moment as a report and a resolved incident write it: ``2026-11-21 16:40Z``."""
    return text(minutes(moment) + after)[:16].replace("T", " ") + "Z"
