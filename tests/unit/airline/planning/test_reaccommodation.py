"""Where the passengers of an option go, and what they are owed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from airline_rows import DAY, OPERATOR, at, flight
from conclave.pack.tables import Item
from hypothesis import given
from hypothesis import strategies as st
from packs.airline.geography import Places
from packs.airline.planning import costs
from packs.airline.planning.departures import bought_connections_end
from packs.airline.planning.effects.network import owed_on_later_flights
from packs.airline.planning.effects.passengers import cancelled_return
from packs.airline.planning.entitlements.aboard import Group, Queue, aboard, without_bookings
from packs.airline.planning.entitlements.rights import Rights
from packs.airline.planning.reaccommodation import Journeys
from packs.airline.planning.seats.travels import Outcome
from packs.airline.rules.airports.limits import connects
from packs.airline.rules.passengers.circumstances import ruling


def journeys(bookings: list[Item], later: list[Item], **cells: Any) -> Journeys:
    first = flight("F", "LHR", "AUH", "08:00", "15:00", distance_km=5517)
    onward = {"N": flight("N", "AUH", "BOM", "16:30", "19:30")}
    values: dict[str, Any] = {
        "flight": first,
        "bookings": bookings,
        "later": later,
        "others": onward,
        "onward_later": {"AUH-BOM": [onward["N"], flight("M", "AUH", "BOM", "20:00", "23:00", seats=53)]},
        "connection_minutes": 60,
    }
    values |= cells
    rights = Rights(OPERATOR, Places(), ruling("technical"), otherwise_km=values["flight"]["distance_km"])
    return Journeys(rights=rights, **values)


LOCAL: Item = {"booking_id": "B1", "flight_id": "F", "pax": 2, "tier": ""}


CONNECTING: Item = {"booking_id": "B2", "flight_id": "F", "pax": 3, "tier": "gold", "onward_flight_id": "N"}


def test_a_kept_connection_arrives_on_time() -> None:
    outcome = journeys([LOCAL, CONNECTING], []).fly(arrival_utc=at("15:30"), seats=100)
    assert (outcome.missed, outcome.rebooked, outcome.top_tier, outcome.delay_sum) == (0, 0, 0, 60)


def test_a_missed_connection_takes_the_next_flight_and_is_compensated() -> None:
    outcome = journeys([CONNECTING], []).fly(arrival_utc=at("15:40"), seats=100)
    assert (outcome.missed, outcome.rebooked, outcome.top_tier) == (3, 3, 3)
    assert outcome.mean_delay == 210
    assert outcome.owed == {"GBP": 3 * 260}


def test_a_missed_connection_waits_for_the_next_flight_and_is_cared_for() -> None:
    late = [flight("M", "AUH", "BOM", "22:30", "01:30", seats=60, arrival_utc=at("19:30") + 360)]
    outcome = journeys([LOCAL, CONNECTING], [], onward_later={"AUH-BOM": late}).fly(arrival_utc=at("15:40"), seats=100)
    assert costs.care_usd(OPERATOR, outcome=outcome, waiting_minutes=40, distance_km=5517) == 3 * (2 * 22 + 145 + 95)


def test_without_a_later_seat_passengers_are_stranded() -> None:
    party = CONNECTING | {"pax": 4}
    outcome = journeys([party], []).fly(arrival_utc=at("15:40"), seats=100)
    assert (outcome.stranded, outcome.rebooked) == (4, 0)
    assert outcome.owed == {"GBP": 4 * 520}


def test_seats_that_are_short_go_to_tiers_first() -> None:
    later = [flight("L", "LHR", "AUH", "12:00", "19:00", seats=52)]
    outcome = journeys([LOCAL, CONNECTING], later).fly(arrival_utc=at("15:00"), seats=3)
    assert (outcome.rebooked, outcome.missed) == (2, 0)


def test_of_ways_that_are_as_fast_the_one_that_changes_least_is_taken() -> None:
    alike = [flight("L", "LHR", "AUH", "08:00", "15:00", seats=60)]
    outcome = journeys([LOCAL, LOCAL | {"booking_id": "B3"}], alike).fly(arrival_utc=at("15:00"), seats=3)
    assert outcome.rebooked == 2

    # In time for N; and too late for it, but another one is sooner there: neither is late.
    both = [flight(name, "LHR", "AUH", "09:00", f"{at}:00", seats=60) for name, at in (("L1", 16), ("L2", 15))]
    onward = {"AUH-BOM": [flight("M", "AUH", "BOM", "17:30", "19:00", seats=60)]}
    outcome = journeys([CONNECTING], both, onward_later=onward).cancel()
    assert (outcome.delay_sum, outcome.rebooked, outcome.missed) == (0, 3, 0)


def test_cancelling_rebooks_by_tier_and_strands_the_rest() -> None:
    later = [flight("L", "LHR", "AUH", "08:30", "15:20", seats=53)]
    outcome = journeys([LOCAL, CONNECTING], later).cancel()
    assert (outcome.rebooked, outcome.stranded, outcome.top_tier) == (3, 2, 3)


def test_an_unknown_airport_falls_back_to_the_distance_of_the_flight() -> None:
    first = flight("F", "LHR", "XXX", "08:00", "15:00", distance_km=1000)
    outcome = journeys([LOCAL], [], flight=first).fly(arrival_utc=at("18:00"), seats=100)
    assert outcome.owed == {"GBP": 2 * 220}


def elsewhere(number: str, departure: str, arrival: str, free: int, fare: int, route: str = "LHR-AUH") -> Item:
    return {
        "route": route, "other_id": f"{DAY}T{departure}:00Z#{number}", "carrier": "QR", "number": number,
        "departure_utc": at(departure), "arrival_utc": at(arrival),
        "seats_free": free, "fare_usd": fare,
    }  # fmt: skip


def test_another_carrier_takes_whom_the_own_flights_cannot() -> None:
    others = {"LHR-AUH": [elsewhere("QR1", "10:00", "17:00", 2, 300)]}
    outcome = journeys([LOCAL, LOCAL], [], other_carriers=others).cancel()
    assert (outcome.rebooked, outcome.on_others, outcome.stranded, outcome.fares_usd) == (2, 2, 2, 600)
    assert outcome.delay_sum == 2 * 120 + 2 * 1440
    assert outcome.owed == {"GBP": 2 * 260 + 2 * 520}  # 120 minutes late against three hours: half of 520
    assert costs.care_usd(OPERATOR, outcome=outcome, waiting_minutes=0, distance_km=5517) == 600 + 2 * 95 + 2 * (
        380 + 145
    )


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
    outcome = journeys([CONNECTING], [], other_carriers=others).fly(arrival_utc=at("15:40"), seats=100)
    assert (outcome.missed, outcome.rebooked, outcome.on_others, outcome.mean_delay) == (3, 3, 3, 30)
    assert outcome.owed == {}


@pytest.mark.slow
@given(free=st.lists(st.integers(0, 12), max_size=4), parties=st.integers(1, 12))
def test_more_carriers_never_strand_more(free: list[int], parties: int) -> None:
    own = [flight("L", "LHR", "AUH", "12:00", "19:00", seats=55)]
    offers = [elsewhere(f"QR{number}", "10:00", "17:00", seats, 100 + number) for number, seats in enumerate(free)]
    alone = journeys([LOCAL] * parties, own).cancel()
    helped = journeys([LOCAL] * parties, own, other_carriers={"LHR-AUH": offers}).cancel()
    assert helped.stranded <= alone.stranded
    assert helped.on_others <= sum(free)
    assert helped.passengers == alone.passengers


def test_who_is_refused_a_seat_is_owed_whatever_the_cause_and_the_delay() -> None:
    """Art. 4(3): half of 520 for an hour; a cancellation would owe nothing below two hours."""
    later = [flight("L", "LHR", "AUH", "09:00", "16:00", seats=60)]
    parties = [LOCAL, LOCAL | {"booking_id": "B3"}]
    assert journeys(parties, later).fly(arrival_utc=at("15:00"), seats=2).owed == {"GBP": 2 * 260}
    assert journeys(parties, later).cancel().owed == {}


def test_passengers_of_a_later_flight_are_owed_by_their_own_journeys() -> None:
    """From London by Abu Dhabi to Bombay, and to Abu Dhabi with a connection that holds for an hour."""
    late = flight("A", "AUH", "BOM", "20:00", "23:00", booked=12)
    flights = {
        "Z": flight("Z", "LHR", "AUH", "08:00", "15:00"),
        "N": flight("N", "BOM", "LHR", "01:00", "10:00", departure_utc=at("23:00") + 120),
    }
    bookings = [
        {"booking_id": "B1", "flight_id": "A", "pax": 1, "onward_flight_id": "N"},
        {"booking_id": "B2", "flight_id": "Z", "pax": 3, "onward_flight_id": "A"},
        {"booking_id": "B3", "flight_id": "F", "pax": 5, "onward_flight_id": "A"},
        {"booking_id": "B4", "flight_id": "A", "pax": 2},
    ]
    rights = Rights(OPERATOR, Places(), ruling("technical"), otherwise_km=1)
    found = aboard(late, bookings, flights, counted={"F"}, connection=lambda *_: 60, rights=rights)
    assert found.groups == [
        Group("AUH", "LHR", 60, 1), Group("AUH", "BOM", None, 2), Group("LHR", "BOM", None, 3), Group("AUH", "BOM", None, 1),
    ]  # fmt: skip
    assert found.claims == [Group("LHR", "BOM", None, 3)]
    assert [Group("AUH", "LHR", 60, 1).late(delay) for delay in (60, 61)] == [0, 61]
    situation: Any = SimpleNamespace(rights=rights, on_board=lambda _: found)
    for delay, pounds in ((179, 0), (180, 260), (240, 520)):
        knock_on: Any = SimpleNamespace(flight=late, delay_minutes=delay)
        assert owed_on_later_flights(situation, [knock_on]).owed == ({"GBP": 3 * pounds} if pounds else {})


def test_parties_wait_in_line_and_may_be_parted() -> None:
    queue = Queue([Group("LHR", "AUH", None, 3), Group("LHR", "BOM", 10, 2)])
    assert list(queue.next(4)) == [Group("LHR", "AUH", None, 3), Group("LHR", "BOM", 10, 1)]
    assert list(queue.next(9)) == [Group("LHR", "BOM", 10, 1)]


def test_nobody_on_board_has_no_delay() -> None:
    assert Outcome().mean_delay == 0


def test_everybody_of_a_cancelled_return_is_owed_by_the_own_delay() -> None:
    """Art. 7(2) halves what those are owed who come within four hours; a mean over all would not."""
    back = flight("B", "LHR", "AUH", "08:00", "15:00", distance_km=5517, booked=30)
    later = [
        flight("C", "LHR", "AUH", "10:00", "17:00", seats=60),
        flight("D", "LHR", "AUH", "18:00", "23:00", seats=60),
    ]
    rights = Rights(OPERATOR, Places(), ruling("technical"), otherwise_km=5517)
    situation = SimpleNamespace(
        later_back=[each | {"booked": 50} for each in later],
        other_carriers_back=[],
        rights=rights,
        on_board=lambda each: without_bookings(each, rights),
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
        connection_to=lambda _: 60,
        bookings=[
            {"flight_id": "F", "onward_flight_id": "N"},
            {"flight_id": "F"},
            {"flight_id": "E", "onward_flight_id": "F"},
        ],
        onward={"N": flight("N", "AUH", "BOM", "16:10", "19:30"), "F": flight("F", "LHR", "AUH", "08:00", "15:00")},
        other_carriers={
            "AUH-BOM": [{"departure_utc": at(departs)}, {"departure_utc": at("20:00")}],
            "LHR-AUH": [{"departure_utc": at("17:00")}],
            "AUH-DEL": [{"departure_utc": at("16:20")}],
        },
    )
    assert bought_connections_end(cast(Any, situation), 0, 120) == [ends]
    assert bought_connections_end(cast(Any, situation), ends - 1, ends) == [ends]
    assert bought_connections_end(cast(Any, situation), ends, 120) == []
    arrival = {delay: at("15:00") + delay for delay in (ends - 5, ends)}
    assert [connects(each, at(departs), 60) for each in arrival.values()] == [True, False]
