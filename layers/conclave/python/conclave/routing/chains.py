"""Chains of models: who answers for an agent, and who stands in when that model does not. Dated data (``routes.json``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from conclave.routing.inference import EFFORTS, NOTHING_STATED, Inference

DATA = Path(__file__).parent / "routes.json"
FRAMING = "frame"
"""Framing as a kind: it has a chain as agents have."""
FRAMING_TIER = "fast"
_NOVA_EFFORT = {"high": "medium"}
"""Nova 2 takes no limit of tokens with the effort ``high``, and no request of ours goes without one."""


class RouteUnknown(Exception):
    """A tier or a kind of agent that the table of routes, or the table of models, does not have."""


class Route(Struct, frozen=True, kw_only=True):
    """A model, and how it is asked.

    Attributes:
        tier: The tier that it stands for.
        model: Model or inference profile.
        max_tokens: Most tokens of an answer, those of its thinking included.
        fields: Fields of the request beyond those that all models know (thinking, effort).
        sampling: ``temperature`` and ``top_p``, where they are stated and the model takes them.
    """

    tier: str
    model: str
    max_tokens: int
    fields: Mapping[str, Any]
    sampling: Mapping[str, float] = {}


class Routes(Struct, frozen=True, kw_only=True):
    """The table of routes as of a day.

    Attributes:
        as_of: The day.
        tiers: How a model is asked, by tier; the weakest tier first.
        stand_ins: Tiers that stand in, in this order, by kind of agent.
        never_down: Kinds for which no weaker tier than their own stands in, and that are never asked with less than their tier.
    """

    as_of: str
    tiers: Mapping[str, Mapping[str, Any]]
    stand_ins: Mapping[str, Sequence[str]]
    never_down: Sequence[str]

    def chain(
        self,
        kind: str,
        tier: str,
        models: Mapping[str, str],
        stand_ins: Sequence[str] = (),
        inference: Inference = NOTHING_STATED,
    ) -> tuple[Route, ...]:
        """The models for an agent in the order in which they are asked: its own tier's, then stand-ins, each model once.

        Args:
            kind: ``safety``, ``business``, ``arbiter`` or ``frame``.
            tier: Tier of the agent, or of what it is asked.
            models: Model id by tier.
            stand_ins: Tiers that stand in instead of those of the table; none for the table's.
            inference: What is stated for the kind. A model whose family does not take a parameter is asked without it.

        Returns:
            At least the model of the tier.

        Raises:
            RouteUnknown: There is no such kind or tier.
        """
        order = list(self.tiers)
        if tier not in order or tier not in models or kind not in self.stand_ins:
            raise RouteUnknown(f"there is no route for {kind} agents on tier '{tier}'; tiers are: {', '.join(order)}")
        floor = order.index(tier) if kind in self.never_down else 0
        others = (each for each in stand_ins or self.stand_ins[kind] if order.index(each) >= floor)
        by_model: dict[str, Route] = {}
        for each in (tier, *others):
            by_model.setdefault(models[each], self._route(kind, each, models[each], inference))
        return tuple(by_model.values())

    def _route(self, kind: str, tier: str, model: str, inference: Inference) -> Route:
        asked, stated = self.tiers[tier], inference.for_model(model)
        effort, max_tokens = stated.effort or asked["effort"], stated.max_tokens or asked["max_tokens"]
        if kind in self.never_down:
            effort = max(effort, asked["effort"], key=EFFORTS.index)
            max_tokens = max(max_tokens, asked["max_tokens"])
        return Route(
            tier=tier,
            model=model,
            max_tokens=max_tokens,
            fields=fields_for(model, asked["thinking"], effort),
            sampling={name: getattr(stated, name) for name in ("temperature", "top_p") if name in stated.stated},
        )


def fields_for(model: str, thinking: str, effort: str) -> dict[str, Any]:
    """The fields of a request that tell a model how to think, in the form of its family; none for an unknown family.

    Args:
        model: Its id, or that of an inference profile.
        thinking: ``disabled`` or ``adaptive``.
        effort: ``low``, ``medium`` or ``high``.
    """
    if "anthropic.claude-" in model:
        return {"thinking": {"type": thinking}, "output_config": {"effort": effort}}
    if "amazon.nova-2" in model and thinking == "disabled":
        return {"reasoningConfig": {"type": "disabled"}}
    if "amazon.nova-2" in model:
        return {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": _NOVA_EFFORT.get(effort, effort)}}
    if "openai.gpt-oss" in model:
        return {"reasoning_effort": effort}
    return {}


@lru_cache(maxsize=1)
def routes() -> Routes:
    """The table that ships with this version."""
    data = json.loads(DATA.read_text(encoding="utf-8"))
    return Routes(**{name: data[name] for name in ("as_of", "tiers", "stand_ins", "never_down")})


def only(model: str) -> tuple[Route, ...]:
    """A chain of one model that nobody stands in for, asked as on the tier ``fast`` but for fields of its own."""
    most = routes().tiers[FRAMING_TIER]["max_tokens"]
    return (Route(tier=FRAMING_TIER, model=model, max_tokens=most, fields={}),)


def models_of(
    kind: str,
    tiers: Sequence[str],
    models: Mapping[str, str],
    stand_ins: Callable[[str], Sequence[str]] = lambda tier: (),
) -> tuple[str, ...]:
    """Every model that an agent of a kind may call on any of its tiers, each once.

    Args:
        kind: See ``Routes.chain``.
        tiers: Tiers of the agent.
        models: Model id by tier.
        stand_ins: Tiers that settings let stand in for a tier; none for those of the table.
    """
    chains = (routes().chain(kind, tier, models, stand_ins(tier)) for tier in tiers)
    return tuple(dict.fromkeys(route.model for chain in chains for route in chain))
