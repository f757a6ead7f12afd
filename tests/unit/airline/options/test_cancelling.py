"""What cancelling leaves behind, and that a flight which can leave soon is not cancelled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from conclave.pack.tables import Item, ScopedTables
from conclave.testing.tables import MemoryTables
from packs.airline import PACK, times
from packs.airline.fields import FIELDS
from packs.airline.models import Cause
from packs.airline.planning.crew_choice import own_move
from packs.airline.planning.effects.fields import FlyingEffects, limited_fields
from packs.airline.planning.effects.passengers import journeys_of
from packs.airline.planning.situation import read_situation

Decide = Callable[..., Any]
Rows = Mapping[str, Any]


def test_a_flight_that_does_not_come_home_leaves_its_later_flights_without_an_aircraft(
    decide: Decide, flights: Mapping[str, Item]
) -> None:
    room = decide(flight="EY18", cause=Cause.CREW)
    cancelled = next(each for each in room.options if each.action == "cancel_rebook")
    flight = flights["EY18-2026-11-21"]
    ends = times.shift(flight["arrival_utc"], 24 * 60)
    later = [
        each
        for each in flights.values()
        if each["tail"] == flight["tail"] and flight["departure_utc"] < each["departure_utc"] <= ends
    ]
    assert later
    assert cancelled.fields["downstream_flights"] == 1 + len(later)
    # Handling 18,000 and 65,000 a flight that does not operate; the rest is cargo that stays behind.
    assert cancelled.fields["operating_cost_usd"] == 18_000 + 65_000 * (1 + len(later)) + round(
        2.4 * cancelled.fields["cargo_offloaded_kg"]
    )
    out = decide(flight="EY17", cause=Cause.CREW)
    assert next(each for each in out.options if each.action == "cancel_rebook").fields["downstream_flights"] == 1


EARLY: dict[str, Any] = {"flight": "EY789", "cause": Cause.ATC, "received": "2026-11-21T11:30:00Z"}
"""Its duty of 10:40 may take 12:00, and its crew has reported."""


def cancelling(room: Any) -> tuple[Any, set[str]]:
    option, scored = next(
        (option, scored)
        for option, scored in zip(room.options, room.scored, strict=True)
        if option.action == "cancel_rebook"
    )
    return option.fields["cancellation_needed"], set(scored.violations)


@pytest.mark.parametrize(
    ("minutes", "needed"),
    [
        (60, False),  # within the duty
        (80 + 120, False),  # two hours of the commander's discretion
        (80 + 120 + 5, True),  # five minutes more than a commander may add
        (245, True),
    ],
)
def test_a_flight_that_can_leave_soon_is_not_cancelled(decide: Decide, minutes: int, needed: bool) -> None:
    found, violations = cancelling(decide(**EARLY, delay_minutes=minutes))
    assert found is needed
    assert ("operator.cancellation" in violations) is not needed


def test_how_soon_is_the_operators_to_say(decide: Decide, rows: Rows) -> None:
    def with_limit(minutes: int) -> MemoryTables:
        figure = {"carrier": "EY", "name": "cancel_only_after_minutes", "value": minutes, "unit": "min"}
        kept = [each for each in rows["figures"] if each["name"] != figure["name"]]
        return MemoryTables(PACK.tables, {**rows, "figures": [*kept, figure]})

    for limit, needed in ((59, True), (60, False), (0, True)):
        assert cancelling(decide(network=with_limit(limit), **EARLY, delay_minutes=60))[0] is needed


def test_a_flight_without_its_aircraft_or_its_crew_may_be_cancelled(decide: Decide) -> None:
    for cause in (Cause.TECHNICAL, Cause.CREW):
        assert cancelling(decide(flight="EY17", cause=cause)) == (True, set())


def test_options_that_fly_are_not_asked_whether_a_cancellation_is_needed(decide: Decide) -> None:
    room = decide(**EARLY, delay_minutes=60)
    assert {each.fields["cancellation_needed"] for each in room.options if not each.fields["cancelled"]} == {None}


def test_what_decides_whether_it_can_leave_is_every_field_with_a_limit(decide: Decide, tables: MemoryTables) -> None:
    incident = decide(**EARLY, delay_minutes=60).incident
    situation = read_situation(incident, ScopedTables(tables, PACK.plan_reads), EARLY["received"])
    move = own_move(situation, 60)
    found = limited_fields(situation, move)
    assert {each.name for each in FIELDS if (each.must, each.least, each.most) != (None, None, None)} <= set(found)
    whole = FlyingEffects(situation, journeys_of(situation)).fields(move)
    assert {name: whole[name] for name in found} == found
