"""The changes of the configuration: each an entry of a chain like a run's audit, with who, why and the document that it made.

A document holds numbers, words of closed lists, ids and days, never a text, so it may stand in an audit. The bytes that are
deployed are its canonical form: what is rolled back to is byte for byte what was deployed before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct

from conclave.audit.canonical import canonical, sha256
from conclave.audit.chain import CONFIGURATION, Act, Head, NewEntry, SealedEntry, read_chain, seal
from conclave.untrusted.plain_text import presentable

REASON_CHARACTERS = 200


class Kind(StrEnum):
    """What a change did."""

    SET = "configuration_set"
    ROLLED_BACK = "configuration_rolled_back"


class ChangeUnknown(LookupError):
    """There is no change of that number; the message says which there are."""


class ReasonMissing(ValueError):
    """It is not said who changes the configuration, or why."""


class Change(Struct, frozen=True, kw_only=True):
    """A change of the configuration.

    Attributes:
        number: 1, 2, 3 ...; 0 stands for the configuration as it is packaged.
        at: When, ISO 8601 UTC.
        by: Who, as the cloud knows them.
        why: Their reason.
        kind: What it did.
        paths: The settings that it set or took back; of a rollback, all that differ.
        to: Of a rollback, the number of the change that it went back to; ``None`` otherwise.
        document: The document that it made.
        hash: Hash of its entry in the audit; empty for 0.
    """

    number: int
    at: str
    by: str
    why: str
    kind: Kind
    paths: tuple[str, ...]
    to: int | None
    document: Mapping[str, Any]
    hash: str

    @property
    def data(self) -> bytes:
        """The document as it is deployed."""
        return canonical(self.document)


AS_PACKAGED = Change(number=0, at="", by="", why="", kind=Kind.SET, paths=(), to=None, document={}, hash="")
"""Before the first change."""


def changes_in(stored: Sequence[bytes]) -> list[Change]:
    """The changes in a chain, oldest first.

    Raises:
        ChainBroken: An entry is missing or was changed.
    """
    return [_change(sealed) for sealed in read_chain(CONFIGURATION, stored)]


def change_of(changes: Sequence[Change], number: int) -> Change:
    """The change of a number, 0 for the configuration as packaged.

    Raises:
        ChangeUnknown: There is none.
    """
    found = next((each for each in (AS_PACKAGED, *changes) if each.number == number), None)
    if found is None:
        raise ChangeUnknown(f"there is no change {number}; there are 0 (as packaged) to {len(changes)}")
    return found


def entered(
    changes: Sequence[Change],
    document: Mapping[str, Any],
    *,
    by: str,
    why: str,
    at: str,
    paths: Sequence[str],
    to: int | None = None,
) -> NewEntry:
    """The entry of a change that comes next.

    Args:
        changes: Those so far.
        document: What is set from now on; it has been found valid.
        by: Who changes it.
        why: Their reason, which is kept for ever.
        at: When.
        paths: The settings that differ.
        to: Of a rollback, the change that it goes back to.

    Raises:
        ReasonMissing: Nobody, or no reason, is given.
    """
    reason = presentable(why, REASON_CHARACTERS)
    if not by or not reason:
        raise ReasonMissing("say why; the reason is kept with the change for ever")
    head = Head(entries=changes[-1].number, hash=changes[-1].hash) if changes else Head()
    body = {
        "by": by,
        "reason": reason,
        "paths": sorted(paths),
        "to": to,
        "document": dict(document),
        "deployed": sha256(canonical(document)),
    }
    kind = Kind.SET if to is None else Kind.ROLLED_BACK
    return seal(CONFIGURATION, head, Act(event=kind.value, at=at, body=body))


def differing(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> list[str]:
    """The paths of the settings in which two documents differ."""
    found: list[str] = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if isinstance(old, Mapping) or isinstance(new, Mapping):
            one, other = (each if isinstance(each, Mapping) else {} for each in (old, new))
            found += differing(one, other, f"{path}{name}.")
        elif (name in before) != (name in after) or old != new or type(old) is not type(new):
            found.append(f"{path}{name}")
    return found


def with_value(document: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The document with a value at a path (``limits.model_turns``); whether it may stand there is another question."""
    name, _, rest = path.partition(".")
    if not rest:
        return {**document, name: value}
    below = document.get(name)
    return {**document, name: with_value(below if isinstance(below, Mapping) else {}, rest, value)}


def without(document: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The document without what it sets at a path, and without groups that are empty then."""
    name, _, rest = path.partition(".")
    below = document.get(name)
    others = {key: value for key, value in document.items() if key != name}
    if not rest or not isinstance(below, Mapping):
        return others if not rest else dict(document)
    left = without(below, rest)
    return {**others, name: left} if left else others


def _change(sealed: SealedEntry) -> Change:
    entry, body = sealed.entry, sealed.entry.body
    return Change(
        number=entry.sequence,
        at=entry.at,
        by=str(body["by"]),
        why=str(body["reason"]),
        kind=Kind(entry.event),
        paths=tuple(body["paths"]),
        to=body["to"],
        document=body["document"],
        hash=sealed.hash,
    )
