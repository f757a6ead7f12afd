"""The deployed machine takes a fork through its states: which functions it invokes, and that it never asks people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conclave.codec import plain
from conclave.results import Branch
from conclave.steps.collate import perform_collate
from conclave.steps.decide import perform_decide
from conclave.types import Phase, RunStatus
from forking import Workshop, workshop

from bench.simulation.scheduler import Scheduler
from bench.simulation.states import Execution
from infra.constructs.admission import Admission
from infra.constructs.phase_machine import Targets, definition

ASKED = {
    "recommend": ["buyer", "crew_guard", "planner", "pressure_guard", "crew_guard", "pressure_guard", "arbiter"],
    "revise": ["crew_guard", "pressure_guard", "arbiter"],
    "arbitrate": ["arbiter"],
}


class Functions:
    """The functions of a run over a room in memory; notes which of them were invoked."""

    def __init__(self, shop: Workshop) -> None:
        self.room = shop.scene.room
        self.invoked: list[str] = []

    def invoke(self, parameters: Mapping[str, Any], limit: float) -> Any:
        name, event = str(parameters["FunctionName"]).partition(":")[0], parameters["Payload"]
        self.invoked.append(name)
        run_id, fence = event["run_id"], event.get("fence", 0)
        context = self.room.context(run_id, fence)
        if name == "frame":
            answer: Any = self.room.frame(run_id)
        elif name == "collate":
            branches = [Branch(**each) for each in event["branches"]]
            answer = perform_collate(context, Phase(event["phase"]), branches)[1]
        elif name == "decide":
            arbiter = Branch(**event["arbiter"]) if event["arbiter"] else None
            answer = perform_decide(context, arbiter=arbiter, failure=None)[1]
        elif name == "publish":
            answer = {"run_id": run_id, "status": self.room.publish(run_id, fence).status}
        else:
            answer = self.room.answer(run_id, Phase(event["phase"]), fence, self.room.pack.agent(name))
        return {"Payload": plain(answer)}


@pytest.mark.parametrize("start", ASKED)
def test_the_machine_goes_on_where_a_fork_begins(tmp_path: Path, start: str) -> None:
    shop = workshop(tmp_path)
    functions = Functions(shop)
    agents = {agent.name: agent.name for agent in functions.room.pack.agents}
    steps = {name: name for name in ("frame", "collate", "decide", "publish", "hold")}
    admission = Admission(table="runs", runs_at_once=3, waiting_seconds=60)
    machine = definition(
        functions.room.pack, targets=Targets(agents=agents, **steps), admission=admission, timeout_seconds=600
    )
    run_id = shop.begin(start).run_id
    scheduler = Scheduler(until=600.0)
    execution = Execution(
        run_id,
        json.loads(json.dumps(machine)),
        scheduler=scheduler,
        random=Random(1),
        resources={"lambda:invoke": functions.invoke, "dynamodb:updateItem": lambda parameters, limit: {}},
        tell=lambda line: None,
    )
    task = scheduler.spawn("machine", lambda: execution.run({"run_id": run_id, "correlation_id": "c"}))
    scheduler.run(lambda: True)
    assert task.result == "SUCCEEDED", task.error
    assert sorted(each for each in functions.invoked if each in agents) == sorted(ASKED[start])
    assert functions.invoked[0] == "frame"
    assert functions.invoked[-2:] == ["decide", "publish"]
    assert "hold" not in functions.invoked
    assert shop.scene.runs.get(run_id).status is RunStatus.FORKED
