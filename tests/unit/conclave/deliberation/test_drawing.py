"""A drawing that does not fit its pack or its plan is told, and one that is too large is left out."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.deliberation.drawing import kept_drawing, misdrawn
from conclave.types import Bar, Drawing, LaneKind, Option, Picture, Place, Plan
from conclave.untrusted.limits import MAX_BARS
from msgspec import structs

PICTURE = Picture(lanes=(LaneKind(name="pumps", title="Pumps"),), figures=("cost",), map_title="Map")
BAR = Bar(
    lane="pumps/P1",
    subject="jobs/1",
    label="job",
    start="2026-11-21T06:00:00Z",
    end="2026-11-21T07:00:00Z",
    origin="here",
    destination="there",
)
PLACES = (Place(id="here", lat=1.0, lon=2.0), Place(id="there", lat=3.0, lon=4.0))


def plan(drawing: Drawing | None) -> Plan:
    option = Option(id="O1", action="fix", parameters={}, fields={}, summary="")
    return Plan(options=(option,), facts=(), drawing=drawing)


def drawn(**changes: Any) -> Drawing:
    return Drawing(places=PLACES, bars=(structs.replace(BAR, **changes),), planned=(0,), options={"O1": (0,)})


def test_a_drawing_that_fits_has_no_problem() -> None:
    assert misdrawn(PICTURE, plan(drawn())) == []
    assert misdrawn(None, plan(None)) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lane": "cranes/C1"}, "no lane is declared for cranes/C1"),
        ({"lane": "pumps"}, "no lane is declared for pumps"),
        ({"end": BAR.start}, "jobs/1 ends before it starts"),
        ({"destination": "nowhere"}, "jobs/1 is between places without a position"),
    ],
)
def test_a_bar_that_fits_nothing_is_told(changes: Any, said: str) -> None:
    assert misdrawn(PICTURE, plan(drawn(**changes))) == [said]


def test_a_drawing_without_a_declaration_or_of_other_options_is_told() -> None:
    assert misdrawn(None, plan(drawn())) == ["the pack declares no picture"]
    other = structs.replace(drawn(), options={"O2": (0,)}, planned=(1,))
    assert misdrawn(PICTURE, plan(other)) == ["option O2 does not exist", "there is no bar 1"]


def test_a_drawing_with_too_many_bars_is_left_out() -> None:
    assert kept_drawing(plan(drawn())) == drawn()
    assert kept_drawing(plan(Drawing(bars=(BAR,) * MAX_BARS))) is not None
    assert kept_drawing(plan(Drawing(bars=(BAR,) * (MAX_BARS + 1)))) is None
