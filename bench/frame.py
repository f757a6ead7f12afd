"""``frame`` on small and on large networks: ``python -m bench.frame [--flights 2000] [--days 3] [--incidents 20] [--json]``.

Two local clouds are deployed, each with functions, tables and a network of its own: 250 flights a day, and as many as are asked
for. The same incidents, about flights that both networks have, are framed in both in turn by the deployed function, invoked
directly and warm. Beside the seconds of the invocations stand two things that a busy machine does not change: the requests that
resolving and planning make, counted where they leave the client, over the tables of these clouds and without any cache; and their
processor time in this process, over tables in memory.

A network is made from its date, and the incidents of one date do not grow as those of another. So this is done over the networks
of several dates, each on new clouds, and the medians are over the incidents of all. Exits 1 when a bar is missed.
"""

from __future__ import annotations

import json
import secrets
import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from conclave.adapters.stores.data_versions import DynamoDataVersions
from conclave.adapters.stores.dynamodb import WRITE_BATCH, DynamoTables, DynamoTableWriter, chunks
from conclave.adapters.stores.run_store import DynamoRunStore
from conclave.caches.versions import SETTLED_AFTER_SECONDS
from conclave.clock import timestamp
from conclave.codec import convert
from conclave.pack import Item
from conclave.pack.tables import ReadOnce, ScopedTables, Tables
from conclave.records.runs import FRAME, Run
from conclave.testing.tables import MemoryTables
from conclave.types import RunStatus
from packs.airline import PACK
from packs.airline.models import Incident
from packs.airline.sample_data import generate

from bench.report import ROOT, options, report
from local.cloud import Cloud
from local.settings import Settings

SMALL, LARGE = 250, 2_000
SEED = 1
AT_MOST = 1.5
"""Time of the large network over that of the small one."""
DAYS, INCIDENTS = 3, 20
FEWEST = 30
"""Incidents of all networks together; fewer say little of a median."""
PREFIX = "conclave-local-airline-"
FUNCTION = f"{PREFIX}frame:live"
PORTS = {"small": (4886, 4919), "large": (4887, 4920)}
WRITERS = 8
SLICE = 40 * WRITE_BATCH
DAYS_AHEAD = 2
"""The first network lies around the day after tomorrow, so that everything is still to leave when the reports come in."""
TTL_DAYS = 30
_MARK = secrets.token_hex(4)
"""Tells the runs of this measurement from those of another on the same clouds."""
PROBLEMS: tuple[Mapping[str, Any], ...] = (
    {"cause": "technical"},
    {"cause": "crew"},
    {"cause": "atc", "minutes": 90},
    {"cause": "late_inbound", "minutes": 150},
    {"cause": "airport", "minutes": 120},
    {"cause": "weather", "minutes": 240},
    {"cause": "technical", "minutes": 300},
)
"""The problems of the incidents, in turn: kinds that options of all families help against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network and the cloud that holds it.

    Attributes:
        cloud: The local cloud.
        rows: Its rows by table.
        memory: The same rows in memory.
    """

    cloud: Cloud
    rows: Mapping[str, Sequence[Item]]
    memory: MemoryTables


@dataclass(frozen=True, slots=True, kw_only=True)
class Framed:
    """An incident framed once: seconds of the invocation, processor seconds of planning here, requests of both steps."""

    seconds: float
    processor: float
    requests: int


def main() -> int:
    """Measures and prints; answers the exit code."""
    parser = options(__doc__)
    parser.add_argument("--flights", type=int, default=LARGE, help="flights of a day of the larger network")
    parser.add_argument(
        "--days", type=int, default=DAYS, help="networks of so many dates, from the day after tomorrow on"
    )
    parser.add_argument("--incidents", type=int, default=INCIDENTS, help="so many different incidents on each date")
    asked = parser.parse_args()
    if asked.days * asked.incidents < FEWEST:
        parser.error(f"ask for {FEWEST} incidents or more on all days together, so that a median means something")
    now = datetime.now(UTC)
    days = [(now + timedelta(days=DAYS_AHEAD + number)).date().isoformat() for number in range(asked.days)]
    pairs = {day: on_both(day, asked.flights, asked.incidents, now) for day in days}
    every = [pair for each in pairs.values() for pair in each]
    figures = {
        "incidents": len(every),
        "flights_a_day": asked.flights,
        **compared(every),
        "dates": [{"name": day, "ratio_seconds": compared(each)["ratio_seconds"]} for day, each in pairs.items()],
    }
    bars = {
        f"frame takes at most {AT_MOST} of its time at {SMALL} flights a day": figures["ratio_seconds"] <= AT_MOST,
        f"it makes at most {AT_MOST} of the requests": figures["ratio_requests"] <= AT_MOST,
    }
    return report(f"frame.{asked.flights}", figures, bars=bars, asked=asked)


def on_both(day: str, flights: int, count: int, now: datetime) -> list[tuple[Framed, Framed]]:
    """Incidents of a date, each framed on the smaller and on the larger network."""
    with ExitStack() as stack:
        small = stack.enter_context(network("small", day, SMALL))
        large = stack.enter_context(network("large", day, flights))
        told = incidents(small.rows["flights"], day, count)
        time.sleep(SETTLED_AFTER_SECONDS + 1)
        for each in (small, large):
            invoked(each, told[0], now, f"{day}-warm")
            planned(each.memory, told[0], now)
        names = [f"{day}-{number}" for number in range(count)]
        return [
            (framed(small, case, now, name), framed(large, case, now, name))
            for name, case in zip(names, told, strict=True)
        ]


