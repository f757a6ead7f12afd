"""Runs that are recorded and played, and changes that are made and looked for; in processes that start anew."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from conclave.pack import load_pack
from conclave.recording.code_versions import code_versions
from conclave.recording.exported import Exported, read_export
from conclave.replaying.play import play

from bench.replay.changes import CHANGES, Change
from bench.replay.recorded import export_of, scenarios_of
from evaluation.scenarios import Scenario
from evaluation.suite import available_suites

ROOT = Path(__file__).parents[2]
SEED = 7
TRIED_RUNS = 20
"""Runs that each change is tried on, at most."""
AT_ONCE = 100
"""Runs that are recorded before they are played."""
TIMEOUT_SECONDS = 300
KB = 1024


def measured(count: int, changes: int, workers: int) -> dict[str, Any]:
    """The figures of so many runs and changes."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="replay-") as folder:
        exports = Path(folder) / "exports"
        exports.mkdir()
        sizes, equal, diverged = list[int](), 0, list[dict[str, str]]()
        for name, data, said in _played(count, workers):
            sizes.append(_recorded_bytes(read_export(data)))
            equal += said == ""
            diverged += [{"name": name, "at": said}] if said else []
            if len(sizes) <= TRIED_RUNS:
                (exports / f"{name}.json").write_bytes(data)
        played = round(time.monotonic() - began, 1)
        with ThreadPoolExecutor(workers) as pool:
            seen = list(pool.map(partial(tried, exports=exports), CHANGES[:changes]))
    return {
        "runs": len(sizes),
        "equal": equal,
        "diverged": len(diverged),
        "changes": len(seen),
        "changes_seen": sum(bool(each["step"]) for each in seen),
        "changes_named": sum(each["named"] for each in seen),
        "recording_kb_median": round(statistics.median(sizes) / KB, 1),
        "recording_kb_most": round(max(sizes) / KB, 1),
        "seconds": played,
        "differences": diverged[:10],
        "seen": seen,
    }


def _played(count: int, workers: int) -> Iterator[tuple[str, bytes, str]]:
    """Runs by name, each with its export and where it diverged; recorded in one process and played in any."""
    for suite in available_suites():
        scenarios = list(enumerate(scenarios_of(suite, SEED, count)))
        with ProcessPoolExecutor(max_workers=workers, mp_context=get_context("spawn")) as pool:
            for first in range(0, count, AT_ONCE):
                exports = list(pool.map(partial(_export, suite), scenarios[first : first + AT_ONCE], chunksize=4))
                # Backwards: most are played by another process than the one that recorded them, with other hashes of texts.
                yield from pool.map(partial(_replayed, suite), reversed(exports), chunksize=4)
                sys.stderr.write(f"{min(first + AT_ONCE, count):,} of {count:,} runs of {suite} are played\n")


def _export(suite: str, numbered: tuple[int, Scenario]) -> bytes:
    number, scenario = numbered
    return export_of(suite, scenario, number)


def _replayed(suite: str, data: bytes) -> tuple[str, bytes, str]:
    run = read_export(data)
    pack = load_pack(suite)
    found = play(run, pack, code_versions(pack.folder)).divergence
    return run.run.run_id, data, found.line if found else ""


def _recorded_bytes(run: Exported) -> int:
    """Bytes that a run's recordings take beside its other records."""
    beside = [stored.body for name, stored in run.records.items() if name.startswith("RECORDING#")]
    left = [data for entries in run.journal.values() for name, data in entries.items() if "#recording" in name]
    return sum(map(len, [*beside, *left]))


def tried(change: Change, exports: Path) -> dict[str, Any]:
    """Makes a change in a copy of the code and says where the copy diverges first."""
    with tempfile.TemporaryDirectory(prefix="changed-") as folder:
        root = Path(folder)
        # With the byte code, whose times of the sources a copy keeps.
        shutil.copytree(ROOT / "layers", root / "layers")
        plant(change, root)
        said = _said(root, exports)
    divergence = said["divergence"] or {}
    step = divergence.get("step", "")
    named = any(step == each or (each.endswith("/") and step.startswith(each)) for each in change.steps)
    place = f"{divergence.get('record', '')} {divergence.get('field', '')}".strip()
    return {"name": change.name, "step": step, "at": place[:60], "named": named, "runs": said["played"]}


class ChangeStale(Exception):
    """The text that a change replaces is not in its file exactly once: the code moved on, and the change has to follow."""


def plant(change: Change, root: Path) -> None:
    """Makes a change in a tree. Raises ``ChangeStale``."""
    path = root / change.path
    source = path.read_text(encoding="utf-8")
    if source.count(change.before) != 1:
        raise ChangeStale(f"{change.name}: found {source.count(change.before)} times in {change.path}")
    path.write_text(source.replace(change.before, change.after), encoding="utf-8")


def _said(root: Path, exports: Path) -> dict[str, Any]:
    layers: Sequence[Path] = [root / "layers/conclave/python", root / "layers/packs/python", ROOT]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, layers))}
    command = [sys.executable, "-m", "bench.replay.player", str(exports)]
    done = subprocess.run(
        command, cwd=exports, env=variables, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    if done.returncode:
        return {"played": 0, "divergence": {"step": "load", "record": "error", "field": done.stderr.strip()[-60:]}}
    found: dict[str, Any] = json.loads(done.stdout)
    return found
