"""Growth with the runs that are stored: looking one up, listing a page of a day or of a status, and the sweep.

The real adapter reads, over ``ByTheRules``: requests and items are DynamoDB's. Times are processor time of adapter and engine in
this process, and of a store whose indexes take logarithmic time.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from conclave.adapters.stores.run_store import DynamoRunStore
from conclave.api.documents import run_document
from conclave.api.queries import list_runs
from conclave.audit.chain import GENESIS
from conclave.clock import SystemClock, timestamp
from conclave.pack import Item
from conclave.records.run_records import records_of
from conclave.records.runs import META, RunStore
from conclave.steps.executions import Execution
from conclave.steps.sweep import Act, Patience, sweep
from conclave.testing.bus import RecordingBus
from conclave.testing.journal import MemoryJournal
from conclave.types import RunStatus
from packs.airline import PACK

from bench.scale.by_rules import ByTheRules, Counted
from infra.tables import AUDIT, RUNS

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
OPEN = 20
"""Runs without an outcome, however many are stored: a stage has so many places, and others wait."""
DAYS = 30
TIMES = 200
PAGE = 20


class AllRunning:
    """A phase machine in which every execution is under way."""

    def look(self, name: str) -> Execution:
        """See ``Executions.look``."""
        return Execution.RUNNING

    def start(self, *args: Any, **kwargs: Any) -> Any:
        """Nothing is to be started."""
        raise AssertionError("no run was absent")


def measured(sizes: Sequence[int]) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Requests and items of each act by the number of runs in the store.

    Args:
        sizes: Numbers of runs, the smallest first.

    Returns:
        A row for each act and size, and for each act the largest ratio of its processor time to that of the smallest size.
    """
    stores = {size: _store(size) for size in sizes}
    acts = {name: {size: act(*stores[size]) for size in sizes} for name, act in ACTS.items()}
    rows, ratios = [], {}
    for name, by_size in acts.items():
        seconds = _side_by_side(by_size)
        ratios[name] = max(seconds.values()) / seconds[sizes[0]]
        for size, call in by_size.items():
            stores[size][1].counted = counted = Counted()
            call()
            rows.append(
                {
                    "name": f"{name}, {size:,} runs",
                    "requests": counted.requests,
                    "items": counted.items,
                    "kb": round(counted.bytes / 1024, 1),
                    "processor_ms": round(seconds[size] * 1_000, 3),
                }
            )
    return rows, ratios


def _side_by_side(calls: Mapping[int, Callable[[], object]]) -> dict[int, float]:
    """Median processor seconds of each call, taken in turn."""
    taken: dict[int, list[float]] = {size: [] for size in calls}
    for _ in range(TIMES):
        for size, call in calls.items():
            began = time.process_time()
            call()
            taken[size].append(time.process_time() - began)
    return {size: statistics.median(each) for size, each in taken.items()}


def _store(size: int) -> tuple[RunStore, ByTheRules]:
    client = ByTheRules({"runs": RUNS, "audit": AUDIT}, {"runs": heads(size)})
    reads: Any = client
    return DynamoRunStore(reads, "runs", "audit", DAYS), client


def heads(size: int) -> Iterator[Item]:
    """Heads of runs, oldest first, spread over the days that records are kept; the last ones are open."""
    for number in range(size):
        at = timestamp(NOW - timedelta(days=DAYS) * (size - number) / size)
        open_ = number >= size - OPEN
        yield {
            "run_id": _name(number),
            "record": META,
            "status": str(RunStatus.RUNNING if open_ else RunStatus.DECIDED),
            "day": at[:10],
            "pack": PACK.name,
            "created_at": at,
            "updated_at": at,
            "correlation_id": "bench",
            "text": "Flight EY17 on 2026-11-21 from AUH to LHR is AOG",
            "incident": {},
            "source": "bench",
            "summary": "" if open_ else "EY17 AUH-LHR 2026-11-21: technical",
            "option_id": "" if open_ else "O3",
            "fence": 1,
            "marks": {},
            "expires_at": 0,
            "audit_entries": 1,
            "audit_head": GENESIS,
        }


def _name(number: int) -> str:
    return f"run-{number:024x}"


def _run(runs: RunStore, client: ByTheRules) -> Callable[[], object]:
    return lambda: records_of(_name(500), runs, PACK)


def _document(runs: RunStore, client: ByTheRules) -> Callable[[], object]:
    journal, clock = MemoryJournal(), SystemClock(NOW)
    return lambda: run_document(_name(500), pack=PACK, runs=runs, journal=journal, stage="local", clock=clock)


def _page(asked: Mapping[str, str]) -> Callable[[RunStore, ByTheRules], Callable[[], object]]:
    def act(runs: RunStore, client: ByTheRules) -> Callable[[], object]:
        def look() -> object:
            found = list_runs({**asked, "limit": str(PAGE)}, runs, SystemClock(NOW))
            if len(found["runs"]) != PAGE:
                raise SystemExit(f"{asked} listed {len(found['runs'])} runs")
            return found

        return look

    return act


def _second_page(runs: RunStore, client: ByTheRules) -> Callable[[], object]:
    first = list_runs({"status": "decided", "limit": str(PAGE)}, runs, SystemClock(NOW))
    return _page({"status": "decided", "next": str(first["next"])})(runs, client)


def _sweep(runs: RunStore, client: ByTheRules) -> Callable[[], object]:
    def act() -> object:
        swept = sweep(
            pack=PACK,
            runs=runs,
            executions=AllRunning(),
            bus=RecordingBus(),
            clock=SystemClock(NOW),
            patience=Patience(start_seconds=900),
        )
        if swept.count(Act.LEFT) != OPEN:
            raise SystemExit(f"{swept.count(Act.LEFT)} of {OPEN} open runs were swept")
        return swept

    return act


ACTS: Mapping[str, Callable[[RunStore, ByTheRules], Callable[[], object]]] = {
    "records of a run": _run,
    "document of a run": _document,
    "list of yesterday": _page({"day": "2026-11-20"}),
    "list by status": _page({"status": "decided"}),
    "its second page": _second_page,
    "list of open runs": _page({"status": "running"}),
    "sweep": _sweep,
}