def incidents(flights: Iterable[Item], day: str, count: int) -> list[dict[str, Any]]:
    """As many typed incidents about different flights of a day, spread over it, with the problems in turn."""
    leaving = sorted((each for each in flights if each["date"] == day), key=lambda each: str(each["departure_utc"]))
    if len(leaving) < count:
        raise SystemExit(f"{len(leaving)} flights leave on {day}; ask for no more incidents")
    chosen = (leaving[number * len(leaving) // count] for number in range(count))
    return [
        {"flight": each["number"], "date": day, "problems": [dict(PROBLEMS[number % len(PROBLEMS)])]}
        for number, each in enumerate(chosen)
    ]


def compared(pairs: Sequence[tuple[Framed, Framed]]) -> dict[str, Any]:
    """Medians of both networks, and their ratios."""
    small, large = zip(*pairs, strict=True)
    figures: dict[str, Any] = {}
    for name, each in (("small", small), ("large", large)):
        figures |= {
            f"{name}_seconds": round(statistics.median(one.seconds for one in each), 3),
            f"{name}_longest_seconds": round(max(one.seconds for one in each), 3),
            f"{name}_processor_seconds": round(statistics.median(one.processor for one in each), 4),
            f"{name}_requests": round(statistics.mean(one.requests for one in each), 1),
            f"{name}_most_requests": max(one.requests for one in each),
        }
    return figures | {
        f"ratio_{name}": round(figures[f"large_{name}"] / figures[f"small_{name}"], 2)
        for name in ("seconds", "longest_seconds", "processor_seconds", "requests")
    }


@contextmanager
def network(name: str, day: str, flights: int) -> Iterator[Network]:
    """A new cloud of its own with the pack deployed and a network in its tables; stopped afterwards."""
    port, bedrock = PORTS[name]
    cloud = Cloud(ROOT, Settings(root=ROOT, name=f"frame-{name}", port=port, bedrock_port=bedrock))
    rows = {table: list(items) for table, items in generate(day, SEED, flights).items()}
    cloud.stop()  # What another round left behind has the rows of another date.
    cloud.start(_say)
    try:
        cloud.bootstrap(_say)
        cloud.deploy(PACK.name, progress=_say)
        _say(f"loading {sum(map(len, rows.values()))} rows of {day}")
        fill(cloud, rows)
        yield Network(cloud=cloud, rows=rows, memory=MemoryTables(PACK.tables, rows))
    finally:
        cloud.stop()


def fill(cloud: Cloud, rows: Mapping[str, Sequence[Item]]) -> None:
    """Writes rows as the command does, so that their versions move."""
    client = cloud.client("dynamodb")
    versions = DynamoDataVersions(client, f"{PREFIX}runs", list(rows))
    writer = DynamoTableWriter(client, PREFIX, versions, ())
    with ThreadPoolExecutor(WRITERS) as pool:
        for table, items in rows.items():
            list(pool.map(lambda chunk, table=table: writer.put(table, chunk), chunks(items, SLICE)))


def framed(on: Network, case: Mapping[str, Any], now: datetime, name: str) -> Framed:
    """Frames an incident by the deployed function, and plans it in this process."""
    seconds = invoked(on, case, now, name)
    began = time.process_time()
    planned(on.memory, case, now)
    processor = time.process_time() - began
    return Framed(seconds=seconds, processor=processor, requests=requests(on.cloud, case, now))


def invoked(on: Network, case: Mapping[str, Any], now: datetime, name: str) -> float:
    """Seconds that the deployed function takes for a run that was just taken in; raises when it frames nothing."""
    client, stamp, run_id = on.cloud.client("dynamodb"), timestamp(now), f"bench-frame-{_MARK}-{name}"
    runs = DynamoRunStore(client, f"{PREFIX}runs", f"{PREFIX}audit", TTL_DAYS)
    runs.create(
        Run(
            run_id=run_id,
            status=RunStatus.RUNNING,
            pack=PACK.name,
            created_at=stamp,
            updated_at=stamp,
            correlation_id="bench",
            text="",
            incident=case,
        )
    )
    execution = f"arn:aws:states:us-east-1:000000000000:execution:{PREFIX}run:{run_id}"
    event = {"run_id": run_id, "execution_arn": execution, "correlation_id": "bench"}
    functions = on.cloud.client("lambda")
    began = time.perf_counter()
    answer = functions.invoke(FunctionName=FUNCTION, Payload=json.dumps(event).encode())
    seconds = time.perf_counter() - began
    body = json.loads(answer["Payload"].read())
    if answer.get("FunctionError") or not body.get("framed") or not runs.read(run_id, (FRAME,), body["fence"]):
        raise SystemExit(f"{case} was not framed: {body}")
    return seconds


def planned(tables: Tables, case: Mapping[str, Any], now: datetime) -> None:
    """Resolves and plans an incident; each item is read once, as in the function."""
    once, received = ReadOnce(tables), timestamp(now)
    resolved = PACK.resolve(convert(dict(case), Incident), ScopedTables(once, PACK.resolve_reads), received)
    PACK.plan(resolved, ScopedTables(once, PACK.plan_reads), received)


def requests(cloud: Cloud, case: Mapping[str, Any], now: datetime) -> int:
    """Requests that resolving and planning send to the store; every page of a query counts, and every repetition."""
    client, sent = cloud.client("dynamodb"), list[str]()
    client.meta.events.register("before-send.dynamodb", lambda event_name, **_: sent.append(event_name))
    planned(DynamoTables(client, PREFIX, PACK.tables), case, now)
    return len(sent)


def _say(message: str) -> None:
    sys.stderr.write(f"{message}\n")


if __name__ == "__main__":
    sys.exit(main())
