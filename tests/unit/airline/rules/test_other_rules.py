from __future__ import annotations

from typing import Any

import pytest
from airline_rows import at
from hypothesis import given
from hypothesis import strategies as st
from packs.airline import times
from packs.airline.geography import distance_km
from packs.airline.rules import cargo
from packs.airline.rules.aircraft import equipment
from packs.airline.rules.airports import limits as airport_rules
from packs.airline.rules.passengers.care import care_from_minutes
from packs.airline.rules.passengers.europe import Harm, Ticket, compensation
from packs.airline.sample_data.stations import airports

MINUTES = st.integers(0, 1439)


def item(**cells: Any) -> dict[str, Any]:
    return {
        "item_id": "x",
        "ata": "24-22-01",
        "category": "C",
        "discovered": "2026-11-20",
        "relief": True,
        "not_with": [],
    } | cells


def test_category_b_ends_as_in_the_example_of_the_definition() -> None:
    # Recorded at 10:00 on 26 January: the three days run from midnight of the 26th to midnight of the 29th.
    assert equipment.last_day(category="B", discovered="2026-01-26") == "2026-01-29"


@pytest.mark.parametrize(("category", "days"), [("B", 3), ("C", 10), ("D", 120)])
def test_the_day_of_discovery_does_not_count(category: str, days: int) -> None:
    assert equipment.days_left(item(category=category, discovered="2026-11-20"), "2026-11-20") == days


def test_category_a_needs_its_own_interval() -> None:
    assert equipment.last_day(category="A", discovered="2026-11-20", days=2) == "2026-11-22"
    with pytest.raises(ValueError, match="category 'A'"):
        equipment.last_day(category="A", discovered="2026-11-20")
    with pytest.raises(ValueError, match="category 'E'"):
        equipment.last_day(category="E", discovered="2026-11-20")


def test_an_item_grounds_when_it_expires_the_day_after_its_last_day() -> None:
    assert equipment.grounding_reasons([item(category="B")], "2026-11-23") == ()
    assert equipment.grounding_reasons([item(category="B")], "2026-11-24") == ("24-22-01 category B expired",)


def test_an_item_without_relief_grounds() -> None:
    assert equipment.grounding_reasons([item(relief=False, category="A")], "2026-11-21") == (
        "24-22-01 has no MEL relief",
    )


def test_two_items_ground_together_and_not_alone() -> None:
    generator, power = item(not_with=["49-11-01"]), item(item_id="y", ata="49-11-01")
    assert equipment.grounding_reasons([generator], "2026-11-21") == ()
    assert equipment.grounding_reasons([power, generator], "2026-11-21") == ("24-22-01 together with 49-11-01",)


@given(distance=st.integers(0, 20000), delay=st.integers(0, 3000), harm=st.sampled_from(Harm))
def test_a_longer_delay_never_lowers_compensation(distance: int, delay: int, harm: Harm) -> None:
    ticket = Ticket(origin="FR", destination="AE", distance_km=distance, licence="AE")

    def owed(minutes: int) -> int:
        return compensation(ticket, harm=harm, delay_minutes=minutes, extraordinary=False)[0]

    assert owed(delay + 30) >= owed(delay)


@pytest.mark.parametrize(("distance", "minutes"), [(1500, 120), (3500, 180), (3501, 240)])
def test_care_is_owed_from_the_threshold_of_article_six(distance: int, minutes: int) -> None:
    assert care_from_minutes(distance) == minutes
    assert care_from_minutes(distance, within_community=True) == min(minutes, 180)


@pytest.mark.parametrize(
    ("clock", "minutes"), [("22:59", 0), ("23:00", 1), ("23:20", 20), ("02:00", 180), ("04:50", 10), ("05:00", 0)]
)
def test_frankfurt_is_closed_from_23_to_5(clock: str, minutes: int) -> None:
    curfew = airport_rules.CURFEWS["FRA"]
    found = airport_rules.curfew_violation_minutes(times.clock_minutes(clock), curfew.start, curfew.end)
    assert found == minutes


@given(minute=MINUTES, name=st.sampled_from(sorted(airport_rules.CURFEWS)))
def test_waiting_for_the_opening_ends_the_violation(minute: int, name: str) -> None:
    curfew = airport_rules.CURFEWS[name]
    wait = airport_rules.minutes_to_opening(minute, curfew.start, curfew.end)
    later = (minute + wait) % 1440
    assert airport_rules.curfew_violation_minutes(later, curfew.start, curfew.end) == 0
    assert (wait == 0) == (airport_rules.curfew_violation_minutes(minute, curfew.start, curfew.end) == 0)


@pytest.mark.parametrize(("minutes", "fits"), [(-6, False), (-5, True), (0, True), (10, True), (11, False)])
def test_a_slot_is_kept_from_five_before_to_ten_after(minutes: int, fits: bool) -> None:
    slot = at("10:00")
    assert airport_rules.slot_fits(slot + minutes, [slot]) is fits


def test_off_blocks_for_a_slot_lies_the_taxi_time_before() -> None:
    assert airport_rules.earliest_off_blocks(at("10:00")) == at("09:45")


def test_a_connection_needs_its_minimum_time() -> None:
    assert airport_rules.connects(at("10:00"), at("11:00"), 60)
    assert not airport_rules.connects(at("10:01"), at("11:00"), 60)


@pytest.mark.parametrize(("cell", "value"), [("ceiling_ft", 199), ("visibility_m", 549), ("crosswind_kt", 34)])
def test_minima_are_category_one(cell: str, value: int) -> None:
    good = {"ceiling_ft": 200, "visibility_m": 550, "crosswind_kt": 33}
    assert airport_rules.above_minima(good)
    assert not airport_rules.above_minima(good | {cell: value})


@pytest.mark.parametrize(
    ("species", "last"), [("poultry", 12 * 60 - 1), ("chicks", 24 * 60 - 1), ("dogs_cats", 24 * 60)]
)
def test_animals_have_the_journey_of_their_species(species: str, last: int) -> None:
    """Annex I Chapter V 2.1: without feed a journey lasts less than 12 or 24 hours; 2.2: fed at intervals of not more than 24."""
    loaded = at("00:00")
    for minutes, margin in ((last, 0), (last + 1, -1)):
        arrival = loaded + minutes
        assert cargo.animal_margin_minutes(species=species, loaded_utc=loaded, arrival_utc=arrival) == margin


def test_cold_chain_counts_until_the_truck() -> None:
    margin = cargo.cold_chain_margin_minutes(qualified_until_utc=at("12:00"), arrival_utc=at("10:00"))
    assert margin == 30


def test_distances_are_great_circles() -> None:
    hub, there = airports()["AUH"], airports()["LHR"]
    assert distance_km(hub.lat, hub.lon, there.lat, there.lon) == pytest.approx(5520, abs=15)
    assert distance_km(hub.lat, hub.lon, hub.lat, hub.lon) == 0
