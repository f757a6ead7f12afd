"""A notice of the budget becomes a change of the configuration: once a month for each level, and never downwards.

Nothing takes a level back but the end of the month that it was set for, or a person: a level of another month does not hold.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from conclave.clock import Clock, timestamp
from conclave.configuration.changes import changes_in, with_value
from conclave.configuration.changing import Deployed, deploy_entered, in_force, make_change, under_way
from conclave.money.amounts import usd
from conclave.money.budget import Level, Notice, NoticeUnreadable, level_in, read_notice

WHO = "budget"
"""The name in the audit of the configuration. It is not a person's: theirs is an ARN."""


class ConfigurationUnderWay(Exception):
    """A change is being rolled out, and did not end in time."""


class Heeding(StrEnum):
    """The outcome of a notice."""

    CHANGED = "changed"
    """Its level is set and deployed."""
    STANDS = "stands"
    """Nothing to do: this level, or a higher one, was set for the month before. It holds, or a person took it back since."""
    NOT_YET = "not_yet"
    """Nothing follows from it: it is a forecast, or less is spent than anything follows from."""
    PAST = "past"
    """It is of another month than this one."""


def heed(text: str, configuration: Deployed, *, account: str, clock: Clock, wait: Callable[[], bool]) -> Heeding:
    """Sets what follows from a notice: frugal runs, or no new ones, until its month ends.

    Args:
        text: The notice as it came.
        configuration: What is changed.
        account: The account whose notices are heeded.
        clock: The time; waiting takes some.
        wait: Waits a while for another change to end; answers False, at once, when there is no time left for that.

    Raises:
        NoticeUnreadable: It is not a notice of the account's budget.
        ConfigurationUnderWay: Another change did not end in time.
        Exception: As ``make_change`` does.
    """
    notice = read_notice(text)
    if notice.account != account:
        raise NoticeUnreadable("it is a notice of another account")
    if notice.level is Level.NORMAL:
        return Heeding.NOT_YET
    while under_way(configuration):
        if not wait():
            raise ConfigurationUnderWay("a change of the configuration is being rolled out; the budget waits for it")
    now = timestamp(clock())
    if notice.month != now[:7]:
        return Heeding.PAST
    changes, before = changes_in(configuration.entries()), in_force(configuration)
    heeded = [each for each in changes if each.by == WHO and level_in(each.document, now).rank >= notice.level.rank]
    if heeded:
        # One that was entered last and is not deployed was left behind by an attempt that died in between.
        if heeded[-1] is changes[-1] and heeded[-1].document != before:
            deploy_entered(configuration, heeded[-1], at_once=True)
            return Heeding.CHANGED
        return Heeding.STANDS
    if level_in(before, now).rank >= notice.level.rank:
        return Heeding.STANDS
    after = with_value(before, "money.budget", notice.level.value)
    after = with_value(after, "money.budget_month", notice.month)
    make_change(configuration, before, after, by=WHO, why=_reason(notice), at=now, at_once=True)
    return Heeding.CHANGED


def _reason(notice: Notice) -> str:
    spent, of = (f"{usd(each):.2f} USD" for each in (notice.amount, notice.budgeted))
    return f"AWS Budgets: {spent} of {of} are spent in {notice.month}"
