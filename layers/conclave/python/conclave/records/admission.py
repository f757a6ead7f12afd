"""Admission: a stage lets so many runs deliberate at once, and the others wait for a place.

The phase machine takes the place itself, before its first step, and gives it back after its last one; no function runs while
a run waits. Whoever holds a place stands in one set, in one item. What an execution could not give back, because it failed or
was stopped, is given back for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

ADMISSION = "ADMISSION"
"""Partition key, in the table of runs, of the item that says who holds a place. No run has this id."""

HOLDERS = "HOLDERS"
"""Its sort key."""

NOT_ADMITTED = "NotAdmitted"
"""The name that the machine gives the failure of a run that waited in vain."""


class Places(Protocol):
    """The places and their holders. One implementation for DynamoDB, one in memory; the same contract tests hold for both."""

    def holders(self) -> frozenset[str]:
        """Ids of the runs that hold a place, consistently read."""
        ...

    def release(self, run_id: str) -> None:
        """Gives the place of a run back. A run that holds none changes nothing, so this may be repeated."""
        ...


def release_ended(places: Places, is_running: Callable[[str], bool]) -> tuple[str, ...]:
    """Gives back the places of runs whose execution has ended, and answers their ids, sorted.

    An execution takes its place after it began and never begins twice, so whatever does not run now will not run again.

    Args:
        places: Who holds a place.
        is_running: Whether the execution of a run is still running; it raises where that cannot be found out.
    """
    ended = tuple(run_id for run_id in sorted(places.holders()) if not is_running(run_id))
    for run_id in ended:
        places.release(run_id)
    return ended
