"""A repeated report is answered with the decision of its run, whole, as long as that decision still stands.

It stands when nothing that it rests on has moved: the tables have the versions that the run found, by a consistent read; the
pack is the same; and it is young. Everything else says why not. Who was given a decision again stands in the run's audit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from conclave.api.documents import decision_document
from conclave.audit.canonical import sha256
from conclave.audit.chain import Act
from conclave.caches.memory import BoundedMemory
from conclave.caches.versions import DataVersions, Version, settled
from conclave.clock import Clock, parse_timestamp, seconds_between, timestamp
from conclave.codec import plain
from conclave.codes import Withheld
from conclave.pack import Pack
from conclave.records.run_records import RunRecords, records_of
from conclave.records.runs import Amendment, Run, RunNotFound, RunStore
from conclave.steps.publish import Bus, announced
from conclave.types import Decision, Frame, RunStatus

EVENT = "DecisionGiven"
GIVEN = "decision_given"
FRESH_SECONDS = 1_800.0
"""Age up to which a decision stands for now: options begin at times, and later ones have passed."""
MOST_CALLERS = 20
"""Callers that the audit of a run names; each of them once."""
ANNOUNCED_AGAIN_SECONDS = 60.0
"""So long after its entry a caller who repeats has it announced again: the first announcement may have died on the way."""
TOLD_BYTES = 64 * 1024
"""Of what a process remembers of its own announcements: some hundreds of them."""

_SAYS: Mapping[Withheld, str] = {
    Withheld.FIRST: "a new run",
    Withheld.OWN_KEY: "a new run, as its key asks for",
    Withheld.IN_FLIGHT: "asked before; its run has no outcome yet",
    Withheld.HALTED: "asked before; its run ended without a decision",
    Withheld.DEGRADED: "asked before and decided without a business agent",
    Withheld.EXPIRED: "asked before, too long ago to stand for now",
    Withheld.DATA_MOVED: "asked before, and the data have moved since",
    Withheld.DATA_CHANGING: "asked before, and the data are being written; send it again in a moment",
    Withheld.DATA_UNKNOWN: "asked before, over data whose version is not known",
    Withheld.PACK_CHANGED: "asked before, of another version of the pack",
    Withheld.NOT_A_READER: "asked before; read the run",
    Withheld.GIVEN_OFTEN: "asked before, by many; read the run",
}


class Earlier(Struct, frozen=True, kw_only=True):
    """What a report gets to know about the run that it is of.

    Attributes:
        status: Of the run.
        why_not: Why the decision is not given; ``None`` when it is.
        document: The decision, for JSON; empty when it is not given.
    """

    status: RunStatus
    why_not: Withheld | None
    document: Mapping[str, Any] = field(default_factory=dict)

    @property
    def answer(self) -> dict[str, Any]:
        """The part of the API's answer, for JSON."""
        told = "decided before, and the data have not moved since" if self.why_not is None else _SAYS[self.why_not]
        earlier = {"given": self.why_not is None, "why_not": self.why_not, "message": told}
        return {"status": self.status.value, "earlier": earlier, **self.document}


class Asker(Struct, frozen=True, kw_only=True):
    """Who repeats a report: its name as the gateway verified it, and whether it is known that it may read runs."""

    name: str
    reads_runs: bool

    def may_read(self, run: Run) -> bool:
        """True if it may read all runs, or reported this one first, as the gateway verified both times."""
        return self.reads_runs or (self.name == run.source and ":" in self.name)


def begun(*, own_key: bool) -> Earlier:
    """A report that became a run of its own just now."""
    return Earlier(status=RunStatus.RUNNING, why_not=Withheld.OWN_KEY if own_key else Withheld.FIRST)


def told_here() -> BoundedMemory:
    """What a process has to remember of its own announcements, for as long as they might be made again; empty."""
    return BoundedMemory(TOLD_BYTES, ANNOUNCED_AGAIN_SECONDS)


