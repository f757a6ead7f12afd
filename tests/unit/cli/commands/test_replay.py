"""``conclave replay``: what is played, what is said, what is written, and the exit codes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conclave.agents.prices import price_table
from conclave.api.erasure import erase_texts
from conclave.clock import SystemClock, timestamp
from conclave.codec import plain
from conclave.recording.code_versions import code_versions
from conclave.recording.exported import exported
from conclave.records.runs import Run
from conclave.testing.bus import RecordingBus
from conclave.testing.journal import MemoryJournal
from conclave.testing.models import ScriptedModel
from conclave.testing.rehearsal import _NoExtractor
from conclave.testing.room import Room
from conclave.testing.run_store import MemoryRunStore
from conclave.testing.tables import MemoryTables
from conclave.types import RunStatus
from packs.example import PACK

DAY = "2026-11-21"


class Recorded:
    """A run of the example pack, with its stores."""

    def __init__(self) -> None:
        self.runs, self.journal, self.prices = MemoryRunStore(), MemoryJournal(), price_table()
        self.clock = SystemClock(datetime(2026, 11, 21, 6, tzinfo=UTC))
        rows = {name: list(items) for name, items in PACK.sample(DAY, 1).items()}
        room = Room(
            pack=PACK,
            runs=self.runs,
            journal=self.journal,
            tables=MemoryTables(PACK.tables, rows),
            extractor=_NoExtractor(),
            models=lambda agent: ScriptedModel(self.prices.model(agent.tier)),
            prices=self.prices,
            bus=RecordingBus(),
            clock=self.clock,
            code=code_versions(PACK.folder),
        )
        now = timestamp(self.clock())
        self.runs.create(
            Run(
                run_id="run-1",
                status=RunStatus.RUNNING,
                pack="example",
                created_at=now,
                updated_at=now,
                correlation_id="c",
                text="",
                incident=dict(PACK.typed_example(DAY)),
            )
        )
        room.deliberate("run-1")

    @property
    def parts(self) -> dict[str, Any]:
        return dict(plain(exported("run-1", pack=PACK, runs=self.runs, journal=self.journal)))


@pytest.fixture
def recorded(room: Any) -> Recorded:
    made = Recorded()
    room.api.recordings["run-1"] = made.parts
    return made


def run(room: Any, *words: str) -> Any:
    return room("replay", *words, "--pack", "example")


def test_a_run_is_played_and_said_to_be_equal_in_one_line(room: Any, recorded: Recorded) -> None:
    done = run(room, "run-1")
    assert done.exit_code == 0, done.output
    assert done.stdout.strip().splitlines() == ["run-1: 7 steps played again, every record equal"]
    document = json.loads(run(room, "run-1", "--json").stdout)
    assert (document["equal"], document["divergence"], document["others"]) == (True, None, [])
    assert document["steps"][0] == "frame"


def test_what_is_exported_is_played_without_a_cloud(room: Any, recorded: Recorded, tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    assert run(room, "run-1", "--export", str(file)).exit_code == 0
    room.api.recordings.clear()
    assert run(room, "run-1").exit_code == 2
    done = run(room, "--from", str(file))
    assert done.exit_code == 0
    assert "every record equal" in done.stdout


def test_the_first_divergence_is_named_and_the_exit_code_is_1(room: Any, recorded: Recorded) -> None:
    entries = room.api.recordings["run-1"]
    entries["records"]["PROPOSAL"]["body"] = entries["records"]["FRAME"]["body"]
    done = run(room, "run-1")
    assert done.exit_code == 1
    assert done.stdout.startswith("run-1 diverges at decide, PROPOSAL, ")
    document = json.loads(run(room, "run-1", "--json").stdout)
    assert document["equal"] is False
    assert document["divergence"]["step"] == "decide"


def test_code_of_another_version_says_so(room: Any, recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "conclave.recording.code_versions.code_versions", lambda pack: {**code_versions(pack), "engine": "other"}
    )
    done = run(room, "run-1")
    assert done.exit_code == 0
    assert "this code is another version than the one that ran: engine" in done.stdout


def test_an_erased_run_refuses_with_the_reason(room: Any, recorded: Recorded) -> None:
    erase_texts(
        "run-1",
        by="me",
        reason="r",
        pack=PACK,
        runs=recorded.runs,
        journal=recorded.journal,
        bus=RecordingBus(),
        clock=recorded.clock,
    )
    room.api.recordings["run-1"] = recorded.parts
    done = run(room, "run-1", "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["code"] == "run_erased"
    assert "erased at 2026-11-21T06:00:00.000Z, and its recording with them" in done.stderr


def test_bad_usage_and_bad_files_are_one_line(room: Any, recorded: Recorded, tmp_path: Path) -> None:
    odd = tmp_path / "odd.json"
    odd.write_text("{}")
    for words in ((), ("run-1", "--from", str(odd)), ("--from", str(odd)), ("--from", str(tmp_path / "none.json"))):
        done = run(room, *words)
        assert done.exit_code == 2, words
        assert done.stderr.count("\n") == 1, done.stderr
    assert run(room, "run-1", "--export", str(tmp_path / "none" / "x.json")).exit_code == 2


def test_a_run_of_another_pack_is_told_which(room: Any, recorded: Recorded) -> None:
    done = room("replay", "run-1", "--pack", "airline")
    assert done.exit_code == 2
    assert "a run of the pack example" in done.stderr
