"""What regulations of states say a passenger is owed: facts and figures, by the pack's rule and by the evaluation's own."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packs.airline.models import Detail
from packs.airline.rules.passengers import europe
from packs.airline.rules.passengers.circumstances import BY_CAUSE, BY_DETAIL, Control, ruling, together
from packs.airline.rules.passengers.compensation import owed, regimes
from packs.airline.rules.passengers.europe import Harm, Ticket

from evaluation.airline.rules.passenger_law import EUROPE, EXCUSED_DETAILS, Claim, due

HARMS = {"late": Harm.LATE, "moved": Harm.CANCELLED, "left": Harm.STRANDED, "refused": Harm.DENIED}


class Case(NamedTuple):
    """Source with what is told, where to read it, facts, and the amount with its currency."""

    told: str
    link: str
    route: str
    kilometres: int
    licence: str
    delay: int
    how: str
    cause: str
    amount: int
    currency: str
    large: bool


def read() -> list[Case]:
    with Path(__file__).with_name("states_on_passengers.csv").open(encoding="utf-8", newline="") as file:
        rows = [dict(row) for row in csv.DictReader(file)]
    numbers = ("kilometres", "delay", "amount")
    return [
        Case(**{**row, **{name: int(row[name]) for name in numbers}, "large": row["large"] == "true"}) for row in rows
    ]


CASES = read()


@pytest.mark.parametrize("case", CASES, ids=[f"{each.told} [{each.link}]" for each in CASES])
def test_a_state_s_amount(case: Case) -> None:
    start, _, end = case.route.partition("-")
    ticket = Ticket(origin=start, destination=end, distance_km=case.kilometres, licence=case.licence)
    claim = Claim(start, end, case.kilometres, case.licence, case.delay, case.how, frozenset([(case.cause, "")]))
    expected = (case.amount, case.currency)
    found = owed(ticket, harm=HARMS[case.how], delay_minutes=case.delay, ruling=ruling(case.cause), large=case.large)
    assert found == expected
    assert due(claim, large=case.large) == expected


PLACES = st.sampled_from(["DE", "RE", "AX", "NO", "GB", "CA", "TH", "TR", "GE", "SA", "AE", "BL", "US"])


@given(
    ends=st.tuples(PLACES, PLACES, PLACES),
    kilometres=st.integers(100, 15_000),
    delay=st.integers(0, 1_500),
    how=st.sampled_from(sorted(HARMS)),
    cause=st.sampled_from(sorted(BY_CAUSE)),
    detail=st.sampled_from(sorted(Detail)),
    large=st.booleans(),
)
def test_pack_and_evaluation_never_differ(
    ends: tuple[str, str, str], kilometres: int, delay: int, how: str, cause: str, detail: str, large: bool
) -> None:
    start, end, licence = ends
    ticket = Ticket(origin=start, destination=end, distance_km=kilometres, licence=licence)
    found = owed(ticket, harm=HARMS[how], delay_minutes=delay, ruling=ruling(cause, detail), large=large)
    assert due(Claim(start, end, kilometres, licence, delay, how, frozenset([(cause, detail)])), large=large) == found


@given(ends=st.tuples(PLACES, PLACES, PLACES))
def test_the_regime_of_the_departure_goes_first(ends: tuple[str, str, str]) -> None:
    ticket = Ticket(origin=ends[0], destination=ends[1], distance_km=1_000, licence=ends[2])
    names = {"EU": europe.COMMUNITY, "UK": {"GB"}, "CA": {"CA"}, "TH": {"TH"}, "TR": {"TR"}, "GE": {"GE"}, "SA": {"SA"}}
    departing = [name for name in regimes(ticket) if ends[0] in names[name]]
    assert len(departing) <= 1
    assert list(regimes(ticket))[: len(departing)] == departing
    assert bool(departing) == any(ends[0] in states for states in names.values())


def test_both_know_the_same_territory_and_details() -> None:
    assert EUROPE == europe.COMMUNITY
    assert len(EUROPE) == 27 + 4 + 7
    assert {each.value for each in BY_DETAIL} == set(EXCUSED_DETAILS)
    assert set(BY_DETAIL) == set(Detail) - {Detail.NONE}
    assert {each.control for each in BY_DETAIL.values()} == set(Control)


def test_a_detail_goes_before_the_cause() -> None:
    assert not ruling("technical").extraordinary
    assert ruling("technical", "bird_strike").extraordinary
    assert ruling("airport").extraordinary
    assert not ruling("airport", "own_strike").extraordinary
    with pytest.raises(ValueError, match="goblin"):
        ruling("technical", "goblin")


def test_several_problems_together() -> None:
    """Extraordinary when all are; within the carrier's control in Canada when one is, and nothing told is its own."""
    weather, defect, crew = ruling("weather"), ruling("technical"), ruling("crew")
    both = together([weather, defect])
    assert (both.extraordinary, both.control) == (False, Control.SAFETY)
    assert together([weather, ruling("technical", "bird_strike")]).extraordinary
    assert together([weather, defect, crew]).control is Control.WITHIN
    assert together([]) == together([ruling("other")])
    assert weather.source in both.source
    assert defect.source in both.source