def earlier_decision(
    run_id: str,
    asker: Asker,
    *,
    pack: Pack,
    runs: RunStore,
    versions: DataVersions,
    bus: Bus,
    clock: Clock,
    told: BoundedMemory,
    fresh_seconds: float = FRESH_SECONDS,
) -> Earlier:
    """The decision of the run that a repeated report is of, if it still stands.

    Args:
        run_id: The run.
        asker: Who repeats the report.
        pack: Today's pack.
        runs: The runs.
        versions: Are read only when nothing else is in the way.
        bus: Is told, so that the new end of the audit is anchored.
        clock: The time.
        told: What this process has announced, see ``told_here``: what the bus has taken is not announced again by it.
        fresh_seconds: Age up to which it stands for now; 0 for never.

    Raises:
        AuditContended: Too many others append to the same audit; nothing was given.
        StaleFence: The texts of the run were erased meanwhile; nothing was given.
    """
    try:
        records = records_of(run_id, runs, pack)
    except RunNotFound:
        return Earlier(status=RunStatus.RUNNING, why_not=Withheld.EXPIRED)
    run, decision, frame, now = records.run, records.decision, records.frame, timestamp(clock())
    why_not = _in_the_way(records, asker, pack, now, fresh_seconds)
    if why_not is None and frame is not None:
        why_not = _moved(frame, pack, versions.read(), now)
    if why_not is not None or decision is None or frame is None:
        return Earlier(status=run.status, why_not=why_not)
    _note(run, asker, frame, runs, bus, now, told)
    return Earlier(status=run.status, why_not=None, document=_document(run, decision, frame))


def _in_the_way(records: RunRecords, asker: Asker, pack: Pack, now: str, fresh_seconds: float) -> Withheld | None:
    """Why a decision is not given whatever the data are; ``None`` when nothing is in the way."""
    run = records.run
    if run.status.open:
        return Withheld.IN_FLIGHT
    if not asker.may_read(run):
        return Withheld.NOT_A_READER
    if not run.option_id or records.decision is None or records.frame is None:
        return Withheld.HALTED
    if seconds_between(run.updated_at, now) > fresh_seconds or not fresh_seconds:
        return Withheld.EXPIRED
    if records.decision.degraded:
        return Withheld.DEGRADED
    if records.manifest.version != pack.version:
        return Withheld.PACK_CHANGED
    new = _hashed(asker) not in run.given_to
    return Withheld.GIVEN_OFTEN if new and len(run.given_to) >= MOST_CALLERS else None


def _moved(frame: Frame, pack: Pack, versions: Mapping[str, Version], now: str) -> Withheld | None:
    """Why the data are not shown to be those of the run; ``None`` when they are: every table has the version it had."""
    shown = settled(versions, parse_timestamp(now))
    # A table that nobody ever wrote, as an empty one of the sample, has no version, and has not moved either.
    written = pack.read_tables & (versions.keys() | frame.versions.keys())
    if not written or not written <= frame.versions.keys():
        return Withheld.DATA_UNKNOWN
    if not written <= shown.keys():
        return Withheld.DATA_CHANGING
    return None if all(shown[table] == frame.versions[table] for table in written) else Withheld.DATA_MOVED


def _note(run: Run, asker: Asker, frame: Frame, runs: RunStore, bus: Bus, now: str, told: BoundedMemory) -> None:
    """Has the audit say that the decision was given again, once for each caller, and has its new end anchored."""
    caller = _hashed(asker)
    name = f"{run.run_id} {caller}"
    if caller not in run.given_to:
        runs.amend(
            Amendment(
                run_id=run.run_id,
                expected=run.texts,
                texts=run.texts,
                changes={"given_to": {**run.given_to, caller: now}},
                records={},
                act=Act(event=GIVEN, at=now, body={"to": asker.name, "versions": dict(frame.versions)}),
            )
        )
    elif name in told or seconds_between(run.given_to[caller], now) > ANNOUNCED_AGAIN_SECONDS:
        return
    bus.send(EVENT, {**announced(runs.get(run.run_id)), "given_at": now})
    told.put(name, b"")


def _hashed(asker: Asker) -> str:
    return sha256(asker.name.encode())[:16]


def _document(run: Run, decision: Decision, frame: Frame) -> dict[str, Any]:
    chosen = next(option for option in frame.options if option.id == decision.option_id)
    return {
        "summary": run.summary,
        "decided_at": run.updated_at,
        "reasons": plain(decision.reasons),
        "decision": decision_document(decision),
        "option": plain(chosen),
    }
