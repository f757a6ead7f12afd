"""The proof of a deployment, on the local cloud."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.e2e


def test_smoke_proves_the_local_cloud_and_leaves_the_alarm_as_it_was(conclave: Any) -> None:
    cloudwatch = conclave.client("cloudwatch")

    def state(name: str) -> str:
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return str(alarm["StateValue"])

    proof = conclave.json("smoke")
    assert [step["outcome"] for step in proof["steps"]] == ["ok"] * 6
    name = proof["steps"][4]["found"].split()[0]
    assert f"and is {state(name)} again" in proof["steps"][4]["found"]
    changes = cloudwatch.describe_alarm_history(AlarmName=name, HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert any(change["HistorySummary"].endswith("to ALARM") for change in changes)
