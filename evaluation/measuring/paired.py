"""Statistics of pairs: the same cases before and after a change. Every test and interval is SciPy's.

A difference is always after minus before. Shares are compared by McNemar's exact test, which looks at the cases that changed;
amounts by a sign test and by a bootstrap of the pairs, so that nothing is assumed of how they are spread.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from scipy import stats

RESAMPLES = 4_999
SEED = 20261129
"""Of the bootstrap, so that the same files give the same interval."""
MOST_CASES = 1_000_000


class Difference(Struct, frozen=True, kw_only=True):
    """A difference between pairs.

    Attributes:
        before: The figure before: a share, or a mean.
        after: The figure after.
        difference: What is between them; for amounts that are compared by ratio, as a share of before.
        low: Lower end of the interval of the difference.
        high: Upper end.
        p: The chance of a difference as large where there is none.
        test: How that was found.
    """

    before: float
    after: float
    difference: float
    low: float
    high: float
    p: float
    test: str


def shares(before: Sequence[float], after: Sequence[float], alpha: float) -> Difference:
    """Compares how many of the same cases are true (or 1) before and after.

    The interval is exact and cautious: the shares of cases that were gained and lost each have one by Clopper and Pearson, at
    half of ``alpha``. So it is not of width zero where nothing changed: few cases show little.
    """
    cases = len(before)
    gained = sum(bool(now and not then) for then, now in zip(before, after, strict=True))
    lost = sum(bool(then and not now) for then, now in zip(before, after, strict=True))
    gained_low, gained_high = _exact(gained, cases, alpha / 2)
    lost_low, lost_high = _exact(lost, cases, alpha / 2)
    changed = gained + lost
    return Difference(
        before=sum(before) / cases,
        after=sum(after) / cases,
        difference=(gained - lost) / cases,
        low=gained_low - lost_high,
        high=gained_high - lost_low,
        p=float(stats.binomtest(gained, changed).pvalue) if changed else 1.0,
        test="McNemar, exact",
    )


def means(before: Sequence[float], after: Sequence[float], alpha: float) -> Difference:
    """Compares the means of the same cases before and after."""
    return _amounts(before, after, alpha, lambda one, other, axis: np.mean(other, axis) - np.mean(one, axis))


def ratios(before: Sequence[float], after: Sequence[float], alpha: float) -> Difference:
    """Compares sums of the same cases before and after; the difference is a share of what was before.

    Raises:
        ValueError: Before, everything is zero.
    """
    if not sum(before):
        raise ValueError("nothing to compare with: everything before is zero")
    return _amounts(before, after, alpha, lambda one, other, axis: np.sum(other, axis) / np.sum(one, axis) - 1.0)


def _amounts(
    before: Sequence[float], after: Sequence[float], alpha: float, statistic: Callable[[Any, Any, int], Any]
) -> Difference:
    one, other = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    more, less = int(np.sum(other > one)), int(np.sum(other < one))
    found = float(statistic(one, other, -1))
    low, high = _bootstrap(one, other, alpha, statistic) if more + less else (found, found)
    return Difference(
        before=float(one.mean()),
        after=float(other.mean()),
        difference=found,
        low=low,
        high=high,
        p=float(stats.binomtest(more, more + less).pvalue) if more + less else 1.0,
        test="signs; interval by bootstrap",
    )


def _bootstrap(one: Any, other: Any, alpha: float, statistic: Callable[[Any, Any, int], Any]) -> tuple[float, float]:
    """The interval of a statistic of pairs: corrected for bias and acceleration, or by percentiles where that is not defined."""
    for method in ("BCa", "percentile"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a degenerate distribution is answered by the other method
            found = stats.bootstrap(
                (one, other),
                lambda first, second, axis: statistic(first, second, axis),
                paired=True,
                vectorized=True,
                n_resamples=RESAMPLES,
                confidence_level=1 - alpha,
                method=method,
                rng=np.random.default_rng(SEED),
            ).confidence_interval
        if math.isfinite(found.low) and math.isfinite(found.high):
            # Where all resamples have the same value, rounding alone can make the lower end the higher one.
            return min(float(found.low), float(found.high)), max(float(found.low), float(found.high))
    value = float(statistic(one, other, -1))
    return value, value


def _exact(count: int, cases: int, alpha: float) -> tuple[float, float]:
    interval = stats.binomtest(count, cases).proportion_ci(confidence_level=1 - alpha, method="exact")
    return float(interval.low), float(interval.high)


def fewest_changes(alpha: float) -> int:
    """So many cases at least have to change, all in one direction, for McNemar's exact test to call that a difference."""
    return math.ceil(1 + math.log2(1 / alpha))


def smallest_share(cases: int, alpha: float, power: float) -> float:
    """The smallest fall of a share that so many cases show with a chance of ``power``, if nothing else changes; at most 1."""
    needed = fewest_changes(alpha)
    if cases < needed:
        return 1.0
    low, high = 0.0, 1.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (low, middle) if _noticed(needed, cases, middle) >= power else (middle, high)
    return high


def cases_for(share: float, alpha: float, power: float) -> int:
    """How many cases it takes to show a fall of a share by so much with a chance of ``power``."""
    needed = low = fewest_changes(alpha)
    high = low
    while _noticed(needed, high, share) < power and high < MOST_CASES:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _noticed(needed, middle, share) >= power else (middle, high)
    return high


def _noticed(needed: int, cases: int, share: float) -> float:
    return float(stats.binom.sf(needed - 1, cases, share))


def smallest_ratio(before: Sequence[float], after: Sequence[float], alpha: float, power: float) -> float:
    """The smallest change of a mean, as a share of it, that the spread of these pairs lets so many cases show."""
    one, other = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if len(one) < 2 or not one.mean():
        return math.inf
    spread = float(np.std(other - one, ddof=1)) / math.sqrt(len(one))
    return float((stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)) * spread / abs(one.mean()))
