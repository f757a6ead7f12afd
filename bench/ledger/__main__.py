"""Money under crashes: ``python -m bench.ledger --runs N [--json]``. Exit code 1 when any run passed its ceiling.

See ``bench.ledger.simulating`` for what is simulated, and how.
"""

from __future__ import annotations

import sys

from bench.ledger.simulating import measure
from bench.report import options, report


def main() -> int:
    """Prints the figures."""
    parser = options(__doc__)
    parser.add_argument("--runs", type=int, default=5_000, help="how many runs")
    asked = parser.parse_args()
    found = measure(asked.runs)
    bars = {
        "no run passes its ceiling": not found["over_ceiling"],
        "functions died, and calls were refused": min(found["deaths"], found["refused"]) > 0,
    }
    return report("ledger", found, bars=bars, asked=asked)


if __name__ == "__main__":
    sys.exit(main())
