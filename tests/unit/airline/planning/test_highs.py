"""HiGHS by its C interface: the very answers of its own Python bindings, and no numpy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from importlib.machinery import PathFinder
from typing import Any

import highspy
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packs.airline.planning.seats import highs, seat_solver
from packs.airline.planning.seats.highs import NoSolution, Programme, SolverMissing, solve
from packs.airline.planning.seats.seat_solver import Group, Way, _programme, assign

FLIGHTS = ("A", "B", "C", "D")
WAYS = st.lists(st.tuples(st.integers(0, 400), st.sets(st.sampled_from(FLIGHTS), min_size=1, max_size=2)), max_size=6)
GROUPS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 5), WAYS), min_size=1, max_size=8)
SEATS = st.lists(st.integers(0, 15), min_size=len(FLIGHTS), max_size=len(FLIGHTS))


PLAIN: Mapping[str, Any] = {"output_flag": False, "mip_rel_gap": 0.0, "threads": 1}
FAST: Mapping[bool, Mapping[str, Any]] = {
    True: {"mip_heuristic_run_feasibility_jump": False},
    False: {"presolve": "off"},
}
"""What is switched off for whole numbers, and for fractions."""


def by_bindings(programme: Programme, *, whole: bool, options: Mapping[str, Any]) -> tuple[list[float], float]:
    """Values and cost that HiGHS' own bindings answer to the same question."""
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(programme.costs), len(programme.rows)
    model.col_cost_ = np.array(programme.costs)
    model.col_lower_, model.col_upper_ = np.zeros(model.num_col_), np.array(programme.most)
    model.row_lower_, model.row_upper_ = (np.array([each[side] for each in programme.rows]) for side in (0, 1))
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = np.array(programme.starts), np.array(programme.places)
    model.a_matrix_.value_ = np.array(programme.entries)
    if whole:
        model.integrality_ = [highspy.HighsVarType.kInteger] * model.num_col_
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in options.items():
        assert solver.setOptionValue(name, value) == highspy.HighsStatus.kOk
    solver.passModel(model)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return list(solver.getSolution().col_value), solver.getObjectiveValue()


def made(groups: list[tuple[int, int, list[tuple[int, set[str]]]]]) -> list[Group]:
    return [
        Group(
            size=size,
            parties=parties,
            ways=[Way(cost=500.0 * size, flights=())]
            + [Way(cost=size * cost / 7, flights=tuple(sorted(taken))) for cost, taken in ways],
        )
        for size, parties, ways in groups
    ]


@given(groups=GROUPS, seats=SEATS, whole=st.booleans())
def test_answers_are_those_of_the_bindings_to_the_last_bit(
    groups: list[tuple[int, int, list[tuple[int, set[str]]]]], seats: list[int], whole: bool
) -> None:
    programme = _programme(made(groups), dict(zip(FLIGHTS, seats, strict=True)))
    options = {**PLAIN, **FAST[whole]}
    assert solve(programme, whole=whole).values == by_bindings(programme, whole=whole, options=options)[0]


@given(groups=GROUPS, seats=SEATS)
def test_what_is_switched_off_leaves_the_least_cost(
    groups: list[tuple[int, int, list[tuple[int, set[str]]]]], seats: list[int]
) -> None:
    programme = _programme(made(groups), dict(zip(FLIGHTS, seats, strict=True)))
    for whole in (False, True):
        least = by_bindings(programme, whole=whole, options=PLAIN)[1]
        assert solve(programme, whole=whole).cost == pytest.approx(least, rel=1e-9)


@given(groups=GROUPS, seats=SEATS)
def test_whole_parties_cost_what_all_ways_allow(
    groups: list[tuple[int, int, list[tuple[int, set[str]]]]], seats: list[int]
) -> None:
    parties, free = made(groups), dict(zip(FLIGHTS, seats, strict=True))
    taken = assign(parties, free)
    assert [sum(each) for each in taken] == [group.parties for group in parties]
    for flight, most in free.items():
        on_it = sum(
            group.size * number
            for group, each in zip(parties, taken, strict=True)
            for way, number in zip(group.ways, each, strict=True)
            if flight in way.flights
        )
        assert on_it <= most
    cost = sum(
        way.cost * number
        for group, each in zip(parties, taken, strict=True)
        for way, number in zip(group.ways, each, strict=True)
    )
    assert cost == pytest.approx(by_bindings(_programme(parties, free), whole=True, options=PLAIN)[1], rel=1e-9)


