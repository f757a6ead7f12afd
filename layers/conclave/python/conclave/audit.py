"""The audit of a run: entries chained by hash, appended in the same transaction as the state change that they record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conclave.codec import decode, digest, encode

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One link of the chain.

    Attributes:
        run_id: The run.
        sequence: 1, 2, 3 ... without a gap.
        at: When, ISO 8601 UTC.
        event: What happened (``decision_published``).
        body: What was decided, by whom, on what evidence; digests of the records that stand elsewhere.
        previous: Hash of the entry before; zeros for the first.
        hash: SHA-256 of the canonical JSON of everything above.
    """

    run_id: str
    sequence: int
    at: str
    event: str
    body: Mapping[str, Any]
    previous: str
    hash: str


class ChainBroken(Exception):
    """An audit chain does not hold; the message names the first broken link."""


def append_entry(*, run_id: str, existing: Sequence[bytes], at: str, event: str, body: Mapping[str, Any]) -> AuditEntry:
    """The entry that comes after the existing ones.

    Raises:
        ChainBroken: The existing chain does not hold; nothing may be appended to it.
    """
    entries = read_chain(run_id, existing)
    previous = entries[-1].hash if entries else GENESIS
    content = {
        "run_id": run_id,
        "sequence": len(entries) + 1,
        "at": at,
        "event": event,
        "body": body,
        "previous": previous,
    }
    return AuditEntry(**content, hash=digest(content))  # type: ignore[arg-type]


def read_chain(run_id: str, stored: Sequence[bytes]) -> list[AuditEntry]:
    """Reads and checks a chain.

    Raises:
        ChainBroken: A sequence number is missing, or a hash does not follow from what it seals.
    """
    entries = [decode(data, AuditEntry) for data in stored]
    previous = GENESIS
    for number, entry in enumerate(entries, start=1):
        content = {
            "run_id": entry.run_id,
            "sequence": entry.sequence,
            "at": entry.at,
            "event": entry.event,
            "body": entry.body,
            "previous": entry.previous,
        }
        sound = entry.run_id == run_id and entry.sequence == number and entry.previous == previous
        if not sound or digest(content) != entry.hash:
            raise ChainBroken(f"audit of {run_id}: entry {number} does not follow from the one before it")
        previous = entry.hash
    return entries


def encoded(entry: AuditEntry) -> bytes:
    """The entry as it is stored."""
    return encode(entry)
