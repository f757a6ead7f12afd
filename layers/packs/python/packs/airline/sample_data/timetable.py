"""The timetable of a day: the ordinary one of ``schedule.csv``, a part of it, or more waves of it."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

ORDINARY_FLIGHTS = 250
FEWEST_FLIGHTS, MOST_FLIGHTS = 50, 4_000
"""More would run out of flight numbers, which have four digits."""
NUMBERS_PER_WAVE = 1_000
"""Flight numbers of a further wave lie this much above those of the wave before."""
WAVES_ABOVE = 10
"""Waves whose numbers lie above one another; later ones take numbers that the first leave free."""
MINUTES_PER_WAVE = 97
"""Minutes by which a further wave leaves later: banks spread over the day and do not sit on one another."""
MINUTES_PER_DAY = 1_440

_KEPT = (17, 454, 789, 759, 622, 416, 33, 1, 715, 799, 103, 131, 837, 133, 803, 771)
"""Outbound numbers that every network has, however small: the flights that the pack's examples are about."""


@cache
def _rows() -> tuple[Mapping[str, str], ...]:
    """Flight number, local departure at the hub, destination, type."""
    with (Path(__file__).parent / "schedule.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def timetable(flights: int) -> Sequence[Mapping[str, str]]:
    """The round trips of a day.

    Args:
        flights: Flights of the day, out and back.

    Raises:
        ValueError: Too few, too many, or an odd number.
    """
    if not FEWEST_FLIGHTS <= flights <= MOST_FLIGHTS or flights % 2:
        raise ValueError(f"{flights} flights a day: give an even number from {FEWEST_FLIGHTS} to {MOST_FLIGHTS}")
    rows, wanted = _rows(), flights // 2
    if wanted <= len(rows):
        return _part(rows, wanted)
    waves = -(-wanted // len(rows))
    return [_in_wave(row, _number(row, wave), wave) for wave in range(waves) for row in rows][:wanted]


def _part(rows: Sequence[Mapping[str, str]], wanted: int) -> list[Mapping[str, str]]:
    """As many rows, spread over the timetable, those that every network has among them."""
    kept = [row for row in rows if int(row["number"]) in _KEPT]
    others = [row for row in rows if row not in kept]
    more = wanted - len(kept)
    chosen = kept + [others[index * len(others) // more] for index in range(more)]
    return sorted(chosen, key=lambda row: rows.index(row))


def _number(row: Mapping[str, str], wave: int) -> int:
    """The outbound number of a row in a wave; the flight back has the next one."""
    within = int(row["number"]) if wave < WAVES_ABOVE else _free()[row["number"]]
    return within + wave % WAVES_ABOVE * NUMBERS_PER_WAVE


@cache
def _free() -> Mapping[str, int]:
    """For each row a number that no row has, out or back."""
    numbers = [int(row["number"]) for row in _rows()]
    taken = {*numbers, *(number + 1 for number in numbers)}
    free = (each for each in range(1, NUMBERS_PER_WAVE, 2) if not {each, each + 1} & taken)
    return {str(number): next(free) for number in numbers}


def _in_wave(row: Mapping[str, str], number: int, wave: int) -> Mapping[str, str]:
    hours, minutes = row["departure_local"].split(":")
    leaves = (int(hours) * 60 + int(minutes) + wave * MINUTES_PER_WAVE) % MINUTES_PER_DAY
    return {
        **row,
        "number": str(number),
        "departure_local": f"{leaves // 60:02d}:{leaves % 60:02d}",
    }