def test_all_ways_are_asked_where_whole_parties_do_not_fit_on_those_of_split_ones() -> None:
    ways = [Way(cost=1_000.0, flights=()), Way(cost=10.0, flights=("A",)), Way(cost=100.0, flights=("B",))]
    assert assign([Group(size=2, parties=1, ways=ways)], {"A": 1, "B": 1}) == [[1, 0, 0]]


def test_ways_that_cost_more_than_a_known_assignment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[float]] = []

    def noted(programme: Programme, *, whole: bool) -> highs.Optimum:
        asked.append([*programme.costs])
        return solve(programme, whole=whole)

    monkeypatch.setattr(seat_solver, "solve", noted)
    ways = [Way(cost=10.0, flights=("A",)), Way(cost=70.0, flights=()), Way(cost=90.0, flights=("B",))]
    ways.append(Way(cost=900.0, flights=("B",)))
    # Split, one and a half go with A: 50. Whole, one does, and one stays: 80. What adds more than 30 to 50 is in neither.
    assert assign([Group(size=2, parties=2, ways=ways)], {"A": 3, "B": 9}) == [[1, 1, 0, 0]]
    assert asked == [[10.0, 70.0, 90.0, 900.0], [10.0, 70.0], [10.0, 70.0, 90.0]]


def test_a_programme_over_some_columns_keeps_their_entries() -> None:
    whole = Programme(
        costs=[1.0, 2.0, 3.0],
        most=[4.0, 5.0, 6.0],
        rows=[(0.0, 1.0), (0.0, 2.0)],
        starts=[0, 2, 3, 5],
        places=[0, 1, 1, 0, 1],
        entries=[1.0, 2.0, 3.0, 4.0, 5.0],
    )
    assert whole.only([2, 0]) == Programme(
        costs=[3.0, 1.0],
        most=[6.0, 4.0],
        rows=whole.rows,
        starts=[0, 2, 4],
        places=[0, 1, 0, 1],
        entries=[4.0, 5.0, 1.0, 2.0],
    )


def of_one_column(*, most: float, row: tuple[float, float], cost: float = 1.0, place: int = 0) -> Programme:
    return Programme(costs=[cost], most=[most], rows=[row], starts=[0, 1], places=[place], entries=[1.0])


@pytest.mark.parametrize(
    ("programme", "said"),
    [
        (of_one_column(most=1, row=(2, 3)), "infeasible"),
        (of_one_column(most=float("inf"), row=(0, float("inf")), cost=-1.0), "unbounded"),
        (of_one_column(most=1, row=(0, 1), place=7), "HiGHS refused the programme"),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_a_programme_without_an_optimum_says_how_it_ended(programme: Programme, said: str, whole: bool) -> None:
    with pytest.raises(NoSolution, match=said):
        solve(programme, whole=whole)


def test_endings_are_named_as_the_bindings_name_them() -> None:
    known = {int(status): status.name for status in highspy.HighsModelStatus.__members__.values()}
    assert known[highs._OPTIMAL] == "kOptimal"
    assert {number: f"k{said.replace(' ', '')}" for number, said in enumerate(highs._ENDINGS)} == {
        number: name[0] + name[1:].lower() for number, name in known.items()
    }


def test_a_solver_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    highs._library.cache_clear()
    monkeypatch.setattr(PathFinder, "find_spec", lambda *_: None)
    with pytest.raises(SolverMissing, match="highspy: install"):
        solve(of_one_column(most=1, row=(0, 1)), whole=False)
    highs._library.cache_clear()


def test_solving_loads_neither_the_bindings_nor_numpy() -> None:
    code = (
        "import sys; from packs.airline.planning.seats.seat_solver import Group, Way, assign; "
        "assert assign([Group(size=1, parties=2, ways=[Way(cost=1.0, flights=())])], {'A': 0}) == [[2]]; "
        "print([name for name in ('highspy', 'numpy') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
