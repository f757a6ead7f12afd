"""Which model each agent of the airline has, and what that costs. docs/decisions.md says why."""

from __future__ import annotations

from conclave.agents.prices import price_table
from conclave.pack import load_pack
from conclave.types import AgentKind, Complexity, Usage

SMALL = "global.anthropic.claude-haiku-5-5"
LARGE = "global.anthropic.claude-sonnet-5-5"
AIRLINE = load_pack("airline")
ANSWER = Usage(input_tokens=5_000, output_tokens=500)


def test_specialists_have_the_small_model() -> None:
    asked = {agent.name: price_table().model(agent.tier) for agent in AIRLINE.specialists}
    assert asked == dict.fromkeys(
        ("crew_compliance", "maintenance", "regulatory", "network", "guest_experience", "cargo", "finance"), SMALL
    )


def test_the_arbiter_has_the_large_model_where_the_choice_is_complex() -> None:
    arbiter = AIRLINE.arbiter
    asked = {each: price_table().model(arbiter.for_choice(each).tier) for each in Complexity}
    assert asked == {Complexity.SIMPLE: SMALL, Complexity.MODERATE: SMALL, Complexity.COMPLEX: LARGE}
    assert price_table().model(arbiter.tier) == LARGE


def test_no_tier_of_a_safety_agent_is_below_those_of_business_agents() -> None:
    order = list(price_table().tiers)
    assert order == ["fast", "balanced", "strong"]
    places = {kind: [order.index(each.tier) for each in AIRLINE.agents if each.kind is kind] for kind in AgentKind}
    assert min(places[AgentKind.SAFETY]) >= max(places[AgentKind.BUSINESS])
    assert all(not each.tiers for each in AIRLINE.specialists)


def test_the_better_tier_is_never_the_cheaper_one() -> None:
    table = price_table()
    costs = [table.price(table.model(tier)).cost(ANSWER) for tier in ("fast", "balanced", "strong")]
    assert costs == sorted(costs)
    assert costs[0] < costs[-1]
