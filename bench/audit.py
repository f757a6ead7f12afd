"""How sure and how fast the verifier of audits is: ``python -m bench.audit [--tamperings N] [--entries N] [--json]``.

Exports are made with the engine's own code and tampered with in one random way at a time; the verifier has to find each one and
name the first broken link. Exit code 1 when one was missed or misplaced, or when the verifier is too slow.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from conclave.audit.canonical import canonical
from conclave.audit.chain import Act, Head, NewEntry, seal
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from verifier.anchors import PublicKey
from verifier.export import Broken, Report, verify

TAMPERINGS = 10_000
ENTRIES = 120_000
ENTRIES_PER_SECOND = 50_000
"""The least speed that the verifier has to reach, on one core."""

KEY = "arn:aws:kms:us-east-1:000000000000:key/anchor"
AGENTS = ("crew", "maintenance", "regulatory", "network", "guests", "cargo", "finance")
PRIVATE_KEY = ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True, slots=True)
class Tampered:
    """An export that was tampered with, and where.

    Attributes:
        lines: The export.
        run_id: The run that was hit.
        sequences: Entries that may be named as its first broken link; empty when naming the run, or a line of it, is enough.
        block: First and last line of that run in the export as it is now.
    """

    lines: list[str]
    run_id: str
    sequences: frozenset[int]
    block: tuple[int, int]


def public_key(private: ec.EllipticCurvePrivateKey) -> PublicKey:
    """The public half of a key."""
    return PublicKey.from_der(private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def chain(run_id: str, acts: Sequence[Act]) -> list[NewEntry]:
    """The entries of a run, sealed by the engine."""
    entries: list[NewEntry] = []
    for act in acts:
        entries.append(seal(run_id, entries[-1].head if entries else Head(), act))
    return entries


def acts(source: random.Random) -> list[Act]:
    """Acts of the shape and the size of those of a real run with two phases."""

    def digest() -> str:
        return hashlib.sha256(source.randbytes(8)).hexdigest()

    def assessments() -> dict[str, Any]:
        return {
            name: {
                "record": digest(),
                "status": "ok",
                "verdict": source.choice(["approve", "caution"]),
                "model": "global.anthropic.some-model-v1:0",
                "requests": [digest()],
            }
            for name in AGENTS
        }

    decision = {
        "status": "decided",
        "option_id": "O3",
        "ranking": [f"O{n}" for n in range(12)],
        "scores": {name: round(source.random(), 6) for name in ("safety", "cost", "passengers", "network")},
        "total": source.random() / 10 ** source.randint(0, 8),
        "reasons": [{"code": "chosen", "agent": source.choice(["arbiter", "árbitro", "\U0001f6eb", "\ufb33"])}],
    }
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("incident_accepted", {"pack": "airline", "source": "api", "inputs": {"text": digest(), "incident": digest()}}),
        ("run_framed", {"fence": 1, "record": digest(), "prompts": {name: digest() for name in AGENTS}}),
        ("phase_collated", {"fence": 1, "phase": "recommend", "assessments": assessments()}),
        ("phase_collated", {"fence": 1, "phase": "revise", "assessments": assessments()}),
        ("decision_proposed", {"fence": 1, "record": digest(), "decision": decision}),
        ("decision_published", {"fence": 1, "decision": decision, "records": {name: digest() for name in AGENTS}}),
    ]
    return [Act(event=event, at="2026-11-21T06:00:00.000Z", body=body) for event, body in bodies]


def anchor_line(run_id: str, links: Sequence[str], private: ec.EllipticCurvePrivateKey) -> str:
    """An anchor of a chain, as an export holds it."""
    statement = {
        "run_id": run_id,
        "entries": len(links),
        "head": links[-1],
        "links": list(links),
        "anchored_at": "2026-11-21T06:00:02.000Z",
        "key": KEY,
        "format": "conclave-anchor/1",
    }
    signature = base64.b64encode(private.sign(canonical(statement), ec.ECDSA(SHA256()))).decode()
    return canonical({"anchor": statement, "signature": signature}).decode()


def run_lines(run_id: str, entries: Sequence[str], anchors: Sequence[str]) -> list[str]:
    """The block of a run in an export."""
    header = {"run": {"run_id": run_id, "entries": len(entries), "anchors": len(anchors)}}
    return [canonical(header).decode(), *entries, *anchors]


@dataclass(frozen=True, slots=True)
class Export:
    """An export by its parts, so that a tampering knows what it hits."""

    runs: dict[str, list[NewEntry]]
    private: ec.EllipticCurvePrivateKey

    @classmethod
    def make(cls, runs: int, source: random.Random) -> Export:
        """An export of made-up runs."""
        names = [f"run-{number:06d}" for number in range(runs)]
        return cls({name: chain(name, acts(source)) for name in names}, PRIVATE_KEY)

    def block(self, run_id: str) -> list[str]:
        """The lines of a run."""
        entries = self.runs[run_id]
        anchor = anchor_line(run_id, [each.hash for each in entries], self.private)
        return run_lines(run_id, [each.data.decode() for each in entries], [anchor])

    def lines(self, blocks: dict[str, list[str]]) -> list[str]:
        """The whole, with the blocks as they are now."""
        header = {
            "export": {"format": "conclave-export/1", "stage": "local", "pack": "airline", "runs": len(self.runs)}
        }
        der = self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        key = {"key": {"id": KEY, "public_key": base64.b64encode(der).decode()}}
        top = [canonical(header).decode(), canonical(key).decode()]
        return [*top, *(line for block in blocks.values() for line in block)]


Hit = tuple[list[str], frozenset[int]]
"""The block of a run after a tampering, and which entries may be named."""


def _flipped(line: str, source: random.Random) -> str:
    place = source.randrange(len(line))
    other = source.choice([char for char in '0a9f{}",:[x \u00e9' if char != line[place]])
    return line[:place] + other + line[place + 1 :]


def _flip(block: list[str], k: int, source: random.Random, _: Export) -> Hit:
    return [*block[:k], _flipped(block[k], source), *block[k + 1 :]], frozenset({k})


def _drop(block: list[str], k: int, source: random.Random, _: Export) -> Hit:
    return [*block[:k], *block[k + 1 :]], frozenset({k})


def _double(block: list[str], k: int, source: random.Random, _: Export) -> Hit:
    return [*block[: k + 1], *block[k:]], frozenset({k + 1})


def _swap(block: list[str], k: int, source: random.Random, _: Export) -> Hit:
    other = source.choice([n for n in range(1, len(block) - 1) if n != k])
    changed = list(block)
    changed[k], changed[other] = changed[other], changed[k]
    return changed, frozenset({min(k, other)})


def _cut(block: list[str], k: int, source: random.Random, _: Export) -> Hit:
    return [*block[:k], block[-1]], frozenset({k})


def _cut_and_adapt(block: list[str], k: int, source: random.Random, export: Export) -> Hit:
    return run_lines(_name(block), block[1:k], block[-1:]), frozenset({k})


def _rewritten(block: list[str], k: int, source: random.Random) -> list[str]:
    """The chain with another body in entry k, and every hash from there on made anew: in itself it holds."""
    entries = [json.loads(line)["entry"] for line in block[1:-1]]
    entries[k - 1]["body"] = {**entries[k - 1]["body"], "total": source.random()}
    done = [Act(event=each["event"], at=each["at"], body=each["body"]) for each in entries]
    return [each.data.decode() for each in chain(_name(block), done)]


def _rewrite(block: list[str], k: int, source: random.Random, _: Export) -> Hit:
    return [block[0], *_rewritten(block, k, source), block[-1]], frozenset({k})


def _rewrite_and_sign(block: list[str], k: int, source: random.Random, _: Export) -> Hit:
    entries = _rewritten(block, k, source)
    links = [json.loads(line)["hash"] for line in entries]
    forged = anchor_line(_name(block), links, ec.generate_private_key(ec.SECP256R1()))
    return [block[0], *entries, forged], frozenset({1})


def _without_anchor(block: list[str], k: int, source: random.Random, _: Export) -> Hit:
    return run_lines(_name(block), block[1:-1], []), frozenset({1})


def _flip_anchor(block: list[str], k: int, source: random.Random, _: Export) -> Hit:
    return [*block[:-1], _flipped(block[-1], source)], frozenset()


def _flip_header(block: list[str], k: int, source: random.Random, _: Export) -> Hit:
    return [_flipped(block[0], source), *block[1:]], frozenset()


def _of_another_run(block: list[str], k: int, source: random.Random, export: Export) -> Hit:
    other = source.choice([name for name in export.runs if name != _name(block)])
    return [*block[:k], export.runs[other][k - 1].data.decode(), *block[k + 1 :]], frozenset({k})


def _name(block: list[str]) -> str:
    return str(json.loads(block[0])["run"]["run_id"])


Tampering = Callable[[list[str], int, random.Random, Export], Hit]
TAMPERINGS_BY_NAME: dict[str, Tampering] = {
    "byte of an entry changed": _flip,
    "byte of an anchor changed": _flip_anchor,
    "byte of a run's header changed": _flip_header,
    "entry dropped": _drop,
    "entry doubled": _double,
    "entries swapped": _swap,
    "entry of another run put in": _of_another_run,
    "entries cut off": _cut,
    "entries cut off, header adapted": _cut_and_adapt,
    "rewritten from an entry on": _rewrite,
    "rewritten and signed with another key": _rewrite_and_sign,
    "anchor removed, header adapted": _without_anchor,
}


def tamper(name: str, export: Export, blocks: dict[str, list[str]], source: random.Random) -> Tampered:
    """The export after one random tampering of that name."""
    run_id = source.choice(list(blocks))
    block = blocks[run_id]
    k = source.randrange(1, len(block) - 1)
    changed, sequences = TAMPERINGS_BY_NAME[name](block, k, source, export)
    lines = export.lines({**blocks, run_id: changed})
    before = list(blocks)[: list(blocks).index(run_id)]
    first = 3 + sum(len(blocks[each]) for each in before)
    return Tampered(lines, run_id, sequences, (first, first + len(changed)))


def located(tampered: Tampered, report: Report) -> bool:
    """True if the first broken link was named, and nothing was said about a run that was left alone."""
    if report.ok:
        return False
    first = report.broken[0]
    return _names(tampered, first) and all(_near(tampered, each) for each in report.broken)


def _names(tampered: Tampered, broken: Broken) -> bool:
    if not tampered.sequences:
        return _near(tampered, broken)
    return broken.run_id == tampered.run_id and broken.sequence in tampered.sequences


def _near(tampered: Tampered, broken: Broken) -> bool:
    first, last = tampered.block
    about_all = broken.run_id == "" and broken.line == len(tampered.lines)
    return broken.run_id == tampered.run_id or first <= broken.line <= last or about_all


def entries_per_second(entries: int) -> tuple[int, float, float]:
    """Entries verified, entries a second of processor time, signatures included, and the same speed in strict mode."""
    export = Export.make(max(1, entries // 6), random.Random(2))
    lines = export.lines({name: export.block(name) for name in export.runs})
    trusted = [public_key(export.private)]
    speeds = []
    for strict in (False, True):
        began = time.process_time()
        report = verify(lines, trusted, strict=strict)
        speeds.append(report.entries / (time.process_time() - began))
        if not report.ok:
            raise AssertionError(f"an untouched export was refused: {report.broken[0]}")
    return report.entries, speeds[0], speeds[1]


def main() -> int:
    """Runs the bench and answers the exit code."""
    parser = argparse.ArgumentParser(prog="bench.audit", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tamperings", type=int, default=TAMPERINGS, help="how many exports to tamper with")
    parser.add_argument(
        "--entries", type=int, default=ENTRIES, help="how many entries to verify for the figure of speed"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed is another set of tamperings")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    asked = parser.parse_args()
    source = random.Random(asked.seed)
    tried, found = Counter[str](), Counter[str]()
    names = list(TAMPERINGS_BY_NAME)
    for number in range(asked.tamperings):
        if number % 500 == 0:
            export = Export.make(4, source)
            blocks = {name: export.block(name) for name in export.runs}
            trusted = [public_key(export.private)]
        name = names[number % len(names)]
        tampered = tamper(name, export, blocks, source)
        tried[name] += 1
        found[name] += located(tampered, verify(tampered.lines, trusted))
    entries, speed, strictly = entries_per_second(asked.entries)
    missed = tried.total() - found.total()
    figures = {
        "tamperings": tried.total(),
        "located": found.total(),
        "missed": missed,
        "kinds": {name: {"tried": tried[name], "located": found[name]} for name in names},
        "entries": entries,
        "entries_per_second": round(speed),
        "entries_per_second_strict": round(strictly),
        "least_entries_per_second": ENTRIES_PER_SECOND,
    }
    if asked.json:
        sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    else:
        rows = [f"{name:<40} {tried[name]:>7,} {found[name]:>8,}" for name in names]
        sys.stdout.write(f"{'tampering':<40} {'tried':>7} {'located':>8}\n" + "\n".join(rows) + "\n")
        sys.stdout.write(f"{'all':<40} {tried.total():>7,} {found.total():>8,}\n")
        sys.stdout.write(f"verified {entries:,} entries, signatures included: {speed:,.0f} a second on one core")
        sys.stdout.write(f" ({strictly:,.0f} when every entry is parsed and written canonically again)\n")
    return 0 if missed == 0 and speed >= ENTRIES_PER_SECOND else 1


if __name__ == "__main__":
    sys.exit(main())
