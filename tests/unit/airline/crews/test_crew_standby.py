"""Airport standby of reserves shortens their flight duty and is duty for their rest: ORO.FTL.225(c), CS FTL.1.225(a)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from airline_rows import AMERICAN, OPERATOR, at, clock
from conclave.agents.checks import run_checks
from conclave.pack import ToolContext
from conclave.pack.tables import Item
from msgspec import structs
from packs.airline import PACK, times
from packs.airline.models import Cause
from packs.airline.planning.crewing import Leg, called_out

Decide = Callable[..., Any]
CREW: Item = {
    "crew_id": "R1",
    "rating": "A320",
    "pilots": 2,
    "rest_class": 1,
    "standby_start_utc": at("04:00"),
    "standby_end_utc": at("16:00"),
    "previous_end_utc": at("14:00", "2026-11-20"),
    "previous_duty_minutes": 600,
}


def legs(report: str, minutes: int = 180) -> list[Leg]:
    departure = at(report) + 60
    return [Leg(departure_utc=departure, arrival_utc=departure + minutes, block_minutes=minutes)]


@pytest.mark.parametrize(
    ("report", "limit"),
    [
        ("04:00", 780),  # 08:00 at home base: 13 hours, no standby before
        ("08:00", 720),  # four hours of standby reduce nothing, but standby and duty together end after 16 hours
        ("09:00", 660),  # 13:00 at home base: 13 hours less one of standby beyond four; 16 hours allow eleven
        ("12:00", 450),  # 16:00 at home base: 11:30 less the four hours beyond four; 16 hours would allow eight
    ],
)
def test_standby_shortens_the_flight_duty(report: str, limit: int) -> None:
    flown = 60 + 180  # from report to on blocks
    assert called_out(OPERATOR, CREW, clock(), legs=legs(report), kind="A320").duty_margin == limit - flown


def test_rest_in_flight_lifts_the_sixteen_hours() -> None:
    four = CREW | {"pilots": 4}
    assert called_out(OPERATOR, four, clock(), legs=legs("09:00", 210), kind="A320").duty_margin == 17 * 60 - 60 - (
        60 + 210
    )


def test_where_the_flight_is_too_short_for_rest_in_flight_they_stay() -> None:
    four = CREW | {"pilots": 4}
    assert called_out(OPERATOR, four, clock(), legs=legs("09:00", 205), kind="A320").duty_margin == 16 * 60 - 5 * 60 - (
        60 + 205
    )


def test_rest_ends_where_standby_begins() -> None:
    for report in ("04:00", "09:00"):
        assert called_out(OPERATOR, CREW, clock(), legs=legs(report), kind="A320").rest_margin == 14 * 60 - 12 * 60


def test_in_the_united_states_standby_is_flight_duty() -> None:
    """14 CFR 117.21(b): the flight duty period begins with airport standby, on the row of the table where it begins."""
    state = called_out(AMERICAN, CREW | {"duty_7_days_minutes": 0}, clock(), legs=legs("09:00"), kind="A320")
    assert state.rest_margin == 14 * 60 - 10 * 60
    assert state.duty_margin == 14 * 60 - (5 * 60 + 240)  # 08:00 at home base: 14 hours, five of them in standby
    assert state.cumulative_margin == 60 * 60 - (5 * 60 + 240 + 30)


def test_the_check_knows_standby(decide: Decide, tables: Any, rows: Any) -> None:
    room = decide(flight="EY33", cause=Cause.CREW)
    assert not room.gaps
    crews = {each["crew_id"]: each for each in rows["crews"]}
    waited = {
        each.id: times.minutes_between(
            crews[each.fields["crew_id"]]["standby_start_utc"], each.parameters["crew_report_utc"]
        )
        for each in room.options
        if each.action == "swap_crew"
    }
    called = next(each for each in room.options if waited.get(each.id, 0) > 240)
    standby = waited[called.id]
    # As if standby did not count: the room that it takes away is what the check misses.
    lie = structs.replace(
        called,
        fields=called.fields | {"crew_duty_margin_minutes": called.fields["crew_duty_margin_minutes"] + standby - 240},
    )
    told = ToolContext(incident=room.incident, options=[lie], tables=tables, now="2026-11-21T04:00:00Z")
    (executed,) = run_checks(PACK.agent("crew_compliance"), told)
    assert [gap.item for gap in executed.result.gaps] == [f"options/{called.id}"]
