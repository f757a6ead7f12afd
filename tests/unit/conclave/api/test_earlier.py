"""A repeated report gets the decision of its run, as long as nothing that it rests on has moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conclave.api.earlier import (
    ANNOUNCED_AGAIN_SECONDS,
    FRESH_SECONDS,
    MOST_CALLERS,
    Asker,
    Earlier,
    begun,
    earlier_decision,
    told_here,
)
from conclave.audit.chain import read_chain
from conclave.caches.memory import BoundedMemory
from conclave.caches.tables import VersionedTables
from conclave.caches.versions import SETTLED_AFTER_SECONDS, Version, writing
from conclave.clock import SystemClock
from conclave.codes import Withheld
from conclave.pack import Pack
from conclave.steps.publish import Bus
from conclave.testing.data_versions import MemoryDataVersions
from conclave.testing.tables import MemoryTables
from msgspec import structs
from pipe_domain import ROWS, Scene, make_pack, make_scene, raising

DECIDED_AT = datetime(2026, 11, 21, 6, tzinfo=UTC)
READER = Asker(name="api:reader", reads_runs=True)
LONG_AGO = "2026-11-20T06:00:00.000Z"


def at(seconds: float) -> SystemClock:
    """The time so long after the decision."""
    return SystemClock(DECIDED_AT + timedelta(seconds=seconds))


class Desk:
    """Where reports come in: a run that was decided over data with versions, and whoever asks again."""

    def __init__(self, folder: Path, changed_at: str = LONG_AGO, **scene: Any) -> None:
        self.versions = MemoryDataVersions()
        self.pack: Pack = make_pack(folder)
        for table in self.pack.tables:
            self.versions.begin(table.name, f"{LONG_AGO}|w", Version(id="1", changed_at=changed_at))
            self.versions.end(table.name, {f"{LONG_AGO}|w"}, Version(id=f"of {table.name}", changed_at=changed_at))
        tables = VersionedTables(MemoryTables(self.pack.tables, ROWS), self.versions, at(0))
        self.scene: Scene = make_scene(folder, tables=tables, **scene)

    def decide(self) -> Desk:
        self.scene.room.deliberate(self.scene.run_id)
        return self

    def again(
        self,
        asker: Asker = READER,
        after: float = 60,
        *,
        told: BoundedMemory | None = None,
        bus: Bus | None = None,
        **changes: Any,
    ) -> Earlier:
        return earlier_decision(
            self.scene.run_id,
            asker,
            pack=structs.replace(self.pack, **changes),
            runs=self.scene.runs,
            versions=self.versions,
            bus=bus or self.scene.bus,
            clock=at(after),
            told=told_here() if told is None else told,
        )

    def events(self) -> list[str]:
        return [each.entry.event for each in read_chain(self.scene.run_id, self.scene.runs.audit(self.scene.run_id))]


class DeafBus:
    """A bus that takes nothing."""

    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Refuses the event."""
        raise ConnectionError("nobody listens")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path).decide()


def test_a_decision_that_still_stands_is_given_whole(desk: Desk) -> None:
    found = desk.again()
    assert found.why_not is None
    answer = found.answer
    assert answer["status"] == "decided"
    assert answer["earlier"]["given"] is True
    assert answer["decision"]["option_id"] == answer["option"]["id"] != ""
    assert answer["option"]["fields"]
    assert answer["decided_at"] == "2026-11-21T06:00:00.000Z"


def test_the_audit_says_once_to_whom_it_was_given_and_its_new_end_is_announced(desk: Desk) -> None:
    before = desk.events()
    desk.scene.bus.sent.clear()
    for after in (20, 30, 31 + ANNOUNCED_AGAIN_SECONDS):
        assert desk.again(after=after).why_not is None
    assert desk.events() == [*before, "decision_given"]
    run = desk.scene.runs.get(desk.scene.run_id)
    # Twice: the caller came back at once, as one does whose first request died before it was told.
    assert [kind for kind, _ in desk.scene.bus.sent] == ["DecisionGiven", "DecisionGiven"]
    assert all(
        detail["audit"] == {"entries": run.audit_entries, "head": run.audit_head} for _, detail in desk.scene.bus.sent
    )
    assert desk.again(Asker(name="api:other", reads_runs=True)).why_not is None
    assert desk.events() == [*before, "decision_given", "decision_given"]


def test_a_process_announces_once_what_the_bus_has_taken(desk: Desk) -> None:
    desk.scene.bus.sent.clear()
    here = told_here()
    for after in (20, 21, 22):
        assert desk.again(after=after, told=here).why_not is None
    assert len(desk.scene.bus.sent) == 1
    # Another caller's entry moves the end of the audit, and another process does not know.
    assert desk.again(Asker(name="api:other", reads_runs=True), after=23, told=here).why_not is None
    assert desk.again(after=24).why_not is None
    assert len(desk.scene.bus.sent) == 3


