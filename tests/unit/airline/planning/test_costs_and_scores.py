"""What an option costs, and how its fields become scores."""

from __future__ import annotations

import pytest
from airline_rows import OPERATOR
from hypothesis import given
from hypothesis import strategies as st
from packs.airline import scores
from packs.airline.planning import costs
from packs.airline.planning.seats.travels import Outcome


@pytest.mark.parametrize(("waiting", "usd"), [(100, 0), (200, 10 * 22), (400, 10 * (2 * 22 + 145))])
def test_care_grows_with_the_wait(waiting: int, usd: int) -> None:
    outcome = Outcome(passengers=10, waits={(0, True): 10})
    assert costs.care_usd(OPERATOR, outcome=outcome, waiting_minutes=waiting, distance_km=2000) == usd


def test_everybody_is_cared_for_by_the_own_wait() -> None:
    """An hour for the flight, nine hours for a missed connection; who leaves with another flight does not wait for this one."""
    outcome = Outcome()
    for pax, late, rebooked, aboard in ((100, 60, False, True), (10, 540, True, True), (5, 20, True, False)):
        outcome.add(pax=pax, delay=late, top=False, rebooked=rebooked, stranded=False, aboard=aboard)
    outcome.add(pax=2, delay=1440, top=False, rebooked=False, stranded=True)

    def care(waiting: int) -> float:
        return (
            costs.care_usd(OPERATOR, outcome=outcome, waiting_minutes=waiting, distance_km=2000)
            - 15 * 95
            - 2 * (380 + 145)
        )

    assert care(60) == 10 * (2 * 22 + 145)
    assert care(200) == 100 * 22 + 10 * (2 * 22 + 145)
    assert care(720) == 110 * (3 * 22 + 145)


def test_a_dearer_type_costs_its_difference() -> None:
    same = costs.flying_usd(
        OPERATOR, planned_type="B789", kind="B789", swapped=True, reserve=False, delay_minutes=0, block_minutes=60
    )
    other = costs.flying_usd(
        OPERATOR, planned_type="B789", kind="B77W", swapped=True, reserve=True, delay_minutes=0, block_minutes=60
    )
    assert (same, other) == (3500, 20000 + 2 * 3100 + 2500)


def test_money_is_in_dollars() -> None:
    assert costs.compensation_usd(OPERATOR, Outcome(owed={"EUR": 1000}), Outcome(owed={"GBP": 100})) == 1080 + 127


FIELDS = {
    "crew_duty_margin_minutes": 60,
    "crew_rest_margin_minutes": 60,
    "turnaround_margin_minutes": 45,
    "mel_days_left": None,
    "lease_approved": None,
    "discretion_minutes": 0,
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


def test_a_duty_that_the_commander_lengthens_costs_a_tenth_and_its_margin() -> None:
    lengthened = FIELDS | {"discretion_minutes": 1, "crew_duty_margin_minutes": 0}
    assert scores.safety(lengthened) == pytest.approx(0.4 + 0.6 * 0.65 - 0.1)


def test_cancelling_weighs_on_the_network() -> None:
    assert scores.network(FIELDS | {"cancelled": True}) == pytest.approx(0.25)
    assert scores.safety(dict.fromkeys(FIELDS)) == pytest.approx(1.0)
