"""Suites: scenarios of a pack, run and judged, in this process or in as many as there are cores."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Any, Protocol

from conclave.agents.assess import ModelPort
from conclave.pack import Agent, Pack, available_packs, load_pack

from evaluation.data import Rows
from evaluation.report import Report, Row, Run, in_document, measured
from evaluation.room import decide
from evaluation.scenarios import Network, Scenario, networks

NAMESPACE = "evaluation"
IN_PROCESS = "in process"
WORTH_A_PROCESS = 20
"""Fewer scenarios are judged sooner than another process starts."""
AT_ONCE = 4
"""Scenarios that a process takes at a time."""
OWN_RULES = "own"
"""The rules that the airline of the rows works under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The measure of a pack's decisions. It is the ``SUITE`` of the folder here that is named after the pack.

    Attributes:
        scenarios: Makes the scenarios of a seed: how many, from the rows of a network, over which networks (those of
            the seed when none is named).
        judge: Compares the run of a scenario over its rows with the exact evaluation.
        regimes: Names of the rules that scenarios may be decided under.
        faults: Names of what a decision can have wrong without breaking a rule; ``judge`` writes them into ``Row.faults``.
        working_under: Rows whose airline works under one of them; for ``""`` the rows as they are.
        read: Reads sentences on rows of a day, and says of each how it was read: ``read(texts and right readings, rows, day)``
            answers words of ``READINGS``.
    """

    scenarios: Callable[[int, int, Callable[[Network], Rows], Sequence[Network]], list[Scenario]]
    judge: Callable[[Scenario, Rows, Run], Row]
    regimes: Sequence[str]
    faults: Sequence[str]
    working_under: Callable[[Rows, str], Rows]
    read: Callable[[Sequence[tuple[str, Sequence[Mapping[str, Any]]]], Rows, str], list[str]]


READINGS = ("right", "told", "asked", "misunderstood")
"""How a sentence was read: as wanted; otherwise, and the run tells what it did not understand; asked back needlessly; otherwise,
in silence."""


class SuiteUnknown(Exception):
    """There is no suite for a pack; the message names those that there are."""


def available_suites() -> tuple[str, ...]:
    """Names of the packs that have a suite."""
    namespace = importlib.import_module(NAMESPACE)
    packs = available_packs()
    found = (module.name for module in pkgutil.iter_modules(namespace.__path__) if module.ispkg)
    return tuple(sorted(name for name in found if name in packs))


def load_suite(name: str) -> Suite:
    """The suite of a pack.

    Raises:
        SuiteUnknown: When it has none.
    """
    if name not in available_suites():
        raise SuiteUnknown(f"there is no suite '{name}'; choose one of: {', '.join(available_suites())}")
    suite: Suite = importlib.import_module(f"{NAMESPACE}.{name}").SUITE
    return suite


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
        models: Makes the model of an agent; the offline policy answers where none is given.
    """

    where = IN_PROCESS

    def __init__(
        self, pack: Pack, networks: tuple[Network, ...] = (), models: Callable[[Agent], ModelPort] | None = None
    ) -> None:
        self._pack, self.networks, self._models = pack, networks, models

    def run(self, scenario: Scenario, rows: Rows) -> Run:
        """See ``Runner.run``."""
        outcome = decide(pack=self._pack, tables=rows, received=scenario.received, models=self._models, **scenario.body)
        decision, frame = outcome.decision, outcome.frame
        return Run(
            status=decision.status.value,
            reasons=[reason.code for reason in decision.reasons],
            incident=dict(frame.incident) if frame else {},
            options=outcome.options,
            option_id=decision.option_id,
            received=scenario.received,
            duration=outcome.duration_seconds,
            answers=outcome.judged.answers,
            breaches=[f"{each.rule}: {each.agent} in {each.phase}: {each.detail}" for each in outcome.judged.breaches],
            **in_document(outcome.document),
        )


