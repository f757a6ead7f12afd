"""Clock times are read as they are written: zone or none, the day beside them, pairs."""

from __future__ import annotations

from datetime import date

import pytest
from conclave.language.clock_times import clock_times, unread_times
from conclave.language.text import normal

TODAY = date(2026, 11, 21)


def told(text: str) -> list[str]:
    return [each.told for each in clock_times(normal(text), TODAY)]


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("1640Z", ["16:40Z"]),
        ("16.40 UTC", ["16:40Z"]),
        ("1830 local", ["18:30L"]),
        ("1830LT", ["18:30L"]),
        ("1830L", ["18:30L"]),
        ("at 6 pm local", ["18:00L"]),
        ("until 9 am", ["09:00"]),
        ("bis 18 Uhr", ["18:00"]),
        ("jusqu'à 09h00 locales", ["09:00L"]),
        ("à 18h30", ["18:30"]),
        ("24:00", ["24:00"]),
        ("midnight local", ["24:00L"]),
        ("sixteen forty zulu", ["16:40Z"]),
        ("fifteen hundred hours local", ["15:00L"]),
        ("211640Z", ["2026-11-21 16:40Z"]),
        ("until tomorrow 0900 local", ["today+1 09:00L"]),
        ("0900L tomorrow", ["today+1 09:00L"]),
        ("until 22 Nov 0600Z", ["2026-11-22 06:00Z"]),
        ("today 0600Z", ["06:00Z"]),
        ("1900-2300Z", ["19:00Z", "23:00Z"]),
        ("from 1900 to 2300 local", ["19:00L", "23:00L"]),
        ("2h30 late", []),
        ("2026-11-21", []),
        ("1640 kg", []),
        ("24:30", []),
        ("13L", []),
        ("till 16z", ["16:00Z"]),
    ],
)
def test_a_time_is_read_as_it_is_written(text: str, times: list[str]) -> None:
    assert [each for each in told(text) if each] == times


def test_figures_alone_may_be_a_time_and_are_not_sure() -> None:
    (found,) = clock_times("item 1640", TODAY)
    assert (found.value, found.sure) == ("16:40", False)


def test_a_time_in_words_without_its_half_of_the_day_is_handed_back() -> None:
    assert unread_times("the one at ten past two, open until four in the afternoon") == [
        "ten past two",
        "four in the afternoon",
    ]
    assert unread_times("two to three hours") == []
