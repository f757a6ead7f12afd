"""Rosters that the sample does not have: other home bases, long rotations, unknown states; all sides agree on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from packs.airline import PACK
from packs.airline.models import Cause

from evaluation.airline.exact.truth import Truth
from evaluation.airline.judging import SOLVED
from evaluation.data import Rows

Decide = Callable[..., Any]
CREW = (
    "crew_duty_margin_minutes",
    "crew_rest_margin_minutes",
    "crew_next_rest_margin_minutes",
    "downstream_crews_short",
)


def changed(rows: Mapping[str, list[Item]], flight: str, *, base: str = "", regime: str = "easa", **cells: Any) -> Any:
    """The network with other cells in the duty of a flight, its crew at home elsewhere, under other rules."""
    duty = next(each for each in rows["duties"] if f"{flight}-2026-11-21" in each["flights"])
    put = {
        "duties": [each | (cells if each is duty else {}) for each in rows["duties"]],
        "crews": [
            each | ({"base": base} if base and each["crew_id"] == duty["crew_id"] else {}) for each in rows["crews"]
        ],
        "operators": [each | {"duty_regime": regime} for each in rows["operators"]],
    }
    return {**rows, **put}


def agreed(decide: Decide, network: Any, flight: str, cause: Cause, minutes: int) -> Any:
    """The decision, after every option was compared with the exact evaluation's."""
    room = decide(MemoryTables(PACK.tables, network), flight=flight, cause=cause, delay_minutes=minutes)
    assert not [gap for gap in room.gaps if gap.mandatory]
    exact = Truth(Rows(PACK.tables, network), room.incident, room.received)
    for option in room.options:
        mirrored = exact.action_of(option.action, option.parameters)
        assert mirrored is not None, option.summary
        told = {name: value for name, value in exact.evaluate(mirrored).fields.items() if name not in SOLVED}
        assert {name: option.fields[name] for name in told} == told, option.summary
    return room


def waiting(room: Any) -> Any:
    return next(each for each in room.options if each.action == "delay")


@pytest.mark.slow
@pytest.mark.parametrize("regime", ["easa", "faa"])
@pytest.mark.parametrize(
    ("flight", "cells"),
    [
        ("EY12", {"base": "LHR"}),  # a crew of another hub that flies from home
        ("EY12", {"base": "LHR", "starts_at_base": True, "ends_at_base": False}),
        ("EY12", {"previous_rotation_minutes": 30 * 60}),  # unknown: 54 hours since Abu Dhabi
        ("EY12", {"previous_rotation_minutes": 100 * 60, "rested_difference_minutes": 540}),  # acclimatised in London
        ("EY12", {"next_report_utc": "2026-11-23T01:00:00Z", "previous_rotation_minutes": 90 * 60}),
        ("EY34", {"base": "JFK"}),  # another theatre
        ("EY33", {"pilots": 4, "previous_extended": True}),
        ("EY33", {"rested_difference_minutes": 420, "previous_rotation_minutes": 80 * 60}),  # too few nights before
    ],
)
def test_every_option_has_the_figures_of_the_exact_evaluation(
    decide: Decide, rows: Any, flight: str, cells: dict[str, Any], regime: str
) -> None:
    for cause, minutes in ((Cause.TECHNICAL, 90), (Cause.ATC, 300)):
        agreed(decide, changed(rows, flight, regime=regime, **cells), flight, cause, minutes)


@pytest.mark.slow
def test_a_crew_at_home_in_paris_is_read_on_its_clock(decide: Decide, rows: Any) -> None:
    """EY34 reports at 13:00 there, when it is 16:00 in Abu Dhabi: 13:00 hours instead of 11:30."""
    home, abroad = (
        waiting(agreed(decide, changed(rows, "EY34", **cells), "EY34", Cause.ATC, 60))
        for cells in ({"base": "CDG"}, {})
    )
    assert home.fields["crew_duty_margin_minutes"] == abroad.fields["crew_duty_margin_minutes"] + 90


@pytest.mark.slow
def test_an_unknown_state_takes_duty_time_away(decide: Decide, rows: Any) -> None:
    rotated: tuple[dict[str, Any], ...] = ({"pilots": 2}, {"pilots": 2, "previous_rotation_minutes": 30 * 60})
    known, unknown = (waiting(agreed(decide, changed(rows, "EY12", **each), "EY12", Cause.ATC, 60)) for each in rotated)
    assert unknown.fields["crew_duty_margin_minutes"] == known.fields["crew_duty_margin_minutes"] - 120


def test_too_few_nights_before_a_duty_break_its_rest(decide: Decide, rows: Any) -> None:
    network = changed(rows, "EY33", rested_difference_minutes=420, previous_rotation_minutes=80 * 60)
    room = agreed(decide, network, "EY33", Cause.ATC, 60)
    assert waiting(room).fields["crew_rest_margin_minutes"] < 0
    assert "crew.rest" in room.violations(crew_id=waiting(room).fields["crew_id"])
