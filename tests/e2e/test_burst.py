"""More incidents than places: everybody's turn comes, and every place is given back."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from conclave.adapters.stores.places import DynamoPlaces
from conclave.api.intake import run_id_for
from conclave.pack import load_pack

pytestmark = pytest.mark.e2e


def reported(conclave: Any, day: str, bus: str, number: int) -> list[str]:
    """The runs of so many incidents, reported in one call of the bus, so that they arrive together on a busy machine, too."""
    texts = load_pack("airline").examples(day)[:number]
    details = [{"text": text, "idempotency_key": uuid.uuid4().hex} for text in texts]
    entries = [
        {"Source": "test", "DetailType": "IncidentReported", "Detail": json.dumps(each), "EventBusName": bus}
        for each in details
    ]
    assert conclave.client("events").put_events(Entries=entries)["FailedEntryCount"] == 0
    return [run_id_for("local", "airline", each["idempotency_key"]) for each in details]


def test_more_incidents_than_places_all_end_and_leave_no_place_taken(conclave: Any, day: str, wait_until: Any) -> None:
    outputs = conclave.outputs()
    limit = int(outputs["RunsAtOnce"])
    places = DynamoPlaces(conclave.client("dynamodb"), outputs["RunsTable"])
    wait_until(lambda: not places.holders())
    ids = reported(conclave, day, outputs["EventBusName"], limit + 3)
    seen: list[tuple[int, int]] = []

    def all_ended() -> bool:
        answer = conclave.call("GET", "/v1/runs?limit=100").json()
        listed = [run for run in answer["runs"] if run["run_id"] in ids]
        seen.append((len(places.holders()), sum(bool(run.get("waiting")) for run in listed)))
        return len(listed) == len(ids) and all(run["status"] != "running" for run in listed)

    wait_until(all_ended, seconds=150)
    assert max(held for held, _ in seen) <= limit
    assert max(waiting for _, waiting in seen) > 0
    runs = [conclave.json("show", run_id) for run_id in ids]
    codes = {reason["code"] for run in runs for reason in run["reasons"]}
    assert not codes & {"execution_failed", "not_admitted", "step_failed"}
    assert max(run["waited_seconds"] for run in runs) > min(run["waited_seconds"] for run in runs) + 1
    wait_until(lambda: not places.holders())
