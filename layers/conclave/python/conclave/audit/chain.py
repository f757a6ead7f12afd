"""The audit of a run: entries chained by hash, appended in the same transaction as the state change that they record.

An entry is stored, exported and verified as the same bytes: ``{"entry":<canonical JSON>,"hash":"<SHA-256 of it>"}``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from conclave.audit.canonical import canonical, sha256
from conclave.codec import RecordInvalid, decode

GENESIS = "0" * 64
"""Stands for the hash of the entry before the first."""


CONFIGURATION = "configuration"
"""Stands for the id of a run in the chain of the changes of the configuration."""
ROLLOUT = "rollout"
"""The same in the chain of what was done about new versions of the agents."""


class Act(Struct, frozen=True, kw_only=True):
    """Something that changed the state of a run, as its audit tells it.

    Attributes:
        event: What happened (``decision_published``).
        at: When, ISO 8601 UTC.
        body: What was done, by whom, on what evidence; digests of what stands elsewhere, and no prose.
    """

    event: str
    at: str
    body: Mapping[str, Any]


class Head(Struct, frozen=True, kw_only=True):
    """The end of a chain: how many entries it has, and the hash of the last."""

    entries: int = 0
    hash: str = GENESIS


class AuditEntry(Struct, frozen=True, kw_only=True):
    """One link of the chain.

    Attributes:
        run_id: The run.
        sequence: 1, 2, 3 ... without a gap.
        at: When, ISO 8601 UTC.
        event: What happened.
        body: See ``Act``.
        previous: Hash of the entry before; zeros for the first.
    """

    run_id: str
    sequence: int
    at: str
    event: str
    body: Mapping[str, Any]
    previous: str


class SealedEntry(Struct, frozen=True, kw_only=True):
    """An entry with its hash, as it is stored."""

    entry: AuditEntry
    hash: str

    @property
    def head(self) -> Head:
        """The end of a chain whose last entry this is."""
        return Head(entries=self.entry.sequence, hash=self.hash)


class NewEntry(SealedEntry, frozen=True, kw_only=True):
    """A sealed entry that is to be appended.

    Attributes:
        data: The entry with its hash, as it is stored and exported.
    """

    data: bytes


class ChainBroken(Exception):
    """An audit chain does not hold; the message names the first broken link."""


def seal(run_id: str, head: Head, act: Act) -> NewEntry:
    """The entry that comes after a head, made canonical once, for its hash and for what is stored."""
    entry = AuditEntry(
        run_id=run_id,
        sequence=head.entries + 1,
        at=act.at,
        event=act.event,
        body=act.body,
        previous=head.hash,
    )
    sealed = canonical(entry)
    hashed = sha256(sealed)
    return NewEntry(entry=entry, hash=hashed, data=b'{"entry":%b,"hash":"%b"}' % (sealed, hashed.encode()))


def read_chain(run_id: str, stored: Sequence[bytes]) -> list[SealedEntry]:
    """Reads and checks a chain.

    Raises:
        ChainBroken: A sequence number is missing, or a hash does not follow from what it seals.
    """
    entries: list[SealedEntry] = []
    previous = GENESIS
    for number, data in enumerate(stored, start=1):
        sealed = _sealed_entry(run_id, number, data)
        entry = sealed.entry
        follows = entry.run_id == run_id and entry.sequence == number and entry.previous == previous
        if not follows or _hash(entry) != sealed.hash:
            raise ChainBroken(f"audit of {run_id}: entry {number} does not follow from the one before it")
        entries.append(sealed)
        previous = sealed.hash
    return entries


def _hash(entry: AuditEntry) -> str:
    try:
        return sha256(canonical(entry))
    except ValueError:  # not an entry of ours: it would not have been sealed
        return ""


def _sealed_entry(run_id: str, number: int, data: bytes) -> SealedEntry:
    try:
        return decode(data, SealedEntry)
    except RecordInvalid as error:
        raise ChainBroken(f"audit of {run_id}: entry {number} cannot be read: {error}") from error
