"""Several problems at once, closures and latest times: planner and exact evaluation agree, and nothing is overlooked."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.testing.tables import MemoryTables
from msgspec import structs
from packs.airline import PACK
from packs.airline.models import Cause, Clock, Deferral, Incident, Problem, Status
from packs.airline.planning.situation import read_situation
from packs.airline.rules.passengers.europe import Harm

from evaluation.airline.exact.truth import Truth, regret
from evaluation.airline.judging import _differences, _evaluated
from evaluation.data import Rows
from evaluation.room import Outcome, decide

DATE = "2026-11-21"
RECEIVED = f"{DATE}T03:00:00Z"
SICK = Problem(cause=Cause.CREW, about="fo")
LEAK = Problem(cause=Cause.TECHNICAL, about="no 2 hyd", minutes=180)
SLOT = Problem(cause=Cause.ATC, not_before="13:00Z", of=Clock.TAKE_OFF)
CLOSED = Problem(cause=Cause.AIRPORT, about="LHR", closed_until="14:00Z")
FEARED = Problem(cause=Cause.AIRPORT, status=Status.HYPOTHETICAL, not_after="12:30Z", of=Clock.OFF_BLOCKS)
TOILETS = Problem(cause=Cause.TECHNICAL, about="2 of 4 toilets", item=Deferral.MEL)


@pytest.fixture(scope="session")
def tables(network: Rows) -> MemoryTables:
    return MemoryTables(PACK.tables, {table.name: list(network.all(table.name)) for table in PACK.tables})


def taken(tables: MemoryTables, number: str, *problems: Problem) -> tuple[Outcome, Incident]:
    """The run of an incident, and the incident as it was resolved."""
    typed = Incident(flight=number, date=DATE, problems=problems)
    told = [
        {name: str(value) if isinstance(value, str) else value for name, value in structs.asdict(each).items()}
        for each in problems
    ]
    outcome = decide(
        pack=PACK, tables=tables, received=RECEIVED, incident={"flight": number, "date": DATE, "problems": told}
    )
    return outcome, PACK.resolve(typed, tables, RECEIVED)


CASES: dict[str, tuple[Any, ...]] = {
    "crew and leak": ("EY3", SICK, LEAK),
    "crew and slot": ("EY3", SICK, SLOT),
    "leak and weather": ("EY3", LEAK, Problem(cause=Cause.WEATHER, minutes=240)),
    "leak and late inbound": ("EY3", LEAK, Problem(cause=Cause.LATE_INBOUND, minutes=45)),
    "aog and crew": ("EY3", Problem(cause=Cause.TECHNICAL), SICK),
    "slot": ("EY3", SLOT),
    "destination closed": ("EY17", CLOSED),
    "origin closed": ("EY3", Problem(cause=Cause.AIRPORT, closed_from="11:30Z", closed_until="14:30Z")),
    "feared": ("EY3", FEARED),
    "late and feared": ("EY3", Problem(cause=Cause.CARGO, minutes=60), FEARED),
    "crew that has to go": ("EY3", Problem(cause=Cause.CREW, not_after="12:20Z", of=Clock.TAKE_OFF)),
    "item": ("EY3", TOILETS),
    "back at a clock": ("EY3", Problem(cause=Cause.TECHNICAL, not_before="15:00Z")),
    "away from the hub": ("EY18", LEAK, Problem(cause=Cause.AIRPORT, about="AUH", closed_until="23:30Z")),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_planner_and_exact_evaluation_agree(network: Rows, tables: MemoryTables, name: str) -> None:
    outcome, incident = taken(tables, *CASES[name])
    truth = Truth(network, incident, RECEIVED)
    differing = [told for each in outcome.options for told in _differences(_evaluated(truth, each), each)]
    assert not differing
    chosen = next(each for each in outcome.options if each["id"] == outcome.decision.option_id)
    assert not chosen["violations"]
    best = truth.best()
    assert best is not None
    assert (regret(best, chosen["total"]) or 0) <= 0.01


def fields(outcome: Outcome, action: str) -> list[dict[str, Any]]:
    return [each["fields"] for each in outcome.options if each["action"] == action]


def test_a_reserve_crew_on_a_leaking_aircraft_is_not_an_answer(tables: MemoryTables) -> None:
    outcome, _ = taken(tables, "EY3", SICK, LEAK)
    own = [each for action in ("swap_crew", "delay_swap_crew") for each in fields(outcome, action)]
    assert own
    assert all(each["cause_cleared"] == (each["delay_minutes"] >= 180) for each in own)
    assert not any(each["cause_cleared"] for each in fields(outcome, "swap_aircraft"))
    both = fields(outcome, "swap_aircraft_and_crew")
    assert any(each["cause_cleared"] and each["delay_minutes"] < 180 for each in both)


@pytest.mark.slow
def test_another_aircraft_does_not_end_the_weather(tables: MemoryTables) -> None:
    outcome, _ = taken(tables, "EY3", LEAK, Problem(cause=Cause.WEATHER, minutes=240))
    flying = [each["fields"] for each in outcome.options if not each["fields"]["cancelled"]]
    assert all(each["cause_cleared"] == (each["delay_minutes"] >= 240) for each in flying)


def test_a_slot_is_a_take_off_after_taxiing(tables: MemoryTables) -> None:
    """EY3 is to leave at 12:05Z; 15 minutes to the runway: off blocks at 12:45Z makes a slot at 13:00Z, 40 minutes late."""
    outcome, _ = taken(tables, "EY3", SLOT)
    chosen = next(each for each in outcome.options if each["id"] == outcome.decision.option_id)
    assert chosen["fields"]["departure_utc"] == f"{DATE}T12:45:00Z"
    assert all(
        each["fields"]["cause_cleared"] == (each["fields"]["delay_minutes"] >= 40)
        for each in outcome.options
        if not each["fields"]["cancelled"]
    )


def test_a_closure_that_ends_before_the_landing_is_not_a_conflict(tables: MemoryTables) -> None:
    """EY17 lands at 12:05Z: a destination closed until 11:00Z changes nothing, one closed until 14:00Z does."""
    before, _ = taken(tables, "EY17", structs.replace(CLOSED, closed_until="11:00Z"))
    chosen = next(each for each in before.options if each["id"] == before.decision.option_id)
    assert chosen["fields"]["delay_minutes"] == 0
    during, _ = taken(tables, "EY17", CLOSED)
    for each in during.options:
        if each["action"] == "delay":
            assert each["fields"]["cause_cleared"] == (each["fields"]["delay_minutes"] >= 115)


def test_what_is_only_feared_is_a_limit_and_not_a_delay(tables: MemoryTables) -> None:
    outcome, _ = taken(tables, "EY3", FEARED)
    chosen = next(each for each in outcome.options if each["id"] == outcome.decision.option_id)
    assert chosen["fields"]["delay_minutes"] == 0
    later, _ = taken(tables, "EY3", FEARED, Problem(cause=Cause.CARGO, minutes=60))
    assert all(not each["cause_cleared"] for each in fields(later, "delay"))


def test_an_item_under_the_mel_is_dispatched_without_delay(tables: MemoryTables) -> None:
    outcome, incident = taken(tables, "EY3", TOILETS)
    chosen = next(each for each in outcome.options if each["id"] == outcome.decision.option_id)
    assert (chosen["action"], chosen["fields"]["delay_minutes"]) == ("delay", 0)
    assert incident.problems[0].assumed_minutes == 0


def test_what_extraordinary_circumstances_add_to_a_delay_is_not_counted(network: Rows, tables: MemoryTables) -> None:
    """C-315/15: an own defect of 60 minutes and fog of 210: the fog adds 150, so 325 count as 175 and 330 as 180."""
    defect, fog = Problem(cause=Cause.TECHNICAL, minutes=60), Problem(cause=Cause.WEATHER, minutes=210)
    incident = PACK.resolve(Incident(flight="EY18", date=DATE, problems=(defect, fog)), tables, RECEIVED)
    truth = Truth(network, incident, RECEIVED)
    alone = Truth(
        network, PACK.resolve(Incident(flight="EY18", date=DATE, problems=(defect,)), tables, RECEIVED), RECEIVED
    )
    rights = read_situation(incident, tables, RECEIVED).rights
    for delay, owed in ((325, 0), (330, 520)):
        assert rights.owed("LHR", "AUH", harm=Harm.LATE, delay=delay)[0] == owed
        assert (truth.case.due("LHR", "AUH", delay, "late") > 0) == bool(owed)
        assert alone.case.due("LHR", "AUH", delay, "late") > 0
    assert rights.owed("LHR", "AUH", harm=Harm.CANCELLED, delay=330)[0] == 520
