"""``decide``, to the letter: what a decision says, case by case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from conclave.deliberation.decide import decide, halted
from conclave.deliberation.scoring import scoring_of
from conclave.pack import ApprovalRule, Dimension
from conclave.types import (
    Choice,
    Collation,
    Constraint,
    Decision,
    Failure,
    Operator,
    Option,
    Phase,
    Reason,
    RunStatus,
    Value,
)
from msgspec import structs

LOW = Constraint(
    id="low",
    field="heat",
    operator=Operator.LE,
    value=5,
    unit="K",
    hard=True,
    source="handbook 1",
    evidence_id="e",
    reason="r",
    agent="guard",
)
WISH = structs.replace(LOW, id="wish", value=1, hard=False)
HOT_NEEDS_A_PERSON = ApprovalRule(field="heat", operator=Operator.GE, value=4, reason="hot")


def option(number: int, heat: Value) -> Option:
    return Option(id=f"O{number}", action="x", parameters={}, fields={"heat": heat, "cost": 1 / 3}, summary="")


OPTIONS = (option(0, 2), option(1, 9), option(2, 4), option(3, 1))


def cold(fields: Mapping[str, Value]) -> float:
    return 1 - float(fields["heat"] or 0) / 10


DIMENSIONS = (
    Dimension(name="cold", weight=0.25, score=cold),
    Dimension(name="cost", weight=0.75, score=lambda fields: float(fields["cost"] or 0)),
)


def collation(**cells: object) -> Collation:
    united = Collation(
        phase=Phase.REVISE,
        constraints=(LOW, WISH),
        conflicts=(),
        claims=(),
        revise=(),
        gaps=(),
        halts=(),
        degraded=(),
        feasible=("O0", "O2", "O3"),
    )
    return structs.replace(united, **cells)


CHOICE = Choice(option_id="O0", ranking=["O2", "O1", "O0", "ghost", "O3"], justification="why", confidence=0.7)


def outcome(
    choice: Choice | None = CHOICE, options: Sequence[Option] = OPTIONS, united: Collation | None = None
) -> Decision:
    return decide(
        options=options,
        collation=united or collation(),
        choice=choice,
        scoring=scoring_of(options, DIMENSIONS),
        approvals=(HOT_NEEDS_A_PERSON,),
    )


def reason(decision: Decision) -> tuple[str, str]:
    assert decision.status is RunStatus.HALTED
    assert decision.option_id == ""
    (only,) = decision.reasons
    return only.code, only.detail


def test_a_decision_says_what_was_chosen_and_why() -> None:
    decision = outcome()

    assert decision == Decision(
        status=RunStatus.DECIDED,
        reasons=(),
        option_id="O0",
        ranking=("O0", "O2", "O3"),
        scores={"cold": 0.8, "cost": 0.333333},
        total=0.45,
        justification="why",
        confidence=0.7,
        degraded=False,
        options=decision.options,
    )


def test_every_option_is_scored_with_what_it_breaks() -> None:
    told = [(each.option_id, each.scores["cold"], each.total, each.violations) for each in outcome().options]

    assert told == [
        ("O0", 0.8, 0.45, ()),
        ("O1", 0.1, 0.275, ("low",)),
        ("O2", 0.6, 0.4, ()),
        ("O3", 0.9, 0.475, ()),
    ]
    assert [each.soft_violations for each in outcome().options] == [("wish",), ("wish",), ("wish",), ()]


@pytest.mark.parametrize(("heat", "score"), [(-7, 1.0), (0, 1.0), (10, 0.0), (17, 0.0)])
def test_a_score_stays_between_nothing_and_one(heat: int, score: float) -> None:
    assert outcome(options=(option(0, heat),)).options[0].scores["cold"] == score


def test_the_ranking_begins_with_the_choice_and_names_what_may_be_done_once() -> None:
    ranked = structs.replace(CHOICE, option_id="O3", ranking=["O0", "O0", "O1", "O3"])

    assert outcome(ranked).ranking == ("O3", "O0")


def test_the_scores_of_a_decision_are_those_of_the_chosen_option() -> None:
    decision = outcome(structs.replace(CHOICE, option_id="O3"))

    assert (decision.scores, decision.total) == ({"cold": 0.9, "cost": 0.333333}, 0.475)


def test_a_hot_option_waits_for_a_person() -> None:
    decision = outcome(structs.replace(CHOICE, option_id="O2"), united=collation(degraded=("buyer",)))

    assert decision.status is RunStatus.APPROVAL_REQUIRED
    assert decision.reasons == (
        Reason(code="approval_rule", detail="hot"),
        Reason(code="business_agent_unavailable", detail="decided without this agent", agent="buyer"),
    )
    assert decision.degraded


def test_a_degraded_decision_is_a_decision() -> None:
    decision = outcome(united=collation(degraded=("buyer",)))

    assert decision.status is RunStatus.DECIDED
    assert decision.degraded
    assert [each.agent for each in decision.reasons] == ["buyer"]


def test_what_halts_a_phase_is_the_only_reason_whatever_was_chosen() -> None:
    stop = (Reason(code="safety_agent_rejects", detail="no", agent="guard"), Reason(code="x", detail="y"))
    for choice in (CHOICE, None, structs.replace(CHOICE, option_id="ghost")):
        decision = outcome(choice, united=collation(halts=stop, degraded=("buyer",)))
        assert (decision.status, decision.reasons, decision.option_id) == (RunStatus.HALTED, stop, "")
        assert decision.degraded
        assert len(decision.options) == len(OPTIONS)


def test_an_option_that_breaks_a_rule_is_not_chosen() -> None:
    both = collation(constraints=(LOW, structs.replace(LOW, id="lower", value=3)))

    assert reason(outcome(structs.replace(CHOICE, option_id="O1"), united=both)) == (
        "choice_infeasible",
        "the arbiter chose O1, which breaks low, lower",
    )


@pytest.mark.parametrize("name", ["ghost", "", "o0", " O0", "O0 ", "O00", "\u041e0"])
def test_a_name_that_is_no_option_is_not_chosen(name: str) -> None:
    assert reason(outcome(structs.replace(CHOICE, option_id=name))) == (
        "choice_unknown",
        "the arbiter chose an option that does not exist",
    )


def test_without_an_answer_of_the_arbiter_nothing_is_chosen() -> None:
    failed = structs.replace(CHOICE, failure=Failure(error="Timeout", cause="8 s"))

    assert reason(outcome(None)) == ("arbiter_unavailable", "the arbiter was not asked")
    assert reason(outcome(failed)) == ("arbiter_unavailable", "Timeout: 8 s")


def test_where_nothing_is_feasible_nothing_is_chosen() -> None:
    none = collation(constraints=(structs.replace(LOW, value=0),))

    assert reason(outcome(united=none)) == ("no_feasible_option", "every option breaks a hard constraint")
    assert reason(outcome(options=())) == ("no_feasible_option", "the planner found no option")
    assert reason(outcome(None, options=())) == ("no_feasible_option", "the planner found no option")


def test_a_halt_is_of_one_reason() -> None:
    stop = Reason(code="execution_failed", detail="States.Timeout")

    assert halted(stop) == Decision(status=RunStatus.HALTED, reasons=(stop,), degraded=False, options=())
