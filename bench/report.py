"""The common part of all benches: fingerprint of the machine, table, JSON, comparison with the last committed result.

A bench measures, then calls ``report``. ``python -m bench.report load scale`` runs the benches that are named, one after the
other, keeps their results, and exits 1 when one of them missed a bar; with none named, as in ``make bench``, it runs those of
``bench/criteria/parts.py``. A bench that fails, or does not end in time, does not keep the others from being run. At the end
stand how long each took beside about how long that is on a quiet machine of two cores, and every line of ``bench/criteria`` with
its bar, the figure of this run, and whether it was held.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.criteria import HELD, judged, kept_since
from bench.criteria.parts import PARTS, Part, part_of

ROOT = Path(__file__).parents[1]
RESULTS = Path("bench/results")
MEGABYTE = 1024 * 1024
PART_SECONDS = 3_600
"""Longest time of one bench among several; then its processes are ended."""
GRACE_SECONDS = 60
CLOUD = {"CONCLAVE_CLOUD": "bench", "CONCLAVE_PORT": "4890", "CONCLAVE_BEDROCK_PORT": "4923"}
"""The cloud that the benches share which need one, unless ``CONCLAVE_CLOUD`` names another."""
SAME_MACHINE = ("cpu", "cores", "memory_mb")
TIMES = ("seconds", "_ms", "p50", "p95", "p99", "per_second")
"""Parts of the names of figures that mean something on one machine only; all others are counts, sizes and ratios."""


def options(description: str | None) -> argparse.ArgumentParser:
    """A parser with the options of every bench: ``--json`` and ``--keep``."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout instead of tables")
    parser.add_argument("--keep", action="store_true", help=f"write the result to {RESULTS}, to be committed")
    return parser


