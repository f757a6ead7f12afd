"""Amounts of money. Sums are made in whole nano-dollars; what people and records see is US dollars with nine digits."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, Decimal

NANOS_PER_USD = 1_000_000_000
DIGITS = 9
"""Digits of US dollars that a record keeps: whole nano-dollars."""
_MICRO = Decimal(1_000)


def nanos(usd: float | str | Decimal) -> int:
    """Whole nano-dollars of an amount in US dollars; one that a record keeps comes back exactly."""
    amount = usd if isinstance(usd, Decimal) else Decimal(str(usd))
    return int((amount * NANOS_PER_USD).to_integral_value())


def usd(amount: int) -> float:
    """US dollars of nano-dollars, for records and people: the nearest number to nine digits."""
    return round(amount / NANOS_PER_USD, DIGITS)


def rounded_up(micro_usd: Decimal) -> int:
    """Whole nano-dollars of micro-dollars: a part of one counts as one."""
    return int((micro_usd * _MICRO).to_integral_value(ROUND_CEILING))


def usd_sum(amounts: Iterable[float]) -> float:
    """The exact sum of amounts in US dollars as records keep them."""
    return usd(sum(nanos(each) for each in amounts))
