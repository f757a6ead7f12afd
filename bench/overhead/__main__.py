"""The engine's own work, without models, planner and data: ``python -m bench.overhead [--base TREE] [--json]``.

Orchestration alone (seven agents, a join, seven again, a join, the arbiter) stands beside Strands Graph and LangGraph. The work
of a whole decision stands beside that of commit 73546f3, in turn, which is taken out of the history; where the history is not
there (a shallow clone), beside what it needed once, both told in rounds of a fixed calculation. ``--base TREE`` stands beside
another tree (``git worktree add TREE COMMIT``). Every figure is the median over rounds in which all take their turn. Exits 1
when a bar is missed.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.overhead.orchestration import FRAMEWORKS
from bench.report import ROOT, options, report

HERE = Path(__file__).parent
OTHERS = {"langgraph": ROOT / ".venv-bench/bin/python"}
"""Frameworks that have an environment of their own; see ``make bench``."""
ORCHESTRATIONS, DECISIONS = 300, 40
AT_MOST_OF_GRAPH, AT_MOST_OF_BASE = 1.0, 0.45
BASE = "73546f3"
BASE_IN_CALCULATIONS = 6.2
"""Processor time of a decision in commit ``BASE``, in calculations: the median of rounds in turn, on one quiet machine. Another
processor does more or fewer of them in the time of a decision (one of Intel, 7.06), so this stands in only where the commit is
not to be had."""


def main() -> int:
    """Measures and prints; answers the exit code."""
    parser = options(__doc__)
    parser.add_argument("--base", type=Path, metavar="TREE", help="another tree of this repository to stand beside")
    parser.add_argument("--rounds", type=int, default=5, help="how often each takes its turn")
    asked = parser.parse_args()
    with base_tree(asked.base) as base:
        trees = {"now": ROOT, **({"base": base} if base else {})}
        rounds = [measured(trees) for _ in range(asked.rounds)]
    middle = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
    unit = "cpu_ms" if base else "in_calculations"
    ratios = {
        "orchestration_of_strands_graph": _ratio(rounds, "conclave_ms", "strands_graph_ms"),
        "orchestration_of_langgraph": _ratio(rounds, "conclave_ms", "langgraph_ms"),
        "decision_of_base": _ratio(rounds, f"now_{unit}", f"base_{unit}"),
    }
    return report(
        "overhead",
        {**{name: round(value, 3) for name, value in middle.items()}, "ratios": ratios},
        bars={
            f"orchestration at most {AT_MOST_OF_GRAPH} of Strands Graph": ratios["orchestration_of_strands_graph"]
            <= AT_MOST_OF_GRAPH,
            f"a decision at most {AT_MOST_OF_BASE} of commit {BASE}": ratios["decision_of_base"] <= AT_MOST_OF_BASE,
        },
        asked=asked,
    )


@contextmanager
def base_tree(named: Path | None) -> Iterator[Path | None]:
    """The tree to stand beside: the one that is named, else commit ``BASE`` for as long as the context lasts; None without it."""
    if named:
        yield named.resolve()
        return
    git = shutil.which("git")
    taken = (
        subprocess.run([git, "archive", BASE, "layers"], cwd=ROOT, capture_output=True, check=False) if git else None
    )
    if taken is None or taken.returncode:
        yield None
        return
    with TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(taken.stdout)) as tree:
        tree.extractall(folder, filter="data")
        yield Path(folder)


def measured(trees: Mapping[str, Path]) -> dict[str, float]:
    """One round: medians of each framework and tree, in milliseconds, and of a decision in calculations."""
    figures = {f"{name}_ms": statistics.median(orchestrated(name)) for name in FRAMEWORKS}
    calculation = statistics.median(calculated() for _ in range(20))
    for name, tree in trees.items():
        times = decided(tree)
        figures |= {f"{name}_{clock}": statistics.median(times[clock]) for clock in ("cpu_ms", "wall_ms")}
    figures["calculation_ms"] = calculation
    for name in trees:
        figures[f"{name}_in_calculations"] = figures[f"{name}_cpu_ms"] / calculation
    figures.setdefault("base_in_calculations", BASE_IN_CALCULATIONS)
    return figures


def orchestrated(framework: str) -> list[float]:
    """Milliseconds of each of a framework's repeats, in a process of its own."""
    python = OTHERS.get(framework, Path(sys.executable))
    if not python.exists():
        raise SystemExit(f"{framework} is not installed; run `make .venv-bench/.complete`")
    command = [str(python), "-W", "ignore", str(HERE / "orchestration.py"), framework, str(ORCHESTRATIONS)]
    return list(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def decided(tree: Path) -> dict[str, Any]:
    """Milliseconds of each decision of a tree, on the clock and of the processor."""
    folders = [tree, tree / "layers/conclave/python", tree / "layers/packs/python"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
    command = [sys.executable, str(HERE / "whole.py"), str(DECISIONS)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=tree)
    return dict(json.loads(ran.stdout))


def calculated() -> float:
    """Milliseconds of processor time of a fixed calculation: dictionaries, texts, JSON and hashes, as the engine has them."""
    began = time.process_time()
    for number in range(200):
        record = {f"field_{index}": [index, str(index * number), index / 7] for index in range(20)}
        text = json.dumps(record, sort_keys=True)
        hashlib.sha256(text.encode()).hexdigest()
        json.loads(text)
    return (time.process_time() - began) * 1000


def _ratio(rounds: list[dict[str, float]], name: str, other: str) -> float:
    return round(statistics.median(each[name] / each[other] for each in rounds), 3)


if __name__ == "__main__":
    sys.exit(main())
