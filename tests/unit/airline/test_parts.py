"""The planner's parts on small data: crews, knock-on delays, passengers, money, scores."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from conclave.tables import Item
from hypothesis import given
from hypothesis import strategies as st
from packs.airline import costs, scores, times
from packs.airline.crewing import CrewState, Leg, best_first, called_out, legal, rest_until, rested, rostered
from packs.airline.departures import bought_connections_end
from packs.airline.effects.passengers import cancelled_return
from packs.airline.knock_on import curfew_violation, curfew_wait, propagate
from packs.airline.models import Cause
from packs.airline.reaccommodation import Journeys, Outcome
from packs.airline.rules.airports import connects
from packs.airline.sample_data.rotations import outside_curfew

DAY = "2026-11-21T"
FRANKFURT = {"tz": "Europe/Berlin", "curfew_closed": True, "curfew_start": "23:00", "curfew_end": "05:00"}
LONDON = {"tz": "Europe/London", "curfew_closed": False, "curfew_start": "23:30", "curfew_end": "06:00"}


def leg(departure: str, arrival: str, minutes: int = 120) -> Leg:
    return Leg(departure_utc=f"{DAY}{departure}:00Z", arrival_utc=f"{DAY}{arrival}:00Z", block_minutes=minutes)


def duty(**cells: Any) -> Item:
    return {
        "crew_id": "C1",
        "rating": "A320",
        "pilots": 2,
        "rest_class": 1,
        "report_utc": f"{DAY}04:00:00Z",
        "previous_end_utc": "2026-11-20T12:00:00Z",
        "previous_duty_minutes": 600,
        "starts_at_base": True,
        "ends_at_base": True,
        "next_report_utc": "",
    } | cells


def test_duty_margin_runs_from_the_planned_report() -> None:
    # Report 08:00 at home base, two sectors: limit 13:00; on blocks 10 hours later.
    state = rostered(duty(), None, legs=[leg("05:00", "09:00"), leg("10:00", "14:00")], rating="A320", available=True)
    assert state.duty_margin == 180
    assert state.rest_margin == 16 * 60 - 12 * 60
    assert legal(state)


def test_the_next_duty_limits_the_end_of_this_one() -> None:
    follows = duty(next_report_utc="2026-11-22T02:00:00Z")
    state = rostered(follows, None, legs=[leg("05:00", "09:00"), leg("10:00", "14:00")], rating="A320", available=True)
    # Released 14:30 UTC, duty 10:30, rest 12 hours needed, 11:30 there.
    assert state.rest_margin == -30
    assert not legal(state)


def test_a_crew_without_the_rating_or_unfit_is_not_legal() -> None:
    legs = [leg("05:00", "09:00")]
    assert not legal(rostered(duty(), None, legs=legs, rating="B777", available=True))
    assert not legal(rostered(duty(), None, legs=legs, rating="A320", available=False))


def test_a_crew_sent_to_rest_reports_after_its_minimum_rest() -> None:
    # Reported 04:00, sent to rest 16:00: twelve hours of duty are longer than the ten hours of rest away from base.
    until = rest_until(duty(), f"{DAY}16:00:00Z", home_base=False)
    assert until == "2026-11-22T04:00:00Z"
    assert rest_until(duty(), f"{DAY}05:00:00Z", home_base=False) == f"{DAY}15:00:00Z"
    legs = [leg("17:00", "21:00")]
    state = after_rest(legs)
    assert state.rest_margin == 60
    assert state.duty_margin == 11 * 60 - 5 * 60
    assert legal(state)


def after_rest(legs: Sequence[Leg], **cells: Any) -> CrewState:
    return rested(
        duty(**cells),
        None,
        stood_down_utc=f"{DAY}05:00:00Z",
        flown_minutes=50,
        report_utc=f"{DAY}16:00:00Z",
        rested_from_utc=f"{DAY}15:00:00Z",
        legs=legs,
        rating="A320",
    )


def test_what_a_crew_worked_before_its_rest_counts_towards_the_cumulative_limits() -> None:
    legs = [leg("17:00", "21:00", 240)]
    # Reported 04:00, stood down 05:00; then 16:00 to 21:30: six and a half hours of duty. ORO.FTL.210(a)(1): 60 in 7 days.
    assert after_rest(legs, duty_7_days_minutes=50 * 60).cumulative_margin == 60 * 60 - 50 * 60 - 390
    # 50 minutes flown before the rest, 240 after it. ORO.FTL.210(b)(1): 100 hours of flight time in 28 days.
    assert after_rest(legs, flight_28_days_minutes=90 * 60).cumulative_margin == 100 * 60 - 90 * 60 - 290


def test_a_reserve_reports_within_its_standby() -> None:
    crew = duty(standby_start_utc=f"{DAY}04:00:00Z", standby_end_utc=f"{DAY}08:00:00Z")
    early = called_out(crew, legs=[leg("04:30", "08:00")], kind="A320")
    ready = called_out(crew, legs=[leg("05:00", "08:00")], kind="A320")
    assert not early.available
    assert legal(ready)
    assert best_first([early, ready])[0] == ready


def flight(key: str, origin: str, there: str, departure: str, arrival: str, **cells: Any) -> Item:
    return {
        "flight_id": key,
        "origin": origin,
        "destination": there,
        "route": f"{origin}-{there}",
        "departure_utc": f"{DAY}{departure}:00Z",
        "arrival_utc": f"{DAY}{arrival}:00Z",
        "block_minutes": 60,
        "distance_km": 1000,
        "seats": 100,
        "booked": 50,
    } | cells


LINE = [flight("A", "AUH", "BAH", "10:00", "11:00"), flight("B", "BAH", "AUH", "12:30", "13:30")]


def test_delay_shrinks_by_the_slack_on_the_ground() -> None:
    late = propagate(arrival_utc=f"{DAY}10:30:00Z", line=LINE, kind="A320", airports={})
    assert [each.delay_minutes for each in late] == [75, 30]
    assert late[-1].arrival_utc == f"{DAY}14:00:00Z"


def test_an_aircraft_that_is_back_in_time_delays_nothing() -> None:
    assert propagate(arrival_utc=f"{DAY}09:15:00Z", line=LINE, kind="A320", airports={}) == []


def test_knock_on_waits_for_a_closed_airport() -> None:
    evening = [flight("C", "FRA", "AUH", "21:30", "23:30", block_minutes=360)]
    late = propagate(arrival_utc=f"{DAY}21:10:00Z", line=evening, kind="B789", airports={"FRA": FRANKFURT})
    assert late[0].departure_utc == "2026-11-22T04:00:00Z"


@pytest.mark.parametrize(
    ("moment", "wait"),
    [
        ("2026-11-21T22:00:00Z", 360),  # 23:00 in winter
        ("2026-03-28T22:00:00Z", 360 - 60),  # the night that loses an hour: 23:00 winter time, opens 05:00 summer time
        ("2026-10-24T21:00:00Z", 360 + 60),  # the night that gains one: 23:00 summer time
        ("2026-10-25T00:30:00Z", 210),  # 02:30 for the first time
        ("2026-10-25T01:30:00Z", 150),  # 02:30 again
    ],
)
def test_the_wait_ends_when_the_clock_at_the_airport_shows_the_opening(moment: str, wait: int) -> None:
    """Frankfurt opens at 05:00 whatever the clocks did in the night."""
    assert curfew_wait(moment, FRANKFURT) == wait
    assert curfew_violation(times.shift(moment, wait), FRANKFURT) == 0
    assert curfew_violation(times.shift(moment, wait - 1), FRANKFURT) > 0


def test_the_schedule_keeps_out_of_the_night_in_which_the_clock_changes() -> None:
    midnight = times.parse("2026-10-24T22:00:00Z")
    assert outside_curfew("FRA", "Europe/Berlin", midnight) == times.parse("2026-10-25T04:10:00Z")


def test_everybody_of_a_cancelled_return_is_owed_by_the_own_delay() -> None:
    """Art. 7(2) halves what those are owed who come within four hours; a mean over all would not."""
    back = flight("B", "LHR", "AUH", "08:00", "15:00", distance_km=5517, booked=30)
    later = [
        flight("C", "LHR", "AUH", "10:00", "17:00", seats=60),
        flight("D", "LHR", "AUH", "18:00", "23:00", seats=60),
    ]
    situation = SimpleNamespace(
        later_back=[each | {"booked": 50} for each in later],
        other_carriers_back=[],
        airports={"LHR": {"country": "GB"}},
        incident=SimpleNamespace(cause=Cause.TECHNICAL),
    )
    outcome = cancelled_return(cast(Any, situation), back, {})
    assert (outcome.rebooked, outcome.stranded) == (20, 10)
    assert outcome.owed == {"GBP": 10 * 260 + 10 * 520 + 10 * 520}


@pytest.mark.parametrize(("departs", "ends"), [("16:30", 35), ("16:34", 35), ("16:35", 40), ("16:00", 5)])
def test_a_connection_ends_with_the_first_delay_that_misses_it(departs: str, ends: int) -> None:
    """On blocks at 15:00, an hour to connect: a flight at 16:30 is reached 30 minutes late, and missed 35 minutes late."""
    situation = SimpleNamespace(
        flight=flight("F", "LHR", "AUH", "08:00", "15:00"),
        airports={"AUH": {"connection_minutes": 60}},
        bookings=[
            {"flight_id": "F", "onward_flight_id": "N"},
            {"flight_id": "F"},
            {"flight_id": "E", "onward_flight_id": "F"},
        ],
        onward={"N": flight("N", "AUH", "BOM", "16:10", "19:30"), "F": flight("F", "LHR", "AUH", "08:00", "15:00")},
        other_carriers={
            "AUH-BOM": [{"departure_utc": f"{DAY}{departs}:00Z"}, {"departure_utc": f"{DAY}20:00:00Z"}],
            "LHR-AUH": [{"departure_utc": f"{DAY}17:00:00Z"}],
            "AUH-DEL": [{"departure_utc": f"{DAY}16:20:00Z"}],
        },
    )
    assert bought_connections_end(cast(Any, situation), 0, 120) == [ends]
    assert bought_connections_end(cast(Any, situation), ends - 1, ends) == [ends]
    assert bought_connections_end(cast(Any, situation), ends, 120) == []
    arrival = {delay: times.shift(f"{DAY}15:00:00Z", delay) for delay in (ends - 5, ends)}
    assert [connects(each, f"{DAY}{departs}:00Z", 60) for each in arrival.values()] == [True, False]


def test_a_quota_period_is_not_a_closure() -> None:
    assert curfew_wait(f"{DAY}23:45:00Z", LONDON) == 0
    assert curfew_violation(f"{DAY}23:45:00Z", LONDON) == 0
    assert curfew_violation(f"{DAY}22:30:00Z", FRANKFURT) == 30
    assert curfew_violation(f"{DAY}22:30:00Z", None) == 0


@given(first=st.integers(0, 600), more=st.integers(0, 300))
def test_a_later_arrival_never_shortens_a_later_delay(first: int, more: int) -> None:
    from packs.airline.times import shift

    def total(minutes: int) -> int:
        late = propagate(arrival_utc=shift(f"{DAY}08:00:00Z", minutes), line=LINE, kind="A320", airports={})
        return sum(each.delay_minutes for each in late)

    assert total(first + more) >= total(first)


def journeys(bookings: list[Item], later: list[Item], **cells: Any) -> Journeys:
    first = flight("F", "LHR", "AUH", "08:00", "15:00", distance_km=5517)
    onward = {"N": flight("N", "AUH", "BOM", "16:30", "19:30")}
    values: dict[str, Any] = {
        "flight": first,
        "countries": {"LHR": "GB", "AUH": "AE"},
        "extraordinary": False,
        "bookings": bookings,
        "later": later,
        "others": onward,
        "onward_later": {"AUH-BOM": [onward["N"], flight("M", "AUH", "BOM", "20:00", "23:00", seats=53)]},
        "connection_minutes": 60,
    }
    return Journeys(**(values | cells))


LOCAL: Item = {"booking_id": "B1", "flight_id": "F", "pax": 2, "tier": ""}
CONNECTING: Item = {"booking_id": "B2", "flight_id": "F", "pax": 3, "tier": "gold", "onward_flight_id": "N"}


def test_a_kept_connection_arrives_on_time() -> None:
    outcome = journeys([LOCAL, CONNECTING], []).fly(arrival_utc=f"{DAY}15:30:00Z", seats=100)
    assert (outcome.missed, outcome.rebooked, outcome.top_tier, outcome.delay_sum) == (0, 0, 0, 60)


def test_a_missed_connection_takes_the_next_flight_and_is_compensated() -> None:
    outcome = journeys([CONNECTING], []).fly(arrival_utc=f"{DAY}15:40:00Z", seats=100)
    assert (outcome.missed, outcome.rebooked, outcome.top_tier) == (3, 3, 3)
    assert outcome.mean_delay == 210
    assert outcome.owed == {"GBP": 3 * 260}


def test_without_a_later_seat_passengers_are_stranded() -> None:
    party = CONNECTING | {"pax": 4}
    outcome = journeys([party], []).fly(arrival_utc=f"{DAY}15:40:00Z", seats=100)
    assert (outcome.stranded, outcome.rebooked) == (4, 0)
    assert outcome.owed == {"GBP": 4 * 520}


def test_seats_that_are_short_go_to_tiers_first() -> None:
    later = [flight("L", "LHR", "AUH", "12:00", "19:00", seats=52)]
    outcome = journeys([LOCAL, CONNECTING], later).fly(arrival_utc=f"{DAY}15:00:00Z", seats=3)
    assert (outcome.rebooked, outcome.missed) == (2, 0)


def test_cancelling_rebooks_by_tier_and_strands_the_rest() -> None:
    later = [flight("L", "LHR", "AUH", "08:30", "15:20", seats=53)]
    outcome = journeys([LOCAL, CONNECTING], later).cancel()
    assert (outcome.rebooked, outcome.stranded, outcome.top_tier) == (3, 2, 3)


def test_an_unknown_airport_falls_back_to_the_distance_of_the_flight() -> None:
    first = flight("F", "LHR", "XXX", "08:00", "15:00", distance_km=1000)
    outcome = journeys([LOCAL], [], flight=first).fly(arrival_utc=f"{DAY}18:00:00Z", seats=100)
    assert outcome.owed == {"GBP": 2 * 220}


def elsewhere(number: str, departure: str, arrival: str, free: int, fare: int, route: str = "LHR-AUH") -> Item:
    return {
        "route": route, "other_id": f"{DAY}{departure}:00Z#{number}", "carrier": "QR", "number": number,
        "departure_utc": f"{DAY}{departure}:00Z", "arrival_utc": f"{DAY}{arrival}:00Z",
        "seats_free": free, "fare_usd": fare,
    }  # fmt: skip


def test_another_carrier_takes_whom_the_own_flights_cannot() -> None:
    others = {"LHR-AUH": [elsewhere("QR1", "10:00", "17:00", 2, 300)]}
    outcome = journeys([LOCAL, LOCAL], [], other_carriers=others).cancel()
    assert (outcome.rebooked, outcome.on_others, outcome.stranded, outcome.fares_usd) == (2, 2, 2, 600)
    assert outcome.delay_sum == 2 * 120 + 2 * 1440
    assert outcome.owed == {"GBP": 2 * 260 + 2 * 520}  # 120 minutes late against three hours: half of 520
    assert costs.care_usd(outcome=outcome, waiting_minutes=0, distance_km=5517) == 600 + 2 * 95 + 2 * (380 + 145)


def test_own_seats_come_first_unless_two_hours_later() -> None:
    others = {"LHR-AUH": [elsewhere("QR1", "10:00", "17:00", 9, 300)]}

    def taken(arrival: str) -> int:
        own = [flight("L", "LHR", "AUH", "12:00", arrival, seats=60)]
        return journeys([LOCAL], own, other_carriers=others).cancel().on_others

    assert (taken("18:55"), taken("19:05")) == (0, 2)


def test_the_cheaper_of_two_equal_seats_is_bought() -> None:
    others = {"LHR-AUH": [elsewhere(name, "10:00", "17:00", 2, fare) for name, fare in (("QR1", 310), ("QR2", 300))]}
    outcome = journeys([LOCAL, LOCAL], [], other_carriers=others).cancel()
    assert outcome.fares_usd == 2 * 310 + 2 * 300
    assert journeys([LOCAL], [], other_carriers=others).cancel().fares_usd == 2 * 300


def test_a_missed_connection_goes_on_with_another_carrier() -> None:
    others = {"AUH-BOM": [elsewhere("EK1", "17:00", "20:00", 3, 90, "AUH-BOM")]}
    outcome = journeys([CONNECTING], [], other_carriers=others).fly(arrival_utc=f"{DAY}15:40:00Z", seats=100)
    assert (outcome.missed, outcome.rebooked, outcome.on_others, outcome.mean_delay) == (3, 3, 3, 30)
    assert outcome.owed == {}


@given(free=st.lists(st.integers(0, 12), max_size=4), parties=st.integers(1, 12))
def test_more_carriers_never_strand_more(free: list[int], parties: int) -> None:
    own = [flight("L", "LHR", "AUH", "12:00", "19:00", seats=55)]
    offers = [elsewhere(f"QR{number}", "10:00", "17:00", seats, 100 + number) for number, seats in enumerate(free)]
    alone = journeys([LOCAL] * parties, own).cancel()
    helped = journeys([LOCAL] * parties, own, other_carriers={"LHR-AUH": offers}).cancel()
    assert helped.stranded <= alone.stranded
    assert helped.on_others <= sum(free)
    assert helped.passengers == alone.passengers


def test_nobody_on_board_has_no_delay() -> None:
    assert Outcome().mean_delay == 0


@pytest.mark.parametrize(("waiting", "usd"), [(100, 0), (200, 10 * 22), (400, 10 * (2 * 22 + 145))])
def test_care_grows_with_the_wait(waiting: int, usd: int) -> None:
    assert costs.care_usd(outcome=Outcome(passengers=10), waiting_minutes=waiting, distance_km=2000) == usd


def test_a_dearer_type_costs_its_difference() -> None:
    same = costs.flying_usd(
        planned_type="B789", kind="B789", swapped=True, reserve=False, delay_minutes=0, block_minutes=60
    )
    other = costs.flying_usd(
        planned_type="B789", kind="B77W", swapped=True, reserve=True, delay_minutes=0, block_minutes=60
    )
    assert (same, other) == (3500, 20000 + 2 * 3100 + 2500)


def test_money_is_in_dollars() -> None:
    assert costs.compensation_usd(Outcome(owed={"EUR": 1000}), Outcome(owed={"GBP": 100})) == 1080 + 127


FIELDS = {
    "crew_duty_margin_minutes": 60,
    "crew_rest_margin_minutes": 60,
    "turnaround_margin_minutes": 45,
    "mel_days_left": None,
    "lease_approved": None,
    "range_margin_km": 500,
    "total_cost_usd": 0,
    "passenger_delay_minutes": 0,
    "passengers_stranded": 0,
    "missed_connections": 0,
    "downstream_delay_minutes": 0,
    "downstream_crews_short": 0,
    "cancelled": False,
}


def test_a_perfect_option_scores_one_everywhere() -> None:
    assert [each.score(FIELDS) for each in scores.DIMENSIONS] == pytest.approx([1.0] * 4)
    assert sum(each.weight for each in scores.DIMENSIONS) == pytest.approx(1.0)


@given(
    name=st.sampled_from(sorted(set(FIELDS) - {"cancelled", "mel_days_left", "lease_approved"})),
    value=st.integers(-2000, 2_000_000),
    more=st.integers(1, 5000),
)
def test_scores_are_monotone(name: str, value: int, more: int) -> None:
    better_when_more = name.endswith(("margin_minutes", "margin_km"))
    for dimension in scores.DIMENSIONS:
        low = dimension.score(FIELDS | {name: value})
        high = dimension.score(FIELDS | {name: value + more})
        assert (high >= low) if better_when_more else (high <= low)


def test_the_margins_of_a_lease_count_half() -> None:
    assert scores.safety(FIELDS | {"lease_approved": True}) == pytest.approx(0.7)
    assert scores.safety(FIELDS | {"lease_approved": False, "crew_duty_margin_minutes": None}) == pytest.approx(0.7)


def test_cancelling_weighs_on_the_network() -> None:
    assert scores.network(FIELDS | {"cancelled": True}) == pytest.approx(0.25)
    assert scores.safety(dict.fromkeys(FIELDS)) == pytest.approx(1.0)
