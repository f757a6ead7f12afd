"""Where a run is played: stores in memory, begun as the run began, and what was recorded beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import structs

from conclave.agents.consent import consent_record
from conclave.audit.chain import GENESIS
from conclave.codec import decode, encode
from conclave.pack import Pack
from conclave.recording.exported import Exported
from conclave.recording.recordings import Recording, recording_in
from conclave.records.runs import FRAME, REFUSAL, Run, TextState
from conclave.replaying.diverged import Divergence, compared
from conclave.replaying.script import ReplayedClock
from conclave.steps.context import RunContext, as_deployed
from conclave.testing.journal import MemoryJournal
from conclave.testing.run_store import MemoryRunStore
from conclave.types import Frame, Pin, Refusal, RunStatus

PLAYED = ("incident_accepted", "run_framed", "phase_collated", "decision_proposed", "decision_published")
"""The entries of an audit that steps make which are played; people and other functions make the others."""


class NotReplayable(Exception):
    """A run cannot be played again; the message says why."""


class ReplayedRuns(MemoryRunStore):
    """Runs in memory, into which records can be laid that others than its steps left."""

    def lay(self, run_id: str, name: str, data: bytes) -> None:
        """Lays a record there."""
        self._records[run_id][name] = (0, data)


class Stage:
    """The stores of a replay, and the recorded run beside them.

    Args:
        recorded: The recorded run.
        pack: Its domain, as it is here.

    Attributes:
        runs: The runs here.
        journal: The journal here.
        outcome: What framing left.
        fence: The fence that the run was decided under.

    Raises:
        NotReplayable: Nothing that could be played was kept.
    """

    def __init__(self, recorded: Exported, pack: Pack) -> None:
        self.recorded, self.pack = recorded, pack
        self.run_id = recorded.run.run_id
        _require_kept(recorded)
        framed = [name for name in (FRAME, REFUSAL) if name in recorded.records]
        name = max(framed, key=lambda each: recorded.records[each].fence)
        stored = recorded.records[name]
        self.outcome: Frame | Refusal = decode(stored.body, Frame) if name == FRAME else decode(stored.body, Refusal)
        self.fence = stored.fence
        self.runs, self.journal = ReplayedRuns(), MemoryJournal()
        self.runs.create(_begun(recorded.run, self.fence - 1))
        self._audit = _entries(recorded, self.fence)
        self._told = 0
        self.played: list[Recording] = []

    def recording(self, names: list[str], records: Mapping[str, bytes]) -> Recording:
        """The recording of a step. Raises ``NotReplayable``."""
        found = recording_in(names, records)
        if found is None:
            raise NotReplayable(f"{self.run_id} was run by a release that kept no recordings")
        if found.left_out:
            raise NotReplayable(f"a recording of {self.run_id} was too large to be kept ({found.left_out:,} bytes)")
        self.played.append(found)
        return found

    def bodies(self) -> dict[str, bytes]:
        """The recorded records, without their fences."""
        return {name: stored.body for name, stored in self.recorded.records.items()}

    def entries(self, agent: str) -> Mapping[str, bytes]:
        """The recorded entries of an agent."""
        return self.recorded.journal.get(agent, {})

    def lay_slices(self, agent: str, names: list[str]) -> None:
        """Has slices of money be taken that were taken before the attempt that is played."""
        entries = self.entries(agent)
        for name in names:
            if name in entries:
                self.journal.once(self.run_id, agent, name, entries[name])

    def context(self, recording: Recording, clock: ReplayedClock, fence: int) -> RunContext:
        """The context of a step."""
        for binding, consent in recording.consents.items():
            self.runs.lay(self.run_id, consent_record(binding), consent.encode())
        return RunContext(
            run_id=self.run_id,
            pack=self.pack,
            runs=self.runs,
            journal=self.journal,
            clock=clock,
            strict=recording.strict,
            fence=fence,
            code=recording.code,
            pin=self._pinned,
        )

    def _pinned(self, before: Pin | None) -> Pin:
        """The pin that the run was given: the rollout of its day is nowhere here."""
        manifest = self.outcome.manifest
        return (manifest and manifest.pin) or as_deployed(before)

    def said_of(self, event: str) -> Mapping[str, Any]:
        """The recorded audit entry of an event, of the execution that is played; an empty one where there is none."""
        return next((entry for _, entry in self._audit if entry["event"] == event), {})

    def same_records(self, step: str, names: list[str]) -> Iterator[Divergence]:
        """The divergences of records that a step writes."""
        here = self.runs.read(self.run_id, names)
        recorded = self.bodies()
        for name in names:
            if found := compared(step, name, recorded.get(name), here.get(name)):
                yield found

    def same_audit(self, step: str) -> Iterator[Divergence]:
        """The divergences of the audit entries that were made since this was last asked."""
        made = self.runs.audit(self.run_id)
        for number in range(self._told, len(made)):
            line, there = made[number], self._audit[number] if number < len(self._audit) else None
            if there is None or there[0] != line:
                found = compared(step, "audit", _act(there[1]) if there else None, _act(decode(line, dict)["entry"]))
                if found:
                    yield found
        self._told = len(made)


def _require_kept(recorded: Exported) -> None:
    run = recorded.run
    if run.texts is not TextState.KEPT:
        when = f" at {run.texts_erased_at}" if run.texts_erased_at else ""
        raise NotReplayable(f"the texts of {run.run_id} were erased{when}, and its recording with them")
    if run.status is RunStatus.RUNNING:
        raise NotReplayable(f"{run.run_id} is still under way; wait for its outcome")
    if not {FRAME, REFUSAL} & recorded.records.keys():
        raise NotReplayable(f"{run.run_id} was never framed, so there is nothing to play")


def _begun(run: Run, fence: int) -> Run:
    """The head of a run as it was before its execution began."""
    return structs.replace(
        run,
        status=RunStatus.RUNNING,
        updated_at=run.created_at,
        summary="",
        option_id="",
        degraded=False,
        fence=fence,
        execution_arn="",
        marks={},
        audit_entries=0,
        audit_head=GENESIS,
        given_to={},
        approval="",
    )


def _entries(recorded: Exported, fence: int) -> list[tuple[bytes, Mapping[str, Any]]]:
    """The recorded audit entries that are played, as they were sealed and as they read."""
    read = [(line.encode(), decode(line, dict[str, Any])["entry"]) for line in recorded.audit]
    return [
        (line, entry) for line, entry in read if entry["event"] in PLAYED and entry["body"].get("fence", fence) == fence
    ]


def _act(entry: Mapping[str, Any]) -> bytes:
    """What an entry says, without its place in the chain: entries of others may stand between."""
    return encode({"event": entry["event"], "at": entry["at"], "body": entry["body"]})
