"""Cancelling, and whether it is needed: a flight that can leave soon with its own aircraft and crew is not cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from packs.airline.planning.crew_choice import own_move
from packs.airline.planning.crewing import at_discretion, legal
from packs.airline.planning.departures import Openings, first_own_delay
from packs.airline.planning.effects.airports import keeps_windows
from packs.airline.planning.effects.fields import limited_fields
from packs.airline.planning.effects.move import Move
from packs.airline.planning.search import allowed, variants
from packs.airline.planning.situation import Situation


def needed(situation: Situation) -> bool:
    """True if no rule lets the flight leave with its own aircraft and crew within the operator's time.

    That time is the figure ``cancel_only_after_minutes``; the commander's discretion counts as a way to leave.
    """
    return not any(
        allowed(limited_fields(situation, variant))
        for move in _soon(situation)
        for variant in variants(situation, move)
    )


def _soon(situation: Situation) -> Iterator[Move]:
    """Departures with the planned aircraft and the rostered crew, the earliest first, that crew and report allow."""
    first, last = first_own_delay(situation), situation.figures.cancel_only_after_minutes
    if first is None or last <= 0:
        return
    usable = Openings(situation).of(situation.flight["type"])
    for delay in takewhile(lambda each: each <= last, (each for each in usable if each >= first)):
        move = own_move(situation, delay)
        if not legal(move.crew):
            move = own_move(situation, delay, at_discretion(move.crew))
        if legal(move.crew) and keeps_windows(situation, move):
            yield move
