"""The sums of what model calls used and cost."""

from __future__ import annotations

from collections.abc import Iterable

from conclave.money.amounts import nanos, usd, usd_sum
from conclave.types import Usage


def total_usage(usages: Iterable[Usage]) -> Usage:
    """The sum of usages, to the token and the nano-dollar."""
    each = list(usages)
    return Usage(
        input_tokens=sum(one.input_tokens for one in each),
        output_tokens=sum(one.output_tokens for one in each),
        cache_read_tokens=sum(one.cache_read_tokens for one in each),
        cache_write_tokens=sum(one.cache_write_tokens for one in each),
        model_calls=sum(one.model_calls for one in each),
        cost_usd=usd_sum(one.cost_usd for one in each),
        reserved_usd=usd_sum(one.reserved_usd for one in each),
    )


def beyond(decided: Usage, told: Usage) -> Usage:
    """What a run spent beyond the usage that answers tell: reserved for functions that left none.

    Args:
        decided: The usage that its decision states, settled and reserved.
        told: The sum of what its answers tell; also of those that came too late to be counted in the decision.
    """
    rest = sum(map(nanos, (decided.cost_usd, decided.reserved_usd))) - sum(
        map(nanos, (told.cost_usd, told.reserved_usd))
    )
    return Usage(reserved_usd=usd(max(0, rest)))
