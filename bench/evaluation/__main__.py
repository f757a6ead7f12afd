"""What consistency costs: ``python -m bench.evaluation [--scenarios N] [--times N] [--json]``.

Evaluates the same scenarios plainly, as often in turn as the other evaluation runs each of them, and then once with ``times``.
Both use every core. Exits 1 when the one takes more than 1.2 times the others together, or longer than ten minutes, or when the
runs of a scenario do not agree (the offline policy answers the same question the same way).
"""

from __future__ import annotations

import sys
import time
from typing import Any

from bench.report import options, report
from evaluation.report import Report
from evaluation.suite import evaluate

SUITE, SEED = "airline", 1
MOST_SECONDS = 600.0
MOST_RATIO = 1.2


def main() -> int:
    """Measures and prints; answers the exit code."""
    parser = options(__doc__)
    parser.add_argument("--scenarios", type=int, default=100, metavar="N", help="how many; 100 by default")
    parser.add_argument("--times", type=int, default=3, metavar="N", help="how often each is run; 3 by default")
    asked = parser.parse_args()
    plain = [_timed(asked.scenarios, 1) for _ in range(asked.times)]
    seconds, found = _timed(asked.scenarios, asked.times)
    in_turn = sum(each for each, _ in plain)
    document = found.document()
    agreed = document["consistency"] or {}
    figures: dict[str, Any] = {
        "scenarios": asked.scenarios,
        "times": asked.times,
        "seconds": round(seconds, 2),
        "plain_seconds": [round(each, 2) for each, _ in plain],
        "in_turn_seconds": round(in_turn, 2),
        "ratio": round(seconds / in_turn, 3),
        "p50_seconds": document["p50_seconds"],
        "p95_seconds": document["p95_seconds"],
        "p99_seconds": document["p99_seconds"],
        "agreed": min((agreed[name]["cases"] for name in ("option", "constraints", "verdicts")), default=1.0)
        if agreed
        else 1.0,
        "sound_answers": document["quality"]["share"],
    }
    bars = {
        f"at most {MOST_RATIO} times the plain evaluations in turn": figures["ratio"] <= MOST_RATIO,
        f"at most {MOST_SECONDS:.0f} s": seconds <= MOST_SECONDS,
        "the runs of each scenario agree": figures["agreed"] == 1.0,
    }
    return report("evaluation", figures, bars=bars, asked=asked)


def _timed(scenarios: int, times: int) -> tuple[float, Report]:
    began = time.monotonic()
    found = evaluate(suite=SUITE, seed=SEED, count=scenarios, times=times)
    return time.monotonic() - began, found


if __name__ == "__main__":
    sys.exit(main())
