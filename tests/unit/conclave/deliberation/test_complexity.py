from __future__ import annotations

from typing import Any

import pytest
from conclave.agents.prices import price_table
from conclave.deliberation.complexity import Weighed, weighed
from conclave.pack import Agent, AgentKind, ArbitrationLimits, Complexity
from conclave.testing.rehearsal import rehearse
from conclave.types import (
    Collation,
    Conflict,
    ConflictKind,
    Constraint,
    Gap,
    GapReason,
    Ground,
    Operator,
    Phase,
    ScoredOption,
)
from msgspec import structs
from packs.airline import PACK

LIMITS = ArbitrationLimits(clear=0.10, close=0.02, many_options=3, many_gaps=1)
CONFLICT = Conflict(kind=ConflictKind.BUSINESS_BUSINESS, agents=("a", "b"), option_id="o0")
SAFETY = Conflict(kind=ConflictKind.SAFETY_SAFETY, agents=("a", "b"), constraint_ids=("c",))
GAP = Gap(tool="t", item="i", reason=GapReason.FAILED, mandatory=False, detail="")
ADDED = Constraint(
    id="model:cargo:f",
    field="f",
    operator=Operator.LE,
    value=1,
    unit="",
    hard=False,
    source="s",
    evidence_id="",
    reason="",
    agent="cargo",
)


def weigh(*totals: float, **more: Any) -> Weighed:
    ids = [f"o{place}" for place in range(len(totals))]
    collation = Collation(
        phase=Phase.RECOMMEND,
        constraints=(),
        conflicts=(),
        claims=(),
        revise=(),
        gaps=(),
        halts=(),
        degraded=(),
        feasible=tuple(ids),
    )
    scored = [
        ScoredOption(option_id=each, scores={}, total=total, violations=(), soft_violations=())
        for each, total in zip(ids, totals, strict=True)
    ]
    return weighed(structs.replace(collation, **more), scored, LIMITS)


@pytest.mark.parametrize("totals", [(0.4,), (0.5, 0.4), (0.4, 0.9, 0.2)])
def test_a_choice_that_the_total_makes_is_simple(totals: tuple[float, ...]) -> None:
    assert weigh(*totals) == Weighed(Complexity.SIMPLE)


@pytest.mark.parametrize(
    ("totals", "more", "complexity", "ground"),
    [
        ((0.5, 0.41), {}, Complexity.MODERATE, Ground.NOT_CLEAR),
        ((0.9, 0.1, 0.1, 0.1), {}, Complexity.MODERATE, Ground.MANY_OPTIONS),
        ((0.9, 0.1), {"gaps": (GAP,)}, Complexity.MODERATE, Ground.GAPS),
        ((0.9, 0.1), {"conflicts": (CONFLICT,)}, Complexity.MODERATE, Ground.CONFLICT),
        ((0.5, 0.481), {}, Complexity.COMPLEX, Ground.CLOSE),
        ((0.9, 0.1), {"gaps": (GAP, structs.replace(GAP, item="j"))}, Complexity.COMPLEX, Ground.MANY_GAPS),
        ((0.9, 0.1), {"conflicts": (SAFETY,)}, Complexity.COMPLEX, Ground.SAFETY_CONFLICT),
        ((0.9, 0.1), {"constraints": (ADDED,)}, Complexity.COMPLEX, Ground.REMARK),
        ((0.9, 0.1), {"degraded": ("cargo",)}, Complexity.COMPLEX, Ground.DEGRADED),
    ],
)
def test_each_ground_makes_it_harder(
    totals: tuple[float, ...], more: dict[str, Any], complexity: Complexity, ground: Ground
) -> None:
    assert weigh(*totals, **more) == Weighed(complexity, (ground,))


def test_hard_things_that_come_together_are_a_matter_of_reasoning() -> None:
    found = weigh(0.5, 0.49, degraded=("cargo",))
    assert found == Weighed(Complexity.REASONING, (Ground.CLOSE, Ground.DEGRADED))
    assert weigh(0.5, 0.49, gaps=(GAP,)).complexity is Complexity.COMPLEX


def test_what_is_ruled_out_does_not_count() -> None:
    over = {"feasible": ("o0",), "conflicts": (structs.replace(CONFLICT, option_id="o1"),)}
    assert weigh(0.5, 0.5, **over) == Weighed(Complexity.SIMPLE)


def test_a_rule_of_code_is_not_a_remark() -> None:
    assert weigh(0.9, 0.1, constraints=(structs.replace(ADDED, id="crew.rest"),)) == Weighed(Complexity.SIMPLE)


def test_the_harder_of_two_grounds_counts() -> None:
    found = weigh(0.5, 0.49, gaps=(GAP,))
    assert (found.complexity, set(found.grounds)) == (Complexity.COMPLEX, {Ground.CLOSE, Ground.GAPS})


def test_the_arbiter_of_the_airline_has_a_tier_for_each_and_no_other_agent_has() -> None:
    arbiter = PACK.arbiter
    assert [arbiter.for_choice(each).tier for each in Complexity] == ["fast", "balanced", "strong", "reasoning"]
    assert arbiter.every_tier == ("reasoning", "fast", "balanced", "strong")
    for agent in PACK.specialists:
        assert {agent.for_choice(each).tier for each in Complexity} == {agent.tier}
        assert agent.every_tier == (agent.tier,)


@pytest.mark.slow
def test_a_run_asks_the_model_that_the_choice_needs_and_says_so() -> None:
    day = "2026-11-21"
    rows, incident = PACK.sample(day, 1), PACK.typed_example(day)
    rows = {name: list(items) for name, items in rows.items()}
    for limits in (ArbitrationLimits(clear=0.0, close=0.0, many_options=100), ArbitrationLimits(close=1.0)):
        pack = structs.replace(PACK, arbitration=limits)
        done = rehearse(pack, rows, incident, received=f"{day}T04:00:00Z").document
        (arbiter,) = [each for each in done["agents"] if each["kind"] == "arbiter"]
        complexity = Complexity(arbiter["complexity"])
        assert arbiter["model"] == price_table().model(PACK.arbiter.for_choice(complexity).tier)
        assert (complexity in (Complexity.COMPLEX, Complexity.REASONING)) == (limits.close == 1.0)
        for each in done["agents"]:
            if each["kind"] != "arbiter":
                assert each["model"] == price_table().model(PACK.agent(each["name"]).tier)


@pytest.mark.parametrize("kind", [AgentKind.SAFETY, AgentKind.BUSINESS])
def test_a_pack_cannot_give_another_agent_a_cheaper_tier(kind: AgentKind) -> None:
    other: Agent = next(each for each in PACK.specialists if each.kind is kind)
    cheaper = structs.replace(other, tiers={Complexity.SIMPLE: "fast"})
    pack = structs.replace(PACK, agents=tuple(cheaper if each is other else each for each in PACK.agents))
    with pytest.raises(Exception, match=f"agent {other.name} has other tiers"):
        pack.validate()
