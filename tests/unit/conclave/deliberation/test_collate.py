"""``collate``, to the letter: what the assessments of a phase mean together, case by case."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conclave.deliberation.collate import collate
from conclave.types import (
    AgentKind,
    Assessment,
    AssessmentStatus,
    Claim,
    Collation,
    Conflict,
    ConflictKind,
    Constraint,
    Failure,
    Gap,
    GapReason,
    Operator,
    Option,
    Phase,
    Reason,
    Verdict,
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
HIGH = structs.replace(LOW, id="high", operator=Operator.GE, value=6, agent="warden")
COLD = Option(id="O0", action="x", parameters={}, fields={"heat": 1}, summary="")
HOT = Option(id="O1", action="x", parameters={}, fields={"heat": 9}, summary="")
UNREADABLE = Gap(tool="look", item="gauges/G1", reason=GapReason.MISSING, mandatory=True, detail="no such row")
OPTIONAL = structs.replace(UNREADABLE, item="remarks", mandatory=False)


def said(agent: str, kind: AgentKind = AgentKind.BUSINESS, **cells: object) -> Assessment:
    plain = Assessment(
        agent=agent,
        kind=kind,
        phase=Phase.RECOMMEND,
        status=AssessmentStatus.OK,
        verdict=Verdict.APPROVE,
        scores={"O0": 0.2, "O1": 0.9},
        confidence=0.5,
    )
    return structs.replace(plain, **cells)


def guarded(agent: str = "guard", **cells: object) -> Assessment:
    return said(agent, AgentKind.SAFETY, **cells)


def collated(
    *answers: Assessment, frame_gaps: tuple[Gap, ...] = (), options: tuple[Option, ...] = (COLD, HOT)
) -> Collation:
    return collate(phase=Phase.RECOMMEND, options=options, frame_gaps=frame_gaps, assessments=answers)


def revised(before: Collation, earlier: list[Assessment], *answers: Assessment) -> Collation:
    return collate(
        phase=Phase.REVISE,
        options=(COLD, HOT),
        frame_gaps=(),
        assessments=[structs.replace(each, phase=Phase.REVISE) for each in answers],
        previous=before,
        earlier=earlier,
    )


def test_agents_who_agree_collide_nowhere_and_answer_once() -> None:
    found = collated(guarded(scores={"O0": 1.0}), said("buyer"))

    assert found == Collation(
        phase=Phase.RECOMMEND,
        constraints=(),
        conflicts=(),
        claims=found.claims,
        revise=(),
        gaps=(),
        halts=(),
        degraded=(),
        feasible=("O0", "O1"),
    )


def test_a_claim_names_the_best_and_the_worst() -> None:
    scores = {"O0": 0.5, "O1": 0.9, "O2": 0.5, "O3": 0.1, "O4": 0.7}
    rules = (structs.replace(LOW, value=0), LOW, *(structs.replace(LOW, id=name) for name in "edcba"))
    found = collated(guarded(scores=scores, constraints=rules, verdict=None, confidence=0.4))

    assert found.claims == (
        Claim(
            agent="guard",
            kind=AgentKind.SAFETY,
            verdict=Verdict.CAUTION,
            confidence=0.4,
            constraint_ids=("a", "b", "c", "d", "e", "low"),
            best=("O1", "O4", "O0"),
            worst=("O3", "O2", "O0"),
        ),
    )
    (of_open_ones,) = collated(guarded(scores={"O0": 0.2, "O1": 0.9}, constraints=(LOW,))).claims
    assert (of_open_ones.best, of_open_ones.worst) == (("O0",), ("O0",))


def test_a_wish_that_is_ruled_out_is_a_conflict() -> None:
    found = collated(guarded(constraints=(LOW, structs.replace(LOW, id="soft", hard=False))), said("buyer"))

    assert found.feasible == ("O0",)
    assert found.conflicts == (
        Conflict(
            kind=ConflictKind.SAFETY_BUSINESS,
            agents=("guard", "buyer"),
            option_id="O1",
            constraint_ids=("low",),
            detail="buyer prefers O1, which guard rules out",
        ),
    )
    assert found.revise == ()


def test_a_rule_of_a_business_agent_is_no_guard_s() -> None:
    found = collated(said("buyer", constraints=(LOW,), scores={"O0": 1.0}), said("cook", scores={"O1": 1.0}))

    assert found.feasible == ("O0",)
    assert [each.kind for each in found.conflicts] == []


def test_an_agent_without_a_wish_is_in_no_conflict_and_hears_the_news() -> None:
    found = collated(guarded(constraints=(LOW,)), said("buyer", scores={}), said("cook", scores={}))

    assert found.conflicts == ()
    assert found.revise == ("buyer", "cook")


def test_two_guards_between_whom_nothing_is_left_collide() -> None:
    idle = structs.replace(LOW, id="idle", value=100)
    soft = structs.replace(LOW, id="soft", value=0, hard=False)
    higher = tuple(structs.replace(HIGH, id=name) for name in "edcba")
    found = collated(guarded(constraints=(LOW, idle, soft)), guarded("warden", constraints=higher))

    assert found.feasible == ()
    assert found.conflicts == (
        Conflict(
            kind=ConflictKind.SAFETY_SAFETY,
            agents=("guard", "warden"),
            constraint_ids=("a", "b", "c", "d", "e", "low"),
            detail="no option satisfies both guard and warden",
        ),
    )
    assert found.revise == ()


@pytest.mark.parametrize("value", [0, 100])
def test_a_guard_that_allows_nothing_or_everything_collides_with_no_other_guard(value: int) -> None:
    found = collated(guarded(constraints=(structs.replace(LOW, value=value),)), guarded("warden", constraints=(HIGH,)))

    assert found.conflicts == ()


def test_wishes_collide_where_one_is_another_s_worst() -> None:
    ranked = {"O0": 0.9, "O2": 0.8, "O3": 0.7, "O4": 0.6, "O1": 0.5}
    mild = {"O1": 0.9, "O0": 0.8, "O2": 0.7, "O3": 0.6, "O4": 0.5}
    near = {"O0": 0.9, "O1": 0.8, "O2": 0.7, "O3": 0.6, "O4": 0.5}
    options = tuple(structs.replace(COLD, id=each) for each in near)

    def between(buyer: dict[str, float], cook: dict[str, float]) -> Sequence[Conflict]:
        return collated(said("buyer", scores=buyer), said("cook", scores=cook), options=options).conflicts

    assert between(ranked, mild) == (
        Conflict(
            kind=ConflictKind.BUSINESS_BUSINESS,
            agents=("buyer", "cook"),
            option_id="O0",
            detail="buyer prefers O0, cook prefers O1",
        ),
    )
    assert [each.agents for each in between(mild, ranked)] == [("buyer", "cook")]
    assert between(near, mild) == ()
    assert between(mild, dict(mild)) == ()
    assert collated(said("buyer"), said("cook")).conflicts == ()
    assert between({}, mild) == between(mild, {}) == ()


def test_wishes_for_what_a_guard_rules_out_collide_with_no_other_wish() -> None:
    cold = {"O0": 0.9, "O1": 0.2}
    found = collated(said("buyer"), said("cook", scores=cold), guarded(constraints=(LOW,)))

    assert [each.agents for each in found.conflicts] == [("guard", "buyer")]
    assert [each.agents for each in collated(said("buyer"), said("cook", scores=cold)).conflicts] == [("buyer", "cook")]


@pytest.mark.parametrize(
    ("failure", "detail"),
    [(Failure(error="Timeout", cause="8 s"), "Timeout: 8 s"), (None, "no answer and no cause")],
)
def test_a_guard_that_is_not_there_halts(failure: Failure | None, detail: str) -> None:
    found = collated(guarded(status=AssessmentStatus.UNAVAILABLE, failure=failure), said("buyer"))

    assert found.halts == (Reason(code="safety_agent_unavailable", detail=detail, agent="guard"),)
    assert found.degraded == ()
    assert [claim.agent for claim in found.claims] == ["buyer"]


def test_a_business_agent_that_is_not_there_halts_nothing_whatever_it_said() -> None:
    silent = said("buyer", status=AssessmentStatus.UNAVAILABLE, verdict=Verdict.REJECT, gaps=(UNREADABLE,))
    found = collated(silent, said("cook", verdict=Verdict.REJECT), guarded())

    assert found.halts == ()
    assert found.degraded == ("buyer",)
    assert found.gaps == (UNREADABLE,)


def test_missing_facts_and_rejections_halt_in_their_order() -> None:
    found = collated(
        guarded("warden", verdict=Verdict.REJECT, gaps=(UNREADABLE, OPTIONAL)),
        guarded(verdict=Verdict.REJECT, gaps=(OPTIONAL,)),
        frame_gaps=(UNREADABLE, OPTIONAL),
    )

    detail, rejects = "gauges/G1: no such row", "the agent rejects every course of action"
    assert found.halts == (
        Reason(code="mandatory_facts_missing", detail=detail),
        Reason(code="mandatory_facts_missing", detail=detail, agent="warden"),
        Reason(code="safety_agent_rejects", detail=rejects, agent="guard"),
        Reason(code="safety_agent_rejects", detail=rejects, agent="warden"),
    )
    assert found.gaps == (UNREADABLE, OPTIONAL)


def test_in_revise_everything_that_was_said_before_still_stands() -> None:
    first = [guarded(constraints=(LOW,), gaps=(OPTIONAL,)), said("buyer")]
    before = collated(*first)
    added = structs.replace(HIGH, id="floor", value=0)
    after = revised(before, first, guarded("guard", constraints=(added,)))

    assert [each.id for each in after.constraints] == ["floor", "low"]
    assert after.gaps == (OPTIONAL,)
    assert after.revise == ()
    assert after.phase is Phase.REVISE
    assert [claim.agent for claim in after.claims] == ["buyer", "guard"]
    assert after.feasible == ("O0",)


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.CAUTION, None])
def test_a_guard_takes_nothing_back(verdict: Verdict | None) -> None:
    first = [guarded(verdict=Verdict.REJECT)]
    after = revised(collated(*first), first, guarded(verdict=verdict))

    assert [each.code for each in after.halts] == ["safety_agent_rejects"]


def test_a_guard_that_fails_in_revise_halts_though_it_answered_before() -> None:
    first = [guarded(), said("buyer")]
    after = revised(collated(*first), first, guarded(status=AssessmentStatus.UNAVAILABLE))

    assert [each.code for each in after.halts] == ["safety_agent_unavailable"]


def test_a_business_agent_that_answers_only_in_revise_is_heard() -> None:
    first = [guarded(), said("buyer", status=AssessmentStatus.UNAVAILABLE)]
    lost = revised(collated(*first), first, said("buyer", status=AssessmentStatus.UNAVAILABLE))
    heard = revised(collated(*first), first, said("buyer"))

    assert (lost.degraded, heard.degraded) == (("buyer",), ())


def test_a_business_agent_that_fails_in_revise_keeps_its_first_answer() -> None:
    first = [guarded(), said("buyer")]
    after = revised(collated(*first), first, said("buyer", status=AssessmentStatus.UNAVAILABLE, verdict=None))

    assert after.degraded == ()
    assert after.claims == collated(*first).claims


def test_a_business_agent_may_change_its_mind() -> None:
    first = [guarded(), said("buyer")]
    after = revised(collated(*first), first, said("buyer", scores={"O0": 1.0}, confidence=0.9))

    assert [(claim.agent, claim.best, claim.confidence) for claim in after.claims] == [
        ("buyer", ("O0",), 0.9),
        ("guard", ("O1", "O0"), 0.5),
    ]
