"""What a text states is read by words that a domain brings; here a works with pumps and people."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from conclave.language.statements.reading import read_statements
from conclave.language.statements.statement import Reading
from conclave.language.statements.wording import Wording
from conclave.language.text import normal

TODAY = date(2026, 11, 21)
WORKS = Wording.of(
    {
        "default": "unknown",
        "words": {"pump": ["leak", "leaks", "broken"], "staff": ["sick"], "road": ["closed"], "": ["case closed"]},
        "topics": {"pump": ["valve"], "staff": ["foreman"]},
        "withdrawn": {"pump": ["repaired"], "": ["solved"]},
        "not_over": ["until", "will be"],
        "cues": {
            "not_before": {"end": ["ready at"]},
            "closed_until": {"": ["opens at"]},
            "reference": {"": ["seen at"]},
        },
        "other_roles": ["reference"],
        "windows": {"road": ["closed_from", "closed_until"]},
        "code_forms": [r"fault (?P<code>\d\d)(?:/(?P<length>\d{4}))?"],
        "codes": {"41": "pump"},
        "marks": {"deferred": ["put off"]},
        "subjects": {"staff:chief": ["foreman"]},
        "fields": {"about": "of", "subject": "about", "mark": "mark", "code": "code", "minutes": "minutes"},
        "rewrites": [[r"P/(\d+)", r"pump leaks \1 minutes"]],
    }
)


def reading(text: str) -> Reading:
    return read_statements(WORKS.plain(text), WORKS, TODAY)


def stated(text: str) -> list[tuple[Any, ...]]:
    return [(each.kind, each.status, dict(each.values)) for each in reading(text).statements]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("the pump leaks", [("pump", "reported", {})]),
        ("the pump leaks, 3 hours", [("pump", "reported", {"minutes": 180})]),
        (
            "foreman sick and No.2 leak needing 3 hrs",
            [("staff", "reported", {"about": "chief"}), ("pump", "reported", {"minutes": 180})],
        ),
        (
            "3 hrs for the leak, foreman sick",
            [("pump", "reported", {"minutes": 180}), ("staff", "reported", {"about": "chief"})],
        ),
        ("no leak", [("pump", "withdrawn", {})]),
        ("it is not broken any more, repaired 10 min ago", [("pump", "withdrawn", {})]),
        ("not repaired yet, leaks", [("pump", "reported", {})]),
        ("leaks until repaired", [("pump", "reported", {})]),
        ("pump broken, ready at 1430Z", [("pump", "reported", {"not_before": "14:30Z", "of": "end"})]),
        ("pump broken until 1430Z", [("pump", "reported", {"not_before": "14:30Z"})]),
        ("road closed until 1430Z", [("road", "reported", {"closed_until": "14:30Z"})]),
        ("road closed 1300-1600Z", [("road", "reported", {"closed_from": "13:00Z", "closed_until": "16:00Z"})]),
        (
            "if we go after 1900Z the road is closed",
            [("road", "hypothetical", {"not_after": "19:00Z", "of": "off_blocks"})],
        ),
        ("the pump might be broken", [("pump", "hypothetical", {})]),
        ("fault 41/0145", [("pump", "reported", {"code": "41", "minutes": 105})]),
        ("leak, put off", [("pump", "reported", {"mark": "deferred"})]),
        ("leak, cannot be put off", [("pump", "reported", {})]),
        ("leak, put off exceeded", [("pump", "reported", {})]),
        ("disregard my last", [("unknown", "withdrawn", {})]),
        ("false alarm, no leak", [("pump", "withdrawn", {})]),
        ("the valve", [("pump", "reported", {})]),
        (
            "foreman sick, valve 2 hours",
            [("staff", "reported", {"about": "chief"}), ("pump", "reported", {"minutes": 120})],
        ),
        ("brokne", [("pump", "reported", {})]),
        ("case closed", []),
        ("leaks but ok", [("pump", "withdrawn", {})]),
        ("road closed 1300-1600Z then ok", [("road", "reported", {"closed_from": "13:00Z", "closed_until": "16:00Z"})]),
        ("pump broken, foreman ok", [("pump", "reported", {})]),
        ("3 hours", [("unknown", "reported", {"minutes": 180})]),
        ("P/30", [("pump", "reported", {"minutes": 30})]),
    ],
)
def test_a_text_states_things(text: str, wanted: list[Any]) -> None:
    assert stated(text) == wanted


def test_a_reason_is_no_thing_of_its_own_and_is_handed_back() -> None:
    found = reading("road closed because of a leak")
    assert [each.kind for each in found.statements] == ["road"]
    assert found.loose == ("leak",)


def test_what_belongs_to_nothing_is_handed_back() -> None:
    assert reading("pump broken, seen at 0600Z. The foreman knows").loose == ("foreman", "seen at 0600Z")


def test_a_second_figure_for_one_thing_is_open() -> None:
    assert reading("leak, 2 hours, 4 hours").open == ("leak 4 hours",)


def test_a_time_that_nobody_places_is_open() -> None:
    assert reading("pump broken 1430Z").open == ("1430Z",)


def test_clauses_of_unknown_words_are_handed_back_where_nothing_says_what_is_the_matter() -> None:
    assert reading("valve, hinges squeak, 20 min").loose == ("hinges squeak",)
    assert reading("pump broken, hinges squeak").loose == ()


def test_a_code_that_means_nothing_here_is_open() -> None:
    assert reading("fault 99").open == ("fault 99",)


def test_a_day_of_a_time_is_not_the_day_of_the_whole() -> None:
    text = normal("road closed until tomorrow 0900 local")
    ((start, end),) = reading(text).days
    assert text[start:end] == "tomorrow 0900 local"
