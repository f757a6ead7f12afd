"""Who answers again: whoever faces nothing that could change its answer is left in peace, and nobody else (Hypothesis)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from conclave.deliberation.collate import collate
from conclave.deliberation.constraints import violations
from conclave.deliberation.revising import ACCEPTABLE, favourite, may_change, news_for, ranked, revision
from conclave.types import (
    AgentKind,
    Assessment,
    AssessmentStatus,
    Collation,
    Constraint,
    Operator,
    Option,
    Phase,
    Revision,
    Stance,
    Verdict,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

OPTIONS = tuple(
    Option(id=f"O{number}", action="x", parameters={}, fields={"heat": number}, summary="") for number in range(4)
)
IDS = tuple(each.id for each in OPTIONS)
LIKED = {"O0": 0.1, "O1": 0.5, "O2": 0.7, "O3": 0.9}


def limit(value: float, *, by: str = "guard", **cells: object) -> Constraint:
    plain = Constraint(
        id=f"{by}:{value}",
        field="heat",
        operator=Operator.LE,
        value=value,
        unit="K",
        hard=True,
        source="handbook 1",
        evidence_id="e",
        reason="r",
        agent=by,
    )
    return structs.replace(plain, **cells)


def judged(value: float, *, hard: bool = True, by: str = "guard") -> Constraint:
    return limit(value, by=by, id=f"model:{by}:heat", hard=hard)


def said(kind: AgentKind, scores: Mapping[str, float] = LIKED, *own: Constraint) -> Assessment:
    return Assessment(
        agent="hearer",
        kind=kind,
        phase=Phase.RECOMMEND,
        status=AssessmentStatus.OK,
        verdict=Verdict.CAUTION,
        scores=scores,
        constraints=own,
    )


KINDS = st.sampled_from([AgentKind.SAFETY, AgentKind.BUSINESS])
LIMITS = st.builds(
    limit,
    st.integers(-1, 5),
    by=st.sampled_from(["guard", "hearer"]),
    operator=st.sampled_from([Operator.LE, Operator.GE, Operator.NE]),
    hard=st.booleans(),
)
FIGURES = st.sampled_from([0.0, 0.1, ACCEPTABLE, 0.5, 0.9])
SCORES = st.fixed_dictionaries(dict.fromkeys(IDS, FIGURES))


def still_open(*constraints: Constraint) -> list[str]:
    return [each.id for each in OPTIONS if not violations(each, constraints)]


def fits(answer: Assessment, ids: Sequence[str]) -> bool:
    """Whether an agent that is true to its scores would answer the same, were it asked about these options only.

    A safety agent that accepts none of them would reject; a business agent would not score them all alike.
    """
    scores = [answer.scores[each] for each in ids]
    if answer.kind is AgentKind.SAFETY:
        return max(scores) >= ACCEPTABLE
    return len(scores) == 1 or len(set(scores)) > 1


@given(KINDS, SCORES, st.lists(LIMITS, max_size=3), st.lists(LIMITS, max_size=3))
def test_rules_of_checks_have_somebody_asked_exactly_when_they_turn_what_the_answer_does(
    kind: AgentKind, scores: dict[str, float], own: list[Constraint], others: list[Constraint]
) -> None:
    answer = said(kind, scores, *own)
    before, after = still_open(*own), still_open(*own, *others)
    turned = bool(after) and fits(answer, before) and not fits(answer, after)
    assert may_change(answer, OPTIONS, [*own, *others]) == turned


@given(SCORES, st.lists(LIMITS, max_size=3), st.integers(6, 9), st.booleans(), st.sampled_from(["guard", "buyer"]))
def test_a_safety_agent_that_faces_a_new_constraint_of_a_model_is_always_asked(
    scores: dict[str, float], own: list[Constraint], value: int, hard: bool, by: str
) -> None:
    assert may_change(said(AgentKind.SAFETY, scores, *own), OPTIONS, [*own, judged(value, hard=hard, by=by)])


@given(KINDS, SCORES, st.lists(LIMITS, max_size=4), st.randoms())
def test_what_an_agent_said_itself_is_no_news_to_it(
    kind: AgentKind, scores: dict[str, float], own: list[Constraint], random: object
) -> None:
    same = [structs.replace(each, id=f"{each.agent}/again", agent="peer") for each in own]
    echoed = [judged(each.value, by="peer") for each in own if each.operator is Operator.LE and each.hard]  # type: ignore[arg-type]
    soft = [structs.replace(each, hard=False) for each in echoed]
    assert not may_change(said(kind, scores, *own), OPTIONS, [*own, *same, *echoed, *soft])


@given(KINDS, SCORES, st.lists(LIMITS, max_size=3), st.lists(LIMITS, max_size=3), LIMITS)
def test_a_rule_that_no_option_breaks_and_one_that_is_soft_change_nothing(
    kind: AgentKind, scores: dict[str, float], own: list[Constraint], others: list[Constraint], more: Constraint
) -> None:
    answer = said(kind, scores, *own)
    idle = structs.replace(more, operator=Operator.LE, value=99, hard=True)
    everything = [*own, *others]
    expected = may_change(answer, OPTIONS, everything)
    assert may_change(answer, OPTIONS, [*everything, idle, structs.replace(more, hard=False)]) == expected


@settings(max_examples=200)
@given(st.lists(st.tuples(KINDS, SCORES, st.lists(LIMITS, max_size=2)), min_size=1, max_size=4))
def test_promises_hold_whoever_is_asked_again(rows: list[tuple[AgentKind, dict[str, float], list[Constraint]]]) -> None:
    first = [
        structs.replace(said(kind, scores, *own), agent=f"a{number}") for number, (kind, scores, own) in enumerate(rows)
    ]
    before = collate(phase=Phase.RECOMMEND, options=OPTIONS, frame_gaps=(), assessments=first)
    asked = [structs.replace(each, phase=Phase.REVISE, constraints=()) for each in first if each.agent in before.revise]
    after = collate(
        phase=Phase.REVISE, options=OPTIONS, frame_gaps=(), assessments=asked, previous=before, earlier=first
    )
    assert after.constraints == before.constraints
    assert after.feasible == before.feasible
    assert set(before.halts) <= set(after.halts)
    assert [each.agent for each in after.revisions] == list(before.revise)
    for each in first:
        news = news_for(each, before, OPTIONS)
        assert [option.id for option in news.options] == list(before.feasible or IDS)
        assert not {(rule.operator, rule.value) for rule in news.constraints} & {
            (rule.operator, rule.value) for rule in each.constraints if rule.hard
        }
        assert each.agent in {claim.agent for claim in news.claims}


@pytest.mark.parametrize(
    ("kind", "scores", "value", "asked"),
    [
        (AgentKind.SAFETY, LIKED, 0, True),  # nothing is left that it accepts
        (AgentKind.SAFETY, LIKED, 1, False),  # O1 is
        (AgentKind.SAFETY, LIKED, -1, False),  # nothing is left at all: no answer brings an option back
        (AgentKind.SAFETY, {**LIKED, "O0": ACCEPTABLE}, 0, False),
        (AgentKind.SAFETY, dict.fromkeys(IDS, 0.1), 0, False),  # it accepted nothing before either
        (AgentKind.SAFETY, {"O3": 0.9}, 0, True),  # it has not judged what is left
        (AgentKind.BUSINESS, LIKED, 0, False),  # one option needs no ranking
        (AgentKind.BUSINESS, LIKED, 1, False),
        (AgentKind.BUSINESS, {**LIKED, "O1": 0.1}, 1, True),  # what is left it scored alike
        (AgentKind.BUSINESS, dict.fromkeys(IDS, 0.5), 1, False),  # it has no wish
        (AgentKind.BUSINESS, {}, 1, True),
    ],
)
def test_who_is_asked(kind: AgentKind, scores: dict[str, float], value: int, asked: bool) -> None:
    assert may_change(said(kind, scores), OPTIONS, [limit(value)]) is asked


@pytest.mark.parametrize("cells", [{"field": "cost"}, {"operator": Operator.LT}, {"value": 8}, {"hard": False}])
def test_another_predicate_of_a_model_than_one_s_own_is_news(cells: dict[str, object]) -> None:
    own = structs.replace(limit(9, by="hearer"), **cells)
    assert may_change(said(AgentKind.SAFETY, LIKED, own), OPTIONS, [own, judged(9)])
    assert not may_change(said(AgentKind.BUSINESS, LIKED, own), OPTIONS, [own, judged(9)])


def test_news_are_what_is_new_and_what_those_say_who_brought_it() -> None:
    hearer = said(AgentKind.SAFETY, LIKED, limit(9, by="hearer"))
    guard = structs.replace(hearer, agent="guard", constraints=(limit(1), limit(9), judged(8)))
    buyer = structs.replace(said(AgentKind.BUSINESS), agent="buyer", constraints=(judged(7, hard=False, by="buyer"),))
    cook = structs.replace(said(AgentKind.BUSINESS), agent="cook", constraints=(limit(6, by="cook", hard=False),))
    found = collate(phase=Phase.RECOMMEND, options=OPTIONS, frame_gaps=(), assessments=(hearer, guard, buyer, cook))
    news = news_for(hearer, found, OPTIONS)
    assert [each.id for each in news.options] == ["O0", "O1"]
    assert [each.id for each in news.constraints] == ["guard:1", "model:buyer:heat", "model:guard:heat"]
    assert [each.agent for each in news.claims] == ["buyer", "guard", "hearer"]
    assert news.earlier is hearer


def test_a_revision_counts_what_became_another() -> None:
    before = said(AgentKind.SAFETY, LIKED, limit(9))
    same = structs.replace(before, phase=Phase.REVISE, stance=Stance.CONFIRM)
    assert revision(before, same, IDS) == Revision(agent="hearer", stance=Stance.CONFIRM)
    assert not revision(before, same, IDS).changed

    now = structs.replace(
        same,
        stance=Stance.STRENGTHEN,
        verdict=Verdict.REJECT,
        scores={**LIKED, "O1": 0.0, "O3": 0.2},
        constraints=(limit(9), judged(8), limit(7, hard=False)),
    )
    counted = revision(before, now, IDS)
    assert counted == Revision(
        agent="hearer", stance=Stance.STRENGTHEN, verdict=True, scores=2, constraints=1, favourite=True
    )
    assert revision(before, now, ["O0", "O2"]) == structs.replace(counted, favourite=False)
    for one in ({"verdict": True}, {"scores": 1}, {"constraints": 1}, {"favourite": True}):
        assert Revision(agent="x", **one).changed

    lost = structs.replace(same, status=AssessmentStatus.UNAVAILABLE, stance=None, scores={}, verdict=None)
    assert revision(before, lost, IDS) == Revision(agent="hearer")


def test_of_equal_scores_the_first_id_stands_first() -> None:
    answer = said(AgentKind.BUSINESS, {"O2": 0.5, "O1": 0.5, "O0": 0.1})
    assert ranked(answer, IDS) == ["O1", "O2", "O0"]
    assert (favourite(answer, IDS), favourite(answer, ["O3"]), favourite(answer, [])) == ("O1", "", "")


def test_only_what_was_asked_in_revise_counts_as_a_revision() -> None:
    first = (said(AgentKind.SAFETY), structs.replace(said(AgentKind.BUSINESS), agent="buyer"))
    found: Collation = collate(phase=Phase.RECOMMEND, options=OPTIONS, frame_gaps=(), assessments=first)
    assert found.revisions == ()
