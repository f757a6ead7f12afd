"""Duty rules that scenarios may be decided under."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from packs.airline import assumptions

REGIMES = ("easa", "faa")


@contextmanager
def working_under(regime: str) -> Iterator[str]:
    """Duty rules that planner, checks and evaluation of this process work under meanwhile; gives their name.

    Args:
        regime: One of ``REGIMES``; ``""`` for the operator's own.
    """
    before = assumptions.DUTY_REGIME
    assumptions.DUTY_REGIME = regime or before
    try:
        yield assumptions.DUTY_REGIME
    finally:
        assumptions.DUTY_REGIME = before