def test_what_the_bus_refused_is_announced_when_the_caller_comes_back(desk: Desk) -> None:
    here = told_here()
    desk.scene.bus.sent.clear()
    with pytest.raises(ConnectionError):
        desk.again(after=20, told=here, bus=DeafBus())
    assert desk.again(after=21, told=here).why_not is None
    assert len(desk.scene.bus.sent) == 1


def test_the_audit_names_so_many_callers_and_no_more(desk: Desk) -> None:
    for number in range(MOST_CALLERS):
        assert desk.again(Asker(name=f"api:{number}", reads_runs=True)).why_not is None
    assert desk.again(Asker(name="api:one-more", reads_runs=True)).why_not is Withheld.GIVEN_OFTEN
    assert desk.again(Asker(name="api:0", reads_runs=True)).why_not is None


def moved(desk: Desk) -> None:
    with writing(desk.versions, desk.pack.tables[0].name, at(20)):
        pass


def test_whoever_writes_a_table_takes_the_decision_away(desk: Desk) -> None:
    moved(desk)
    assert desk.again(after=20 + SETTLED_AFTER_SECONDS - 1).why_not is Withheld.DATA_CHANGING
    assert desk.again(after=20 + SETTLED_AFTER_SECONDS).why_not is Withheld.DATA_MOVED
    assert "decision_given" not in desk.events()


def test_while_a_table_is_written_nothing_is_given(desk: Desk) -> None:
    with writing(desk.versions, desk.pack.tables[0].name, at(20)):
        assert desk.again(after=300).why_not is Withheld.DATA_CHANGING


def test_a_run_over_data_that_had_just_been_written_is_not_given(tmp_path: Path) -> None:
    desk = Desk(tmp_path, changed_at="2026-11-21T05:59:59.000Z").decide()
    assert desk.again().why_not is Withheld.DATA_UNKNOWN


REASONS: dict[Withheld, Callable[[Desk], Earlier]] = {
    Withheld.EXPIRED: lambda desk: desk.again(after=FRESH_SECONDS + 1),
    Withheld.PACK_CHANGED: lambda desk: desk.again(version="2"),
    Withheld.NOT_A_READER: lambda desk: desk.again(Asker(name="api:reporter", reads_runs=False)),
}


@pytest.mark.parametrize("why_not", REASONS)
def test_what_is_in_the_way_is_said(desk: Desk, why_not: Withheld) -> None:
    found = REASONS[why_not](desk)
    assert found.why_not is why_not
    assert found.answer["earlier"]["message"]
    assert "decision" not in found.answer


def test_a_run_under_way_is_said_to_be(tmp_path: Path) -> None:
    found = Desk(tmp_path).again()
    assert (found.why_not, found.answer["status"]) == (Withheld.IN_FLIGHT, "running")


def test_a_run_that_halted_and_one_without_a_business_agent_are_asked_anew(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    halted = Desk(tmp_path / "a", dead=frozenset({"pressure_guard"})).decide()
    assert halted.again().why_not is Withheld.HALTED
    broken = Desk(tmp_path / "b", models={"buyer": raising(OSError("gone"))}).decide()
    assert broken.again().why_not is Withheld.DEGRADED


def test_who_reported_a_run_may_read_it(desk: Desk) -> None:
    store = desk.scene.runs
    store._runs[desk.scene.run_id] = structs.replace(store.get(desk.scene.run_id), source="api:reporter")
    assert desk.again(Asker(name="api:reporter", reads_runs=False)).why_not is None


def test_nobody_is_taken_for_another_who_is_nobody(desk: Desk) -> None:
    store = desk.scene.runs
    store._runs[desk.scene.run_id] = structs.replace(store.get(desk.scene.run_id), source="api")
    assert desk.again(Asker(name="api", reads_runs=False)).why_not is Withheld.NOT_A_READER


def test_a_run_whose_records_are_gone_has_expired(desk: Desk) -> None:
    desk.scene.runs._runs.clear()
    assert desk.again().why_not is Withheld.EXPIRED


def test_a_new_run_says_why_it_is_new() -> None:
    assert begun(own_key=True).why_not is Withheld.OWN_KEY
    assert begun(own_key=False).why_not is Withheld.FIRST


def test_a_table_that_nobody_ever_wrote_is_in_nobodys_way(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    del desk.versions._versions["parts"]
    desk.decide()
    assert desk.again().why_not is None
    with writing(desk.versions, "parts", at(20)):
        pass
    assert desk.again(after=60).why_not is Withheld.DATA_UNKNOWN
