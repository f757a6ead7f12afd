"""Alarms of each kind ring by their own causes, and by nothing else; ``python -m bench.alarms`` does all of them.

One is on a metric of ours, one on a sum of several metrics, one on a metric that AWS keeps of a function. No template has an
alarm on other alarms; one is made here, since ``conclave status`` says that the local cloud has them. That ``RunsExpired``
rings when nobody acts on a decision stands in ``test_approvals``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.alarms.__main__ import rung, scene_on
from local.cloud import Cloud
from local.settings import Settings

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
PREFIX = "conclave-local-airline-"
ON_OTHERS = "e2e-on-others"
CHOSEN = {"CostUsd": "ours", "table-idempotency-throttled": "sum", "feedback-throttles": "function"}


@pytest.fixture(scope="module")
def told(conclave: Any, day: str) -> Iterator[dict[str, Any]]:
    """Which of the chosen alarms rang, by which cause, and what else did."""
    # A first run starts all functions, and would be a slow one.
    conclave.ask(f"EY33 on {day} from AUH to CDG is delayed by 45 minutes")
    cloudwatch = conclave.client("cloudwatch")
    rule = f'ALARM("{PREFIX}table-idempotency-throttled") AND NOT ALARM("{PREFIX}RunsHalted")'
    cloudwatch.put_composite_alarm(AlarmName=ON_OTHERS, AlarmRule=rule)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONCLAVE_CLOUD", "CONCLAVE_PORT", "CONCLAVE_BEDROCK_PORT"):
            patch.setenv(name, conclave.environment[name])
        yield rung(scene_on(Cloud(ROOT, Settings.from_env(ROOT))), "|".join(CHOSEN))
    cloudwatch.delete_alarms(AlarmNames=[ON_OTHERS])


def kinds(conclave: Any) -> dict[str, str]:
    """What each of the chosen alarms watches."""
    found = conclave.client("cloudwatch").describe_alarms(AlarmNames=[PREFIX + name for name in CHOSEN])["MetricAlarms"]
    words = {"Conclave": "ours", "AWS/Lambda": "function", "": "sum"}
    return {each["AlarmName"].removeprefix(PREFIX): words[each.get("Namespace") or ""] for each in found}


def test_an_alarm_of_each_kind_rings_by_its_cause_and_no_other_does(conclave: Any, told: dict[str, Any]) -> None:
    assert kinds(conclave) == CHOSEN
    assert {each["name"] for each in told["rung"]} == set(CHOSEN)
    assert (told["without_cause"], told["foreign"], told["untested"]) == ([], [], [])


def test_an_alarm_on_other_alarms_rings_with_them(conclave: Any, told: dict[str, Any]) -> None:
    assert told["rung"]
    (alarm,) = conclave.client("cloudwatch").describe_alarms(AlarmNames=[ON_OTHERS], AlarmTypes=["CompositeAlarm"])[
        "CompositeAlarms"
    ]
    assert alarm["StateValue"] == "ALARM"
