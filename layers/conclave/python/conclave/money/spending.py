"""What all runs together have spent, by day and by month, and whether one more may begin.

A run counts once, in the transaction that writes its outcome, under the UTC day and month of that moment. So a ceiling of a day
is passed by at most what the runs that are open at that moment may still spend, each no more than its own ceiling. A question
about a run counts all that it may spend before a model is asked, and gives back the rest: one that dies has added too much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from conclave.codes import RequestCode
from conclave.money.amounts import nanos
from conclave.money.budget import Level, level_of
from conclave.types import Usage

KEPT_DAYS = 800
"""Days for which sums are kept: two years, and the month under way."""


class Spent(Struct, frozen=True, kw_only=True):
    """What runs spent in a day or a month, in nano-dollars: what providers reported, and what is reserved for the rest."""

    settled_nanos: int = 0
    reserved_nanos: int = 0
    runs: int = 0

    @property
    def nanos(self) -> int:
        """Settled plus reserved."""
        return self.settled_nanos + self.reserved_nanos

    def plus(self, other: Spent) -> Spent:
        """Both together."""
        return Spent(
            settled_nanos=self.settled_nanos + other.settled_nanos,
            reserved_nanos=self.reserved_nanos + other.reserved_nanos,
            runs=self.runs + other.runs,
        )


NOTHING = Spent()


class Spending(Protocol):
    """The sums. A run is added with its outcome, see ``RunStore.publish``; a question about one by itself, see ``add``."""

    def spent(self, periods: Sequence[str]) -> Mapping[str, Spent]:
        """What was spent in periods, see ``periods_of``, consistently read; those of which nothing is known are missing."""
        ...

    def add(self, charge: Spent, now: str) -> None:
        """Adds to day and month of a timestamp, to both or to none.

        A charge below 0 gives back what was added before it.
        """
        ...


class Standing(StrEnum):
    """What the ceilings of day and month let a new run do."""

    OPEN = "open"
    FRUGAL = "frugal"
    """It begins in economy mode."""
    GONE = "gone"
    """It does not begin."""


def day_of(now: str) -> str:
    """The period that is a day (``day#2026-11-28``) of a timestamp."""
    return f"day#{now[:10]}"


def month_of(now: str) -> str:
    """The period that is a month (``month#2026-11``) of a timestamp."""
    return f"month#{now[:7]}"


def periods_of(now: str) -> tuple[str, str]:
    """Day and month of a timestamp."""
    return day_of(now), month_of(now)


def charge_of(usage: Usage) -> Spent:
    """What a run adds. An agent that was taken over writes what usage it likes: it can add too much, and take nothing away."""
    return Spent(settled_nanos=max(0, nanos(usage.cost_usd)), reserved_nanos=max(0, nanos(usage.reserved_usd)), runs=1)


def reserve_of(limit: int) -> Spent:
    """What a question adds before a model is asked: all that it may spend, in nano-dollars."""
    return Spent(reserved_nanos=limit)


def settlement_of(usage: Usage, limit: int) -> Spent:
    """What a question adds after it: what it used, in place of what was reserved."""
    used = charge_of(usage)
    return Spent(settled_nanos=used.settled_nanos, reserved_nanos=used.reserved_nanos - limit)


def standing(
    spent: Mapping[str, Spent], now: str, *, day_usd: float, month_usd: float, economy_from: float | None
) -> Standing:
    """What a run that begins now may do.

    Args:
        spent: What was spent, by period.
        now: The time, a timestamp.
        day_usd: Ceiling of a day.
        month_usd: Ceiling of a month.
        economy_from: Share of a ceiling, 0 to 1, from which runs are frugal; None where sums make none so.
    """
    shares = [
        spent.get(period, NOTHING).nanos / nanos(ceiling)
        for period, ceiling in ((day_of(now), day_usd), (month_of(now), month_usd))
    ]
    if max(shares) >= 1:
        return Standing.GONE
    return Standing.FRUGAL if economy_from is not None and max(shares) >= economy_from else Standing.OPEN


class Ceilings(Protocol):
    """The settings of money that count here. See ``conclave.configuration.settings.MoneySettings``."""

    @property
    def day_usd(self) -> float:
        """Ceiling of a day (UTC)."""
        ...

    @property
    def month_usd(self) -> float:
        """Ceiling of a month (UTC)."""
        ...

    @property
    def economy(self) -> str:
        """``on``, ``off`` or ``auto``."""
        ...

    @property
    def economy_from(self) -> float:
        """Share of a ceiling from which ``auto`` is on."""
        ...

    @property
    def budget(self) -> str:
        """How far the budget of the account is spent."""
        ...

    @property
    def budget_month(self) -> str:
        """The month for which that holds; empty for any."""
        ...


def money_left(ceilings: Ceilings, spending: Spending, now: str) -> tuple[Standing, RequestCode | None]:
    """What may be done that begins now, and the code of why nothing may where the money is gone.

    Args:
        ceilings: The settings in force.
        spending: What was spent.
        now: The time, a timestamp.
    """
    auto = ceilings.economy == "auto"
    budget = level_of(ceilings.budget, ceilings.budget_month, now)
    if budget is Level.SPENT:
        return Standing.GONE, RequestCode.BUDGET_SPENT
    spent, economy_from = spending.spent(periods_of(now)), ceilings.economy_from if auto else None
    found = standing(spent, now, day_usd=ceilings.day_usd, month_usd=ceilings.month_usd, economy_from=economy_from)
    if found is Standing.GONE:
        return found, RequestCode.MONEY_SPENT
    return Standing.FRUGAL if found is Standing.OPEN and auto and budget is Level.ECONOMY else found, None
