"""An airline that nobody here invented, from its own files to ten decisions on the deployed stacks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from quartz_air import SENTENCES, written_for

pytestmark = pytest.mark.e2e
OUTCOMES = {"decided", "awaiting_approval"}


@pytest.fixture(scope="module")
def first_day(conclave: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Tomorrow, the first day of the schedule of the made-up airline, which is all that the tables hold."""
    folder: Path = tmp_path_factory.mktemp("quartz")
    first = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    assert conclave.json("load", str(written_for(first, folder)), "--check")["faults"] == []
    assert conclave.json("load", str(folder), "--replace", "--yes")["written"]
    yield first
    # The other tests look at the sample: its airline alone first, which empties all other tables.
    sample = folder / "sample"
    conclave.json("load", str(sample), "--template")
    for path in sample.glob("*.csv"):
        if path.stem != "operators":
            path.unlink()
    conclave.json("load", str(sample), "--replace", "--yes")
    assert conclave.json("seed")["written"]


@pytest.fixture(scope="module")
def reports(conclave: Any, first_day: str) -> dict[str, Any]:
    """How the command ended that asked about each sentence."""
    sentences = [each[0] for each in SENTENCES]
    return dict(zip(sentences, conclave.asks([each.format(day=first_day) for each in sentences]), strict=True))


@pytest.mark.parametrize(("sentence", "flight", "actions"), SENTENCES, ids=[each[1] for each in SENTENCES])
def test_a_report_is_decided_sensibly(
    reports: dict[str, Any], sentence: str, flight: str, actions: frozenset[str]
) -> None:
    done = reports[sentence]
    run = json.loads(done.stdout)
    assert run["status"] in OUTCOMES, done.stderr
    assert run["incident"]["flight"] == flight
    chosen = next(option for option in run["options"] if option["id"] == run["decision"]["option_id"])
    assert chosen["action"] in actions
    assert chosen["violations"] == []
    assert not any(word in done.stdout for word in ("AUH", "EY1", "A6-"))


def test_the_sample_is_gone_and_an_example_is_about_the_loaded_schedule(conclave: Any, first_day: str) -> None:
    assert conclave.run("ask", f"EY17 on {first_day} is AOG", "--new", "--wait", "--json").returncode != 0
    example = conclave.json("ask", "--example", "0", "--new", "--wait")
    assert example["incident"]["flight"].startswith("QZ")
