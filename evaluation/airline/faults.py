"""What a decision can have wrong without breaking a rule: a flight cancelled needlessly, a departure before the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from evaluation.airline.exact.actions import STEP, Action
from evaluation.airline.exact.readiness import too_early
from evaluation.airline.exact.truth import Truth

TOLERABLE_DELAY = 240
"""A departure at most this late is better than none."""
TOLERABLE_EXCESS = 120
"""Minutes of duty that a commander can add."""


def cancelled_needlessly(truth: Truth, chosen: Action) -> bool:
    """True if the flight is cancelled, and a plain delay of four hours at most breaks nothing that cannot be mended.

    That is: two hours of duty at most; the next duty of its crew, without its rest, is flown by another.
    """
    if chosen.flies:
        return False
    return any(
        _bearable(truth, truth.space.own(delay, offload=offload))
        for delay in range(0, TOLERABLE_DELAY + 1, STEP)
        for offload in ((False, True) if truth.space.may_offload else (False,))
        if not too_early(truth.space, truth.own(delay))
    )


def _bearable(truth: Truth, action: Action) -> bool:
    drafted = truth.drafted(action)
    broken = set(drafted.broken)
    excess = drafted.values["crew_duty_margin_minutes"]
    if isinstance(excess, int) and excess >= -TOLERABLE_EXCESS:
        broken -= {"crew_duty_margin_minutes"}
    return not broken


def departed_before_receipt(truth: Truth, chosen: Action) -> bool:
    """True if the choice leaves before the report is received and what it needs is prepared."""
    return too_early(truth.space, chosen)


_FOUND: Mapping[str, Callable[[Truth, Action], bool]] = {
    "cancelled_needlessly": cancelled_needlessly,
    "departed_before_receipt": departed_before_receipt,
}
FAULTS = tuple(_FOUND)


def faults(truth: Truth, chosen: Action) -> list[str]:
    """Names of the faults that a choice has.

    Args:
        truth: The disruption.
        chosen: The action of the decision.
    """
    return [name for name, found in _FOUND.items() if found(truth, chosen)]
