"""Schedules, their changes and movement messages of several files as rows of ``flights``.

Schedules come first, then what ASM and SSM change in them, then movements, since their times are laid beside the schedule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conclave.pack import FeedIncident, Item, Tables
from msgspec import Struct

from packs.airline.feeds.changes.messages import Change, read_changes
from packs.airline.feeds.changes.rows import changed
from packs.airline.feeds.kinds import CHANGES, MOVEMENTS, TIMETABLE, kind_of
from packs.airline.feeds.movements.incidents import incidents_of
from packs.airline.feeds.movements.messages import Movement, read_movements
from packs.airline.feeds.movements.rows import Flights, moved
from packs.airline.feeds.records import Fault
from packs.airline.feeds.timetable.rows import planned
from packs.airline.feeds.timetable.ssim import read_legs


class Moves(Struct, frozen=True, kw_only=True):
    """Rows of ``flights`` that changed, records read of each kind, findings, and flights that are late by their messages."""

    rows: Sequence[Item]
    read: Mapping[str, int]
    faults: Sequence[Fault]
    warnings: Sequence[Fault]
    late: Sequence[FeedIncident]


def moves_of(files: Mapping[str, str], near_utc: int, tables: Tables) -> Moves:
    """Reads schedules, their changes and movement messages, all that can be read of them, and lays them on the flights on record.

    Args:
        files: Texts by the names of their files, of these kinds.
        near_utc: A moment near which messages were sent, in minutes.
        tables: The tables as they are.

    Raises:
        ReadFailed: A table could not be read.
    """
    faults, warnings = list[Fault](), list[Fault]()
    legs, rows = 0, dict[str, Item]()
    for name, text in files.items():
        if kind_of(text) == TIMETABLE:
            schedule = read_legs(text, name)
            change = planned(schedule.records, name, tables)
            legs, rows = legs + len(schedule.records), rows | dict(change.rows)
            faults += [*schedule.faults, *change.faults]
            warnings += [*schedule.warnings, *change.warnings]
    told = list[tuple[str, Change]]()
    for name, text in files.items():
        if kind_of(text) == CHANGES:
            found = read_changes(text, name, near_utc)
            told += [(name, each) for each in found.records]
            faults += found.faults
    changes = changed(told, tables, rows)
    rows |= dict(changes.rows)
    faults, warnings = [*faults, *changes.faults], [*warnings, *changes.warnings]
    sent = {name: text for name, text in files.items() if kind_of(text) == MOVEMENTS}
    flights = Flights(tables, sent.values(), near_utc, rows)
    messages = list[tuple[str, Movement]]()
    for name, text in sent.items():
        read = read_movements(text, name, near_utc, flights.scheduled)
        messages += [(name, each) for each in read.records]
        faults, warnings = [*faults, *read.faults], [*warnings, *read.warnings]
    laid = moved(messages, flights)
    put = rows | dict(laid.rows)
    there = tables.get("flights", sorted(put)).items if put else {}
    return Moves(
        rows=[row for key, row in put.items() if row != there.get(key)],
        read={
            name: number
            for name, number in ((TIMETABLE, legs), (CHANGES, len(told)), (MOVEMENTS, len(messages)))
            if number
        },
        faults=[*faults, *laid.faults],
        warnings=[*warnings, *laid.warnings],
        late=incidents_of(laid.rows.values()),
    )
