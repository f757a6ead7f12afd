"""Feeds on the tables, once; and the runs that rest on what they change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conclave.api.documents import run_document, run_row
from conclave.api.erasure import erase_texts
from conclave.audit.chain import read_chain
from conclave.clock import SystemClock
from conclave.codes import Moment
from conclave.feeds.changes import Change, Moved
from conclave.feeds.outdating import CLEARED, NOTED, OUTDATED, Marker, looks_again
from conclave.feeds.receiving import Received
from conclave.feeds.taking import EVENT, Place, Taken, take
from conclave.pack import Fed, FeedFault, FeedIncident, Feeds, Plan, Tables
from conclave.pack.tables import ReadFailed, UndeclaredRead
from conclave.records.runs import MarkState, Run
from conclave.streaming.events import Kind, Statement
from conclave.streaming.statements import statements_of
from conclave.testing.feeding.memory import MemoryKeys, MemoryRows
from conclave.testing.room import Room
from conclave.types import RunStatus
from msgspec import structs
from pipe_domain import OPTIONS, Scene, make_scene
from pipe_domain import clock as beginning

PIPES = [{"pipe": "P1", "limit": 6, "colour": "red"}, {"pipe": "P2", "limit": 6}]
PARTS = [{"supplier": "S", "name": "seal", "price": 5}]


def read(texts: Mapping[str, str], near: str, tables: Tables) -> Fed:
    """``P1 limit=4``: a cell of a pipe; ``P1 leaks 30``: an incident; anything else is a fault."""
    put: dict[str, dict[str, Any]] = {}
    faults, late = list[FeedFault](), list[FeedIncident]()
    for name, text in texts.items():
        for number, line in enumerate(text.splitlines(), start=1):
            words = line.split()
            if len(words) == 3 and words[1] == "leaks":
                late.append(FeedIncident(key=f"leak-{words[0]}", minutes=int(words[2]), incident={"pipe": words[0]}))
                continue
            if len(words) != 2 or "=" not in words[1]:
                faults.append(FeedFault(file=name, line=number, reason="is no reading of a gauge; write P1 limit=4"))
                continue
            cell, _, value = words[1].partition("=")
            there = put.get(words[0]) or tables.get("pipes", [words[0]]).items.get(words[0], {"pipe": words[0]})
            put[words[0]] = {**there, cell: int(value) if value.isdigit() else value}
    rows = {"pipes": list(put.values())} if put else {}
    return Fed(put=rows, remove={}, read={"gauges": len(put)} if put else {}, faults=faults, warnings=(), late=late)


FEEDS = Feeds(kinds={"gauges": ("pipes",)}, read=read, reads=("pipes",))


def plan(incident: Any, tables: Tables, now: str) -> Plan:
    """Leaves out what presses more than the pipe bears."""
    limit = tables.get("pipes", [incident.pipe]).items[incident.pipe]["limit"]
    return Plan(options=[each for each in OPTIONS if (each.fields["pressure"] or 0) <= limit], facts=[])


@dataclass
class Site:
    """A run that was decided, and the tables that a feed writes."""

    scene: Scene
    rows: MemoryRows
    keys: MemoryKeys = field(default_factory=MemoryKeys)
    seconds: float = 60.0
    slept: list[float] = field(default_factory=list)

    @property
    def room(self) -> Room:
        return replace(self.scene.room, tables=self.rows.tables)

    @property
    def place(self) -> Place:
        clock = SystemClock(beginning() + timedelta(seconds=self.seconds))
        clock.sleep = self.slept.append  # type: ignore[method-assign, assignment]
        return Place(
            pack=self.scene.room.pack,
            tables=self.rows.tables,
            rows=self.rows,
            keys=self.keys,
            runs=self.scene.runs,
            bus=self.scene.bus,
            clock=clock,
        )

    def take(self, *texts: str, key: str = "e-1", **more: Any) -> Taken:
        named = {f"message {number}": text for number, text in enumerate(texts, start=1)}
        return take(Received(key=key, texts=named, near="2026-11-21T06:00:00Z"), self.place, **more)

    @property
    def run(self) -> Run:
        return self.scene.runs.get("run-1")

    @property
    def events(self) -> list[str]:
        return [each.entry.event for each in read_chain("run-1", self.scene.runs.audit("run-1"))]

    def told(self, kind: str) -> list[Mapping[str, Any]]:
        return [detail for name, detail in self.scene.bus.sent if name == kind]

    def document(self) -> dict[str, Any]:
        scene = self.scene
        return run_document(
            "run-1", pack=scene.room.pack, runs=scene.runs, journal=scene.journal, stage="test", clock=beginning
        )


def made(folder: Path, **more: Any) -> Site:
    rows = MemoryRows(make_scene(folder).room.pack.tables, {"pipes": [dict(each) for each in PIPES], "parts": PARTS})
    declared = {"feeds": FEEDS, "plan": plan, "plan_reads": ("pipes",), **more}
    return Site(make_scene(folder, tables=rows.tables, **declared), rows)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made_here = made(tmp_path)
    assert made_here.scene.room.deliberate("run-1").status is RunStatus.DECIDED
    return made_here


def test_what_a_decided_run_rests_on_outdates_it_and_its_caller_hears_of_it(site: Site) -> None:
    before = site.run
    taken = site.take("P1 limit=4")
    mark = {
        "state": "outdated",
        "since": "2026-11-21T06:01:00.000Z",
        "feed": "gauges",
        "table": "pipes",
        "key": "P1",
        "event": "e-1",
    }
    assert taken.outdated == ("run-1",)
    assert site.document()["outdated"] == mark
    assert run_row(site.run, "2026-11-21T07:00:00Z")["outdated"] == mark["since"]
    (event,) = site.told("RunOutdated")
    assert event["run_id"] == "run-1"
    assert event["outdated"] == mark
    assert event["audit"] == {"entries": site.run.audit_entries, "head": site.run.audit_head}
    assert site.events[-1] == OUTDATED
    assert Statement(kind=Kind.RUN, state="outdated") in statements_of(site.run, {}, site.scene.room.pack)
    # What was decided stays what it is.
    assert structs.replace(site.run, mark=None, audit_entries=0, audit_head="") == structs.replace(
        before, audit_entries=0, audit_head=""
    )
    assert site.rows.tables.get("pipes", ["P1"]).items["P1"]["limit"] == 4


@pytest.mark.parametrize(
    "text",
    ["P1 limit=6", "P1 colour=blue", "P2 limit=4", "nothing of the kind"],
    ids=["as it was", "a cell that nothing reads", "another pipe", "unreadable"],
)
def test_what_a_run_does_not_rest_on_outdates_nothing(site: Site, text: str) -> None:
    entries = site.run.audit_entries
    assert site.take(text).outdated == ()
    assert (site.run.mark, site.run.audit_entries) == (None, entries)
    assert site.document()["outdated"] is None
    assert site.told("RunOutdated") == []


def test_only_the_first_change_marks_a_run(site: Site) -> None:
    site.take("P1 limit=4")
    mark = site.run.mark
    assert site.take("P1 limit=3", key="e-2").outdated == ()
    assert site.run.mark == mark
    assert len(site.told("RunOutdated")) == 1


def test_a_feed_is_taken_once_and_told(site: Site) -> None:
    taken = site.take("P1 limit=4", "what?\n\nP2 limit=9")
    assert (taken.read, taken.written) == ({"gauges": 2}, {"pipes": 2})
    (event,) = site.told(EVENT)
    assert event["faults"][0] == {
        "text": "message 2",
        "line": 1,
        "reason": "is no reading of a gauge; write P1 limit=4",
    }
    assert (event["unread"], event["outdated"]) == (2, ["run-1"])
    # A later one was taken meanwhile: an old one that comes again must not take its place.
    site.take("P1 limit=5", key="e-2")
    again = site.take("P1 limit=4", "what?\n\nP2 limit=9")
    assert again == Taken(key="e-1", repeated=True)
    assert site.rows.tables.get("pipes", ["P1"]).items["P1"]["limit"] == 5
    assert len(site.told(EVENT)) == 2


def test_a_feed_that_changes_nothing_writes_no_table_and_gives_no_version(site: Site) -> None:
    assert site.take("P1 limit=6", "P2 limit=6").written == {}
    assert site.rows.written == []


def test_who_dies_before_the_rows_are_written_has_marked_and_comes_again(site: Site) -> None:
    whole = site.rows.write

    def dies(*arguments: Any) -> None:
        raise TimeoutError

    site.rows.write = dies  # type: ignore[method-assign, assignment]
    with pytest.raises(TimeoutError):
        site.take("P1 limit=4")
    assert site.run.outdated is not None
    assert site.told(EVENT) == []
    site.rows.write = whole  # type: ignore[method-assign]
    assert site.take("P1 limit=4").written == {"pipes": 1}
    assert len(site.told("RunOutdated")) == 1
    assert site.rows.tables.get("pipes", ["P1"]).items["P1"]["limit"] == 4


def test_of_two_feeds_about_one_item_neither_takes_the_others_away(site: Site) -> None:
    """The second reads what the first has not written yet: it is told, reads again, and both stand."""
    whole, others = site.rows.write, [Change(table="pipes", key="P2", before=PIPES[1], after={**PIPES[1], "limit": 1})]

    def overtaken(*arguments: Any) -> None:
        if others:
            whole(site.scene.room.pack.tables[0], [others.pop()])
        whole(*arguments)

    site.rows.write = overtaken  # type: ignore[method-assign, assignment]
    place = site.place
    tables = Fresh(site)
    take(
        Received(key="e", texts={"message 1": "P2 limit=9"}, near="2026-11-21T06:00:00Z"),
        structs.replace(place, tables=tables),
    )
    assert site.rows.tables.get("pipes", ["P2"]).items["P2"]["limit"] == 9
    assert site.slept


class Fresh(Tables):
    """The tables of a site as they are at each look."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def get(self, table: str, keys: Any) -> Any:
        return self._site.rows.tables.get(table, keys)

    def query(self, table: str, values: Any, index: str = "", only: Any = None) -> Any:
        return self._site.rows.tables.query(table, values, index, only)


