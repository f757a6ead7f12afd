"""``take``: texts of a feed onto the tables, once, and marks at the runs that rest on what they change.

Runs are held against the changes before these are written: who dies in between leaves marks that come true when the event is
delivered again, and no change that nobody heard of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct, field

from conclave.clock import Timepiece
from conclave.feeds.changes import Change, Moved, Overlaid, Rows, Seen, changes_of
from conclave.feeds.outdating import Concerned, Marker, concerned, deliberating, looks_again
from conclave.feeds.receiving import Received
from conclave.figures import (
    FEED_FAULTS,
    FEED_RECORDS,
    FEED_ROWS,
    RUNS_OUTDATED,
    Observe,
    unobserved,
)
from conclave.pack import Fed, FeedFault, FeedIncident, Pack
from conclave.pack.tables import ScopedTables, Tables
from conclave.records.runs import RunStore
from conclave.steps.publish import Bus

EVENT = "FeedTaken"
ATTEMPTS = 6
PAUSE_SECONDS = 0.3
"""Before a feed is read again that somebody was quicker than: an index follows its table a moment later."""
FINDINGS = 50
"""Findings that are told, of each kind; all of them are counted."""
FINDING_CHARACTERS = 240


class Keys(Protocol):
    """The keys of feeds that were taken in the last days."""

    def known(self, key: str) -> bool:
        """True if a feed of this key was taken."""
        ...

    def add(self, key: str) -> None:
        """Keeps a key."""
        ...


class Place(Struct, frozen=True, kw_only=True):
    """Where feeds go.

    Attributes:
        pack: The domain, which has feeds.
        tables: The tables, to be read.
        rows: Those of them that feeds write.
        keys: Says what was taken before.
        runs: The runs.
        bus: Is told what was taken, and which runs are outdated.
        clock: The time.
        strict: See ``ToolContext``.
    """

    pack: Pack
    tables: Tables
    rows: Rows
    keys: Keys
    runs: RunStore
    bus: Bus
    clock: Timepiece
    strict: bool = True


class Taken(Struct, frozen=True, kw_only=True):
    """What became of a feed.

    Attributes:
        key: Its key.
        repeated: Whether it was taken before; then nothing else is told.
        read: Records that were read, by kind.
        written: Items that changed, by table.
        faults: What could not be read.
        warnings: What was read with a doubt.
        outdated: Runs that are outdated by it.
        noted: Runs that were deliberating.
        reported: What was reported as incidents, by key: the run.
    """

    key: str
    repeated: bool = False
    read: Mapping[str, int] = field(default_factory=dict)
    written: Mapping[str, int] = field(default_factory=dict)
    faults: Sequence[FeedFault] = ()
    warnings: Sequence[FeedFault] = ()
    outdated: Sequence[str] = ()
    noted: Sequence[str] = ()
    reported: Mapping[str, str] = field(default_factory=dict)

    @property
    def document(self) -> dict[str, Any]:
        """The same as plain values, with as many findings as are told."""
        return {
            "feed": self.key,
            "read": dict(self.read),
            "written": dict(self.written),
            "unread": len(self.faults),
            "faults": [shown(each) for each in self.faults[:FINDINGS]],
            "warnings": [shown(each) for each in self.warnings[:FINDINGS]],
            "outdated": list(self.outdated),
            "reported": dict(self.reported),
        }


def take(
    received: Received,
    place: Place,
    *,
    report: Callable[[FeedIncident], str] | None = None,
    time_left: Callable[[], bool] = lambda: True,
    observe: Observe = unobserved,
) -> Taken:
    """Takes texts: all that can be read of them goes onto the tables. Repeated under the same key, it changes nothing.

    Args:
        received: The texts.
        place: Where they go.
        report: Reports what a feed tells of, if it is an incident, and answers its run; empty, or None, for what is not.
        time_left: Whether there is time to work out another run.
        observe: Takes figures.

    Raises:
        Moved: Others keep writing the same items; take it again.
        ReadFailed: A table could not be read.
        WriteFailed: A table could not be written.
    """
    if place.keys.known(received.key):
        return Taken(key=received.key, repeated=True)
    fed, changes, outdated, noted = _write(received, place, time_left)
    told = {each.key: report(each) for each in fed.late} if report else {}
    taken = Taken(
        key=received.key,
        read=fed.read,
        written={table: sum(each.table == table for each in changes) for table in {each.table for each in changes}},
        faults=fed.faults,
        warnings=fed.warnings,
        outdated=outdated,
        noted=noted,
        reported={key: run_id for key, run_id in told.items() if run_id},
    )
    place.bus.send(EVENT, taken.document)
    place.keys.add(received.key)
    observe(FEED_RECORDS, sum(fed.read.values()))
    observe(FEED_FAULTS, len(fed.faults))
    observe(FEED_ROWS, len(changes))
    observe(RUNS_OUTDATED, len(outdated))
    return taken


def _write(
    received: Received, place: Place, time_left: Callable[[], bool]
) -> tuple[Fed, list[Change], tuple[str, ...], tuple[str, ...]]:
    """Reads the texts beside the tables, marks and writes, until nobody else was quicker."""
    declared = {table.name: table for table in place.pack.tables}
    marked = list[str]()
    for attempt in range(ATTEMPTS):
        seen = Seen(place.tables).of(place.pack.tables)
        fed = _read(received, place.pack, seen)
        changes = changes_of(fed, declared, seen.items, place.rows)
        marker = Marker(
            pack=place.pack, runs=place.runs, bus=place.bus, clock=place.clock, event=received.key, read=fed.read
        )
        after = Overlaid(place.tables, declared, changes)
        found = concerned(changes, declared, place.runs, place.clock)
        marked += marker.outdate(found, looks_again(place.pack, after, strict=place.strict), time_left)
        # Who deliberates now may have read what was before; and so may who begins until all is written.
        noted = marker.note(deliberating(place.runs), changes[:1])
        try:
            for table in dict.fromkeys(each.table for each in changes):
                place.rows.write(declared[table], [each for each in changes if each.table == table])
        except Moved:
            if attempt + 1 == ATTEMPTS:
                raise
            place.clock.sleep(PAUSE_SECONDS * 2**attempt)
            continue
        noted += marker.note(deliberating(place.runs), changes[:1])
        missed = [Concerned(run=each, change=changes[0]) for each in marker.missed]
        marked += marker.outdate(missed, looks_again(place.pack, after, strict=place.strict), time_left)
        return fed, changes, tuple(dict.fromkeys(marked)), noted
    raise Moved


def _read(received: Received, pack: Pack, tables: Tables) -> Fed:
    """What the pack makes of the texts, for its own tables only."""
    feeds = pack.feeds
    if feeds is None:
        raise TypeError(f"the pack {pack.name} has no feeds")
    fed = feeds.read(received.texts, received.near, ScopedTables(tables, feeds.reads))
    if foreign := sorted({*fed.put, *fed.remove} - set(feeds.tables)):
        raise TypeError(f"the feeds of the pack {pack.name} write {', '.join(foreign)}, which they do not declare")
    return fed


def shown(fault: FeedFault) -> dict[str, Any]:
    """A finding as plain values."""
    return {"text": fault.file, "line": fault.line, "reason": fault.reason[:FINDING_CHARACTERS]}
