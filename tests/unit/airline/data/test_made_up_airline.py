"""An airline that nobody here invented decides on its own files: other code, hub, zone, currency and fleet, and EU rights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conclave.testing.tables import MemoryTables
from packs.airline import PACK
from packs.airline.consistency import doubts
from packs.airline.journeys import derived
from packs.airline.layout import LAYOUT
from packs.airline.models import Cause
from packs.airline.sample_data.operator import TYPES
from quartz_air import written_for

from cli.data.loading import read_files
from evaluation.airline.exact.truth import Truth
from evaluation.airline.judging import SOLVED
from evaluation.data import Rows

DATE = "2026-11-21"
Decide = Callable[..., Any]


@pytest.fixture(scope="module")
def quartz(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    found = read_files(written_for(DATE, tmp_path_factory.mktemp("quartz")), LAYOUT, PACK.tables, doubts=doubts)
    assert found.faults == found.warnings == []
    return {**found.rows, **derived(found.rows)}


@pytest.fixture(scope="module")
def reported(quartz: dict[str, list[Any]], decide: Decide) -> Decide:
    """The decision about a disruption of the made-up airline, after every option was compared with the exact evaluation's."""
    tables = MemoryTables(PACK.tables, quartz)

    def decided(**disruption: Any) -> Any:
        room = decide(tables, **disruption)
        exact = Truth(Rows(PACK.tables, quartz), room.incident)
        for option in room.options:
            mirrored = exact.action_of(option.action, option.parameters)
            assert mirrored is not None, option.summary
            told = {name: value for name, value in exact.evaluate(mirrored).fields.items() if name not in SOLVED}
            assert {name: option.fields[name] for name in told} == told, option.summary
        return room

    return decided


@pytest.mark.parametrize(
    ("flight", "cause", "minutes", "action"),
    [
        ("QZ101", Cause.TECHNICAL, 0, "swap_aircraft"),
        ("QZ503", Cause.WEATHER, 0, "delay"),
        ("QZ103", Cause.ATC, 120, "delay"),
        ("QZ302", Cause.TECHNICAL, 0, "ferry_aircraft"),
        ("QZ403", Cause.AIRPORT, 120, "delay"),
        ("QZ102", Cause.CARGO, 60, "delay"),
    ],
)
def test_its_disruptions_are_decided_sensibly(
    reported: Decide, flight: str, cause: Cause, minutes: int, action: str
) -> None:
    room = reported(flight=flight, cause=cause, delay_minutes=minutes)
    assert not [gap for gap in room.gaps if gap.mandatory]
    assert room.chosen.action == action
    named = json.dumps([[option.summary, dict(option.fields)] for option in room.options])
    assert not any(word in named for word in ("AUH", "EY", "A6-", "Dubai", *TYPES))


def test_a_sick_captain_is_replaced_by_a_reserve_of_its_hub(reported: Decide) -> None:
    room = reported(flight="QZ501", cause=Cause.CREW)
    assert room.chosen.action == "swap_crew"
    assert room.chosen.parameters["crew_id"].startswith(f"R-E190-{DATE}")


def test_its_own_figures_are_read_in_its_currency(quartz: dict[str, list[Any]], decide: Decide) -> None:
    """Vienna pays in euros: with another rate every cost of an hour changes."""

    def total(usd: float) -> float:
        rates = [each | ({"usd": usd} if each["currency"] == "EUR" else {}) for each in quartz["exchange_rates"]]
        tables = MemoryTables(PACK.tables, {**quartz, "exchange_rates": rates})
        room = decide(tables, flight="QZ503", cause=Cause.ATC, delay_minutes=30)
        return float(next(each for each in room.options if each.action == "delay").fields["total_cost_usd"])

    assert total(2.16) > total(1.08) > 0


def test_rights_follow_its_licence_where_departure_gives_none(quartz: dict[str, list[Any]], decide: Decide) -> None:
    """From a state without such a law to Vienna: EU261 with an Austrian licence, by Art. 3(1)(b), and nothing with another."""

    def owed(country: str) -> float:
        operators = [each | {"country": country} for each in quartz["operators"]]
        airports = [each | ({"country": "AE"} if each["iata"] == "IST" else {}) for each in quartz["airports"]]
        tables = MemoryTables(PACK.tables, {**quartz, "operators": operators, "airports": airports})
        room = decide(tables, flight="QZ302", cause=Cause.TECHNICAL)
        cancelled = next(each for each in room.options if each.action == "cancel_rebook")
        return float(cancelled.fields["compensation_usd"])

    assert owed("AT") == owed("DE") > owed("AE") == 0


def test_its_long_journeys_count_to_their_last_leg(quartz: dict[str, list[Any]], reported: Decide) -> None:
    """A passenger from Edinburgh with another carrier flies on from London and Vienna to Lisbon."""
    long = [each for each in quartz["bookings"] if "legs" in each]
    assert {len(each["legs"]) for each in long} == {3, 4}
    room = reported(flight="QZ102", cause=Cause.ATC, delay_minutes=120)
    assert room.chosen.fields["missed_connections"] > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "disruption", [{"flight": "QZ101"}, {"flight": "QZ102", "delay_minutes": 120}, {"flight": "QZ501"}]
)
def test_another_carrier_in_the_same_data_changes_nothing_for_it(
    quartz: dict[str, list[Any]], rows: dict[str, list[Any]], decide: Decide, disruption: dict[str, Any]
) -> None:
    """One data set may hold several carriers: each decides with its own hub, types and figures."""
    both = {
        table.name: list(
            {table.key_of(each): each for each in (*rows[table.name], *quartz.get(table.name, ()))}.values()
        )
        for table in PACK.tables
    }
    alone, beside = (
        decide(MemoryTables(PACK.tables, data), cause=Cause.TECHNICAL, **disruption) for data in (quartz, both)
    )
    assert [each.id for each in beside.options] == [each.id for each in alone.options]
    assert beside.chosen.fields == alone.chosen.fields
    assert decide(MemoryTables(PACK.tables, both), flight="EY799", cause=Cause.TECHNICAL).chosen is not None


def test_one_carrier_of_the_files_does_not_know_the_other(quartz: dict[str, list[Any]], decide: Decide) -> None:
    from conclave.pack import Unresolvable

    with pytest.raises(Unresolvable, match="EY17") as refused:
        decide(MemoryTables(PACK.tables, quartz), flight="EY17", cause=Cause.TECHNICAL)
    assert refused.value.code == "flight_unknown"


def test_the_files_are_as_many_flights_as_they_say() -> None:
    assert len((Path(__file__).parents[3] / "data/quartz_air/flights.csv").read_text().splitlines()) == 41
