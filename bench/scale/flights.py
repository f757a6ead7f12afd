"""Growth with the flights of a day: making the network, planning a disruption on it, and deciding it.

Requests and items are counted by ``ByTheRules`` under the real adapter, without a cache; times are over tables in memory.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any

from conclave.adapters.stores.dynamodb import DynamoTables
from conclave.codec import convert
from conclave.pack import Item
from conclave.pack.tables import ReadOnce, ScopedTables, Tables
from conclave.testing.tables import MemoryTables
from packs.airline import PACK
from packs.airline.models import Incident
from packs.airline.sample_data import generate

from bench.scale.by_rules import ByTheRules, Counted
from evaluation.room import decide

FLIGHTS = (250, 500, 1_000, 2_000, 4_000)
DATE, SEED = "2026-11-21", 1
NOW = "2026-11-20T18:00:00Z"
CASES: tuple[dict[str, Any], ...] = (
    {"flight": "EY17", "problems": [{"cause": "technical"}]},
    {"flight": "EY33", "problems": [{"cause": "crew"}]},
    {"flight": "EY454", "problems": [{"cause": "cargo", "minutes": 180}]},
    {"flight": "EY1", "problems": [{"cause": "atc", "minutes": 90}]},
    {"flight": "EY715", "problems": [{"cause": "technical"}]},
    {"flight": "EY789", "problems": [{"cause": "airport", "minutes": 120}]},
    {"flight": "EY800", "problems": [{"cause": "late_inbound", "minutes": 150}]},
)
MEGABYTE = 1024


def measured(flights: int) -> dict[str, Any]:
    """The figures of a day with so many flights. To be run in a process of its own, for its memory."""
    began = time.process_time()
    rows: dict[str, list[Item]] = {name: list(items) for name, items in generate(DATE, SEED, flights).items()}
    made = time.process_time() - began
    generated = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "name": f"{flights:,} flights a day",
        "rows": sum(map(len, rows.values())),
        "generate_seconds": round(made, 2),
        "generate_mb": round(generated / MEGABYTE),
        **_asked(rows),
        **_decided(rows),
    }


def _asked(rows: Mapping[str, Sequence[Item]]) -> dict[str, Any]:
    """Requests, items and bytes of resolving and planning, by DynamoDB's rules."""
    client = ByTheRules({table.name: table for table in PACK.tables}, rows)
    seen = []
    for case in CASES:
        client.counted = counted = Counted()
        reads: Any = client
        _planned(DynamoTables(reads, "", PACK.tables), case)
        seen.append(counted)
    return {
        "requests": round(statistics.mean(each.requests for each in seen), 1),
        "requests_most": max(each.requests for each in seen),
        "items": round(statistics.mean(each.items for each in seen)),
        "kb_read": round(statistics.mean(each.bytes for each in seen) / 1024),
    }


def _decided(rows: Mapping[str, Sequence[Item]]) -> dict[str, Any]:
    """Processor seconds of resolving and planning, and wall seconds of whole runs, over tables in memory."""
    tables = MemoryTables(PACK.tables, rows)
    decide(pack=PACK, tables=tables, received=NOW, incident={**CASES[0], "date": DATE})  # the first read builds indexes
    planned, decided = [], []
    for case in CASES:
        began = time.process_time()
        _planned(tables, case)
        planned.append(time.process_time() - began)
        decided.append(decide(pack=PACK, tables=tables, received=NOW, incident={**case, "date": DATE}).duration_seconds)
    return {
        "plan_median_seconds": round(statistics.median(planned), 3),
        "plan_longest_seconds": round(max(planned), 3),
        "decision_median_seconds": round(statistics.median(decided), 3),
        "decision_longest_seconds": round(max(decided), 3),
    }


def _planned(tables: Tables, case: Mapping[str, Any]) -> None:
    once = ReadOnce(tables)
    typed = convert({**case, "date": DATE}, Incident)
    PACK.plan(
        PACK.resolve(typed, ScopedTables(once, PACK.resolve_reads), NOW), ScopedTables(once, PACK.plan_reads), NOW
    )
