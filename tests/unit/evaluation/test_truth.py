"""The exact evaluation: worked examples of its sources, and that its search is the best of all actions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest
from packs.airline.fields import ACTIONS
from packs.airline.models import Cause

from evaluation.airline.exact.actions import LONGEST_DELAY, STEP, Action
from evaluation.airline.exact.truth import Evaluation
from evaluation.airline.rules import regulations, regulations_us
from evaluation.airline.rules.clock import minutes, until_shown
from evaluation.airline.rules.extras import quota_count
from evaluation.data import Changes, Rows


@pytest.mark.parametrize(
    ("start", "sectors", "limit"),
    [
        (360, 1, 780),
        (809, 2, 780),
        (810, 2, 765),
        (1020, 2, 660),
        (299, 2, 660),
        (300, 2, 720),
        (345, 3, 735),
        (600, 10, 540),
    ],
)
def test_flight_duty_of_table_2(start: int, sectors: int, limit: int) -> None:
    asked = {"start": start, "sectors": sectors, "rest_class": 1, "longest_sector": 300}
    assert regulations.flight_duty_limit(pilots=2, **asked) == limit


def test_a_clock_that_changes_in_the_night() -> None:
    ordinary, loses, gains = (minutes(f"2026-{day}:00:00Z") for day in ("11-21T22", "03-28T22", "10-24T21"))
    waits = [until_shown(moment, "Europe/Berlin", 360) for moment in (ordinary, loses, gains)]
    assert waits == [360, 300, 420]  # from 23:00 to 05:00


def test_flight_duty_with_rest_on_board() -> None:
    asked = {"start": 600, "sectors": 1, "longest_sector": 541}
    assert regulations.flight_duty_limit(pilots=3, rest_class=1, **asked) == 17 * 60
    assert regulations.flight_duty_limit(pilots=4, rest_class=2, **asked) == 17 * 60
    assert regulations.flight_duty_limit(pilots=4, rest_class=3, **{**asked, "longest_sector": 540}) == 15 * 60
    assert regulations.flight_duty_limit(pilots=3, rest_class=1, **{**asked, "sectors": 4}) == 12 * 60


@pytest.mark.parametrize(
    ("minute", "closed", "wait"),
    [(23 * 60 - 1, 0, 0), (23 * 60, 1, 360), (0, 60, 300), (2 * 60, 180, 180), (5 * 60 - 1, 1, 1), (5 * 60, 0, 0)],
)
def test_closed_periods(minute: int, closed: int, wait: int) -> None:
    end = "05:00"
    assert regulations.closed_minutes(minute, "23:00", end) == closed
    assert regulations.minutes_to_open(minute, "23:00", end) == wait


def test_deferred_defects() -> None:
    item: Any = {"ata": "24-22-01", "category": "B", "discovered": "2026-01-26", "relief": True, "not_with": []}
    assert regulations.mel_state([item], "2026-01-29") == (True, 0)
    assert regulations.mel_state([item], "2026-01-30") == (False, -1)
    assert regulations.mel_state([item | {"relief": False}], "2026-01-26") == (False, None)
    assert (
        regulations.mel_state([item | {"not_with": ["49-11-01"]}, item | {"ata": "49-11-01"}], "2026-01-27")[0] is False
    )


@pytest.mark.parametrize(
    ("start", "sectors", "pilots", "rest_class", "limit"),
    [
        (0, 1, 2, 1, 540),
        (299, 4, 2, 1, 600),
        (5 * 60, 7, 2, 1, 630),
        (7 * 60, 2, 2, 1, 840),
        (12 * 60 + 59, 3, 2, 1, 780),
        (17 * 60, 3, 2, 1, 660),
        (23 * 60, 4, 2, 1, 540),
        (7 * 60, 1, 3, 1, 17 * 60),
        (7 * 60, 3, 4, 1, 19 * 60),
        (13 * 60, 1, 4, 2, 990),
        (5 * 60, 2, 3, 3, 780),
        (7 * 60, 4, 4, 1, 780),
    ],
)
def test_flight_duty_of_tables_b_and_c(start: int, sectors: int, pilots: int, rest_class: int, limit: int) -> None:
    found = regulations_us.flight_duty_limit(
        start=start, sectors=sectors, pilots=pilots, rest_class=rest_class, longest_sector=600
    )
    assert found == limit


def test_a_flight_too_short_for_rest_in_flight_has_the_limits_of_two_pilots() -> None:
    for pilots, least in ((3, 330), (4, 210)):
        asked: Any = {"start": 600, "sectors": 2, "pilots": pilots, "rest_class": 1}
        assert regulations.flight_duty_limit(longest_sector=least - 1, **asked) == 13 * 60
        assert regulations.flight_duty_limit(longest_sector=least, **asked) > 15 * 60
    for pilots, least in ((3, 210), (4, 120)):
        asked = {"start": 600, "sectors": 2, "pilots": pilots, "rest_class": 1}
        assert regulations_us.flight_duty_limit(longest_sector=least - 1, **asked) == 14 * 60
        assert regulations_us.flight_duty_limit(longest_sector=least, **asked) > 16 * 60


@pytest.mark.parametrize(
    ("start", "pilots", "hours"), [(299, 2, 8), (300, 2, 9), (1199, 2, 9), (1200, 2, 8), (600, 3, 13), (600, 4, 17)]
)
def test_flight_time_of_table_a(start: int, pilots: int, hours: int) -> None:
    assert regulations_us.flight_time_limit(start=start, sectors=1, pilots=pilots) == hours * 60


@pytest.mark.parametrize(
    ("epndb", "count"),
    [(80.9, 0), (81, 0.125), (84, 0.25), (87, 0.5), (90, 1), (95.9, 2), (98.9, 4), (101, 8), (102, 16)],
)
def test_quota_counts(epndb: float, count: float) -> None:
    assert quota_count(epndb) == count


def test_breaks_that_extend_a_duty() -> None:
    assert [regulations.split_extension(wait) for wait in (0, 239, 240, 300, 420, 900)] == [0, 0, 90, 120, 180, 180]


def everything(truth: Any) -> Evaluation | None:
    """The best of all actions, each evaluated, without any bound."""
    tried = [truth.evaluate(action) for action in truth.space.grounded()]
    for delay in range(0, LONGEST_DELAY + 1, STEP):
        tried += [truth.evaluate(action) for action in truth.actions(delay)]
    return max((each for each in tried if not each.broken), key=lambda each: each.total, default=None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "cause", "delay"),
    [
        ("EY18", Cause.TECHNICAL, 180),
        ("EY789", Cause.AIRPORT, 120),
        ("EY1", Cause.ATC, 90),
        ("EY838", Cause.TECHNICAL, 0),
    ],
)
def test_the_bounded_search_finds_the_best_of_all(exact: Any, number: str, cause: Cause, delay: int) -> None:
    truth = exact(number, cause, delay)
    found, best = truth.best(), everything(truth)
    assert found is not None
    assert best is not None
    assert found.total == pytest.approx(best.total)


RARE_ACTIONS = (
    "delay_split_duty",
    "augment_crew",
    "position_crew",
    "ferry_aircraft",
    "wet_lease",
    "consolidate",
    "divert",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "cause", "delay", "best"),
    [
        ("EY802", Cause.TECHNICAL, 0, "ferry_aircraft"),
        ("EY802", Cause.CREW, 0, "position_crew"),
        ("EY77", Cause.WEATHER, 0, "divert"),
        ("EY802", Cause.AIRPORT, 405, "delay_split_duty"),
    ],
)
def test_the_search_finds_the_rarer_ways_out(
    exact: Any, network: Rows, monkeypatch: pytest.MonkeyPatch, number: str, cause: Cause, delay: int, best: str
) -> None:
    for name in RARE_ACTIONS:
        monkeypatch.setitem(cast("dict[str, str]", ACTIONS), name, "")
    fog = [item | {"visibility_m": 100} for item in network.where("weather", "station", "AMS")]
    truth = exact(number, cause, delay, changes=Changes(put={"weather": fog} if cause is Cause.WEATHER else {}))
    found, most = truth.best(), everything(truth)
    assert found is not None
    assert most is not None
    assert found.action.name == best
    assert found.total == pytest.approx(most.total)


def test_what_nobody_may_decide_without(exact: Any) -> None:
    assert exact("EY17", Cause.ATC, 30).missing == []
    assert exact("EY416", Cause.ATC, 30).missing == ["duties/D-EY416-2026-11-21"]
    flight = exact("EY17", Cause.ATC, 30).case.flight
    gone = Changes(remove={"aircraft": [flight["tail"]], "airports": ["LHR"]})
    assert exact("EY17", Cause.ATC, 30, changes=gone).missing == [f"aircraft/{flight['tail']}", "airports/LHR"]
    forecast = [
        (each["station"], each["from_utc"])
        for each in exact("EY17", Cause.ATC).case.forecast("LHR")
        if each["from_utc"] > "2026-11-21T00:00:00Z"
    ]
    assert exact("EY17", Cause.ATC, changes=Changes(remove={"weather": forecast})).missing == ["weather/LHR"]


@pytest.mark.slow
def test_animals_that_can_neither_fly_nor_wait_leave_no_option(exact: Any) -> None:
    assert exact("EY623", Cause.TECHNICAL).best() is None


def test_an_aircraft_on_ground_never_flies(exact: Any) -> None:
    truth = exact("EY17", Cause.TECHNICAL)
    best = truth.best()
    assert best.action.tail != truth.case.flight["tail"]
    assert all(truth.evaluate(truth.own(delay)).broken for delay in range(0, 1_000, 100))


def test_what_an_aircraft_flies_before_it_comes_is_not_late(exact: Any) -> None:
    """EY745 leaves at 17:30; A6-EAD comes back with EY778 at 19:55 only, and can take it over at 20:40."""
    truth = exact("EY745", Cause.TECHNICAL)
    assert [each[1] for each in truth.space.stays("A6-EAD")][:1] == [190]
    action = Action(name="swap_aircraft", tail="A6-EAD", delay=190, on_blocks=minutes("2026-11-21T19:55:00Z"))
    fields = truth.evaluate(action).fields
    # Back at 01:25 instead of 22:45 and home at 05:25; its own 05:45 leaves at 06:10, the next is on time.
    assert (fields["downstream_flights"], fields["downstream_delay_minutes"]) == (2, 160 + 25)


def test_of_two_stays_the_aircraft_is_taken_from_the_later_one(exact: Any) -> None:
    truth = exact("EY745", Cause.TECHNICAL)
    stays_of = {str(each["tail"]): truth.space.stays(str(each["tail"])) for each in truth.case.rows.all("aircraft")}
    tail, stays = next((tail, stays) for tail, stays in stays_of.items() if len(stays) > 1)
    (first, _), (second, least) = stays[:2]
    departure = minutes("2026-11-21T17:30:00Z")
    for delay, came in ((least - STEP, first), (least, second)):
        stamp = datetime.fromtimestamp((departure + delay) * 60, UTC).strftime("%Y-%m-%dT%H:%M:00Z")
        action = truth.action_of("swap_aircraft", {"departure_utc": stamp, "tail": tail})
        assert (action.delay, action.on_blocks) == (delay, came)


@pytest.mark.parametrize(
    ("name", "report", "crew"),
    [
        ("delay", "planned", "own"),
        ("delay_offload_cargo", "planned", "own"),
        ("delay_offload_cargo", "2026-11-22T00:15:00Z", "rested"),
        ("delay_crew_rest", "2026-11-22T00:15:00Z", "rested"),
        ("delay_split_duty", "planned", "split"),
    ],
)
def test_a_crew_that_reports_anew_has_rested(exact: Any, name: str, report: str, crew: str) -> None:
    truth = exact("EY745", Cause.TECHNICAL)
    duty = truth.case.duty
    action = truth.action_of(
        name,
        {
            "departure_utc": "2026-11-22T01:30:00Z",
            "tail": truth.case.flight["tail"],
            "crew_id": duty["crew_id"],
            "crew_report_utc": duty["report_utc"] if report == "planned" else report,
            "crew_rested": report != "planned",
        },
    )
    assert action.crew == crew
