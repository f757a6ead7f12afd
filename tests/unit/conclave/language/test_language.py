"""The engine's reading of sentences knows no domain: a pack says what its words mean for figures beside them."""

from __future__ import annotations

from datetime import date

import pytest
from conclave.language.dates import dates, impossible_dates
from conclave.language.durations import minutes, past_minutes
from conclave.language.reporters import without_reporters
from conclave.language.text import NO_JARGON, Jargon

TODAY = date(2026, 11, 21)
JARGON = Jargon.of(
    {"no_day_after": ["pipes?"], "no_day_before": ["valves"], "goes_on": [r"LEAKS\b"], "clock_after": ["shift"]}
)


@pytest.mark.parametrize(
    ("text", "without", "within"),
    [
        ("A17, pipe for 12/30 leaks", ["2026-12-30"], []),
        ("AB17 22/11 valves leak", ["2026-11-22"], []),
        ("A17 on the 22nd LEAKS", [], ["2026-11-22"]),
        ("AB17 22/11 leaks", ["2026-11-22"], ["2026-11-22"]),
        ("on page 12/30 it leaks", [], []),
    ],
)
def test_jargon_says_what_is_a_day(text: str, without: list[str], within: list[str]) -> None:
    assert [each.value for each in dates(text, TODAY, NO_JARGON)] == without
    assert [each.value for each in dates(text, TODAY, JARGON)] == within


def test_jargon_says_what_is_a_time_of_the_clock() -> None:
    assert [each.value for each in minutes("shift 2:30 h", NO_JARGON)] == [150]
    assert list(minutes("shift 2:30 h", JARGON)) == []


def test_figures_that_jargon_takes_for_no_day_are_not_an_impossible_one() -> None:
    assert impossible_dates("A17, pipe for 31/11", TODAY, NO_JARGON) == ["31/11"]
    assert impossible_dates("A17, pipe for 31/11", TODAY, JARGON) == []


def test_a_duration_is_over_or_still_to_come() -> None:
    text = "closed since 2 hours, open in 3 hours"
    assert [each.value for each in past_minutes(text)] == [120]
    assert [each.value for each in minutes(text)] == [180]


def test_a_domain_names_what_stands_amid_a_report() -> None:
    said = {"who": ["warden"], "says": ["reports"], "by": []}
    assert without_reporters("the warden quay reports smoke", **said).strip() != "smoke"
    assert without_reporters("the warden quay reports smoke", **said, amid=["quay"]).strip() == "smoke"