def report(name: str, figures: Mapping[str, Any], *, bars: Mapping[str, bool], asked: argparse.Namespace) -> int:
    """Prints what a bench measured; answers its exit code, 1 when a bar was missed.

    Args:
        name: The bench, with its size where results of different sizes do not compare ("load.10").
        figures: What was measured, ready for JSON. A list of records with a ``name`` becomes a table of its own.
        bars: What had to hold, in words, and whether it did; may be empty.
        asked: The options, read by the parser of ``options``.
    """
    missed = [words for words, held in bars.items() if not held]
    result = {
        **figures,
        "held": [words for words in bars if words not in missed],
        "missed": missed,
        "machine": fingerprint(),
    }
    if asked.json:
        sys.stdout.write(json.dumps(result) + "\n")
    else:
        sys.stdout.write(text_of(name, result, committed(name)))
    if asked.keep:
        (ROOT / RESULTS).mkdir(exist_ok=True)
        (ROOT / RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 1 if missed else 0


def fingerprint() -> dict[str, Any]:
    """The machine, the interpreter and the code, without the name of the host or of a folder."""
    changed = bool(_git("status", "--porcelain", "--untracked-files=no", "--", ".", f":!{RESULTS.as_posix()}"))
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEGABYTE,
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "commit": (_git("rev-parse", "--short=12", "HEAD") or "unknown") + (" with changes" if changed else ""),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def committed(name: str) -> dict[str, Any]:
    """The result of that name in the last commit; empty where there is none."""
    text = _git("show", f"HEAD:{RESULTS.as_posix()}/{name}.json")
    return dict(json.loads(text)) if text else {}


def text_of(name: str, result: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    """The tables of a result: its figures beside those of the result before, then its records, the machine, the missed bars."""
    machine = result["machine"]
    lines = [f"{name} on {machine['cpu']}, {machine['cores']} cores, {machine['python']}, commit {machine['commit']}"]
    lines += table(comparison(result, before))
    for records in (value for value in result.values() if _are_records(value)):
        lines += ["", *table(records)]
    if result["held"] or result["missed"]:
        lines += ["", *[f"missed: {words}" for words in result["missed"] or ["nothing; all bars held"]]]
    return "\n".join(lines) + "\n\n"


def comparison(result: Mapping[str, Any], before: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of figures beside those of the result before; a time of another machine is shown without a ratio."""
    earlier, there = flat(before), before.get("machine", {})
    same = all(result["machine"].get(part) == there.get(part) for part in SAME_MACHINE)
    rows = []
    for name, value in flat(result, records=False).items():
        row = {"figure": name, "now": value}
        if name in earlier:
            row["before"] = earlier[name]
            if earlier[name] and (same or not any(part in name for part in TIMES)):
                row["ratio"] = round(value / earlier[name], 3)
        rows.append(row)
    return rows


def flat(value: Any, name: str = "", *, records: bool = True) -> dict[str, float]:
    """The numbers in a value by their dotted names; those in lists of records by the records' names, or not at all."""
    if isinstance(value, bool | int | float):
        return {name: value}
    parts: dict[str, Any] = {}
    if isinstance(value, Mapping):
        parts = {key: each for key, each in value.items() if name or key != "machine"}
    elif records and _are_records(value):
        parts = {str(each["name"]): each for each in value}
    return {
        found: number
        for key, each in parts.items()
        for found, number in flat(each, f"{name}.{key}" if name else key, records=records).items()
    }


def table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Lines of a table in columns; numbers to the right."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    cells = [columns, *[[_shown(row.get(column, "")) for column in columns] for row in rows]]
    widths = [max(len(each[at]) for each in cells) for at in range(len(columns))]
    right = [not any(isinstance(row.get(column), str) for row in rows) for column in columns]
    return [
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in cells
    ]


def main() -> int:
    """Runs the benches that are named and says which of them missed a bar; answers the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benches", nargs="*", metavar="NAME", help="the part after 'bench.', with options if quoted")
    asked, began = parser.parse_args(), time.time()
    parts = [part_of(each) for each in asked.benches] or PARTS
    sys.stdout.write(f"{expected(parts)}\n\n")
    sys.stdout.flush()
    rows = [*_each(each for each in parts if not each.on_cloud), *_on_cloud([each for each in parts if each.on_cloud])]
    failed = [row for row in rows if row["ended"] != HELD]
    lines = judged(kept_since(ROOT / RESULTS, began))
    whole = round(time.time() - began)
    sys.stdout.write("\n".join([*table(rows), "", *table(lines), "", ""]))
    sys.stdout.write(f"{len(rows) - len(failed)} of {len(rows)} benches held their bars, in {whole // 60} minutes; ")
    sys.stdout.write(f"{sum(line['ended'] == HELD for line in lines)} of {len(lines)} lines were held\n")
    return 1 if failed else 0


def expected(parts: Sequence[Part]) -> str:
    """One line: about how long some parts take together."""
    unknown = [each.words for each in parts if each.seconds is None]
    known = sum(each.seconds or 0 for each in parts)
    more = f", and {', '.join(unknown)} that nobody has timed" if unknown else ""
    return f"{len(parts)} benches, about {round(known / 60)} minutes on a quiet machine of two cores{more}"


def _on_cloud(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Runs benches that need a local cloud on one of their own, unless one is named; each says itself what it lacks."""
    if len(parts) < 2 or "CONCLAVE_CLOUD" in os.environ:
        return _each(parts)
    environment, command = {**os.environ, **CLOUD}, str(Path(sys.executable).parent / "conclave")
    began = time.monotonic()
    ending([command, "up"], PART_SECONDS, environment)
    sys.stderr.write(f"one cloud for {len(parts)} benches: {time.monotonic() - began:.0f} s\n")
    try:
        return _each(parts, environment)
    finally:
        ending([command, "down"], PART_SECONDS, environment)


def _each(parts: Iterable[Part], environment: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Runs benches in turn; their names, how they ended, about how long each should take, and how long it took."""
    rows = []
    for part in parts:
        name, *rest = part.words.split()
        began = time.monotonic()
        ended = ending([sys.executable, "-m", f"bench.{name}", *rest, "--keep"], PART_SECONDS, environment)
        about = "" if part.seconds is None else str(part.seconds)
        rows.append({"bench": part.words, "ended": ended, "about": about, "seconds": round(time.monotonic() - began)})
    return rows


def ending(command: Sequence[str], seconds: float, environment: Mapping[str, str] | None = None) -> str:
    """How a command ended that has so many seconds; what it started ends with it, also when somebody interrupts."""
    process = subprocess.Popen(command, start_new_session=True, env=environment)
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        _end(process)
        return f"not done after {seconds:g} s"
    except BaseException:
        _end(process)
        raise
    return HELD if code == 0 else f"missed a bar or failed (exit code {code})"


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and its group as a person would, so that a cloud that it started is stopped; then without asking."""
    for kind, patience in ((signal.SIGINT, GRACE_SECONDS), (signal.SIGKILL, None)):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, kind)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)


def _are_records(value: Any) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) and "name" in each for each in value)
    )


def _shown(value: Any) -> str:
    return f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return named or platform.processor() or platform.machine()


def _git(*words: str) -> str:
    ran = subprocess.run([shutil.which("git") or "git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.stdout.strip() if ran.returncode == 0 else ""


if __name__ == "__main__":
    sys.exit(main())
