"""What must not change, or only to the worse, when the data of a disruption change in a known way."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from conclave.deliberation.constraints import holds
from conclave.deliberation.scoring import score_options, scoring_of
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from conclave.types import Constraint, Operator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packs.airline import PACK
from packs.airline.fields import FIELDS
from packs.airline.models import Cause
from packs.airline.rules.crew.duty_regime import RECORDED

Decide = Callable[..., Any]
FLIGHTS = ("EY17", "EY18", "EY33", "EY103", "EY715", "EY789")
FEW = settings(
    max_examples=5, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def best(room: Any) -> float:
    return max(float(each.total) for each in room.scored if not each.violations)


def network(rows: Any, **changed: list[Item]) -> MemoryTables:
    return MemoryTables(PACK.tables, {**rows, **changed})


@pytest.mark.slow
@FEW
@given(flight=st.sampled_from(FLIGHTS), minutes=st.lists(st.integers(1, 180), min_size=2, max_size=2, unique=True))
def test_more_delay_never_raises_the_passenger_score(decide: Decide, flight: str, minutes: list[int]) -> None:
    scores = []
    for delay in sorted(5 * each for each in minutes):
        room = decide(flight=flight, cause=Cause.OTHER, delay_minutes=delay)
        option = next(each for each in room.options if each.action == "delay" and each.fields["delay_minutes"] == delay)
        scores.append(next(each.scores["passengers"] for each in room.scored if each.option_id == option.id))
    assert scores == sorted(scores, reverse=True)


@pytest.mark.slow
@pytest.mark.parametrize("flight", ["EY17", "EY103", "EY715"])
def test_removing_a_spare_never_improves_the_best_option(decide: Decide, rows: Any, flight: str) -> None:
    whole = decide(flight=flight, cause=Cause.TECHNICAL)
    tails = sorted({each.fields["tail"] for each in whole.options if each.action.startswith("swap_aircraft")})
    for gone in random.Random(flight).sample(tails, 3):
        stays = [each for each in rows["ground_times"] if each["tail"] != gone]
        assert best(decide(network(rows, ground_times=stays), flight=flight, cause=Cause.TECHNICAL)) <= best(whole)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flight", "cause", "delay"), [("EY33", Cause.CREW, 0), ("EY34", Cause.CREW, 0), ("EY1", Cause.ATC, 300)]
)
def test_removing_a_reserve_never_improves_the_best_option(
    decide: Decide, rows: Any, flight: str, cause: Cause, delay: int
) -> None:
    case = {"flight": flight, "cause": cause, "delay_minutes": delay}
    whole = decide(**case)
    named = {str(each.parameters.get(name, "")) for each in whole.options for name in ("crew_id", "joined_by")}
    reserves = sorted(name for name in named if name.startswith("R-"))
    assert reserves
    scores = []
    for number in range(1, len(reserves) + 1):
        crews = [each for each in rows["crews"] if each["crew_id"] not in reserves[:number]]
        scores.append(best(decide(network(rows, crews=crews), **case)))
    assert [best(whole), *scores] == sorted([best(whole), *scores], reverse=True)


@pytest.mark.slow
@FEW
@given(flight=st.sampled_from(FLIGHTS), more=st.integers(1, 4000))
def test_work_behind_a_crew_never_improves_the_best_option(decide: Decide, rows: Any, flight: str, more: int) -> None:
    case = {"flight": flight, "cause": Cause.OTHER, "delay_minutes": 120}
    duties, crews = ([_tired(each, more) for each in rows[table]] for table in ("duties", "crews"))
    assert best(decide(network(rows, duties=duties, crews=crews), **case)) <= best(decide(**case))


def _tired(row: Item, more: int) -> Item:
    return row | {name: row[name] + more for name in RECORDED if name in row}


NUMBERS = sorted(field.name for field in FIELDS if field.type is int)


@pytest.mark.slow
@FEW
@given(
    flight=st.sampled_from(FLIGHTS),
    field=st.sampled_from(NUMBERS),
    operator=st.sampled_from([Operator.GE, Operator.LE]),
    value=st.integers(-500, 5000),
)
def test_another_constraint_never_adds_a_feasible_option(
    decide: Decide, flight: str, field: str, operator: Operator, value: int
) -> None:
    room = decide(flight=flight, cause=Cause.TECHNICAL, delay_minutes=240)
    extra = Constraint(
        id="another", field=field, operator=operator, value=value, unit="", hard=True, source="test",
        evidence_id="flights/test", reason="test",
    )  # fmt: skip
    scored = score_options(room.options, [*room.constraints, extra], scoring_of(room.options, PACK.dimensions))
    before, after = ({each.option_id for each in scores if not each.violations} for scores in (room.scored, scored))
    kept = {
        each.id for each in room.options if holds(fields=each.fields, field=field, comparison=operator, value=value)
    }
    assert after == before & kept


@pytest.mark.slow
@pytest.mark.parametrize("flight", FLIGHTS)
def test_renaming_bookings_changes_nothing(decide: Decide, rows: Any, flight: str) -> None:
    names = [each["booking_id"] for each in rows["bookings"]]
    shuffled = random.Random(flight).sample(names, len(names))
    renamed = [each | {"booking_id": f"N{name}"} for each, name in zip(rows["bookings"], shuffled, strict=True)]
    case = {"flight": flight, "cause": Cause.TECHNICAL, "delay_minutes": 240}
    assert decide(network(rows, bookings=renamed), **case).options == decide(**case).options
