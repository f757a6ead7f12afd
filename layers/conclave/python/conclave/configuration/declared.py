"""Settings beside what a pack declares. What is declared bounds them, whatever they say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from conclave.configuration.settings import TIERS, Models, Settings
from conclave.types import AgentKind, Complexity


def models_of(settings: Settings, kind: AgentKind | None) -> Models:
    """The settings of a kind of agent; ``None`` for framing."""
    models: Models = getattr(settings.models, kind.value if kind else "framing")
    return models


def tier_of(settings: Settings, kind: AgentKind | None, *, declared: str, complexity: Complexity | None = None) -> str:
    """The tier of an agent.

    Args:
        settings: The settings of the run.
        kind: Kind of the agent; ``None`` for framing.
        declared: The tier that the pack declares for it, for a choice of this complexity.
        complexity: How hard the choice is, if that is known.

    Returns:
        The tier that is set, or else the declared one. Of a safety agent never a weaker one than is declared.
    """
    models = models_of(settings, kind)
    asked = (getattr(models.by_complexity, complexity.value) if complexity else None) or models.tier or declared
    return not_below(declared, asked) if kind is AgentKind.SAFETY else asked


def chain_of(settings: Settings, kind: AgentKind | None, *, tier: str) -> Sequence[str]:
    """The tiers that are asked in turn when the model of a tier does not answer: of a safety agent none that is weaker."""
    rest = [each for each in models_of(settings, kind).chain if each != tier]
    return [each for each in rest if kind is not AgentKind.SAFETY or not_below(tier, each) == each]


def reachable_tiers(kind: AgentKind | None, *, declared: Sequence[str]) -> tuple[str, ...]:
    """Every tier that settings can give an agent without a deploy, and that its role therefore has to allow.

    Args:
        kind: Kind of the agent; ``None`` for framing.
        declared: The tiers that its pack declares for it.
    """
    weakest = min(map(_strength, declared), default=0) if kind is AgentKind.SAFETY else 0
    return tuple(dict.fromkeys((*declared, *TIERS[weakest:])))


def seconds_of(settings: Settings, kind: AgentKind, *, declared: float) -> float:
    """Seconds that an agent has for an answer: what is set, and at most what is declared."""
    allowed: int | None = getattr(settings.limits.seconds, kind.value)
    return declared if allowed is None else min(declared, float(allowed))


def _strength(tier: str) -> int:
    return [*TIERS].index(tier) if tier in TIERS else 0


def not_below(floor: str, tier: str) -> str:
    """The tier, or the floor where that is stronger."""
    return tier if _strength(tier) >= _strength(floor) else floor


def rank_of(models: Mapping[str, str]) -> Callable[[str], int]:
    """Ranks models by the strongest tier that they stand behind, the weakest first; -1 is one of no tier.

    Args:
        models: Model id by tier.
    """
    places = {models[tier]: _strength(tier) for tier in TIERS if tier in models}
    return lambda model: places.get(model, -1)
