"""Every duty of the sample is legal before any disruption, by the evaluation's own rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from itertools import pairwise

import pytest
from conclave.pack.tables import Item
from packs.airline import PACK
from packs.airline.models import Incident
from packs.airline.sample_data import generate

from evaluation.airline.rules import abroad
from evaluation.airline.rules.case import Case
from evaluation.airline.rules.clock import ahead_of_utc, local_day, minutes, moment_at
from evaluation.airline.rules.crews import as_planned
from evaluation.airline.rules.duties import duty_room, fit_from, slept
from evaluation.data import Rows

pytestmark = pytest.mark.slow

HOME = "Asia/Dubai"
NETWORKS = [
    ("2026-11-21", 1, 250, 3),
    ("2026-07-15", 2, 250, 3),
    ("2026-10-25", 3, 118, 3),
    ("2027-03-28", 4, 640, 3),
    ("2027-02-05", 5, 118, 12),
]
"""Date, seed, flights a day, days; clocks change in two of them, and in the last crews fly again after a long rotation."""


@cache
def network(date: str, seed: int, flights: int, days: int) -> Rows:
    return Rows(PACK.tables, generate(date, seed, flights, days))


@pytest.fixture(params=NETWORKS, ids=lambda each: f"{each[0]}, seed {each[1]}")
def rows(request: pytest.FixtureRequest) -> Rows:
    return network(*request.param)


def planned(rows: Rows) -> Iterator[tuple[Case, Item]]:
    """Every duty with the case of its first flight."""
    for duty in rows.all("duties"):
        yield Case(rows, Incident(flight_id=duty["flights"][0])), duty


def rest_after(case: Case, duty: Item) -> abroad.Worked:
    where, sectors = (
        abroad.of_duty(case, duty),
        [as_planned(case.rows.item("flights", key) or {}) for key in duty["flights"]],
    )
    report = minutes(duty["report_utc"])
    rested = slept(case.operator, report=report, sectors=sectors, pilots=duty["pilots"], where=where)
    return abroad.after(duty, where, began=report, released=minutes(duty["release_utc"]), slept=rested)


def test_no_duty_is_longer_than_its_limit(rows: Rows) -> None:
    for case, duty in planned(rows):
        report = minutes(duty["report_utc"])
        room = duty_room(
            case.operator,
            report=report,
            sectors=[as_planned(rows.item("flights", key) or {}) for key in duty["flights"]],
            pilots=duty["pilots"],
            rest_class=duty["rest_class"],
            where=abroad.of_duty(case, duty),
            rested=report - minutes(duty["previous_end_utc"]),
        )
        assert room >= 0, duty["duty_id"]


def test_every_crew_is_rested_before_and_after(rows: Rows) -> None:
    for case, duty in planned(rows):
        before = abroad.before(duty, abroad.of_duty(case, duty))
        assert fit_from(case.operator, before) <= minutes(duty["report_utc"]), duty["duty_id"]
        if duty["next_report_utc"]:
            assert fit_from(case.operator, rest_after(case, duty)) <= minutes(duty["next_report_utc"]), duty["duty_id"]


def test_what_a_duty_says_of_the_one_before_is_what_was_flown(rows: Rows) -> None:
    cases = {duty["duty_id"]: (case, duty) for case, duty in planned(rows)}
    seen = 0
    for line in lines(rows):
        for first, second in pairwise(line):
            if first["next_report_utc"] != second["report_utc"]:
                continue  # the roster of a flight between them is not published
            case, duty = cases[second["duty_id"]]
            assert abroad.before(duty, abroad.of_duty(case, duty)) == rest_after(*cases[first["duty_id"]])
            seen += 1
    assert seen > 50


def test_between_long_rotations_east_and_west_lie_three_local_nights(rows: Rows) -> None:
    """CS FTL.1.235(b)(3)(iii) with ORO.FTL.105: six hours one way, four the other; wherever a crew flies next."""
    for line in lines(rows):
        for first, second in pairwise(line):
            if first["ends_at_base"] and second["starts_at_base"] and abs(east(rows, first)) >= 240:
                nights = local_nights(minutes(first["release_utc"]), minutes(second["report_utc"]))
                assert nights >= 3, second["duty_id"]


def test_crews_fly_again_after_long_rotations() -> None:
    line_ups = [pairwise(line) for line in lines(network(*NETWORKS[-1]))]
    again = [second for pairs in line_ups for _, second in pairs if second["rested_difference_minutes"] >= 240]
    assert len(again) > 20


def lines(rows: Rows) -> list[list[Item]]:
    """The duties of each crew in order."""
    found: dict[str, list[Item]] = {}
    for duty in sorted(rows.all("duties"), key=lambda item: str(item["report_utc"])):
        found.setdefault(duty["crew_id"], []).append(duty)
    return list(found.values())


def east(rows: Rows, duty: Item) -> int:
    """Minutes by which the clock where a duty begins is ahead of that of home base, when it ends."""
    flight = rows.item("flights", duty["flights"][0]) or {}
    station, moment = rows.item("airports", flight["origin"]) or {}, minutes(duty["release_utc"])
    return ahead_of_utc(moment, station["tz"]) - ahead_of_utc(moment, HOME)


def local_nights(begins: int, ends: int) -> int:
    """Nights in which eight hours of a rest lie between 22:00 and 08:00 at home base."""
    count, day = 0, local_day(begins, HOME) - timedelta(days=1)
    while moment_at(day, 22 * 60, HOME) < ends:
        evening, morning = moment_at(day, 22 * 60, HOME), moment_at(day + timedelta(days=1), 8 * 60, HOME)
        count += min(ends, morning) - max(begins, evening) >= 480
        day += timedelta(days=1)
    return count
