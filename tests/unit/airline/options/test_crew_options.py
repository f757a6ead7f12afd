"""Ways to find a crew that a controller knows: a break in rooms, more pilots on board, a crew that comes as passengers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from airline_rows import OPERATOR
from conclave.agents.checks import run_checks
from conclave.pack import ToolContext
from conclave.testing.tables import MemoryTables
from msgspec import structs
from packs.airline import PACK, times
from packs.airline.models import Cause
from packs.airline.planning.options.split_duty import extension_minutes

Decide = Callable[..., Any]
Without = Callable[..., MemoryTables]
LATE = {
    "flight": "EY33",
    "cause": Cause.ATC,
    "delay_minutes": 335,
}  # a widebody with two pilots, out of the hub
STUCK = {"flight": "EY34", "cause": Cause.CREW}  # its return from Paris, without a crew
FETCHED: dict[str, Any] = {"flight": "EY716", "cause": Cause.TECHNICAL}
DUTY_MARGIN = "crew_duty_margin_minutes"


def of(room: Any, action: str, delay: int | None = None) -> list[Any]:
    return [each for each in room.options if each.action == action and delay in (None, each.fields["delay_minutes"])]


def the(room: Any, action: str, delay: int | None = None) -> Any:
    return of(room, action, delay)[0]


def chosen(room: Any, option: Any) -> bool:
    score = next(each for each in room.scored if each.option_id == option.id)
    return not score.violations


@pytest.mark.parametrize(
    ("delay", "minutes"),
    [
        (239, 0),  # too short to send a crew to rooms
        (240, 90),  # CS FTL.1.220: three hours remain, half of them count
        (300, 120),
        (419, 179),
        (420, 180),  # six hours remain
        (900, 180),  # the operator counts no more of a break
    ],
)
def test_half_of_a_break_extends_the_duty(delay: int, minutes: int) -> None:
    assert extension_minutes(OPERATOR.figures, delay) == minutes


def test_a_break_in_rooms_gives_the_rostered_crew_more_duty_and_costs_the_rooms(decide: Decide) -> None:
    room = decide(**LATE)
    plain, split = the(room, "delay", 335), the(room, "delay_split_duty", 335)
    assert plain.fields[DUTY_MARGIN] < 0 < split.fields[DUTY_MARGIN]
    assert split.fields[DUTY_MARGIN] - plain.fields[DUTY_MARGIN] == (335 - 60) // 2
    assert (
        split.fields["operating_cost_usd"] - plain.fields["operating_cost_usd"]
        == OPERATOR.figures.split_duty_rooms_cost
    )
    same = set(plain.fields) - {DUTY_MARGIN, "operating_cost_usd", "total_cost_usd"}
    assert {name: plain.fields[name] for name in same} == {name: split.fields[name] for name in same}
    assert "rooms" in split.summary
    assert set(split.parameters) == set(plain.parameters)
    assert not room.violations(crew_id=split.fields["crew_id"], delay_minutes=334)


def test_no_break_with_in_flight_rest_nor_for_a_short_delay(decide: Decide, without: Without) -> None:
    assert not of(decide(without("duties", pilots=3), **LATE), "delay_split_duty")
    short = decide(flight="EY1", cause=Cause.ATC, delay_minutes=90)
    assert all(each.fields["delay_minutes"] >= 240 for each in of(short, "delay_split_duty"))


def test_a_break_is_chosen_where_nobody_else_could_fly(decide: Decide, without: Without) -> None:
    nobody = without("crews", lambda item: "reserve_pool" in item)
    room = decide(nobody, **LATE)
    assert room.chosen.action == "delay_split_duty"
    assert not room.gaps


def test_joining_pilots_extend_the_duty_of_both_crews(decide: Decide, rows: Any, flights: Any) -> None:
    room = decide(**LATE)
    plain, enlarged = the(room, "delay", 335), the(room, "augment_crew", 335)
    joined = next(each for each in rows["crews"] if each["crew_id"] == enlarged.parameters["joined_by"])
    duty = next(each for each in rows["duties"] if each["duty_id"] == "D-EY33-2026-11-21")
    on_blocks = times.shift(flights["EY33-2026-11-21"]["arrival_utc"], 335)
    own = 17 * 60 - times.minutes_between(duty["report_utc"], on_blocks)  # CS FTL.1.205(c)(2): 4 pilots, class 1
    report = times.shift(enlarged.fields["departure_utc"], -75)
    standby = max(0, times.minutes_between(joined["standby_start_utc"], report) - 240)
    theirs = 17 * 60 - standby - times.minutes_between(report, on_blocks)
    assert plain.fields[DUTY_MARGIN] < 0 < enlarged.fields[DUTY_MARGIN] == min(own, theirs)
    assert enlarged.fields["crew_id"] == plain.fields["crew_id"] != joined["crew_id"]
    assert enlarged.fields["crew_rest_margin_minutes"] <= plain.fields["crew_rest_margin_minutes"]
    extra = enlarged.fields["operating_cost_usd"] - plain.fields["operating_cost_usd"]
    assert extra == OPERATOR.figures.reserve_call_out_cost
    assert joined["crew_id"] in enlarged.summary


def test_three_pilots_become_four_and_four_stay_four(decide: Decide, without: Without) -> None:
    late = {**LATE, "delay_minutes": 720}
    three, four = (decide(without("duties", pilots=pilots), **late) for pilots in (3, 4))
    assert of(three, "augment_crew")
    assert not of(four, "augment_crew")


@pytest.mark.parametrize(
    "case",
    [
        {"flight": "EY789", "cause": Cause.AIRPORT, "delay_minutes": 300},  # no bunks in a narrowbody
        {"flight": "EY18", "cause": Cause.TECHNICAL, "delay_minutes": 300},  # no reserves away from the hub
        {"flight": "EY33", "cause": Cause.CREW},  # nobody there to join
    ],
)
def test_nobody_joins(decide: Decide, case: Any) -> None:
    assert not of(decide(**case), "augment_crew")


def test_more_than_three_sectors_are_not_extended(decide: Decide, rows: Any, flights: Any) -> None:
    # Three more short sectors after EY33: with four sectors in-flight rest extends nothing, CS FTL.1.205(c).
    base = flights["EY33-2026-11-21"]
    start = times.shift(base["arrival_utc"], 120)
    hops = [
        dict(base)
        | {
            "flight_id": f"H{number}",
            "origin": "CDG",  # not the hub, where others could fly on
            "departure_utc": times.shift(start, 90 * number),
            "arrival_utc": times.shift(start, 90 * number + 30),
            "block_minutes": 30,
            "tail": "none",
            "booked": 0,
        }
        for number in range(3)
    ]
    duties = [
        each | ({"flights": [*each["flights"], "H0", "H1", "H2"]} if each["duty_id"] == base["duty_id"] else {})
        for each in rows["duties"]
    ]
    network = MemoryTables(PACK.tables, {**rows, "duties": duties, "flights": [*rows["flights"], *hops]})
    room = decide(network, **LATE)
    plain, enlarged = the(room, "delay", 335), the(room, "augment_crew", 335)
    assert enlarged.fields[DUTY_MARGIN] == plain.fields[DUTY_MARGIN] < 0


def test_a_crew_comes_as_passengers(decide: Decide, rows: Any, flights: Any) -> None:
    room = decide(**STUCK)
    option = the(room, "position_crew")
    crew = next(each for each in rows["crews"] if each["crew_id"] == option.fields["crew_id"])
    brought = flights[option.parameters["positioned_on"]]
    assert brought["route"] == "AUH-CDG"
    assert brought["seats"] - brought["booked"] >= 14
    report = option.parameters["crew_report_utc"]
    assert report == times.shift(brought["departure_utc"], -75)
    assert crew["standby_start_utc"] <= report <= crew["standby_end_utc"]
    assert option.fields["departure_utc"] >= times.shift(brought["arrival_utc"], 45)
    # Flight duty from the report at the hub, one sector: positioning is none (ORO.FTL.215(b)).
    standby = max(0, times.minutes_between(crew["standby_start_utc"], report) - 240)
    on_blocks = times.shift(flights["EY34-2026-11-21"]["arrival_utc"], option.fields["delay_minutes"])
    assert option.fields[DUTY_MARGIN] == 17 * 60 - standby - times.minutes_between(report, on_blocks)
    rest = times.minutes_between(crew["previous_end_utc"], crew["standby_start_utc"])
    assert option.fields["crew_rest_margin_minutes"] == rest - max(720, crew["previous_duty_minutes"])
    assert option.fields["cause_cleared"]
    assert chosen(room, option)
    later = next(each for each in of(room, "delay") if each.fields["delay_minutes"] == 0)
    ground = option.fields["delay_minutes"] / 60 * OPERATOR.types["B789"].ground_hourly_cost
    least = round(ground + OPERATOR.figures.reserve_call_out_cost) + OPERATOR.figures.positioning_cost
    assert option.fields["operating_cost_usd"] - later.fields["operating_cost_usd"] >= least
    assert brought["number"] in option.summary


def test_positioning_needs_seats_and_a_reserve_on_standby(decide: Decide, without: Without, rows: Any) -> None:
    full = [each | ({"booked": each["seats"] - 13} if each["route"] == "AUH-CDG" else {}) for each in rows["flights"]]
    assert not of(decide(MemoryTables(PACK.tables, {**rows, "flights": full}), **STUCK), "position_crew")
    nobody = without("crews", lambda item: "reserve_pool" in item)
    assert not of(decide(nobody, **STUCK), "position_crew")
    asleep = without("crews", standby_start_utc="2026-11-01T00:00:00Z", standby_end_utc="2026-11-01T12:00:00Z")
    room = decide(asleep, **STUCK)
    assert all(
        "crew.available" in room.violations(crew_id=each.fields["crew_id"]) for each in of(room, "position_crew")
    )


def test_nobody_is_fetched_to_the_hub_or_for_a_crew_that_may_fly(decide: Decide) -> None:
    assert not of(decide(flight="EY33", cause=Cause.CREW), "position_crew")
    assert not of(decide(flight="EY18", cause=Cause.ATC, delay_minutes=30), "position_crew")


def test_reserves_of_the_hub_are_called_at_the_hub_only(decide: Decide) -> None:
    room = decide(**STUCK)
    reserve = [each.action for each in room.options if str(each.fields["crew_id"]).startswith("R-")]
    assert set(reserve) == {"position_crew"}


@pytest.mark.parametrize(
    ("action", "case", "field"),
    [
        ("delay_split_duty", LATE, DUTY_MARGIN),
        ("augment_crew", LATE, DUTY_MARGIN),
        ("position_crew", STUCK, DUTY_MARGIN),
        ("position_crew", STUCK, "crew_cumulative_margin_minutes"),
        ("position_crew", STUCK, "crew_rest_margin_minutes"),
        ("delay", LATE, "crew_rest_margin_minutes"),
        ("augment_crew", LATE, "crew_cumulative_margin_minutes"),
        ("augment_crew", LATE, "crew_rest_margin_minutes"),
        ("ferry_aircraft", FETCHED, DUTY_MARGIN),
        ("ferry_aircraft", FETCHED, "crew_cumulative_margin_minutes"),
        ("ferry_aircraft", FETCHED, "crew_rest_margin_minutes"),
    ],
)
def test_the_check_refutes_a_margin_that_is_a_minute_too_wide(
    decide: Decide, tables: MemoryTables, action: str, case: Any, field: str
) -> None:
    room = decide(**case)
    assert not room.gaps
    option = the(room, action)
    truth, one_more = (
        structs.replace(option, fields=option.fields | {field: option.fields[field] + more}) for more in (0, 1)
    )
    told = ToolContext(incident=room.incident, options=[truth, one_more], tables=tables, now=room.received)
    (executed,) = run_checks(PACK.agent("crew_compliance"), told)
    assert [gap.item for gap in executed.result.gaps] == [f"options/{option.id}"]


@pytest.mark.parametrize("tight", [1, 40])
def test_the_check_looks_at_who_joins_and_who_fetches(decide: Decide, rows: Any, tight: int) -> None:
    """A reserve that has worked nearly all it may in seven days limits the option, whoever else flies."""
    crews = [
        each | ({"duty_7_days_minutes": 3600 - 900 - tight} if "reserve_pool" in each else {}) for each in rows["crews"]
    ]
    network = MemoryTables(PACK.tables, {**rows, "crews": crews})
    for action, case in (("augment_crew", LATE), ("ferry_aircraft", FETCHED)):
        room = decide(network, **case)
        assert not room.gaps
        option = next(each for each in room.options if each.action == action)
        lie = structs.replace(option, fields=option.fields | {"crew_cumulative_margin_minutes": 900 + tight})
        told = ToolContext(incident=room.incident, options=[lie], tables=network, now="2026-11-21T04:00:00Z")
        (executed,) = run_checks(PACK.agent("crew_compliance"), told)
        assert [gap.item for gap in executed.result.gaps] == [f"options/{option.id}"]


def test_under_us_rules_a_duty_is_not_split_and_the_tables_of_part_117_bind(
    decide: Decide, without: Any, flights: Any
) -> None:
    room = decide(without("operators", duty_regime="faa"), **LATE)
    assert not room.gaps
    assert not of(room, "delay_split_duty")
    plain = the(room, "delay", 335)
    flight = flights["EY33-2026-11-21"]
    # Report 03:45Z is 07:45 at home base: Table B 14 hours for one segment, Table A nine hours of flight time.
    duty = 14 * 60 - times.minutes_between("2026-11-21T03:45:00Z", flight["arrival_utc"]) - 335
    assert plain.fields[DUTY_MARGIN] == min(duty, 9 * 60 - flight["block_minutes"])
    sources = {each.id: each.source for each in room.constraints if each.agent == "crew_compliance"}
    assert (sources["crew.duty"], sources["crew.rest"]) == ("14 CFR 117.13, Table B", "14 CFR 117.25")
    assert sources["crew.cumulative"] == "14 CFR 117.23"


def test_a_crew_of_the_united_states_is_enlarged_by_table_c(decide: Decide, without: Any, flights: Any) -> None:
    room = decide(without("operators", duty_regime="faa"), **{**LATE, "delay_minutes": 480})
    enlarged = the(room, "augment_crew")
    on_blocks = times.shift(flights["EY33-2026-11-21"]["arrival_utc"], enlarged.fields["delay_minutes"])
    own = 19 * 60 - times.minutes_between("2026-11-21T03:45:00Z", on_blocks)  # 07:00-12:59, 4 pilots, class 1
    assert 0 <= enlarged.fields[DUTY_MARGIN] <= own
