"""HiGHS by its C interface: linear and integer programmes, without the Python bindings and the numpy that these load.

The wheel ``highspy`` holds the solver as a shared library of its own. Called directly, a first plan waits for that alone.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

from msgspec import Struct

_ERROR, _COLUMNS, _MINIMISE, _WHOLE, _OPTIMAL = -1, 1, 1, 1, 7
"""Constants of ``highs_c_api.h``: ``kHighsStatusError``, ``kHighsMatrixFormatColwise``, ``kHighsObjSenseMinimize``,
``kHighsVarTypeInteger``, ``kHighsModelStatusOptimal``."""
_ENDINGS = (
    *(
        "not set",
        "load error",
        "model error",
        "presolve error",
        "solve error",
        "postsolve error",
        "model empty",
        "optimal",
    ),
    *("infeasible", "unbounded or infeasible", "unbounded", "objective bound", "objective target", "time limit"),
    *("iteration limit", "unknown", "solution limit", "interrupt", "memory limit", "highs interrupt"),
)
"""The meaning of its model statuses, by number (``kHighsModelStatus``)."""


class NoSolution(Exception):
    """The solver did not prove an optimum; the message says how it ended."""


class SolverMissing(Exception):
    """The solver cannot be loaded; the message says what is wrong with its package."""


class Programme(Struct, frozen=True, kw_only=True):
    """A least sum of costs under bounds. Each column is at least 0.

    Attributes:
        costs: What one unit of each column costs.
        most: Upper bound of each column.
        rows: Lower and upper bound of each row.
        starts: For each column where its entries begin, and behind the last column the number of entries.
        places: For each entry, the row that it stands in.
        entries: The entries, column by column.
    """

    costs: Sequence[float]
    most: Sequence[float]
    rows: Sequence[tuple[float, float]]
    starts: Sequence[int]
    places: Sequence[int]
    entries: Sequence[float]

    def only(self, columns: Sequence[int]) -> Programme:
        """The same programme over some of its columns, which are then numbered in this order."""
        starts, places, entries = [0], list[int](), list[float]()
        for column in columns:
            first, behind = self.starts[column], self.starts[column + 1]
            places += self.places[first:behind]
            entries += self.entries[first:behind]
            starts.append(len(places))
        return Programme(
            costs=[self.costs[column] for column in columns],
            most=[self.most[column] for column in columns],
            rows=self.rows,
            starts=starts,
            places=places,
            entries=entries,
        )


class Optimum(Struct, frozen=True, kw_only=True):
    """An optimum of a programme.

    Attributes:
        values: The value of each column.
        cost: The sum of costs.
        reduced: What one unit more of each column would add to the cost while fractions are allowed; zeros for whole numbers.
    """

    values: Sequence[float]
    cost: float
    reduced: Sequence[float]


def solve(programme: Programme, *, whole: bool) -> Optimum:
    """The least sum of costs, proved without a gap, in one thread.

    Args:
        programme: What to solve.
        whole: Whether columns have to be whole numbers; they are then so within the solver's tolerance of 1e-6.

    Raises:
        NoSolution: There is no optimum, or none was found.
        SolverMissing: There is no usable solver.
    """
    library = _library()
    solver = ctypes.c_void_p(library.Highs_create())
    try:
        _done(library.Highs_setBoolOptionValue(solver, b"output_flag", 0), "an option")
        _done(library.Highs_setDoubleOptionValue(solver, b"mip_rel_gap", ctypes.c_double(0.0)), "an option")
        _done(library.Highs_setIntOptionValue(solver, b"threads", 1), "an option")
        if whole:
            # It looks for a first answer at random: 3 ms, and of parties and seats one is found at once.
            _done(library.Highs_setBoolOptionValue(solver, b"mip_heuristic_run_feasibility_jump", 0), "an option")
        else:
            # Of some hundred columns, making the programme smaller takes as long as solving it.
            _done(library.Highs_setStringOptionValue(solver, b"presolve", b"off"), "an option")
        _done(_pass(library, solver, programme, whole=whole), "the programme")
        _done(library.Highs_run(solver), "the question for an optimum")
        ended = library.Highs_getModelStatus(solver)
        if ended != _OPTIMAL:
            raise NoSolution(_ENDINGS[ended] if 0 <= ended < len(_ENDINGS) else f"model status {ended}")
        columns = len(programme.costs)
        values, reduced = (ctypes.c_double * columns)(), (ctypes.c_double * columns)()
        _done(library.Highs_getSolution(solver, values, reduced, None, None), "the question for its solution")
        return Optimum(values=list(values), cost=library.Highs_getObjectiveValue(solver), reduced=list(reduced))
    finally:
        library.Highs_destroy(solver)


def _pass(library: ctypes.CDLL, solver: ctypes.c_void_p, programme: Programme, *, whole: bool) -> int:
    columns, rows, entries = len(programme.costs), len(programme.rows), len(programme.entries)
    sizes = [columns, rows, entries, _COLUMNS, _MINIMISE, ctypes.c_double(0.0)]
    bounds = [_reals([0.0] * columns), _reals(programme.most)]
    bounds += [_reals([each[side] for each in programme.rows]) for side in (0, 1)]
    matrix = [_whole_numbers(programme.starts), _whole_numbers(programme.places), _reals(programme.entries)]
    given = [solver, *sizes, _reals(programme.costs), *bounds, *matrix]
    if whole:
        return int(library.Highs_passMip(*given, _whole_numbers([_WHOLE] * columns)))
    return int(library.Highs_passLp(*given))


def _reals(values: Sequence[float]) -> ctypes.Array[ctypes.c_double]:
    return (ctypes.c_double * len(values))(*values)


def _whole_numbers(values: Sequence[int]) -> ctypes.Array[ctypes.c_int]:
    return (ctypes.c_int * len(values))(*values)


def _done(status: int, what: str) -> None:
    if status == _ERROR:
        raise NoSolution(f"HiGHS refused {what}")


@cache
def _library() -> ctypes.CDLL:
    """The solver, loaded once per process.

    Raises:
        SolverMissing: The package is not installed, has no shared library in it, or counts otherwise than is assumed here.
    """
    spec = PathFinder.find_spec("highspy", sys.path)  # Where it is, without running its code.
    folders = [Path(each) for each in (spec.submodule_search_locations or ())] if spec else []
    found = [path for folder in folders for path in folder.glob("libhighs*")]
    if not found:
        raise SolverMissing("no library libhighs in a package highspy: install what the lock names")
    library = ctypes.CDLL(str(min(found, key=lambda path: len(path.name))))
    library.Highs_create.restype = ctypes.c_void_p
    library.Highs_destroy.restype = None
    library.Highs_getObjectiveValue.restype = ctypes.c_double
    solver = ctypes.c_void_p(library.Highs_create())
    width = library.Highs_getSizeofHighsInt(solver)
    library.Highs_destroy(solver)
    if width != ctypes.sizeof(ctypes.c_int):
        raise SolverMissing(
            f"HiGHS was built with whole numbers of {width} bytes, {ctypes.sizeof(ctypes.c_int)} are assumed"
        )
    return library
