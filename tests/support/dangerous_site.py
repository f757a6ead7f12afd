"""A pack with a dangerous tool, an agent whose model calls it, and a record of what the tool did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from conclave.agents.assess import Question
from conclave.agents.consent import binding_of
from conclave.api.consent import Call, give_consent
from conclave.clock import SystemClock
from conclave.codec import decode
from conclave.configuration.settings import PACKAGED, Settings
from conclave.pack import ToolContext, tool
from conclave.records.journal import Journal
from conclave.records.runs import RunStore
from conclave.testing.models import agreeable
from conclave.types import Assessment, Fact, Phase, ToolResult
from msgspec import structs
from pipe_domain import Scene, clock, make_pack, make_scene

ARGUMENTS: Mapping[str, Any] = {"valve": "V1", "level": 2.5}


class Site:
    """A pack with a dangerous tool, and what the tool did."""

    def __init__(
        self,
        folder: Path,
        runs: RunStore | None = None,
        journal: Journal | None = None,
        settings: Settings = PACKAGED,
    ) -> None:
        self.shut: list[tuple[str, float]] = []
        self.asked = 0
        pack = make_pack(folder)

        @tool(reads=(), dangerous=True)
        def shut_valve(context: ToolContext, valve: str, level: float = 1.0) -> ToolResult:
            """Shuts a valve."""
            self.shut.append((valve, level))
            return ToolResult(facts=[Fact(id=f"valve/{valve}", kind="valve", values={"level": level})])

        agents = [structs.replace(each, tools=(shut_valve,)) if each.name == "buyer" else each for each in pack.agents]

        def buyer(question: Question) -> Mapping[str, Any]:
            question.call(question.tools[0], dict(ARGUMENTS))
            return agreeable(question)

        self.scene: Scene = make_scene(folder, {"buyer": buyer}, agents=agents)
        if runs is not None and journal is not None:
            runs.create(self.scene.runs.get("run-1"))
            self.scene = replace(self.scene, room=replace(self.scene.room, runs=runs, journal=journal))
        self.scene = replace(self.scene, room=replace(self.scene.room, settings=settings))
        self.scene.room.frame("run-1")

    def ask(self, later: timedelta = timedelta(0)) -> Assessment:
        """Lets the agent answer; its model calls the tool. Under a new fence each time, since one fence has one answer."""
        self.asked += 1
        room = replace(self.scene.room, clock=SystemClock(clock() + later))
        room.answer("run-1", Phase.RECOMMEND, self.asked, room.pack.agent("buyer"))
        return decode(room.journal.read("run-1", ["buyer"], ["recommend"])["buyer", "recommend"], Assessment)

    def consent(self, run_id: str = "run-1", by: str = "arn:me", **changes: Any) -> Any:
        call = Call(
            agent="buyer",
            phase=Phase.RECOMMEND,
            tool="shut_valve",
            arguments=dict(ARGUMENTS),
            binding=BINDING,
        )
        call = structs.replace(call, **changes)
        return give_consent(run_id, call, by=by, pack=self.scene.room.pack, runs=self.scene.room.runs, clock=clock)


BINDING = binding_of(agent="buyer", tool="shut_valve", arguments=ARGUMENTS, run_id="run-1", phase="recommend")
