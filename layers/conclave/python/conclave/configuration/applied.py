"""The settings of a run, applied to its pack: every step of a run sees the pack as the run began with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from conclave.configuration.declared import chain_of, models_of, seconds_of, tier_of
from conclave.configuration.document import settings_of
from conclave.configuration.settings import (
    PACKAGED,
    ChoiceThresholds,
    ModelSettings,
    Seconds,
    Settings,
    ThresholdSettings,
)
from conclave.pack import Agent, ArbitrationLimits, Pack
from conclave.routing.chains import FRAMING_TIER, routes
from conclave.routing.inference import Inference, takes
from conclave.types import AgentKind, Complexity, Fork, Manifest

_AS_DECLARED = (ModelSettings(), Seconds(), ThresholdSettings())


def pack_under(pack: Pack, settings: Settings) -> Pack:
    """The pack with the tiers, time limits and thresholds of a run's settings; its checks, rules and tools are as declared.

    Args:
        pack: The pack.
        settings: The settings of the run, see ``conclave.configuration.document.settings_of``.
    """
    if (settings.models, settings.limits.seconds, settings.thresholds) == _AS_DECLARED:
        return pack
    return structs.replace(
        pack,
        agents=tuple(_agent(agent, pack, settings) for agent in pack.agents),
        arbitration=_arbitration(pack.arbitration, settings.thresholds.choice),
    )


def pack_of(pack: Pack, manifest: Manifest | None) -> Pack:
    """The pack as a run sees it: under the settings that it began with, and of a fork with its models and prompts."""
    under = pack_under(pack, settings_of(manifest) if manifest else PACKAGED)
    fork = manifest.fork if manifest else None
    if fork is None or not (fork.models or fork.prompts):
        return under
    return structs.replace(under, agents=tuple(_forked(agent, pack, fork) for agent in under.agents))


def _forked(agent: Agent, pack: Pack, fork: Fork) -> Agent:
    told = next((each for each in fork.prompts if each.agent == agent.name), None)
    role = "" if told is None else told.text if told.instead else f"{pack.prompt(agent.name)}\n{told.text}"
    tier = fork.models.get(agent.name)
    return structs.replace(agent, role=role, **({"tier": tier, "tiers": {}} if tier else {}))


def _agent(agent: Agent, pack: Pack, settings: Settings) -> Agent:
    declared = {each: agent.for_choice(each).tier for each in Complexity}
    tiers = {each: tier_of(settings, agent.kind, declared=tier, complexity=each) for each, tier in declared.items()}
    tier = tier_of(settings, agent.kind, declared=agent.tier)
    return structs.replace(
        agent,
        tier=tier,
        tiers={each: other for each, other in tiers.items() if other != tier},
        time_limit=int(seconds_of(settings, agent.kind, declared=pack.time_limit(agent))),
    )


def _arbitration(declared: ArbitrationLimits, choice: ChoiceThresholds) -> ArbitrationLimits:
    values = {name: getattr(choice, name) for name in ("clear", "close", "many_options", "many_gaps")}
    return structs.replace(declared, **{name: value for name, value in values.items() if value is not None})


def tried_chains(pack: Pack, settings: Settings, models: Mapping[str, str]) -> Iterator[Sequence[str]]:
    """The models that the agents who try ones in trouble come to, in their order: one chain by agent and tier.

    Args:
        pack: The pack.
        settings: The settings of the run.
        models: Model id by tier.
    """
    for agent in pack_under(pack, settings).triers:
        for tier in agent.every_tier:
            stand_ins = chain_of(settings, agent.kind, tier=tier)
            yield [each.model for each in routes().chain(agent.kind, tier, models, stand_ins)]


def inference_of(pack: Pack, settings: Settings, kind: AgentKind | None) -> Inference:
    """The parameters of inference of a kind of agent: what is set, then what the pack declares.

    Args:
        pack: The pack.
        settings: The settings of the run.
        kind: Kind of the agent; ``None`` for framing.
    """
    return models_of(settings, kind).inference.over(pack.inference.of(kind))


def not_taken(pack: Pack, settings: Settings, models: Mapping[str, str]) -> Iterator[str]:
    """One line for each parameter that is stated for a kind of agent and that a model of its own tiers does not take.

    Those who stand in are asked without what they do not take, so they are not looked at.

    Args:
        pack: The pack.
        settings: The settings.
        models: Model id by tier.
    """
    tiers = [(agent.kind, tier) for agent in pack_under(pack, settings).agents for tier in agent.every_tier]
    framing = (None, tier_of(settings, None, declared=FRAMING_TIER))
    for kind, model in dict.fromkeys((kind, models[tier]) for kind, tier in (*tiers, framing)):
        for name in inference_of(pack, settings, kind).stated:
            if name not in takes(model):
                path = f"models.{kind.value if kind else 'framing'}.inference.{name}"
                yield f"{path}: {model} does not take it, but {', '.join(sorted(takes(model)))}"