def test_who_is_never_first_gives_up_and_nothing_is_told(site: Site) -> None:
    def moved(*arguments: Any) -> None:
        raise Moved

    site.rows.write = moved  # type: ignore[method-assign, assignment]
    with pytest.raises(Moved):
        site.take("P2 limit=4")
    assert site.told(EVENT) == []
    assert len(site.keys) == 0


def test_a_run_that_deliberates_meanwhile_is_noted_and_looked_at_once_it_has_decided(tmp_path: Path) -> None:
    site = made(tmp_path)
    framed = site.scene.room.frame("run-1")
    taken = site.take("P1 limit=4")
    assert (taken.outdated, taken.noted) == ((), ("run-1",))
    assert site.run.mark is not None
    assert site.run.mark.state is MarkState.UNCLEAR
    assert site.document()["outdated"] is None
    site.take("P1 limit=3", key="e-2")
    assert site.events.count(NOTED) == 1
    arbiter = site.scene.room._phases("run-1", framed.fence)
    site.scene.room.decide("run-1", framed.fence, arbiter)
    site.scene.room.publish("run-1", framed.fence)
    (asked,) = site.told("RunOvertaken")
    assert asked["run_id"] == "run-1"
    place = site.place
    marker = Marker(pack=place.pack, runs=place.runs, bus=place.bus, clock=place.clock)
    assert marker.look_again("run-1", looks_again(place.pack, place.tables, strict=True))
    assert site.document()["outdated"]["since"] == "2026-11-21T06:01:00.000Z"
    assert site.document()["outdated"]["event"] == "e-1"
    assert marker.look_again("run-1", looks_again(place.pack, place.tables, strict=True))
    assert [each["outdated"]["key"] for each in site.told("RunOutdated")] == ["P1", "P1"]
    assert site.events.count(OUTDATED) == 1


