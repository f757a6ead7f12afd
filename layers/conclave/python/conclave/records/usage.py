"""The sums of what model calls used and cost."""

from __future__ import annotations

from collections.abc import Iterable

from conclave.types import Usage


def total_usage(usages: Iterable[Usage]) -> Usage:
    """The sum of usages."""
    total = Usage()
    for usage in usages:
        total = Usage(
            input_tokens=total.input_tokens + usage.input_tokens,
            output_tokens=total.output_tokens + usage.output_tokens,
            cache_read_tokens=total.cache_read_tokens + usage.cache_read_tokens,
            cache_write_tokens=total.cache_write_tokens + usage.cache_write_tokens,
            model_calls=total.model_calls + usage.model_calls,
            cost_usd=round(total.cost_usd + usage.cost_usd, 9),
        )
    return total
