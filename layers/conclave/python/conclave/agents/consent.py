"""Consent: a dangerous tool runs only after a person has agreed to exactly this call, and once.

A consent is bound to the hash of agent, tool, arguments, run and phase. So it fits no other call, cannot be used twice, and
ends. Without a store of consents nothing is agreed to: that is the default everywhere, and no setting changes it.

A person gives it (``conclave.api.consent``) as a record of the run, which agents can read and not write. Taking it is an entry
of which there can be one only, in the part of the journal that the agent writes anyway: nobody needs a right more than before.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from conclave.clock import Clock
from conclave.codec import RecordInvalid, decode, digest, encode
from conclave.codes import Moment
from conclave.records.journal import Journal
from conclave.records.runs import Run, RunStore
from conclave.types import RunStatus


class CallRefused(Exception):
    """A dangerous call has no consent that fits it; the message says why, in words of the engine.

    Attributes:
        binding: The hash that a consent would have to be for; empty when nobody could consent to the call.
    """

    def __init__(self, message: str, binding: str = "") -> None:
        super().__init__(message)
        self.binding = binding


class Consent(Struct, frozen=True, kw_only=True):
    """A person's agreement to one call of a dangerous tool.

    Attributes:
        id: Tells it from other consents to the same call.
        binding: Hash of the call, see ``binding_of``.
        given_by: The person who consented.
        expires_at: End of its life, ISO 8601 with zone.
    """

    binding: str
    given_by: str
    expires_at: str
    id: str = ""


class Consents(Protocol):
    """The store of consents. Taking one is atomic: of two takers one gets it."""

    def take(self, binding: str) -> Consent | None:
        """Removes and returns the consent of that binding; ``None`` when there is none (any more)."""
        ...


class NoConsents:
    """Nobody has consented to anything."""

    def take(self, binding: str) -> Consent | None:
        """See ``Consents.take``."""
        del binding
        return None


class MemoryConsents:
    """Consents in process memory, for tests and simulations."""

    def __init__(self) -> None:
        self._consents: dict[str, Consent] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._consents)

    def give(self, consent: Consent) -> None:
        """Adds a consent; one that was there for the same call is replaced."""
        with self._lock:
            self._consents[consent.binding] = consent

    def take(self, binding: str) -> Consent | None:
        """See ``Consents.take``."""
        with self._lock:
            return self._consents.pop(binding, None)


def consent_record(binding: str) -> str:
    """Name of the record of a consent in its run."""
    return f"CONSENT#{binding}"


def phase_over(run: Run, phase: str) -> bool:
    """True if what was said in a phase of a run has been collated."""
    return Moment.end_of(phase) in run.marks


def taken_record(consent: Consent) -> str:
    """Name of the entry of the journal that says a consent is used."""
    return f"taken#{consent.id}"


class StoredConsents(Struct, frozen=True, kw_only=True):
    """The consents of a run, as an agent takes them. See ``Consents``."""

    run_id: str
    agent: str
    phase: str
    runs: RunStore
    journal: Journal

    def take(self, binding: str) -> Consent | None:
        """See ``Consents.take``. There are none any more of a run that has its outcome, or of a phase that is over.

        A function lives on when the machine has given it up: whoever comes late runs nothing dangerous.
        """
        name = consent_record(binding)
        stored = self.runs.read(self.run_id, (name,))
        if name not in stored:
            return None
        run = self.runs.get(self.run_id)
        if run.status is not RunStatus.RUNNING or phase_over(run, self.phase):
            return None
        try:
            consent = decode(stored[name], Consent)
        except RecordInvalid:
            return None
        used = taken_record(consent)
        mine = bool(consent.id) and self.journal.once(self.run_id, self.agent, used, stored[name])
        return consent if mine else None


class ConsentGate(Struct, frozen=True, kw_only=True):
    """Lets an agent's dangerous calls of a phase pass, each with the consent that was given for it."""

    agent: str
    run_id: str
    phase: str
    consents: Consents
    clock: Clock

    def require(self, tool: str, arguments: Mapping[str, Any]) -> Consent:
        """Takes the consent to this very call, and returns it.

        Raises:
            CallRefused: There is none, it was used, it is for another call, or it has expired.
        """
        binding = binding_of(agent=self.agent, tool=tool, arguments=arguments, run_id=self.run_id, phase=self.phase)
        consent = self.consents.take(binding)
        if consent is None or consent.binding != binding:
            raise CallRefused("nobody consented to this call, or the consent was used", binding)
        try:
            ends = datetime.fromisoformat(consent.expires_at)
            live = self.clock() < ends
        except (TypeError, ValueError) as error:  # no date, or one without a zone
            raise CallRefused("the consent has no readable end", binding) from error
        if not live:
            raise CallRefused("the consent has expired", binding)
        return consent


def binding_of(*, agent: str, tool: str, arguments: Mapping[str, Any], run_id: str, phase: str) -> str:
    """Hash of the canonical JSON of a call.

    Raises:
        CallRefused: The arguments do not survive JSON unchanged, so that two calls could share a hash.
    """
    call = {"agent": agent, "tool": tool, "arguments": dict(arguments), "run_id": run_id, "phase": phase}
    try:
        faithful = decode(encode(call), dict) == call
    except (TypeError, ValueError, RecordInvalid) as error:
        raise CallRefused("the arguments cannot be written as JSON") from error
    if not faithful:
        raise CallRefused("the arguments change when written as JSON")
    return digest(call)
