"""``anchor``: the end of an audit, signed and put where nobody can delete it, by a role that writes no audit.

Who rewrites or cuts a run's entries later, whatever rights over the tables they have, contradicts what is kept there.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from conclave.audit.canonical import canonical
from conclave.audit.chain import ChainBroken, SealedEntry, read_chain
from conclave.clock import Clock, timestamp

FORMAT = "conclave-anchor/1"
_NAME = re.compile(r"run-[0-9a-f]+/[0-9]{6}\.json")


class Audits(Protocol):
    """A store from which audits are read."""

    def audit(self, run_id: str) -> list[bytes]:
        """All audit entries of a run as they were sealed, in order."""
        ...


class Signer(Protocol):
    """A private key that never leaves its place."""

    @property
    def key(self) -> str:
        """Name of the key (an ARN)."""
        ...

    def sign(self, digest: bytes) -> bytes:
        """ECDSA signature (DER) of a SHA-256 digest."""
        ...


class Vault(Protocol):
    """A place where nothing is replaced or deleted."""

    def keep(self, name: str, content: bytes) -> bool:
        """Keeps a document; False when there is one of that name, which stays."""
        ...


class Statement(Struct, frozen=True, kw_only=True):
    """The content of an anchor, which is signed: the canonical JSON of this.

    Attributes:
        run_id: The run.
        entries: How many entries its audit has.
        head: Hash of the last.
        links: The hashes of all, so that a rewritten entry is found by its number.
        anchored_at: When, ISO 8601 UTC.
        key: The key that signed.
        format: Version of this statement.
    """

    run_id: str
    entries: int
    head: str
    links: Sequence[str]
    anchored_at: str
    key: str
    format: str = FORMAT


class NothingToAnchor(Exception):
    """The run has no audit, or is not one of ours by its id."""


def is_anchor_name(name: str) -> bool:
    """True if an object may be an anchor by its name: a run's id, and the number of anchored entries of its audit."""
    return _NAME.fullmatch(name) is not None


def anchor(
    run_id: str, announced: Mapping[str, Any], *, audits: Audits, signer: Signer, vault: Vault, clock: Clock
) -> Statement:
    """Anchors the audit of a run as it stands. Repeating it changes nothing.

    Args:
        run_id: The run.
        announced: ``entries`` and ``head`` as the publisher announced them.
        audits: Where its audit is read.
        signer: Signs the statement.
        vault: Keeps it.
        clock: The time.

    Raises:
        NothingToAnchor: There is no audit, or the id is not one of a run.
        ChainBroken: The audit does not hold, or is not the one that was announced: nothing is signed.
    """
    if not is_anchor_name(f"{run_id}/000001.json"):
        raise NothingToAnchor("the event names no run of ours")
    chain = read_chain(run_id, audits.audit(run_id))
    if not chain:
        raise NothingToAnchor(f"{run_id} has no audit")
    _require_announced(run_id, chain, announced)
    statement = Statement(
        run_id=run_id,
        entries=len(chain),
        head=chain[-1].hash,
        links=[each.hash for each in chain],
        anchored_at=timestamp(clock()),
        key=signer.key,
    )
    signature = signer.sign(hashlib.sha256(canonical(statement)).digest())
    content = canonical({"anchor": statement, "signature": base64.b64encode(signature).decode()})
    vault.keep(f"{run_id}/{len(chain):06d}.json", content)
    return statement


def _require_announced(run_id: str, chain: Sequence[SealedEntry], announced: Mapping[str, Any]) -> None:
    entries = int(announced["entries"])
    if not 1 <= entries <= len(chain) or chain[entries - 1].hash != announced["head"]:
        raise ChainBroken(f"audit of {run_id}: entry {entries} is not the one that its publisher announced")
