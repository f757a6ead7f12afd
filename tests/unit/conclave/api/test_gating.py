"""The gate tries candidates on forks of runs that ended, a few at a time, judges both sides, and looks at the runs since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conclave.agents.assess import ModelPort
from conclave.api.erasure import erase_texts
from conclave.api.forking.asked import ConfigurationAsked, ForkAsked, ForkRefused
from conclave.api.forking.fork import fork_run
from conclave.api.gating import gate
from conclave.api.gating.around import GATE, Around
from conclave.api.gating.gate import AT_ONCE, Looked, look_after
from conclave.api.queries import list_runs
from conclave.audit.chain import GENESIS
from conclave.clock import timestamp
from conclave.codec import encode, plain
from conclave.codes import RequestCode
from conclave.configuration.settings import PACKAGED
from conclave.figures import CANDIDATES_REFUSED, CANDIDATES_TAKEN_BACK
from conclave.pack import Agent
from conclave.records.runs import TRIAL, TextState
from conclave.rollout import record as moves
from conclave.rollout.acting import Move, history, moved
from conclave.rollout.pinning import pinned
from conclave.rollout.record import Record, State
from conclave.rollout.thresholds import Thresholds
from conclave.rollout.trials import CASES, by_turns, side_of
from conclave.routing.breakers import NoBreakers
from conclave.testing.journal import MemoryJournal
from conclave.testing.models import ScriptedModel
from conclave.types import Phase, RunStatus, Side
from forking import TIERS, Workshop, workshop
from msgspec import structs
from noted import Noted
from pipe_domain import NOW, clock
from rollouts_in_memory import MemoryRollouts

pytestmark = pytest.mark.slow

OLD, NEW = "1", "2"
LATER = clock() + timedelta(hours=1)


class Stage:
    """A stage with runs that ended, a rollout before its gate, and what a candidate does."""

    def __init__(self, folder: Path, runs: int = 6, thresholds: Thresholds | None = None) -> None:
        self.shop: Workshop = workshop(folder, ended=False)
        self.room, self.runs = self.shop.scene.room, self.shop.scene.runs
        self.rollouts, self.begun = MemoryRollouts(), list[str]()
        self.candidate: Callable[[Agent], ModelPort] = self.room.models
        self.refuses: dict[str, RequestCode] = {}
        self.now, self.noted = LATER, Noted()
        self.room.deliberate("run-1")
        for number in range(2, runs + 1):
            self.report(f"run-{number}", NOW)
        names = [each.name for each in self.room.pack.agents]
        given = thresholds or Thresholds(seconds=10, least_runs=5, steps=(50,), step_minutes=0)
        self._move(
            lambda each: moves.begun(
                each,
                dict.fromkeys(names, NEW),
                stable=dict.fromkeys(names, OLD),
                at=timestamp(LATER),
                thresholds=given,
            ),
            Move.BEGUN,
        )

    def _move(self, change: Callable[[Record], Record], move: Move) -> None:
        moved(self.rollouts, change, move, by="ops", why="a test", at=timestamp(LATER))

    def report(self, name: str, at: str) -> None:
        run = structs.replace(
            self.runs.get("run-1"), run_id=name, status=RunStatus.RUNNING, created_at=at, updated_at=at, fence=0,
            execution_arn="", marks={}, audit_entries=0, forks={}, expires_at=0,
        )  # fmt: skip
        self.runs.create(structs.replace(run, audit_head=GENESIS))
        self.end(name)

    def end(self, name: str) -> None:
        """Takes a run to its end, on the versions that it is pinned to."""
        record = self.rollouts.read()
        on_candidate = pinned(record, name).side is Side.CANDIDATE
        room = replace(self.room, rollout=record)
        replace(room, models=self.candidate if on_candidate else room.models).deliberate(name)

    def end_open(self) -> None:
        for name in [each for each in self.begun if self.runs.get(each).status.open]:
            self.end(name)

    def begin(self, case: str, name: str, document: Mapping[str, Any] | None) -> None:
        if case in self.refuses:
            raise ForkRefused(self.refuses[case], "refused")
        fork_run(
            case,
            ForkAsked(
                start=Phase.RECOMMEND,
                configuration=None if document is None else ConfigurationAsked(document=document, instead=True),
            ),
            by=GATE,
            source=GATE,
            correlation_id=name,
            pack=self.room.pack,
            runs=self.runs,
            machine=self.shop.starts,
            bus=self.room.bus,
            spending=self.runs,
            clock=self.clock,
            in_force=PACKAGED,
            packaged={},
            tiers=TIERS,
            stage="test",
            name=name,
        )
        if name not in self.begun:
            self.begun.append(name)

    def clock(self) -> Any:
        return self.now

    def look(self, *, step: bool = True) -> Looked:
        around = Around(
            pack=self.room.pack,
            runs=self.runs,
            journal=self.room.journal,
            rollouts=self.rollouts,
            clock=self.clock,
            rank=lambda model: 0,
            observe=self.noted,
            begin=self.begin,
        )
        return look_after(around, may_step=step)

    def judged(self) -> Looked:
        """Looks until there is a verdict, with trials that end in between."""
        for _ in range(60):
            found = self.look()
            if found.state is not State.GATE:
                return found
            self.end_open()
        raise AssertionError("the gate never judged")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def halting(agent: Agent) -> ScriptedModel:
    raise TimeoutError("killed")


def test_a_candidate_that_does_the_same_gets_its_first_share(stage: Stage) -> None:
    found = stage.judged()
    assert (found.state, found.share, found.findings) == (State.CANARY, 50, ())
    assert len(stage.begun) == 12
    told = [(each.move, each.by) for each in history(stage.rollouts.entries())]
    assert told == [(Move.BEGUN, "ops"), (Move.DRAWN, "gate"), (Move.ADMITTED, "gate")]
    assert stage.noted.told == []


def test_a_candidate_whose_agents_die_is_refused_with_the_cases(stage: Stage) -> None:
    stage.candidate = halting
    found = stage.judged()
    record = stage.rollouts.read()
    assert (found.state, record.last and record.last.end) == (State.STEADY, moves.End.REFUSED)
    reasons = {each.objection.value for each in found.findings}
    assert {"needless_halt", "errors"} <= reasons
    assert set(found.findings[-1].cases) <= {f"run-{number}" for number in range(1, 7)}
    assert record.last is not None
    assert set(record.last.reasons) == reasons
    assert stage.noted.told == [(CANDIDATES_REFUSED, 1)]


def test_each_side_answers_in_its_own_versions_and_few_trials_are_open_at_once(stage: Stage) -> None:
    first = stage.look()
    assert (first.state, first.open, len(stage.begun)) == (State.GATE, 12, AT_ONCE)
    assert stage.look().open == 12
    assert len(stage.begun) == AT_ONCE
    for name in stage.begun:
        stage.end(name)
    pins = {side_of(name): stage.room.context(name).records().manifest.pin for name in stage.begun}
    assert {side: set(pin.versions.values()) for side, pin in pins.items() if pin} == {
        Side.STABLE: {OLD},
        Side.CANDIDATE: {NEW},
    }
    assert stage.look().open == 10


def test_trials_are_told_to_nobody_and_stand_in_no_list(stage: Stage) -> None:
    sent = len(stage.shop.scene.bus.sent)
    stage.judged()
    events = [kind for kind, _ in stage.shop.scene.bus.sent[sent:]]
    assert set(events) == {"RunForked"}  # that the audits of the runs of people have a new end
    for asked in ({"status": "forked"}, {"day": NOW[:10]}, {"status": "running"}):
        rows = list_runs({**asked, "limit": "100"}, stage.runs, stage.clock)["runs"]
        assert not [row for row in rows if row["run_id"].startswith(TRIAL)]
    assert all(stage.runs.get(name).status is RunStatus.FORKED for name in stage.begun)
    assert {len(name) for name in stage.begun} == {len("run-") + 24}


def test_what_trials_make_of_models_reaches_no_other_run(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    told = set[str]()

    class Told(NoBreakers):
        def __init__(self, run_id: str) -> None:
            self.run_id = run_id

        def note(self, model: str, *, failed: bool) -> None:
            told.add(self.run_id)

        def lease(self, chains: object) -> None:
            told.add(self.run_id)

    context = type(stage.room).context
    monkeypatch.setattr(
        type(stage.room),
        "context",
        lambda room, run_id, fence=0: structs.replace(context(room, run_id, fence), breakers=Told(run_id)),
    )
    stage.judged()
    stage.report("run-100", timestamp(LATER))
    assert told == {"run-100"}


def test_what_a_trial_leaves_expires_with_the_run_of_people(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its texts quote what that was told; once the heads have expired, nobody could erase them."""
    bounds = set[int]()

    def until(journal: MemoryJournal, expires_at: int) -> MemoryJournal:
        bounds.add(expires_at)
        return journal

    monkeypatch.setattr(MemoryJournal, "until", until)
    for number in range(1, 7):
        parent = stage.runs.get(f"run-{number}")
        stage.runs._runs[parent.run_id] = structs.replace(parent, expires_at=1_900_000_000)
    stage.judged()
    assert bounds == {1_900_000_000}


