"""Reads the entries of agents in the journal, with doubt: a function that was taken over writes there what it likes."""

from __future__ import annotations

from collections.abc import Mapping

from conclave.codec import RecordInvalid, decode
from conclave.types import Assessment, Choice, ManifestAgent, Phase

Entries = Mapping[tuple[str, str], bytes]
"""Entries of a journal by agent and record."""


def assessment_in(entries: Entries, agent: ManifestAgent, phase: Phase) -> Assessment | None:
    """The agent's assessment, if it is what it must be: who somebody is says the manifest, not the entry."""
    data = entries.get((agent.name, phase.value))
    try:
        entry = decode(data, Assessment) if data is not None else None
    except RecordInvalid:
        return None
    mine = entry is not None and (entry.agent, entry.kind, entry.phase) == (agent.name, agent.kind, phase)
    return entry if mine else None


def choice_in(entries: Entries, arbiter: str) -> Choice | None:
    """The arbiter's choice, if it left one."""
    data = entries.get((arbiter, Phase.ARBITRATE.value))
    try:
        return decode(data, Choice) if data is not None else None
    except RecordInvalid:
        return None
