"""Seeded disruptions of ten kinds over generated networks, half of them reported as a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random

from conclave.codec import plain
from msgspec import structs
from packs.airline.models import Cause, Incident, Problem

from evaluation.airline.rules.clock import minutes, text
from evaluation.airline.scenarios.companions import companions
from evaluation.airline.scenarios.disruptions import MAKERS, Disruption
from evaluation.airline.scenarios.rarities import RARE
from evaluation.data import Rows
from evaluation.scenarios import Network, Scenario, spread

KINDS = tuple(MAKERS)
TURNS = 10
"""After so many scenarios of a kind the rare ones come again."""
SHARE_LATE = 0.1
"""So often a report comes in when the flight should have left."""
HELD_FROM, SHARE_HELD = 30, 0.2
"""A flight that is held for longer, in minutes, is so often reported only when it should have left."""


def scenarios(seed: int, count: int, load: Callable[[Network], Rows], over: Sequence[Network] = ()) -> list[Scenario]:
    """The scenarios of a seed, their kinds in turn. See ``evaluation.scenarios.spread``."""
    return spread(seed, count, load, over, _numbered)


def _numbered(number: int, network: Network, rows: Rows, random: Random) -> Scenario:
    kind = KINDS[number % len(KINDS)]
    disruption = made_up(kind, number // len(KINDS), random, rows, network.date)
    received, position = _received(disruption, Random(f"{network.date}/{network.seed}/{number}/receipt"))
    more = _more(kind, number // len(KINDS), disruption, Random(f"{network.date}/{network.seed}/{number}/more"))
    made = _scenario(number, kind, network, disruption, received, more)
    return _standing(made, position) if position else _worded(made, random)


def _standing(scenario: Scenario, position: str) -> Scenario:
    """The report says where the flight is."""
    typed = {**scenario.typed, "position": position}
    return replace(scenario, incident=structs.replace(scenario.incident, position=position), typed=typed)


def _more(kind: str, turn: int, disruption: Disruption, random: Random) -> tuple[Problem, ...]:
    """What is wrong besides; nothing where a rarer way out or a gap is what the scenario is for."""
    if turn % TURNS in RARE.get(kind, {}) or disruption.gap:
        return ()
    return companions(disruption.flight, disruption.cause, turn, random)


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


_NOTICE: Sequence[tuple[int, int]] = ((1_440, 2_400), (180, 720), (90, 180), (20, 90), (0, 20), (20, 90))
"""Minutes before the scheduled departure between which a report comes in, each pair as often as it stands here."""


_WHERE = ("stand", "stand", "returned", "air", "")
"""Where a flight is that is reported after its scheduled departure, as often as it stands here; empty: nobody says."""


def _received(disruption: Disruption, random: Random) -> tuple[str, str]:
    """When the report comes in, and where it says that the flight is.

    Days or hours before the scheduled departure, shortly before, while the flight is held, or later.
    """
    departure = minutes(disruption.flight["departure_utc"])
    if random.random() < SHARE_LATE:
        return text(departure + random.randrange(5, 180, 5)), random.choice(_WHERE)
    if disruption.delay > HELD_FROM and random.random() < SHARE_HELD:
        return text(departure + random.randrange(5, disruption.delay, 5)), ""
    return text(departure - random.randrange(*random.choice(_NOTICE))), ""


def _scenario(
    number: int, kind: str, network: Network, disruption: Disruption, received: str, more: Sequence[Problem]
) -> Scenario:
    flight = disruption.flight
    incident = Incident(
        flight=flight["number"],
        date=flight["date"],
        origin=flight["origin"],
        destination=flight["destination"],
        problems=(Problem(cause=disruption.cause, minutes=disruption.delay), *more),
        flight_id=flight["flight_id"],
    )
    return Scenario(
        number=number,
        kind=kind,
        network=network,
        incident=incident,
        typed={
            "flight": incident.flight,
            "date": incident.date,
            "problems": plain(incident.problems),
        },
        received=received,
        changes=disruption.changes,
        gap=disruption.gap,
    )


def _worded(scenario: Scenario, random: Random) -> Scenario:
    """Half of the reports of a single problem are sentences."""
    given: Incident = scenario.incident
    if random.random() < 0.5 or len(given.problems) > 1:
        return scenario
    head = f"Flight {given.flight} on {given.date} from {given.origin} to {given.destination}"
    (problem,) = given.problems
    tail = random.choice(_PHRASES[problem.cause, problem.minutes > 0])
    return replace(scenario, text=f"{head} {tail.format(minutes=problem.minutes)}")


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
