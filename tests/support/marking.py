"""Marks of a run that a test gives, as the end of a step does."""

from __future__ import annotations

from conclave.audit.chain import Act
from conclave.codes import Moment
from conclave.records.runs import Ended, RunStore


def mark(runs: RunStore, moment: Moment, at: str, run_id: str = "run-1") -> None:
    """Marks a moment of a run."""
    act = Act(event="marked", at=at, body={})
    runs.write(run_id, {}, runs.get(run_id).fence, act, ended=Ended(moment=moment))
