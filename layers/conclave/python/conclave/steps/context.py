"""The context of a run: what every step of it shares. What only one step may touch stays an argument of that step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct, field

from conclave.clock import Timepiece, timestamp
from conclave.codec import digest, encode
from conclave.pack import Pack
from conclave.records.journal import Journal
from conclave.records.run_records import RunRecords, records_of
from conclave.records.runs import RunStore
from conclave.routing.breakers import Breakers, NoBreakers
from conclave.types import Phase, Pin, Plan, Side


def as_deployed(before: Pin | None) -> Pin:
    """The pin where nothing is rolled out: to the versions that are deployed."""
    del before
    return Pin(side=Side.STABLE, rollout=0, versions={})


class RunContext(Struct, frozen=True, kw_only=True):
    """A run, where it is kept, and when it is.

    Attributes:
        run_id: The run.
        pack: Its domain.
        runs: The runs.
        journal: The journal.
        clock: The time.
        strict: Whether a read that a tool does not declare is raised instead of being a gap, see ``ToolContext``.
        fence: Fencing token that the step writes under; 0 where the machine knows none.
        breakers: Is told how calls of models ended.
        code: Versions of what runs, for the recordings of its steps; empty where nobody knows them.
        pin: Pins the run when it is framed, given the pin that an earlier execution of it had.
    """

    run_id: str
    pack: Pack
    runs: RunStore
    journal: Journal
    clock: Timepiece
    strict: bool = True
    fence: int = 0
    breakers: Breakers = field(default_factory=NoBreakers)
    code: Mapping[str, str] = field(default_factory=dict)
    pin: Callable[[Pin | None], Pin] = as_deployed

    @property
    def now(self) -> str:
        """The time as a timestamp."""
        return timestamp(self.clock())

    def records(self, assessments: Iterable[tuple[Phase, str]] = ()) -> RunRecords:
        """The records of the run, read now with some of its assessments. Raises ``RunNotFound``."""
        return records_of(self.run_id, self.runs, self.pack, assessments)


def planned(plan: Plan) -> str:
    """The hash of what a planner made of the data, see ``Frame.planned``; the order of facts and gaps says nothing."""
    return digest([plan.options, sorted(map(encode, plan.facts)), sorted(map(encode, plan.gaps))])
