"""What outdates a decision of the airline, and what does not, with the pack's own planner and checks."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from typing import Any

import pytest
from conclave.agents.prices import price_table
from conclave.clock import SystemClock, timestamp
from conclave.feeds.receiving import Received
from conclave.feeds.taking import Place, Taken, take
from conclave.records.runs import Run
from conclave.testing.bus import RecordingBus
from conclave.testing.feeding.memory import MemoryKeys, MemoryRows
from conclave.testing.journal import MemoryJournal
from conclave.testing.models import ScriptedModel, agreeable
from conclave.testing.room import Room
from conclave.testing.run_store import MemoryRunStore
from conclave.types import RunStatus
from msgspec import structs
from packs.airline import PACK

DATE = "2026-11-21"
RECEIVED = f"{DATE}T04:00:00+00:00"
EY18 = {
    "flight": "EY18",
    "date": DATE,
    "origin": "LHR",
    "destination": "AUH",
    "problems": [{"cause": "atc", "minutes": 30}],
}
NIGHT = (
    "A1234/26 NOTAMN\nQ) OMAE/QFALC/IV/NBO/A/000/999/2426N05439E005\nA) OMAA B) 2611212030 C) 2611230330\n"
    "D) 2030-0330\nE) AD CLSD\n"
)


class Night:
    """A decided run about a flight to Abu Dhabi, and what is sent afterwards."""

    def __init__(self) -> None:
        self.rows = MemoryRows(PACK.tables, PACK.sample(DATE, 1))
        self.runs, self.bus, self._sent = MemoryRunStore(), RecordingBus(), 0
        clock, prices, journal = SystemClock(datetime.fromisoformat(RECEIVED)), price_table(), MemoryJournal()
        now = timestamp(clock())
        self.runs.create(
            Run(
                run_id="run-1",
                status=RunStatus.RUNNING,
                pack="airline",
                created_at=now,
                updated_at=now,
                correlation_id="c",
                text="",
                incident=EY18,
            )
        )
        extractor: Any = type("Nobody", (), {"model_id": ""})()
        room = Room(
            pack=PACK,
            runs=self.runs,
            journal=journal,
            tables=self.rows.tables,
            extractor=extractor,
            models=lambda agent: ScriptedModel(prices.model(agent.tier), agreeable),
            prices=prices,
            bus=self.bus,
            clock=clock,
        )
        self.status = room.deliberate("run-1").status
        self.place = Place(
            pack=PACK,
            tables=self.rows.tables,
            rows=self.rows,
            keys=MemoryKeys(),
            runs=self.runs,
            bus=self.bus,
            clock=clock,
        )

    def take(self, *texts: str) -> Taken:
        self._sent += 1
        named = {f"message {number}": text for number, text in enumerate(texts, start=1)}
        received = Received(key=f"e-{self._sent}", texts=named, near=f"{DATE}T04:00:00Z")
        return take(received, structs.replace(self.place, tables=self.rows.tables))


@pytest.fixture(scope="module")
def night() -> Night:
    made = Night()
    assert made.status in (RunStatus.DECIDED, RunStatus.APPROVAL_REQUIRED)
    assert made.runs.get("run-1").looks
    return made


UNTOUCHED = [
    ("METAR OMAA 210400Z 31008KT CAVOK", {"weather"}, "weather of an hour at which nobody is there"),
    ("METAR KJFK 210400Z 31008KT CAVOK", {"weather"}, "weather of an airport that the flight does not see"),
    ("A0001/26 NOTAMN\nQ) ZNY/QFAXX/IV/NBO/A/000/999/4038N07346W005\nA) KJFK B) 2611210000 C) 2611230000\nE) WORKS\n", {"notams"},
     "a notice of another airport"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "written", "why"), UNTOUCHED, ids=[why for *_, why in UNTOUCHED])
def test_what_the_flight_does_not_meet_outdates_nothing(night: Night, text: str, written: set[str], why: str) -> None:
    taken = night.take(text)
    assert (set(taken.written), taken.faults, taken.outdated) == (written, [], ()), why
    assert night.runs.get("run-1").mark is None


def test_a_closure_that_the_flight_meets_outdates_its_run(night: Night) -> None:
    taken = night.take(NIGHT)
    assert taken.outdated == ("run-1",)
    mark = night.runs.get("run-1").outdated
    assert mark is not None
    assert (mark.feed, mark.table, mark.key) == ("notams", "notams", "AUH/A1234/26")
    assert night.take(NIGHT).written == {}


WORKED_OUT = """
from conclave.agents.checks import run_checks
from conclave.codec import convert
from conclave.pack import ToolContext
from conclave.steps.approving.recheck import hashes
from conclave.steps.context import planned
from conclave.testing.tables import MemoryTables
from packs.airline import PACK
tables = MemoryTables(PACK.tables, PACK.sample("2026-11-21", 1))
now = "2026-11-21T04:00:00Z"
for flight, cause in (("EY18", "atc"), ("EY17", "technical"), ("EY11", "crew")):
    told = {"flight": flight, "date": "2026-11-21", "problems": [{"cause": cause, "minutes": 200}]}
    incident = PACK.resolve(convert(told, PACK.incident), tables, now)
    plan = PACK.plan(incident, tables, now)
    context = ToolContext(incident=incident, options=plan.options, tables=tables, now=now)
    found = hashes({agent.name: run_checks(agent, context) for agent in PACK.specialists})
    print(planned(plan), sorted(found.items()))
"""


@pytest.mark.slow
def test_another_process_makes_the_same_of_the_same_data() -> None:
    """A plan in the order of a set would be another one in each process, and outdate every run."""
    told = [
        subprocess.run(
            [sys.executable, "-c", WORKED_OUT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "77")
    ]
    assert told[0] == told[1]
    assert len(told[0].splitlines()) == 3
