"""A late aircraft makes the crews of its later flights late: some run out of duty time, some lack rest before their next duty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from packs.airline import PACK, scores, times
from packs.airline.models import Cause
from packs.airline.rules.crew.flight_time import max_basic_duty_minutes
from packs.airline.sample_data.operator import HUB_ZONE

Decide = Callable[..., Any]
Changed = Callable[..., MemoryTables]
CASE = {"flight": "EY799", "cause": Cause.ATC, "delay_minutes": 120}
LATER = "D-EY707-2026-11-21"  # both flights of this duty follow EY799 and its return on the same aircraft
OWN = "D-EY799-2026-11-21"


@pytest.fixture(scope="session")
def with_duty(rows: Any) -> Changed:
    """The network with one duty changed."""

    def changed(duty_id: str, **cells: Any) -> MemoryTables:
        duties = [each | (cells if each["duty_id"] == duty_id else {}) for each in rows["duties"]]
        return MemoryTables(PACK.tables, {**rows, "duties": duties})

    return changed


@pytest.fixture(scope="session")
def later(rows: Any) -> Item:
    return next(dict(each) for each in rows["duties"] if each["duty_id"] == LATER)


def waiting(room: Any, delay: int = 120) -> Any:
    return next(each for each in room.options if each.action == "delay" and each.fields["delay_minutes"] == delay)


def test_a_line_with_room_leaves_no_crew_short(decide: Decide) -> None:
    option = waiting(decide(**CASE))
    assert option.fields["downstream_flights"] == 3
    assert option.fields["downstream_crews_short"] == 0


def test_a_later_crew_without_rest_before_its_next_duty_counts_once(
    decide: Decide, with_duty: Changed, later: Item, flights: Any
) -> None:
    release = times.shift(flights[later["flights"][-1]]["arrival_utc"], 30)
    rest = max(720, times.minutes_between(later["report_utc"], release))  # ORO.FTL.235(a)(1), at home base
    # EY800 leaves 01:20, EY707 and EY708 are late by what the turnarounds leave of 120 minutes.
    plain, tight = (
        waiting(decide(with_duty(LATER, next_report_utc=times.shift(release, rest + room)), **CASE))
        for room in (240, 0)
    )
    assert (plain.fields["downstream_crews_short"], tight.fields["downstream_crews_short"]) == (0, 1)
    assert tight.fields["operating_cost_usd"] - plain.fields["operating_cost_usd"] == 6000
    burden = tight.fields["downstream_delay_minutes"]
    assert scores.network(plain.fields) == pytest.approx(1 / (1 + burden / 240))
    assert scores.network(tight.fields) == pytest.approx(1 / (1 + (burden + 120) / 240))


def test_a_later_crew_past_its_duty_limit_counts(decide: Decide, with_duty: Changed, later: Item, flights: Any) -> None:
    # Reported so early that the duty, five minutes late, just keeps its limit: ORO.FTL.205(b), Table 2.
    on_blocks = times.minutes(flights[later["flights"][-1]]["arrival_utc"]) + 5

    def limit(report: int) -> int:
        start = times.local_minute(report, HUB_ZONE)
        return max_basic_duty_minutes(start_minute=start, sectors=len(later["flights"]))

    longest = max(each for each in range(540, 781) if each <= limit(on_blocks - each))
    tight = with_duty(LATER, report_utc=times.text(on_blocks - longest))
    on_time = waiting(decide(tight, **CASE | {"delay_minutes": 5}), 5)
    late = waiting(decide(tight, **CASE))
    assert on_time.fields["downstream_crews_short"] == 0
    assert late.fields["downstream_crews_short"] == 1


def test_the_next_duty_of_the_flights_own_crew_counts(decide: Decide, with_duty: Changed, flights: Any) -> None:
    """It costs another crew and breaks no rule."""
    soon, late = (times.shift(flights["EY800-2026-11-21"]["arrival_utc"], after) for after in (300, 3000))
    rooms = [decide(with_duty(OWN, next_report_utc=each), **CASE) for each in (soon, late)]
    short, rested = (waiting(each) for each in rooms)
    assert short.fields["crew_next_rest_margin_minutes"] < 0 <= rested.fields["crew_next_rest_margin_minutes"]
    assert short.fields["downstream_crews_short"] == rested.fields["downstream_crews_short"] + 1
    assert short.fields["operating_cost_usd"] - rested.fields["operating_cost_usd"] == 6000
    scored = {option.id: score.violations for option, score in zip(rooms[0].options, rooms[0].scored, strict=True)}
    assert not scored[short.id]


@pytest.mark.slow
def test_more_delay_leaves_no_fewer_crews_short(decide: Decide) -> None:
    found = [
        waiting(decide(flight="EY17", cause=Cause.OTHER, delay_minutes=each), each) for each in (30, 240, 480, 900)
    ]
    counts = [each.fields["downstream_crews_short"] for each in found]
    assert counts == sorted(counts)
    assert counts[-1] > 0


def test_an_unpublished_later_duty_says_nothing(decide: Decide, without: Changed) -> None:
    room = decide(without("duties", lambda item: item["duty_id"] == LATER), **CASE)
    assert not room.gaps
    assert waiting(room).fields["downstream_crews_short"] == 0


def test_a_cancelled_flight_leaves_nobody_short(decide: Decide) -> None:
    cancelled = next(each for each in decide(**CASE).options if each.fields["cancelled"])
    assert cancelled.fields["downstream_crews_short"] == 0
