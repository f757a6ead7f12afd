"""Times the commands that people wait for: ``make unit``, and ``make demo`` on a cloud that does not run yet.

``python -m bench.commands [--json] [--keep]``. The demo gets a cloud of its own, which is stopped afterwards, so that nobody's is
touched. The packages are there before: what is timed is the command, not the first download. Exits 1 when a bar is missed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping

from bench.report import ROOT, options, report

UNIT_SECONDS, DEMO_SECONDS = 60, 60
CLOUD = {"CONCLAVE_CLOUD": "bench-demo", "CONCLAVE_PORT": "4888", "CONCLAVE_BEDROCK_PORT": "4921"}


def main() -> int:
    """Runs and times both; answers the exit code."""
    asked = options(__doc__).parse_args()
    unit, unit_ended = timed("unit", {})
    try:
        demo, demo_ended = timed("demo", CLOUD)
    finally:
        timed("down", CLOUD)
    return report(
        "commands",
        {"unit_seconds": unit, "unit_exit_code": unit_ended, "demo_seconds": demo, "demo_exit_code": demo_ended},
        bars={
            "make unit passes": unit_ended == 0,
            f"make unit takes at most {UNIT_SECONDS} s": unit <= UNIT_SECONDS,
            "make demo passes": demo_ended == 0,
            f"make demo takes less than {DEMO_SECONDS} s": demo < DEMO_SECONDS,
        },
        asked=asked,
    )


def timed(target: str, environment: Mapping[str, str]) -> tuple[float, int]:
    """Seconds that a target of make takes, and its exit code; what it prints goes to stderr."""
    command = [shutil.which("make") or "make", "--no-print-directory", target]
    # A make that runs this bench would hand its own jobs and flags down.
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    began = time.monotonic()
    ended = subprocess.run(command, cwd=ROOT, env={**variables, **environment}, stdout=sys.stderr, check=False)
    return round(time.monotonic() - began, 1), ended.returncode


if __name__ == "__main__":
    sys.exit(main())
