"""What lies behind a cause, read from a report."""

from __future__ import annotations

import pytest
from conclave.language.text import normal
from conclave.testing.tables import MemoryTables
from packs.airline.models import Cause, Detail, Incident, Problem
from packs.airline.reading.details import DETAILS, with_details
from packs.airline.reading.rereading import reread


def details(text: str, *causes: Cause, read: Detail = Detail.NONE) -> list[str]:
    problems = tuple(Problem(cause=each, detail=read) for each in causes)
    return [each.detail.value for each in with_details(Incident(problems=problems), normal(text)).problems]


@pytest.mark.parametrize(
    ("text", "cause", "detail"),
    [
        ("EY17 AOG after a bird strike on No. 2", Cause.TECHNICAL, "bird_strike"),
        ("EY17 AOG nach Vogelschlag", Cause.TECHNICAL, "bird_strike"),
        ("EY17 struck by lightning, inspection 3 h", Cause.TECHNICAL, "lightning"),
        ("EY17 hyd leak, engineers say no bird strike", Cause.TECHNICAL, ""),
        ("EY17 engine change, manufacturing defect told by the maker", Cause.TECHNICAL, "hidden_defect"),
        ("EY17 tyre cut by FOD", Cause.TECHNICAL, "runway_object"),
        ("EY17 fuselage hit by stairs", Cause.TECHNICAL, "stairs"),
        ("EY17 pilots on strike", Cause.CREW, "own_strike"),
        ("EY17 captain sick", Cause.CREW, ""),
        ("EY17 delayed, ATC strike in France", Cause.ATC, "other_strike"),
        ("EY17 delayed, airport fuel system down", Cause.AIRPORT, "airport_system"),
        ("EY17 bird strike reported", Cause.WEATHER, ""),
        ("EY17 bird strike and lightning", Cause.TECHNICAL, ""),
    ],
)
def test_a_detail_is_read_where_the_report_has_words_for_it(text: str, cause: Cause, detail: str) -> None:
    assert details(text, cause) == [detail]


def test_a_model_may_not_excuse_the_carrier() -> None:
    assert details("EY17 hydraulic leak", Cause.TECHNICAL, read=Detail.BIRD_STRIKE) == [""]


def test_a_detail_belongs_to_the_problem_that_it_fits() -> None:
    assert details("FO sick and a bird strike", Cause.CREW, Cause.TECHNICAL) == ["", "bird_strike"]
    assert details("two defects, one bird strike", Cause.TECHNICAL, Cause.TECHNICAL) == ["", ""]


def test_every_detail_but_an_illness_has_words() -> None:
    assert set(Detail) - set(DETAILS) == {Detail.NONE, Detail.CREW_ILLNESS}


def test_a_report_is_read_with_its_detail(tables: MemoryTables) -> None:
    read = Incident(flight="EY17", problems=(Problem(cause=Cause.TECHNICAL, minutes=180),))
    found = reread(read, "EY17 bird strike, 3 hours", "2026-11-21T04:00:00Z", tables)
    assert found.problems[0].detail is Detail.BIRD_STRIKE
