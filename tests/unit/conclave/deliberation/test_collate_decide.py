"""``collate``, ``decide`` and constraints under whatever is said: laws that hold for every answer (Hypothesis)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from conclave.deliberation.collate import collate
from conclave.deliberation.constraints import complies, holds, unite, violations
from conclave.deliberation.decide import decide
from conclave.deliberation.scoring import score_options, scoring_of
from conclave.pack import ApprovalRule, Dimension
from conclave.types import (
    AgentKind,
    Assessment,
    AssessmentStatus,
    Choice,
    Collation,
    Constraint,
    Failure,
    Gap,
    GapReason,
    Operator,
    Option,
    Phase,
    RunStatus,
    Value,
    Verdict,
)
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

FIELDS = ("a", "b")
KINDS = {"s1": AgentKind.SAFETY, "s2": AgentKind.SAFETY, "b1": AgentKind.BUSINESS, "b2": AgentKind.BUSINESS}


def tenth_of_a(fields: Mapping[str, Value]) -> float:
    value = fields.get("a")
    return value / 10 if isinstance(value, int | float) else 0.0


DIMENSIONS = (Dimension(name="all", weight=1.0, score=tenth_of_a),)


def constraint(name: str, value: float, *, hard: bool = True, field: str = "a", agent: str = "s1") -> Constraint:
    return Constraint(
        id=name,
        field=field,
        operator=Operator.LE,
        value=value,
        unit="",
        hard=hard,
        source="s",
        evidence_id="e",
        reason="r",
        agent=agent,
    )


values = st.one_of(st.none(), st.integers(-3, 9), st.floats(-3, 9), st.booleans(), st.sampled_from(["x", "y"]))
constraints = st.builds(
    Constraint,
    id=st.sampled_from(["c1", "c2", "c3", "c4"]),
    field=st.sampled_from([*FIELDS, "missing"]),
    operator=st.sampled_from(list(Operator)),
    value=values,
    unit=st.just(""),
    hard=st.booleans(),
    source=st.sampled_from(["s", "t"]),
    evidence_id=st.just("e"),
    reason=st.just("r"),
    agent=st.sampled_from(list(KINDS)),
)
constraint_lists = st.lists(constraints, max_size=6)
options = st.lists(st.fixed_dictionaries({"a": values, "b": values}), min_size=0, max_size=6).map(
    lambda rows: tuple(
        Option(id=f"O{number}", action="x", parameters={}, fields=row, summary="") for number, row in enumerate(rows)
    )
)
gaps = st.lists(
    st.builds(
        Gap,
        tool=st.just("t"),
        item=st.sampled_from(["i", "j"]),
        reason=st.sampled_from(list(GapReason)),
        mandatory=st.booleans(),
        detail=st.just("d"),
    ),
    max_size=2,
)


@st.composite
def assessments(draw: st.DrawFn, phase: Phase = Phase.RECOMMEND, *, subset: bool = False) -> tuple[Assessment, ...]:
    names = draw(st.lists(st.sampled_from(list(KINDS)), unique=True)) if subset else list(KINDS)
    made = []
    for name in names:
        ok = draw(st.booleans())
        made.append(
            Assessment(
                agent=name,
                kind=KINDS[name],
                phase=phase,
                status=AssessmentStatus.OK if ok else AssessmentStatus.UNAVAILABLE,
                verdict=draw(st.sampled_from(list(Verdict))) if ok else None,
                scores=draw(st.dictionaries(st.sampled_from(["O0", "O1", "O2", "ghost"]), st.floats(0, 1)))
                if ok
                else {},
                constraints=tuple(structs.replace(each, agent=name) for each in draw(constraint_lists)),
                gaps=tuple(draw(gaps)),
                failure=None if ok else Failure(error="E", cause="c"),
            )
        )
    return tuple(made)


def predicates(items: Sequence[Constraint]) -> set[tuple[object, ...]]:
    return {(each.id, each.field, each.operator, repr(each.value)) for each in items}


def collated(given_options: Sequence[Option], *answers: Assessment) -> Collation:
    return collate(phase=Phase.RECOMMEND, options=given_options, frame_gaps=(), assessments=answers)


@given(constraint_lists, constraint_lists, constraint_lists)
def test_union_loses_nothing_and_order_changes_nothing(
    first: list[Constraint], second: list[Constraint], third: list[Constraint]
) -> None:
    united = unite(first, second, third)
    assert predicates(united) == predicates([*first, *second, *third])
    assert united == unite(third, first, second) == unite(unite(first, second), third) == unite(united, united)
    for each in (*first, *second, *third):
        if each.hard:
            assert any(same.hard and predicates([same]) == predicates([each]) for same in united)


@given(options, constraint_lists, constraints)
def test_one_more_constraint_never_adds_a_feasible_option(
    given_options: Sequence[Option], given_constraints: list[Constraint], more: Constraint
) -> None:
    before = {option.id for option in given_options if not violations(option, given_constraints)}
    after = {option.id for option in given_options if not violations(option, [*given_constraints, more])}
    assert after <= before


@given(options, assessments(), gaps)
def test_collation_keeps_every_constraint_and_halts_on_every_safety_failure(
    given_options: Sequence[Option], answers: tuple[Assessment, ...], frame_gaps: list[Gap]
) -> None:
    collation = collate(phase=Phase.RECOMMEND, options=given_options, frame_gaps=frame_gaps, assessments=answers)
    assert predicates(collation.constraints) == predicates([each for answer in answers for each in answer.constraints])
    safety = [answer for answer in answers if answer.kind is AgentKind.SAFETY]
    must_halt = (
        any(answer.status is not AssessmentStatus.OK for answer in safety)
        or any(gap.mandatory for answer in safety for gap in answer.gaps)
        or any(answer.verdict is Verdict.REJECT for answer in safety)
        or any(gap.mandatory for gap in frame_gaps)
    )
    assert bool(collation.halts) == must_halt
    business = [answer for answer in answers if answer.kind is AgentKind.BUSINESS]
    assert set(collation.degraded) == {each.agent for each in business if each.status is not AssessmentStatus.OK}
    assert set(collation.feasible) == {each.id for each in given_options if not violations(each, collation.constraints)}
    assert all(gap in collation.gaps for answer in answers for gap in answer.gaps)


@given(options, assessments(), assessments(Phase.REVISE, subset=True))
def test_revision_never_drops_what_was_said_before(
    given_options: Sequence[Option], first: tuple[Assessment, ...], second: tuple[Assessment, ...]
) -> None:
    before = collate(phase=Phase.RECOMMEND, options=given_options, frame_gaps=(), assessments=first)
    after = collate(
        phase=Phase.REVISE, options=given_options, frame_gaps=(), assessments=second, previous=before, earlier=first
    )
    assert predicates(before.constraints) <= predicates(after.constraints)
    assert set(after.feasible) <= set(before.feasible)
    assert set(before.halts) <= set(after.halts)
    assert set(before.gaps) <= set(after.gaps)


@given(
    options,
    assessments(),
    st.sampled_from(["O0", "O1", "O2", "ghost", ""]),
    st.lists(st.sampled_from(["O0", "O1", "O2", "O3", "ghost"])),
    st.booleans(),
)
def test_no_decision_violates_a_hard_constraint(
    given_options: Sequence[Option],
    answers: tuple[Assessment, ...],
    chosen: str,
    ranking: list[str],
    failed: bool,
) -> None:
    collation = collate(phase=Phase.RECOMMEND, options=given_options, frame_gaps=(), assessments=answers)
    failure = Failure(error="E", cause="c") if failed else None
    choice = Choice(option_id=chosen, ranking=ranking, justification="", confidence=1.0, failure=failure)
    decision = decide(
        options=given_options,
        collation=collation,
        choice=choice,
        scoring=scoring_of(given_options, DIMENSIONS),
        approvals=(ApprovalRule(field="a", operator=Operator.GE, value=5, reason="big"),),
    )
    feasible = {each.id for each in given_options if not violations(each, collation.constraints)}
    if decision.status is RunStatus.HALTED:
        assert decision.reasons
        assert decision.option_id == ""
    else:
        assert not collation.halts
        assert not failed
        assert decision.option_id == chosen
        assert chosen in feasible
        assert set(decision.ranking) <= feasible
        assert decision.degraded == bool(collation.degraded)
    if not collation.halts and chosen in feasible and not failed:
        assert decision.status is not RunStatus.HALTED


def test_a_missing_field_violates_and_a_field_that_does_not_apply_complies() -> None:
    assert not holds(fields={}, field="a", comparison=Operator.LE, value=1)
    assert holds(fields={"a": None}, field="a", comparison=Operator.LE, value=1)
    assert not holds(fields={"a": "x"}, field="a", comparison=Operator.LE, value=1)


@pytest.mark.parametrize(("actual", "value"), [("x", 1), (1, "x"), (True, "yes"), (1, None), ("x", None)])
def test_what_cannot_be_compared_violates_whatever_the_operator(actual: Value, value: Value) -> None:
    assert not any(holds(fields={"a": actual}, field="a", comparison=each, value=value) for each in Operator)


@pytest.mark.parametrize("fields", [{"a": "x"}, {"a": float("nan")}, {}])
@pytest.mark.parametrize("operator", [Operator.GT, Operator.GE, Operator.LT, Operator.LE, Operator.EQ])
def test_a_person_is_asked_when_it_cannot_be_told_whether_to(fields: Mapping[str, Value], operator: Operator) -> None:
    option = Option(id="O0", action="x", parameters={}, fields=fields, summary="")
    rule = ApprovalRule(field="a", operator=operator, value=5, reason="big")
    choice = Choice(option_id="O0", ranking=["O0"], justification="", confidence=1.0)
    decision = decide(
        options=[option],
        collation=collated([option]),
        choice=choice,
        scoring=scoring_of([option], ()),
        approvals=(rule,),
    )
    assert decision.status is RunStatus.APPROVAL_REQUIRED


@pytest.mark.parametrize(("value", "asked"), [(4, False), (5, True), (None, False)])
def test_a_person_is_asked_when_the_rule_says_so(value: Value, asked: bool) -> None:
    option = Option(id="O0", action="x", parameters={}, fields={"a": value}, summary="")
    rule = ApprovalRule(field="a", operator=Operator.GE, value=5, reason="big")
    choice = Choice(option_id="O0", ranking=["O0"], justification="", confidence=1.0)
    decision = decide(
        options=[option],
        collation=collated([option]),
        choice=choice,
        scoring=scoring_of([option], ()),
        approvals=(rule,),
    )
    assert (decision.status is RunStatus.APPROVAL_REQUIRED) is asked


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        (Operator.LE, [True, True, False]),
        (Operator.LT, [True, False, False]),
        (Operator.GE, [False, True, True]),
        (Operator.GT, [False, False, True]),
        (Operator.EQ, [False, True, False]),
        (Operator.NE, [True, False, True]),
    ],
)
def test_operators(operator: Operator, expected: list[bool]) -> None:
    assert [holds(fields={"a": each}, field="a", comparison=operator, value=2) for each in (1, 2, 3)] == expected


def test_soft_constraints_are_shown_and_rule_nothing_out() -> None:
    option = Option(id="O1", action="x", parameters={}, fields={"a": 5}, summary="")
    soft = constraint("c", 1, hard=False)
    (scored,) = score_options([option], [soft], scoring_of([option], DIMENSIONS))
    assert not complies(option, soft)
    assert scored.violations == ()
    assert scored.soft_violations == ("c",)
    assert scored.total == 0.5


def test_hard_wins_over_soft_for_the_same_predicate() -> None:
    (only,) = unite([constraint("c", 1, hard=False, agent="b1")], [constraint("c", 1, agent="s1")])
    assert only.hard
    assert only.agent == "s1"
