"""Verifies an export: every link of every chain, and every chain against its anchors. Names the first broken link of each run.

An export is a text file, one canonical JSON document a line: ``{"export": ...}`` first, ``{"key": ...}`` for each signing key,
then for each run ``{"run": ...}``, its entries ``{"entry": ..., "hash": ...}``, its anchors
``{"anchor": ..., "signature": ...}``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from verifier.anchors import Anchor, AnchorInvalid, KeyUnusable, PublicKey, read_anchor
from verifier.canonical import NotCanonical, Reader

FORMAT = "conclave-export/1"
GENESIS = "0" * 64
_HASH = ',"hash":"'
_ENTRY = len('{"entry":')
_SEAL = len(_HASH) + len(GENESIS) + len('"}')


@dataclass(frozen=True, slots=True)
class Broken:
    """A place where an export does not hold.

    Attributes:
        run_id: The run; empty when the line belongs to none.
        sequence: Number of the entry; 0 when it is not about one.
        line: Line of the export, from 1.
        reason: What is wrong, for a person.
    """

    run_id: str
    sequence: int
    line: int
    reason: str


@dataclass(slots=True)
class Report:
    """The result of the verification of an export.

    Attributes:
        runs: Runs looked at.
        entries: Entries looked at.
        anchors: Anchors with a valid signature.
        broken: First broken link of each run, in the order of the export.
        running: Runs without an outcome, as the export says, whose entries hold so far. They are not anchored, so not proved.
        fingerprints: SHA-256 of the keys that signatures were checked with.
        run_ids: The runs.
        pinned: Whether these keys came from the caller; otherwise they are the export's own word.
    """

    runs: int = 0
    entries: int = 0
    anchors: int = 0
    broken: list[Broken] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    fingerprints: list[str] = field(default_factory=list)
    run_ids: set[str] = field(default_factory=set)
    pinned: bool = False

    @property
    def ok(self) -> bool:
        """True if every entry of every run is proved."""
        return not self.broken and not self.running


@dataclass(slots=True)
class _Run:
    run_id: str
    entries: int
    anchors: int
    line: int
    hashes: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    found: list[Anchor] = field(default_factory=list)
    seen: int = 0
    broken: Broken | None = None
    quoted: str = ""
    running: bool = False

    def __post_init__(self) -> None:
        self.quoted = json.dumps(self.run_id, ensure_ascii=False)

    def fail(self, sequence: int, line: int, reason: str) -> None:
        """Keeps the break with the lowest sequence."""
        if self.broken is None or sequence < self.broken.sequence:
            self.broken = Broken(self.run_id, sequence, line, reason)

    def complete(self) -> bool:
        return len(self.hashes) >= self.entries and self.seen >= self.anchors


def verify(lines: Iterable[str], trusted: Sequence[PublicKey] = (), *, strict: bool = False) -> Report:
    """Verifies an export.

    Args:
        lines: Its lines, without line ends; bytes that are not UTF-8 as lone surrogates (``surrogateescape``).
        trusted: Keys that anchors must be signed with; without them the keys in the export are taken.
        strict: Also parse every entry and refuse one that is not in canonical form, as two readers might read it differently.
            Who anchors has refused it already; this does not rely on that.
    """
    checking = _Checking(trusted, strict)
    number = 0
    for number, line in enumerate(lines, start=1):
        checking.take(number, line)
    return checking.finish(number)


class _Checking:
    """One pass over an export."""

    def __init__(self, trusted: Sequence[PublicKey], strict: bool) -> None:
        self._strict = strict
        self._reader = Reader()
        self._keys = list(trusted)
        self._pinned = bool(trusted)
        self._announced: int | None = None
        self._run: _Run | None = None
        self._report = Report(pinned=self._pinned)

    def take(self, number: int, line: str) -> None:
        """Looks at one line."""
        run = self._run
        if run is not None and line.startswith('{"entry":'):
            self._entry(run, number, line)
            return
        try:
            document = self._reader.read(line)
            whole = (
                isinstance(document, dict)
                and _bytes(line) is not None
                and (line.startswith('{"anchor":') or self._reader.canonical(document) == line)
            )
        except NotCanonical:
            whole = False
        kind = next(iter(document)) if whole and document else ""
        if kind == "anchor" and run is not None:
            self._anchor(run, number, line, document)
        elif kind == "run":
            self._open(number, document["run"])
        elif kind == "key" and run is None:
            self._key(number, document["key"])
        elif kind == "export" and number == 1:
            self._header(number, document["export"])
        else:
            self._unreadable(number)

    def finish(self, last: int) -> Report:
        """Closes the last run and answers what was found."""
        self._close()
        report = self._report
        if self._announced is None:
            report.broken.insert(0, Broken("", 0, 1, "the export does not begin with its header"))
        elif self._announced != report.runs:
            reason = f"the export announces {self._announced} runs and holds {report.runs}"
            report.broken.append(Broken("", 0, last, reason))
        elif not report.runs:
            report.broken.append(Broken("", 0, last, "there is no run in it: nothing is proved"))
        report.fingerprints = [each.fingerprint for each in self._keys]
        return report

    def _header(self, number: int, header: Any) -> None:
        if not isinstance(header, dict) or header.get("format") != FORMAT or not isinstance(header.get("runs"), int):
            self._unreadable(number)
            return
        self._announced = header["runs"]

    def _key(self, number: int, key: Any) -> None:
        if self._pinned:
            return
        try:
            self._keys.append(PublicKey.from_der(base64.b64decode(key["public_key"], validate=True)))
        except (KeyUnusable, KeyError, TypeError, binascii.Error) as error:
            self._report.broken.append(Broken("", 0, number, f"the key is unusable: {error}"))

    def _open(self, number: int, header: Any) -> None:
        self._close()
        expected = {"run_id": str, "entries": int, "anchors": int}
        if not isinstance(header, dict) or any(not isinstance(header.get(k), t) for k, t in expected.items()):
            self._unreadable(number)
            return
        self._run = _Run(header["run_id"], header["entries"], header["anchors"], number)
        self._run.running = header.get("running") is True
        self._report.runs += 1
        if header["run_id"] in self._report.run_ids:
            self._run.fail(0, number, "the run stands in the export twice")
        self._report.run_ids.add(header["run_id"])

    def _entry(self, run: _Run, number: int, line: str) -> None:
        self._report.entries += 1
        sequence = len(run.hashes) + 1
        if run.broken is not None:
            return
        reason = self._link(run, sequence, line) if sequence <= run.entries else "stands after the last one"
        if reason:
            run.fail(sequence, number, reason)

    def _link(self, run: _Run, sequence: int, line: str) -> str:
        """Adds an entry to the chain, or says why it is not a link of it.

        What is hashed is the text itself, so that a sound entry need not be parsed: the last members of a canonical entry say
        which link it is.
        """
        text, sealed = line[_ENTRY:-_SEAL], line[-_SEAL + len(_HASH) : -2]
        if line[-_SEAL : -_SEAL + len(_HASH)] != _HASH or not line.endswith('"}'):
            return "cannot be read"
        written = _bytes(text)
        if written is None:
            return "cannot be read"
        if hashlib.sha256(written).hexdigest() != sealed:
            return "does not have the hash it is sealed with"
        previous = run.hashes[-1] if run.hashes else GENESIS
        if not text.endswith(f',"previous":"{previous}","run_id":{run.quoted},"sequence":{sequence}}}'):
            return self._other(run, sequence, text)
        if self._strict and not self._in_canonical_form(text):
            return "is not in canonical form"
        run.hashes.append(sealed)
        return ""

    def _other(self, run: _Run, sequence: int, text: str) -> str:
        """Which link a sealed entry is, when it is not the one that should come next."""
        try:
            entry = self._reader.read(text)
        except NotCanonical:
            return "cannot be read"
        if not isinstance(entry, dict) or entry.get("run_id") != run.run_id:
            return "belongs to another run"
        if entry.get("sequence") != sequence:
            return f"is missing; number {entry.get('sequence')} stands in its place"
        return "does not follow from the one before it"

    def _in_canonical_form(self, text: str) -> bool:
        try:
            return self._reader.canonical(self._reader.read(text)) == text
        except NotCanonical:
            return False

    def _anchor(self, run: _Run, number: int, line: str, document: dict[str, Any]) -> None:
        run.seen += 1
        try:
            anchor = read_anchor(document, line, self._reader, self._keys)
        except (AnchorInvalid, NotCanonical) as error:
            run.fail(len(run.hashes) or 1, number, str(error))
            return
        if anchor.run_id != run.run_id:
            run.fail(len(run.hashes) or 1, number, "the anchor is of another run")
            return
        self._report.anchors += 1
        run.found.append(anchor)

    def _close(self) -> None:
        """Compares a chain that was read with what was announced and anchored of it."""
        run, self._run = self._run, None
        if run is None:
            return
        first = run.line + 1
        have = len(run.hashes)
        for anchor in run.found:
            differing = (
                n for n, (hash, link) in enumerate(zip(run.hashes, anchor.links, strict=False), 1) if hash != link
            )
            rewritten = next(differing, 0)
            if rewritten:
                run.fail(rewritten, first + rewritten - 1, "is not the one that was anchored: it was rewritten")
            elif have < len(anchor.links):
                run.fail(have + 1, first + have, f"is missing: {len(anchor.links)} entries are anchored")
        if have < run.entries:
            run.fail(have + 1, first + have, f"is missing: the export announces {run.entries} entries")
        anchored = max((len(each.links) for each in run.found), default=0)
        waiting = run.running and have > 0 and not run.seen and run.broken is None
        if waiting:
            self._report.running.append(run.run_id)
        elif anchored < have or have == 0:
            run.fail(anchored + 1, first + anchored, "is not anchored: nothing proves that it was not rewritten")
        if run.seen != run.anchors:
            reason = f"the export announces {run.anchors} anchors and holds {run.seen}"
            run.fail(have + 1, first + have, reason)
        if run.broken is not None:
            self._report.broken.append(run.broken)

    def _unreadable(self, number: int) -> None:
        run = self._run
        if run is not None and not run.complete():
            run.fail(len(run.hashes) + 1, number, "cannot be read")
            return
        self._close()
        self._report.broken.append(Broken("", 0, number, "the line cannot be read"))


def _bytes(text: str) -> bytes | None:
    """The UTF-8 of a text; nothing for what was not UTF-8 in the file, which is not a second way to write what was sealed."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return None
