"""Moves that share what follows from aircraft and time have the very fields that each would have alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from conclave.codec import convert
from conclave.pack.tables import ScopedTables
from conclave.testing.tables import MemoryTables
from packs.airline import PACK
from packs.airline.bounds import BEST_OPTIONS
from packs.airline.planning.effects import fields
from packs.airline.planning.effects.airports import airport_fields
from packs.airline.planning.effects.fields import FlyingEffects
from packs.airline.planning.effects.move import Move
from packs.airline.planning.effects.passengers import journeys_of
from packs.airline.planning.options import shown, ways
from packs.airline.planning.search import Found, _order, _promise, allowed, best_moves, total, variants
from packs.airline.planning.situation import Situation, read_situation

DAY, NOW = "2026-11-21", "2026-11-20T18:00:00Z"
FOG, CLEAR = {"visibility_m": 100, "ceiling_ft": 50}, {"visibility_m": 9999, "ceiling_ft": 5000, "crosswind_kt": 5}
OFFER = {
    "station_day": "AUH#2026-11-21",
    "operator": "Skylark Charter",
    "tail": "9H-TST",
    "type": "A359",
    "range_km": 14000,
    "available_from_utc": "2026-11-21T02:00:00Z",
    "available_until_utc": "2026-11-22T12:00:00Z",
    "hourly_usd": 9000,
    "minimum_hours": 5,
    "approved": True,
}
INCIDENTS = {
    "swapped": {"flight": "EY17", "problems": [{"cause": "technical"}]},
    "ferried": {"flight": "EY18", "problems": [{"cause": "technical"}]},
    "delayed": {"flight": "EY454", "problems": [{"cause": "crew"}]},
    "diverted": {"flight": "EY17", "problems": [{"cause": "weather"}]},
}


@pytest.fixture(scope="module")
def clear(rows: Any) -> MemoryTables:
    """The same aircraft is on lease twice, with other seats."""
    offers = [{**OFFER, "offer_id": "L1", "seats": 220}, {**OFFER, "offer_id": "L2", "seats": 200}]
    return MemoryTables(PACK.tables, {**rows, "slots": [], "lease_offers": offers})


@pytest.fixture(scope="module")
def foggy(rows: Any) -> MemoryTables:
    """London in fog, everything else clear."""
    weather = [each | (FOG if each["station"] == "LHR" else CLEAR) for each in rows["weather"]]
    return MemoryTables(PACK.tables, {**rows, "weather": weather, "slots": []})


def situation_of(incident: Mapping[str, Any], tables: MemoryTables) -> Situation:
    reported = convert({**incident, "date": DAY}, PACK.incident)
    return read_situation(PACK.resolve(reported, tables, NOW), ScopedTables(tables, PACK.plan_reads), NOW)


def moves_of(situation: Situation) -> list[Move]:
    drafts = [each.move for each in shown(situation) if each.move]
    return [*drafts, *(each for move in ways(situation) for each in variants(situation, move))]


@pytest.mark.slow
@pytest.mark.parametrize("kind", INCIDENTS)
def test_shared_passages_change_no_field(kind: str, clear: MemoryTables, foggy: MemoryTables) -> None:
    situation = situation_of(INCIDENTS[kind], foggy if kind == "diverted" else clear)
    effects, moves = FlyingEffects(situation, journeys_of(situation)), moves_of(situation)
    for move in moves:
        assert effects.fields(move) == FlyingEffects(situation, effects.journeys).fields(move), move
    kinds = {
        "swapped": any(each.swapped for each in moves) and {each.seats for each in moves if each.offer} == {200, 220},
        "ferried": any(each.ferry for each in moves),
        "delayed": any(each.delay for each in moves),
        "diverted": any(each.alternate for each in moves),
    }
    assert kinds[kind]


@pytest.mark.slow
def test_moves_that_differ_in_crew_or_cargo_alone_share_a_passage(
    clear: MemoryTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    situation = situation_of(INCIDENTS["swapped"], clear)
    effects = FlyingEffects(situation, journeys_of(situation))
    moves = [each for each in moves_of(situation) if not each.offer]
    looked_at: list[Any] = []

    def counted(*arguments: Any) -> Any:
        looked_at.append(arguments)
        return airport_fields(*arguments)

    monkeypatch.setattr(fields, "airport_fields", counted)
    for move in moves:
        effects.fields(move)
    assert len(looked_at) == len({(each.tail, each.delay) for each in moves})
    assert len(looked_at) < len(moves) / 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", INCIDENTS)
def test_the_search_finds_what_a_look_at_every_move_finds(kind: str, clear: MemoryTables, foggy: MemoryTables) -> None:
    situation = situation_of(INCIDENTS[kind], foggy if kind == "diverted" else clear)
    effects, best = FlyingEffects(situation, journeys_of(situation)), dict[str, Found]()
    for move in ways(situation):
        promise = _promise(situation, move, effects)
        for variant in variants(situation, move):
            found = Found(move=variant, total=total(effects.fields(variant)))
            assert found.total <= promise, variant
            if allowed(effects.fields(variant)):
                best[variant.tail] = min(best.get(variant.tail, found), found, key=_order)
    assert best
    assert best_moves(situation, ways(situation), effects) == sorted(best.values(), key=_order)[:BEST_OPTIONS]


def test_a_move_that_promises_less_than_what_is_found_is_not_looked_at(
    clear: MemoryTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    situation, looked_at = situation_of(INCIDENTS["swapped"], clear), list[Any]()
    effects, moves = FlyingEffects(situation, journeys_of(situation)), list(ways(situation))

    def counted(*arguments: Any) -> Any:
        looked_at.append(arguments)
        return airport_fields(*arguments)

    monkeypatch.setattr(fields, "airport_fields", counted)
    best_moves(situation, moves, effects)
    assert len(looked_at) < len({(each.tail, each.delay) for each in moves}) / 2
