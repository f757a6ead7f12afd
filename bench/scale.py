"""A large day: ``python -m bench.scale [--flights 2000] [--json]``.

Generates the network in a process of its own, for its time and memory; then plans disruptions on it and runs each through the
whole room in process (frame, agents, collate, decide), over tables in memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from typing import Any

from conclave.codec import convert
from conclave.testing.tables import MemoryTables
from packs.airline import PACK
from packs.airline.models import Incident
from packs.airline.sample_data import generate

from bench.report import options, report
from evaluation.room import decide

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


def main() -> int:
    """Measures and prints; answers the exit code."""
    parser = options(__doc__)
    parser.add_argument("--flights", type=int, default=2_000, help="flights of a day")
    parser.add_argument("--only-generate", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only_generate:
        sys.stdout.write(json.dumps(generation(asked.flights)))
        return 0
    command = [sys.executable, "-m", "bench.scale", "--only-generate", "--flights", str(asked.flights)]
    made = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    figures = {**made, **decisions(asked.flights)}
    return report(f"scale.{asked.flights}", figures, bars={}, asked=asked)


def generation(flights: int) -> dict[str, Any]:
    """Seconds, peak memory and rows of generating three days."""
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    rows = {name: len(list(items)) for name, items in generate(DATE, SEED, flights).items()}
    taken = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "flights_a_day": flights,
        "rows": sum(rows.values()),
        "generate_seconds": round(taken, 2),
        "peak_mib": round(peak / MEGABYTE),
        "before_mib": round(before / MEGABYTE),
    }


def decisions(flights: int) -> dict[str, Any]:
    """Seconds of planning, and of planning and everything after it, over several disruptions."""
    tables = MemoryTables(PACK.tables, generate(DATE, SEED, flights))
    decide(pack=PACK, tables=tables, received=NOW, incident={**CASES[0], "date": DATE})  # the first read builds indexes
    planned, decided = [], []
    for case in CASES:
        typed = convert({**case, "date": DATE}, Incident)
        began = time.perf_counter()
        resolved = PACK.resolve(typed, tables, NOW)
        PACK.plan(resolved, tables, NOW)
        planned.append(time.perf_counter() - began)
        decided.append(decide(pack=PACK, tables=tables, received=NOW, incident={**case, "date": DATE}).duration_seconds)
    return {
        "plan_median_seconds": round(statistics.median(planned), 3),
        "plan_longest_seconds": round(max(planned), 3),
        "decision_median_seconds": round(statistics.median(decided), 3),
        "decision_longest_seconds": round(max(decided), 3),
    }


if __name__ == "__main__":
    sys.exit(main())
