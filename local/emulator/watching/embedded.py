"""Metrics that functions write into their logs (embedded metric format), put where alarms and dashboards read them.

CloudWatch Logs does this on AWS. The emulator keeps such lines as text, so that no alarm on them could ever go off.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from local.emulator.watching import storing


def metrics_in(log: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Namespace and data of every embedded metric in a log, in the form of PutMetricData."""
    for line in log.splitlines():
        if '"CloudWatchMetrics"' not in line:
            continue
        try:
            entry = json.loads(line)
            directives = entry["_aws"]["CloudWatchMetrics"]
        except (ValueError, KeyError, TypeError):
            continue
        for directive in directives:
            yield directive["Namespace"], list(_data(entry, directive))


def _data(entry: Mapping[str, Any], directive: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One datum per metric and set of dimensions."""
    for metric in directive["Metrics"]:
        value = entry.get(metric["Name"])
        if value is None:
            continue
        for names in directive.get("Dimensions") or [[]]:
            yield {
                "MetricName": metric["Name"],
                "Dimensions": [{"Name": name, "Value": str(entry.get(name, ""))} for name in names],
                "Timestamp": entry["_aws"].get("Timestamp", 0) / 1000,
                "Unit": metric.get("Unit", "None"),
                "Values": value if isinstance(value, list) else [value],
            }


def put(log: str) -> None:
    """Puts the metrics of an invocation's log. To be called in the account and region of the function."""
    for namespace, data in metrics_in(log):
        storing.put(namespace, data)
