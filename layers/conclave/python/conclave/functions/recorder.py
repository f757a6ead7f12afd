"""Collects the figures of an invocation and writes them out when it ends, through Powertools' embedded metric format."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from threading import Lock
from types import MappingProxyType
from typing import Any, TypeVar

from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from conclave import figures
from conclave.caches.memory import Tally
from conclave.figures import METRICS, Metric, Part, Parts, Timed, Unit
from conclave.functions import loading
from conclave.routing.breakers import State

Handler = TypeVar("Handler", bound=Callable[..., Any])

MOST_VALUES = 48
"""Values that a dimension may have in a process. Further ones are ``other``: nobody pays for a mistake by the name."""
OTHER = "other"
_Group = tuple[tuple[Parts, ...], tuple[tuple[str, str], ...]]


class UnknownMetric(Exception):
    """A figure of a metric that is not listed, or without the dimensions that it has; the message names it."""


class Recorder:
    """The figures of the invocation under way. One for each function's process.

    Args:
        service: The first dimension of all: the prefix of the stage and pack.
        namespace: Of the metrics.
        function: The verb of this function, with the agent's name for an agent's.
        slow: Thresholds by the name of a duration, seconds; a longer one is told to ``told_slow``.
        told_slow: Is told the metric's name, the seconds and the dimensions of a slow operation.
        trace: Takes parts of the work in time.
    """

    def __init__(
        self,
        *,
        service: str,
        namespace: str,
        function: str,
        slow: Mapping[str, float] = MappingProxyType({}),
        told_slow: Callable[[str, float, Mapping[str, str]], None] = lambda name, seconds, parts: None,
        trace: Callable[[Timed], None] = lambda part: None,
    ) -> None:
        self.timed = trace
        self._service, self._namespace, self._function = service, namespace, function
        self._slow, self._told_slow = slow, told_slow
        self._groups: dict[_Group, dict[Metric, list[float]]] = {}
        self._seen: dict[str, set[str]] = {part: set() for part in Part}
        self._started = False
        self._lock = Lock()

    def __call__(self, metric: Metric, value: float = 1.0, **parts: str) -> None:
        """Takes a figure; see ``Observe``.

        Raises:
            UnknownMetric: The metric is not listed, or its dimensions are others.
        """
        if METRICS.get(metric.name) is not metric:
            raise UnknownMetric(f"{metric.name} is not listed in conclave.figures")
        if parts.keys() != metric.parts:
            raise UnknownMetric(f"{metric.name} has the dimensions {sorted(metric.parts)}, not {sorted(parts)}")
        with self._lock:
            bounded = tuple(sorted((name, self._bounded(name, parts[name])) for name in parts))
            self._groups.setdefault((metric.by, bounded), {}).setdefault(metric, []).append(float(value))
        if metric.unit is Unit.SECONDS and value > self._slow.get(metric.name, float("inf")):
            self._told_slow(metric.name, value, parts)
            self(figures.SLOW_OPERATIONS, 1)

    def reads(self, tally: Tally) -> None:
        """Takes the reads of the data that this process, what another one left, or the tables answered."""
        self(figures.READS_MEMORY, tally.memory)
        self(figures.READS_SHARED, tally.shared)
        self(figures.READS_DATA, tally.data)

    def circuits(self, states: Mapping[str, State]) -> None:
        """Takes the circuits that changed their state, by model."""
        for model, state in states.items():
            self(figures.BREAKER_OPENED if state is State.OPEN else figures.BREAKER_CLOSED, 1, model=model)

    def written(self, handler: Handler) -> Handler:
        """Decorates a handler: its figures are written when it ends, also when it raises."""

        @functools.wraps(handler)
        def observed(*arguments: Any, **named: Any) -> Any:
            try:
                self._start()
                return handler(*arguments, **named)
            finally:
                self.write()

        return observed  # type: ignore[return-value]

    def write(self) -> None:
        """Writes what came since the last time; nothing where nothing came."""
        with self._lock:
            groups, self._groups = self._groups, {}
        for (by, parts), values in groups.items():
            self._write_group(by, dict(parts), values)

    def _write_group(
        self, by: tuple[Parts, ...], parts: Mapping[str, str], values: Mapping[Metric, list[float]]
    ) -> None:
        emf = AmazonCloudWatchEMFProvider(
            metric_set={}, dimension_set={}, metadata_set={}, default_dimensions={}, namespace=self._namespace,
            service=self._service,
        )  # fmt: skip
        first, *others = by
        for part in first:
            emf.add_dimension(part, parts[part])
        for each in others:
            emf.add_dimensions(service=self._service, **{part: parts[part] for part in each})
        for metric, found in values.items():
            # Powertools writes an entry of its own when a metric has more values than one may have.
            for value in found:
                emf.add_metric(name=metric.name, unit=metric.unit.value, value=value)
        if emf.metric_set:
            emf.flush_metrics()

    def _bounded(self, part: str, value: str) -> str:
        seen = self._seen[part]
        if value not in seen and len(seen) >= MOST_VALUES:
            return OTHER
        seen.add(value)
        return value or OTHER

    def _start(self) -> None:
        """Tells how this process started, once."""
        if self._started:
            return
        self._started = True
        if loading.waited_for():
            self(figures.COLD_STARTS, 1, function=self._function)
        self(figures.START_SECONDS, loading.seconds(), function=self._function)