def test_a_run_that_saw_what_a_feed_wrote_is_cleared_and_its_caller_hears_nothing(tmp_path: Path) -> None:
    site = made(tmp_path)
    framed = site.scene.room.frame("run-1")
    site.take("P2 limit=4")
    arbiter = site.scene.room._phases("run-1", framed.fence)
    site.scene.room.decide("run-1", framed.fence, arbiter)
    site.scene.room.publish("run-1", framed.fence)
    place = site.place
    marker = Marker(pack=place.pack, runs=place.runs, bus=place.bus, clock=place.clock)
    assert not marker.look_again("run-1", looks_again(place.pack, place.tables, strict=True))
    assert site.run.mark is None
    assert site.events[-1] == CLEARED
    assert site.told("RunOutdated") == []


def test_a_run_that_has_not_begun_reads_what_is_there_then(tmp_path: Path) -> None:
    site = made(tmp_path)
    assert site.take("P1 limit=4").noted == ()
    assert site.scene.room.frame("run-1").framed
    assert Moment.FRAME_STARTED in site.run.marks


def test_a_run_without_time_to_be_worked_out_is_marked_by_where_it_looked(site: Site) -> None:
    assert site.take("P1 colour=blue", time_left=lambda: False).outdated == ("run-1",)


def test_a_run_whose_texts_are_gone_is_not_looked_at(site: Site) -> None:
    scene = site.scene
    erase_texts(
        "run-1", by="me", reason="asked", pack=scene.room.pack, runs=scene.runs, journal=scene.journal, bus=scene.bus,
        clock=beginning,
    )  # fmt: skip
    assert site.take("P1 limit=4").outdated == ()
    assert site.run.mark is None


