"""Problems of an incident as a plan takes them: settled, summed up, found by their aircraft."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.pack import Unresolvable
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from msgspec import structs
from packs.airline import PACK
from packs.airline.models import Cause, Clock, Deferral, Incident, Problem, Status
from packs.airline.reported.settling import remaining
from packs.airline.reported.summary import summarise
from packs.airline.resolve import resolve

NOW = "2026-11-21T04:00:00Z"
DAY = "2026-11-21"


def resolved(tables: MemoryTables, *problems: Problem, now: str = NOW, **incident: Any) -> Incident:
    return resolve(Incident(**{"flight": "EY17", "date": DAY, "problems": problems, **incident}), tables, now)


def asked(tables: MemoryTables, *problems: Problem, **incident: Any) -> Unresolvable:
    with pytest.raises(Unresolvable) as caught:
        resolved(tables, *problems, **incident)
    return caught.value


LEAK = Problem(cause=Cause.TECHNICAL, about="hyd", minutes=120)


def test_what_is_updated_or_withdrawn_replaces_what_was_said_of_the_same() -> None:
    later = structs.replace(LEAK, minutes=180, status=Status.UPDATED)
    sick = Problem(cause=Cause.CREW, about="fo")
    assert remaining((LEAK, later, sick)) == (later, sick)
    assert remaining((LEAK, structs.replace(later, about="apu"))) == (LEAK, structs.replace(later, about="apu"))
    gone = structs.replace(LEAK, about="", status=Status.WITHDRAWN)
    assert remaining((LEAK, gone)) == (gone,)


def test_a_report_that_takes_everything_back_leaves_nothing_to_decide(tables: MemoryTables) -> None:
    gone = structs.replace(LEAK, status=Status.WITHDRAWN)
    error = asked(tables, LEAK, gone)
    assert error.code == "withdrawn"
    assert "nothing to decide" in error.message
    assert resolved(tables, gone, Problem(cause=Cause.CREW)).problems[1].cause is Cause.CREW


def test_clocks_of_a_resolved_incident_are_moments(tables: MemoryTables) -> None:
    slot = Problem(cause=Cause.ATC, not_before="16:40Z", of=Clock.TAKE_OFF)
    night = Problem(cause=Cause.AIRPORT, about="LHR", closed_until="today+1 09:00L")
    found = resolved(tables, slot, night).problems
    assert found[0].not_before == "2026-11-21 16:40Z"
    assert found[1].closed_until == "2026-11-22 09:00Z"
    hub = resolved(tables, Problem(cause=Cause.CREW, not_before="18:30L", of=Clock.OFF_BLOCKS)).problems
    assert hub[0].not_before == "2026-11-21 14:30Z"
    assert asked(tables, Problem(not_before="26:00Z")).code == "time_impossible"


def test_minutes_of_a_destination_are_a_closure_from_the_receipt_on(tables: MemoryTables) -> None:
    (found,) = resolved(tables, Problem(cause=Cause.AIRPORT, about="LHR", minutes=120)).problems
    assert (found.closed_from, found.closed_until) == ("2026-11-21 04:00Z", "2026-11-21 06:00Z")


def test_what_is_assumed_is_told(tables: MemoryTables) -> None:
    incident = resolved(tables, Problem(cause=Cause.WEATHER))
    assert incident.problems[0].assumed_minutes == 120
    assert summarise(incident).endswith("cause weather, no time is told: planned with 120 minutes")
    told = resolved(tables, Problem(cause=Cause.WEATHER, minutes=60, assumed_minutes=5), LEAK)
    assert [each.assumed_minutes for each in told.problems] == [0, 0]
    assert summarise(told).endswith("weather, 60 minutes until it can go; technical, 120 minutes until it can go")


def test_the_summary_tells_every_problem_and_what_was_not_understood(tables: MemoryTables) -> None:
    incident = resolved(
        tables,
        Problem(cause=Cause.TECHNICAL, item=Deferral.MEL),
        Problem(cause=Cause.AIRPORT, status=Status.HYPOTHETICAL, not_after="19:00Z", of=Clock.OFF_BLOCKS),
        Problem(cause=Cause.CREW, status=Status.WITHDRAWN),
        not_understood=("24/7", "2x\x1b"),
        position="taxi",
    )
    assert summarise(incident) == (
        "EY17 on 2026-11-21 from AUH to LHR, taxi: technical, deferred under the MEL; "
        "may be: airport, off blocks not after 2026-11-21 19:00Z; crew, withdrawn; not understood: '24/7', '2x'"
    )


def test_what_was_not_understood_is_free_text() -> None:
    assert {"not_understood", "problems.about"} <= PACK.free_text


def line(rows: dict[str, list[Item]], tail: str) -> list[Item]:
    return sorted(
        (each for each in rows["flights"] if each["tail"] == tail), key=lambda each: str(each["departure_utc"])
    )


def test_a_tail_alone_names_its_next_flight(tables: MemoryTables, rows: dict[str, list[Item]]) -> None:
    tail = next(each["tail"] for each in rows["flights"] if each["flight_id"] == f"EY17-{DAY}")
    flown = line(rows, tail)
    for now in (NOW, "2026-11-21T15:00:00Z"):
        wanted = next(each for each in flown if each["departure_utc"] >= now)
        for written in (tail, tail.replace("-", "")):
            found = resolved(tables, LEAK, flight="", date="", tail=written, now=now)
            assert (found.flight_id, found.tail) == (wanted["flight_id"], tail)
    gone = [each for each in flown if each["departure_utc"] <= "2026-11-21T15:00:00Z"][-1]
    up = resolved(tables, LEAK, flight="", date="", tail=tail, position="air", now="2026-11-21T15:00:00Z")
    assert up.flight_id == gone["flight_id"]


def test_a_tail_without_a_flight_or_against_the_flight_is_asked_back(
    tables: MemoryTables, rows: dict[str, list[Item]]
) -> None:
    error = asked(tables, LEAK, flight="", date="", tail="A6-ZZZ")
    assert error.code == "tail_unknown"
    planned = next(each["tail"] for each in rows["flights"] if each["flight_id"] == f"EY17-{DAY}")
    other = next(each["tail"] for each in rows["flights"] if each["tail"] != planned)
    for error in (asked(tables, LEAK, tail=other), asked(tables, structs.replace(LEAK, about=other))):
        assert error.code == "tail_mismatch"
        assert "EY17 2026-11-21 AUH-LHR" in error.candidates
    assert resolved(tables, LEAK, tail=planned).tail == planned
    assert resolved(tables, structs.replace(LEAK, about="29-11")).flight == "EY17"
    assert asked(tables, LEAK, flight="", date="", tail=planned, origin="SYD").code == "tail_unknown"


def test_minutes_count_from_the_receipt_of_a_flight_that_should_have_left(tables: MemoryTables) -> None:
    """EY17 is to leave at 05:10Z; reported at 06:10Z, two hours of repair end at 08:10Z."""
    early, late = resolved(tables, LEAK), resolved(tables, LEAK, now=f"{DAY}T06:10:00Z")
    assert early.problems[0].not_before == ""
    assert (late.problems[0].not_before, late.problems[0].of) == (f"{DAY} 08:10Z", Clock.OFF_BLOCKS)
    weather = resolved(tables, Problem(cause=Cause.WEATHER), now=f"{DAY}T06:10:00Z")
    assert weather.problems[0].assumed_minutes == 60 + 120
