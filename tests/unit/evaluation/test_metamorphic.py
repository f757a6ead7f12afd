"""What must hold between evaluations whatever the figures are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packs.airline.models import Cause
from packs.airline.scores import passengers

from evaluation.airline.exact.actions import Action
from evaluation.airline.exact.truth import Evaluation, Truth
from evaluation.airline.rules.clock import minutes
from evaluation.data import Changes, Rows

FLIGHTS = ("EY17", "EY33", "EY715", "EY789", "EY454", "EY18", "EY802")
few = settings(
    deadline=None,
    max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
flights = st.sampled_from(FLIGHTS)
delays = st.integers(0, 60).map(lambda steps: 5 * steps)


def total(found: Evaluation | None) -> float:
    return found.total if found else 0.0


def full(truth: Truth, action: Action) -> dict[str, Any]:
    return dict(truth.evaluate(action).fields)


@few
@given(number=flights, less=delays, more=delays)
def test_more_delay_never_raises_the_passenger_score(exact: Any, number: str, less: int, more: int) -> None:
    truth = exact(number, Cause.ATC, 30)
    planned = truth.own(0)
    first, later = (full(truth, replace(planned, delay=delay)) for delay in sorted((less, more)))
    assert passengers(later) <= passengers(first)


@pytest.mark.slow
@few
@given(number=st.sampled_from(("EY17", "EY715", "EY33", "EY103")), keep=st.integers(0, 2))
def test_removing_a_spare_never_improves_the_best_option(exact: Any, network: Rows, number: str, keep: int) -> None:
    spares = [item["tail"] for item in network.all("aircraft") if item["spare"]]
    gone = spares[: len(spares) - keep]
    with_all = exact(number, Cause.TECHNICAL).best()
    without = exact(number, Cause.TECHNICAL, changes=Changes(remove={"aircraft": gone})).best()
    assert total(without) <= total(with_all)


@pytest.mark.slow
@few
@given(number=flights, start=st.integers(0, 23), hours=st.integers(1, 7), delay=st.integers(1, 12))
def test_a_further_closure_never_adds_a_feasible_option(
    exact: Any, network: Rows, number: str, start: int, hours: int, delay: int
) -> None:
    open_ = exact(number, Cause.ATC, 15 * delay)
    airport = open_.case.airport(open_.case.flight["destination"])
    if airport["curfew_closed"]:
        return
    closed = airport | {
        "curfew_start": f"{start:02d}:00",
        "curfew_end": f"{(start + hours) % 24:02d}:00",
        "curfew_closed": True,
    }
    shut = exact(number, Cause.ATC, 15 * delay, changes=Changes(put={"airports": [closed]}))
    for late in range(0, 600, 45):
        for action in open_.actions(late):
            if open_.evaluate(action).broken:
                assert shut.evaluate(action).broken, action
    assert total(shut.best()) <= total(open_.best())


@pytest.mark.parametrize("number", ["EY17", "EY18", "EY789"])
def test_a_further_slot_rule_never_adds_a_feasible_option(exact: Any, number: str) -> None:
    free = exact(number, Cause.AIRPORT, 60)
    slot = {
        "flight_id": free.case.flight["flight_id"],
        "ctot_utc": free.case.flight["arrival_utc"],
        "status": "on_offer",
    }
    present = free.case.rows.where("slots", "flight_id", slot["flight_id"])
    gone = [(each["flight_id"], each["ctot_utc"]) for each in present]
    unbound = exact(number, Cause.AIRPORT, 60, changes=Changes(remove={"slots": gone}))
    bound = exact(
        number, Cause.AIRPORT, 60, changes=Changes(remove={"slots": gone}).also(Changes(put={"slots": [slot]}))
    )
    assert total(bound.best()) <= total(unbound.best())


@few
@given(number=flights, prefix=st.text("XYZ", min_size=1, max_size=4), delay=delays)
def test_renaming_passengers_changes_nothing(exact: Any, network: Rows, number: str, prefix: str, delay: int) -> None:
    before = exact(number, Cause.ATC, 30)
    key = before.case.flight["flight_id"]
    those = [*network.where("bookings", "flight_id", key), *network.where("bookings", "onward_flight_id", key)]
    renamed = Changes(
        put={"bookings": [item | {"booking_id": prefix + item["booking_id"]} for item in those]},
        remove={"bookings": [item["booking_id"] for item in those]},
    )
    after = exact(number, Cause.ATC, 30, changes=renamed)
    assert full(after, after.own(delay)) == full(before, before.own(delay))
    # A cancelled flight is re-accommodated by a programme that may have several best answers; its sum is the same.
    assert after.passengers.cancelled().weighted == before.passengers.cancelled().weighted


def test_no_passenger_is_lost_and_no_flight_overfull(exact: Any) -> None:
    truth = exact("EY17", Cause.ATC, 30)
    result = truth.passengers.cancelled()
    assert result.passengers == truth.passengers.total == truth.case.flight["booked"]
    taken: dict[str, int] = {}
    for party, journey in result.parts:
        for flight in journey.uses:
            taken[flight] = taken.get(flight, 0) + party.pax
    for key, seats in taken.items():
        route, _, other = key.partition(" ")
        flight = (
            truth.case.rows.item("other_flights", (route, other)) if other else truth.case.rows.item("flights", key)
        )
        assert seats <= (flight["seats_free"] if other else flight["seats"] - flight["booked"])
    assert result.others == sum(party.pax for party, journey in result.parts if journey.others)


def test_a_return_inside_a_closure_leaves_at_the_opening_though_the_flight_is_on_time(
    exact: Any, network: Rows
) -> None:
    """EY789 comes to Istanbul at 16:25, and its return is planned inside a closure that ends at 21:00 there, 18:00 UTC."""
    open_ = exact("EY789", Cause.ATC, 0)
    back = open_.case.back
    closed = network.item("airports", "IST") | {  # type: ignore[operator]
        "curfew_start": "19:45",
        "curfew_end": "21:00",
        "curfew_closed": True,
    }
    assert "16:45" <= back["departure_utc"][11:16] < "18:00"
    shut = exact("EY789", Cause.ATC, 0, changes=Changes(put={"airports": [closed]}))
    before, after = (full(each, each.own(0)) for each in (open_, shut))
    assert (before["downstream_flights"], after["downstream_flights"] > 0) == (0, True)
    assert after["downstream_delay_minutes"] >= 18 * 60 - minutes(back["departure_utc"]) % 1440
