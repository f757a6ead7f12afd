"""The console's page beside the running local cloud, in a headless Chromium. What it looks for stands in ``console/test``."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from chromium import drive, needs_chromium
from conclave.adapters.stores.journal import DynamoJournal
from conclave.adapters.stores.run_store import DynamoRunStore
from conclave.clock import system_clock, timestamp
from conclave.pack import load_pack
from conclave.testing.bus import RecordingBus
from conclave.testing.tables import MemoryTables
from rooms import MANY, listed, reported, room_of

pytestmark = [pytest.mark.e2e, *needs_chromium]
LIMIT = {"carrier": "EY", "name": "approval_cost", "value": 1_000.0, "unit": "USD"}
"""So low that every decision needs the duty manager."""
RUNS = 500
SECONDS = 600
FAULTS = "/_control/faults"


@pytest.fixture
def asked_about(conclave: Any, figures: Any) -> Iterator[None]:
    """Every decision waits for a person; models that the script holds are let go at the end."""
    figures.put(LIMIT)
    yield
    httpx.delete(f"{conclave.bedrock_endpoint}{FAULTS}", trust_env=False).raise_for_status()
    figures.remove(LIMIT)


@pytest.fixture
def earlier(conclave: Any, day: str) -> dict[str, str]:
    """What stands in the cloud's tables from before: a day of five hundred runs, and a run of sixty options."""
    client, outputs, now = conclave.client("dynamodb"), conclave.outputs(), system_clock()
    names, spending = (outputs["RunsTable"], outputs["AuditTable"]), f"{outputs['TablePrefix']}spending"
    runs = DynamoRunStore(client, *names, ttl_days=30, spending=spending)
    since = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0) - timedelta(days=3)
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda number: runs.create(listed(number, since)), range(RUNS)))
    pack = load_pack("airline")
    room = room_of(
        MANY,
        runs=runs,
        journal=DynamoJournal(client, outputs["JournalTable"], ttl_days=30, now_epoch=int(now.timestamp())),
        tables=MemoryTables(pack.tables, {name: list(rows) for name, rows in pack.sample(day, 1).items()}),
        bus=RecordingBus(),
        clock=system_clock,
    )
    runs.create(reported("run-of-sixty", pack.examples(day)[0], timestamp(now - timedelta(days=4))))
    room.deliberate("run-of-sixty")
    return {"LISTED_DAY": f"{since:%Y-%m-%d}", "MANY": "run-of-sixty"}


@pytest.mark.timeout(2 * SECONDS)
def test_a_duty_manager_goes_from_report_to_erasure(
    conclave: Any, day: str, asked_about: None, earlier: dict[str, str], tmp_path: Path
) -> None:
    printed = conclave.run("console", "--print-url")
    assert printed.returncode == 0, printed.stderr
    sentence = load_pack("airline").examples(day)[0]
    more = {**conclave.environment, **earlier, "SENTENCE": sentence, "COMMAND": str(conclave.command)}
    more["FAULTS"] = f"{conclave.bedrock_endpoint}{FAULTS}"
    drive("live.test.mjs", printed.stdout.strip(), tmp_path, seconds=SECONDS, **more)
