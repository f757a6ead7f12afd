"""One place decides the duty regime; each answers with its own tables and paragraphs."""

from __future__ import annotations

import pytest
from airline_rows import at, clock
from msgspec import structs
from packs.airline.rules.crew.duty_regime import Work, regime
from packs.airline.rules.crew.time_zones import Rest

MORNING = Work(report_utc=at("03:00"), clock=clock(), sectors=2, longest_sector_minutes=300, pilots=2, rest_class=1)
"""Reported 07:00 at home base."""
SHORT = Rest(from_utc=at("20:00"), duty_minutes=780, at_base=True, zone="Asia/Dubai")


def test_europe_reads_its_tables() -> None:
    rules = regime("easa")
    assert rules.duty_minutes(MORNING) == 13 * 60  # ORO.FTL.205(b)(1), Table 2: 06:00-13:29
    assert rules.duty_minutes(structs.replace(MORNING, pilots=4)) == 17 * 60  # CS FTL.1.205(c)(2)
    assert rules.duty_minutes(structs.replace(MORNING, pilots=4, sectors=1, longest_sector_minutes=541)) == 18 * 60
    assert rules.duty_minutes(structs.replace(MORNING, pilots=4, sectors=4)) == 12 * 60
    assert (
        rules.duty_minutes(structs.replace(MORNING, pilots=3)) == 13 * 60
    )  # five hours: too short for three to rest in turn
    short = structs.replace(MORNING, pilots=4, longest_sector_minutes=200, standby_minutes=300)
    assert rules.duty_minutes(short) == 16 * 60 - 300  # without rest in flight the sixteen hours hold, too
    assert rules.flight_minutes(MORNING) is None
    assert rules.rested_at(SHORT) == at("20:00") + 780
    assert rules.splits_duty
    assert "ORO.FTL.205" in rules.duty_source(2)
    assert "FTL.1.205(c)" in rules.duty_source(3)


def test_united_states_read_theirs() -> None:
    rules = regime("faa")
    assert rules.duty_minutes(MORNING) == 14 * 60  # 117.13, Table B: 07:00-11:59
    assert rules.duty_minutes(structs.replace(MORNING, pilots=4)) == 19 * 60  # 117.17, Table C: 07:00-12:59
    assert rules.duty_minutes(structs.replace(MORNING, pilots=4, sectors=4)) == 13 * 60  # 117.17(d): three segments
    brief = structs.replace(MORNING, pilots=3, longest_sector_minutes=209)
    assert rules.duty_minutes(brief) == 14 * 60  # 117.17(c): no two hours and ninety minutes in turn
    assert rules.duty_minutes(structs.replace(brief, longest_sector_minutes=210)) == 17 * 60
    assert rules.duty_minutes(structs.replace(brief, pilots=4, longest_sector_minutes=120)) == 19 * 60
    assert rules.flight_minutes(MORNING) == 9 * 60  # 117.11, Table A: 05:00-19:59
    assert rules.flight_minutes(structs.replace(MORNING, pilots=3)) == 13 * 60
    assert (
        rules.flight_minutes(structs.replace(MORNING, pilots=3, sectors=4)) == 9 * 60
    )  # 117.17(d): no augmented operation
    waited = structs.replace(
        MORNING, report_utc=at("21:00"), standby_minutes=120
    )  # standby from 23:00 on, report at 01:00
    assert rules.duty_minutes(waited) == (10 - 2) * 60  # 117.21(b) with Table B: 23:00-23:59
    assert rules.flight_minutes(waited) == 8 * 60
    assert rules.rested_at(SHORT) == at("20:00") + 600  # 117.25(e)
    away = structs.replace(
        MORNING, clock=clock("JFK", "AUH"), rested_minutes=24 * 60
    )  # another theatre, no 36 hours there
    assert rules.duty_minutes(away) == 14 * 60 - 30  # 117.13(b), on the clock of home base
    assert rules.duty_minutes(structs.replace(away, rested_minutes=36 * 60)) == 14 * 60
    assert (
        rules.duty_minutes(structs.replace(away, clock=clock("LHR", "AUH"))) == 14 * 60
    )  # 55 degrees: the same theatre
    assert not rules.splits_duty
    assert "117.13" in rules.duty_source(2)
    assert "117.17" in rules.duty_source(4)


def test_a_european_duty_is_extended_by_rest_in_flight_beyond_the_table() -> None:
    rules = regime("easa")
    assert not rules.rests_extended(MORNING, 14 * 60)  # two pilots do not rest in flight
    four = structs.replace(MORNING, pilots=4)
    assert not rules.rests_extended(four, 13 * 60)
    assert rules.rests_extended(four, 13 * 60 + 1)


def test_cumulative_limits_are_those_that_the_tables_record() -> None:
    hours = {name: minutes / 60 for name, minutes in regime("easa").cumulative_limits().items()}
    assert hours == {
        "duty_7_days_minutes": 60,
        "duty_14_days_minutes": 110,
        "duty_28_days_minutes": 190,
        "flight_28_days_minutes": 100,
    }
    assert set(hours) - set(regime("faa").cumulative_limits()) == {"duty_14_days_minutes"}  # 117.23 has no such limit
    assert regime("faa").cumulative_source == "14 CFR 117.23"


def test_an_unknown_regime_is_refused() -> None:
    with pytest.raises(ValueError, match="'icao' is not one of easa, faa"):
        regime("icao")
