"""A crew that is told to report later, a commander who lengthens the duty, and crews who take the rest of a duty over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conclave.agents.checks import run_checks
from conclave.deliberation.constraints import holds
from conclave.pack import ToolContext
from conclave.testing.tables import MemoryTables
from msgspec import structs
from packs.airline import PACK, times
from packs.airline.models import Cause

Decide = Callable[..., Any]
EY789 = "2026-11-21T12:00:00Z"
"""EY789 and its return: report 11:00, at 15:00 home base; two sectors may take 12:00, and 10:40 are planned."""
EY33 = "2026-11-21T05:00:00Z"
"""EY33: report 03:45, at 07:45 home base; one sector may take 13:00, and 7:50 are planned."""


def waiting(room: Any, delay: int, action: str = "delay") -> Any:
    return next(each for each in room.options if (each.action, each.fields["delay_minutes"]) == (action, delay))


@pytest.mark.parametrize(
    ("flight", "departs", "delay", "margin"),
    [
        ("EY789", EY789, 200, 720 - 640),  # below four hours the limit of the planned report holds
        ("EY789", EY789, 300, 660 - 640),  # from four hours on the more limiting: a report at 20:00 may take 11:00
        ("EY33", EY33, 425, 735 - 470),  # 14:50 may take 12:15
        ("EY33", EY33, 665, 660 - 470),  # ten hours are a rest: 18:50 may take 11:00
    ],
)
def test_a_crew_that_is_told_in_time_begins_its_duty_later(
    decide: Decide, flight: str, departs: str, delay: int, margin: int
) -> None:
    """CS FTL.1.205(d)."""
    room = decide(flight=flight, cause=Cause.AIRPORT, delay_minutes=delay, received=times.shift(departs, -600))
    option = waiting(room, delay)
    planned = next(each for each in room.results["crew_compliance"].facts if each.kind == "roster").values["report_utc"]
    assert option.parameters["crew_report_utc"] == times.shift(str(planned), delay)
    assert option.fields["crew_duty_margin_minutes"] == margin
    assert not room.gaps


@pytest.mark.parametrize(("notice", "told"), [(120, True), (119, False), (-30, False)])
def test_it_can_be_told_until_it_leaves_for_the_airport(decide: Decide, notice: int, told: bool) -> None:
    """Two hours before its report at 11:00."""
    received = times.shift("2026-11-21T11:00:00Z", -notice)
    option = waiting(decide(flight="EY789", cause=Cause.AIRPORT, delay_minutes=200, received=received), 200)
    assert (option.parameters["crew_report_utc"] > "2026-11-21T11:00:00Z") is told
    assert option.fields["crew_duty_margin_minutes"] == (80 if told else 80 - 200)


def test_who_has_flown_already_is_not_told_to_report_later(decide: Decide) -> None:
    """EY790 is the second flight of the duty."""
    room = decide(flight="EY790", cause=Cause.AIRPORT, delay_minutes=60, received=times.shift(EY789, -600))
    assert waiting(room, 60).parameters["crew_report_utc"] == "2026-11-21T11:00:00Z"


def test_the_check_refutes_a_report_that_nobody_could_be_told(decide: Decide, tables: MemoryTables) -> None:
    early = decide(flight="EY789", cause=Cause.AIRPORT, delay_minutes=200, received=times.shift(EY789, -600))
    option = waiting(early, 200)
    for received, refuted in ((early.received, False), (times.shift(EY789, -60), True)):
        context = ToolContext(incident=early.incident, options=[option], tables=tables, now=received)
        (executed,) = run_checks(PACK.agent("crew_compliance"), context)
        assert bool(executed.result.gaps) is refuted


@pytest.mark.parametrize(("delay", "beyond"), [(330, 20), (430, 120)])
def test_the_commander_may_lengthen_a_duty_by_two_hours_and_a_person_approves(
    decide: Decide, delay: int, beyond: int
) -> None:
    """ORO.FTL.205(f)(1)(i)."""
    room = decide(flight="EY33", cause=Cause.AIRPORT, delay_minutes=delay, received=times.shift(EY33, -30))
    plain, longer = (waiting(room, at, action) for at, action in ((delay, "delay"), (delay, "delay_discretion")))
    assert plain.fields["crew_duty_margin_minutes"] == -beyond
    assert (longer.fields["crew_duty_margin_minutes"], longer.fields["discretion_minutes"]) == (0, beyond)
    broken = {option.id: score.violations for option, score in zip(room.options, room.scored, strict=True)}
    assert "crew.duty" in broken[plain.id]
    assert not broken[longer.id]
    assert not room.gaps


def test_beyond_two_hours_nobody_is_asked(decide: Decide) -> None:
    room = decide(flight="EY33", cause=Cause.AIRPORT, delay_minutes=435, received=times.shift(EY33, -30))
    assert all(each.fields["discretion_minutes"] <= 120 for each in room.options)
    assert not [
        each for each in room.options if (each.action, each.fields["delay_minutes"]) == ("delay_discretion", 435)
    ]


def test_a_decision_at_discretion_waits_for_a_person(decide: Decide) -> None:
    room = decide(flight="EY33", cause=Cause.AIRPORT, delay_minutes=330, received=times.shift(EY33, -30))
    (rule,) = (each for each in PACK.approvals if each.field == "discretion_minutes")
    asked = {
        each.action: holds(fields=each.fields, field=rule.field, comparison=rule.operator, value=rule.value)
        for each in room.options
    }
    assert asked["delay_discretion"] is True
    assert asked["cancel_rebook"] is asked["delay"] is False


@pytest.mark.parametrize(
    ("claim", "refuted"), [({}, False), ({"discretion_minutes": 121}, True), ({"discretion_minutes": 0}, True)]
)
def test_the_check_knows_what_the_commander_may_add(
    decide: Decide, tables: MemoryTables, claim: dict[str, int], refuted: bool
) -> None:
    room = decide(flight="EY33", cause=Cause.AIRPORT, delay_minutes=430, received=times.shift(EY33, -30))
    option = waiting(room, 430, "delay_discretion")
    told = structs.replace(option, fields=option.fields | claim)
    context = ToolContext(incident=room.incident, options=[told], tables=tables, now=room.received)
    (executed,) = run_checks(PACK.agent("crew_compliance"), context)
    assert bool(executed.result.gaps) is refuted


def test_what_needs_no_discretion_goes_first(decide: Decide) -> None:
    """A reserve crew can fly EY33 as late: nobody is asked to work longer."""
    room = decide(flight="EY33", cause=Cause.AIRPORT, delay_minutes=330, received=times.shift(EY33, -30))
    assert room.chosen.fields["discretion_minutes"] == 0


@pytest.fixture
def four_sectors(rows: Any, flights: Any) -> MemoryTables:
    """Two short flights out of the hub and back follow EY789 and EY790 in their duty."""
    home = flights["EY790-2026-11-21"]["arrival_utc"]
    more = [
        dict(flights["EY789-2026-11-21"])
        | {
            "flight_id": name,
            "number": name,
            "tail": "none",
            "origin": origin,
            "destination": there,
            "departure_utc": times.shift(home, after),
            "arrival_utc": times.shift(home, after + 60),
            "block_minutes": 60,
        }
        for name, origin, there, after in (("H1", "AUH", "BAH", 60), ("H2", "BAH", "AUH", 180))
    ]
    duties = [
        each | ({"flights": [*each["flights"], "H1", "H2"]} if each["flights"][:1] == ["EY789-2026-11-21"] else {})
        for each in rows["duties"]
    ]
    return MemoryTables(PACK.tables, {**rows, "flights": [*rows["flights"], *more], "duties": duties})


def test_sectors_from_the_hub_that_a_crew_has_no_duty_for_fly_with_another(
    decide: Decide, four_sectors: MemoryTables
) -> None:
    room = decide(four_sectors, flight="EY789", cause=Cause.AIRPORT, delay_minutes=60, received=times.shift(EY789, -30))
    option = waiting(room, 60)
    assert option.parameters["recrewed_from"] == "H1"
    assert option.fields["crew_duty_margin_minutes"] == 720 - 640 - 60
    assert option.fields["downstream_crews_short"] >= 1
    assert not room.gaps
    for changed in ({"recrewed_from": "EY790-2026-11-21"}, {"recrewed_from": "H2"}):
        told = structs.replace(option, parameters=option.parameters | changed)
        context = ToolContext(incident=room.incident, options=[told], tables=four_sectors, now=room.received)
        (executed,) = run_checks(PACK.agent("crew_compliance"), context)
        assert [gap.item for gap in executed.result.gaps] == [f"options/{option.id}"]


def test_away_from_the_hub_nobody_takes_over(decide: Decide) -> None:
    room = decide(flight="EY789", cause=Cause.AIRPORT, delay_minutes=120, received=times.shift(EY789, -30))
    option = waiting(room, 120)
    assert "recrewed_from" not in option.parameters
    assert option.fields["crew_duty_margin_minutes"] == 720 - 640 - 120
