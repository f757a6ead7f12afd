"""Each rule of quality finds what it is for, and lets pass what a careful person writes."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.quality.english import other_language
from conclave.quality.rules import MOST_CHARACTERS, Rule, Told, breaches
from conclave.types import Constraint, Fact, Gap, GapReason, Operator, Option, Verdict
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

FACT = Fact(
    id="crew_rosters/C17#2026-11-21", kind="roster", values={"duty_minutes": 745, "base": "AUH"}, text="call 0800 999"
)
OPTIONS = tuple(
    Option(id=name, action=action, parameters={"tail": "A6-FE1"}, fields={"delay_minutes": late, "cost_usd": cost},
           summary=f"{action} EY17")
    for name, action, late, cost in (("O1", "delay", 180, 48_200.0), ("O2", "swap_aircraft", 35, 21_400.0))
)  # fmt: skip
LIMIT = Constraint(
    id="crew_duty_minutes_780", field="crew_duty_minutes", operator=Operator.LE, value=780, unit="min", hard=True,
    source="EASA ORO.FTL.205(b)", evidence_id=FACT.id, reason="the longest duty",
)  # fmt: skip
GAP = Gap(tool="weather_at", item="weather/LHR", reason=GapReason.STALE, mandatory=False, detail="old")
LACKING = Gap(tool="crew_of", item="crews/C0171", reason=GapReason.MISSING, mandatory=True, detail="no such crew")
TOLD = Told(
    agent="crew", phase="recommend", prose="", verdict=Verdict.CAUTION,
    incident={"flight": "EY17", "problems": [{"minutes": 90}]},
    options=OPTIONS, figures=(0.892, 0.61), facts=(FACT,), constraints=(LIMIT,), gaps=(GAP, LACKING),
)  # fmt: skip


def found(prose: str, **changes: Any) -> list[Rule]:
    return [each.rule for each in breaches(structs.replace(TOLD, prose=prose, **changes))]


@pytest.mark.parametrize(
    "prose",
    [
        "O1 takes the crew to 745 of 780 minutes of duty; O2 keeps them well below.",
        "O1 breaks EASA ORO.FTL.205(b) by crew_rosters/C17#2026-11-21, and O2 does not.",
        "Swap aircraft for 21,400 USD: the delay of 35 min is the least of 2 options.",
        "1 of 2 options breaks crew_duty_minutes_780; 1 gap: weather/LHR.",
        "The weather is stale, so weather/LHR decides nothing for O1 with its total of 0.89.",
        "1 gap: crews/C0171, so nobody knows about O1.",
        "EY17 waits for 90 minutes as it was reported, with O2 on A6-FE1.",
    ],
)
def test_what_rests_on_tools_breaks_no_rule(prose: str) -> None:
    assert found(prose) == []


@pytest.mark.parametrize(
    ("prose", "rule"),
    [
        ("O1 takes the crew to 812 minutes of duty.", Rule.FIGURE),
        ("Call 0800 999 before O1 is flown.", Rule.FIGURE),
        ("It would save three million with O2.", Rule.FIGURE),
        ("9 of 12 options break the limit that O1 breaks.", Rule.FIGURE),
        ("O1 breaks the roster in crew_rosters/C99#2026-11-21.", Rule.EVIDENCE),
        ("O7 is the best of them all by far.", Rule.EVIDENCE),
        ("This is not a good idea at all, be careful.", Rule.EVIDENCE),
        ("O1: no.", Rule.LENGTH),
        ("O1 is late. " * 40, Rule.LENGTH),
        ("O1 est la meilleure des options pour les passagers avec une correspondance dans le hub.", Rule.LANGUAGE),
        ("O1 ist die beste der Optionen, weil das Flugzeug nicht auf dem Weg ist.", Rule.LANGUAGE),
        ("الخيار O1 هو الأفضل للركاب", Rule.LANGUAGE),
    ],
)
def test_each_rule_finds_what_it_is_for(prose: str, rule: Rule) -> None:
    assert found(prose) == [rule]


def test_an_approval_need_not_say_of_what() -> None:
    assert found("Everything is fine with all of them.", verdict=Verdict.APPROVE) == []
    assert found("Everything is fine with all of them.", verdict=None, phase="arbitrate") == [Rule.EVIDENCE]


def test_the_arbiter_may_say_more() -> None:
    between = "O1 and not O2: " + "it is the better one of the pair, " * 10
    assert MOST_CHARACTERS[False] < len(between) < MOST_CHARACTERS[True]
    assert found(between) == [Rule.LENGTH]
    assert found(between, verdict=None, phase="arbitrate") == []


def test_without_facts_neither_figures_nor_evidence_are_judged() -> None:
    made_up = "O1 takes the crew to 812 minutes by crew_rosters/C99#2026-11-21."
    assert found(made_up) == [Rule.EVIDENCE, Rule.FIGURE]
    assert found(made_up, facts=None) == []
    assert found("O7 is the best of them all by far.", facts=None) == [Rule.EVIDENCE]


def test_a_breach_says_whose_and_what() -> None:
    (breach,) = breaches(structs.replace(TOLD, prose="O1 takes the crew to 812 minutes of duty."))
    assert (breach.agent, breach.phase, breach.detail) == ("crew", "recommend", "says 812, which nothing brought")


@given(st.text(max_size=600))
def test_whatever_a_model_writes_is_judged(prose: str) -> None:
    told = breaches(structs.replace(TOLD, prose=prose))
    assert len({each.rule for each in told}) == len(told)
    assert all(len(each.detail) < 700 and "\n" not in each.detail.strip() for each in told if each.rule is Rule.LENGTH)


def test_names_and_codes_make_no_other_language() -> None:
    assert other_language("O2: A6-FE1 to São Paulo, Málaga and Zürich; the crew of El Prat is legal.") == ""
    assert other_language("") == ""
