"""Seeded disruptions of ten kinds over generated networks, each with what it changes in the data.

A scenario is a function of its seed and its network: the same seed gives the same scenarios, any other seed another set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from packs.airline.models import Cause, Incident

from evaluation.airline.scenarios.disruptions import MAKERS, Disruption
from evaluation.airline.scenarios.rarities import RARE
from evaluation.data import Changes, Rows

KINDS = tuple(MAKERS)
TURNS = 10
"""After so many scenarios of a kind the rare ones come again."""
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
    """One disruption.

    Attributes:
        number: Position in its set.
        kind: One of ``KINDS``.
        network: The data it happens in.
        incident: What happened, resolved: the words of ``text`` mean this.
        text: The report as a sentence; empty when the typed incident is submitted.
        changes: What differs in the data.
        gap: What a safety agent must have and has not; a halt is right. Empty when nothing is missing, and then a halt
            is right only where no course of action is allowed.
    """

    number: int
    kind: str
    network: Network
    incident: Incident
    text: str = ""
    changes: Changes = field(default_factory=Changes)
    gap: str = ""

    @property
    def received(self) -> str:
        """Time of receipt: early on the day of the network."""
        return f"{self.network.date}T01:00:00Z"

    @property
    def body(self) -> dict[str, Any]:
        """The request: a sentence or a typed incident."""
        if self.text:
            return {"text": self.text}
        given = self.incident
        return {
            "incident": {
                "flight": given.flight,
                "date": given.date,
                "cause": given.cause.value,
                "delay_minutes": given.delay_minutes,
            }
        }


def networks(seed: int, count: int = NETWORKS) -> list[Network]:
    """The networks of a seed: days all over the year, so that seasons and changes of the clock are among them."""
    random = Random(f"networks/{seed}")
    return [
        Network(date=(FIRST_DAY + timedelta(days=random.randrange(720))).isoformat(), seed=random.randrange(1, 10_000))
        for _ in range(count)
    ]


def scenarios(seed: int, count: int, load: Callable[[Network], Rows], over: Sequence[Network] = ()) -> list[Scenario]:
    """The scenarios of a seed, their kinds in turn.

    Args:
        seed: Same seed, same scenarios.
        count: How many.
        load: Makes the rows of a network.
        over: The networks to use; by default those of the seed.
    """
    places = list(over) or networks(seed)
    made = []
    for number in range(count):
        network = places[number * len(places) // count]
        rows, kind = load(network), KINDS[number % len(KINDS)]
        random = Random(f"{seed}/{number}/{network.date}/{network.seed}")
        disruption = made_up(kind, number // len(KINDS), random, rows, network.date)
        made.append(_worded(_scenario(number, kind, network, disruption), random))
    return made


def made_up(kind: str, turn: int, random: Random, rows: Rows, day: str) -> Disruption:
    """A disruption of a kind; in most turns an ordinary one, in some the one that calls for a rarer way out.

    Args:
        kind: One of ``KINDS``.
        turn: How many of this kind came before.
        random: What it is drawn from.
        rows: The rows of the network.
        day: Its date.
    """
    rare = RARE.get(kind, {}).get(turn % TURNS)
    return (rare(random, rows, day) if rare else None) or MAKERS[kind](random, rows, day)


def _scenario(number: int, kind: str, network: Network, disruption: Disruption) -> Scenario:
    flight = disruption.flight
    incident = Incident(
        flight=flight["number"],
        date=flight["date"],
        origin=flight["origin"],
        destination=flight["destination"],
        cause=disruption.cause,
        delay_minutes=disruption.delay,
        flight_id=flight["flight_id"],
    )
    return Scenario(
        number=number,
        kind=kind,
        network=network,
        incident=incident,
        changes=disruption.changes,
        gap=disruption.gap,
    )


def _worded(scenario: Scenario, random: Random) -> Scenario:
    """Half of the reports are sentences."""
    if random.random() < 0.5:
        return scenario
    given = scenario.incident
    head = f"Flight {given.flight} on {given.date} from {given.origin} to {given.destination}"
    tail = random.choice(_PHRASES[given.cause, given.delay_minutes > 0])
    return replace(scenario, text=f"{head} {tail.format(minutes=given.delay_minutes)}")


_PHRASES: Mapping[tuple[Cause, bool], Sequence[str]] = {
    (Cause.TECHNICAL, False): ("is AOG", "is grounded with a hydraulic leak"),
    (Cause.TECHNICAL, True): ("has a technical fault, {minutes} minutes to fix", "has a defect, {minutes} minutes of repair"),
    (Cause.CREW, False): ("has no captain, he is sick", ": the first officer is sick"),
    (Cause.CREW, True): ("waits for its crew, which is {minutes} minutes late",),
    (Cause.WEATHER, False): ("cannot leave because of fog", "is held by a thunderstorm"),
    (Cause.WEATHER, True): ("is held by fog for {minutes} minutes",),
    (Cause.AIRPORT, False): (": the airport is closed",),
    (Cause.AIRPORT, True): (": the runway is closed for {minutes} minutes",),
    (Cause.ATC, False): ("is held by ATC flow control",),
    (Cause.ATC, True): ("has an ATC slot {minutes} minutes later",),
    (Cause.CARGO, False): ("waits for its cargo",),
    (Cause.CARGO, True): (": reloading the cargo takes {minutes} minutes",),
    (Cause.LATE_INBOUND, False): ("waits for its late inbound",),
    (Cause.LATE_INBOUND, True): ("has a late inbound, {minutes} minutes",),
}  # fmt: skip
