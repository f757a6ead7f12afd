"""Consent: a dangerous tool runs only with an approval that was given for exactly this call, and once.

An approval is bound to the hash of agent, tool, arguments, run and phase. So it fits no other call, cannot be used twice, and
ends. Without a store of approvals nothing is approved: that is the default everywhere, and no setting changes it.

A person gives it (``conclave.api.consent``) as a record of the run, which agents can read and not write. Taking it is an entry
of which there can be one only, in the part of the journal that the agent writes anyway: nobody needs a right more than before.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from conclave.clock import Clock
from conclave.codec import RecordInvalid, decode, digest, encode
from conclave.records.journal import Journal
from conclave.records.runs import Run, RunStore
from conclave.types import RunStatus


class ConsentRefused(Exception):
    """A dangerous call has no approval that fits it; the message says why, in words of the engine.

    Attributes:
        binding: What an approval would have to be for; empty when nobody could approve the call.
    """

    def __init__(self, message: str, binding: str = "") -> None:
        super().__init__(message)
        self.binding = binding


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A person's consent to one call.

    Attributes:
        id: Tells it from other approvals of the same call.
        binding: Hash of the call, see ``binding_of``.
        approved_by: Who consented.
        expires_at: End of its life, ISO 8601 with zone.
    """

    binding: str
    approved_by: str
    expires_at: str
    id: str = ""


class Approvals(Protocol):
    """Where approvals live. Taking one is atomic: of two takers one gets it."""

    def take(self, binding: str) -> Approval | None:
        """Removes and returns the approval of that binding; ``None`` when there is none (any more)."""
        ...


class NoApprovals:
    """Nothing is approved."""

    def take(self, binding: str) -> Approval | None:
        """See ``Approvals.take``."""
        del binding
        return None


class MemoryApprovals:
    """Approvals in process memory, for tests and simulations."""

    def __init__(self) -> None:
        self._approvals: dict[str, Approval] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._approvals)

    def give(self, approval: Approval) -> None:
        """Adds an approval; one that was there for the same call is replaced."""
        with self._lock:
            self._approvals[approval.binding] = approval

    def take(self, binding: str) -> Approval | None:
        """See ``Approvals.take``."""
        with self._lock:
            return self._approvals.pop(binding, None)


def approval_record(binding: str) -> str:
    """Name of the record of an approval in its run."""
    return f"APPROVAL#{binding}"


def phase_over(run: Run, phase: str) -> bool:
    """Whether what was said in a phase of a run has been collated."""
    return f"{phase}_ended" in run.marks


def taken_record(approval: Approval) -> str:
    """Name of the entry of the journal that says an approval is used."""
    return f"taken#{approval.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredApprovals:
    """The approvals of a run, as an agent takes them. See ``Approvals``."""

    run_id: str
    agent: str
    phase: str
    runs: RunStore
    journal: Journal

    def take(self, binding: str) -> Approval | None:
        """See ``Approvals.take``. Nothing is approved any more of a run that has its outcome, or of a phase that is over.

        A function lives on when the machine has given it up: whoever comes late runs nothing dangerous.
        """
        name = approval_record(binding)
        stored = self.runs.read(self.run_id, (name,))
        if name not in stored:
            return None
        run = self.runs.get(self.run_id)
        if run.status is not RunStatus.RUNNING or phase_over(run, self.phase):
            return None
        try:
            approval = decode(stored[name], Approval)
        except RecordInvalid:
            return None
        used = taken_record(approval)
        mine = bool(approval.id) and self.journal.once(self.run_id, self.agent, used, stored[name])
        return approval if mine else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a call needs to ask for consent: who calls in which run and phase, the approvals and the time."""

    agent: str
    run_id: str
    phase: str
    approvals: Approvals
    clock: Clock

    def require(self, tool: str, arguments: Mapping[str, Any]) -> Approval:
        """Takes the approval of this very call.

        Raises:
            ConsentRefused: There is none, it was used, it is for another call, or it has expired.
        """
        binding = binding_of(agent=self.agent, tool=tool, arguments=arguments, run_id=self.run_id, phase=self.phase)
        approval = self.approvals.take(binding)
        if approval is None or approval.binding != binding:
            raise ConsentRefused("no approval was given for this call, or it was used", binding)
        try:
            ends = datetime.fromisoformat(approval.expires_at)
            live = self.clock() < ends
        except (TypeError, ValueError) as error:  # no date, or one without a zone
            raise ConsentRefused("the approval has no readable end", binding) from error
        if not live:
            raise ConsentRefused("the approval has expired", binding)
        return approval


def binding_of(*, agent: str, tool: str, arguments: Mapping[str, Any], run_id: str, phase: str) -> str:
    """Hash of the canonical JSON of a call.

    Raises:
        ConsentRefused: The arguments do not survive JSON unchanged, so that two calls could share a hash.
    """
    call = {"agent": agent, "tool": tool, "arguments": dict(arguments), "run_id": run_id, "phase": phase}
    try:
        faithful = decode(encode(call), dict) == call
    except (TypeError, ValueError, RecordInvalid) as error:
        raise ConsentRefused("the arguments cannot be written as JSON") from error
    if not faithful:
        raise ConsentRefused("the arguments change when written as JSON")
    return digest(call)
