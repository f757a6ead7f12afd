"""Typing errors: words one slip away from a known one."""

from __future__ import annotations

from collections.abc import Iterable

SHORTEST = 5
LONG = 9


def close(word: str, known: Iterable[str]) -> list[str]:
    """The known words that a word was probably meant to be, the nearest only; none for short words and exact ones.

    A slip is a letter too many, too few, wrong, or two letters swapped; words of nine letters and more may have two. The first
    letter must be right.
    """
    if len(word) < SHORTEST:
        return []
    found: dict[int, list[str]] = {}
    for each in known:
        allowed = 2 if min(len(word), len(each)) >= LONG else 1
        if len(each) < SHORTEST or each[0] != word[0] or abs(len(each) - len(word)) > allowed:
            continue
        slips = distance(word, each)
        if slips <= allowed:
            found.setdefault(slips, []).append(each)
    return found[min(found)] if found and min(found) > 0 else []


def distance(first: str, second: str) -> int:
    """Edit distance with swaps of neighbours (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for index, letter in enumerate(first, start=1):
        earlier, before, row = before, row, [index]
        for position, other in enumerate(second, start=1):
            best = min(before[position] + 1, row[-1] + 1, before[position - 1] + (letter != other))
            swapped = index > 1 and position > 1 and letter == second[position - 2] and first[index - 2] == other
            row.append(min(best, earlier[position - 2] + 1) if swapped else best)
    return row[-1]
