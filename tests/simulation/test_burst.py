"""A hub closes: a hundred incidents at once, on the deployed machine's definition and an account with AWS's limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from burst import Account, Burst, Outcome, failures, without_admission
from conclave.pack import Pack, load_pack

from infra.concurrency import needed
from infra.constructs.admission import Admission
from infra.constructs.phase_machine import Targets, definition
from infra.stage import Stage, adapted, find_stage

RUNS = 100
WITHIN_SECONDS = 2.0
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("airline")


def machine(stage: Stage, pack: Pack) -> dict[str, Any]:
    limits = stage.limits
    targets = Targets(
        frame="frame",
        collate="collate",
        decide="decide",
        publish="publish",
        hold="hold",
        agents={agent.name: f"agent-{agent.name}" for agent in pack.agents},
    )
    admission = Admission(table="runs", runs_at_once=limits.runs_at_once, waiting_seconds=limits.waiting_seconds)
    return definition(pack, targets=targets, admission=admission, timeout_seconds=limits.execution_seconds)


def account(stage: Stage, pack: Pack, pool: int) -> Account:
    reserved = stage.limits.reserved
    agents = {f"agent-{agent.name}": reserved["run_agent"] for agent in pack.agents if reserved}
    return Account(pool=pool, reserved={**reserved, **agents})


def check_nobody_is_lost(stage: Stage, pack: Pack, outcome: Outcome, used: Account, runs: int = RUNS) -> None:
    limits = stage.limits
    assert list(failures(outcome)) == []
    assert outcome.ended.total() == runs
    assert (outcome.agents_lost, used.throttled) == (0, 0)
    assert outcome.holders == limits.runs_at_once
    assert outcome.holding == 0
    assert outcome.waited < limits.waiting_seconds
    if not limits.reserved:
        assert used.most[""] <= needed(stage, pack).shared


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("regulated", "pool"), [(False, 143), (True, 100)])
def test_a_burst_of_a_hundred_halts_nobody_for_want_of_room(pack: Pack, regulated: bool, pool: int, seed: int) -> None:
    stage = adapted(find_stage("prod"), regulated=regulated, user_pool_arn="")
    used = account(stage, pack, pool)
    outcome = Burst(machine(stage, pack), used, seed).run(RUNS, within_seconds=WITHIN_SECONDS)
    check_nobody_is_lost(stage, pack, outcome, used)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("regulated", "pool"), [(False, 143), (True, 100)])
def test_without_admission_runs_of_the_same_burst_are_lost(pack: Pack, regulated: bool, pool: int, seed: int) -> None:
    stage = adapted(find_stage("prod"), regulated=regulated, user_pool_arn="")
    used = account(stage, pack, pool)
    everybody = without_admission(machine(stage, pack))
    outcome = Burst(everybody, used, seed).run(RUNS, within_seconds=WITHIN_SECONDS)
    assert used.throttled > RUNS
    assert outcome.ended.total() == RUNS
    assert outcome.agents_lost > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_new_account_with_ten_executions_takes_one_incident_after_another(pack: Pack, seed: int) -> None:
    stage = find_stage("dev")
    used = account(stage, pack, 10)
    outcome = Burst(machine(stage, pack), used, seed).run(RUNS // 5, within_seconds=WITHIN_SECONDS)
    check_nobody_is_lost(stage, pack, outcome, used, runs=RUNS // 5)


def test_functions_that_are_short_of_room_for_a_moment_lose_nobody(pack: Pack) -> None:
    """Somebody else's functions take a part of the pool: throttled invocations are tried again, and all runs end well."""
    stage = find_stage("prod")
    used = account(stage, pack, 80)
    outcome = Burst(machine(stage, pack), used, 7).run(RUNS, within_seconds=WITHIN_SECONDS)
    assert used.throttled > 0
    assert (list(failures(outcome)), outcome.agents_lost) == ([], 0)


def test_who_waits_in_vain_ends_as_not_admitted_and_nobody_waits_longer_than_the_stage_says(pack: Pack) -> None:
    stage = find_stage("prod")
    short = replace(stage, limits=replace(stage.limits, runs_at_once=2, waiting_seconds=300))
    outcome = Burst(machine(short, pack), account(short, pack, 143), 3).run(RUNS, within_seconds=WITHIN_SECONDS)
    assert outcome.ended["Not admitted"] > 0
    assert outcome.ended["Not admitted"] + outcome.ended["Arbitrated"] == RUNS
    assert outcome.waited <= 300
    assert outcome.holding == 0


def test_the_same_seed_is_the_same_burst(pack: Pack) -> None:
    stage = find_stage("prod")
    once, again = (
        Burst(machine(stage, pack), account(stage, pack, 143), 5).run(RUNS, within_seconds=WITHIN_SECONDS)
        for _ in range(2)
    )
    assert once == again
