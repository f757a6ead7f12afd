"""Runs for a page to look at: decided in process by the offline policy over the airline's sample, into any store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from conclave.agents.prices import price_table
from conclave.clock import Timepiece, timestamp
from conclave.pack import Agent, Drawing, Pack, Plan
from conclave.pack.tables import Tables
from conclave.records.journal import Journal
from conclave.records.runs import Run, RunStore
from conclave.steps.publish import Bus
from conclave.testing.room import Room
from conclave.types import RunStatus
from msgspec import structs
from packs.airline import PACK

from local.bedrock.offline.in_process import PolicyModel, policy_extractor

OPTIONS = 60


def many(incident: Any, tables: Tables, now: str) -> Plan:
    """The airline's plan with its options again and again, until there are sixty."""
    plan = PACK.plan(incident, tables, now)
    drawing = plan.drawing or Drawing()
    copies = [(f"O{number + 1}", plan.options[number % len(plan.options)]) for number in range(OPTIONS)]
    return structs.replace(
        plan,
        options=tuple(structs.replace(option, id=name) for name, option in copies),
        drawing=structs.replace(drawing, options={name: drawing.options[option.id] for name, option in copies}),
    )


MANY = structs.replace(PACK, plan=many)
"""The airline's pack, whose plans have sixty options."""


def room_of(
    pack: Pack,
    *,
    runs: RunStore,
    journal: Journal,
    tables: Tables,
    bus: Bus,
    clock: Timepiece,
    kind: type[PolicyModel] = PolicyModel,
) -> Room:
    """A room whose models are the offline policy."""
    prices = price_table()

    def model(agent: Agent) -> PolicyModel:
        return kind(prices.model(agent.tier))

    extractor = policy_extractor(prices.model("fast"))
    return Room(
        pack=pack,
        runs=runs,
        journal=journal,
        tables=tables,
        extractor=extractor,
        models=model,
        prices=prices,
        bus=bus,
        clock=clock,
    )


def reported(name: str, text: str, now: str, **more: Any) -> Run:
    """A run that nobody has worked on yet."""
    given: Mapping[str, Any] = {"status": RunStatus.RUNNING, "created_at": now, "updated_at": now, **more}
    return Run(run_id=name, pack="airline", correlation_id=name, text=text, **given)


def listed(number: int, since: datetime) -> Run:
    """A run of a day that only the list shows."""
    began = since + timedelta(minutes=number % 600, seconds=number)
    status = [RunStatus.DECIDED, RunStatus.DECIDED, RunStatus.HALTED, RunStatus.APPROVAL_REQUIRED][number % 4]
    return reported(
        f"run-{number:04d}",
        f"EY{100 + number} on {since:%Y-%m-%d} from AUH to LHR: late by {10 + number % 200} minutes",
        timestamp(began),
        status=status,
        updated_at=timestamp(began + timedelta(seconds=4 + number % 9)),
    )
