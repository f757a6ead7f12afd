"""Plants defects in the defences, one by one, and asks the tests to find them: ``python bench/defects/planting.py --help``.

Each defect goes into a temporary copy of the tree; the tests of the part run there. Exit code 0 means that every one was caught.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from bench.defects.seeded import DEFECTS, Defect

ROOT = Path(__file__).parents[2]
TIMEOUT_SECONDS = 600
_PARTS = ("layers", "lambdas", "tests", "bench", "local", "infra", "security", "cli", "evaluation", "verifier", "docs")
_FILES = ("pyproject.toml", "app.py", "cdk.json", "requirements.txt")


class DefectStale(Exception):
    """A text that a defect replaces is not in its file exactly once: the code moved on, and the defect has to follow."""


def _copy(target: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "cdk.out*", ".hypothesis")
    for name in _PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=ignored)
    for name in _FILES:
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, target / name)
    # The layers are bundled from here; tests skip bundling, and tools are found where they are.
    (target / ".venv").symlink_to(ROOT / ".venv")


def plant(defect: Defect, root: Path) -> None:
    """Puts a defect into a tree.

    Raises:
        DefectStale: The text it replaces does not stand there exactly once.
    """
    path = root / defect.path
    source = path.read_text(encoding="utf-8")
    if source.count(defect.sound) != 1:
        raise DefectStale(f"{defect.name}: found {source.count(defect.sound)} times in {defect.path}")
    broken = source.replace(defect.sound, defect.broken)
    json.loads(broken) if path.suffix == ".json" else compile(broken, str(path), "exec")  # anything catches bad syntax
    path.write_text(broken, encoding="utf-8")


def _tests(root: Path, selection: Sequence[str]) -> tuple[int, str]:
    """Runs tests in a tree; answers the exit code and the last line."""
    paths = [str(root), *(str(root / part) for part in ("layers/conclave/python", "layers/packs/python"))]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "--no-header",
        *selection,
    ]
    try:
        done = subprocess.run(
            command, cwd=root, env=variables, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return 1, "timed out"
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return done.returncode, (lines or done.stdout.strip().splitlines() or ["no output"])[-1][:160]


def named(line: str) -> str:
    """The test that a line of pytest's summary is about, without its parameters."""
    return line.partition(" ")[2].partition(" - ")[0].partition("[")[0]


def try_defect(defect: Defect, *, planted: bool = True, tests: Sequence[str] = ()) -> dict[str, Any]:
    """Plants a defect in a copy and says whether its tests (or ``tests``) found it; without planting it, whether they pass."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="defect-") as folder:
        root = Path(folder)
        _copy(root)
        if planted:
            plant(defect, root)
        code, line = _tests(root, tests or defect.tests)
    return {
        "name": defect.name if planted else "none",
        "caught": code == 1,
        "exit_code": code,
        "by": line,
        "seconds": round(time.monotonic() - started, 1),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Answers 0 when sound code passes and every defect is caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=0, help="defects to plant; 0 for all")
    parser.add_argument("--only", nargs="+", default=[""], help="defects whose name contains one of these")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    chosen = [each for each in DEFECTS if any(part in each.name for part in options.only)]
    if options.sample:
        chosen = random.Random(options.seed).sample(chosen, min(options.sample, len(chosen)))
    with ThreadPoolExecutor(options.workers) as pool:
        one_of_each = {each.tests: each for each in chosen}.values()
        sound = list(pool.map(partial(try_defect, planted=False), one_of_each))
        results = list(pool.map(partial(try_defect), chosen))
    caught = sum(1 for each in results if each["caught"])
    healthy = all(each["exit_code"] == 0 for each in sound)
    every = [*sound, *results]
    figures = {"defects": len(results), "caught": caught, "sound_code_passes": healthy, "results": every}
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        for each in every:
            said = "caught" if each["caught"] else ("passes" if each["name"] == "none" else "MISSED")
            print(f"{said:8}{each['seconds']:>6} s  {each['name']:50}{each['by']}")
        print(f"caught {caught} of {len(results)}; sound code {'passes' if healthy else 'FAILS'}")
    return 0 if healthy and caught == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
