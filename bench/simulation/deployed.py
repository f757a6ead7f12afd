"""The deployed parts: the definition of the phase machine and the functions' limits, as ``infra`` makes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.simulation.domain import pack

STAGE = "prod"
"""Whose limits are simulated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """The deployed parts, as plain values, so that another process needs no CDK.

    Attributes:
        machine: The phase machine in Amazon States Language; functions go by their verb, agents by their name.
        limits: Seconds after which Lambda ends a function, by the same names.
        sweep_seconds: How often the sweeper runs.
        start_seconds: Age up to which the sweeper starts a run that nobody started.
    """

    machine: Mapping[str, Any]
    limits: Mapping[str, float]
    sweep_seconds: float
    start_seconds: float


def deployed() -> Deployed:
    """The parts that ``infra`` deploys for the simulation's pack."""
    from infra import function_settings
    from infra.constructs import phase_machine
    from infra.constructs.admission import Admission
    from infra.stage import find_stage

    domain, stage = pack(), find_stage(STAGE)
    targets = phase_machine.Targets(
        frame="frame",
        collate="collate",
        decide="decide",
        publish="publish",
        hold="hold",
        agents={agent.name: agent.name for agent in domain.agents},
    )
    bounds = stage.limits
    admission = Admission(table="runs", runs_at_once=bounds.runs_at_once, waiting_seconds=bounds.waiting_seconds)
    machine = phase_machine.definition(
        domain, targets=targets, admission=admission, timeout_seconds=bounds.execution_seconds
    )
    limits = {
        **phase_machine.SECONDS,
        "intake": function_settings.API_SECONDS,
        "erase": function_settings.API_SECONDS,
        "receive": function_settings.RECEIVE_SECONDS,
        "close_run": function_settings.CLOSE_SECONDS,
        "anchor": function_settings.ANCHOR_SECONDS,
        "sweep": function_settings.SWEEP_SECONDS,
        **{agent.name: phase_machine.agent_function_seconds(agent, domain) for agent in domain.agents},
    }
    return Deployed(
        machine=json.loads(json.dumps(machine)),
        limits=limits,
        sweep_seconds=60.0 * stage.limits.sweep_minutes,
        start_seconds=float(stage.limits.start_seconds),
    )
