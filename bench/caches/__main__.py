"""Caches over a week: hit rate beside that of an infinite cache, answers that were wrong, and how long a hit takes.

``python -m bench.caches [--seed N] [--incidents N] [--json] [--keep] [--api N]``. The week is synthetic (``week.py`` says what is
assumed); runs, tables, versions, bounds and rules are those that are deployed. Each answer of a cache is compared with the data,
and each decision that was given again is decided anew over the data of that moment. With ``--api`` a report is sent N times to
the local cloud, too, once its decision is there; the cloud is started when it does not run, and then stopped.
"""

from __future__ import annotations

import argparse
import sys
import time
from statistics import quantiles
from typing import Any

from conclave.pack import load_pack

from bench import report
from bench.caches.playing import Desk
from bench.caches.prefixes import prefixes
from bench.caches.site import Site
from bench.caches.week import close_share, week
from evaluation.scenarios import Network
from evaluation.suite import load_suite, network_rows

PACK = "airline"
NETWORK = Network(date="2026-11-21", seed=1)


def main() -> int:
    """Plays the week; answers the exit code."""
    asked = _options()
    began = time.monotonic()
    desk = _play(asked.seed, asked.incidents)
    watch = desk.site.watch
    infinite = watch.infinite / watch.asked
    repeated = sum(desk.told.values())
    hit_ms = _percentile([seconds * 1_000 for seconds in watch.hit_seconds], 99)
    stale = watch.stale + desk.wrong
    figures: dict[str, Any] = {
        "hit_rate": round(watch.tally.hit_rate, 4),
        "infinite_hit_rate": round(infinite, 4),
        "ratio_of_infinite": round(watch.tally.hit_rate / infinite, 4),
        "stale": stale,
        "stale_reads": watch.stale,
        "stale_decisions": desk.wrong,
        "hit_p99_ms": round(hit_ms, 3),
        "reads": {"memory": watch.tally.memory, "shared": watch.tally.shared, "data": watch.tally.data},
        "processes": watch.processes,
        "shared_kb_written": desk.site.shared.written // 1024,
        "repeated": {"reports": repeated, **{str(name): number for name, number in sorted(desk.told.items())}},
        "checks_again": {"stood": desk.checks["stood"], "ran": desk.checks["ran"]},
        "week_seconds": round(time.monotonic() - began, 1),
        "prefixes": prefixes(desk.site.pack, desk.site.visible.changed(desk.scenarios[0].changes), desk.scenarios[0]),
        "next_within_five_minutes": round(close_share(asked.seed, asked.incidents), 3),
    }
    bars = {
        "hit rate of at least 0.95 of an infinite cache's": watch.tally.hit_rate >= 0.95 * infinite,
        "hit rate above 70 %": watch.tally.hit_rate > 0.7,
        "no stale answer": stale == 0,
        "a hit in process within 5 ms at p99": hit_ms < 5,
    }
    if asked.api:
        from bench.caches.api import repeat
        from bench.load import running_cloud

        with running_cloud():
            figures["api"] = repeat(asked.api)
        bars["a repeated report within 100 ms at p95, with the decision in it"] = (
            figures["api"]["p95_ms"] < 100 and figures["api"]["given"] == asked.api
        )
    return report.report("caches", figures, bars=bars, asked=asked)


def _options() -> argparse.Namespace:
    parser = report.options(__doc__)
    parser.add_argument("--seed", type=int, default=7, help="another seed is another week")
    parser.add_argument("--incidents", type=int, default=140, help="incidents in the week")
    parser.add_argument(
        "--api", type=int, default=0, metavar="N", help="send one report N times to the local cloud, too"
    )
    return parser.parse_args()


def _play(seed: int, incidents: int) -> Desk:
    pack = load_pack(PACK)
    load = network_rows(pack)
    scenarios = load_suite(PACK).scenarios(seed, incidents, load, (NETWORK,))
    desk = Desk(Site(pack, load(NETWORK)), scenarios)
    for event in week(seed, incidents):
        desk.take(event)
    return desk


def _percentile(values: list[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else sum(values)


if __name__ == "__main__":
    sys.exit(main())
