"""Parameters of inference by kind of agent: what goes before what, what a family takes, and what a safety agent keeps."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
from conclave.agents.prices import price_table
from conclave.configuration.applied import inference_of, not_taken
from conclave.configuration.document import settings_from
from conclave.configuration.settings import PACKAGED
from conclave.pack import Inferences, PackInvalid, load_pack
from conclave.routing.chains import routes
from conclave.routing.inference import EFFORTS, Inference, takes
from conclave.types import AgentKind
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

SMALL = "global.anthropic.claude-haiku-5-5"
NOVA = "us.amazon.nova-2-lite-v1:0"
EXAMPLE = load_pack("example")


def declaring(**inference: Inference) -> Any:
    return structs.replace(EXAMPLE, inference=Inferences(**inference))


def test_what_is_set_goes_before_what_the_pack_declares_parameter_by_parameter() -> None:
    pack = declaring(arbiter=Inference(max_tokens=900, effort="high"), framing=Inference(temperature=0.0))
    settings = settings_from({"models": {"arbiter": {"inference": {"max_tokens": 1200}}}})
    assert inference_of(pack, settings, AgentKind.ARBITER) == Inference(max_tokens=1200, effort="high")
    assert inference_of(pack, settings, None) == Inference(temperature=0.0)
    assert inference_of(pack, settings, AgentKind.BUSINESS) == Inference()


def test_nothing_stated_is_the_way_of_the_tier() -> None:
    (route, *_) = routes().chain("business", "balanced", price_table().tiers)
    assert (route.max_tokens, route.sampling) == (routes().tiers["balanced"]["max_tokens"], {})


def test_each_model_of_a_chain_is_asked_with_what_its_family_takes() -> None:
    models = {**dict.fromkeys(routes().tiers, SMALL), "fast": NOVA}
    stated = Inference(max_tokens=700, temperature=0.0, effort="medium")
    nova, small = routes().chain("business", "fast", models, ("strong",), stated)
    assert (nova.max_tokens, nova.sampling) == (700, {"temperature": 0.0})
    assert (small.max_tokens, small.sampling) == (700, {})
    assert small.fields["output_config"] == {"effort": "medium"}


@given(
    effort=st.sampled_from([None, *EFFORTS]),
    tokens=st.none() | st.integers(512, 8192),
    tier=st.sampled_from([*routes().tiers]),
    kind=st.sampled_from([each.value for each in AgentKind]),
)
def test_safety_agents_are_never_asked_with_less_than_their_tier(
    effort: Any, tokens: int | None, tier: str, kind: str
) -> None:
    asked = routes().tiers[tier]
    (route, *_) = routes().chain(kind, tier, price_table().tiers, (), Inference(max_tokens=tokens, effort=effort))
    got = route.fields["output_config"]["effort"]
    if kind == "safety":
        assert route.max_tokens == max(tokens or 0, asked["max_tokens"])
        assert EFFORTS.index(got) >= EFFORTS.index(asked["effort"])
    else:
        assert (route.max_tokens, got) == (tokens or asked["max_tokens"], effort or asked["effort"])


@pytest.mark.parametrize(
    ("model", "taken"),
    [
        (SMALL, {"max_tokens", "effort"}),
        (NOVA, {"max_tokens", "temperature", "top_p", "effort"}),
        ("openai.gpt-oss-120b-1:0", {"max_tokens", "temperature", "top_p", "effort"}),
        ("meta.llama4-maverick-17b-instruct-v1:0", {"max_tokens", "temperature", "top_p"}),
    ],
)
def test_what_families_take(model: str, taken: Collection[str]) -> None:
    assert set(takes(model)) == set(taken)
    every = Inference(max_tokens=600, temperature=0.1, top_p=0.2, effort="low")
    assert set(every.for_model(model).stated) == set(taken)


def test_what_no_model_of_a_kind_takes_is_told_with_what_it_does_take() -> None:
    pack = declaring(framing=Inference(temperature=0.0))
    settings = settings_from({"models": {"safety": {"inference": {"top_p": 0.5, "max_tokens": 4096}}}})
    assert list(not_taken(pack, settings, price_table().tiers)) == [
        f"models.safety.inference.top_p: {SMALL} does not take it, but effort, max_tokens",
        f"models.framing.inference.temperature: {SMALL} does not take it, but effort, max_tokens",
    ]
    assert list(not_taken(pack, settings, dict.fromkeys(routes().tiers, NOVA))) == []
    assert list(not_taken(EXAMPLE, PACKAGED, price_table().tiers)) == []


def test_a_pack_keeps_to_the_bounds_of_settings() -> None:
    with pytest.raises(PackInvalid, match=r"inference of arbiter: .*max_tokens"):
        declaring(arbiter=Inference(max_tokens=100)).validate()
    declaring(arbiter=Inference(max_tokens=512)).validate()
