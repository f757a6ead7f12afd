"""Notices of AWS Budgets, read strictly: plain text for people, and how far a month's budget is spent by it. Pure.

AWS does not document the text. This is what receivers of it recorded between 2019 and 2023 (docs/decisions.md, *Money*); what
looks otherwise is refused and not guessed at, so that a new form rings an alarm and stops nobody's work.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum

from msgspec import Struct

from conclave.money.amounts import nanos

ECONOMY_PERCENT, SPENT_PERCENT = 80, 100
"""Shares of the budget from which runs are frugal, and from which no new run begins."""
MAX_CHARACTERS = 4_000
"""Several times a notice."""

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_BEGINS = re.compile(rf"AWS Budget Notification ({'|'.join(_MONTHS)}) (\d{{1,2}}), (20\d\d)")
_ACCOUNT = re.compile(r"AWS Account (\d{12})")
_FIELDS = ("Budget Type", "Budgeted Amount", "Alert Type", "Alert Threshold")
_USD = r"\$(\d{1,3}(?:,\d{3})+\.\d\d|\d+\.\d\d)"


class NoticeUnreadable(ValueError):
    """A text is not a notice of this account's budget as it is known; the message says what is missing, and quotes nothing."""


class Level(StrEnum):
    """The share of a month's budget that is spent, as ``money.budget`` of the settings says it; from least to most."""

    NORMAL = "normal"
    ECONOMY = "economy"
    """New runs are frugal."""
    SPENT = "spent"
    """No report becomes a new run."""

    @property
    def rank(self) -> int:
        """Its place: a higher one is never replaced by a lower one of the same month."""
        return [*Level].index(self)


class Notice(Struct, frozen=True, kw_only=True):
    """A notice about costs. Amounts are in nano-dollars.

    Attributes:
        account: The account that it is about, twelve digits.
        month: The month in which it was sent (UTC), ``2026-11``.
        forecast: Whether it tells what is expected, and not what is spent.
        budgeted: The budget of the month.
        amount: What is spent, or expected.
    """

    account: str
    month: str
    forecast: bool
    budgeted: int
    amount: int

    @property
    def level(self) -> Level:
        """The level that follows from it. What is only expected changes nothing."""
        percent = 0 if self.forecast else self.amount * 100 // self.budgeted
        return (
            Level.SPENT if percent >= SPENT_PERCENT else Level.ECONOMY if percent >= ECONOMY_PERCENT else Level.NORMAL
        )


def read_notice(text: str) -> Notice:
    """The notice that a text is.

    Raises:
        NoticeUnreadable: It is none, or not one about costs in US dollars.
    """
    if len(text) > MAX_CHARACTERS:
        raise NoticeUnreadable("the notice is longer than any is")
    lines = [line.strip() for line in text.strip().splitlines()]
    begins = _BEGINS.fullmatch(lines[0]) if lines else None
    account = _ACCOUNT.fullmatch(lines[1]) if len(lines) > 1 else None
    if begins is None or account is None:
        raise NoticeUnreadable("it does not begin as a notice of AWS Budgets, with its day and the account")
    fields = {name: _field(lines, name) for name in _FIELDS}
    kind = fields["Alert Type"]
    if fields["Budget Type"] != "Cost" or kind not in ("ACTUAL", "FORECASTED"):
        raise NoticeUnreadable("it is not about costs, actual or forecasted")
    amount = _usd(_field(lines, f"{kind} Amount"), f"{kind} Amount")
    budgeted = _usd(fields["Budgeted Amount"], "Budgeted Amount")
    threshold = _usd(fields["Alert Threshold"].removeprefix("> "), "Alert Threshold")
    if not budgeted or amount < threshold:
        raise NoticeUnreadable("its amounts contradict each other")
    return Notice(
        account=account[1],
        month=_month(begins[1], int(begins[2]), int(begins[3])),
        forecast=kind == "FORECASTED",
        budgeted=budgeted,
        amount=amount,
    )


def level_of(budget: str, of_month: str, now: str) -> Level:
    """The level that holds at a time.

    Args:
        budget: The level that was set.
        of_month: The month that it was set for, after which it no longer holds; empty where it holds until it is taken back.
        now: The time, a timestamp.
    """
    return Level(budget) if of_month in ("", now[:7]) else Level.NORMAL


def level_in(document: Mapping[str, object], now: str) -> Level:
    """The level that a document of settings sets at a time; ``NORMAL`` where it sets none."""
    money = document.get("money")
    if not isinstance(money, Mapping):
        return Level.NORMAL
    return level_of(str(money.get("budget", Level.NORMAL)), str(money.get("budget_month", "")), now)


def _field(lines: Sequence[str], name: str) -> str:
    found = [line.removeprefix(f"{name}: ") for line in lines if line.startswith(f"{name}: ")]
    if len(found) != 1:
        raise NoticeUnreadable(f"it has {'no' if not found else 'more than one'} line with its {name}")
    return found[0]


def _usd(said: str, name: str) -> int:
    match = re.fullmatch(_USD, said)
    if match is None:
        raise NoticeUnreadable(f"its {name} is not an amount in US dollars")
    return nanos(match[1].replace(",", ""))


def _month(name: str, day: int, year: int) -> str:
    try:
        return date(year, _MONTHS.index(name) + 1, day).isoformat()[:7]
    except ValueError:
        raise NoticeUnreadable("its day is not one of the calendar") from None
