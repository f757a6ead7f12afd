"""The models that stand in for others. The table is held by name, the promise about safety agents by Hypothesis."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conclave.agents.prices import price_table
from conclave.pack import load_pack
from conclave.routing.chains import (
    FRAMING,
    FRAMING_TIER,
    Route,
    Routes,
    RouteUnknown,
    fields_for,
    models_of,
    only,
    routes,
)
from conclave.routing.inference import MOST_OUTPUT_TOKENS
from conclave.types import AgentKind
from hypothesis import given
from hypothesis import strategies as st

SMALL = "global.anthropic.claude-haiku-5-5"
LARGE = "global.anthropic.claude-sonnet-5-5"
MODELS = price_table().tiers


def asked(kind: str, tier: str) -> list[str]:
    return [route.model for route in routes().chain(kind, tier, MODELS)]


@pytest.mark.parametrize(
    ("kind", "tier", "chain"),
    [
        ("safety", "balanced", [SMALL, LARGE]),
        ("safety", "fast", [SMALL, LARGE]),
        ("safety", "strong", [LARGE]),
        ("business", "fast", [SMALL, LARGE]),
        ("business", "strong", [LARGE, SMALL]),
        ("arbiter", "fast", [SMALL, LARGE]),
        ("arbiter", "balanced", [SMALL, LARGE]),
        ("arbiter", "strong", [LARGE, SMALL]),
        ("frame", "fast", [SMALL, LARGE]),
    ],
)
def test_who_is_asked_in_turn(kind: str, tier: str, chain: list[str]) -> None:
    assert asked(kind, tier) == chain


def test_every_agent_of_the_packs_and_framing_have_somebody_who_stands_in() -> None:
    for name in ("airline", "example"):
        for agent in load_pack(name).agents:
            for tier in agent.every_tier:
                assert len(asked(agent.kind, tier)) == 2, (agent.name, tier)
    assert len(asked(FRAMING, FRAMING_TIER)) == 2


TIERS = list(routes().tiers)


@given(
    tier=st.sampled_from(TIERS),
    stand_ins=st.lists(st.sampled_from(TIERS)),
    models=st.fixed_dictionaries({tier: st.sampled_from("abc") for tier in TIERS}),
    kind=st.sampled_from([each.value for each in AgentKind]),
)
def test_nobody_weaker_stands_in_for_a_safety_agent_whatever_is_set(
    tier: str, stand_ins: Sequence[str], models: dict[str, str], kind: str
) -> None:
    chain = routes().chain(kind, tier, models, stand_ins)
    assert chain[0].model == models[tier]
    assert len({route.model for route in chain}) == len(chain)
    if kind == "safety":
        assert all(TIERS.index(route.tier) >= TIERS.index(tier) for route in chain)


def test_a_tier_or_a_kind_that_is_not_in_the_table_is_named() -> None:
    for kind, tier in (("safety", "huge"), ("cook", "fast")):
        with pytest.raises(RouteUnknown, match=f"{kind} agents on tier '{tier}'"):
            routes().chain(kind, tier, MODELS)


def test_a_model_is_asked_with_the_thinking_of_its_tier() -> None:
    fast, strong = routes().chain("business", "fast", MODELS)
    assert fast.fields == {"thinking": {"type": "disabled"}, "output_config": {"effort": "low"}}
    assert strong.fields == {"thinking": {"type": "adaptive"}, "output_config": {"effort": "medium"}}
    assert strong.max_tokens > fast.max_tokens
    (other,) = Routes(as_of="", tiers=routes().tiers, stand_ins=routes().stand_ins, never_down=()).chain(
        "business", "fast", dict.fromkeys(TIERS, "amazon.nova-lite-v1:0")
    )
    assert other == Route(tier="fast", model="amazon.nova-lite-v1:0", max_tokens=fast.max_tokens, fields={})


@pytest.mark.parametrize(
    ("model", "thinking", "effort", "fields"),
    [
        (SMALL, "adaptive", "high", {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}),
        ("us.amazon.nova-2-lite-v1:0", "disabled", "low", {"reasoningConfig": {"type": "disabled"}}),
        (
            "us.amazon.nova-2-lite-v1:0",
            "adaptive",
            "high",
            {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}},
        ),
        ("openai.gpt-oss-120b-1:0", "adaptive", "medium", {"reasoning_effort": "medium"}),
        ("amazon.nova-pro-v1:0", "adaptive", "high", {}),
        ("meta.llama4-maverick-17b-instruct-v1:0", "adaptive", "high", {}),
    ],
)
def test_each_family_is_told_to_think_in_its_own_form(
    model: str, thinking: str, effort: str, fields: dict[str, object]
) -> None:
    assert fields_for(model, thinking, effort) == fields


def test_thinking_only_grows_with_the_tier_and_has_room() -> None:
    most = [routes().tiers[tier]["max_tokens"] for tier in TIERS]
    assert most == sorted(most)
    assert most[-1] < MOST_OUTPUT_TOKENS, "an operator can leave every tier its room"
    assert TIERS == ["fast", "balanced", "strong", "reasoning"]


def test_a_role_needs_the_models_of_all_its_chains_each_once() -> None:
    assert models_of("arbiter", ("strong", "fast", "balanced"), MODELS) == (LARGE, SMALL)
    assert models_of("safety", ("strong",), MODELS) == (LARGE,)


def test_a_chain_of_one_has_nobody_else() -> None:
    (route,) = only("some.model")
    assert (route.model, route.fields) == ("some.model", {})
