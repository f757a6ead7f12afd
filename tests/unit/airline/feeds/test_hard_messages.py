"""Movement messages as stations send them: several delay codes, times that cannot be true, wrong stations, lost lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from conclave.pack import Fed
from conclave.pack.tables import Item, ScopedTables
from conclave.testing.tables import MemoryTables
from packs.airline import PACK, times
from packs.airline.feeds.loading import READS, feed

NEAR = times.minutes("2026-11-21T06:00:00Z")
KEY = "EY17-2026-11-21"
"""Leaves Abu Dhabi at 05:10 for London, where it is at its stand at 12:05."""
Network = Mapping[str, list[Item]]


def row(rows: Network, key: str = KEY) -> Item:
    return next(each for each in rows["flights"] if each["flight_id"] == key)


def fed(rows: Network, text: str, near: int = NEAR) -> Fed:
    return feed({"a.txt": text}, near, ScopedTables(MemoryTables(PACK.tables, rows), READS))


def message(rows: Network, body: str, station: str = "AUH", kind: str = "MVT", flight: str = "EY17/21") -> str:
    return f"{kind}\n{flight}.{row(rows)['tail'].replace('-', '')}.{station}\n{body}"


def moved(rows: Network, text: str, near: int = NEAR) -> Item:
    """What messages put into the row of the only flight that they change; no finding is left."""
    found = fed(rows, text, near)
    assert found.faults == [] == found.warnings
    (after,) = found.put["flights"]
    before = row(rows, after["flight_id"])
    return {name: value for name, value in after.items() if value != before.get(name)}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("DL81/0030\nDL93/0110", ["81:30", "93:70"]),
        ("DL81/93/16/0030/0110/0010", ["81:30", "93:70", "16:10"]),
        ("DL81/93/0030", ["81:30", "93"]),
        ("DL81/0030 DL81/0030", ["81:30"]),
        ("DL93A/0030\nDLA 93A//", ["93A:30"]),
        ("EDL81/0030\nDLWX/0015", ["81:30", "WX:15"]),
    ],
)
def test_several_delay_codes(rows: Network, body: str, expected: Sequence[str]) -> None:
    assert moved(rows, message(rows, f"ED210800\n{body}"))["delays"] == expected


@pytest.mark.parametrize(
    ("body", "station", "reason"),
    [
        ("AD0535/0520", "AUH", "0520 lies before the time that it comes after"),
        ("AD210535/210520", "AUH", "210520 lies before the time that it comes after"),
        ("AA1206/1158", "LHR", "1158 lies before the time that it comes after"),
        ("ED010030", "AUH", "010030 lies many days from the day of the flight"),
        ("AD2561/0012", "AUH", "2561 is not a time"),
        ("AD0520/0533 EA1299 LHR", "AUH", "1299 is not a time"),
        ("AD0520/0533", "LHR", "EY17 of 2026-11-21: LHR tells of a departure or an arrival that is not there"),
        ("ED210800", "LHR", "EY17 of 2026-11-21: LHR tells of a departure or an arrival that is not there"),
        ("AA1158/1206", "AUH", "EY17 of 2026-11-21: AUH tells of a departure or an arrival that is not there"),
    ],
)
def test_what_cannot_be_true_changes_nothing(rows: Network, body: str, station: str, reason: str) -> None:
    found = fed(rows, message(rows, f"DL41\n{body}", station))
    assert [each.reason.startswith(reason) for each in found.faults] == [True]
    assert "flights" not in found.put


@pytest.mark.parametrize(
    ("flight", "said"),
    [
        ("EY17/21OCT", "EY17 of 2026-10-21 is not in flights"),
        ("EY17/31NOV", "the day 31NOV of the flight does not exist"),
        ("EY17/21XXX", "the day 21XXX of the flight does not exist"),
        ("EY17D/21", "EY17D of 2026-11-21 is not in flights"),
    ],
)
def test_the_month_of_a_flight_counts(rows: Network, flight: str, said: str) -> None:
    (fault,) = fed(rows, message(rows, "ED210800", flight=flight)).faults
    assert fault.reason.startswith(said)
    assert moved(rows, message(rows, "ED210800", flight="EY017/21NOV26")) == {
        "estimated_off_block_utc": "2026-11-21T08:00:00Z"
    }


def test_an_airport_without_a_registration(rows: Network) -> None:
    assert moved(rows, "MVT\nEY17/21.AUH\nED210745") == {"estimated_off_block_utc": "2026-11-21T07:45:00Z"}


def test_a_diversion_needs_its_airport(rows: Network) -> None:
    (silent,) = fed(rows, message(rows, "DR71", "LHR", "DIV")).warnings
    assert "does not say to where" in silent.reason
    (unknown,) = fed(rows, message(rows, "EA1230 XQZ", "LHR", "DIV")).warnings
    assert "XQZ, which is not in the list" in unknown.reason


def test_a_diverted_flight_lands_where_it_went(rows: Network) -> None:
    text = f"{message(rows, 'EA1230 AMS', 'LHR', 'DIV')}\n\n{message(rows, 'AA1226/1235', 'AMS')}"
    said = moved(rows, text)
    assert (said["diverted_to"], said["on_block_utc"]) == ("AMS", "2026-11-21T12:35:00Z")


def test_what_was_sent_later_counts_wherever_it_stands(rows: Network) -> None:
    later, earlier = message(rows, "ED210900"), message(rows, "ED210810")
    text = f"QU AUHOOEY\n.LHRKKEY 210610\n{later}\n\nQU AUHOOEY\n.LHRKKEY 210603\n{earlier}"
    assert moved(rows, text) == {"estimated_off_block_utc": "2026-11-21T09:00:00Z"}
    assert moved(rows, f"{later}\n\n{earlier}") == {"estimated_off_block_utc": "2026-11-21T08:10:00Z"}


def test_an_element_that_comes_again_is_named(rows: Network) -> None:
    found = fed(rows, message(rows, "ED210800\nED210900"))
    assert [each.reason for each in found.warnings] == ["EY17: parts of no known form: ED210900"]


def test_lines_outside_of_messages_are_named_and_those_of_handlers_are_not(rows: Network) -> None:
    first, second = message(rows, "ED210800"), message(rows, "ED210820")
    text = f"ZCZC ABC\nGG AUHAYKYX\n210600 LHRAYKYX\n{first}\n\nDL81/0030\nfoo bar\n\n{second}\nNNNN\n"
    found = fed(rows, text)
    assert [(each.line, each.reason.startswith("stands in no message")) for each in found.warnings] == [(8, True)]
    assert found.faults == []


def test_a_notice_among_movements_is_named(rows: Network) -> None:
    text = f"{message(rows, 'ED210800')}\n\n(A1234/26 NOTAMN\nQ) EGTT/QFALC\nA) EGLL B) 2611210600 C) PERM\nE) AD CLSD)"
    (fault,) = fed(rows, text).faults
    assert (fault.line, fault.reason.startswith("is a notice in a file of movements")) == (5, True)


def test_a_movement_among_changes_of_the_schedule_is_named(rows: Network) -> None:
    found = fed(rows, f"ASM\nUTC\nCNL\nEY17/21NOV26\n\n{message(rows, 'ED210800')}")
    assert [(each.line, each.reason.startswith("is a movement message in a file")) for each in found.faults] == [
        (6, True)
    ]
    assert found.put["flights"][0]["cancelled"] is True


def test_over_midnight_and_the_end_of_a_month(rows: Network) -> None:
    flight = row(rows) | {
        "flight_id": "EY17-2026-11-30", "date": "2026-11-30",
        "departure_utc": "2026-11-30T23:40:00Z", "arrival_utc": "2026-12-01T06:35:00Z",
    }  # fmt: skip
    there = {**rows, "flights": [*rows["flights"], flight]}
    near = times.minutes("2026-12-01T00:30:00Z")
    assert moved(there, message(rows, "AD2355/0012 EA0640 LHR", flight="EY17/30"), near) == {
        "off_block_utc": "2026-11-30T23:55:00Z", "airborne_utc": "2026-12-01T00:12:00Z",
        "estimated_landing_utc": "2026-12-01T06:40:00Z",
    }  # fmt: skip
    assert moved(there, message(rows, "AD2400/0012", flight="EY17/30"), near)["off_block_utc"] == "2026-12-01T00:00:00Z"
    assert moved(there, message(rows, "AA0638/0646", "LHR", flight="EY17/30"), near) == {
        "landed_utc": "2026-12-01T06:38:00Z", "on_block_utc": "2026-12-01T06:46:00Z",
    }  # fmt: skip
