"""The integer programme of re-accommodation, by HiGHS (docs/airline.md, Passengers)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import highspy
import numpy as np

from evaluation.airline.exact.journeys import Journey, Party

SOLVER_OPTIONS: Mapping[str, float | bool | int] = {
    "output_flag": False,
    "threads": 1,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 1e-6,  # changes break ties in ten-thousandths
}


def solve(parties: Sequence[Party], choices: Sequence[Sequence[Journey]], free: Mapping[str, int]) -> list[Journey]:
    """One journey for each party so that no flight is overfull and the weighted sum of delays is least."""
    wished = []
    for party, options in zip(parties, choices, strict=True):
        costs = [each.cost(party.weight) for each in options]
        wished.append(costs.index(min(costs)))
    load: dict[str, int] = {}
    for party, options, index in zip(parties, choices, wished, strict=True):
        for key in options[index].uses:
            load[key] = load.get(key, 0) + party.pax
    if all(load[key] <= free.get(key, 0) for key in load):
        return [options[index] for options, index in zip(choices, wished, strict=True)]
    return _programme(parties, choices, free)


def _programme(
    parties: Sequence[Party], choices: Sequence[Sequence[Journey]], free: Mapping[str, int]
) -> list[Journey]:
    """Parties that are alike to the sum are counted together: fewer variables, and no symmetry to search through."""
    groups: dict[tuple[int, int, str], list[int]] = {}
    for number, party in enumerate(parties):
        onward = party.onward["flight_id"] if party.onward is not None else ""
        groups.setdefault((party.pax, party.weight, onward), []).append(number)
    members = list(groups.values())
    columns = [
        (group, journey)
        for group, numbers in enumerate(members)
        for journey in choices[numbers[0]]
        if all(free.get(key, 0) >= parties[numbers[0]].pax for key in journey.uses)
    ]
    taken = _counts(list(groups), members, columns, free)
    given: list[Journey | None] = [None] * len(parties)
    for (group, journey), count in zip(columns, taken, strict=True):
        for _ in range(count):
            given[members[group].pop()] = journey
    return [each for each in given if each is not None]


def _counts(
    groups: Sequence[tuple[int, int, str]],
    members: Sequence[Sequence[int]],
    columns: Sequence[tuple[int, Journey]],
    free: Mapping[str, int],
) -> list[int]:
    """Number of parties of each group that take each journey, by HiGHS."""
    seats = sorted({key for _, journey in columns for key in journey.uses})
    row_of = {key: len(groups) + index for index, key in enumerate(seats)}
    starts, indices, values = [0], [], []
    for group, journey in columns:
        indices += [group, *(row_of[key] for key in journey.uses)]
        values += [1.0, *(float(groups[group][0]) for _ in journey.uses)]
        starts.append(len(indices))
    sizes = [float(len(each)) for each in members]
    programme = highspy.HighsLp()
    programme.num_col_, programme.num_row_ = len(columns), len(groups) + len(seats)
    programme.col_cost_ = np.array([groups[group][0] * each.cost(groups[group][1]) for group, each in columns], float)
    programme.col_lower_ = np.zeros(len(columns))
    programme.col_upper_ = np.array([sizes[group] for group, _ in columns])
    programme.row_lower_ = np.array([*sizes, *(0.0 for _ in seats)])
    programme.row_upper_ = np.array([*sizes, *(float(free[key]) for key in seats)])
    programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    programme.a_matrix_.start_ = np.array(starts, dtype=np.int32)
    programme.a_matrix_.index_ = np.array(indices, dtype=np.int32)
    programme.a_matrix_.value_ = np.array(values)
    programme.integrality_ = [highspy.HighsVarType.kInteger] * len(columns)
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in SOLVER_OPTIONS.items():
        solver.setOptionValue(name, value)
    solver.passModel(programme)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"re-accommodation ended as {solver.modelStatusToString(solver.getModelStatus())}")
    return [round(value) for value in solver.getSolution().col_value]
