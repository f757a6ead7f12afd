"""The event that warms up, function by function: ``python -m bench.starting.warm_up [--rounds 3] [--only NAME ...] [--json]``.

Each function starts in fresh processes as in ``bench.cold_start``, in turn with and without a warm-up before its first event of a
real run. ``first_ms`` is that event without, after the init phase; ``warmed_ms`` the same after the warm-up, which took
``warm_up_ms`` where nobody waited. Stores and models stand on loopback and are as quick as there, so connections, which take
network time on AWS, count for little. Exits 1 when the first event after a warm-up is slower in the median of all functions.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conclave.pack import load_pack
from conclave.results import WARM_UP
from moto import mock_aws

from bench.cold_start import Laboratory
from bench.report import options, report
from bench.starting import assembly
from bench.starting.assembly import PACK
from bench.starting.journey import Journey, fill
from bench.starting.stand_in import REGION, stand_in
from local.emulator.runtime import bare_interpreter

PROBE = Path(assembly.HERE) / "warm_probe.py"
NOISE = 1.05
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}


def main() -> int:
    """Measures and prints; answers the exit code."""
    parser = options(__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="starts of each function that count")
    parser.add_argument("--only", nargs="*", default=(), metavar="NAME", help="functions to measure; all by default")
    asked = parser.parse_args()
    os.environ.update(CREDENTIALS)
    with tempfile.TemporaryDirectory() as scratch, mock_aws(), stand_in() as served:
        folder = Path(scratch)
        functions = assembly.functions(folder / "cdk.out")
        lab = Laboratory(functions, served, bare_interpreter(folder / "runtime"), fill(load_pack(PACK)))
        journey = Journey(load_pack(PACK))
        journey.travel(lambda name, event: lab.start(name, event)["answer"])
        names = [name for name in functions if not asked.only or name in asked.only]
        rows = [measured(lab, name, journey.events[name], asked.rounds) for name in names]
    ratio = round(statistics.median(row["ratio"] for row in rows), 3)
    bars = {"the first event after a warm-up is not slower, in the median": ratio <= NOISE}
    return report("warm_up", {"ratio": ratio, "functions": rows}, bars=bars, asked=asked)


def measured(lab: Laboratory, name: str, event: Mapping[str, Any], rounds: int) -> dict[str, Any]:
    """Milliseconds of a function's first event with and without a warm-up, and of the warm-up; medians."""
    cold, warm_up, warmed = [], [], []
    for number in range(rounds + 1):
        (first,) = _took(lab, name, [event])
        warming, then = _took(lab, name, [dict(WARM_UP), event])
        if number:
            cold.append(first)
            warm_up.append(warming)
            warmed.append(then)
    found = {"first_ms": cold, "warm_up_ms": warm_up, "warmed_ms": warmed}
    medians = {key: round(statistics.median(values) * 1000, 1) for key, values in found.items()}
    return {"name": name, **medians, "ratio": round(medians["warmed_ms"] / medians["first_ms"], 3)}


def _took(lab: Laboratory, name: str, events: Sequence[Mapping[str, Any]]) -> list[float]:
    function = lab.functions[name]
    lab.served.turn(name)
    command = [str(lab.interpreter), "-I", "-B", str(PROBE), json.dumps(events), str(function.code)]
    done = subprocess.run(
        [*command, *map(str, function.layers)],
        env=lab.environment(function),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{name} does not answer:\n{done.stderr}")
    return list(json.loads(done.stdout.rpartition("\n")[2])["took"])


if __name__ == "__main__":
    sys.exit(main())
