"""The manifest of a run: made from its pack when it is framed, and read instead of the pack ever after."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from conclave.codec import convert
from conclave.configuration.document import kept_settings
from conclave.configuration.settings import PACKAGED
from conclave.money.allotments import budget_of
from conclave.pack import FRAMER, Pack
from conclave.records.runs import Run
from conclave.types import (
    AgentKind,
    Budget,
    Collation,
    Fork,
    Manifest,
    ManifestAgent,
    ManifestDimension,
    ManifestField,
    Phase,
    Pin,
    RunSettings,
)


def manifest_of(
    pack: Pack, settings: RunSettings | None = None, *, frugal: bool = False, pin: Pin | None = None
) -> Manifest:
    """The manifest of a run that a pack frames now, under these settings, with what the run may spend.

    Args:
        pack: The pack.
        settings: The settings that the run begins with; ``None`` for the packaged ones.
        frugal: Whether little is left of the day's or month's money, so that the run is frugal unless settings say otherwise.
        pin: The versions of the agents' functions that answer.
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
        pin=pin,
    )


def fork_of(run: Run) -> Fork | None:
    """What a run was forked from, and with what; None of a run of its own."""
    return convert(dict(run.fork), Fork) if run.fork else None


def forked_manifest(of: Manifest, fork: Fork, pack: Pack) -> Manifest:
    """The manifest of a fork: that of its parent, with its own settings and money, under today's version of the pack."""
    frugal = bool(of.budget and of.budget.economy)
    return structs.replace(
        of,
        version=pack.version,
        settings=fork.settings,
        budget=_budget(of.agents, fork.settings, frugal=frugal),
        fork=structs.replace(fork, settings=None),
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
