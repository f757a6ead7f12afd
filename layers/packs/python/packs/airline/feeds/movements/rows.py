"""Messages as what they change in the rows of ``flights``: where a flight is, how late it is, and what it carries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from conclave.pack import Between, Item, Tables
from msgspec import Struct

from packs.airline import times
from packs.airline.codes import spellings
from packs.airline.feeds.calendar import date_of
from packs.airline.feeds.movements.messages import Movement
from packs.airline.feeds.records import Fault, Unreadable
from packs.airline.geography import world_place
from packs.airline.rules.airports.limits import TAXI_MINUTES

_NAMED = re.compile(r"(?:^|[ \n])([A-Z0-9]{2} ?\d{1,4}[A-Z]?)/\d{1,2}(?=[.A-Z]|\s|$)", re.IGNORECASE)
_TIMES = (
    "off_block_utc",
    "airborne_utc",
    "landed_utc",
    "on_block_utc",
    "estimated_off_block_utc",
    "estimated_take_off_utc",
    "estimated_landing_utc",
    "estimated_on_block_utc",
)
_LEAVING = ("off_block_utc", "airborne_utc", "estimated_off_block_utc", "estimated_take_off_utc", "returned_utc")
_DAYS_AROUND = 35
"""A message names a day of the month, so that its flight lies within about a month of the moment that files are read for."""


class Flights:
    """The flights on record that messages may name, each as it is after the messages before.

    Args:
        tables: The tables.
        texts: The texts of the files: they are searched for flight numbers.
        near_utc: The moment that messages are read for, in minutes.
        planned: Rows that a schedule changes, by key; they count instead of those of the table.
    """

    def __init__(self, tables: Tables, texts: Iterable[str], near_utc: int, planned: Mapping[str, Item]) -> None:
        numbers = sorted({spellings(each.upper())[0] for text in texts for each in _NAMED.findall(text)})
        first, last = (date_of(near_utc) + timedelta(days=by * _DAYS_AROUND) for by in (-1, 1))
        only = {"date": Between(first.isoformat(), last.isoformat())}
        found = tables.query("flights", numbers, "by_number", only) if numbers else {}
        self._by_number: dict[str, list[Item]] = {number: [] for number in numbers}
        there = {each["flight_id"]: each for rows in found.values() for each in rows}
        for row in (there | dict(planned)).values():
            if row["number"] in self._by_number:
                self._by_number[row["number"]].append(row)

    def scheduled(self, number: str, date: str) -> tuple[int, int] | None:
        """Scheduled off and on blocks of a flight, in minutes; ``None`` for one that is not on record, or not the only one."""
        found = self._of(number, date)
        if len(found) != 1:
            return None
        return times.minutes(found[0]["departure_utc"]), times.minutes(found[0]["arrival_utc"])

    def named(self, message: Movement) -> Item:
        """The row of the flight that a message is about.

        Raises:
            Unreadable: It is not on record, or the message is about an airport that it neither leaves nor comes to.
        """
        found = self._of(message.flight, message.date)
        if not found:
            raise Unreadable(
                f"{message.flight} of {message.date} is not in flights; load its schedule first, or correct number or day"
            )
        ends = [
            each
            for each in found
            if message.station in ("", each["origin"], each["destination"], each.get("diverted_to"))
        ]
        if not ends:
            routes = " ".join(str(each["route"]) for each in found)
            raise Unreadable(
                f"{message.flight} of {message.date} is {routes}, and the message is from {message.station}"
            )
        ends = [each for each in ends if _may_tell(message, each)]
        if not ends:
            raise Unreadable(
                f"{message.flight} of {message.date}: {message.station} tells of a departure or an arrival that is not there"
            )
        if len(ends) > 1:
            raise Unreadable(
                f"{message.flight} of {message.date} has several legs; name the airport, like XY117/29.GABCD.LHR"
            )
        return ends[0]

    def replace(self, row: Item) -> None:
        """Takes a row in the place of the one with its key."""
        rows = self._by_number[row["number"]]
        rows[[each["flight_id"] for each in rows].index(row["flight_id"])] = row

    def _of(self, number: str, date: str) -> list[Item]:
        """The legs of a number on a day: by the day of departure in UTC, which messages have, or else by the local one."""
        rows = self._by_number.get(number, [])
        found = [each for each in rows if each["departure_utc"][:10] == date]
        return found or [each for each in rows if each["date"] == date]


def _may_tell(message: Movement, row: Item) -> bool:
    """A departure is told from where a flight leaves (a return, too), and an arrival from where it comes down."""
    if message.kind != "MVT" or not message.station:
        return True
    leaves = message.came_back or any(getattr(message, name) is not None for name in _LEAVING)
    comes = not message.came_back and any(getattr(message, name) is not None for name in ("landed_utc", "on_block_utc"))
    return not (leaves and message.station != row["origin"]) and not (
        comes and message.station not in (row["destination"], row.get("diverted_to"))
    )


class Moved(Struct, frozen=True, kw_only=True):
    """Rows of the flights that messages are about, by key, and what could not be laid on a flight, or only with a doubt."""

    rows: Mapping[str, Item]
    faults: Sequence[Fault]
    warnings: Sequence[Fault]


def moved(messages: Iterable[tuple[str, Movement]], flights: Flights) -> Moved:
    """Lays messages on their flights: of two about the same thing the later one counts.

    Later is what was sent later, where all messages say when they were sent; otherwise what comes later.

    Args:
        messages: Messages with the names of their files.
        flights: The flights on record; they have the changes afterwards.
    """
    rows: dict[str, Item] = {}
    faults, warnings = list[Fault](), list[Fault]()
    told = list(messages)
    sent = [each.sent_utc for _, each in told if each.sent_utc is not None]
    if len(sent) == len(told):
        told = [each for _, each in sorted(zip(sent, told, strict=True), key=lambda pair: pair[0])]
    for file, message in told:
        try:
            before = flights.named(message)
        except Unreadable as error:
            faults.append(Fault(file=file, line=message.line, reason=str(error)))
            continue
        row = after(before, message)
        flights.replace(row)
        rows[row["flight_id"]] = row
        warnings += [
            Fault(file=file, line=message.line, reason=f"{message.flight}: {each}") for each in _doubts(row, message)
        ]
    return Moved(rows=rows, faults=faults, warnings=warnings)


def after(row: Item, message: Movement) -> Item:
    """The row of a flight after a message about it. What the message does not speak of stays."""
    said: Item = {name: times.text(at) for name in _TIMES if (at := getattr(message, name)) is not None}
    if message.delays:
        said["delays"] = [_delay(each.code, each.minutes) for each in message.delays]
    if message.diverted and message.destination:
        said["diverted_to"] = message.destination
    if message.came_back:
        said["diverted_to"] = row["origin"]
    if message.passengers is not None:
        said["on_board"] = message.passengers
    if message.loads:
        said |= _loaded(message)
    kept = row
    if message.returned_utc is not None:
        kept = {name: value for name, value in row.items() if name not in ("off_block_utc", "airborne_utc")}
    return {**kept, **said}


def _delay(code: str, minutes: int | None) -> str:
    return code if minutes is None else f"{code}:{minutes}"


def _loaded(message: Movement) -> Item:
    persons = [each for load in message.loads for each in (load.adults, load.children) if each is not None]
    weights = [load.deadload_kg for load in message.loads if load.deadload_kg is not None]
    return {
        **({"on_board": sum(persons)} if persons else {}),
        **({"deadload_kg": sum(weights)} if weights else {}),
    }


def _doubts(row: Item, message: Movement) -> Iterator[str]:
    if message.day_assumed:
        yield "a time without a day was laid on the day of the flight; is that right?"
    if message.tail and message.tail.replace("-", "") != str(row["tail"]).replace("-", ""):
        yield f"is flown with {message.tail}, and flights says {row['tail']}; load another aircraft as CSV"
    if message.diverted and not message.destination:
        yield "diverts, and does not say to where (like EA1230 AMS); where it goes stays as it was"
    elif message.diverted and world_place(message.destination) is None:
        yield f"diverts to {message.destination}, which is not in the list of airports"
    if message.unread:
        yield f"parts of no known form: {' '.join(message.unread)[:80]}"


def late_minutes(row: Item) -> int:
    """Minutes by which a flight that has not left is expected to leave late; 0 for one that has left, or is on time.

    By its estimated time off blocks, or else of take-off less the time to taxi, and by the minutes of its delay codes,
    whichever is more.
    """
    if any(name in row for name in ("off_block_utc", "airborne_utc", "landed_utc")):
        return 0
    estimated = 0
    if "estimated_off_block_utc" in row:
        estimated = times.minutes_between(row["departure_utc"], row["estimated_off_block_utc"])
    elif "estimated_take_off_utc" in row:
        estimated = times.minutes_between(row["departure_utc"], row["estimated_take_off_utc"]) - TAXI_MINUTES
    return max(0, estimated, sum(minutes for _, minutes in delays_in(row)))


def delays_in(row: Item) -> list[tuple[str, int]]:
    """Delay codes of a row with their minutes, 0 where none are told."""
    cut = [each.partition(":") for each in row.get("delays", ())]
    return [(code, int(minutes or 0)) for code, _, minutes in cut]
