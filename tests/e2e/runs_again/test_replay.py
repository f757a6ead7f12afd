"""A run of the deployed functions, exported and played again without them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conclave.pack import load_pack

pytestmark = pytest.mark.e2e
NOBODY = {"CONCLAVE_CLOUD": "nobody", "CONCLAVE_PORT": "9", "CONCLAVE_BEDROCK_PORT": "9"}


def test_a_deployed_run_plays_again_without_a_cloud_until_it_is_erased(conclave: Any, day: str, tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    asked = conclave.run("ask", load_pack("airline").examples(day)[0], "--new", "--wait", "--json")
    run = json.loads(asked.stdout)
    exported = conclave.json("replay", run["run_id"], "--export", str(file))
    assert (exported["equal"], exported["others"]) == (True, [])
    conclave.environment, own = (
        {**conclave.environment, **NOBODY, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
        dict(conclave.environment),
    )
    try:
        alone = conclave.json("replay", "--from", str(file))
    finally:
        conclave.environment = own
    assert alone == exported
    assert {"frame", "collate recommend", "arbitrate/arbiter", "decide"} <= set(alone["steps"])
    if run["status"] == "awaiting_approval":
        conclave.json("refuse", run["run_id"], "--reason", "a test", "--yes")
    conclave.json("erase", run["run_id"], "--reason", "a test", "--yes")
    refused = conclave.json("replay", run["run_id"], code=2)
    assert refused["error"]["code"] == "run_erased"
    assert "and its recording with them" in refused["error"]["message"]
