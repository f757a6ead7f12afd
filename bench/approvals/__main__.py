"""Interleavings of people, clock and faults over a run that waits: ``python -m bench.approvals --schedules N [--json]``.

Each schedule is a seed: the engine's own steps and acts over a store in memory, in virtual time, with faults at every call of a
port: errors before and after the effect, repetitions, lateness, death. Exit code 1 when a run had two outcomes, an effect had no
audit entry, or a run never ended.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from conclave.testing.run_store import MemoryRunStore

from bench.approvals.schedule import RUN_ID, Schedule
from bench.approvals.verdict import judge
from bench.report import options, report

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
    parser = options(__doc__)
    parser.add_argument("--schedules", type=int, default=1_000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--rate", type=float, default=0.05, help="probability of a fault of a call")
    asked = parser.parse_args()
    if asked.schedules < 1 or not 0 <= asked.rate <= 1:
        parser.error("--schedules is at least 1, --rate is between 0 and 1")
    figures = tally(range(asked.first, asked.first + asked.schedules), asked.rate)
    bars = {
        "no run has two outcomes, or one that nobody had the right to": not figures["double"],
        "no effect is without its audit entry": not figures["unaudited"],
        "every run ends": not figures["stuck"],
    }
    return report("approvals", figures, bars=bars, asked=asked)


if __name__ == "__main__":
    sys.exit(main())
