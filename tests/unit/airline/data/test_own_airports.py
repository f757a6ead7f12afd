"""Loaded airports go before the packaged list wherever a run uses an airport's data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from msgspec import structs
from packs.airline import PACK
from packs.airline.geography import Places
from packs.airline.models import Cause, Detail, Problem
from packs.airline.planning.effects.fields import cancelled_fields
from packs.airline.planning.effects.passengers import journeys_of
from packs.airline.planning.situation import read_situation

from evaluation.airline.exact.truth import Truth
from evaluation.airline.judging import SOLVED
from evaluation.data import Rows

Decide = Callable[..., Any]


def changed(rows: dict[str, list[Item]], iata: str, *, table: str = "airports", **cells: Any) -> dict[str, list[Item]]:
    key = {"airports": "iata", "alternates": "aerodrome"}[table]
    return {**rows, table: [each | (cells if each[key] == iata else {}) for each in rows[table]]}


def judged(decide: Decide, network: dict[str, list[Item]], **disruption: Any) -> dict[str, Any]:
    """The options of a run by their action, after their fields were compared with the exact evaluation's."""
    room = decide(MemoryTables(PACK.tables, network), **disruption)
    exact = Truth(Rows(PACK.tables, network), room.incident)
    for option in room.options:
        mirrored = exact.action_of(option.action, option.parameters)
        assert mirrored is not None
        told = {name: value for name, value in exact.evaluate(mirrored).fields.items() if name not in SOLVED}
        assert {name: option.fields[name] for name in told} == told, option.summary
    return {option.action: option for option in room.options}


@pytest.mark.slow
def test_the_country_of_the_loaded_airport_decides_the_rights(decide: Decide, rows: Any) -> None:
    def owed(country: str) -> int:
        network = changed(rows, "LHR", country=country)
        options = judged(decide, network, flight="EY18", cause=Cause.TECHNICAL)
        return int(options["cancel_rebook"].fields["compensation_usd"])

    assert owed("GB") > owed("FR") > owed("AE") == 0


def test_the_position_of_the_loaded_airport_decides_distances(decide: Decide, rows: Any) -> None:
    """An aerodrome that the table puts elsewhere is not an alternate any more, nor is one without a record as an airport."""
    fog = {
        **rows,
        "weather": [each | ({"visibility_m": 50} if each["station"] == "LHR" else {}) for each in rows["weather"]],
    }
    disruption = {"flight": "EY17", "cause": Cause.WEATHER, "delay_minutes": 60}

    def alternates(network: dict[str, list[Item]]) -> set[str]:
        room = decide(MemoryTables(PACK.tables, network), **disruption)
        return {str(each.fields["arrival_airport"]) for each in room.options if each.action == "divert"}

    assert "MAN" in alternates(fog)
    assert "MAN" not in alternates(changed(fog, "MAN", table="alternates", lat=-33.9, lon=151.2))
    assert "MAN" not in alternates({**fog, "airports": [each for each in fog["airports"] if each["iata"] != "MAN"]})


@pytest.mark.slow
def test_the_diversion_time_follows_the_loaded_positions(decide: Decide, rows: Any) -> None:
    def margin(network: dict[str, list[Item]]) -> Any:
        return judged(decide, network, flight="EY17", cause=Cause.ATC, delay_minutes=30)["delay"].fields[
            "etops_margin_minutes"
        ]

    far = changed(rows, "LHR", lat=10.0, lon=-40.0)
    assert margin(far) != margin(rows)


@pytest.mark.parametrize("iata", ["ZZX"])
def test_an_onward_airport_that_nobody_knows_is_a_gap(decide: Decide, rows: Any, iata: str) -> None:
    """In neither the table nor the list: told, not counted in silence."""
    onward = {
        each["onward_flight_id"]
        for each in rows["bookings"]
        if each["flight_id"] == "EY18-2026-11-21" and "onward_flight_id" in each
    }
    flights = [each | ({"destination": iata} if each["flight_id"] in onward else {}) for each in rows["flights"]]
    network = {**rows, "flights": flights}
    room = decide(MemoryTables(PACK.tables, network), flight="EY18", cause=Cause.ATC, delay_minutes=30)
    assert f"airports/{iata}" in {gap.item for gap in room.gaps}


@pytest.mark.slow
def test_a_flight_to_an_airport_that_only_the_table_has(decide: Decide, rows: Any) -> None:
    new = next(each for each in rows["airports"] if each["iata"] == "LHR") | {"iata": "LTX", "country": "GB"}
    moved = {"LHR": "LTX"}

    def renamed(item: Item) -> Item:
        ends = {
            name: moved.get(item[name], item[name]) for name in ("origin", "destination", "station") if name in item
        }
        route = {"route": item["route"].replace("LHR", "LTX")} if "route" in item else {}
        return item | ends | route

    network = {name: [renamed(each) for each in items] for name, items in rows.items()}
    network["airports"] = [*rows["airports"], new]
    options = judged(decide, network, flight="EY17", cause=Cause.ATC, delay_minutes=30)
    same = judged(decide, rows, flight="EY17", cause=Cause.ATC, delay_minutes=30)
    assert options["delay"].fields["etops_margin_minutes"] == same["delay"].fields["etops_margin_minutes"]
    assert not decide(MemoryTables(PACK.tables, network), flight="EY17", cause=Cause.ATC, delay_minutes=30).gaps


def test_a_loaded_record_goes_before_the_list() -> None:
    row = {"iata": "LHR", "name": "n", "city": "c", "country": "FR", "tz": "Europe/Paris", "lat": 1.0, "lon": 2.0}
    found = Places([row]).get("LHR")
    assert found is not None
    assert (found.country, found.tz, found.lat) == ("FR", "Europe/Paris", 1.0)
    assert Places([row]).get("CDG") == Places().get("CDG") is not None
    assert Places([row]).km("LHR", "???") is None
    assert "???" not in Places()
    assert "AUH\n" not in Places()


