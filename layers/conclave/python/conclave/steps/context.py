"""The context of a run: what every step of it shares. What only one step may touch stays an argument of that step."""

from __future__ import annotations

from dataclasses import dataclass

from conclave.clock import Timepiece, timestamp
from conclave.codes import Moment
from conclave.pack import Pack
from conclave.records.journal import Journal
from conclave.records.run_records import RunRecords, records_of
from conclave.records.runs import Run, RunStore


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """A run, where it is kept, and when it is.

    Attributes:
        run_id: The run.
        pack: Its domain.
        runs: The runs.
        journal: The journal.
        clock: The time.
        strict: Whether a read that a tool does not declare is raised instead of being a gap, see ``ToolContext``.
        fence: Fencing token that the step writes under; 0 where the machine knows none.
    """

    run_id: str
    pack: Pack
    runs: RunStore
    journal: Journal
    clock: Timepiece
    strict: bool = True
    fence: int = 0

    @property
    def now(self) -> str:
        """The time as a timestamp."""
        return timestamp(self.clock())

    def records(self) -> RunRecords:
        """The records of the run, read now. Raises ``RunNotFound``."""
        return records_of(self.run_id, self.runs, self.pack)

    def mark_once(self, run: Run, moment: Moment, summary: str = "") -> None:
        """Marks a moment that has no mark yet: a repetition does not move it."""
        if moment not in run.marks:
            self.runs.mark(self.run_id, moment, self.now, summary)
