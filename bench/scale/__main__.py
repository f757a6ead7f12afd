"""Growth with size: ``python -m bench.scale [--only flights|agents|runs] [--flights N ...] [--json]``.

- Flights of a day, 250 to 4,000: making the network, requests and items of planning by DynamoDB's rules, seconds of planning and
  of whole runs over tables in memory. Each size is a process of its own, for its memory. Requests of the largest day may be 1.5
  times those of the smallest; items may grow by half of what flights grow by.
- Agents of the pack, 8 to 25: requests and bytes of a run over DynamoDB as moto has it; its largest record and state. A run's
  requests may grow as the agents do.
- Runs that are stored, 1,000 and 100,000: requests, items and processor time of looking one up, of lists, of the sweep. None
  of them may cost a request or an item more.

Exits 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bench.report import options, report

RUNS = (1_000, 100_000)
LONGER = 1.5
"""Largest ratio of a look-up's time among 100,000 runs to that among 1,000."""
MORE_REQUESTS = 1.5
"""Largest ratio of the requests of planning on the largest day to those on the smallest, however many flights there are more."""
ITEMS_BY_FLIGHTS = 0.5
"""Largest ratio of what items grow by to what flights grow by: rosters of a base and routes do."""
PLAN_SECONDS = 2.0
"""Largest median of planning on a day of 2,000 flights."""
BUSY_DAY = "2,000 flights a day"


def main() -> int:
    """Measures and prints; answers the exit code."""
    from bench.scale.flights import FLIGHTS, measured

    parser = options(__doc__)
    parser.add_argument("--only", choices=tuple(_PARTS), help="one part of it")
    parser.add_argument("--flights", type=int, nargs="+", default=FLIGHTS, metavar="N", help="flights of a day")
    parser.add_argument("--one-day", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one_day:
        sys.stdout.write(json.dumps(measured(asked.one_day)))
        return 0
    figures: dict[str, Any] = {}
    bars: dict[str, bool] = {}
    for name in [asked.only] if asked.only else _PARTS:
        found, held = _PARTS[name](asked)
        figures |= found
        bars |= held
    name = f"scale.{asked.only}" if asked.only else "scale"
    return report(name, figures, bars=bars, asked=asked)


Part = tuple[dict[str, Any], dict[str, bool]]


def _flights(asked: argparse.Namespace) -> Part:
    rows = [_day(flights) for flights in sorted(asked.flights)]
    figures, bars = growth(rows, sorted(asked.flights))
    bars |= {
        f"planning on {BUSY_DAY} takes at most {PLAN_SECONDS} s in the median": row["plan_median_seconds"]
        <= PLAN_SECONDS
        for row in rows
        if row["name"] == BUSY_DAY
    }
    return {"flights": rows, **figures}, bars


def growth(rows: Sequence[Mapping[str, Any]], flights: Sequence[int]) -> Part:
    """The growth of requests and items from the smallest day to the largest, and whether each is within its bar.

    Args:
        rows: The figures of each day, the smallest first.
        flights: How many flights each day has.
    """
    more = flights[-1] / flights[0]
    requests, items = (rows[-1][name] / rows[0][name] for name in ("requests", "items"))
    figures = {"requests_largest_over_smallest": round(requests, 2), "items_largest_over_smallest": round(items, 2)}
    if more == 1:
        return figures, {}
    return figures, {
        f"requests of planning at most {MORE_REQUESTS}-fold at {more:g} times the flights": requests <= MORE_REQUESTS,
        f"items of planning at most {ITEMS_BY_FLIGHTS * more:.3g}-fold at {more:g} times the flights": items
        <= ITEMS_BY_FLIGHTS * more,
    }


def _day(flights: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.scale", "--one-day", str(flights)]
    ran = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if ran.returncode:
        raise SystemExit(f"the day of {flights} flights could not be measured: exit code {ran.returncode}")
    return dict(json.loads(ran.stdout))


def _agents(asked: argparse.Namespace) -> Part:
    del asked
    from bench.scale.agents import MOST_KB, measured

    rows = measured()
    more, requests = (rows[-1][name] / rows[0][name] for name in ("agents", "requests"))
    bars = {f"requests of a run at most {more:.3g}-fold at {more:.3g} times the agents": requests <= more}
    bars |= {
        f"{name.removesuffix('_kb').replace('_', ' ')} at most {most} KB": all(row[name] <= most for row in rows)
        for name, most in MOST_KB.items()
    }
    return {"agents": rows}, bars


def _runs(asked: argparse.Namespace) -> Part:
    del asked
    from bench.scale.runs import measured

    rows, ratios = measured(RUNS)
    half = len(RUNS)
    flat = all(
        group[0][figure] == each[figure]
        for group in (rows[at : at + half] for at in range(0, len(rows), half))
        for each in group
        for figure in ("requests", "items")
    )
    longest = max(ratios.values())
    bars = {
        "100,000 stored runs cost no request and no item more than 1,000": flat,
        f"nothing takes more than {LONGER} times as long": longest <= LONGER,
    }
    return {"runs": rows, "largest_ratio_of_time": round(longest, 2)}, bars


_PARTS = {"flights": _flights, "agents": _agents, "runs": _runs}


if __name__ == "__main__":
    sys.exit(main())
