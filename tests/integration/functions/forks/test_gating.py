"""The gate through the deployed parts: it forks runs that ended, on both sides, and writes its verdict into the record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from conclave.clock import timestamp
from conclave.functions.wiring import Wiring
from conclave.pack import load_pack
from conclave.records.runs import TRIAL
from conclave.rollout.acting import Move, history, moved
from conclave.rollout.record import begun
from conclave.rollout.thresholds import Thresholds
from handled import REGION, Context, answered, request

AT = "2026-11-21T10:00:00.000Z"


@pytest.fixture
def candidate(whole_run: Callable[[Any], dict[str, Any]]) -> set[str]:
    """A candidate before its gate, on a stage where six runs have ended; answers their ids."""
    runs = {str(whole_run({"incident": {"parcel": "P101", "wait_hours": hours}})["run_id"]) for hours in range(2, 8)}
    wiring = Wiring.from_env()
    names = [agent.name for agent in load_pack("example").agents]

    def change(record: Any) -> Any:
        # Durations of threads beside one another on this machine say nothing of versions.
        return begun(
            record,
            dict.fromkeys(names, "2"),
            stable=dict.fromkeys(names, "1"),
            at=_soon(),
            thresholds=Thresholds(seconds=10),
        )

    moved(wiring.rollouts, change, Move.BEGUN, by="ops", why="a test", at=AT)
    return runs


def _soon() -> str:
    return timestamp(datetime.now(UTC) + timedelta(seconds=1))


def test_the_gate_plays_runs_again_on_both_sides_and_admits_a_candidate_that_is_no_worse(
    cloud: Any, candidate: set[str], to_its_end: Callable[[str], dict[str, Any]]
) -> None:
    gate, runs = cloud("gate"), Wiring.from_env().runs
    states = boto3.client("stepfunctions", region_name=REGION)
    ended = set[str]()
    found = gate({}, Context())
    while found["state"] == "gate":
        listed = states.list_executions(stateMachineArn=Wiring.from_env().settings.state_machine_arn)["executions"]
        begun_now = {each["name"] for each in listed if each["name"].startswith(TRIAL)} - ended
        assert 0 < len(begun_now) <= 2
        for name in sorted(begun_now):
            to_its_end(name)
        ended |= begun_now
        found = gate({}, Context())
    assert (found["state"], found["share"], found["findings"]) == ("canary", 5, [])
    assert len(ended) == 12
    assert {runs.get(name).fork["of"] for name in ended} == candidate
    told = history(Wiring.from_env().rollouts.entries())
    assert [(each.move, each.by) for each in told] == [
        (Move.BEGUN, "ops"),
        (Move.DRAWN, "gate"),
        (Move.ADMITTED, "gate"),
    ]
    _, rows = answered(cloud("runs")(request("GET", "/v1/runs", query={"status": "forked"}), Context()))
    assert rows["runs"] == []
    _, rows = answered(cloud("runs")(request("GET", "/v1/runs"), Context()))
    assert {each["run_id"] for each in rows["runs"]} == candidate
    # A share of the runs, and none of them yet: nothing is said, nothing moves.
    assert gate({}, Context())["findings"] == ["too_few: 0, allowed 20 (stable)", "too_few: 0, allowed 20 (candidate)"]
    assert Wiring.from_env().rollout.share == 5
