"""Recorded runs, played again: ``python -m bench.replay [--runs N] [--changes N] [--json]``.

Scenarios of the suites are taken to their decisions with the offline policy as the models, recorded, exported, and played from
the export in another process: every record has to be equal, byte by byte. In three of ten something goes wrong: a read, a
model, a function. Then each of fifty changes is made in a copy of the code, which plays runs until one diverges: it has to name
the step at which the change is seen first. Sizes are those of the recordings, compressed, as they are stored.
"""

from __future__ import annotations

import sys

from bench.replay.changes import CHANGES
from bench.replay.measuring import measured
from bench.report import options, report


def main() -> int:
    """Records, plays, changes, and prints; answers the exit code."""
    parser = options(__doc__)
    parser.add_argument(
        "--runs", type=int, default=1_000, metavar="N", help="runs that are recorded and played (1,000)"
    )
    parser.add_argument(
        "--changes", type=int, default=len(CHANGES), metavar="N", help="of the changes, the first so many"
    )
    parser.add_argument("--workers", type=int, default=2, metavar="N")
    asked = parser.parse_args()
    found = measured(asked.runs, asked.changes, asked.workers)
    bars = {
        "every run is equal": found["equal"] == found["runs"],
        "every change diverges": found["changes_seen"] == found["changes"],
        "every change is named at its first effect": found["changes_named"] == found["changes"],
    }
    return report("replay", found, bars=bars, asked=asked)


if __name__ == "__main__":
    sys.exit(main())
