"""Ceilings of day and month: sums of outcomes, each once, and what they let a new report do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conclave.api.intake import SubmissionInvalid, standing_of
from conclave.configuration.settings import PACKAGED, MoneySettings
from conclave.money.amounts import nanos
from conclave.money.spending import Spent, Standing, charge_of, periods_of, standing
from conclave.steps.close_run import close
from conclave.types import Usage
from msgspec import structs
from pipe_domain import NOW, Scene, clock, make_scene

DAY, MONTH = periods_of(NOW)


def spent(day: float, month: float) -> dict[str, Spent]:
    return {DAY: Spent(settled_nanos=nanos(day)), MONTH: Spent(settled_nanos=nanos(month) - 1, reserved_nanos=1)}


@pytest.mark.parametrize(
    ("day", "month", "found"),
    [
        (0, 0, Standing.OPEN),
        (7.99, 39.9, Standing.OPEN),
        (8, 8, Standing.FRUGAL),
        (1, 40, Standing.FRUGAL),
        (10, 10, Standing.GONE),
        (1, 50, Standing.GONE),
        (12, 60, Standing.GONE),
    ],
)
def test_the_fuller_of_day_and_month_says_what_a_run_may_do(day: float, month: float, found: Standing) -> None:
    assert standing(spent(day, month), NOW, day_usd=10, month_usd=50, economy_from=0.8) is found
    relaxed = standing(spent(day, month), NOW, day_usd=10, month_usd=50, economy_from=None)
    assert relaxed is (Standing.GONE if found is Standing.GONE else Standing.OPEN)


def test_other_days_and_months_do_not_count() -> None:
    assert (
        standing(spent(99, 99), "2027-01-01T00:00:00.000Z", day_usd=1, month_usd=1, economy_from=0.5) is Standing.OPEN
    )


def test_what_an_agent_claims_takes_nothing_from_the_sums() -> None:
    assert charge_of(Usage(cost_usd=-5, reserved_usd=-1)) == Spent(runs=1)
    assert charge_of(Usage(cost_usd=0.012, reserved_usd=0.5)).nanos == 512_000_000


class Sums:
    """Sums that a test says."""

    def __init__(self, found: dict[str, Spent]) -> None:
        self._found = found

    def spent(self, periods: Any) -> dict[str, Spent]:
        return {period: self._found[period] for period in periods if period in self._found}

    def add(self, charge: Spent, now: str) -> None:
        raise AssertionError("nobody is charged by a look")


def asked(scene: Scene, run_id: str, day: float, money: MoneySettings) -> Standing:
    return standing_of(run_id, Sums(spent(day, day)), scene.runs, NOW, money=money)


def test_a_new_report_is_refused_when_the_money_is_gone_and_a_known_one_is_not(tmp_path: Path) -> None:
    scene, money = make_scene(tmp_path), MoneySettings(day_usd=10, month_usd=50)
    with pytest.raises(SubmissionInvalid, match="is spent") as refused:
        asked(scene, "run-new", 10, money)
    assert (refused.value.code, refused.value.status) == ("money_spent", 503)
    assert asked(scene, "run-1", 10, money) is Standing.GONE
    assert asked(scene, "run-new", 9.99, money) is Standing.FRUGAL
    assert asked(scene, "run-new", 9.99, MoneySettings(day_usd=10, month_usd=50, economy="off")) is Standing.OPEN


@pytest.mark.parametrize(
    ("set_to", "found"),
    [
        ({"budget": "economy"}, Standing.FRUGAL),
        ({"budget": "economy", "budget_month": NOW[:7]}, Standing.FRUGAL),
        ({"budget": "economy", "budget_month": "2020-01"}, Standing.OPEN),
        ({"budget": "economy", "economy": "off"}, Standing.OPEN),
        ({"budget": "spent", "budget_month": "2020-01"}, Standing.OPEN),
    ],
)
def test_the_budget_of_the_account_makes_new_runs_frugal_in_its_month(
    tmp_path: Path, set_to: dict[str, Any], found: Standing
) -> None:
    scene = make_scene(tmp_path)
    assert asked(scene, "run-new", 0, MoneySettings(day_usd=10, month_usd=50, **set_to)) is found


def test_a_budget_that_is_spent_stops_new_reports_and_not_known_ones(tmp_path: Path) -> None:
    scene, money = make_scene(tmp_path), MoneySettings(budget="spent", budget_month=NOW[:7])
    with pytest.raises(SubmissionInvalid, match="the account's budget of the month is spent") as refused:
        asked(scene, "run-new", 0, money)
    assert (refused.value.code, refused.value.status) == ("budget_spent", 503)
    assert asked(scene, "run-1", 0, money) is Standing.GONE


@pytest.mark.parametrize(
    ("economy", "frugal", "found"),
    [("auto", True, True), ("auto", False, False), ("on", False, True), ("off", True, False)],
)
def test_a_run_is_frugal_as_settings_or_sums_say(tmp_path: Path, economy: Any, frugal: bool, found: bool) -> None:

    scene = make_scene(tmp_path)
    scene.runs._runs["run-1"] = structs.replace(scene.runs.get("run-1"), economy=frugal)
    settings = structs.replace(PACKAGED, money=structs.replace(PACKAGED.money, economy=economy, run_usd=0.75))
    replace(scene.room, settings=settings).deliberate("run-1")
    budget = scene.room.context("run-1").records().manifest.budget
    assert budget is not None
    assert (budget.economy, budget.ceiling_nanos) == (found, 750_000_000)


def test_every_outcome_is_in_the_sums_once_whoever_writes_it(tmp_path: Path) -> None:
    for folder in ("decided", "closed"):
        (tmp_path / folder).mkdir()
    decided, closed = (make_scene(tmp_path / folder) for folder in ("decided", "closed"))
    decision = decided.room.deliberate("run-1")
    room = decided.room
    room.publish("run-1", 1)
    close("run-1", "late", pack=room.pack, runs=decided.runs, bus=decided.bus, clock=clock)
    assert decided.runs.spent([DAY, MONTH]) == dict.fromkeys((DAY, MONTH), charge_of(decision.usage))
    closed.room.frame("run-1")
    for _ in range(2):
        halted = close("run-1", "killed", pack=room.pack, runs=closed.runs, bus=closed.bus, clock=clock)
    assert closed.runs.spent([DAY])[DAY] == charge_of(halted.usage)
    assert closed.runs.spent([DAY])[DAY].reserved_nanos > 0
