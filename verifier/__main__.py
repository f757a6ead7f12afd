"""``python -m verifier EXPORT [--key PEM] [--json]``. Exit codes: 0 proved, 1 broken, 2 usage, 7 still running."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from verifier.anchors import KeyUnusable, PublicKey
from verifier.export import Report, verify

PROVED, BROKEN, USAGE, RUNNING = 0, 1, 2, 7


def main(arguments: Sequence[str] | None = None) -> int:
    """Verifies an export from the command line and answers the exit code."""
    parser = argparse.ArgumentParser(prog="verifier", description="Verifies an export of audits, offline.")
    parser.add_argument("export", type=Path, help="the file")
    parser.add_argument(
        "--key", type=Path, action="append", default=[], help="public key (PEM) that has to have signed"
    )
    parser.add_argument("--strict", action="store_true", help="also refuse entries that are not in canonical form")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    asked = parser.parse_args(arguments)
    try:
        keys = [PublicKey.from_pem(path.read_bytes()) for path in asked.key]
        report = verify_file(asked.export, keys, strict=asked.strict)
    except OSError as error:
        sys.stderr.write(f"error: {error.filename} cannot be read: {error.strerror}\n")
        return USAGE
    except KeyUnusable as error:
        sys.stderr.write(f"error: --key: {error}\n")
        return USAGE
    sys.stdout.write(json.dumps(document(report), indent=2) + "\n" if asked.json else told(report))
    return exit_code(report)


def exit_code(report: Report) -> int:
    """0 when everything is proved, 1 when something is broken, 7 when nothing is but a run has no outcome yet."""
    if report.broken:
        return BROKEN
    return RUNNING if report.running else PROVED


def verify_file(path: Path, keys: Sequence[PublicKey], *, strict: bool = False) -> Report:
    """Verifies an export in a file; raises ``OSError`` when it cannot be read."""
    with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
        return verify((line.removesuffix("\n") for line in lines), keys, strict=strict)


def document(report: Report) -> dict[str, object]:
    """The report as plain values."""
    return {"ok": report.ok, **asdict(report), "run_ids": sorted(report.run_ids)}


def told(report: Report) -> str:
    """The report for a person."""
    what = (
        f"{report.entries} {'entry' if report.entries == 1 else 'entries'} of {report.runs} run{_s(report.runs)}, "
        f"{report.anchors} anchor{_s(report.anchors)}"
    )
    own = "" if report.pinned else " (the export's own word: compare it with the key you trust, or give --key)"
    keys = "".join(f"signed with key {each}{own}\n" for each in report.fingerprints)
    if report.ok:
        return f"proved: {what}\n{keys}"
    waiting = "".join(f"  {each} is still running: its entries hold so far\n" for each in report.running)
    if not report.broken:
        return f"still running: {what}; a run is anchored, and proved, after its outcome\n{waiting}{keys}"
    found = "".join(
        f"  {place(each.run_id, each.sequence)}, line {each.line}: {each.reason}\n" for each in report.broken
    )
    return f"broken: {what}\n{found}{waiting}{keys}"


def _s(number: int) -> str:
    return "" if number == 1 else "s"


def place(run_id: str, sequence: int) -> str:
    """The place of a break, in words."""
    if not run_id:
        return "the export"
    return f"{run_id} entry {sequence}" if sequence else run_id


if __name__ == "__main__":
    sys.exit(main())
