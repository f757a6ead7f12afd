"""Notices of AWS Budgets are read as they come, and what looks otherwise is refused."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.money.amounts import nanos
from conclave.money.budget import MAX_CHARACTERS, Level, Notice, NoticeUnreadable, level_in, level_of, read_notice
from hypothesis import given
from hypothesis import strategies as st

NOW = "2026-11-28T10:00:00.000Z"
RECORDED = (
    "AWS Budget Notification September 26, 2022\nAWS Account 123456789012\n\nDear AWS Customer,\n\nYou requested that we alert "
    "you when the ACTUAL Cost associated with your Test Budget budget is greater than $0.16 for the current month. The ACTUAL "
    "Cost associated with this budget is $0.59. You can find additional details below and by accessing the AWS Budgets "
    "dashboard [1].\n\nBudget Name: Test Budget\nBudget Type: Cost\nBudgeted Amount: $0.20\nAlert Type: ACTUAL\n"
    "Alert Threshold: > $0.16\nACTUAL Amount: $0.59\n\n[1] https://console.aws.amazon.com/billing/home#/budgets\n"
)
"""As a topic got it, but for the account."""


def notice(**lines: str) -> str:
    """A notice of another budget, with lines of one's own."""
    told = {
        "day": "November 28, 2026",
        "account": "AWS Account 123456789012",
        "type": "Budget Type: Cost",
        "budgeted": "Budgeted Amount: $2,000.00",
        "alert": "Alert Type: ACTUAL",
        "threshold": "Alert Threshold: > $1,600.00",
        "amount": "ACTUAL Amount: $1,650.10",
        **lines,
    }
    day, account, *rest = told.values()
    return (
        f"AWS Budget Notification {day}\n{account}\n\nDear AWS Customer,\n\nBudget Name: b\n" + "\n".join(rest) + "\n"
    )


def test_a_notice_is_read_to_the_cent() -> None:
    assert read_notice(RECORDED) == Notice(
        account="123456789012", month="2022-09", forecast=False, budgeted=nanos("0.20"), amount=nanos("0.59")
    )
    assert read_notice(notice()) == Notice(
        account="123456789012", month="2026-11", forecast=False, budgeted=nanos(2000), amount=nanos("1650.10")
    )


@pytest.mark.parametrize(
    ("amount", "level"),
    [
        ("1,599.99", Level.NORMAL),
        ("1,600.00", Level.ECONOMY),
        ("1,999.99", Level.ECONOMY),
        ("2,000.00", Level.SPENT),
        ("123,456.78", Level.SPENT),
    ],
)
def test_the_level_follows_from_what_is_spent_of_the_budget(amount: str, level: Level) -> None:
    text = notice(threshold="Alert Threshold: > $10.00", amount=f"ACTUAL Amount: ${amount}")
    assert read_notice(text).level is level
    expected = text.replace("ACTUAL", "FORECASTED")
    assert (read_notice(expected).forecast, read_notice(expected).level) == (True, Level.NORMAL)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "does not begin"),
        ('{"AlarmName": "x", "NewStateValue": "ALARM"}', "does not begin"),
        ("Dear customer\n" + RECORDED, "does not begin"),
        (notice(day="Smarch 13, 2026"), "does not begin"),
        (notice(day="November 31, 2026"), "not one of the calendar"),
        (notice(account="AWS Account 12345"), "does not begin"),
        (notice(type="Budget Type: Usage"), "not about costs"),
        (notice(alert="Alert Type: GUESSED"), "not about costs"),
        (notice(budgeted="Budgeted Amount: 2.000,00 EUR"), "Budgeted Amount is not an amount"),
        (notice(budgeted="Budgeted Amount: $0.00"), "contradict"),
        (notice(threshold="Alert Threshold: > 80%"), "Alert Threshold is not an amount"),
        (notice(amount="ACTUAL Amount: $1,599.99"), "contradict"),
        (notice(amount="ACTUAL Amount: $1,6500.10"), "ACTUAL Amount is not an amount"),
        (notice(amount="ACTUAL Amount: $-5.00"), "ACTUAL Amount is not an amount"),
        (notice(amount="FORECASTED Amount: $1,650.10"), "no line with its ACTUAL Amount"),
        (notice(amount="ACTUAL Amount: $1,650.10\nACTUAL Amount: $0.10"), "more than one line"),
        (notice() + " " * MAX_CHARACTERS + ".", "longer than any"),
    ],
)
def test_what_is_not_such_a_notice_is_refused_with_what_is_missing(text: str, said: str) -> None:
    with pytest.raises(NoticeUnreadable, match=said):
        read_notice(text)


@given(st.text(max_size=300), st.integers(0, len(RECORDED)), st.integers(0, 40))
def test_no_text_does_more_than_be_read_or_refused(text: str, at: int, taken: int) -> None:
    for each in (text, RECORDED[:at] + text + RECORDED[at + taken :]):
        try:
            assert read_notice(each).budgeted > 0
        except NoticeUnreadable:
            continue


@pytest.mark.parametrize(
    ("document", "level"),
    [
        ({}, Level.NORMAL),
        ({"money": 3}, Level.NORMAL),
        ({"money": {"budget": "economy", "budget_month": "2026-11"}}, Level.ECONOMY),
        ({"money": {"budget": "spent", "budget_month": "2026-10"}}, Level.NORMAL),
        ({"money": {"budget": "spent"}}, Level.SPENT),
    ],
)
def test_a_level_holds_for_its_month_and_without_one_until_it_is_taken_back(document: Any, level: Level) -> None:
    assert level_in(document, NOW) is level


def test_a_new_month_begins_as_the_clock_does() -> None:
    assert level_of("spent", "2026-11", "2026-11-30T23:59:59.999Z") is Level.SPENT
    assert level_of("spent", "2026-11", "2026-12-01T00:00:00.000Z") is Level.NORMAL
