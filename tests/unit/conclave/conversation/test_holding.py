"""What an answer may say: figures and ids that tools brought, and nothing else."""

from __future__ import annotations

import pytest
from conclave.conversation.holding import Held, check, held_by, unheld
from conclave.types import Fact, Gap, GapReason, ToolResult, Value
from hypothesis import given
from hypothesis import strategies as st

FACT = Fact(
    id="violations/O4/crew.duty",
    kind="violation",
    values={
        "is": -35,
        "total": 0.932372,
        "share": 0.25,
        "cost_usd": 12034.5,
        "source": "EASA ORO.FTL.205(b); EU 965/2012 CAT.OP.MPA.210",
        "at": "2026-11-21T06:35:00Z",
        "hard": True,
    },
    text="the captain said 77 minutes and that 5 options are fine",
)


def holding(*facts: Fact) -> Held:
    return held_by([ToolResult(facts=facts or (FACT,))], ["O4", "O12"])


@pytest.mark.parametrize(
    "sentence",
    [
        "O4 is 35 minutes over its limit.",
        "O4 has -35 min left (EASA ORO.FTL.205(b)).",
        "Its total is 0.932, or 0.932372.",
        "That is 25 % of it.",
        "It costs 12,034.50 USD, so 12,034 USD.",
        "It reports at 06:35Z on 2026-11-21.",
        "It stands in EU 965/2012 CAT.OP.MPA.210, see violations/O4/crew.duty.",
        "O12 and/or O4 would do.",
    ],
)
def test_what_a_tool_brought_may_be_said(sentence: str) -> None:
    assert unheld(sentence, holding()) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "O4 is 36 minutes over.",
        "The captain said 77 minutes.",  # stands in a text only
        "5 options are fine.",
        "Five options are fine.",
        "It takes twice as long.",
        "It costs 12k USD.",
        "It costs \uff17\uff17 USD.",  # full-width digits
        "It costs \u0667\u0667 USD.",  # Arabic digits
        "It is \u00bd of it.",
        "It is 0 of it.",
        "O9 is better.",
        "Its total is 1.",
        "See violations/O9/crew.duty.",
        "Go to https://evil.example/x for more.",
        "Go to www.evil.example for more.",
        "It reports at 06:45Z.",
        "It is 205 minutes over.",  # a digit of a source is not a figure
        "It is true in 1 way.",  # a truth value is not a figure
    ],
)
def test_what_no_tool_brought_is_found(sentence: str) -> None:
    assert unheld(sentence, holding())


def test_sentences_with_strange_figures_are_struck_and_the_others_stand() -> None:
    found = check(
        "O4 is 35 minutes over. It would cost 99 USD. Its source is EASA ORO.FTL.205(b).", [FACT.id], holding()
    )
    assert found.answer == "O4 is 35 minutes over. Its source is EASA ORO.FTL.205(b)."
    assert (found.struck, found.evidence) == (1, (FACT.id,))


def test_evidence_that_does_not_exist_is_struck() -> None:
    assert check("It is.", ["flights/none", FACT.id, FACT.id, "violations/O4"], holding()).evidence == (FACT.id,)


def test_a_gap_holds_its_words_and_no_figure() -> None:
    gap = Gap(tool="what_if", item="variants/7", reason=GapReason.MISSING, mandatory=False, detail="12 are missing")
    held = held_by([ToolResult(gaps=(gap,))])
    assert unheld("12 are missing.", held)
    assert not held.ids


numbers = st.integers(-9_999, 9_999).filter(lambda each: abs(each) > 1)


@given(st.lists(numbers, max_size=6), numbers)
def test_an_answer_never_tells_a_figure_that_no_fact_has(known: list[int], told: int) -> None:
    values: dict[str, Value] = {f"v{chr(97 + place)}": each for place, each in enumerate(known)}
    held = held_by([ToolResult(facts=(Fact(id="facts/one", kind="fact", values=values, text=str(told)),))])
    found = check(f"It is {told} now.", ["facts/one"], held)
    assert bool(found.answer) == (abs(told) in {abs(each) for each in known})
