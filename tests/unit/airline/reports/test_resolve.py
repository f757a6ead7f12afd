from __future__ import annotations

from typing import Any

import pytest
from conclave.pack import Unresolvable
from conclave.testing.tables import MemoryTables
from packs.airline.models import Cause, Incident, Problem
from packs.airline.reported.summary import summarise
from packs.airline.resolve import resolve

NOW = "2026-11-21T04:00:00Z"


def refused(tables: MemoryTables, **incident: Any) -> Unresolvable:
    with pytest.raises(Unresolvable) as caught:
        resolve(Incident(**incident), tables, NOW)
    return caught.value


def test_a_number_and_a_date_are_enough(tables: MemoryTables) -> None:
    found = resolve(Incident(flight="EY17", date="2026-11-21", problems=(Problem(cause=Cause.TECHNICAL),)), tables, NOW)
    assert (found.origin, found.destination, found.flight_id) == ("AUH", "LHR", "EY17-2026-11-21")
    assert [each.cause for each in found.problems] == [Cause.TECHNICAL]


def test_without_a_date_it_is_the_day_at_the_hub(tables: MemoryTables) -> None:
    late_evening_utc = "2026-11-20T21:30:00Z"
    assert resolve(Incident(flight="EY17"), tables, late_evening_utc).date == "2026-11-21"


def test_leading_zeros_do_not_matter(tables: MemoryTables) -> None:
    assert resolve(Incident(flight="EY0017"), tables, NOW).flight == "EY17"


def test_a_route_with_one_flight_is_resolved(tables: MemoryTables) -> None:
    assert resolve(Incident(origin="AUH", destination="ZRH"), tables, NOW).flight == "EY73"


def test_an_unknown_number_names_those_one_slip_away(tables: MemoryTables) -> None:
    error = refused(tables, flight="EY23")
    assert error.code == "flight_unknown"
    assert [each.split()[0] for each in error.candidates[:2]] == ["EY32", "EY22"]
    assert len(error.candidates) == 5


def test_an_unknown_number_names_the_flights_of_its_route_and_no_neighbours_elsewhere(tables: MemoryTables) -> None:
    on_route = refused(tables, flight="EY9999", origin="AUH", destination="LHR").candidates
    assert [each.split()[2] for each in on_route] == ["AUH-LHR"] * 4
    assert refused(tables, flight="EY9999").candidates == ()


def test_what_a_report_leaves_open_is_asked_back(tables: MemoryTables) -> None:
    flights = refused(tables, unclear="EY17 EY19")
    assert (flights.code, len(flights.candidates)) == ("flight_ambiguous", 2)
    dates = refused(tables, flight="EY17", unclear="2026-11-21 2026-11-22")
    assert dates.code == "date_ambiguous"
    assert dates.candidates == ("EY17 2026-11-21 AUH-LHR", "EY17 2026-11-22 AUH-LHR")
    places = refused(tables, unclear="KTM")
    assert [each.split()[0] for each in places.candidates] == ["EY805", "EY806"]


def test_one_end_of_the_route_is_enough_when_one_flight_fits(tables: MemoryTables) -> None:
    assert resolve(Incident(destination="KTM"), tables, NOW).flight == "EY805"
    assert resolve(Incident(destination="LHR", departure="14:10"), tables, NOW).flight == "EY19"
    assert refused(tables, destination="LHR", departure="03:33").code == "flight_ambiguous"


def test_a_number_of_another_carrier_is_unknown(tables: MemoryTables) -> None:
    assert refused(tables, flight="XX").code == "flight_unknown"


def test_a_wrong_date_names_the_dates_of_the_flight(tables: MemoryTables) -> None:
    error = refused(tables, flight="EY17", date="2026-12-24")
    assert error.code == "date_outside_schedule"
    assert "EY17 2026-11-21 AUH-LHR" in error.candidates


def test_a_contradicting_route_names_both(tables: MemoryTables) -> None:
    error = refused(tables, flight="EY17", origin="AUH", destination="CDG")
    assert error.code == "route_mismatch"
    assert error.candidates[0] == "EY17 2026-11-21 AUH-LHR"
    assert any("AUH-CDG" in each for each in error.candidates)
    assert refused(tables, flight="EY17", origin="FRA").candidates == ("EY17 2026-11-21 AUH-LHR",)


def test_a_route_with_several_flights_is_ambiguous(tables: MemoryTables) -> None:
    error = refused(tables, origin="AUH", destination="LHR")
    assert error.code == "flight_ambiguous"
    assert len(error.candidates) == 4


def test_a_route_on_another_day_names_its_flights(tables: MemoryTables) -> None:
    assert refused(tables, origin="AUH", destination="ZRH", date="2026-12-24").code == "date_outside_schedule"


def test_a_route_that_nobody_flies(tables: MemoryTables) -> None:
    assert refused(tables, origin="LHR", destination="CDG").code == "route_unknown"


def test_nothing_recognisable_says_how_to_ask(tables: MemoryTables) -> None:
    error = refused(tables, problems=(Problem(cause=Cause.WEATHER),), origin="AUH")
    assert error.code == "flight_missing"
    assert "XY17 on 2026-11-21" in error.message


def test_the_summary_is_one_line() -> None:
    incident = Incident(
        flight="EY17", date="2026-11-21", origin="AUH", destination="LHR", problems=(Problem(cause=Cause.TECHNICAL),)
    )
    assert summarise(incident) == "EY17 on 2026-11-21 from AUH to LHR: AOG, release unknown"
    crew = Incident(
        flight="EY17", date="2026-11-21", origin="AUH", destination="LHR", problems=(Problem(cause=Cause.CREW),)
    )
    assert summarise(crew).endswith("disrupted, cause crew")
    late = Incident(flight="EY17", date="2026-11-21", origin="AUH", destination="LHR", problems=(Problem(minutes=240),))
    assert summarise(late).endswith("other, 240 minutes until it can go")
