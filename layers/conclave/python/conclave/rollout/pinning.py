"""The pin of a run: which versions all of its agents answer with. It follows from the record and the run's id alone.

A run that is on the candidate at one share is on it at every larger share of the same rollout, and another rollout draws anew.
"""

from __future__ import annotations

import hashlib

from conclave.rollout.record import Record, State
from conclave.rollout.trials import side_of
from conclave.types import Pin, Side

_PLACES = 10_000
"""A share is exact to a hundredth of a percent."""


def pinned(record: Record, run_id: str, before: Pin | None = None) -> Pin:
    """The pin of a run. A trial is on its own side, as long as there is a candidate.

    Args:
        record: The rollout as it is when the run is framed.
        run_id: The run.
        before: The pin that an earlier execution of the run had. It is kept as long as its versions are the stable ones, or those
            of the same candidate, which has its share: what was rolled back is not taken up again by a redrive, neither while
            the same versions are before another gate.
    """
    if (own := side_of(run_id)) is not None:
        return _on(record, own if record.candidate else Side.STABLE)
    if before is not None and before.versions and _holds(before, record):
        return before
    if record.state is State.CANARY and place_of(run_id, record.rollout) < record.share * _PLACES // 100:
        return _on(record, Side.CANDIDATE)
    return _on(record, Side.STABLE)


def _holds(before: Pin, record: Record) -> bool:
    if dict(before.versions) == dict(record.stable):
        return True
    of_candidate = dict(before.versions) == dict(record.candidate)
    return of_candidate and record.state is State.CANARY and before.rollout == record.rollout


def _on(record: Record, side: Side) -> Pin:
    versions = record.candidate if side is Side.CANDIDATE else record.stable
    return Pin(side=side, rollout=record.rollout, versions=dict(versions))


def place_of(run_id: str, rollout: int) -> int:
    """The place of a run among 10,000, the same for ever: evenly spread, and drawn anew for each rollout."""
    drawn = hashlib.sha256(f"{rollout}/{run_id}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") % _PLACES
