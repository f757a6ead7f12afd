"""Growth with the agents of a pack: a run's requests and bytes, its largest record and state, and the phase machine.

The airline's pack is declared with more agents: each further one is a business or a safety agent of it under another name,
with that one's prompt, fields, checks and tools. The engine is as it is. Stores are DynamoDB as moto has it, models the
offline policy.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from conclave.codec import plain
from conclave.pack import Pack, Phase
from conclave.records.run_records import all_assessments, records_of
from conclave.results import Branch, Route
from conclave.types import Collation
from msgspec import structs
from packs.airline import PACK
from packs.airline.sample_data import generate

from bench.reads import CountedRoom, decided, stores_of
from bench.scale.flights import CASES, DATE, SEED
from bench.store import Store, in_process
from infra.constructs import phase_machine
from infra.constructs.admission import Admission
from infra.stage import STAGES

AGENTS = (8, 16, 25)
"""The arbiter is one of them."""
INCIDENTS = CASES[:3]
MOST_KB = {"largest_state_kb": 200, "largest_record_kb": 350, "machine_kb": 1024}
"""Bounds: of a state's data (AWS ends at 256 KB) and of a record by rules of ours, of a machine's definition by AWS."""


@dataclass(frozen=True, kw_only=True)
class WatchedRoom(CountedRoom):
    """A room that also notes how large the machine's data become."""

    states: list[int]

    def collate(self, run_id: str, phase: Phase, fence: int, branches: Sequence[Branch]) -> tuple[Collation, Route]:
        """See ``Room.collate``: the machine holds the run's ids, all branches, and the answer of this step."""
        collation, route = CountedRoom.collate(self, run_id, phase, fence, branches)
        held = {"run_id": run_id, "fence": fence, "branches": plain(branches), "route": plain(route)}
        self.states.append(len(json.dumps(held)))
        return collation, route


def measured() -> list[dict[str, Any]]:
    """A row for each number of agents."""
    with in_process(PACK) as store:
        store.fill(generate(DATE, SEED))
        return [_row(store, number) for number in AGENTS]


@contextmanager
def with_agents(number: int) -> Iterator[Pack]:
    """The airline's pack with so many agents, at least its own."""
    specialists = PACK.specialists
    more = [
        structs.replace(like, name=f"{like.name}_{copy}", title=f"{like.title} {copy}")
        for copy in range(2, number)
        for like in specialists
    ][: number - len(PACK.agents)]
    with tempfile.TemporaryDirectory() as folder:
        prompts = Path(folder) / "prompts"
        shutil.copytree(PACK.folder / "prompts", prompts)
        for agent in more:
            shutil.copy(prompts / f"{agent.name.rpartition('_')[0]}.md", prompts / f"{agent.name}.md")
        pack = structs.replace(PACK, agents=(*specialists, *more, PACK.arbiter), folder=Path(folder))
        pack.validate()
        yield pack


def _row(store: Store, number: int) -> dict[str, Any]:
    requests, sent, received, largest = list[int](), list[int](), list[int](), list[int]()
    states: list[int] = []
    with with_agents(number) as pack:
        store.pack = pack
        for at, case in enumerate(INCIDENTS, number * len(INCIDENTS)):
            asked, answers = decided(store, at, case, room=WatchedRoom, states=states)
            requests.append(len(asked))
            sent.append(sum(each.sent for each in asked))
            received.append(sum(each.received for each in answers))
            records = records_of(f"run-{at}", stores_of(store, "reader").runs, pack, all_assessments(pack))
            largest += map(len, records.evidence.values())
        definition = len(json.dumps(_definition(pack)))
    return {
        "name": f"{number} agents",
        "agents": number,
        "requests": round(mean(requests), 1),
        "kb_sent": round(mean(sent) / 1024, 1),
        "kb_received": round(mean(received) / 1024, 1),
        "largest_record_kb": round(max(largest) / 1024, 1),
        "largest_state_kb": round(max(states) / 1024, 1),
        "machine_kb": round(definition / 1024, 1),
    }


def _definition(pack: Pack) -> Mapping[str, Any]:
    limits = STAGES["prod"].limits
    targets = phase_machine.Targets(
        frame="frame",
        collate="collate",
        decide="decide",
        publish="publish",
        hold="hold",
        agents={agent.name: agent.name for agent in pack.agents},
    )
    admission = Admission(table="runs", runs_at_once=limits.runs_at_once, waiting_seconds=limits.waiting_seconds)
    return phase_machine.definition(
        pack, targets=targets, admission=admission, timeout_seconds=limits.execution_seconds
    )
