"""Requests to the store that a run makes, counted where they leave the client: ``python -m bench.reads [--json]``.

Takes incidents on the sample network to their published decisions in one process, with the offline policy as the models, over
DynamoDB as moto has it; each function has a client of its own. A request for several tables counts once, and in the columns of
each table. Every page of a query counts, and so does every repetition. Then reads batches of many sizes: a batch is exactly
one request for each 100 keys, whatever their tables.

``before`` is the same counted in a checkout of commit 73546f3, by the same code; see docs/performance.md.
"""

from __future__ import annotations

import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from threading import Lock
from typing import Any, NamedTuple

from conclave.adapters.stores.dynamodb import DynamoTables
from conclave.adapters.stores.journal import DynamoJournal
from conclave.adapters.stores.run_store import DynamoRunStore
from conclave.agents.prices import price_table
from conclave.clock import SystemClock, timestamp
from conclave.pack import Agent, Phase
from conclave.records.runs import Run
from conclave.results import Branch, Framed, Route
from conclave.testing.bus import RecordingBus
from conclave.testing.room import Room
from conclave.types import Collation, Decision, RunStatus
from packs.airline import PACK
from packs.airline.sample_data import generate

from bench.report import options, report
from bench.scale.flights import CASES, DATE, NOW, SEED
from bench.store import Received, Request, Store, in_process
from local.bedrock.offline.in_process import PolicyModel, policy_extractor

BEFORE = 310.1
"""Requests of a run before, in the mean of the same incidents."""
AT_MOST = 0.45
SIZES = (1, 2, 10, 99, 100, 101, 250, 1_000)


@dataclass(frozen=True, kw_only=True)
class CountedRoom(Room):
    """A room whose steps have a client each."""

    store: Store
    turn: Lock = field(default_factory=Lock)

    def _as(self, function: str) -> CountedRoom:
        runs, journal, tables = stores_of(self.store, function)
        return replace(self, runs=runs, journal=journal, tables=tables)

    def frame(self, run_id: str) -> Framed:
        """See ``Room.frame``."""
        return Room.frame(self._as("frame"), run_id)

    def collate(self, run_id: str, phase: Phase, fence: int, branches: Sequence[Branch]) -> tuple[Collation, Route]:
        """See ``Room.collate``."""
        return Room.collate(self._as("collate"), run_id, phase, fence, branches)

    def answer(self, run_id: str, phase: Phase, fence: int, agent: Agent) -> Branch:
        """See ``Room.answer``. One agent after the other: moto is not made for several at once."""
        with self.turn:
            return Room.answer(self._as(agent.name), run_id, phase, fence, agent)

    def decide(self, run_id: str, fence: int, arbiter: Branch | None) -> Decision:
        """See ``Room.decide``."""
        return Room.decide(self._as("decide"), run_id, fence, arbiter)

    def publish(self, run_id: str, fence: int) -> Decision:
        """See ``Room.publish``."""
        return Room.publish(self._as("publish"), run_id, fence)


class Stores(NamedTuple):
    """The stores of a function."""

    runs: DynamoRunStore
    journal: DynamoJournal
    tables: DynamoTables


@cache
def stores_of(store: Store, function: str) -> Stores:
    """The stores of a function, which has one client for all of them."""
    return Stores(store.runs(function), store.journal(function), store.tables(function))


def main() -> int:
    """Counts and prints; answers the exit code."""
    asked = options(__doc__).parse_args()
    with in_process(PACK) as store:
        store.fill(generate(DATE, SEED))
        pairs = [decided(store, number, case) for number, case in enumerate(CASES)]
        batches = [batch(store, size) for size in SIZES]
    runs, answers = [requests for requests, _ in pairs], [found for _, found in pairs]
    ratio = round(statistics.mean(len(each) for each in runs) / BEFORE, 3)
    figures = {
        "runs": len(runs),
        "requests_per_run": round(statistics.mean(len(each) for each in runs), 1),
        "requests_most": max(len(each) for each in runs),
        "before_per_run": BEFORE,
        "ratio": ratio,
        "kb_sent_per_run": kilobytes([[each.sent for each in run] for run in runs]),
        "kb_received_per_run": kilobytes([[each.received for each in run] for run in answers]),
        "functions": by(runs, lambda request: [request.function]),
        "tables": by(runs, lambda request: request.tables),
        "operations": by(runs, lambda request: [request.operation]),
        "batches": batches,
    }
    bars = {
        f"a run makes at most {AT_MOST} of the requests before": ratio <= AT_MOST,
        "a batch is one request for each 100 keys": all(
            each["requests"] == -(-each["keys"] // 100) for each in batches
        ),
    }
    return report("reads", figures, bars=bars, asked=asked)


def decided(
    store: Store, number: int, case: Mapping[str, Any], room: Callable[..., Room] = CountedRoom, **more: Any
) -> tuple[list[Request], list[Received]]:
    """The requests of one run and their answers, from the first to the last; raises when it is not decided.

    Args:
        store: The store, whose pack decides.
        number: The run is named by it.
        case: The incident, but for its date.
        room: Makes the room.
        more: Further arguments of the room.
    """
    run_id, moment, prices = f"run-{number}", datetime.fromisoformat(NOW).astimezone(UTC), price_table()
    stamp = timestamp(moment)
    runs, journal, tables = stores_of(store, "intake")
    store.clear()
    runs.create(
        Run(
            run_id=run_id,
            status=RunStatus.RUNNING,
            pack=store.pack.name,
            created_at=stamp,
            updated_at=stamp,
            correlation_id="bench",
            text="",
            incident={**case, "date": DATE},
        )
    )
    made = room(
        pack=store.pack,
        runs=runs,
        journal=journal,
        tables=tables,
        extractor=policy_extractor(prices.model("fast")),
        models=lambda agent: PolicyModel(prices.model(agent.tier)),
        prices=prices,
        bus=RecordingBus(),
        clock=SystemClock(moment),
        store=store,
        **more,
    )
    decision = made.deliberate(run_id)
    if decision.status is RunStatus.HALTED:
        raise SystemExit(f"{case} was not decided: {decision.reasons}")
    return list(store.requests), list(store.answers)


def kilobytes(runs: Sequence[Sequence[int]]) -> float:
    """Bytes of a run in the mean, in KB."""
    return round(statistics.mean(sum(each) for each in runs) / 1024, 1)


def by(runs: Sequence[Sequence[Request]], names: Any) -> list[dict[str, Any]]:
    """The requests of a run by name, in the mean and at most, most first."""
    counted = [Counter(name for request in run for name in names(request)) for run in runs]
    totals: Counter[str] = sum(counted, Counter())
    return [
        {
            "name": name,
            "requests": round(total / len(runs), 1),
            "most": max(each[name] for each in counted),
        }
        for name, total in totals.most_common()
    ]


def batch(store: Store, keys: int) -> dict[str, Any]:
    """The requests that reading so many keys of two tables made."""
    _, _, tables = stores_of(store, "batch")
    store.clear()
    half = keys // 2
    found = tables.get_across({"flights": _keys(keys - half), "duties": _keys(half)})
    if sum(len(each.missing) for each in found.values()) != keys:
        raise SystemExit("a key that does not exist was found")
    return {"name": f"{keys} keys", "keys": keys, "requests": len(store.requests)}


def _keys(count: int) -> Iterable[str]:
    return (f"absent-{number}" for number in range(count))


if __name__ == "__main__":
    sys.exit(main())
