"""A recorded run as it is exported: all that is needed to play it again, in one document of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field, structs

from conclave.codec import RecordInvalid, decode
from conclave.pack import FRAMER, Pack
from conclave.recording.recordings import STEPS, entry_records, step_records
from conclave.records.accounts import slice_records
from conclave.records.journal import FRAME_PHASE, Journal
from conclave.records.run_records import COLLATED, records_of
from conclave.records.runs import (
    APPROVAL,
    DECISION,
    FRAME,
    FRAME_TEXTS,
    PROPOSAL,
    REFUSAL,
    Run,
    RunStore,
    Stored,
    TextState,
    assessment_record,
    collation_record,
)
from conclave.records.texts import texts_record
from conclave.types import Phase

FORM = 1
Entries = Mapping[str, Mapping[str, bytes]]
"""Entries of the journal by agent and record."""


class Exported(Struct, frozen=True, kw_only=True):
    """A recorded run.

    Attributes:
        form: Form of the export.
        run: The head of the run.
        records: Its records as they are stored, by name.
        journal: The entries of its agents, by agent and record.
        audit: Its audit entries as they were sealed.
        agents: The agents of the run: whose entries there may be.
    """

    form: int = FORM
    run: Run
    records: Mapping[str, Stored] = field(default_factory=dict)
    journal: Entries = field(default_factory=dict)
    audit: Sequence[str] = ()
    agents: Sequence[str] = ()


def exported_head(run_id: str, *, pack: Pack, runs: RunStore) -> Exported:
    """A recorded run without the entries of its agents; of one whose texts were erased, its head and nothing else.

    Raises:
        RunNotFound: There is no such run.
    """
    known = records_of(run_id, runs, pack)
    agents = [each.name for each in known.manifest.agents]
    if known.run.texts is not TextState.KEPT:
        return Exported(run=known.run, agents=agents)
    run, records = runs.load(run_id, _record_names(agents))
    audit = [entry.decode() for entry in runs.audit(run_id)]
    return Exported(run=run, records=records, audit=audit, agents=agents)


def entries_for_export(run_id: str, agents: Iterable[str], journal: Journal) -> Entries:
    """What agents, and framing, left in the journal, as far as a replay needs it."""
    found: dict[str, dict[str, bytes]] = {}
    for agent in agents:
        names = slice_records(FRAME_PHASE) if agent == FRAMER else [name for phase in Phase for name in _entries(phase)]
        for (_, record), data in journal.read(run_id, [agent], names).items():
            found.setdefault(agent, {})[record] = data
    return found


def exported(run_id: str, *, pack: Pack, runs: RunStore, journal: Journal) -> Exported:
    """A recorded run, whole. Raises ``RunNotFound``."""
    head = exported_head(run_id, pack=pack, runs=runs)
    if head.run.texts is not TextState.KEPT:
        return head
    return structs.replace(head, journal=entries_for_export(run_id, [FRAMER, *head.agents], journal))


def read_export(data: bytes) -> Exported:
    """A run from an export.

    Raises:
        RecordInvalid: The bytes are no export, or one of a form that this release does not know.
    """
    run = decode(data, Exported)
    if run.form != FORM:
        raise RecordInvalid(f"the export has form {run.form}; this release reads form {FORM}")
    return run


def _record_names(agents: Sequence[str]) -> list[str]:
    heads = [FRAME, REFUSAL, FRAME_TEXTS, PROPOSAL, DECISION, APPROVAL, *map(collation_record, COLLATED)]
    answers = [assessment_record(phase, agent) for phase in COLLATED for agent in agents]
    return [*heads, *answers, *(name for step in STEPS for name in step_records(step))]


def _entries(phase: Phase) -> list[str]:
    return [phase.value, texts_record(phase.value), *slice_records(phase.value), *entry_records(phase.value)]
