"""CloudWatch of the local cloud: alarms look at their own dimensions, sums are computed, limits are held and counted."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from ministack.services import cloudwatch, dynamodb, lambda_svc

from local.emulator.watching import limits, storing
from local.emulator.watching.limits import Throughput, Transitions, tables_of
from local.emulator.watching.services import places_of
from local.emulator.watching.storing import computed, count, evaluate, value_of


@pytest.fixture
def space() -> str:
    """A namespace that no other test uses."""
    return f"Test/{uuid.uuid4().hex}"


def alarm(space: str, place: dict[str, str], **changes: Any) -> dict[str, Any]:
    return {
        "AlarmName": "a",
        "AlarmArn": "arn",
        "Namespace": space,
        "MetricName": "Errors",
        "Dimensions": [{"Name": name, "Value": value} for name, value in place.items()],
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 2.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "StateValue": "OK",
        **changes,
    }


def test_an_alarm_looks_at_its_own_dimensions(space: str) -> None:
    one, other = {"f": "one"}, {"f": "other"}
    assert value_of(alarm(space, one)) is None
    count(space, {"Errors": 1}, one, other)
    count(space, {"Errors": 1}, one)
    assert (value_of(alarm(space, one)), value_of(alarm(space, other))) == (2.0, 1.0)
    ringing, silent = alarm(space, one), alarm(space, other)
    for each in (ringing, silent):
        evaluate(each)
    assert (ringing["StateValue"], silent["StateValue"]) == ("ALARM", "OK")


def test_an_alarm_may_add_up_metrics_and_no_other_math(space: str) -> None:
    count(space, {"Reads": 3, "Writes": 4}, {"t": "x"})
    stats = [
        {
            "MetricStat": {
                "Metric": {"Namespace": space, "MetricName": name, "Dimensions": [{"Name": "t", "Value": "x"}]},
                "Period": 300,
                "Stat": "Sum",
            }
        }
        for name in ("Reads", "Writes", "Nothing")
    ]
    summed = alarm(space, {}, Metrics=[*stats, {"Expression": "SUM(METRICS())"}])
    doubled = alarm(space, {}, Metrics=[*stats, {"Expression": "m1*2"}])
    assert (value_of(summed), value_of(doubled)) == (7.0, None)
    assert (computed(summed["Metrics"]), computed(doubled["Metrics"])) == (True, False)


def test_percentiles_are_of_all_values(space: str) -> None:
    for value in range(1, 21):
        count(space, {"Errors": value}, {})
    assert value_of(alarm(space, {}, Statistic="Average", ExtendedStatistic="p95")) == pytest.approx(19.05)


def test_a_table_refuses_what_goes_beyond_its_maximum_and_counts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"t-{uuid.uuid4().hex}"
    monkeypatch.setitem(dynamodb._tables, name, {"OnDemandThroughput": {"MaxReadRequestUnits": 1}})
    monkeypatch.setattr("local.emulator.watching.limits.time.time", lambda: 1_000.0)
    throughput = Throughput()
    read = throughput.held(lambda request: "read", "Read")
    write = throughput.held(lambda request: "written", "Write")
    assert read({"TableName": name}) == "read"
    status, _, body = read({"TableName": name})
    assert (status, json.loads(body)["__type"]) == (400, "ThrottlingException")
    assert write({"TableName": name}) == "written"
    refused = alarm("AWS/DynamoDB", {"TableName": name}, MetricName="ReadThrottleEvents", Period=10**10)
    assert value_of(refused) == 1.0


def test_tables_of_requests_are_found_in_all_their_forms() -> None:
    assert tables_of({"TableName": "arn:aws:dynamodb:us-east-1:0:table/a"}) == ["a"]
    assert tables_of({"RequestItems": {"a": [], "b": []}}) == ["a", "b"]
    assert tables_of({"TransactItems": [{"Put": {"TableName": "a"}}, {"Update": {"TableName": "a"}}]}) == ["a"]


def test_an_invocation_counts_under_the_aliases_of_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"f-{uuid.uuid4().hex}"
    aliases = {"live": {"FunctionVersion": "3"}, "old": {"FunctionVersion": "2"}}
    monkeypatch.setitem(lambda_svc._functions, name, {"aliases": aliases})
    found = places_of({}, {"FunctionName": name, "Version": "3"})
    assert found == [{"FunctionName": name}, {"FunctionName": name, "Resource": f"{name}:live"}]


def test_time_is_over_for_what_still_runs_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from ministack.services import stepfunctions

    from local.emulator.watching.limits import time_out

    told: list[str] = []
    monkeypatch.setattr(stepfunctions, "_emit_execution_status_event", lambda each: told.append(each["status"]))
    monkeypatch.setattr(stepfunctions, "_add_event", lambda *arguments: None)
    for status in ("RUNNING", "SUCCEEDED"):
        time_out({"status": status})
    assert told == ["TIMED_OUT"]


def test_states_beyond_the_quota_of_transitions_are_entered_later_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    now, waited, counted = [100.0], list[float](), list[Any]()
    monkeypatch.setattr("local.emulator.watching.limits.time.monotonic", lambda: now[0])
    monkeypatch.setattr("local.emulator.watching.limits.time.sleep", waited.append)
    monkeypatch.setattr(limits, "count", lambda *told: counted.append(told))
    enter = Transitions(4).held(lambda state, told, context: told)
    context = {"StateMachine": {"Id": "machine"}}
    assert [enter({}, number, context) for number in range(6)] == list(range(6))
    assert counted == [("AWS/States", {"ExecutionThrottled": 1}, {"StateMachineArn": "machine"})] * 2
    assert waited == [0.25, 0.5]
    now[0] += 0.75
    enter({}, "refilled by three, of which two were taken before", context)
    assert len(counted) == 2


def test_an_alarm_that_was_set_looks_at_what_comes_after(space: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloudwatch, "_evaluate_alarm", cloudwatch._evaluate_alarm)
    monkeypatch.setattr(cloudwatch, "_set_alarm_state", cloudwatch._set_alarm_state)
    monkeypatch.setattr(cloudwatch, "_dispatch_alarm_actions", lambda *told: None)
    storing.install()
    place = {"f": space}
    ringing = alarm(space, place, AlarmName=space, AlarmArn=space)
    monkeypatch.setitem(cloudwatch._alarms, space, ringing)
    count(space, {"Errors": 2}, place)
    assert ringing["StateValue"] == "ALARM"
    cloudwatch._set_alarm_state({}, {"AlarmName": space, "StateValue": "OK", "StateReason": "mended"}, False, True)
    count(space, {"Errors": 1}, place)
    assert (ringing["StateValue"], value_of(ringing)) == ("OK", 1.0)
    count(space, {"Errors": 1}, place)
    assert ringing["StateValue"] == "ALARM"


def test_the_emulators_alarms_are_replaced_by_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_evaluate_alarm", "_set_alarm_state"):
        monkeypatch.setattr(cloudwatch, name, getattr(cloudwatch, name))
    storing.install()
    assert cloudwatch._evaluate_alarm is evaluate
