"""Runs that rest on what a feed changes: found by where they looked, and held against the changed data by their own code.

A run rests on what its planner made of the data and on what the checks of its agents answered. Both are worked out again; with
the same data they are the same. So a report of the weather for another hour, or a notice about another runway, outdates nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Protocol

from msgspec import Struct, structs

from conclave.agents.checks import run_checks
from conclave.audit.chain import Act
from conclave.caches.looks import concern
from conclave.clock import Clock, timestamp
from conclave.codec import convert, plain
from conclave.codes import Moment
from conclave.configuration.applied import pack_under
from conclave.configuration.document import settings_of
from conclave.feeds.changes import Change, places
from conclave.pack import Pack, ToolContext
from conclave.pack.tables import ReadFailed, ReadOnce, ScopedTables, Table, Tables
from conclave.records.run_records import RunRecords, all_assessments, records_of
from conclave.records.runs import Mark, Marking, MarkState, Page, Run, RunNotFound, RunStore, StaleFence, TextState
from conclave.steps.approving.recheck import hashes
from conclave.steps.context import planned
from conclave.steps.publish import Bus, announced
from conclave.types import RunStatus

EVENT = "RunOutdated"
OUTDATED = "run_outdated"
NOTED = "feed_noted"
CLEARED = "feed_looked_at"
DAYS = 2
"""UTC days of whose decisions it is asked whether they are outdated: today and the day before."""
PAGE = 200
"""Heads of runs that a request asks for, and that are held at a time: a day has thousands."""
STANDING = (RunStatus.DECIDED, RunStatus.AWAITING_APPROVAL)
"""Runs with something that can be outdated."""


class Concerned(Struct, frozen=True, kw_only=True):
    """A run that may rest on a change: its head, and the first change that it looked at."""

    run: Run
    change: Change


class Again(Protocol):
    """Says whether what a run rests on has changed."""

    def __call__(self, records: RunRecords) -> bool:
        """True if its planner or one of its checks makes something else of the data now. Raises ``ReadFailed``."""
        ...


def concerned(changes: Sequence[Change], tables: Mapping[str, Table], runs: RunStore, clock: Clock) -> list[Concerned]:
    """The runs of the last days, and those that wait for people, that looked where something changes; newest first."""
    where = [(each, places(each, tables[each.table])) for each in changes]
    everything = {place for _, found in where for place in found}
    found = list[Concerned]()
    for run in _standing(runs, clock) if changes else ():
        if run.outdated is None and run.looks and concern(run.looks, everything):
            found.append(Concerned(run=run, change=next(each for each, at in where if concern(run.looks, at))))
    return found


def _standing(runs: RunStore, clock: Clock) -> Iterator[Run]:
    waiting = set[str]()
    for run in _pages(lambda token: runs.by_status(RunStatus.AWAITING_APPROVAL, PAGE, token)):
        waiting.add(run.run_id)
        if run.texts is TextState.KEPT:
            yield run
    for day in (timestamp(clock() - timedelta(days=ago))[:10] for ago in range(DAYS)):
        for run in _pages(partial(runs.by_day, day, PAGE)):
            if run.status in STANDING and run.texts is TextState.KEPT and run.run_id not in waiting:
                yield run


def _pages(page: Callable[[str], Page]) -> Iterator[Run]:
    last = ""
    while True:
        found = page(last)
        yield from found.runs
        last = found.next
        if not last:
            return


def deliberating(runs: RunStore) -> list[Run]:
    """The runs that have begun to read and have no decision yet."""
    listed = _pages(lambda token: runs.by_status(RunStatus.RUNNING, PAGE, token))
    return [run for run in listed if Moment.FRAME_STARTED in run.marks and run.mark is None]


def looks_again(pack: Pack, tables: Tables, *, strict: bool) -> Again:
    """What works a run out again over tables."""

    def again(records: RunRecords) -> bool:
        frame = records.frame
        if frame is None or not frame.planned:
            return True
        run, under = records.run, pack_under(pack, settings_of(records.manifest))
        once = ReadOnce(tables)
        incident = convert(dict(frame.incident), under.incident)
        try:
            plan = under.plan(incident, ScopedTables(once, under.plan_reads), run.created_at)
        except ReadFailed:
            raise
        except Exception:  # it cannot be planned any more: what it rests on has gone
            return True
        if planned(plan) != frame.planned:
            return True
        context = ToolContext(incident=incident, options=frame.options, tables=once, now=run.created_at, strict=strict)
        now = hashes({agent.name: run_checks(agent, context) for agent in under.specialists})
        told = frame.checked or _told(records)
        return any(now[name] != hashed for name, hashed in told.items() if name in now)

    return again


def _told(records: RunRecords) -> dict[str, str]:
    """The hashes of what checks answered, from the newest answers of their agents."""
    return {
        f"{answer.agent}.{call.name}": call.hash
        for answer in records.assessments.values()
        for call in answer.tool_calls
        if call.check and call.hash
    }


class Marker:
    """Marks runs, tells the bus, and is right whoever else does the same.

    Args:
        pack: The runs' domain.
        runs: The runs.
        bus: Is told of each run that is outdated.
        clock: The time.
        event: The event that brought the feed.
        read: Records that were read of it, by kind.

    Attributes:
        missed: Runs that were decided between a look at those that deliberate and the note.
    """

    def __init__(
        self,
        *,
        pack: Pack,
        runs: RunStore,
        bus: Bus,
        clock: Clock,
        event: str = "",
        read: Mapping[str, int] | None = None,
    ) -> None:
        self._pack, self._runs, self._bus, self._clock = pack, runs, bus, clock
        self._event, self._read = event, read or {}
        self.missed: list[Run] = []

    def outdate(self, found: Iterable[Concerned], again: Again, time_left: Callable[[], bool]) -> tuple[str, ...]:
        """Marks those of the runs that rest on a change; answers their ids.

        One that there is no time to work out is marked, too: it looked at what changed, and that is all that is known.
        """
        marked = list[str]()
        for each in found:
            try:
                records = records_of(each.run.run_id, self._runs, self._pack, all_assessments(self._pack))
            except RunNotFound:
                continue  # the index still lists what has expired
            run = records.run
            if run.outdated or run.status not in STANDING or (time_left() and not again(records)):
                continue
            if self._write(run, self.mark(each.change, MarkState.OUTDATED), OUTDATED):
                marked.append(run.run_id)
        return tuple(marked)

    def note(self, found: Iterable[Run], first: Sequence[Change]) -> tuple[str, ...]:
        """Notes at runs that deliberate that something changed meanwhile; whoever decides them then has them looked at.

        Args:
            found: The runs.
            first: The first of the changes; none where nothing changes.

        Returns:
            Ids of the runs that have the note. Those that had been decided by then are in ``missed``.
        """
        noted = list[str]()
        for change, run in ((change, run) for change in first for run in found):
            if self._write(run, self.mark(change, MarkState.UNCLEAR), NOTED):
                noted.append(run.run_id)
            elif (now := self._now(run)) is not None and now.mark is None and now.status in STANDING:
                self.missed.append(now)
        return tuple(noted)

    def _now(self, run: Run) -> Run | None:
        try:
            return self._runs.get(run.run_id)
        except RunNotFound:
            return None

    def look_again(self, run_id: str, again: Again) -> bool:
        """Says of a run that a feed changed something under whether it is outdated. Repeated, it says it again."""
        records = records_of(run_id, self._runs, self._pack, all_assessments(self._pack))
        run = records.run
        if run.mark is None or run.status not in STANDING:
            return False
        if run.mark.state is MarkState.OUTDATED:
            self._tell(run)
            return True
        rests = again(records)
        mark = structs.replace(run.mark, state=MarkState.OUTDATED) if rests else None
        return self._write(run, mark, OUTDATED if rests else CLEARED) and rests

    def mark(self, change: Change, state: MarkState) -> Mark:
        """The mark that a change makes."""
        feed = self._pack.feeds.behind(change.table, self._read) if self._pack.feeds else ""
        return Mark(
            state=state,
            since=timestamp(self._clock()),
            feed=feed,
            table=change.table,
            key=change.name,
            event=self._event,
        )

    def _write(self, run: Run, mark: Mark | None, event: str) -> bool:
        """Writes a mark; False where the run has moved on, so that the mark is not right any more, or somebody's stands."""
        body = plain(mark or run.mark)
        act = Act(event=event, at=timestamp(self._clock()), body=body)
        marking = Marking(run_id=run.run_id, status=run.status, expected=run.mark, mark=mark, act=act)
        try:
            marked = self._runs.mark(marking)
        except (StaleFence, RunNotFound):
            return False
        if event == OUTDATED:
            self._tell(marked)
        return True

    def _tell(self, run: Run) -> None:
        said = plain(run.outdated)
        self._bus.send(EVENT, {**announced(run), "status": run.status, "outdated": said})
