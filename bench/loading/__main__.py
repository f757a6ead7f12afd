"""Loading and deciding: ``python -m bench.loading [--times 10] [--decisions 120] [--json]``.

A local cloud is deployed, with a network of which the flights are still to come. The command ``conclave load``, as a process of
its own, loads 2,000 flights (CSV), 600 TAF and 2,000 NOTAM, then ten times as much. Beside it stand decisions, in this process
and in turn, over the network as it is made and over the same one with these forecasts and notices in it: their processor time.
Exits 1 when a bar is missed.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from conclave.pack import Item, Tables
from conclave.testing.tables import MemoryTables
from packs.airline import PACK, times
from packs.airline.feeds.loading import feed
from packs.airline.sample_data import generate
from packs.airline.sample_data.rotations import days_around, fleet, flights_and_ground, rotations
from packs.airline.sample_data.timetable import ORDINARY_FLIGHTS

from bench.frame import PROBLEMS, fill
from bench.loading.files import flights_csv, forecasts, midnight, notices, stations_of
from bench.report import ROOT, options, report
from evaluation.room import decide
from local.cloud import Cloud
from local.settings import Settings

FLIGHTS, FORECASTS, NOTICES = 2_000, 600, 2_000
SEED = 1
A_DAY, MOST_A_DAY = 668, 4_000
"""Flights a day of a network of three days that has 2,000, and the most that are made."""
LOADS_UNDER_SECONDS, TIMES_AT_MOST, DECIDES_AT_MOST = 60, 1.1, 1.1
"""Bars: seconds of the smaller load; time over time and size of the larger; a decision over loaded rows."""
PORT, BEDROCK_PORT = 4888, 4921
NAME = "loading"


def main() -> int:
    """Measures and prints; answers the exit code."""
    parser = options(__doc__)
    parser.add_argument("--times", type=int, default=10, help="how many times as much the larger load has")
    parser.add_argument("--decisions", type=int, default=120, help="so many decisions over each of both")
    asked = parser.parse_args()
    day = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    network = {name: list(rows) for name, rows in generate(day, SEED, A_DAY).items()}
    ratio, feasible = deciding(network, day, asked.decisions)
    with cloud(network), tempfile.TemporaryDirectory() as folder:
        small = loading(Path(folder) / "small", network, day, 1)
        large = loading(Path(folder) / "large", network, day, asked.times)
    over = round(large["seconds"] / small["seconds"] / asked.times, 3)
    figures = {
        "times": asked.times,
        "seconds": small["seconds"],
        "larger_seconds": large["seconds"],
        "ratio_of_size": over,
        "decisions": asked.decisions,
        "decided": feasible,
        "ratio_decision": ratio,
        "loads": [{"name": "as much as a day has", **small}, {"name": f"{asked.times} times as much", **large}],
    }
    bars = {
        f"{FLIGHTS:,} flights, {FORECASTS} TAF and {NOTICES:,} NOTAM load in under {LOADS_UNDER_SECONDS} s": small[
            "seconds"
        ]
        < LOADS_UNDER_SECONDS,
        f"{asked.times} times as much takes at most {asked.times * TIMES_AT_MOST:g} times as long": over
        <= TIMES_AT_MOST,
        f"a decision over them takes at most {DECIDES_AT_MOST} of the time": ratio <= DECIDES_AT_MOST,
    }
    return report(NAME, figures, bars=bars, asked=asked)


@contextmanager
def cloud(network: Mapping[str, Sequence[Item]]) -> Iterator[None]:
    """A cloud of its own with the pack deployed and a network without flights, weather and notices in its tables."""
    own = Cloud(ROOT, Settings(root=ROOT, name=NAME, port=PORT, bedrock_port=BEDROCK_PORT))
    own.start(_say)
    try:
        own.bootstrap(_say)
        own.deploy(PACK.name, progress=_say)
        there = ("operators", "figures", "aircraft_types", "airports", "aircraft")
        fill(own, {name: network.get(name, ()) for name in there})
        yield
    finally:
        own.stop()


def loading(folder: Path, network: Mapping[str, Sequence[Item]], day: str, by: int) -> dict[str, Any]:
    """Writes the files of a size, loads them with the command, and answers what they held and how long it took."""
    stations, first = stations_of(network["airports"]), midnight(day)
    folder.mkdir()
    (folder / "flights.csv").write_text(flights_csv(flights_of(day, by)), encoding="utf-8")
    texts = {
        "taf.txt": forecasts(stations, first, FORECASTS * by),
        "notams.txt": notices(stations, first, NOTICES * by),
    }
    feeds = folder.with_name(f"{folder.name}-feeds")
    feeds.mkdir()
    for name, text in texts.items():
        (feeds / name).write_text(text, encoding="utf-8")
    rows = _loaded(str(folder))
    reports = _loaded(*(str(feeds / name) for name in texts), "--issued", day)
    return {
        "flights": FLIGHTS * by,
        "taf": FORECASTS * by,
        "notam": NOTICES * by,
        "lines": sum(text.count("\n") for text in texts.values()) + FLIGHTS * by,
        "flights_seconds": rows,
        "reports_seconds": reports,
        "seconds": round(rows + reports, 2),
    }


def flights_of(day: str, by: int) -> Sequence[Item]:
    """So many flights of a network around a day, of more flights a day and then of more days.

    Their duties are named and not published yet, as the layout allows: rosters are not what is loaded here.
    """
    wanted = FLIGHTS * by
    a_day = min(MOST_A_DAY, A_DAY * by)
    days = -(-wanted // a_day)
    window = days_around(day, days + 1 - days % 2)
    planned = rotations(window, a_day)
    scheduled, _ = flights_and_ground(planned, fleet(planned, -(-a_day // ORDINARY_FLIGHTS)), window)
    return [each | {"duty_id": f"D-{each['flight_id']}"} for each in scheduled.values()][:wanted]


def _loaded(*words: str) -> float:
    """Seconds that the command takes to load; what it cannot read ends the bench."""
    command = [str(Path(sys.executable).parent / "conclave"), "load", *words, "--json"]
    environment = {
        **os.environ,
        "CONCLAVE_CLOUD": NAME,
        "CONCLAVE_PORT": str(PORT),
        "CONCLAVE_BEDROCK_PORT": str(BEDROCK_PORT),
    }
    began = time.perf_counter()
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if ran.returncode != 0:
        raise SystemExit(f"conclave load ended with {ran.returncode}: {ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    return round(seconds, 2)


def deciding(network: Mapping[str, list[Item]], day: str, number: int) -> tuple[float, int]:
    """Processor time of decisions over loaded forecasts and notices over that without them, and how many were decided.

    The same incidents are decided over both, each of both first in turn, so that a busy machine is one to both.
    """
    today, loaded = MemoryTables(PACK.tables, network), MemoryTables(PACK.tables, with_reports(network, day))
    leaving = sorted(
        (each for each in network["flights"] if each["date"] == day), key=lambda each: str(each["departure_utc"])
    )
    received = f"{day}T00:30:00Z"
    chosen = [each for each in leaving if each["departure_utc"] > f"{day}T04:00:00Z"]
    cases = [
        {"flight": each["number"], "date": day, "problems": [dict(PROBLEMS[at % len(PROBLEMS)])]}
        for at, each in enumerate(chosen[at * len(chosen) // number] for at in range(number))
    ]
    for case in cases[: len(PROBLEMS)]:  # the first looks at each table make its groups
        _decided(today, case, received), _decided(loaded, case, received)
    pairs = [_pair(today, loaded, case, received, later_first=at % 2 == 1) for at, case in enumerate(cases)]
    ratio = statistics.median(after[0] / before[0] for before, after in pairs)
    return round(ratio, 3), sum(after[1] for _, after in pairs)


def _pair(
    today: Tables, loaded: Tables, case: Mapping[str, Any], received: str, *, later_first: bool
) -> tuple[tuple[float, bool], tuple[float, bool]]:
    """Decides over both, and answers what ``_decided`` says of the one as it is made and of the loaded one."""
    if later_first:
        after = _decided(loaded, case, received)
        return _decided(today, case, received), after
    return _decided(today, case, received), _decided(loaded, case, received)


def with_reports(network: Mapping[str, list[Item]], day: str) -> dict[str, list[Item]]:
    """A network in which the forecasts and notices of the smaller load were loaded."""
    stations, first = stations_of(network["airports"]), midnight(day)
    texts = {"taf.txt": forecasts(stations, first, FORECASTS), "notams.txt": notices(stations, first, NOTICES)}
    fed = feed(texts, times.minutes(f"{day}T12:00:00Z"), MemoryTables(PACK.tables, network))
    changed = dict(network)
    for table in PACK.tables:
        put, gone = fed.put.get(table.name, ()), set(fed.remove.get(table.name, ()))
        gone |= {table.key_of(each) for each in put}
        changed[table.name] = [*(each for each in network.get(table.name, ()) if table.key_of(each) not in gone), *put]
    return changed


def _decided(tables: Tables, case: Mapping[str, Any], received: str) -> tuple[float, bool]:
    """Processor seconds of a whole decision, and whether an option was chosen."""
    began = time.process_time()
    outcome = decide(pack=PACK, tables=tables, received=received, incident=case)
    return time.process_time() - began, bool(outcome.decision.option_id)


def _say(message: str) -> None:
    sys.stderr.write(f"{message}\n")


if __name__ == "__main__":
    sys.exit(main())
