"""The proof by simulation in a small size, and that it can fail: ``make simulate`` plays the same code over 100,000 seeds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from conclave.codes import Moment
from conclave.records.runs import Publication, Run
from conclave.testing.run_store import MemoryRunStore
from conclave.types import RunStatus
from msgspec import structs

from bench import simulate
from bench.simulation import deployed as deploying
from bench.simulation.deployed import Deployed
from bench.simulation.domain import KINDS


@pytest.fixture(scope="session")
def machine() -> Deployed:
    return deploying.deployed()


def figures(machine: Deployed, seeds: int, rate: float, every: int = 10_000) -> dict[str, Any]:
    return simulate.tally(iter(simulate.play_all(range(seeds), rate, machine, every)))


def found_with(store: Callable[[], MemoryRunStore], machine: Deployed, seeds: int, rate: float) -> set[str]:
    """The kinds of findings over a store that has a defect."""
    played = (simulate.play(seed, rate, machine, store) for seed in range(seeds))
    return {name for verdict in played for name, _ in verdict.findings}


class Unfenced(MemoryRunStore):
    """Whoever publishes last is right."""

    def publish(self, publication: Publication, head: Run | None = None) -> Run:
        run = self.get(publication.run_id)
        self._runs[run.run_id] = structs.replace(run, status=RunStatus.RUNNING, fence=publication.fence)
        return super().publish(publication)


class Unaudited(MemoryRunStore):
    """Writes records without the entry that tells of them."""

    def write(self, run_id: str, records: Mapping[str, bytes], fence: int, *others: Any, **named: Any) -> None:
        self._records[run_id].update({name: (fence, data) for name, data in records.items()})


class Forgetful(MemoryRunStore):
    """Says that a run is stored, and stores it only the second time."""

    def create(self, run: Run) -> bool:
        self.told = getattr(self, "told", set()) ^ {run.run_id}
        return True if run.run_id in self.told else super().create(run)


class Rewriting(MemoryRunStore):
    """Keeps the second entry of an audit in words of its own."""

    def audit(self, run_id: str) -> list[bytes]:
        if len(self._audits[run_id]) > 1:
            self._audits[run_id][1] = self._audits[run_id][1].replace(b'"at":"2026', b'"at":"2025')
        return super().audit(run_id)


class Drawing(MemoryRunStore):
    """Depends on what was played before."""

    played = count()

    def claim(self, run_id: str, execution_arn: str, now: str, moment: Moment | None = None) -> Run:
        return super().claim(run_id, f"{execution_arn}/{next(self.played)}", now, moment)


@pytest.mark.parametrize(
    ("store", "seeds", "rate", "wanted"),
    [
        (Unfenced, 50, 0.3, "double"),
        (Unaudited, 5, 0.0, "unaudited"),
        (Rewriting, 5, 0.0, "unaudited"),
        (Forgetful, 5, 0.0, "lost"),
    ],
)
def test_a_store_with_a_defect_is_found_out(
    machine: Deployed, store: type[MemoryRunStore], seeds: int, rate: float, wanted: str
) -> None:
    assert wanted in found_with(store, machine, seeds, rate)


def test_a_run_that_depends_on_anything_but_its_seed_does_not_replay(machine: Deployed) -> None:
    assert len({simulate.play(1, 0.0, machine, Drawing).digest for _ in range(2)}) == 2


def test_without_a_sweeper_runs_are_stuck(machine: Deployed) -> None:
    unswept = replace(machine, sweep_seconds=float("inf"))
    assert figures(unswept, 30, 0.1)["stuck"] > 0 == figures(machine, 30, 0.1)["stuck"]


def test_without_faults_every_incident_ends_as_its_content_says(machine: Deployed) -> None:
    found = figures(machine, 30, 0.0)
    assert simulate.missed(found) == []
    assert (found["faults"], found["needless_halts"]) == (0, 0)
    assert found["runs"] >= 30


def test_faults_lose_nothing_double_nothing_and_leave_nothing_unaudited(machine: Deployed) -> None:
    found = figures(machine, 120, 0.02, every=12)
    assert found["faults"] > 100
    assert {name: found[name] for name in ("lost", "double", "unaudited", "wrong", "replay_differs")} == {
        "lost": 0, "double": 0, "unaudited": 0, "wrong": 0, "replay_differs": 0,
    }  # fmt: skip
    assert found["replayed"] == 10


def test_no_deployed_retry_means_more_needless_halts(machine: Deployed) -> None:
    """The retries that are tried are those of the deployed definition, so a definition without them does worse."""

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: without(each) for name, each in value.items() if name != "Retry"}
        return [without(each) for each in value] if isinstance(value, list) else value

    bare = replace(machine, machine=without(machine.machine))
    assert figures(bare, 25, 0.04)["needless_halts"] > figures(machine, 25, 0.04)["needless_halts"]


def test_the_command_prints_what_it_promises(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate.main(["--seeds", "5", "--rate", "0", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    wanted = ["seeds", "faults", "lost", "double", "stuck", "unaudited", "needless_halts", "replayed", "replay_differs"]
    assert list(printed)[: len(wanted)] == wanted
    assert printed["seeds"] == 5


def test_a_story_tells_every_call_and_ends_with_its_hash(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate.main(["--seed", "3", "--rate", "0", "--trace"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert any(line.endswith(" frame runs.claim ") for line in told)
    assert told[-1].startswith("digest ")


def test_a_missed_bar_is_exit_code_1() -> None:
    sound = dict.fromkeys((*simulate.NAMED, "replay_differs"), 0) | {"needless_share": 0.02}
    assert simulate.missed(sound) == []
    for name in (*simulate.NAMED, "replay_differs"):
        assert simulate.missed({**sound, name: 1}) == [name]
    assert simulate.missed({**sound, "needless_share": 0.021}) == ["needless_halts"]


def test_some_incidents_have_to_halt() -> None:
    assert {kind.outcome for kind in KINDS} == {"decided", "halted"}