@pytest.mark.slow
def test_a_late_flight_lands_as_long_as_late_flights_may(decide: Decide, rows: Any) -> None:
    """EY17 is due at 12:05 in London: closed from 12:30 on, and for late flights from 13:30 on."""
    night: dict[str, Any] = {"curfew_start": "12:30", "curfew_end": "18:00", "curfew_closed": True}
    late = changed(rows, "LHR", **night, late_landing_until="13:30")

    def soon(network: dict[str, list[Item]]) -> set[bool]:
        """Whether options that land between 12:30 and 13:30 are told to violate the night."""
        judged(decide, network, flight="EY17", cause=Cause.CARGO, delay_minutes=30)
        room = decide(MemoryTables(PACK.tables, network), flight="EY17", cause=Cause.CARGO, delay_minutes=30)
        landing = [each.fields for each in room.options if each.fields["arrival_airport"] == "LHR"]
        landing = [each for each in landing if 25 <= each["delay_minutes"] < 85]
        return {each["curfew_violation_minutes"] > 0 for each in landing}

    assert soon(late) == {False}
    assert soon(changed(rows, "LHR", **night)) <= {True}
    assert soon(changed(rows, "LHR", **night, late_take_off_until="13:30")) <= {True}


def test_an_airport_whose_nights_nobody_knows_is_a_gap(decide: Decide, rows: Any) -> None:
    network = changed(rows, "LHR", curfew_start="", curfew_end="", curfew_closed=False, curfew_source="")
    room = decide(MemoryTables(PACK.tables, network), flight="EY17", cause=Cause.CARGO, delay_minutes=60)
    (gap,) = [each for each in room.gaps if each.item == "airports/LHR"]
    assert (gap.mandatory, gap.detail) == (False, "whether it closes at night is not on record")


@pytest.mark.slow
def test_the_licence_decides_the_rights_of_flights_to_europe(decide: Decide, rows: Any) -> None:
    """AUH-CDG: nothing with a licence of the Emirates, Art. 3(1)(b) with one of the Union or the United Kingdom."""

    def owed(licence: str) -> int:
        network = {**rows, "operators": [each | {"country": licence} for each in rows["operators"]]}
        options = judged(decide, network, flight="EY31", cause=Cause.TECHNICAL)
        return int(options["cancel_rebook"].fields["compensation_usd"])

    assert owed("FR") > owed("AE")
    assert owed("GB") > owed("AE")


def test_a_currency_without_a_rate_is_a_gap(decide: Decide, rows: Any) -> None:
    rates = [each for each in rows["exchange_rates"] if each["currency"] != "GBP"]
    room = decide(MemoryTables(PACK.tables, {**rows, "exchange_rates": rates}), flight="EY18", cause=Cause.TECHNICAL)
    (gap,) = [each for each in room.gaps if each.item == "exchange_rates/GBP"]
    assert not gap.mandatory
    assert {option.fields["compensation_usd"] for option in room.options if option.action == "cancel_rebook"} == {0}


@pytest.mark.slow
def test_a_bird_owes_nothing_and_a_defect_does(decide: Decide, rows: Any) -> None:
    """C-315/15; and two problems excuse only when both are extraordinary."""

    received = "2026-11-21T04:00:00Z"

    def owed(*problems: Problem) -> int:
        incident = decide(MemoryTables(PACK.tables, rows), flight="EY18", cause=Cause.TECHNICAL).incident
        situation = read_situation(
            structs.replace(incident, problems=problems), MemoryTables(PACK.tables, rows), received
        )
        exact = Truth(Rows(PACK.tables, rows), structs.replace(incident, problems=problems), received)
        action = exact.action_of("cancel_rebook", {})
        assert action is not None
        usd = int(str(exact.evaluate(action).fields["compensation_usd"]))
        fields = cancelled_fields(situation, journeys_of(situation))
        assert abs(usd - int(str(fields["compensation_usd"]))) <= 0.01 * usd
        return usd

    defect = Problem(cause=Cause.TECHNICAL)
    bird = Problem(cause=Cause.TECHNICAL, detail=Detail.BIRD_STRIKE)
    assert owed(defect) > owed(bird) == 0
    assert owed(bird, Problem(cause=Cause.WEATHER, minutes=60)) == 0
    assert owed(bird, Problem(cause=Cause.CREW)) == owed(defect)


@pytest.mark.slow
def test_connections_take_longer_by_kind_and_between_terminals(decide: Decide, rows: Any) -> None:
    """EY18 comes from London: at the hub all its connections are international ones."""

    def missed(terminal: str = "", **filed: Any) -> int:
        network = changed(rows, "AUH", **filed)
        network["flights"] = [
            each | ({"arrival_terminal": "A"} if each["number"] == "EY18" else {"departure_terminal": terminal})
            if terminal
            else each
            for each in rows["flights"]
        ]
        room = decide(MemoryTables(PACK.tables, network), flight="EY18", cause=Cause.CARGO, delay_minutes=60)
        exact = Truth(Rows(PACK.tables, network), room.incident)
        option = next(each for each in room.options if each.action == "delay")
        action = exact.action_of(option.action, option.parameters)
        assert action is not None
        second = exact.evaluate(action).fields["missed_connections"]
        assert second == option.fields["missed_connections"]
        return int(str(second))

    ordinary = missed()
    assert missed(connection_dd_minutes=200, connection_id_minutes=200) == ordinary
    assert missed(connection_ii_minutes=200) > ordinary
    assert missed("A", terminal_change_minutes=140) == ordinary
    assert missed("B", terminal_change_minutes=140) > ordinary
