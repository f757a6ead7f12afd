"""Alarms on what AWS refused for lack of capacity: reads and writes of tables and their indexes, and calls of models.

Each alarm adds up several metrics; a metric that nobody emitted is left out of the sum.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from conclave.pack.tables import Index

from infra.constructs.permissions import base_model
from infra.constructs.watching.watch import FIVE_MINUTES, Watch
from infra.data_stack import DataStack


def table_throttles(data: DataStack) -> Mapping[str, Watch]:
    """Returns an alarm for each table, its indexes included; index metrics are not part of the table's own.

    Args:
        data: The tables.
    """
    return {
        f"table-{declared.name}-throttled": Watch(
            metric=_sum(declared.name, _places(name, declared.indexes)),
            threshold=1,
            meaning=f"DynamoDB refused reads or writes of {name} or of one of its indexes for lack of capacity.",
        )
        for declared, name in data.deployed_tables
    }


def model_throttles(models: Iterable[str]) -> Mapping[str, Watch]:
    """Returns an alarm for each model, whether Bedrock counts its calls under the inference profile or under the model.

    Args:
        models: Ids of models or of inference profiles (``global.anthropic...``).
    """
    return {
        f"model-{model}-throttled": Watch(
            metric=_sum(
                model,
                [
                    _metric("AWS/Bedrock", "InvocationThrottles", ModelId=each)
                    for each in dict.fromkeys((model, base_model(model)))
                ],
            ),
            threshold=1,
            meaning=f"Bedrock refused calls of {model}: the account's quota of requests or tokens a minute is used up.",
        )
        for model in models
    }


def _places(table: str, indexes: Sequence[Index]) -> list[cloudwatch.Metric]:
    everywhere = [{"TableName": table}]
    everywhere += [{"TableName": table, "GlobalSecondaryIndexName": index.name} for index in indexes]
    kinds = ("ReadThrottleEvents", "WriteThrottleEvents")
    return [_metric("AWS/DynamoDB", kind, **place) for place in everywhere for kind in kinds]


def _metric(namespace: str, name: str, **dimensions: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace, metric_name=name, dimensions_map=dimensions, statistic="Sum", period=FIVE_MINUTES
    )


def _sum(what: str, metrics: Sequence[cloudwatch.Metric]) -> cloudwatch.MathExpression:
    # A dashboard shows all of them in one graph, so their ids may not be the same.
    prefix = "m_" + re.sub(r"\W", "_", what)
    return cloudwatch.MathExpression(
        expression="SUM(METRICS())",
        label=what,
        using_metrics={f"{prefix}_{number}": metric for number, metric in enumerate(metrics)},
        period=FIVE_MINUTES,
    )
