"""One framework's own work for a fan-out to seven, a join, seven again, a join and one more, where nobody does anything.

``python bench/overhead/orchestration.py FRAMEWORK REPEATS`` prints the milliseconds of each repeat as a JSON list. Every
framework is prepared once and runs warm; each runs in a process of its own, so that none pays for another's imports.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

SPECIALISTS = tuple(f"agent_{number}" for number in range(7))
WARM_UP = 20


def conclave() -> Callable[[], None]:
    """The room: its own fan-outs and routes, with steps that do nothing."""
    from conclave.agents.prices import price_table
    from conclave.clock import SystemClock
    from conclave.pack import Agent, load_pack
    from conclave.results import Branch, Route
    from conclave.testing.journal import MemoryJournal
    from conclave.testing.room import Room
    from conclave.testing.run_store import MemoryRunStore
    from conclave.testing.tables import MemoryTables
    from conclave.types import Phase

    pack = load_pack("airline")
    assert len(pack.specialists) == len(SPECIALISTS)
    route = Route(halt=False, revise_any=True, arbitrate=True, revise={each.name: True for each in pack.specialists})

    class Idle(Room):
        def collate(self, *_: Any, **__: Any) -> Any:
            return None, route

        def answer(self, run_id: str, phase: Phase, fence: int, agent: Agent) -> Branch:
            return Branch(agent=agent.name, phase=phase, status="ok")

    unused: Any = None
    room = Idle(
        pack=pack,
        runs=MemoryRunStore(),
        journal=MemoryJournal(),
        tables=MemoryTables((), {}),
        extractor=unused,
        models=unused,
        prices=price_table(),
        bus=unused,
        clock=SystemClock(),
    )

    def run() -> None:
        last = room._phases("run", 1)
        assert last is not None
        assert last.phase is Phase.ARBITRATE

    return run


def strands() -> Callable[[], None]:
    """Strands' Graph, with nodes that answer at once."""
    from strands.multiagent import GraphBuilder
    from strands.multiagent.base import MultiAgentBase, MultiAgentResult, Status

    class Idle(MultiAgentBase):
        async def invoke_async(self, task: Any, invocation_state: Any = None, **_: Any) -> MultiAgentResult:
            return MultiAgentResult(status=Status.COMPLETED)

        async def stream_async(self, task: Any, invocation_state: Any = None, **_: Any) -> AsyncIterator[Any]:
            yield {"result": await self.invoke_async(task)}

        def serialize_state(self) -> dict[str, Any]:
            return {}

        def deserialize_state(self, payload: dict[str, Any]) -> None:
            pass

    builder = GraphBuilder()
    for source, target in edges():
        for name in (source, target):
            if name not in builder.nodes:
                builder.add_node(Idle(), name)
        builder.add_edge(source, target)
    for name in SPECIALISTS:
        builder.set_entry_point(name)
    graph, loop = builder.build(), asyncio.new_event_loop()

    def run() -> None:
        result = loop.run_until_complete(graph.invoke_async("decide"))
        assert result.completed_nodes == len(graph.nodes)

    return run


def langgraph() -> Callable[[], None]:
    """LangGraph, with nodes that change nothing."""
    from langgraph.graph import END, START, StateGraph  # type: ignore[import-not-found, unused-ignore]

    builder = StateGraph(dict)
    names = dict.fromkeys(name for edge in edges() for name in edge)
    for name in names:
        builder.add_node(name, lambda state: None)
    for name in SPECIALISTS:
        builder.add_edge(START, name)
    for joined in (target for target in names if sum(edge[1] == target for edge in edges()) > 1):
        builder.add_edge([source for source, target in edges() if target == joined], joined)
    for source, target in edges():
        if sum(edge[1] == target for edge in edges()) == 1:
            builder.add_edge(source, target)
    builder.add_edge("arbiter", END)
    graph = builder.compile()

    def run() -> None:
        graph.invoke({})

    return run


def edges() -> list[tuple[str, str]]:
    """The arrows between the seven, the joins, the seven again and the last."""
    again = tuple(f"{name}_again" for name in SPECIALISTS)
    return [
        *[(name, "collate") for name in SPECIALISTS],
        *[("collate", name) for name in again],
        *[(name, "collate_again") for name in again],
        ("collate_again", "arbiter"),
    ]


FRAMEWORKS = {"conclave": conclave, "strands_graph": strands, "langgraph": langgraph}


def main() -> None:
    """Prints the times of a framework."""
    name, repeats = sys.argv[1], int(sys.argv[2])
    run = FRAMEWORKS[name]()
    times = []
    for _ in range(WARM_UP + repeats):
        began = time.perf_counter()
        run()
        times.append((time.perf_counter() - began) * 1000)
    sys.stdout.write(json.dumps(times[WARM_UP:]))


if __name__ == "__main__":
    main()
