"""Who answered in place of a model, and why: from the exchanges, which every attempt leaves."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from conclave.routing.failures import trouble_named
from conclave.types import Exchange, StandIn, Trouble


def stand_in(wanted: str, exchanges: Sequence[Exchange], too_dear: Collection[str] = ()) -> StandIn | None:
    """The model that gave the answer in place of the wanted one; ``None`` where that answered itself.

    Args:
        wanted: The first model of the chain.
        exchanges: All exchanges of the question, in their order; the last one holds the answer.
        too_dear: Models of which a call did not fit what was left to spend.
    """
    if not exchanges or exchanges[-1].model == wanted:
        return None
    return StandIn(model=exchanges[-1].model, wanted=wanted, because=_trouble(wanted, exchanges, too_dear))


def _trouble(wanted: str, exchanges: Sequence[Exchange], too_dear: Collection[str]) -> Trouble:
    if wanted in too_dear:
        return Trouble.TOO_DEAR
    tries = [each for each in exchanges if each.model == wanted]
    if not tries:
        return Trouble.NOT_ASKED
    error = tries[-1].error
    return (trouble_named(error) or Trouble.FAILED) if error else Trouble.UNUSABLE
