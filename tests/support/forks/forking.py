"""A run that is over, and forks of it in the same room: what each asked of which model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from conclave.agents.assess import Question
from conclave.api.documents import run_document
from conclave.api.forking.asked import asked_from
from conclave.api.forking.fork import fork_run
from conclave.api.intake import Accepted
from conclave.configuration.settings import PACKAGED, Settings
from conclave.pack import Agent
from conclave.testing.models import ScriptedModel, agreeable
from conclave.types import Decision
from pipe_domain import MODEL, Scene, choosing, clock, make_scene, wary

BY = "arn:aws:iam::1:user/mia"
TIERS = {"fast": MODEL, "balanced": MODEL, "strong": "global.anthropic.claude-sonnet-5-5"}


@dataclass
class Starts:
    """A machine that notes what it is told to start."""

    started: list[str] = field(default_factory=list)

    def start(self, name: str, payload: Mapping[str, str]) -> bool:
        self.started.append(name)
        return True


@dataclass
class Workshop:
    """A scene whose run is over, with everything that its models were asked."""

    scene: Scene
    starts: Starts = field(default_factory=Starts)
    asked: list[tuple[str, str]] = field(default_factory=list)
    systems: dict[str, str] = field(default_factory=dict)
    tiers: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    clock: Any = clock

    def begin(self, start: str, *, of: str = "run-1", in_force: Settings = PACKAGED, **changes: Any) -> Accepted:
        """Asks for a fork, as the API does."""
        room = self.scene.room
        return fork_run(
            of,
            asked_from({"from": start, **changes}),
            by=BY,
            source=f"api:{BY}",
            correlation_id="f",
            pack=room.pack,
            runs=room.runs,
            machine=self.starts,
            bus=room.bus,
            spending=self.scene.runs,
            clock=self.clock,
            in_force=in_force,
            packaged={},
            tiers=TIERS,
            stage="test",
        )

    def fork(self, start: str, **changes: Any) -> tuple[str, Decision]:
        """Asks for a fork and takes it to its end; what it asks of models is noted from here on."""
        self.asked.clear()
        run_id = self.begin(start, **changes).run_id
        return run_id, self.scene.room.deliberate(run_id)

    def document(self, run_id: str) -> dict[str, Any]:
        room = self.scene.room
        given: dict[str, Any] = {"pack": room.pack, "runs": room.runs, "journal": room.journal, "clock": clock}
        return run_document(run_id, stage="test", **given)

    def records(self, run_id: str) -> Any:
        return self.scene.room.context(run_id).records()


def workshop(folder: Path, chosen: str = "O2", *, ended: bool = True, **scene: Any) -> Workshop:
    """A workshop whose run was decided on an option, after its guards heard something new from the planner."""
    models: dict[str, Callable[[Question], Mapping[str, Any]]] = {
        "planner": wary,
        "arbiter": partial(choosing, chosen),
        **scene.pop("models", {}),
    }
    made = make_scene(folder, **scene)
    shop = Workshop(made)

    def model(agent: Agent) -> ScriptedModel:
        def answer(question: Question) -> Mapping[str, Any]:
            phase = question.phase.value if question.phase else ""
            shop.asked.append((phase, agent.name))
            shop.systems[agent.name], shop.users[agent.name] = question.system, question.user
            shop.tiers[agent.name] = question.agent.tier
            return models.get(agent.name, agreeable)(question)

        return ScriptedModel(MODEL, answer)

    made.room = replace(made.room, models=model)
    if ended:
        made.room.deliberate("run-1")
    return shop
