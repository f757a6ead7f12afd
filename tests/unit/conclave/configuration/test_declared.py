"""Settings beside what a pack declares."""

from __future__ import annotations

from itertools import product

import pytest
from conclave.configuration.declared import chain_of, reachable_tiers, seconds_of, tier_of
from conclave.configuration.document import settings_from
from conclave.configuration.settings import TIERS, Settings
from conclave.types import AgentKind, Complexity

KINDS = [None, *AgentKind]


def named(kind: AgentKind | None) -> str:
    return kind.value if kind else "framing"


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_setting_everything_is_as_declared(kind: AgentKind | None) -> None:
    assert tier_of(Settings(), kind, declared="balanced", complexity=Complexity.SIMPLE) == "balanced"
    assert chain_of(Settings(), kind, tier="fast") == []
    assert kind is None or seconds_of(Settings(), kind, declared=60) == 60


def test_tier_by_complexity_goes_before_the_tier() -> None:
    settings = settings_from({"models": {"arbiter": {"tier": "balanced", "by_complexity": {"simple": "fast"}}}})
    assert tier_of(settings, AgentKind.ARBITER, declared="strong", complexity=Complexity.SIMPLE) == "fast"
    assert tier_of(settings, AgentKind.ARBITER, declared="strong", complexity=Complexity.COMPLEX) == "balanced"
    assert tier_of(settings, AgentKind.ARBITER, declared="strong") == "balanced"
    assert tier_of(settings, AgentKind.BUSINESS, declared="strong") == "strong"


@pytest.mark.parametrize(("set_to", "declared"), [*product(TIERS, TIERS)])
def test_safety_agent_is_never_on_a_weaker_tier_than_declared(set_to: str, declared: str) -> None:
    settings = settings_from({"models": {"safety": {"tier": set_to, "chain": [*TIERS]}}})
    tier = tier_of(settings, AgentKind.SAFETY, declared=declared)
    assert TIERS.index(tier) == max(TIERS.index(set_to), TIERS.index(declared))
    assert all(TIERS.index(each) > TIERS.index(tier) for each in chain_of(settings, AgentKind.SAFETY, tier=tier))


@pytest.mark.parametrize(("kind", "declared"), [*product(KINDS, TIERS)])
def test_roles_can_reach_every_tier_that_settings_give(kind: AgentKind | None, declared: str) -> None:
    reachable = reachable_tiers(kind, declared=[declared])
    for set_to in TIERS:
        settings = settings_from({"models": {named(kind): {"tier": set_to, "chain": [*TIERS]}}})
        tier = tier_of(settings, kind, declared=declared)
        assert {tier, *chain_of(settings, kind, tier=tier)} <= {*reachable}


def test_role_of_a_safety_agent_reaches_nothing_weaker() -> None:
    assert reachable_tiers(AgentKind.SAFETY, declared=["balanced"]) == ("balanced", "strong", "reasoning")
    assert reachable_tiers(AgentKind.BUSINESS, declared=["balanced"]) == ("balanced", "fast", "strong", "reasoning")


def test_chain_leaves_out_the_tier_itself() -> None:
    settings = settings_from({"models": {"business": {"chain": ["strong", "fast"]}}})
    assert chain_of(settings, AgentKind.BUSINESS, tier="strong") == ["fast"]


@pytest.mark.parametrize("kind", AgentKind)
def test_time_is_what_is_set_and_at_most_what_is_declared(kind: AgentKind) -> None:
    settings = settings_from({"limits": {"seconds": {kind.value: 40}}})
    assert seconds_of(settings, kind, declared=60) == 40
    assert seconds_of(settings, kind, declared=30) == 30
