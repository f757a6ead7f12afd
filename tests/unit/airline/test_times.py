"""Times: minutes inside, text where rows and people have them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conclave.pack import Item, Table
from conclave.testing.tables import MemoryTables
from hypothesis import given
from hypothesis import strategies as st
from packs.airline import times

ROW: Item = {"key": "F", "departure_utc": "2026-11-21T06:35:00Z", "next_report_utc": "", "note": "2026-11-21T06:35:00Z"}


@given(moment=st.integers(0, 80 * 365 * 1440))
def test_minutes_survive_their_text(moment: int) -> None:
    assert times.minutes(times.text(moment)) == moment
    assert times.text(moment).startswith(times.day(moment))


@given(first=st.integers(0, 80 * 365 * 1440), second=st.integers(0, 80 * 365 * 1440))
def test_minutes_are_in_the_order_of_their_texts(first: int, second: int) -> None:
    assert (first < second) == (times.text(first) < times.text(second))


def test_a_time_is_read_with_its_offset_and_in_whole_minutes() -> None:
    at = times.minutes("2026-11-21T06:35:00Z")
    assert times.minutes("2026-11-21T10:35:59+04:00") == at
    with pytest.raises(ValueError, match="no offset"):
        times.minutes("2026-11-21T06:00:00")


def test_times_cross_a_change_to_summer_time() -> None:
    # Europe/London goes from 01:00 to 02:00 on 28 March 2027.
    before = times.at_local("2027-03-28", "00:30", "Europe/London")
    assert times.at_local("2027-03-28", "02:30", "Europe/London") - before == 60
    assert times.on_the_clock(before, 120, "Europe/London") - before == 60
    assert times.local_minute(before + 60, "Europe/London") == 150
    assert times.local_text(before + 60, "Europe/London") == "2027-03-28 02:30+01:00"


def test_tables_are_read_in_minutes_and_shown_as_they_were() -> None:
    tables = times.InMinutes(MemoryTables([Table(name="flights", key="key", description="")], {"flights": [ROW]}))
    found = tables.get("flights", ["F", "G"])
    assert found.missing == ("G",)
    assert found.items["F"] == tables.query("flights", ["F"])["F"][0] == ROW | {"departure_utc": 29_920_715}
    assert {name: times.shown(found.items["F"], name) for name in ROW} == ROW
    assert times.shown(ROW, "arrival_utc") is None


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("America/Vancouver", -7), ("America/Edmonton", -6), ("America/Havana", -4), ("Africa/Casablanca", 0)],
)
def test_zones_are_those_of_the_locked_package(zone: str, hours: int) -> None:
    """They changed their law in autumn 2026; a system that is older says otherwise."""
    assert times.local(times.minutes("2027-01-15T12:00:00Z"), zone).utcoffset() == timedelta(hours=hours)
