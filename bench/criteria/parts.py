"""The parts of one run of all benches, in their order, with about how long each takes and what it has to itself.

Parts run one after the other: most of their bars are ratios of times within one run, and a neighbour that comes or goes in
the middle would change one side of them. Those that talk to a deployed local cloud share one, which is fresh when the first
begins: the load, whose bars are memory and how runs end, comes first, and the alarms, which leave circuits and queues behind,
come last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A bench of the run.

    Attributes:
        words: What comes after ``bench.``: its name, and options.
        seconds: About how long it takes on a quiet machine of two cores; None where nobody has said.
        on_cloud: Whether it talks to a deployed local cloud, which it can share with others.
    """

    words: str
    seconds: int | None = None
    on_cloud: bool = False


PARTS: Sequence[Part] = (
    Part(words="deliberation", seconds=45),
    Part(words="cold_start", seconds=200),
    Part(words="instrumentation", seconds=20),
    Part(words="overhead", seconds=40),
    Part(words="isolation", seconds=540),
    Part(words="reads", seconds=30),
    Part(words="ledger", seconds=10),
    Part(words="tiers", seconds=15),
    Part(words="approvals --schedules 10000", seconds=50),
    Part(words="chat", seconds=5),
    Part(words="scale", seconds=105),
    Part(words="frame", seconds=220),
    Part(words="replay", seconds=200),
    Part(words="loading", seconds=120),
    Part(words="commands", seconds=130),
    Part(words="load --at-once 10", seconds=45, on_cloud=True),
    Part(words="events", seconds=40, on_cloud=True),
    Part(words="caches --api 100", seconds=100, on_cloud=True),
    Part(words="alarms", seconds=450, on_cloud=True),
)


def part_of(words: str) -> Part:
    """The part of that name with these options; one whose duration nobody has said where there is none."""
    return next((each for each in PARTS if each.words == words), Part(words=words))
