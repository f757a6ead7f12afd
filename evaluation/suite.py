"""Suites: scenarios of a pack, run one after the other and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Protocol

from conclave.pack import Pack, load_pack
from packs.airline import assumptions

from evaluation.airline.judging import judge
from evaluation.data import Rows
from evaluation.report import Report, Row, Run
from evaluation.room import decide
from evaluation.scenarios import Network, Scenario, networks, scenarios

SUITES = ("airline",)
IN_PROCESS = "in process"
DEFAULT_REGIME = assumptions.DUTY_REGIME
REGIMES = ("easa", "faa")


class Runner(Protocol):
    """Takes a scenario to its decision."""

    where: str
    networks: tuple[Network, ...]

    def run(self, scenario: Scenario, rows: Rows) -> Run:
        """Runs a scenario over its rows, changes included."""
        ...


class InProcess:
    """Runs in this process, over tables in memory, answered by the offline policy.

    Args:
        pack: The domain.
        networks: Where the scenarios happen; by default on the networks of the seed.
    """

    where = IN_PROCESS

    def __init__(self, pack: Pack, networks: tuple[Network, ...] = ()) -> None:
        self._pack, self.networks = pack, networks

    def run(self, scenario: Scenario, rows: Rows) -> Run:
        """See ``Runner.run``."""
        outcome = decide(pack=self._pack, tables=rows, received=scenario.received, **scenario.body)
        decision, frame = outcome.decision, outcome.frame
        return Run(
            status=decision.status.value,
            reasons=[reason.code for reason in decision.reasons],
            incident=dict(frame.incident) if frame else {},
            options=outcome.options,
            option_id=decision.option_id,
            duration=outcome.duration_seconds,
        )


def evaluate(
    *,
    suite: str,
    seed: int,
    count: int,
    runner: Runner | None = None,
    regime: str = "",
    advance: Callable[[Row], None] = lambda row: None,
) -> Report:
    """Runs and judges the scenarios of a seed.

    Args:
        suite: Name of the suite, which is the pack's.
        seed: Another seed is another set of scenarios.
        count: How many scenarios.
        runner: Where they run; in this process by default.
        regime: Duty rules, one of ``REGIMES``; the operator's own by default. Another one needs a runner in this process.
        advance: Told about every judged scenario.
    """
    pack = load_pack(suite)
    chosen = runner or InProcess(pack)
    with working_under(regime):
        rows = list(_judged(pack, chosen, seed, count, advance))
    places = chosen.networks or tuple(networks(seed))
    told = [f"{each.date}/{each.seed}" for each in places]
    return Report(suite=suite, seed=seed, where=chosen.where, networks=told, regime=regime or DEFAULT_REGIME, rows=rows)


@contextmanager
def working_under(regime: str) -> Iterator[None]:
    """Duty rules that planner, checks and evaluation of this process work under meanwhile; ``""`` changes nothing."""
    before = assumptions.DUTY_REGIME
    assumptions.DUTY_REGIME = regime or before
    try:
        yield
    finally:
        assumptions.DUTY_REGIME = before


def _judged(pack: Pack, runner: Runner, seed: int, count: int, advance: Callable[[Row], None]) -> Iterator[Row]:
    load = network_rows(pack)
    for scenario in scenarios(seed, count, load, runner.networks):
        rows = load(scenario.network).changed(scenario.changes)
        row = judge(scenario, rows, runner.run(scenario, rows))
        advance(row)
        yield row


def network_rows(pack: Pack) -> Callable[[Network], Rows]:
    """Makes the rows of a network, each once."""

    @lru_cache(maxsize=8)
    def load(network: Network) -> Rows:
        return Rows(pack.tables, pack.sample(network.date, network.seed))

    return load