def test_erasing_keeps_the_mark_which_names_an_item_and_no_text(site: Site) -> None:
    site.take("P1 limit=4")
    mark, scene = site.run.mark, site.scene
    erase_texts(
        "run-1", by="me", reason="asked", pack=scene.room.pack, runs=scene.runs, journal=scene.journal, bus=scene.bus,
        clock=beginning,
    )  # fmt: skip
    assert site.run.mark == mark
    assert site.document()["outdated"]["key"] == "P1"


def test_a_run_that_cannot_be_planned_any_more_is_outdated(tmp_path: Path) -> None:
    def gone(texts: Mapping[str, str], near: str, tables: Tables) -> Fed:
        return Fed(put={}, remove={"pipes": ["P1"]}, read={"gauges": 1}, faults=(), warnings=())

    site = made(tmp_path, feeds=Feeds(kinds={"gauges": ("pipes",)}, read=gone, reads=()))
    site.scene.room.deliberate("run-1")
    assert site.take("P1 is gone").outdated == ("run-1",)
    assert site.rows.tables.get("pipes", ["P1"]).items == {}


def test_tables_that_cannot_be_read_stop_it_before_anything_is_written(site: Site) -> None:
    class Broken(Fresh):
        def get(self, table: str, keys: Any) -> Any:
            raise ReadFailed("pipes: Throttled")

    with pytest.raises(ReadFailed):
        take(
            Received(key="e", texts={"message 1": "P1 limit=4"}, near="2026-11-21T06:00:00Z"),
            structs.replace(site.place, tables=Broken(site)),
        )
    assert (site.rows.written, site.run.mark) == ([], None)


def test_incidents_of_a_feed_are_reported_when_somebody_takes_them(site: Site) -> None:
    asked: list[str] = []

    def report(told: FeedIncident) -> str:
        asked.append(told.key)
        return "run-7" if told.counts(60) else ""

    taken = site.take("P1 leaks 30\nP2 leaks 90", report=report)
    assert asked == ["leak-P1", "leak-P2"]
    assert taken.reported == {"leak-P2": "run-7"}
    assert site.take("P2 leaks 90", key="e-2").reported == {}


def test_a_pack_writes_its_own_tables_and_reads_what_it_declares(tmp_path: Path) -> None:
    def foreign(texts: Mapping[str, str], near: str, tables: Tables) -> Fed:
        return Fed(put={"parts": list(PARTS)}, remove={}, read={}, faults=(), warnings=())

    def curious(texts: Mapping[str, str], near: str, tables: Tables) -> Fed:
        tables.get("parts", [("S", "seal")])
        raise AssertionError

    for feed, error in ((foreign, TypeError), (curious, UndeclaredRead)):
        site = made(tmp_path, feeds=Feeds(kinds={"gauges": ("pipes",)}, read=feed, reads=("pipes",)))
        with pytest.raises(error, match="parts"):
            site.take("anything")
        assert site.rows.written == []


def test_a_check_that_answers_otherwise_outdates_a_run_whose_plan_is_the_same(tmp_path: Path) -> None:
    site = made(tmp_path, plan=lambda incident, tables, now: Plan(options=OPTIONS, facts=[]))
    site.scene.room.deliberate("run-1")
    assert site.run.looks
    assert site.take("P1 colour=blue").outdated == ()
    assert site.take("P1 limit=5", key="e-2").outdated == ("run-1",)


def test_a_run_of_a_pack_without_feeds_notes_nothing(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.room.deliberate("run-1")
    run = scene.runs.get("run-1")
    assert (run.looks, run.mark) == ("", None)
