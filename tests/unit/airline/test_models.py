"""Which model each agent of the airline has, and what that costs. docs/decisions.md says why."""

from __future__ import annotations

from conclave.agents.prices import price_table
from conclave.pack import load_pack
from conclave.routing.chains import routes
from conclave.types import AgentKind, Complexity, Usage

SMALL = "global.anthropic.claude-haiku-5-5"
LARGE = "global.anthropic.claude-sonnet-5-5"
AIRLINE = load_pack("airline")
ANSWER = Usage(input_tokens=5_000, output_tokens=500)


def test_specialists_have_the_small_model_and_safety_agents_let_it_think() -> None:
    safety, business = ("crew_compliance", "maintenance", "regulatory"), (
        "network", "guest_experience", "cargo", "finance",
    )  # fmt: skip
    asked = {agent.name: (agent.tier, price_table().model(agent.tier)) for agent in AIRLINE.specialists}
    assert asked == {**dict.fromkeys(safety, ("balanced", SMALL)), **dict.fromkeys(business, ("fast", SMALL))}
    thinks = {
        agent.name: routes().chain(agent.kind, agent.tier, price_table().tiers)[0].fields["thinking"]["type"]
        for agent in AIRLINE.specialists
    }
    assert thinks == {**dict.fromkeys(safety, "adaptive"), **dict.fromkeys(business, "disabled")}


def test_the_tiers_that_share_a_model_differ_in_how_long_it_thinks() -> None:
    by_model: dict[str, list[tuple[str, str]]] = {}
    for tier, asked in routes().tiers.items():
        by_model.setdefault(price_table().model(tier), []).append((asked["thinking"], asked["effort"]))
    assert list(by_model) == [SMALL, LARGE]
    assert all(len(set(found)) == len(found) for found in by_model.values())


def test_the_arbiter_has_the_large_model_where_the_choice_is_complex() -> None:
    arbiter = AIRLINE.arbiter
    asked = {each: price_table().model(arbiter.for_choice(each).tier) for each in Complexity}
    assert asked == {
        Complexity.SIMPLE: SMALL,
        Complexity.MODERATE: SMALL,
        Complexity.COMPLEX: LARGE,
        Complexity.REASONING: LARGE,
    }
    assert price_table().model(arbiter.tier) == LARGE


def test_no_tier_of_a_safety_agent_is_below_those_of_business_agents() -> None:
    order = list(price_table().tiers)
    assert order == ["fast", "balanced", "strong", "reasoning"] == list(routes().tiers)
    places = {kind: [order.index(each.tier) for each in AIRLINE.agents if each.kind is kind] for kind in AgentKind}
    assert min(places[AgentKind.SAFETY]) >= max(places[AgentKind.BUSINESS])
    assert all(not each.tiers for each in AIRLINE.specialists)


def test_the_better_tier_is_never_the_cheaper_one() -> None:
    table = price_table()
    costs = [table.price(table.model(tier)).cost(ANSWER) for tier in ("fast", "balanced", "strong", "reasoning")]
    assert costs == sorted(costs)
    assert costs[0] < costs[-1]
