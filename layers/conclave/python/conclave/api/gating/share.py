"""The look at the runs that came in since the candidate has its share."""

from __future__ import annotations

from conclave.api.gating.around import Around
from conclave.clock import seconds_between
from conclave.records.runs import Run
from conclave.rollout.canary import Look, looked_at
from conclave.rollout.pinning import pinned
from conclave.rollout.record import Record
from conclave.types import Side

MOST_RUNS = 100
"""Of a side, the newest, that are read."""
PAGES = 40


def look(around: Around, record: Record) -> Look:
    """The verdict on a candidate that has a share of the runs. Reads only."""
    now = around.now
    sides: dict[Side, list[Run]] = {side: [] for side in Side}
    for run in around.ended(record.since, now, PAGES):
        of_side = sides[pinned(record, run.run_id).side]
        if len(of_side) < MOST_RUNS:
            of_side.append(run)
    seen = [around.seen(run.run_id, record) for runs in sides.values() for run in runs]
    return looked_at(record, [each for each in seen if each], minutes=seconds_between(record.since, now) / 60)
