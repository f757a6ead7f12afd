"""Moving the record of a rollout: each move is an entry of a chain like a run's audit, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct, to_builtins

from conclave.audit.canonical import sha256
from conclave.audit.chain import ROLLOUT, Act, Head, NewEntry, read_chain, seal
from conclave.rollout.record import Record
from conclave.rollout.verdicts import Finding
from conclave.untrusted.plain_text import presentable

REASON_CHARACTERS = 200
STAGE, RECORD = "ROLLOUT", "record"
"""Partition and sort key, in the table of runs, of the item that holds the record. No run has this id."""


class RolloutContended(Exception):
    """Somebody else moved the record first; nothing was done."""


class ReasonMissing(ValueError):
    """It is not said who moves the record, or why."""


class Move(StrEnum):
    """What was done, as the audit has it."""

    ADOPTED = "rollout_adopted"
    BEGUN = "rollout_begun"
    CONFIGURED = "rollout_configured"
    DRAWN = "rollout_drawn"
    ADMITTED = "rollout_admitted"
    PASSED = "rollout_passed"
    REFUSED = "rollout_refused"
    STEPPED = "rollout_stepped"
    PROMOTED = "rollout_promoted"
    ROLLED_BACK = "rollout_rolled_back"


class Rollouts(Protocol):
    """The record of a stage's rollout and its audit. One implementation for DynamoDB, one in memory; one contract for both."""

    def read(self) -> Record:
        """The record, consistently read; that before the first rollout where there is none."""
        ...

    def entries(self) -> list[bytes]:
        """The audit, oldest first."""
        ...

    def move(self, before: Record, after: Record, entry: NewEntry) -> None:
        """Writes the record and its entry, both or neither.

        Raises:
            RolloutContended: The record is not the one before any more.
        """
        ...


class Moved(Struct, frozen=True, kw_only=True):
    """An entry of the audit: what was done, when, by whom, why, on which findings, and the revision that it made."""

    number: int
    at: str
    move: Move
    by: str
    why: str
    findings: tuple[str, ...]
    revision: int


def moved(
    rollouts: Rollouts,
    change: Callable[[Record], Record],
    move: Move,
    *,
    by: str,
    why: str,
    at: str,
    findings: Sequence[Finding] = (),
    evidence: str = "",
) -> Record:
    """Moves the record, with an entry in the audit.

    Args:
        rollouts: The record and its audit.
        change: Makes the next record of the one that stands.
        move: What is done.
        by: Who does it.
        why: Their reason, which is kept for ever.
        at: When.
        findings: On what.
        evidence: Hash of the judgement's report; empty where there is none.

    Raises:
        RolloutRefused: The record cannot move so.
        RolloutContended: Somebody else moved it first.
        ReasonMissing: Nobody, or no reason, is given.
        ChainBroken: An entry of the audit is missing or was changed.
    """
    reason = presentable(why, REASON_CHARACTERS)
    if not by or not reason:
        raise ReasonMissing("say why; the reason is kept with the act for ever")
    before = rollouts.read()
    after = change(before)
    chain = read_chain(ROLLOUT, rollouts.entries())
    body = {
        "by": by,
        "reason": reason,
        "rollout": after.rollout,
        "revision": after.revision,
        "state": after.state.value,
        "share": after.share,
        "stable": dict(after.stable),
        "candidate": dict(after.candidate),
        "settings": sha256(after.settings.encode()) if after.settings else "",
        "findings": [each.line for each in findings],
        "evidence": evidence,
    }
    head = chain[-1].head if chain else Head()
    rollouts.move(before, after, seal(ROLLOUT, head, Act(event=move.value, at=at, body=to_builtins(body))))
    return after


def history(stored: Sequence[bytes]) -> list[Moved]:
    """What was done, oldest first.

    Raises:
        ChainBroken: An entry is missing or was changed.
    """

    def told(number: int, at: str, event: str, body: Any) -> Moved:
        return Moved(
            number=number,
            at=at,
            move=Move(event),
            by=str(body["by"]),
            why=str(body["reason"]),
            findings=tuple(body["findings"]),
            revision=int(body["revision"]),
        )

    chain = read_chain(ROLLOUT, stored)
    return [told(each.entry.sequence, each.entry.at, each.entry.event, each.entry.body) for each in chain]
