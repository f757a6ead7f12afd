"""Where a closure is: at the airport that the report names beside the route, or at the end of the flight that it speaks of."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.testing.tables import MemoryTables
from packs.airline import PACK
from packs.airline.models import Cause, Problem
from packs.airline.reported.windows import airport_of

from evaluation.room import decide

RECEIVED = "2026-11-21T03:00:00Z"


def problem(tables: MemoryTables, text: str) -> dict[str, Any]:
    frame = decide(pack=PACK, tables=tables, received=RECEIVED, text=text).frame
    assert frame is not None
    assert frame.incident["not_understood"] == []
    told: Any = frame.incident["problems"]
    return dict(told[0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "about", "until"),
    [
        ("EY17 destination closed until tomorrow 0900 local", "destination", "2026-11-22 09:00Z"),
        ("EY17 arrival airport closed till 1400Z", "destination", "2026-11-21 14:00Z"),
        ("EY17 Heathrow closed until 1400Z", "LHR", "2026-11-21 14:00Z"),
        ("EY17 LHR rwy 27R closed until 1400Z", "LHR 27R", "2026-11-21 14:00Z"),
        ("EY17 fog at LHR until 1400 local", "LHR", "2026-11-21 14:00Z"),
        ("EY17 LHR closed for 12 hours", "LHR", "2026-11-21 15:00Z"),
        ("EY17 AUH closed until 1400 local", "AUH", "2026-11-21 10:00Z"),
        ("EY17 airport closed until 1400 local", "", "2026-11-21 10:00Z"),
        ("EY17 from AUH to LHR: the airport is closed until 1400 local", "", "2026-11-21 10:00Z"),
        ("EY17 AUH-LHR airport closed until 1400 local", "", "2026-11-21 10:00Z"),
    ],
)
def test_a_closure_is_where_the_text_has_it(tables: MemoryTables, text: str, about: str, until: str) -> None:
    found = problem(tables, text)
    assert (found["about"], found["closed_until"]) == (about, until)


@pytest.mark.slow
def test_other_problems_are_not_placed(tables: MemoryTables) -> None:
    assert problem(tables, "EY17 hyd leak at AUH, 2 hours")["about"] == ""


@pytest.mark.parametrize(
    ("about", "airport"),
    [
        ("", "AUH"), ("destination", "LHR"), ("rwy destination", "LHR"), ("origin", "AUH"), ("LHR 27R", "LHR"),
        ("RWY 13L", "AUH"), ("LGW", "LGW"), ("LGW/LHR", "LHR"),
    ],
)  # fmt: skip
def test_an_airport_that_is_not_named_is_the_origin(about: str, airport: str) -> None:
    flight = {"origin": "AUH", "destination": "LHR"}
    assert airport_of(Problem(cause=Cause.AIRPORT, about=about), flight) == airport
