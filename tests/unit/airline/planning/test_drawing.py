"""The timeline of a plan says what its options say: the same aircraft, crews and times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from conclave.deliberation.drawing import misdrawn
from conclave.pack import Bar, BarState, Plan
from conclave.pack.tables import ScopedTables
from conclave.testing.tables import MemoryTables
from packs.airline import PACK
from packs.airline.models import Cause, Incident, Problem

DATE = "2026-11-21"
CASES: list[tuple[str, Cause, int]] = [
    ("EY17", Cause.TECHNICAL, 0),
    ("EY18", Cause.TECHNICAL, 300),
    ("EY33", Cause.CREW, 0),
    ("EY73", Cause.AIRPORT, 330),
    ("EY759", Cause.WEATHER, 0),
]


@pytest.fixture(scope="session")
def planned(tables: MemoryTables) -> dict[tuple[str, Cause, int], tuple[Incident, Plan]]:
    """The plan about each case, and its incident."""
    found = {}
    for number, cause, minutes in CASES:
        typed = Incident(flight=number, date=DATE, problems=(Problem(cause=cause, minutes=minutes),))
        resolved = PACK.resolve(typed, ScopedTables(tables, PACK.resolve_reads), f"{DATE}T04:00:00Z")
        plan = PACK.plan(resolved, ScopedTables(tables, PACK.plan_reads), f"{DATE}T04:00:00Z")
        found[number, cause, minutes] = (resolved, plan)
    return found


def of(plan: Plan, numbers: Sequence[int]) -> list[Bar]:
    assert plan.drawing is not None
    return [plan.drawing.bars[number] for number in numbers]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_bars_say_what_options_say(planned: Any, case: Any) -> None:
    incident, plan = planned[case]
    drawing = plan.drawing
    assert misdrawn(PACK.picture, plan) == []
    assert set(drawing.options) == {option.id for option in plan.options}
    subject = f"flights/{incident.flight_id}"
    (scheduled,) = [bar for bar in of(plan, drawing.planned) if bar.subject == subject]
    for option in plan.options:
        bars = of(plan, drawing.options[option.id])
        own = [bar for bar in bars if bar.subject == subject and bar.lane.startswith("aircraft/")] or [scheduled]
        assert len(own) == 1, option.summary
        if option.fields["cancelled"]:
            assert own[0].state is BarState.DROPPED, option.summary
            continue
        assert own[0].start == option.fields["departure_utc"], option.summary
        assert own[0].lane == f"aircraft/{option.fields['tail']}", option.summary
        assert own[0].destination == option.fields["arrival_airport"], option.summary
        late = [bar for bar in bars if bar.lane.startswith("aircraft/") and bar.subject != subject]
        assert len([bar for bar in late if bar.state is BarState.MOVED]) >= option.fields["downstream_flights"]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_crew_that_flies_is_drawn_and_the_one_that_does_not_is_struck_out(planned: Any, case: Any) -> None:
    _, plan = planned[case]
    rostered = {bar.lane for bar in of(plan, plan.drawing.planned) if bar.lane.startswith("crews/")}
    for option in plan.options:
        bars = {bar.lane: bar for bar in of(plan, plan.drawing.options[option.id]) if bar.lane.startswith("crews/")}
        crew = f"crews/{option.fields['crew_id']}"
        if option.fields["cancelled"] or not option.parameters.get("crew_report_utc"):
            continue
        if crew in rostered:
            assert all(bar.state is BarState.MOVED for bar in bars.values())
        else:
            assert bars[crew].state is BarState.ADDED
            assert bars[crew].start == option.parameters["crew_report_utc"]
            assert {bar.state for lane, bar in bars.items() if lane in rostered} == {BarState.DROPPED}


def test_slots_of_the_flight_are_windows_and_take_off_stands_beside_them(planned: Any) -> None:
    _, plan = planned["EY17", Cause.TECHNICAL, 0]
    windows = [bar for bar in of(plan, plan.drawing.planned) if bar.lane.startswith("slots/")]
    assert windows
    flying = [option for option in plan.options if not option.fields["cancelled"]]
    for option in flying:
        (off,) = [bar for bar in of(plan, plan.drawing.options[option.id]) if bar.lane.startswith("slots/")]
        inside = any(window.start <= off.start < window.end or off.start == window.end for window in windows)
        assert inside is option.fields["slot_ok"], option.summary


def test_only_lines_that_options_touch_are_drawn_and_every_end_has_a_place(planned: Any) -> None:
    for _, plan in planned.values():
        touched = {bar.lane for numbers in plan.drawing.options.values() for bar in of(plan, numbers)}
        drawn = {bar.lane for bar in of(plan, plan.drawing.planned) if bar.lane.startswith("aircraft/")}
        assert drawn <= touched
        places = {place.id for place in plan.drawing.places}
        assert places
        assert all({bar.origin, bar.destination} <= {"", *places} for bar in plan.drawing.bars)
