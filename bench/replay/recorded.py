"""Runs of the suites, recorded as a deployment records them: scenarios of every kind, of which some go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from random import Random
from threading import Lock
from typing import Any

from conclave.agents.assess import ModelPort, Question
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.clock import SystemClock, timestamp
from conclave.codec import encode
from conclave.pack import Agent, Pack, load_pack
from conclave.pack.tables import Batch, Item, Key, Only, ReadFailed, Tables
from conclave.recording.code_versions import code_versions
from conclave.recording.exported import exported
from conclave.records.runs import Run
from conclave.testing.bus import RecordingBus
from conclave.testing.journal import MemoryJournal
from conclave.testing.room import Room
from conclave.testing.run_store import MemoryRunStore
from conclave.types import RunStatus

from evaluation.data import Rows
from evaluation.scenarios import Network, Scenario
from evaluation.suite import load_suite, network_rows
from local.bedrock.offline.in_process import PolicyModel, policy_extractor

TROUBLES = ("none",) * 7 + ("a read fails once", "a model fails", "a function dies")
"""What goes wrong in a run, by its number: nothing in seven of ten."""


class ModelFailed(Exception):
    """A model that does not answer, as a library would say it."""


class FunctionDied(BaseException):
    """What ends a function without an answer."""


class FailingReads(Tables):
    """Tables of which one read fails, and works when it is made once more.

    Args:
        tables: The tables.
        number: The read that fails, from 1 on.
    """

    def __init__(self, tables: Tables, number: int) -> None:
        self._tables, self._left = tables, number
        self._one_at_a_time = Lock()

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """See ``Tables.get``."""
        return self.get_across({table: keys})[table]

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """See ``Tables.get_across``."""
        self._count(next(iter(wanted), ""))
        return self._tables.get_across(wanted)

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``."""
        self._count(table)
        return self._tables.query(table, values, index, only)

    def _count(self, table: str) -> None:
        with self._one_at_a_time:
            self._left -= 1
            fails = self._left == 0
        if fails:
            raise ReadFailed(f"{table}: ProvisionedThroughputExceededException")


class FailingModel:
    """A model whose first call fails. See ``conclave.agents.assess.ModelPort``."""

    def __init__(self, model: ModelPort, error: BaseException) -> None:
        self.model_id = model.model_id
        self._error = error

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        """See ``ModelPort.ask``."""
        with meter.exchange(self.model_id, {"user": question.user}):
            raise self._error


def recorded(pack: Pack, scenario: Scenario, rows: Tables, number: int) -> bytes:
    """The export of a run of a scenario.

    Args:
        pack: The domain.
        scenario: What happens.
        rows: In which data.
        number: Says what goes wrong in it.
    """
    trouble, random = TROUBLES[number % len(TROUBLES)], Random(number)
    moment, run_id = datetime.fromisoformat(scenario.received).astimezone(UTC), f"run-{number:06d}"
    runs, journal, prices, stamp = MemoryRunStore(), MemoryJournal(), price_table(), timestamp(moment)
    body = scenario.body
    runs.create(
        Run(
            run_id=run_id,
            status=RunStatus.RUNNING,
            pack=pack.name,
            created_at=stamp,
            updated_at=stamp,
            correlation_id="replay",
            text=body.get("text", ""),
            incident=body.get("incident", {}),
        )
    )
    victim = random.choice([agent.name for agent in pack.agents])

    def model(agent: Agent) -> ModelPort:
        made = PolicyModel(prices.model(agent.tier))
        if agent.name == victim and trouble == "a function dies":
            raise RuntimeError("the function was ended")
        return (
            FailingModel(made, ModelFailed("no answer"))
            if agent.name == victim and trouble == "a model fails"
            else made
        )

    room = Room(
        pack=pack,
        runs=runs,
        journal=journal,
        tables=FailingReads(rows, random.randrange(20, 60)) if trouble == "a read fails once" else rows,
        extractor=policy_extractor(prices.model("fast")),
        models=model,
        prices=prices,
        bus=RecordingBus(),
        clock=SystemClock(moment),
        code=code_versions(pack.folder),
    )
    if trouble == "a read fails once":
        with suppress(ReadFailed):  # the phase machine repeats its first step
            room.frame(run_id)
    room.deliberate(run_id)
    return encode(exported(run_id, pack=pack, runs=runs, journal=journal))


@lru_cache(maxsize=1)
def _rows(suite: str) -> Callable[[Network], Rows]:
    return network_rows(load_pack(suite))


def scenarios_of(suite: str, seed: int, count: int) -> list[Scenario]:
    """The scenarios of a suite."""
    return load_suite(suite).scenarios(seed, count, _rows(suite), ())


def export_of(suite: str, scenario: Scenario, number: int) -> bytes:
    """The export of a run of a scenario, over its own data."""
    rows = _rows(suite)(scenario.network).changed(scenario.changes)
    return recorded(load_pack(suite), scenario, rows, number)
