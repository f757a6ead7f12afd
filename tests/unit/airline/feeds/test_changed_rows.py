"""ASM and SSM on the flights on record: what they change, what they refuse, and what becomes of a cancelled flight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from conclave.pack import Fed, Unresolvable
from conclave.pack.tables import Item, ScopedTables
from conclave.testing.tables import MemoryTables
from packs.airline import PACK, times
from packs.airline.feeds.changes.itineraries import itineraries_of, legs_between
from packs.airline.feeds.loading import READS, feed
from packs.airline.models import Incident
from packs.airline.reported.operating import Operating
from packs.airline.resolve import resolve

NEAR = times.minutes("2026-11-21T06:00:00Z")
KEY = "EY17-2026-11-21"
"""Leaves Abu Dhabi at 05:10 (09:10 there) for London, where it is at its stand at 12:05 (12:05 there)."""
Network = Mapping[str, list[Item]]


def scoped(rows: Network) -> ScopedTables:
    """The tables as the function ``take`` may read them."""
    return ScopedTables(MemoryTables(PACK.tables, rows), READS)


def fed(rows: Network, *texts: str) -> Fed:
    return feed({f"{at}.txt": text for at, text in enumerate(texts)}, NEAR, scoped(rows))


def row(rows: Network, key: str = KEY) -> Item:
    return next(each for each in rows["flights"] if each["flight_id"] == key)


def change(rows: Network, *texts: str, key: str = KEY) -> dict[str, Any]:
    """What messages put into a row, and ``None`` for what they take out of it."""
    found = fed(rows, *texts)
    assert [each.reason for each in found.faults] == []
    after = next((each for each in found.put.get("flights", ()) if each["flight_id"] == key), None)
    before = row(rows, key)
    if after is None:
        return {}
    names = sorted({*before, *after})
    return {name: after.get(name) for name in names if after.get(name) != before.get(name)}


LATER = {"departure_utc": "2026-11-21T07:10:00Z", "arrival_utc": "2026-11-21T14:05:00Z"}
CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("ASM\nUTC\nCNL WEAT\nEY017/21NOV26", {"cancelled": True}),
    ("ASM\nLT\nCNL\nEY17/21NOV26 AUH/LHR", {"cancelled": True}),
    ("ASM\nUTC\nTIM\nEY17/21NOV26\nAUH0710 LHR1405", LATER),
    ("ASM\nLT\nTIM\nEY17/21NOV26\nAUH1110 LHR1405", LATER),
    ("ASM\nLT\nTIM\nEY17/21NOV26\nAUH211110 LHR211405", LATER),
    ("ASM\nUTC\nTIM\nEY17/21NOV26\nAUH0710 LHR1415", LATER | {"arrival_utc": "2026-11-21T14:15:00Z", "block_minutes": 425}),
    ("ASM\nLT\nTIM\nEY17/21NOV26\nAUH2310 LHR220205",
     {"departure_utc": "2026-11-21T19:10:00Z", "arrival_utc": "2026-11-22T02:05:00Z"}),
    ("ASM\nUTC\nADM\nEY17/21NOV26\nAUHLHR 99/A 98/4", {"departure_terminal": "A", "arrival_terminal": "4"}),
    ("ASM\nUTC\nCON\nEY17/21NOV26\nJ 789 .J28Y160", {"seats": 188}),
    ("ASM\nUTC\nEQT\nEY17/21NOV26\nJ 789 .J28Y160", {"seats": 188}),
    ("ASM\nUTC\nEQT\nEY17/21NOV26\nJ 789 .J28Y160 A6BBB", {"seats": 188}),
    ("ASM\nUTC\nCON\nEY17/21NOV26\nJ 78P .J28Y160 A6-BBB", {"seats": 188}),
    ("ASM\nUTC\nFLT\nEY17/21NOV26 EY9017/21NOV26", {"number": "EY9017"}),
    ("SSM\nUTC\nFLT\nEY17\n21NOV26 21NOV26 6\nEY9017", {"number": "EY9017"}),
    ("ASM\nUTC\nRPL TIM\nEY17/21NOV26\nJ 789\nAUH0710 LHR1405", LATER),
    ("SSM\nLT\nTIM\nEY17\n16NOV26 22NOV26 6\nAUH1110 LHR1405", LATER),
    ("SSM\nUTC\nTIM\nEY17\n16NOV26 00XXX00 1234567\nAUH0710 LHR1405/0", LATER),
    ("SSM\nUTC\nCNL\nEY17\n21NOV26 21NOV26 6", {"cancelled": True}),
    ("SSM\nUTC\nREV\nEY17 01NOV26 30NOV26 1234567\n22NOV26 30NOV26 1234567", {"cancelled": True}),
    ("ASM\nUTC\nCNL\nEY17/21NOV26\n//\nRIN\nEY17/21NOV26", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CHANGES, ids=[text.replace("\n", " ")[:70] for text, _ in CHANGES])
def test_a_message_changes_its_flight(rows: Network, text: str, expected: dict[str, Any]) -> None:
    assert change(rows, text) == expected


@pytest.mark.parametrize("action", ["RIN\nEY17/21NOV26", "NEW\nEY17/21NOV26\nJ 789\nAUH0510 LHR1205"])
def test_a_cancelled_flight_comes_back(rows: Network, action: str) -> None:
    gone = {**rows, "flights": [*fed(rows, "ASM\nUTC\nCNL\nEY17/21NOV26").put["flights"]]}
    assert row(gone)["cancelled"] is True
    assert change(gone, f"ASM\nUTC\n{action}") == {"cancelled": None}


def test_the_same_message_again_writes_nothing(rows: Network) -> None:
    text = "ASM\nUTC\nTIM\nEY17/21NOV26\nAUH0710 LHR1405"
    assert fed({**rows, "flights": [*fed(rows, text).put["flights"]]}, text).put == {}


def test_a_movement_message_lies_beside_the_changed_times(rows: Network) -> None:
    tail = row(rows)["tail"].replace("-", "")
    found = fed(rows, "ASM\nUTC\nTIM\nEY17/21NOV26\nAUH2210 LHR220505".replace("AUH2210", "AUH1910").replace("0505", "0205"),
                f"MVT\nEY17/21.{tail}.AUH\nAD1930/1945")  # fmt: skip
    (after,) = found.put["flights"]
    assert (after["departure_utc"], after["off_block_utc"]) == ("2026-11-21T19:10:00Z", "2026-11-21T19:30:00Z")
    assert dict(found.read) == {"schedule_changes": 1, "movements": 1}


def test_a_message_under_the_new_number_finds_its_flight(rows: Network) -> None:
    tail = row(rows)["tail"].replace("-", "")
    said = change(rows, "ASM\nUTC\nFLT\nEY17/21NOV26 EY9017/21NOV26", f"MVT\nEY9017/21.{tail}.AUH\nAD0530/0545")
    assert (said["number"], said["off_block_utc"]) == ("EY9017", "2026-11-21T05:30:00Z")


def test_a_flight_under_a_new_number_keeps_its_key_and_the_message_again_writes_nothing(rows: Network) -> None:
    text = "ASM\nUTC\nFLT\nEY17/21NOV26 EY9017/21NOV26"
    (after,) = fed(rows, text).put["flights"]
    assert (after["flight_id"], after["number"]) == (KEY, "EY9017")
    again = fed({**rows, "flights": [after]}, text)
    assert (again.put, again.faults, again.warnings) == ({}, [], [])


def test_a_flight_under_a_new_number_is_found_by_it_and_not_by_the_old_one(rows: Network) -> None:
    (after,) = fed(rows, "ASM\nUTC\nFLT\nEY17/21NOV26 EY9017/21NOV26").put["flights"]
    flights = [after if each["flight_id"] == KEY else each for each in rows["flights"]]
    tables = MemoryTables(PACK.tables, {**rows, "flights": flights})
    found = resolve(Incident(flight="EY9017", date="2026-11-21"), tables, "2026-11-21T04:00:00Z")
    assert found.flight_id == KEY
    with pytest.raises(Unresolvable) as refused:
        resolve(Incident(flight="EY17", date="2026-11-21"), tables, "2026-11-21T04:00:00Z")
    assert refused.value.code == "date_outside_schedule", "that number flies on other days"


REFUSED = [
    ("CNL\nEY9999/21NOV26", "EY9999: is not in flights on 2026-11-21"),
    ("CNL\nEY17/14NOV26", "EY17: is not in flights on 2026-11-14"),
    ("CNL\nEY17/21NOV26 AUH/FRA", "EY17: does not fly AUH/FRA"),
    ("TIM\nEY17/21NOV26\nAUH0710 FRA1405", "EY17: does not fly AUH-FRA"),
    ("TIM\nEY17/21NOV26\nAUH0710 LHR0711", "EY17: AUH-LHR has a block time that cannot be true"),
    ("TIM\nEY17/21NOV26\nAUH0710 LHR310711", "EY17: AUH-LHR has a block time that cannot be true"),
    ("TIM\nEY17/21NOV26\nAUH2110 LHR220405", "EY17: of 2026-11-21 would leave on another day"),
    ("CON\nEY17/21NOV26\nJ 789 .J28Y800", "EY17: has 828 seats, and"),
    ("NEW\nEY17/21NOV26\nJ 789\nAUH0510 FRA1105", "EY17: does not fly AUH-FRA"),
    ("EQT\nEY17/21NOV26\nJ 351 .J1Y9", "EY17: of 2026-11-21 is flown with the type 351, and A6-BBB in flights is of type B789"),
    ("RPL EQT\nEY17/21NOV26\nJ 351\nAUH0710 LHR1405", "EY17: of 2026-11-21 is flown with the type 351"),
    ("EQT\nEY17/21NOV26\nJ 789 .J28Y160 A6BAR", "EY17: of 2026-11-21 is flown by A6BAR, and by A6-BBB in flights; load"),
    ("FLT\nEY17/21NOV26 EY19/21NOV26", "EY17: cannot be EY19 on 2026-11-21: another flight in flights has that number"),
    ("FLT\nEY17/21NOV26 XY17/21NOV26", "EY17: would be XY17, a flight of another carrier"),
    ("FLT\nEY9999/21NOV26 EY9017/21NOV26", "EY9999: is not in flights on 2026-11-21"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=[text.replace("\n", " ")[:60] for text, _ in REFUSED])
def test_what_cannot_be_is_named_and_nothing_of_it_goes_in(rows: Network, text: str, reason: str) -> None:
    found = fed(rows, f"ASM\nUTC\n{text}\n//\nCNL\nEY18/21NOV26")
    assert [each.reason[: len(reason)] for each in found.faults] == [reason]
    assert [each["flight_id"] for each in found.put["flights"]] == ["EY18-2026-11-21"]


def test_a_flight_that_has_left_is_not_cancelled_and_keeps_its_times(rows: Network) -> None:
    left = {**rows, "flights": [row(rows) | {"off_block_utc": "2026-11-21T05:20:00Z"}]}
    assert "has left" in fed(left, "ASM\nUTC\nCNL\nEY17/21NOV26").faults[0].reason
    assert change(left, "ASM\nUTC\nTIM\nEY17/21NOV26\nAUH0710 LHR1405") == {}


def test_what_does_not_follow_is_a_warning(rows: Network) -> None:
    told = [each.reason for each in fed(rows, "ASM\nUTC\nRPL EQT\nEY17/21NOV26\nJ 78P .J1Y9\nAUH0710 LHR1405").warnings]
    assert told == [
        f"EY17: 1 flights have other times ({KEY}); their duties, ground_times and slots stay: load these as CSV, too",
        f"EY17: more is booked than the seats that it has now: {KEY}",
        "EY17: is flown with the type 78P; A6-BBB of type B789 stays in flights: load another one as CSV",
    ]


def test_a_late_flight_that_is_cancelled_is_no_incident(rows: Network) -> None:
    tail = row(rows)["tail"].replace("-", "")
    late = f"MVT\nEY17/21.{tail}.AUH\nED210740\nDL41"
    assert len(fed(rows, late).late) == 1
    assert fed(rows, "ASM\nUTC\nCNL\nEY17/21NOV26", late).late == []


def made(number: str, day: str, route: str, leaves: str, comes: str) -> Item:
    origin, _, destination = route.partition("-")
    return {"flight_id": f"{number}-{day}-{origin}", "number": number, "date": day, "origin": origin, "destination": destination,
            "route": route, "departure_utc": f"{leaves}Z", "arrival_utc": f"{comes}Z"}  # fmt: skip


LEGS = [
    made("XY1", f"2026-11-{day}", route, f"2026-11-{leaves}:00", f"2026-11-{comes}:00")
    for day, route, leaves, comes in (
        ("20", "LHR-DXB", "20T16:00", "20T23:00"), ("21", "DXB-SIN", "21T01:00", "21T08:00"),
        ("21", "LHR-DXB", "21T16:00", "21T23:00"), ("22", "DXB-SIN", "22T01:00", "22T08:00"),
        ("22", "LHR-DXB", "22T16:00", "22T23:00"), ("23", "DXB-SIN", "23T01:00", "23T08:00"),
    )
]  # fmt: skip


def test_legs_of_one_number_belong_to_the_day_of_the_first() -> None:
    found = itineraries_of(LEGS)
    assert [[each["flight_id"][4:] for each in itinerary] for itinerary in found] == [
        ["2026-11-20-LHR", "2026-11-21-DXB"], ["2026-11-21-LHR", "2026-11-22-DXB"], ["2026-11-22-LHR", "2026-11-23-DXB"],
    ]  # fmt: skip
    assert [each["origin"] for each in legs_between(found[0], ("DXB", "SIN"))] == ["DXB"]
    assert legs_between(found[0], ("SIN", "DXB")) == []


def test_there_and_back_under_one_number_is_one_itinerary_a_day() -> None:
    legs = [
        made("XY2", f"2026-11-{day}", route, f"2026-11-{day}T{leaves}:00", f"2026-11-{day}T{comes}:00")
        for day in (20, 21)
        for route, leaves, comes in (("LHR-FRA", "08:00", "09:40"), ("FRA-LHR", "10:40", "12:20"))
    ]
    assert [[each["route"] for each in itinerary] for itinerary in itineraries_of(legs)] == [["LHR-FRA", "FRA-LHR"]] * 2


def test_plans_and_reports_leave_out_a_cancelled_flight(rows: Network) -> None:
    after = {
        **rows,
        "flights": [each | {"cancelled": True} if each["flight_id"] == KEY else each for each in rows["flights"]],
    }
    tables = MemoryTables(PACK.tables, after)
    found = Operating(tables).query("flights", ["AUH-LHR"], "by_route")["AUH-LHR"]
    assert KEY not in [each["flight_id"] for each in found]
    with pytest.raises(Unresolvable) as refused:
        resolve(Incident(flight="EY17", date="2026-11-21"), tables, "2026-11-21T04:00:00Z")
    assert refused.value.code == "flight_cancelled"