def test_nothing_passes_for_want_of_runs(tmp_path: Path) -> None:
    stage = Stage(tmp_path, runs=4)
    found = stage.look()
    assert (found.state, stage.begun) == (State.STEADY, [])
    assert [each.line for each in found.findings] == ["too_few: 0, allowed 5"]


def test_runs_that_cannot_be_forked_are_not_drawn(stage: Stage) -> None:
    stage.runs._runs["run-1"] = structs.replace(stage.runs.get("run-1"), texts=TextState.ERASED)
    stage.runs._runs["run-2"] = structs.replace(stage.runs.get("run-2"), forks={f"run-{n}": "" for n in range(30)})
    stage.look()
    record = stage.rollouts.read()
    assert (record.state, record.last and record.last.reasons) == (State.STEADY, ("too_few",))


def test_few_runs_are_read_where_none_can_be_forked(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    read = list[str]()

    def unforkable(around: Around, run_id: str) -> bool:
        read.append(run_id)
        return False

    monkeypatch.setattr(gate, "MOST_READ", 3)
    monkeypatch.setattr(gate, "_forkable", unforkable)
    assert [each.line for each in stage.look().findings] == ["too_few: 0, allowed 5"]
    assert len(read) == 3


def test_a_run_that_went_meanwhile_is_no_case_any_more(stage: Stage) -> None:
    stage.look()
    case = next(each for each in stage.rollouts.read().cases if not stage.runs.get(each).forks)
    stage.refuses = {case: RequestCode.FORK_IMPOSSIBLE}
    assert stage.judged().state is State.CANARY
    assert not stage.runs.get(case).forks


def test_a_run_whose_texts_went_after_its_trials_is_no_case_either(stage: Stage) -> None:
    while stage.look().open > AT_ONCE:
        stage.end_open()
    stage.end_open()
    for case in ("run-1", "run-2"):
        erase_texts(
            case, by="privacy", reason="asked", pack=stage.room.pack, runs=stage.runs, journal=stage.room.journal,
            bus=stage.room.bus, clock=stage.clock,
        )  # fmt: skip
    assert all(stage.runs.get(each).texts is TextState.ERASED for each in stage.runs.get("run-1").forks)
    found = stage.look()
    assert (found.state, [each.line for each in found.findings]) == (State.STEADY, ["too_few: 4, allowed 5"])


def test_while_money_is_short_the_gate_waits(stage: Stage) -> None:
    stage.refuses = {f"run-{number}": RequestCode.MONEY_SPENT for number in range(1, 7)}
    assert (stage.look().state, stage.look().open) == (State.GATE, 12)
    stage.refuses = {}
    assert stage.judged().state is State.CANARY


def test_a_verdict_on_one_candidate_never_moves_another(stage: Stage) -> None:
    while stage.look().open:
        stage.end_open()
        if sum(stage.runs.get(each).status is RunStatus.FORKED for each in stage.begun) == 12:
            break
    read, taken = stage.rollouts.read, list[Record]()

    def overtaken() -> Record:
        record = read()
        if not taken:
            taken.append(record)
            stage._move(lambda each: moves.rolled_back(each, ("by_hand",), at=NOW), Move.ROLLED_BACK)
        return record

    stage.rollouts.read = overtaken  # type: ignore[method-assign]
    assert stage.look().state is State.STEADY
    record = read()
    assert (record.candidate, record.last and record.last.end) == ({}, moves.End.ROLLED_BACK)


def changed(stage: Stage) -> None:
    """Puts a change of the configuration before the gate, in place of versions."""
    sides = {"stable": {"limits": {"model_turns": 3}}, "candidate": {"limits": {"model_turns": 2}}}
    stage._move(lambda each: moves.rolled_back(each, ("by_hand",), at=NOW), Move.ROLLED_BACK)
    text = encode(sides).decode()
    stage._move(lambda each: moves.configured(each, text, at=timestamp(LATER)), Move.CONFIGURED)
    stage.rollouts._record = encode(structs.replace(stage.rollouts.read(), thresholds=Thresholds(seconds=10)))


def test_a_change_of_the_configuration_is_tried_and_ends_with_its_verdict(stage: Stage) -> None:
    before = dict(stage.rollouts.read().stable)
    changed(stage)
    found = stage.judged()
    record = stage.rollouts.read()
    assert (found.state, found.findings, record.last and record.last.end) == (State.STEADY, (), moves.End.PASSED)
    turns: dict[Side | None, set[Any]] = {side: set() for side in Side}
    for name in stage.begun:
        turns[side_of(name)].add(plain(stage.runs.get(name).fork)["configured"]["limits.model_turns"])
    assert turns == {Side.STABLE: {3}, Side.CANDIDATE: {2}}
    assert (record.stable, record.candidate, record.settings, record.cases) == (before, {}, "", ())
    assert history(stage.rollouts.entries())[-1].move is Move.PASSED


def test_a_change_of_the_configuration_that_halts_runs_is_refused(stage: Stage) -> None:
    changed(stage)
    stage.candidate = halting
    found = stage.judged()
    record = stage.rollouts.read()
    assert (found.state, record.last and record.last.end) == (State.STEADY, moves.End.REFUSED)
    assert "needless_halt" in {each.objection.value for each in found.findings}


def admitted(stage: Stage) -> None:
    assert stage.judged().state is State.CANARY


def incoming(stage: Stage, runs: int) -> None:
    for number in range(runs):
        stage.report(f"run-{100 + number}", timestamp(LATER))
    stage.now = LATER + timedelta(minutes=30)


def test_a_candidate_that_is_no_worse_in_its_share_goes_on_to_all_runs(stage: Stage) -> None:
    admitted(stage)
    incoming(stage, 30)
    held = stage.look(step=False)
    assert (held.state, held.findings, min(held.runs.values()) >= 5) == (State.CANARY, (), True)
    assert sum(held.runs.values()) == 30
    assert stage.look().state is State.STEADY
    record = stage.rollouts.read()
    assert (set(record.stable.values()), record.last and record.last.end) == ({NEW}, moves.End.PROMOTED)


def test_a_candidate_that_halts_runs_in_its_share_is_taken_back(stage: Stage) -> None:
    admitted(stage)
    stage.candidate = halting
    incoming(stage, 40)
    found = stage.look(step=False)
    record = stage.rollouts.read()
    assert (found.state, record.last and record.last.end) == (State.STEADY, moves.End.ROLLED_BACK)
    assert "needless_halt" in {each.objection.value for each in found.findings}
    assert set(record.stable.values()) == {OLD}
    assert stage.noted.told == [(CANDIDATES_TAKEN_BACK, 1)]


def test_with_too_few_runs_nothing_is_said_of_the_share(stage: Stage) -> None:
    admitted(stage)
    incoming(stage, 2)
    found = stage.look()
    assert found.state is State.CANARY
    assert {each.objection.value for each in found.findings} == {"too_few"}


def test_without_a_rollout_nothing_is_done(stage: Stage) -> None:
    stage._move(lambda each: moves.rolled_back(each, ("by_hand",), at=NOW), Move.ROLLED_BACK)
    assert (stage.look().state, stage.begun) == (State.STEADY, [])


def test_few_runs_show_every_outcome(stage: Stage) -> None:
    decided = [structs.replace(stage.runs.get("run-1"), run_id=f"run-d{n}") for n in range(9)]
    halted = [structs.replace(each, run_id=f"run-h{n}", status=RunStatus.HALTED) for n, each in enumerate(decided[:2])]
    first = [each.run_id for each in by_turns([*decided, *halted])[:CASES]]
    assert first[:4] == ["run-d0", "run-h0", "run-d1", "run-h1"]
