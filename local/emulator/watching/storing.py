"""Where metrics are put, and the alarms that look at them: by their dimensions, and sums of several metrics, too.

The emulator's own alarms add up all dimensions of a metric, and do not evaluate metric math at all. An alarm that somebody put
into a state looks at what comes after that: so it can be seen to ring by one cause, whatever happened before.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ministack.services import cloudwatch

_set_at: dict[str, float] = {}
"""When an alarm was put into a state by somebody, by ARN."""
_SUM = "SUM(METRICS())"
"""The one expression of metric math that alarms of ours have."""


def computed(metrics: Sequence[Mapping[str, Any]]) -> bool:
    """True if the metric math of an alarm is computed here: the sum of its metrics."""
    return [each["Expression"] for each in metrics if each.get("Expression")] == [_SUM]


def put(namespace: str, data: Sequence[Mapping[str, Any]]) -> None:
    """Puts data in the form of PutMetricData, and evaluates the alarms that look at one of these metrics.

    To be called in the account and region that they belong to.
    """
    for each in data:
        dimensions = {one["Name"]: one["Value"] for one in each.get("Dimensions", ())}
        values = each.get("Values") or [each["Value"]]
        stamp = each.get("Timestamp") or time.time()
        cloudwatch._store_datum(
            namespace, each["MetricName"], dimensions, stamp, each.get("Unit", "None"), None, values, None, None
        )
    names = {(namespace, each["MetricName"]) for each in data}
    for alarm in list(cloudwatch._alarms.values()):
        if names & set(_looks_at(alarm)):
            cloudwatch._evaluate_alarm(alarm)


def count(namespace: str, figures: Mapping[str, float], *places: Mapping[str, str]) -> None:
    """Puts a value of each metric, under each set of dimensions."""
    put(
        namespace,
        [
            {
                "MetricName": name,
                "Value": value,
                "Dimensions": [{"Name": key, "Value": each} for key, each in place.items()],
            }
            for name, value in figures.items()
            for place in places
        ],
    )


def install() -> None:
    """Replaces how an alarm is evaluated and set. To be called before the emulator's ``main``."""
    cloudwatch._evaluate_alarm = evaluate
    set_state = cloudwatch._set_alarm_state

    def set_noted(query: Any, document: Mapping[str, Any], is_cbor: bool, is_json: bool = False) -> Any:
        name = document.get("AlarmName", "") if is_cbor or is_json else cloudwatch._p(query, "AlarmName")
        if name in cloudwatch._alarms:
            _set_at[cloudwatch._alarms[name]["AlarmArn"]] = time.time()
        return set_state(query, document, is_cbor, is_json)

    cloudwatch._set_alarm_state = set_noted


def evaluate(alarm: dict[str, Any]) -> None:
    """Brings an alarm into the state that its metrics give it and has its actions told; without recent data it stays as it is."""
    value = value_of(alarm)
    if value is None:
        return
    threshold, operator = alarm.get("Threshold", 0), alarm.get("ComparisonOperator", "")
    rings = {
        "GreaterThanOrEqualToThreshold": value >= threshold,
        "GreaterThanThreshold": value > threshold,
        "LessThanThreshold": value < threshold,
        "LessThanOrEqualToThreshold": value <= threshold,
    }.get(operator, False)
    old, new = alarm["StateValue"], "ALARM" if rings else "OK"
    if old == new:
        return
    reason = f"Threshold Crossed: {value} {operator} {threshold}"
    alarm |= {"StateValue": new, "StateReason": reason, "StateUpdatedTimestamp": int(time.time())}
    cloudwatch._record_history(alarm["AlarmName"], old, new, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, new, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def value_of(alarm: Mapping[str, Any]) -> float | None:
    """What an alarm compares with its threshold now: its statistic, or the sum of those of its metrics.

    None without recent data, or without any since somebody put it into a state, and where its metric math is another than the
    sum.
    """
    since = time.time() - _period(alarm) * alarm.get("EvaluationPeriods", 1)
    since = max(since, _set_at.get(alarm["AlarmArn"], 0.0))
    if not alarm.get("Metrics"):
        place = {each["Name"]: each["Value"] for each in alarm.get("Dimensions", ())}
        wanted = alarm.get("ExtendedStatistic") or alarm.get("Statistic", "Average")
        return _statistic(alarm.get("Namespace", ""), alarm.get("MetricName", ""), place, wanted, since)
    if not computed(alarm["Metrics"]):
        return None
    values = [
        _statistic(metric["Namespace"], metric["MetricName"], _place(metric), each["MetricStat"]["Stat"], since)
        for each in alarm["Metrics"]
        if "MetricStat" in each
        for metric in [each["MetricStat"]["Metric"]]
    ]
    there = [value for value in values if value is not None]
    return sum(there) if there else None


def _period(alarm: Mapping[str, Any]) -> int:
    stats = [each["MetricStat"] for each in alarm.get("Metrics") or () if "MetricStat" in each]
    return int(stats[0]["Period"] if stats else alarm.get("Period", 60))


def _place(metric: Mapping[str, Any]) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in metric.get("Dimensions", ())}


def _statistic(namespace: str, name: str, place: Mapping[str, str], wanted: str, since: float) -> float | None:
    points = cloudwatch._metrics.get((namespace, name, cloudwatch._dims_key(dict(place)))) or ()
    recent = [each for each in list(points) if each["Timestamp"] >= since]
    if not recent:
        return None
    value = cloudwatch._stat_value(cloudwatch._calc_stats(recent), wanted, recent)
    return None if value is None else float(value)


def _looks_at(alarm: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Namespace and name of each metric of an alarm."""
    if not alarm.get("Metrics"):
        yield alarm.get("Namespace", ""), alarm.get("MetricName", "")
        return
    for each in alarm["Metrics"]:
        if "MetricStat" in each:
            yield each["MetricStat"]["Metric"]["Namespace"], each["MetricStat"]["Metric"]["MetricName"]
