"""The declaration of an alarm."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

FIVE_MINUTES = Duration.minutes(5)
"""The period of nearly all alarms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """An alarm to be: it rings when the metric reaches the threshold once.

    Attributes:
        metric: What is watched; its period is the alarm's.
        threshold: From which value on it rings.
        meaning: What the person who is woken should know.
    """

    metric: cloudwatch.IMetric
    threshold: float
    meaning: str
