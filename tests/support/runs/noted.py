"""Figures that are kept in the order in which they were told."""

from __future__ import annotations

from conclave.figures import Metric, Unobserved


class Noted(Unobserved):
    """Keeps what it is told.

    Attributes:
        told: Each metric with its value.
        parts: The dimensions that came with each.
    """

    def __init__(self) -> None:
        self.told: list[tuple[Metric, float]] = []
        self.parts: list[dict[str, str]] = []

    def __call__(self, metric: Metric, value: float, **parts: str) -> None:
        """See ``Observe``."""
        self.told.append((metric, value))
        self.parts.append(parts)

    def of(self, metric: Metric) -> list[float]:
        """The values of a metric."""
        return [value for each, value in self.told if each is metric]
