"""The manifest of a run: made from its pack when it is framed, and read instead of the pack ever after."""

from __future__ import annotations

from collections.abc import Sequence

from conclave.configuration.document import kept_settings
from conclave.configuration.settings import PACKAGED
from conclave.money.allotments import budget_of
from conclave.pack import FRAMER, Pack
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


def manifest_of(pack: Pack, settings: RunSettings | None = None, *, frugal: bool = False) -> Manifest:
    """The manifest of a run that a pack frames now, under these settings, with what the run may spend.

    Args:
        pack: The pack.
        settings: The settings that the run begins with; ``None`` for the packaged ones.
        frugal: Whether little is left of the day's or month's money, so that the run is frugal unless settings say otherwise.
    """
    agents = tuple(ManifestAgent(name=each.name, title=each.title, kind=AgentKind(each.kind)) for each in pack.agents)
    return Manifest(
        pack=pack.name,
        version=pack.version,
        agents=agents,
        phases=tuple(Phase),
        dimensions=tuple(ManifestDimension(name=each.name, weight=each.weight) for each in pack.dimensions),
        fields=tuple(
            ManifestField(name=each.name, type=each.type.__name__, unit=each.unit, description=each.description)
            for each in pack.fields
        ),
        free_text=tuple(sorted(pack.free_text)),
        settings=settings,
        budget=_budget(agents, settings, frugal=frugal),
        picture=pack.picture,
    )


def _budget(agents: Sequence[ManifestAgent], settings: RunSettings | None, *, frugal: bool = False) -> Budget:
    money = kept_settings(settings.settings).money if settings else PACKAGED.money
    economy = money.economy == "on" or (money.economy == "auto" and frugal)
    return budget_of(money.run_usd, agents, FRAMER, protected=money.safety_share, economy=economy)


def budget_in(manifest: Manifest) -> Budget:
    """What a run may spend: as its manifest says, or as packaged for one that was kept without."""
    return manifest.budget or _budget(manifest.agents, manifest.settings)


def agents_in(collation: Collation) -> frozenset[str]:
    """Names of the agents that were collated, whether they answered or not; for runs that were kept without a manifest."""
    claims = (claim.agent for claim in collation.claims)
    halting = (reason.agent for reason in collation.halts if reason.agent)
    return frozenset((*claims, *halting, *collation.degraded, *collation.revise))
