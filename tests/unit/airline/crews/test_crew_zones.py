"""Time zones: the clock that a duty is read on, and the rest before and after it that makes up for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from airline_rows import OPERATOR, at, clock
from conclave.agents.checks import run_checks
from conclave.pack import ToolContext
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from msgspec import structs
from packs.airline import PACK, times
from packs.airline.geography import Places
from packs.airline.models import Cause
from packs.airline.planning.crewing import Leg, rostered
from packs.airline.rules.crew.rotation import duty_clock, reserve_clock, rest_after, rest_before
from packs.airline.rules.crew.time_zones import nights_end, reference_minute, rested_at, time_difference

Decide = Callable[..., Any]
HOME = "Asia/Dubai"
AWAY: Item = {
    "crew_id": "C1",
    "rating": "A320",
    "pilots": 2,
    "rest_class": 1,
    "starts_at_base": False,
    "ends_at_base": True,
    "previous_end_utc": at("12:00", "2026-11-20"),
    "previous_duty_minutes": 360,
    "next_report_utc": "",
}
FLIGHT: Item = {"origin": "DEL", "destination": "AUH"}


def margin(begins: str, report: str, hours: int = 4) -> int | None:
    """Duty margin of a crew that reports there at a UTC time and is on blocks at home so many hours later."""
    legs = [Leg(departure_utc=at(report) + 60, arrival_utc=at(report) + 60 * hours, block_minutes=60 * hours - 60)]
    there = clock(begins, "AUH", left_base_utc=at("06:00", "2026-11-20"))
    duty = AWAY | {"report_utc": at(report)}
    return rostered(OPERATOR, duty, None, there, legs=legs, rating="A320", available=True).duty_margin


@pytest.mark.parametrize(
    ("begins", "report", "limit"),
    [
        ("DEL", "08:30", 750),  # 14:00 in Delhi, 12:30 at home: within two hours of base local time counts
        ("BOM", "00:30", 780),  # 06:00 in Bombay, 04:30 at home
        ("AUH", "08:30", 780),  # 12:30 at home
        ("LHR", "08:30", 780),  # four hours away and back within 48 hours: 12:30 at home, not 08:30 in London
        ("SYD", "01:00", 720),  # 05:00 at home, not 12:00 in Sydney
    ],
)
def test_the_limit_is_read_on_the_right_clock(begins: str, report: str, limit: int) -> None:
    assert margin(begins, report) == limit - 240


@pytest.mark.parametrize(("hours", "minute"), [(47, 14 * 60), (48, None), (71, None), (72, 10 * 60), (120, 10 * 60)])
def test_the_state_of_acclimatisation_follows_table_1(hours: int, minute: int | None) -> None:
    """Dakar, four hours west: 10:00 there is 14:00 at home."""
    report = at("10:00", "2026-11-24")
    there = clock("DSS", "AUH", left_base_utc=report - hours * 60)
    assert time_difference(HOME, there.begins.tz, report) == 240
    assert reference_minute(report, there) == minute


def test_an_unknown_state_has_table_3() -> None:
    report = at("10:00", "2026-11-24")
    legs = [Leg(departure_utc=report + 60, arrival_utc=report + 540, block_minutes=480)]
    duty = AWAY | {"report_utc": report}
    unknown = clock("LHR", "AUH", left_base_utc=report - 60 * 60)
    state = rostered(OPERATOR, duty, None, unknown, legs=legs, rating="A320", available=True)
    assert state.duty_margin == 11 * 60 - 540


def test_a_clock_comes_from_the_roster() -> None:
    places = Places()
    duty = AWAY | {"report_utc": at("08:30")}
    crew = {"base": "AUH"}
    found = duty_clock(duty, crew, first=FLIGHT, last=FLIGHT, places=places)
    assert (found.base.iata, found.begins.iata, found.ends.iata) == ("AUH", "DEL", "AUH")
    assert found.left_base_utc == at("06:00", "2026-11-20")  # the duty before, without a longer rotation on record
    longer = duty_clock(duty | {"previous_rotation_minutes": 3000}, crew, first=FLIGHT, last=FLIGHT, places=places)
    assert longer.left_base_utc == at("12:00", "2026-11-20") - 3000
    # Two hubs: home base is that of the crew.
    assert duty_clock(duty, {"base": "DOH"}, first=FLIGHT, last=FLIGHT, places=places).base.iata == "DOH"
    assert duty_clock(duty, None, first=FLIGHT, last=FLIGHT, places=places).base.iata == "AUH"
    called = reserve_clock({"base": "DOH"}, report_utc=at("08:30"), ends="DEL", places=places)
    assert (called.base.iata, called.begins.iata, called.ends.iata) == ("DOH", "DOH", "DEL")


@pytest.mark.parametrize(
    ("released", "nights", "until"),
    [
        ("20:00", 1, "2026-11-22T04:00"),  # midnight at home: the night may still begin
        ("20:01", 1, "2026-11-23T02:00"),
        ("10:00", 1, "2026-11-22T02:00"),  # from 22:00 to 06:00
        ("19:30", 1, "2026-11-22T03:30"),  # from 23:30 to 07:30
        ("10:00", 2, "2026-11-23T02:00"),
        ("20:01", 2, "2026-11-24T02:00"),
        ("10:00", 3, "2026-11-24T02:00"),
    ],
)
def test_local_nights_are_eight_hours_between_ten_and_eight(released: str, nights: int, until: str) -> None:
    assert nights_end(at(released), nights=nights, zone=HOME) == times.minutes(f"{until}:00Z")


def test_a_night_in_which_the_clock_changes_still_has_eight_hours() -> None:
    evening = times.minutes("2027-03-27T12:00:00Z")
    assert nights_end(evening, nights=1, zone="Europe/Berlin") == times.minutes("2027-03-28T05:00:00Z")


def test_rest_at_home_base_after_a_long_rotation_has_local_nights() -> None:
    duty = AWAY | {"report_utc": at("08:00")}
    far = clock("JFK", "AUH", left_base_utc=at("08:00", "2026-11-20"))
    rest = rest_after(duty, far, began_utc=at("08:00"), release_utc=at("21:00"), extended=False)
    assert (rest.difference_minutes, rest.rotation_minutes) == (540, 37 * 60)
    assert rested_at(rest) == at("02:00", "2026-11-24")  # released 01:00 at home: nights of the 22nd and 23rd
    near = rest_after(duty, clock("DEL", "AUH"), began_utc=at("08:00"), release_utc=at("21:00"), extended=False)
    assert rested_at(near) == at("21:00") + 13 * 60
    elsewhere = duty | {"rested_difference_minutes": 300}  # it has also rested five hours away in this rotation
    left = at("08:00", "2026-11-20")
    seen = rest_after(
        elsewhere,
        clock("DEL", "AUH", left_base_utc=left),
        began_utc=at("08:00"),
        release_utc=at("21:00"),
        extended=False,
    )
    assert rested_at(seen) == at("02:00", "2026-11-24")


@pytest.mark.parametrize(("ends", "hours"), [("DEL", 10), ("FRA", 10), ("LHR", 14), ("SYD", 14)])
def test_rest_away_from_base_after_four_hours_is_fourteen(ends: str, hours: int) -> None:
    out = AWAY | {"starts_at_base": True, "ends_at_base": False}
    rest = rest_after(out, clock("AUH", ends), began_utc=at("08:00"), release_utc=at("16:00"), extended=False)
    assert rested_at(rest) == at("16:00") + hours * 60


def test_rest_after_rest_in_flight_is_fourteen_hours_or_the_duty() -> None:
    out = AWAY | {"starts_at_base": True, "ends_at_base": False}
    for duty_hours, rest_hours in ((13, 14), (15, 15)):
        release = at("02:00") + duty_hours * 60
        rest = rest_after(out, clock("AUH", "DEL"), began_utc=at("02:00"), release_utc=release, extended=True)
        assert rested_at(rest) == release + rest_hours * 60


def test_what_is_not_on_record_of_the_duty_before_is_taken_with_care() -> None:
    home = {"previous_end_utc": at("04:00"), "previous_duty_minutes": 500, "pilots": 2}
    assert rested_at(rest_before(home, clock())) == at("16:00")
    assert rested_at(rest_before(home | {"pilots": 4}, clock())) == at("18:00")
    assert rested_at(rest_before(home | {"pilots": 4, "previous_extended": False}, clock())) == at("16:00")
    west = {"rested_difference_minutes": 240, "previous_rotation_minutes": 75 * 60}
    assert rested_at(rest_before(home | west, clock())) == at("02:00", "2026-11-24")  # three nights


@pytest.mark.slow
def test_planner_and_check_agree_on_nights_that_the_roster_cuts(
    decide: Decide, with_cells: Callable[..., MemoryTables]
) -> None:
    network = with_cells("D-EY12-2026-11-21", next_report_utc="2026-11-23T01:30:00Z")
    room = decide(network, flight="EY12", cause=Cause.ATC, delay_minutes=60)
    late = next(each for each in room.options if each.action == "delay")
    # Two local nights end at 06:00 in Abu Dhabi, 02:00 UTC. Another crew flies that next duty.
    assert late.fields["crew_next_rest_margin_minutes"] == -30
    assert late.fields["downstream_crews_short"] == 1
    lie = structs.replace(late, fields=late.fields | {"crew_next_rest_margin_minutes": 60})
    told = ToolContext(incident=room.incident, options=[lie], tables=network, now="2026-11-21T04:00:00Z")
    (executed,) = run_checks(PACK.agent("crew_compliance"), told)
    assert [gap.item for gap in executed.result.gaps] == [f"options/{late.id}"]


def test_a_roster_that_hides_its_rotations_says_so(decide: Decide, rows: Any) -> None:
    hidden = ("rested_difference_minutes", "previous_rotation_minutes")
    duties = [{name: each[name] for name in each if name not in hidden} for each in rows["duties"]]
    busy = next(
        each for each in duties if each["starts_at_base"] and each["previous_duty_minutes"] and "2026-11-21" in each["duty_id"]
    )  # fmt: skip
    number = busy["flights"][0].split("-")[0]
    room = decide(
        MemoryTables(PACK.tables, {**rows, "duties": duties}), flight=number, cause=Cause.ATC, delay_minutes=30
    )
    found = [gap for gap in room.gaps if gap.item == f"duties/{busy['duty_id']}"]
    assert [gap.mandatory for gap in found] == [False]
    assert "rested_difference_minutes" in found[0].detail
    assert room.chosen is not None


def test_the_crew_check_says_that_cabin_crew_are_not_checked(decide: Decide) -> None:
    result = decide(flight="EY17", cause=Cause.ATC, delay_minutes=30).results["crew_compliance"]
    roster = next(each for each in result.facts if each.kind == "roster")
    assert str(roster.values["cabin_crew"]).startswith("not checked")


@pytest.fixture
def with_cells(rows: Any) -> Callable[..., MemoryTables]:
    def changed(duty_id: str, **cells: Any) -> MemoryTables:
        duties = [each | (cells if each["duty_id"] == duty_id else {}) for each in rows["duties"]]
        return MemoryTables(PACK.tables, {**rows, "duties": duties})

    return changed
