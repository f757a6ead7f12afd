"""More incidents than places: everybody's turn comes, and every place is given back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conclave.adapters.places import DynamoPlaces

pytestmark = pytest.mark.e2e


def test_more_incidents_than_places_all_end_and_leave_no_place_taken(conclave: Any, wait_until: Any) -> None:
    outputs = conclave.outputs()
    limit = int(outputs["RunsAtOnce"])
    places = DynamoPlaces(conclave.client("dynamodb"), outputs["RunsTable"])
    wait_until(lambda: not places.holders())
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(conclave.json, "submit", "--example", str(n), "--new") for n in range(limit + 3)]
        ids = [each.result()["run_id"] for each in asked]
    seen: list[tuple[int, int]] = []

    def all_ended() -> bool:
        running = [run for run in conclave.json("runs", "--status", "running")["runs"] if run["run_id"] in ids]
        seen.append((len(places.holders()), sum(run["waiting"] for run in running)))
        return not running

    wait_until(all_ended, seconds=150)
    assert max(held for held, _ in seen) <= limit
    assert max(waiting for _, waiting in seen) > 0
    runs = [conclave.json("show", run_id) for run_id in ids]
    codes = {reason["code"] for run in runs for reason in run["reasons"]}
    assert not codes & {"execution_failed", "not_admitted", "step_failed"}
    assert max(run["waited_seconds"] for run in runs) > min(run["waited_seconds"] for run in runs) + 1
    wait_until(lambda: not places.holders())
