"""Batch reads against one-by-one reads of the same items: ``python -m bench.batch_reads [--repeats N] [--json FILE]``.

Starts a local emulator of its own on a free port, writes flights of a sample network, and reads the same keys both ways. On
AWS a request takes longer than on loopback, so that the ratio there is larger than here.
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from conclave.adapters.stores.dynamodb import DynamoTables, DynamoTableWriter, from_item
from conclave.pack.tables import Item
from conclave.testing.data_versions import MemoryDataVersions
from packs.airline import PACK
from packs.airline.sample_data import generate

from local.cloud import Cloud
from local.settings import Settings

SIZES = (1, 10, 100, 101, 250, 1_000)
PREFIX = "bench-"
TABLE = "flights"


def main() -> None:
    """Measures and prints; with ``--json`` writes the figures to a file, too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="how often each read is measured")
    parser.add_argument("--json", metavar="FILE", help="where the figures go")
    asked = parser.parse_args()
    rows = list(generate("2026-11-21", 1, 400)[TABLE])
    with tempfile.TemporaryDirectory() as folder:
        port, other = _free_ports(2)
        cloud = Cloud(Path(folder), Settings(root=Path(folder), port=port, bedrock_port=other))
        cloud.start()
        try:
            figures = measure(cloud.client("dynamodb"), rows, asked.repeats)
        finally:
            cloud.stop()
    sys.stdout.write(table(figures) + "\n")
    if asked.json:
        Path(asked.json).write_text(json.dumps({"repeats": asked.repeats, "reads": figures}, indent=2) + "\n")


def measure(client: Any, rows: Sequence[Item], repeats: int) -> list[dict[str, float]]:
    """Median milliseconds of both ways for each size, and their ratio."""
    name = PREFIX + TABLE
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "flight_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "flight_id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    DynamoTableWriter(client, PREFIX, MemoryDataVersions()).put(TABLE, rows)
    tables = DynamoTables(client, PREFIX, PACK.tables)
    sent: list[str] = []
    client.meta.events.register("before-send.dynamodb.BatchGetItem", lambda event_name, **_: sent.append(event_name))
    figures = []
    for size in SIZES:
        keys = [row["flight_id"] for row in rows[:size]]
        sent.clear()
        batched = _median(repeats, lambda keys=keys: tables.get(TABLE, keys).items)  # type: ignore[misc]
        single = _median(repeats, lambda keys=keys: _one_by_one(client, name, keys))  # type: ignore[misc]
        figures.append(
            {
                "items": size,
                "batch_requests": len(sent) // (repeats + 1),
                "batch_ms": round(batched, 2),
                "one_by_one_ms": round(single, 2),
                "ratio": round(single / batched, 1),
            }
        )
    return figures


def _one_by_one(client: Any, name: str, keys: Sequence[str]) -> dict[str, Item]:
    found = {}
    for key in keys:
        answer = client.get_item(TableName=name, Key={"flight_id": {"S": key}})
        found[key] = from_item(answer["Item"])
    return found


def _median(repeats: int, read: Callable[[], Any]) -> float:
    taken = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        read()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken[1:])


def table(figures: Sequence[dict[str, float]]) -> str:
    """The figures for a person."""
    lines = ["  items  requests   batch ms   one by one ms   ratio"]
    lines += [
        f"{row['items']:7d}{row['batch_requests']:10d}{row['batch_ms']:11.2f}{row['one_by_one_ms']:16.2f}{row['ratio']:8.1f}"
        for row in figures
    ]
    return "\n".join(lines)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


if __name__ == "__main__":
    main()
