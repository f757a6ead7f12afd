"""Interleavings of people, clock and faults over a run that waits: ``python -m bench.approvals --schedules N [--json]``.

Each schedule is a seed: the engine's own steps and acts over a store in memory, in virtual time, with faults at every call of a
port: errors before and after the effect, repetitions, lateness, death. Exit code 1 when a run had two outcomes, an effect had no
audit entry, or a run never ended.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from conclave.testing.run_store import MemoryRunStore

from bench.approvals.schedule import RUN_ID, Schedule
from bench.approvals.verdict import judge

NAMED = ("double", "unaudited", "stuck")


def tally(seeds: range, rate: float, store: Callable[[], MemoryRunStore] = MemoryRunStore) -> dict[str, Any]:
    """The figures over these seeds."""
    found: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    acts = 0
    examples: list[str] = []
    for seed in seeds:
        schedule = Schedule(seed, rate, store)
        schedule.play()
        wrong = judge(schedule)
        found.update({kind for kind, _ in wrong})
        examples += [f"seed {seed}: {kind}: {line}" for kind, line in wrong]
        outcomes[schedule.store.get(RUN_ID).status.value] += 1
        faults.update(schedule.chaos.faults)
        acts += sum(kind == "ApprovalActed" for kind, _ in schedule.bus.sent)
    return {
        "schedules": len(seeds),
        **{name: found[name] for name in NAMED},
        "outcomes": dict(outcomes.most_common()),
        "acts_told": acts,
        "faults": faults.total(),
        "faults_by_kind": dict(faults.most_common()),
        "examples": examples[:5],
    }


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.approvals", description=__doc__)
    parser.add_argument("--schedules", type=int, default=1_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--rate", type=float, default=0.05, help="probability of a fault of a call")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    figures = tally(range(chosen.first, chosen.first + chosen.schedules), chosen.rate)
    if chosen.json:
        sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(f"{name:16} {value}" for name, value in figures.items()) + "\n")
    return int(any(figures[name] for name in NAMED))


if __name__ == "__main__":
    sys.exit(main())