def evaluate(
    *,
    suite: str,
    seed: int,
    count: int,
    runner: Runner | None = None,
    regime: str = "",
    advance: Callable[[Row], None] = lambda row: None,
    processes: int = 0,
    times: int = 1,
    over: Sequence[Network] = (),
) -> Report:
    """Runs and judges the scenarios of a seed.

    Args:
        suite: Name of the suite, which is the pack's.
        seed: Another seed is another set of scenarios.
        count: How many scenarios.
        runner: Where they run; in this process by default.
        regime: One of the suite's regimes; the operator's own by default. Another one needs a runner in this process.
        advance: Told about every judged scenario.
        processes: How many judge at once, without a runner of one's own; by default one a core for more than a few scenarios.
        times: How often each scenario is run. What is exact about it is found once.
        over: Where the scenarios happen, without a runner of one's own; by default on the networks of the seed.
    """
    pack, of_pack = load_pack(suite), load_suite(suite)
    chosen, load = runner or InProcess(pack, tuple(over)), _rows(suite, regime)
    scenarios = of_pack.scenarios(seed, count, load, chosen.networks)
    several = (processes or (_cores() if count * times >= WORTH_A_PROCESS else 1)) if runner is None else 1
    judged = (
        _side_by_side(suite, regime, scenarios, several, times)
        if several > 1
        else _in_turn(of_pack, chosen, scenarios, load, times)
    )
    rows, again = [], []
    for first, *others in judged:
        advance(first)
        rows.append(first)
        again += others
    places = chosen.networks or tuple(networks(seed))
    told = [f"{each.date}/{each.seed}" for each in places]
    return Report(
        suite=suite,
        seed=seed,
        where=chosen.where,
        networks=told,
        regime=regime or OWN_RULES,
        counted=of_pack.faults,
        rows=rows,
        again=again,
    )


def _in_turn(
    suite: Suite, runner: Runner, scenarios: Sequence[Scenario], load: Callable[[Network], Rows], times: int
) -> Iterator[list[Row]]:
    """The rows of each scenario, one for each time. Runs that came to the same end are judged once."""
    for scenario in scenarios:
        rows = load(scenario.network).changed(scenario.changes)
        judged: list[tuple[Run, Row]] = []
        for time in range(1, times + 1):
            run = runner.run(scenario, rows)
            known = next((row for other, row in judged if _same_end(run, other)), None)
            judged.append((run, measured(known or suite.judge(scenario, rows, run), run, time)))
        yield [row for _, row in judged]


def _same_end(run: Run, other: Run) -> bool:
    """True if the exact evaluation would say the same of both."""
    return (run.status, run.reasons, run.incident, run.options, run.option_id, run.received) == (
        other.status,
        other.reasons,
        other.incident,
        other.options,
        other.option_id,
        other.received,
    )


def _side_by_side(
    suite: str, regime: str, scenarios: Sequence[Scenario], processes: int, times: int
) -> Iterator[list[Row]]:
    """Rows in the order of their scenarios. Processes start anew, since threads of this one may hold locks."""
    anew = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=processes, mp_context=anew) as pool:
        yield from pool.map(partial(_judged, suite, regime, times), scenarios, chunksize=AT_ONCE)


def _judged(suite: str, regime: str, times: int, scenario: Scenario) -> list[Row]:
    """The rows of a scenario, wherever it is judged."""
    return next(_in_turn(load_suite(suite), InProcess(load_pack(suite)), [scenario], _rows(suite, regime), times))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _rows(suite: str, regime: str) -> Callable[[Network], Rows]:
    """Makes the rows of a network under a regime, the last few of them once a process."""
    load, measured = network_rows(load_pack(suite)), load_suite(suite)
    return lru_cache(maxsize=8)(lambda network: measured.working_under(load(network), regime))


def network_rows(pack: Pack) -> Callable[[Network], Rows]:
    """Makes the rows of a network, each once."""

    @lru_cache(maxsize=8)
    def load(network: Network) -> Rows:
        return Rows(pack.tables, pack.sample(network.date, network.seed))

    return load
