"""Closures by notice, forecasts at times, the one open runway: plan and exact evaluation agree, and decisions change."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from conclave.codec import plain
from packs.airline import PACK
from packs.airline.models import Incident, Problem

from evaluation.airline.judging import judge
from evaluation.airline.rules import notices
from evaluation.airline.rules.clock import minutes, text
from evaluation.airline.scenarios.disruptions import Disruption
from evaluation.airline.scenarios.received import closed_by_notice, fog_at_times, one_runway_open
from evaluation.data import Changes, Rows
from evaluation.report import Row
from evaluation.scenarios import Network, Scenario
from evaluation.suite import InProcess

DATE = "2026-11-21"
Maker = Callable[[Random, Rows, str], Disruption | None]


def judged(network: Rows, disruption: Disruption, changes: Changes) -> Row:
    """The run of a disruption held against the exact evaluation."""
    flight: Any = disruption.flight
    incident = Incident(
        flight=flight["number"],
        date=flight["date"],
        origin=flight["origin"],
        destination=flight["destination"],
        problems=(Problem(cause=disruption.cause, minutes=disruption.delay),),
        flight_id=flight["flight_id"],
    )
    scenario = Scenario(
        number=0,
        kind="received",
        network=Network(date=DATE, seed=1),
        incident=incident,
        typed={"flight": incident.flight, "date": incident.date, "problems": plain(incident.problems)},
        received=text(minutes(flight["departure_utc"]) - 60),
        changes=changes,
    )
    rows = network.changed(changes)
    return judge(scenario, rows, InProcess(PACK).run(scenario, rows))


@pytest.mark.slow
@pytest.mark.parametrize("maker", [closed_by_notice, fog_at_times, one_runway_open])
def test_the_plan_is_what_the_exact_evaluation_says(network: Rows, maker: Maker) -> None:
    changed = 0
    for seed in range(4):
        disruption = maker(Random(f"{maker.__name__}/{seed}"), network, DATE)
        assert disruption is not None
        row = judged(network, disruption, disruption.changes)
        assert row.disagreements == []
        assert row.violations == []
        changed += row.chosen != judged(network, disruption, Changes()).chosen
    assert changed, "no decision was another one"


def at(clock: str) -> int:
    return minutes(f"2026-11-21T{clock}:00Z")


def notice(closes: str, start: str, end: str, *runways: str) -> dict[str, Any]:
    return {"closes": closes, "closed": [f"2026-11-21T{start}:00Z/2026-11-21T{end}:00Z"], "runways": list(runways)}


def test_an_aerodrome_is_shut_when_it_or_all_its_runways_are() -> None:
    told = [
        notice("runway", "05:00", "09:00", "09L"),
        notice("runway", "08:00", "11:00", "27L"),
        notice("aerodrome", "01:00", "02:00"),
    ]
    found = notices.shut_periods(told, ["09L:90", "27R:270", "09R:90", "27L:270"])
    assert sorted(found) == [(at("01:00"), at("02:00")), (at("08:00"), at("09:00"))]
    assert [notices.depth(found, at(each)) for each in ("00:59", "01:00", "01:30", "08:50", "09:00")] == [
        0,
        1,
        30,
        10,
        0,
    ]
    assert [notices.opens_in(found, at(each)) for each in ("00:59", "01:00", "08:50")] == [0, 60, 10]


@pytest.mark.parametrize(
    ("wind", "closed", "expected"),
    [("180/40", (), 0), ("180/40", ("18",), 40), ("150/40", ("18",), 35), ("150/40", (), 20), ("180/20G40", ("36",), 40),
     ("VRB/15", (), 15), ("180/40", ("18", "27"), 40), ("170/30/170V190", (), 6)],
)  # fmt: skip
def test_the_crosswind_of_what_is_open(wind: str, closed: tuple[str, ...], expected: int) -> None:
    period = {"visibility_m": 9999, "ceiling_ft": 5000, "crosswind_kt": 99, "winds": [wind]}
    told = [notice("runway", "05:00", "09:00", *closed)]
    (found,) = notices.asked(period, ["09:90", "27:270", "18:180", "36:0"], told, at("06:00"))
    assert found["crosswind_kt"] == expected
