"""The accounts of a run: the slices of its budget that are taken, each in the part of the journal of who takes it.

A slice is taken by writing an entry of which there can be one only, in the write that says that an agent has started. So an agent
needs no right beyond that of adding to its own part, nobody waits for anybody, and there is no sum that two could change at once.
A slice that was taken by a function that left no answer stays spent.
"""

from __future__ import annotations

from collections.abc import Collection

from conclave.codec import encode
from conclave.money.allotments import AGENT_ATTEMPTS, FRAMING_ATTEMPTS, agent_slice, framing_slice
from conclave.money.amounts import usd
from conclave.money.usage import total_usage
from conclave.pack import FRAMER
from conclave.records.journal import FRAME_PHASE, Journal
from conclave.records.manifest import budget_in
from conclave.types import Manifest, Phase, Usage


def slice_records(phase: str) -> list[str]:
    """Names of the entries that take the slices of an agent in a phase, in their order."""
    return [_slice_record(phase, attempt) for attempt in range(1, _attempts(phase) + 1)]


def _slice_record(phase: str, attempt: int) -> str:
    return f"{phase}#started" if attempt == 1 else f"{phase}#started#{attempt}"


def _attempts(phase: str) -> int:
    return FRAMING_ATTEMPTS if phase == FRAME_PHASE else AGENT_ATTEMPTS


def take_slice(journal: Journal, run_id: str, agent: str, phase: str, now: str) -> int:
    """Takes the next slice of an agent in a phase, and says that it has started.

    Returns:
        The number of the slice, from 1 on; 0 when all are taken, and so nothing is left to spend.
    """
    data = encode({"at": now})
    for number, record in enumerate(slice_records(phase), start=1):
        if journal.once(run_id, agent, record, data):
            return number
    return 0


def agent_limit(manifest: Manifest, agent: str, number: int) -> int:
    """What an agent may spend from a slice, in nano-dollars; nothing where it got none."""
    kinds = {each.name: each.kind for each in manifest.agents}
    if not number or agent not in kinds:
        return 0
    return agent_slice(budget_in(manifest).allotted_nanos, agent, kinds[agent])


def framing_limit(manifest: Manifest, number: int) -> int:
    """What framing may spend from a slice, in nano-dollars; nothing where it got none."""
    return framing_slice(budget_in(manifest).allotted_nanos, FRAMER) if number else 0


def lost_slices(
    manifest: Manifest, agent: str, phase: str, entries: Collection[tuple[str, str]], *, answered: bool
) -> Usage:
    """What was reserved for work of an agent in a phase of which nobody knows what it spent.

    Args:
        manifest: Of the run.
        agent: Whose.
        phase: In which.
        entries: The journal's entries that exist, by agent and record; with those that take slices.
        answered: Whether an answer accounts for one of them.
    """
    taken = sum((agent, record) in entries for record in slice_records(phase))
    return Usage(reserved_usd=usd(agent_limit(manifest, agent, 1) * max(0, taken - answered)))


def lost_framing(manifest: Manifest, slices: int) -> Usage:
    """What was reserved for framing that left nothing, so many times."""
    return Usage(reserved_usd=usd(framing_limit(manifest, 1) * slices))


def unaccounted(manifest: Manifest, phases: Collection[Phase]) -> Usage:
    """The most that agents can have spent in phases of which nothing was collated, for whoever may not read the journal."""
    limits = [
        AGENT_ATTEMPTS * agent_limit(manifest, agent.name, 1)
        for phase in phases
        for agent in ([manifest.arbiter] if phase is Phase.ARBITRATE else manifest.specialists)
    ]
    return Usage(reserved_usd=usd(sum(limits)))


def accounted(usage: Usage, lost: Usage) -> Usage:
    """A usage together with what was lost beside it."""
    return total_usage([usage, lost]) if lost.reserved_usd else usage
