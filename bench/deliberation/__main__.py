"""Tokens, money and time of a decision beside those of a baseline: ``python -m bench.deliberation [--scenarios N] [--json]``.

The scenarios are those of the evaluation's generator. Each is decided twice in this process by the offline policy over the same
data: as Conclave does, and as one would write it first with the same agent framework (``bench/deliberation/baseline.py``). Tokens
are counted over the requests that reach the client of Bedrock and over what comes back. Time is that of the stand-in's latency
model and of a store, counted along the critical path and not waited for, with the processor time of framing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from bench.report import options, report

TOKENS_PER_RUN = 10_500
RATIOS: Mapping[str, float] = {
    "ratio_tokens": 0.40,
    "ratio_cost": 0.30,
    "ratio_duration_p50": 0.40,
    "ratio_duration_p95": 0.40,
}


def main() -> int:
    """Measures and prints; answers the exit code."""
    parser = options(__doc__)
    parser.add_argument("--scenarios", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    os.environ.update(NOBODY)
    from bench.deliberation.comparing import figures, play_all

    found = figures(play_all(asked.scenarios, asked.seed), asked.seed)
    return report("deliberation", found, bars=bars(found), asked=asked)


NOBODY = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nobody"}
"""A client is made and replaced before it is used: nothing is sent."""


def bars(found: Mapping[str, Any]) -> dict[str, bool]:
    """What has to hold, in words, and whether it does."""
    count = found["scenarios"]
    return {
        f"tokens a run at most {TOKENS_PER_RUN}": found["tokens_per_run"] <= TOKENS_PER_RUN,
        **{f"{name} at most {bar}": found[name] <= bar for name, bar in RATIOS.items()},
        f"the same option in all {count}": found["same_options"] == count,
        f"the same hard constraints in all {count}": found["same_constraints"] == count,
        f"confidence within 0.1 in all {count}": found["confidence_close"] == count,
    }


if __name__ == "__main__":
    sys.exit(main())
