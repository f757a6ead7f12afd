"""No run stays open for ever: what a sweep starts, closes and leaves alone, whoever races with it."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conclave.audit.chain import GENESIS, read_chain
from conclave.records.runs import Page, RunNotFound, StaleFence
from conclave.steps.executions import Execution
from conclave.steps.sweep import PAGE, Act, Patience, Swept, sweep
from conclave.testing.places import MemoryPlaces
from conclave.testing.run_store import MemoryRunStore
from conclave.types import RunStatus
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from pipe_domain import Scene, clock, document, make_scene

WINDOW = 900.0
LATE = timedelta(seconds=WINDOW + 1)


class Machine:
    """Executions by name; ``blind`` ones exist already and are not seen yet."""

    def __init__(self, **known: Execution) -> None:
        self.known = {name.replace("_", "-"): each for name, each in known.items()}
        self.blind: set[str] = set()
        self.started: list[tuple[str, Mapping[str, str]]] = []
        self.refusing: set[str] = set()

    def look(self, name: str) -> Execution:
        if name in self.refusing:
            raise TimeoutError("throttled")
        return Execution.ABSENT if name in self.blind else self.known.get(name, Execution.ABSENT)

    def start(self, name: str, payload: Mapping[str, str]) -> bool:
        if name in self.known:
            return False
        self.known[name] = Execution.RUNNING
        self.started.append((name, payload))
        return True


def swept(scene: Scene, machine: Machine, later: timedelta = timedelta(0), **changes: Any) -> Swept:
    ports: dict[str, Any] = {"runs": scene.runs, "bus": scene.bus, "clock": lambda: clock() + later, **changes}
    patience = Patience(start_seconds=WINDOW, time_left=ports.pop("time_left", lambda: True))
    return sweep(pack=scene.room.pack, executions=machine, patience=patience, **ports)


def more(scene: Scene, *names: str, age: timedelta = timedelta(0)) -> None:
    created = (clock() - age).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    fresh = structs.replace(scene.runs.get("run-1"), created_at=created, audit_entries=0, audit_head=GENESIS)
    for name in names:
        scene.runs.create(structs.replace(fresh, run_id=name))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make_scene(tmp_path)


def events(scene: Scene, run_id: str = "run-1") -> list[str]:
    return [each.entry.event for each in read_chain(run_id, scene.runs.audit(run_id))]


def test_a_run_that_nobody_started_is_started_with_its_own_input(scene: Scene) -> None:
    machine = Machine()
    done = swept(scene, machine, timedelta(seconds=70))
    assert machine.started == [("run-1", {"run_id": "run-1", "correlation_id": "c"})]
    assert (done.acts, done.oldest_seconds) == ({"run-1": Act.STARTED}, 70.0)
    assert swept(scene, machine).acts == {"run-1": Act.LEFT}
    assert len(machine.started) == 1


def test_a_run_that_nobody_started_in_time_is_halted_under_a_reason_of_its_own(scene: Scene) -> None:
    machine = Machine()
    done = swept(scene, machine, LATE)
    assert (done.acts, done.oldest_seconds, machine.started) == ({"run-1": Act.CLOSED}, 0.0, [])
    assert scene.runs.get("run-1").status is RunStatus.HALTED
    assert [reason["code"] for reason in document(scene)["reasons"]] == ["run_never_started"]
    assert events(scene) == ["incident_accepted", "run_closed"]
    ((kind, detail),) = scene.bus.sent
    assert (kind, detail["status"]) == ("DecisionPublished", "halted")


def test_a_run_whose_execution_ended_is_closed(scene: Scene) -> None:
    scene.runs.claim("run-1", "arn", clock().isoformat())
    assert swept(scene, Machine(run_1=Execution.ENDED)).acts == {"run-1": Act.CLOSED}
    assert [reason["code"] for reason in document(scene)["reasons"]] == ["execution_failed"]


def test_a_run_that_is_worked_on_is_left_alone_however_old(scene: Scene) -> None:
    done = swept(scene, Machine(run_1=Execution.RUNNING), timedelta(hours=5))
    assert (done.acts, done.oldest_seconds) == ({"run-1": Act.LEFT}, 18_000.0)
    assert events(scene) == ["incident_accepted"]
    assert scene.runs.get("run-1").fence == 0


def test_without_open_runs_nothing_is_old(scene: Scene) -> None:
    scene.room.deliberate("run-1")
    done = swept(scene, Machine(), LATE)
    assert (done.acts, done.oldest_seconds, done.unseen) == ({}, 0.0, 0)


def test_an_execution_that_is_not_seen_yet_is_not_started_twice(scene: Scene) -> None:
    machine = Machine(run_1=Execution.RUNNING)
    machine.blind = {"run-1"}
    swept(scene, machine)
    assert machine.started == []


def test_a_run_that_was_decided_meanwhile_keeps_its_decision(scene: Scene) -> None:
    """The index still lists it, and its execution has ended."""

    class Stale(MemoryRunStore):
        def by_status(self, status: RunStatus, limit: int, next_token: str = "") -> Page:
            return Page((before,))

    before = scene.runs.get("run-1")
    decision = scene.room.deliberate("run-1")
    scene.runs.__class__ = Stale
    assert swept(scene, Machine(run_1=Execution.ENDED), LATE).acts == {}
    assert scene.runs.get("run-1").option_id == decision.option_id
    assert len(scene.bus.sent) == 1


def test_a_run_that_expired_meanwhile_is_none(scene: Scene) -> None:
    class Stale(MemoryRunStore):
        def by_status(self, status: RunStatus, limit: int, next_token: str = "") -> Page:
            return Page((before,))

    before = scene.runs.get("run-1")
    scene.runs.expire("run-1")
    scene.runs.__class__ = Stale
    assert swept(scene, Machine(), LATE).acts == {}
    with pytest.raises(RunNotFound):
        scene.runs.get("run-1")


def test_an_execution_that_begins_while_its_run_is_halted_decides_nothing_more(scene: Scene) -> None:
    swept(scene, Machine(), LATE)
    with pytest.raises(StaleFence):
        scene.room.frame("run-1")
    assert scene.runs.get("run-1").status is RunStatus.HALTED


def test_one_bad_run_does_not_stop_the_others(scene: Scene) -> None:
    more(scene, "run-0", "run-2", age=timedelta(minutes=1))
    machine, told = Machine(), []
    machine.refusing = {"run-0"}
    done = swept(scene, machine, failed=lambda run_id, error: told.append((run_id, type(error).__name__)))
    assert done.acts == {"run-0": Act.FAILED, "run-2": Act.STARTED, "run-1": Act.STARTED}
    assert told == [("run-0", "TimeoutError")]
    assert done.oldest_seconds == 60.0


def test_every_page_is_read_and_the_oldest_run_comes_first(scene: Scene) -> None:
    for number in range(2 * PAGE + 5):
        more(scene, f"run-x{number:03d}", age=timedelta(seconds=number + 1))
    done = swept(scene, Machine())
    assert len(done.acts) == 2 * PAGE + 6
    assert next(iter(done.acts)) == f"run-x{2 * PAGE + 4:03d}"


def test_runs_without_time_are_left_to_the_next_sweep(scene: Scene) -> None:
    more(scene, "run-0", age=timedelta(seconds=30))
    turns = iter([True, False])
    done = swept(scene, Machine(), time_left=lambda: next(turns))
    assert (done.acts, done.unseen, done.oldest_seconds) == ({"run-0": Act.STARTED}, 1, 30.0)


def test_places_of_ended_executions_are_given_back(scene: Scene) -> None:
    places = MemoryPlaces()
    machine = Machine(run_ended=Execution.ENDED, run_goes_on=Execution.RUNNING)
    for run_id in ("run-ended", "run-goes-on", "run-not-seen-yet"):
        places.take(run_id, limit=3)
    swept(scene, machine, places=places)
    assert places.holders() == {"run-goes-on", "run-not-seen-yet"}


def test_places_that_cannot_be_read_cost_nothing_else(scene: Scene) -> None:
    class Broken(MemoryPlaces):
        def holders(self) -> frozenset[str]:
            raise TimeoutError

    told: list[str] = []
    done = swept(scene, Machine(), places=Broken(), failed=lambda run_id, error: told.append(type(error).__name__))
    assert (done.acts, told) == ({"run-1": Act.STARTED}, ["TimeoutError"])


@pytest.mark.parametrize("later", [timedelta(0), LATE])
def test_two_sweepers_at_once_do_everything_once(scene: Scene, later: timedelta) -> None:
    names = [f"run-{number}" for number in range(2, 30)]
    more(scene, *names)
    machine = Machine()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: swept(scene, machine, later), range(4)))
    swept(scene, machine, later)
    assert len(machine.started) == len({name for name, _ in machine.started}) == (0 if later else 29)
    for name in ["run-1", *names]:
        assert events(scene, name) == ["incident_accepted", *(["run_closed"] if later else [])]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["sweep", "late sweep", "frame", "deliver", "end"]), max_size=8))
def test_whatever_happens_in_which_order_a_late_sweep_leaves_no_run_open(tmp_path: Path, story: list[str]) -> None:
    scene, machine = make_scene(tmp_path), Machine()
    room = scene.room
    for step in story:
        if step == "deliver":
            machine.start("run-1", {})
        elif step == "end" and "run-1" in machine.known:
            machine.known["run-1"] = Execution.ENDED
        elif step == "frame":
            with suppress(StaleFence):
                room.frame("run-1")
        else:
            swept(scene, machine, LATE if step == "late sweep" else timedelta(0))
    if "run-1" in machine.known:
        machine.known["run-1"] = Execution.ENDED
    swept(scene, machine, LATE)
    assert scene.runs.get("run-1").status is RunStatus.HALTED
    assert events(scene).count("run_closed") == 1
