"""Scenarios: seeded incidents over generated networks, each with what it changes in the data.

A scenario is a function of its seed and its network: the same seed gives the same scenarios, any other seed another set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from evaluation.data import Changes, Rows

NETWORKS = 4
"""Networks (dates and seeds) that a set of scenarios is spread over."""
FIRST_DAY = date(2026, 1, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A generated network: the pack's sample of a date and a seed."""

    date: str
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One incident.

    Attributes:
        number: Position in its set.
        kind: One of its suite's kinds.
        network: The data it happens in.
        incident: What happened, resolved, as the pack's own type: the words of ``text`` mean this.
        typed: The incident as a caller types it.
        received: Time of receipt of the report, ISO 8601 UTC.
        text: The report as a sentence; empty when the typed incident is submitted.
        changes: What differs in the data.
        gap: What a safety agent must have and has not; a halt is right. Empty when nothing is missing, and then a halt
            is right only where no course of action is allowed.
    """

    number: int
    kind: str
    network: Network
    incident: Any
    typed: Mapping[str, Any]
    received: str
    text: str = ""
    changes: Changes = field(default_factory=Changes)
    gap: str = ""

    @property
    def body(self) -> dict[str, Any]:
        """The request: a sentence or a typed incident."""
        return {"text": self.text} if self.text else {"incident": dict(self.typed)}


def networks(seed: int, count: int = NETWORKS) -> list[Network]:
    """The networks of a seed: days all over the year, so that seasons and changes of the clock are among them."""
    random = Random(f"networks/{seed}")
    return [
        Network(date=(FIRST_DAY + timedelta(days=random.randrange(720))).isoformat(), seed=random.randrange(1, 10_000))
        for _ in range(count)
    ]


def spread(
    seed: int,
    count: int,
    load: Callable[[Network], Rows],
    over: Sequence[Network],
    make: Callable[[int, Network, Rows, Random], Scenario],
) -> list[Scenario]:
    """The scenarios of a seed, spread over networks.

    Args:
        seed: Same seed, same scenarios.
        count: How many.
        load: Makes the rows of a network.
        over: The networks to use; when empty, those of the seed.
        make: Makes the scenario of a number on a network, drawn from what is random.
    """
    places = list(over) or networks(seed)
    made = []
    for number in range(count):
        network = places[number * len(places) // count]
        random = Random(f"{seed}/{number}/{network.date}/{network.seed}")
        made.append(make(number, network, load(network), random))
    return made
