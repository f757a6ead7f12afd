"""Whether the same case comes to the same end each time: option, constraints and verdicts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evaluation.report import Row

WHAT: dict[str, Callable[[Row], Hashable]] = {
    "option": lambda row: (row.option, row.halted),
    "constraints": lambda row: tuple(sorted(row.constraints)),
    "verdicts": lambda row: tuple(sorted(row.verdicts.items())),
}
"""What is held against each other. A halt is an outcome like an option."""
SHOWN = 10


def consistency(rows: Sequence[Row], again: Sequence[Row]) -> dict[str, Any] | None:
    """How far the runs of each case agree; ``None`` where each case was run once.

    Returns:
        ``times``; then of each of ``WHAT`` the share of ``cases`` in which all runs agree, and the mean share of ``pairs`` of
        runs of a case that do; ``differing`` names the first cases, and what differs in them.
    """
    if not again:
        return None
    runs = [[row, *(each for each in again if each.number == row.number)] for row in rows]
    found: dict[str, Any] = {"times": max(map(len, runs))}
    for name, what in WHAT.items():
        agreed = [_pairs([what(row) for row in of_case]) for of_case in runs]
        found[name] = {
            "cases": round(sum(each == 1.0 for each in agreed) / len(agreed), 6),
            "pairs": round(sum(agreed) / len(agreed), 6),
        }
    found["differing"] = [told for of_case in runs if (told := _differing(of_case))][:SHOWN]
    return found


def disagrees(of_case: Sequence[Row]) -> list[str]:
    """What differs between the runs of one case."""
    return [name for name, what in WHAT.items() if len({what(row) for row in of_case}) > 1]


def _differing(of_case: Sequence[Row]) -> dict[str, Any] | None:
    names = disagrees(of_case)
    if not names:
        return None
    options = sorted({row.option or "halted" for row in of_case})
    return {"number": of_case[0].number, "incident": of_case[0].incident, "differ": names, "options": options}


def _pairs(values: Sequence[Hashable]) -> float:
    pairs = list(combinations(values, 2))
    return sum(one == other for one, other in pairs) / len(pairs) if pairs else 1.0
