"""The local cloud under load: ``python -m bench.load [--at-once N ... | --same N | --in-a-row N] [--json]``.

Uses the local cloud that ``CONCLAVE_CLOUD`` and the ports name, and starts it first when it does not run (then stops it, too).
``--at-once`` asks about twenty flights or more, N of them at any time, ``--same`` N times about one, ``--in-a-row`` about N one
after the other. Of several N each is measured after the one before and has a result of its own.
Memory is that of the emulator, its workers and the stand-in for Bedrock together, the largest seen. Exits 1 when a bar is missed.
"""

from __future__ import annotations

import math
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from conclave.clock import timestamp

from bench.report import options, report
from cli.errors import CliError
from cli.ports import Api, Target
from cli.services import Services
from local.cloud import Cloud

ROOT = Path(__file__).parents[1]
TARGET = Target(stage="local", pack="airline")
MEMORY_MB = 3072
GROWTH_MB = 0.05
WARM_UP = 40
SAMPLE_SECONDS = 0.5
POLL_SECONDS = 2.0
FEWEST = 20
"""Incidents that ``--at-once`` asks about at least."""
AHEAD = timedelta(hours=1)
"""Flights that leave later than this are asked about: of one that has left, a report has to say where it is, or it is halted."""
RUN_SECONDS = 60.0
"""Longest mean time of a run, for those asked at once."""
THROTTLED = frozenset({"throttled", "http_429"})
THROTTLED_SECONDS = 600.0
KIBIBYTES = 1024
_USED = (11, 12, 13, 14)
"""Where a ``/proc/<pid>/stat`` has the ticks of a process and of its children that ended, behind its name."""
PAGE = 100
TERMINAL = frozenset({"decided", "awaiting_approval", "halted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The observations of a load.

    Attributes:
        asked: Requests.
        runs: Different runs that they led to.
        decided: Runs that ended with a decision, or with a request for approval.
        failed: Requests that were refused or got no answer, runs that did not end, and runs that the machine gave up.
        p50: Seconds from a request to the end of its run, half of the runs took at most that; 0 where none ended.
        p95: The same for 95 of 100.
        p99: The same for 99 of 100.
        halted: The codes of the reasons of runs that ended without a decision, and how many have them.
        memory_mb: Largest memory of all processes of the cloud.
        growth_mb: Growth of the emulator per run, after the first 40; None where runs were not asked one after the other.
    """

    asked: int
    runs: int
    decided: int
    failed: int
    p50: float
    p95: float
    p99: float
    halted: Mapping[str, int]
    memory_mb: float
    growth_mb: float | None = None


def main() -> int:
    """Measures and prints; answers the exit code."""
    parser = options(__doc__)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument(
        "--at-once", type=int, nargs="+", metavar="N", default=[10], help="so many different incidents at the same time"
    )
    kind.add_argument("--same", type=int, metavar="N", help="the same incident so many times at the same time")
    kind.add_argument("--in-a-row", type=int, metavar="N", help="so many different incidents one after the other")
    asked = parser.parse_args()
    if asked.in_a_row and asked.in_a_row < WARM_UP + 2:
        parser.error(f"growth is told after {WARM_UP} runs; ask for more of them")
    with running_cloud() as cloud:
        services = Services()
        api = services.api(TARGET)
        if asked.same:
            found = {"load.same": burst(cloud, api, sentences(services, 1) * asked.same, asked.same)}
        elif asked.in_a_row:
            found = {"load.row": row(cloud, api, sentences(services, asked.in_a_row))}
        else:
            found = {
                f"load.{at_once}": burst(cloud, api, sentences(services, max(FEWEST, at_once)), at_once)
                for at_once in asked.at_once
            }
    return max(report(name, asdict(figures), bars=bars, asked=asked) for name, (figures, bars) in found.items())


@contextmanager
def running_cloud() -> Iterator[Cloud]:
    """The local cloud, deployed and with its sample; stopped afterwards if it did not run before."""
    cloud = Cloud(ROOT)
    ran = cloud.status().running
    subprocess.run([str(Path(sys.executable).parent / "conclave"), "up"], check=True, stdout=sys.stderr)
    try:
        yield cloud
    finally:
        if not ran:
            cloud.stop()


def sentences(services: Services, count: int) -> list[str]:
    """Reports about so many different flights that are still to leave, the next ones first."""
    from cli.target.account import account_for

    account = account_for(TARGET)
    table = account.outputs(TARGET)["TablePrefix"] + "flights"
    pages = account.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    earliest = timestamp(services.now() + AHEAD)
    flights = sorted(
        tuple(each[name]["S"] for name in ("departure_utc", "number", "date", "origin", "destination"))
        for page in pages
        for each in page["Items"]
        if each["departure_utc"]["S"] > earliest
    )
    if len(flights) < count:
        raise SystemExit(
            f"{len(flights)} flights of the sample are still to leave; ask for no more, or seed a later day"
        )
    stamp = int(time.time())
    # The minutes tell the runs of one measurement from those of another on the same day.
    return [
        f"Flight {number} on {date} from {origin} to {destination} is {30 + stamp % 90} minutes late, report {stamp}"
        for _, number, date, origin, destination in flights[:count]
    ]


def burst(cloud: Cloud, api: Api, texts: Sequence[str], at_once: int) -> tuple[Figures, dict[str, bool]]:
    """Asks about everything, so many at any time, each until its run has ended."""
    runs = len(set(texts))
    with peak_memory(cloud) as peak, watched(api, RUN_SECONDS * max(10, runs)) as ended_at:

        def ask(text: str) -> tuple[str, float | None]:
            began = time.monotonic()
            run = submitted(api, text)
            ended = ended_at(run) if run else None
            return run, None if ended is None else ended - began

        with ThreadPoolExecutor(at_once) as pool:
            asked = list(pool.map(ask, texts))
    accepted = [run for run, _ in asked]
    figures = figures_of(accepted, {run: taken for run, taken in asked if taken is not None}, api, peak())
    return figures, {
        "every request answered": all(accepted),
        f"{runs} runs": figures.runs == runs,
        "every run ended, none failed": figures.failed == 0,
        f"{runs} of {runs} decided": figures.decided == runs,
        f"memory under {MEMORY_MB} MB": figures.memory_mb < MEMORY_MB,
    }


def row(cloud: Cloud, api: Api, texts: Sequence[str]) -> tuple[Figures, dict[str, bool]]:
    """Asks one after the other, each when the one before has ended."""
    accepted, sizes, ends = list[str](), list[float](), dict[str, float]()
    with peak_memory(cloud) as peak, watched(api, RUN_SECONDS * 10, poll=0.5) as ended_at:
        for number, text in enumerate(texts, 1):
            began = time.monotonic()
            run = submitted(api, text)
            accepted.append(run)
            if run and (end := ended_at(run)) is not None:
                ends[run] = end - began
            sizes.append(resident_mb(cloud.status().emulator))
            if number % 20 == 0:
                sys.stderr.write(f"{number} runs, the emulator has {sizes[-1]:.1f} MB\n")
    grown = growth(sizes, WARM_UP)
    figures = figures_of(accepted, ends, api, peak(), grown)
    return figures, {
        "every run ended, none failed": figures.failed == 0,
        f"growth at most {GROWTH_MB} MB a run": grown is not None and grown <= GROWTH_MB,
    }


def growth(sizes: Sequence[float], warm_up: int) -> float | None:
    """Megabytes per run by a straight line through the sizes after the warm-up; None with fewer than two of them."""
    after = sizes[warm_up:]
    if len(after) < 2:
        return None
    return statistics.linear_regression(range(len(after)), after).slope


def figures_of(
    accepted: Sequence[str], ends: dict[str, float], api: Api, memory_mb: float, growth_mb: float | None = None
) -> Figures:
    """The figures of some requests.

    Args:
        accepted: The run of each request; empty where none was accepted.
        ends: Seconds that each run took that has ended, by its id.
        api: Tells how they ended.
        memory_mb: Largest memory.
        growth_mb: Growth per run.
    """
    known = {each for each in accepted if each}
    outcomes = [api.run(each) for each in sorted(ends)]
    broken = [each for each in outcomes if any(reason["code"] == "execution_failed" for reason in each["reasons"])]
    seconds = sorted(ends.values())
    return Figures(
        asked=len(accepted),
        runs=len(known),
        decided=sum(each["status"] in {"decided", "awaiting_approval"} for each in outcomes),
        failed=accepted.count("") + len(known) - len(ends) + len(broken),
        p50=round(statistics.median(seconds), 1) if seconds else 0.0,
        p95=percentile(seconds, 0.95),
        p99=percentile(seconds, 0.99),
        halted=Counter(reason["code"] for each in outcomes if each["status"] == "halted" for reason in each["reasons"]),
        memory_mb=round(memory_mb, 1),
        growth_mb=None if growth_mb is None else round(growth_mb, 4),
    )


def submitted(api: Api, text: str) -> str:
    """The run of a report; empty when it was not accepted. A throttled one is sent again, as callers have to."""
    patience = time.monotonic() + THROTTLED_SECONDS
    while True:
        try:
            return str(api.submit({"text": text})["run_id"])
        except CliError as error:
            if error.code not in THROTTLED or time.monotonic() > patience:
                sys.stderr.write(f"not accepted: {error}\n")
                return ""
        time.sleep(random.uniform(0.5, 5.0))


def percentile(seconds: Sequence[float], share: float) -> float:
    """The value that so large a share of sorted ones is at most; 0 where there are none."""
    return round(seconds[math.ceil(share * len(seconds)) - 1], 1) if seconds else 0.0


@contextmanager
def watched(api: Api, limit: float, poll: float = POLL_SECONDS) -> Iterator[Callable[[str], float | None]]:
    """Looks every ``poll`` seconds which runs have ended; gives a function that waits for one.

    It answers the moment on the monotonic clock; ``None`` when the run did not end within ``limit`` seconds.
    """
    ends, waiting, news, over = dict[str, float](), set[str](), threading.Condition(), threading.Event()

    def look() -> None:
        while not over.wait(poll):
            with news:
                asked = set(waiting)
            gone = open_runs_gone(api, asked) if asked else set()
            with news:
                ends.update(dict.fromkeys(gone - ends.keys(), time.monotonic()))
                waiting.difference_update(gone)
                news.notify_all()

    def ended_at(run: str) -> float | None:
        with news:
            if run not in ends:
                waiting.add(run)
            news.wait_for(lambda: run in ends, limit)
            return ends.get(run)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield ended_at
    finally:
        over.set()
        thread.join()


def open_runs_gone(api: Api, runs: set[str]) -> set[str]:
    """Those of the runs that are not running any more."""
    try:
        running, cursor = set[str](), ""
        while True:
            page = api.runs(status="running", limit=PAGE, cursor=cursor)
            running |= {each["run_id"] for each in page["runs"]}
            cursor = page["next"] or ""
            if not cursor:
                return {run for run in runs - running if api.run(run)["status"] in TERMINAL}
    except CliError as error:
        sys.stderr.write(f"not listed: {error}\n")
        return set()


@contextmanager
def peak_memory(cloud: Cloud) -> Iterator[Callable[[], float]]:
    """Looks at the memory all the time; gives a function that answers the largest so far, in MB."""
    highest, over = [0.0], threading.Event()

    def look() -> None:
        while not over.wait(SAMPLE_SECONDS):
            status = cloud.status()
            highest[0] = max(highest[0], sum(shared_mb(pid) for pid in family(status.emulator, status.bedrock)))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield lambda: highest[0]
    finally:
        over.set()
        thread.join()


def family(*roots: int) -> set[int]:
    """Ids of some processes and of all that descend from them."""
    parents = {int(stat.parent.name): parent_of(stat) for stat in Path("/proc").glob("[0-9]*/stat")}
    found = {root for root in roots if root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def parent_of(stat: Path) -> int:
    """Id of the process that started the one of a ``/proc/<pid>/stat``; 0 when it has gone."""
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def shared_mb(pid: int) -> float:
    """Memory of a process, with its share of what it shares with others (PSS), in MB."""
    return _kibibytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") / KIBIBYTES


def resident_mb(pid: int) -> float:
    """Memory of a process (RSS), in MB."""
    return _kibibytes(Path(f"/proc/{pid}/status"), "VmRSS:") / KIBIBYTES


def _kibibytes(file: Path, name: str) -> float:
    try:
        lines: Any = file.read_text().splitlines()
    except OSError:
        return 0.0
    return float(next((line.split()[1] for line in lines if line.startswith(name)), 0))


def processor_seconds(pid: int) -> float:
    """Processor time of a process, of all that descend from it, and of those of them that ended; 0 where there is none."""
    return sum(_ticks(each) for each in family(pid)) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    try:
        parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(parts[at]) for at in _USED)


if __name__ == "__main__":
    sys.exit(main())
