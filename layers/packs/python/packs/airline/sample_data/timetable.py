"""The timetable of a day: the ordinary one of ``schedule.csv``, a part of it, or more waves of it."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

ORDINARY_FLIGHTS = 250
FEWEST_FLIGHTS, MOST_FLIGHTS = 50, 2_000
NUMBERS_PER_WAVE = 1_000
"""Flight numbers of a further wave lie this much above those of the wave before."""
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
    return [_in_wave(row, wave) for wave in range(waves) for row in rows][:wanted]


def _part(rows: Sequence[Mapping[str, str]], wanted: int) -> list[Mapping[str, str]]:
    """As many rows, spread over the timetable, those that every network has among them."""
    kept = [row for row in rows if int(row["number"]) in _KEPT]
    others = [row for row in rows if row not in kept]
    more = wanted - len(kept)
    chosen = kept + [others[index * len(others) // more] for index in range(more)]
    return sorted(chosen, key=lambda row: rows.index(row))


def _in_wave(row: Mapping[str, str], wave: int) -> Mapping[str, str]:
    hours, minutes = row["departure_local"].split(":")
    leaves = (int(hours) * 60 + int(minutes) + wave * MINUTES_PER_WAVE) % MINUTES_PER_DAY
    return {
        **row,
        "number": str(int(row["number"]) + wave * NUMBERS_PER_WAVE),
        "departure_local": f"{leaves // 60:02d}:{leaves % 60:02d}",
    }
