"""Sentences that work on the sample network of a date."""

from __future__ import annotations

from collections.abc import Sequence


def examples(date: str) -> Sequence[str]:
    """Disruptions of ten kinds, worded as a controller would.

    Args:
        date: ISO date that the sample network was made for.
    """
    return (f"Flight EY17 on {date} from AUH to LHR is AOG",)
