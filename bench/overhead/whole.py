"""The engine's own work for one whole decision, in process: ``python bench/overhead/whole.py REPEATS`` prints it as JSON.

An airline's disruption is framed once for real; then resolving, planning and the checks answer what they answered then, and
the models answer at once. What is left is the engine: records, prompts, fan-outs, collating, deciding, audit. It runs against
whatever tree ``PYTHONPATH`` names, so it uses only what older trees have, too.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

from conclave.agents.prices import price_table
from conclave.clock import SystemClock
from conclave.pack import Agent, Pack, Tool, load_pack
from conclave.records.runs import Run
from conclave.testing.journal import MemoryJournal
from conclave.testing.models import ScriptedModel
from conclave.testing.room import Room
from conclave.testing.run_store import MemoryRunStore
from conclave.testing.tables import MemoryTables
from conclave.types import Decision, RunStatus
from msgspec import structs

DATE, SEED = "2026-11-21", 1
NOW = "2026-11-20T18:00:00Z"

Kind = TypeVar("Kind")
WARM_UP = 10


class Remembered:
    """What functions of a pack answered the first time; they answer it again at once."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], Any] = {}

    def of(self, owner: str, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, asked once."""
        key = (owner, name)

        @functools.wraps(function)
        def remembered(*args: Any, **kwargs: Any) -> Any:
            if key not in self._answers:
                self._answers[key] = function(*args, **kwargs)
            return self._answers[key]

        return remembered


def instant(pack: Pack) -> Pack:
    """The pack, with its resolving, planning and checks remembered."""
    memory = Remembered()

    def agent_of(agent: Agent) -> Agent:
        checks = [
            Tool(memory.of(agent.name, each.name, each.function), each.reads, each.dangerous) for each in agent.checks
        ]
        return _replaced(agent, checks=checks)

    return _replaced(
        pack,
        resolve=memory.of("", "resolve", pack.resolve),
        plan=memory.of("", "plan", pack.plan),
        agents=tuple(agent_of(each) for each in pack.agents),
    )


def _replaced(value: Kind, **changed: Any) -> Kind:
    """A copy with some fields changed; in another tree (``--base``) values may be dataclasses, as they were before."""
    replace: Any = dataclasses.replace if dataclasses.is_dataclass(value) else structs.replace
    copy: Kind = replace(value, **changed)
    return copy


class _Bus:
    def send(self, detail_type: str, detail: Any) -> None:
        """Nobody listens."""


def scripted_room(pack: Pack, tables: Any) -> Room:
    """A room with stores and models of its own that holds one run, ``run``, as it was accepted."""
    runs, prices, unused = MemoryRunStore(), price_table(), None
    runs.create(
        Run(
            run_id="run",
            status=RunStatus.RUNNING,
            pack=pack.name,
            created_at=NOW,
            updated_at=NOW,
            correlation_id="bench",
            text="",
            incident=dict(pack.typed_example(DATE)),
        )
    )
    return Room(
        pack=pack,
        runs=runs,
        journal=MemoryJournal(),
        tables=tables,
        extractor=unused,  # type: ignore[arg-type]
        models=lambda agent: ScriptedModel(prices.model(agent.tier)),
        prices=prices,
        bus=_Bus(),
        clock=SystemClock(),
    )


def decide(pack: Pack, tables: Any) -> Decision:
    """One run from its report to its published decision."""
    return scripted_room(pack, tables).deliberate("run")


def main() -> None:
    """Prints the milliseconds of each repeat, on the clock and of the processor, and what was decided."""
    pack = load_pack("airline")
    rows = {name: list(items) for name, items in pack.sample(DATE, SEED).items()}
    pack, tables = instant(pack), MemoryTables(pack.tables, rows)
    decision = decide(pack, tables)
    assert decision.option_id, decision.reasons
    for _ in range(WARM_UP):
        decide(pack, tables)
    wall, cpu = [], []
    for _ in range(int(sys.argv[1])):
        began, used = time.perf_counter(), time.process_time()
        decide(pack, tables)
        cpu.append((time.process_time() - used) * 1000)
        wall.append((time.perf_counter() - began) * 1000)
    sys.stdout.write(json.dumps({"wall_ms": wall, "cpu_ms": cpu, "option_id": decision.option_id}))


if __name__ == "__main__":
    main()
