"""The manifest of a run: made from its pack when it is framed, and read instead of the pack ever after."""

from __future__ import annotations

from collections.abc import Iterable

from conclave.audit.chain import SealedEntry
from conclave.codec import decode
from conclave.pack import Pack
from conclave.types import AgentKind, Manifest, ManifestAgent, ManifestDimension, ManifestField, Phase

RUN_FRAMED = "run_framed"
"""Event of the audit entry that names the agents of a run."""


def manifest_of(pack: Pack) -> Manifest:
    """The manifest of a run that a pack frames now."""
    return Manifest(
        pack=pack.name,
        version=pack.version,
        agents=tuple(
            ManifestAgent(name=each.name, title=each.title, kind=AgentKind(each.kind)) for each in pack.agents
        ),
        phases=tuple(Phase),
        dimensions=tuple(ManifestDimension(name=each.name, weight=each.weight) for each in pack.dimensions),
        fields=tuple(ManifestField(name=each.name, type=each.type.__name__, unit=each.unit) for each in pack.fields),
        free_text=tuple(sorted(pack.free_text)),
    )


def agents_in_audit(entries: Iterable[bytes]) -> frozenset[str]:
    """Names of the agents that the audit of a run says it was framed for; for runs that were kept without a manifest."""
    sealed = (decode(data, SealedEntry).entry for data in entries)
    return frozenset(name for entry in sealed if entry.event == RUN_FRAMED for name in entry.body.get("prompts", {}))
