"""How hard the choice among the open options is: it says which tier of model the arbiter gets. Pure code.

Only what an arbiter can still weigh counts: an option that a hard constraint rules out is not open, and a conflict about it is
over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from conclave.deliberation.scoring import SCORE_DIGITS
from conclave.pack import ArbitrationLimits
from conclave.types import Collation, Complexity, ConflictKind, Ground, ScoredOption

_COMPLEX = frozenset({Ground.CLOSE, Ground.REMARK, Ground.SAFETY_CONFLICT, Ground.DEGRADED, Ground.MANY_GAPS})


class Weighed(Struct, frozen=True):
    """A choice, weighed.

    Attributes:
        complexity: How hard it is.
        grounds: Why it is not simple; empty where it is.
    """

    complexity: Complexity
    grounds: Sequence[Ground] = ()


def weighed(collation: Collation, scored: Sequence[ScoredOption], limits: ArbitrationLimits) -> Weighed:
    """How hard a choice is: by what makes it hard, of which several together make it a matter of reasoning.

    Args:
        collation: The last collation.
        scored: The options with their totals.
        limits: Of the pack.
    """
    grounds = tuple(_grounds(collation, scored, limits))
    hard = len(_COMPLEX.intersection(grounds))
    if hard:
        return Weighed(Complexity.REASONING if hard > 1 else Complexity.COMPLEX, grounds)
    return Weighed(Complexity.MODERATE if grounds else Complexity.SIMPLE, grounds)


def _grounds(collation: Collation, scored: Sequence[ScoredOption], limits: ArbitrationLimits) -> Iterator[Ground]:
    open_ids = set(collation.feasible)
    totals = sorted((each.total for each in scored if each.option_id in open_ids), reverse=True)
    lead = round(totals[0] - totals[1], SCORE_DIGITS) if len(totals) > 1 else None
    if lead is not None and lead < limits.close:
        yield Ground.CLOSE
    elif lead is not None and lead < limits.clear:
        yield Ground.NOT_CLEAR
    if len(open_ids) > limits.many_options:
        yield Ground.MANY_OPTIONS
    if collation.gaps:
        yield Ground.MANY_GAPS if len(collation.gaps) > limits.many_gaps else Ground.GAPS
    if any(each.kind is ConflictKind.SAFETY_SAFETY for each in collation.conflicts):
        yield Ground.SAFETY_CONFLICT
    if any(each.option_id in open_ids for each in collation.conflicts):
        yield Ground.CONFLICT
    if any(each.judged for each in collation.constraints):
        yield Ground.REMARK
    if collation.degraded:
        yield Ground.DEGRADED
