"""The manifest of a run: made from its pack when it is framed, and read instead of the pack ever after."""

from __future__ import annotations

from conclave.pack import Pack
from conclave.types import (
    AgentKind,
    Budget,
    Collation,
    Manifest,
    ManifestAgent,
    ManifestDimension,
    ManifestField,
    Phase,
    RunSettings,
)


def manifest_of(pack: Pack, settings: RunSettings | None = None, budget: Budget | None = None) -> Manifest:
    """The manifest of a run that a pack frames now, under these settings and with what the run may spend."""
    return Manifest(
        pack=pack.name,
        version=pack.version,
        agents=tuple(
            ManifestAgent(name=each.name, title=each.title, kind=AgentKind(each.kind)) for each in pack.agents
        ),
        phases=tuple(Phase),
        dimensions=tuple(ManifestDimension(name=each.name, weight=each.weight) for each in pack.dimensions),
        fields=tuple(
            ManifestField(name=each.name, type=each.type.__name__, unit=each.unit, description=each.description)
            for each in pack.fields
        ),
        free_text=tuple(sorted(pack.free_text)),
        settings=settings,
        budget=budget,
    )


def agents_in(collation: Collation) -> frozenset[str]:
    """Names of the agents that were collated, whether they answered or not; for runs that were kept without a manifest."""
    claims = (claim.agent for claim in collation.claims)
    halting = (reason.agent for reason in collation.halts if reason.agent)
    return frozenset((*claims, *halting, *collation.degraded, *collation.revise))
