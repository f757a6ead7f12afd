"""Assignment of seats as an integer programme. The only file that loads the solver (HiGHS), and only while planning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import highspy
import numpy as np
from msgspec import Struct


class Way(Struct, frozen=True, kw_only=True):
    """One way for a party to travel.

    Attributes:
        cost: What one party of the group costs on it.
        flights: Flights whose seats it takes; empty for staying behind.
    """

    cost: float
    flights: tuple[str, ...]


class Group(Struct, frozen=True, kw_only=True):
    """Parties that are alike.

    Attributes:
        size: Passengers in each party.
        parties: How many parties.
        ways: Ways to travel; one of them takes no seat, so that there is always a solution.
    """

    size: int
    parties: int
    ways: Sequence[Way]


class NoSolution(Exception):
    """The solver did not prove an optimum; the message is its status."""


WHOLE = 1e-6
"""Parties on a way that are this near to a whole number are that number: the solver's own tolerance."""


def assign(groups: Sequence[Group], seats: Mapping[str, int], *, relaxed: bool = False) -> list[list[int]]:
    """Least total cost such that every party travels one way and no flight carries more than its free seats.

    Args:
        groups: Groups of parties that are alike.
        seats: Free seats by flight; a flight that is not named has no limit.
        relaxed: Ask first as if parties could be split. When none is, that is the least cost, found several times as fast; of
            assignments that cost the same it may be another one.

    Returns:
        For each group, how many of its parties take each of its ways.

    Raises:
        NoSolution: No optimum was found.
    """
    model = _model(groups, seats)
    values = _least(model) if relaxed else []
    if not relaxed or any(abs(value - round(value)) > WHOLE for value in values):
        model.integrality_ = [highspy.HighsVarType.kInteger] * model.num_col_
        values = _least(model)
    taken = iter(round(value) for value in values)
    return [[next(taken) for _ in group.ways] for group in groups]


def _least(model: highspy.HighsLp) -> Sequence[float]:
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("threads", 1)
    solver.passModel(model)
    solver.run()
    status = solver.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise NoSolution(solver.modelStatusToString(status))
    return list(solver.getSolution().col_value)


def _model(groups: Sequence[Group], seats: Mapping[str, int]) -> highspy.HighsLp:
    """Columns are the ways of all groups; rows are the groups, then the flights."""
    row = {name: len(groups) + number for number, name in enumerate(seats)}
    starts, rows, values = [0], [], []
    for number, group in enumerate(groups):
        for way in group.ways:
            limited = [row[name] for name in way.flights if name in row]
            rows += [number, *limited]
            values += [1.0, *([float(group.size)] * len(limited))]
            starts.append(len(rows))
    parties, free = [float(group.parties) for group in groups], [float(each) for each in seats.values()]
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(starts) - 1, len(parties) + len(free)
    model.col_cost_ = np.array([way.cost for group in groups for way in group.ways])
    model.col_lower_ = np.zeros(model.num_col_)
    model.col_upper_ = np.array([float(group.parties) for group in groups for _ in group.ways])
    model.row_lower_ = np.array(parties + [0.0] * len(free))
    model.row_upper_ = np.array(parties + free)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.array(starts)
    model.a_matrix_.index_ = np.array(rows)
    model.a_matrix_.value_ = np.array(values)
    return model
