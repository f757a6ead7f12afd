"""Executions of the phase machine: starting one for a run, under the run's own name."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from conclave.records.runs import Run


class Execution(StrEnum):
    """The state of the execution of a run."""

    ABSENT = "absent"
    RUNNING = "running"
    ENDED = "ended"


class Machine(Protocol):
    """The phase machine."""

    def start(self, name: str, payload: Mapping[str, str]) -> bool:
        """Starts an execution of that name; False when one exists already, and then nothing starts."""
        ...


def start(run: Run, machine: Machine) -> bool:
    """Starts the execution of a run, whoever does it, under the same name and with the same input; False when there is one."""
    return machine.start(run.run_id, {"run_id": run.run_id, "correlation_id": run.correlation_id})
