"""A tiny domain and a scripted model: enough to see every rule of the engine at work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conclave.agents.assess import Question
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.api.documents import run_document
from conclave.clock import SystemClock
from conclave.pack import Agent, ApprovalRule, Dimension, Field, Objective, Pack, ToolContext, Unresolvable, tool
from conclave.pack.tables import Table, Tables
from conclave.records.runs import Run
from conclave.testing.bus import RecordingBus
from conclave.testing.journal import MemoryJournal
from conclave.testing.models import ScriptedModel, agreeable
from conclave.testing.room import Room
from conclave.testing.run_store import MemoryRunStore
from conclave.testing.tables import MemoryTables
from conclave.types import (
    AgentKind,
    Constraint,
    Decision,
    Fact,
    Gap,
    GapReason,
    Operator,
    Option,
    Phase,
    Plan,
    RunStatus,
    ToolResult,
    Value,
)

NOW = "2026-11-21T06:00:00.000Z"
MODEL = "global.anthropic.claude-haiku-5-5"


@dataclass(frozen=True)
class Leak:
    """A pipe leaks."""

    pipe: str = ""


@tool(reads=("pipes",))
def bounded_pressure(context: ToolContext) -> ToolResult:
    """The pressure that the pipe bears."""
    batch = context.tables.get("pipes", [context.incident.pipe])
    if batch.missing:
        gap = Gap(
            tool="bounded_pressure", item="pipes", reason=GapReason.MISSING, mandatory=True, detail="no such pipe"
        )
        return ToolResult(gaps=[gap])
    limit = batch.items[context.incident.pipe]["limit"]
    evidence = f"pipes/{context.incident.pipe}"
    constraint = Constraint(
        id="pressure",
        field="pressure",
        operator=Operator.LE,
        value=limit,
        unit="bar",
        hard=True,
        source="handbook 1",
        evidence_id=evidence,
        reason="the pipe bears no more",
    )
    return ToolResult(facts=[Fact(id=evidence, kind="pipe", values={"limit": limit})], constraints=[constraint])


@tool(reads=())
def crew_on_site(context: ToolContext) -> ToolResult:
    """How many people are there."""
    evidence = "crew/site"
    constraint = Constraint(
        id="people",
        field="people",
        operator=Operator.GE,
        value=1,
        unit="count",
        hard=True,
        source="handbook 2",
        evidence_id=evidence,
        reason="nobody works alone",
    )
    return ToolResult(facts=[Fact(id=evidence, kind="crew", values={"people": 2})], constraints=[constraint])


@tool(reads=("parts",))
def prices_of(context: ToolContext, supplier: str, parts: list[str] | None = None) -> ToolResult:
    """What a supplier asks for parts.

    Args:
        supplier: Name of the supplier.
        parts: Names of parts.
    """
    found = context.tables.query("parts", [supplier])[supplier]
    return ToolResult(
        facts=[Fact(id=f"parts/{row['name']}", kind="part", values={"price": row["price"]}) for row in found]
    )


def option(option_id: str, *, pressure: float | None, people: int, cost: int) -> Option:
    return Option(
        id=option_id,
        action="fix",
        parameters={},
        fields={"pressure": pressure, "people": people, "cost": cost},
        summary=f"option {option_id}",
    )


OPTIONS = (
    option("O1", pressure=9.0, people=2, cost=100),
    option("O2", pressure=5.0, people=2, cost=200),
    option("O3", pressure=None, people=0, cost=50),
    option("O4", pressure=4.0, people=1, cost=900),
)


def gentleness(fields: Mapping[str, Value]) -> float:
    pressure = fields["pressure"]
    return 1.0 if pressure is None or float(pressure) < 6 else 0.5


def resolve(incident: Leak, tables: Tables, now: str) -> Leak:
    if not incident.pipe:
        raise Unresolvable("pipe_missing", "name the pipe", ["P1", "P2"])
    return incident


def plan(incident: Leak, tables: Tables, now: str) -> Plan:
    return Plan(options=OPTIONS, facts=[])


def make_pack(folder: Path, **changes: Any) -> Pack:
    prompts = folder / "prompts"
    prompts.mkdir(exist_ok=True)
    for name in ("pressure_guard", "crew_guard", "buyer", "planner", "arbiter"):
        (prompts / f"{name}.md").write_text(f"You are {name}.", encoding="utf-8")
    names = ["pressure", "people", "cost"]

    def agent(name: str, kind: AgentKind, **more: Any) -> Agent:
        return Agent(name=name, title=name, kind=kind, tier="fast", fields=names, **more)

    declared: dict[str, Any] = {
        "name": "pipes",
        "title": "Pipes",
        "version": "1",
        "incident": Leak,
        "tables": (
            Table(name="pipes", key="pipe"),
            Table(name="parts", key="supplier", sort_key="name"),
        ),
        "fields": (
            Field(name="pressure", type=float, unit="bar", description="pressure after the fix"),
            Field(name="people", type=int, unit="count", description="people on site"),
            Field(name="cost", type=int, unit="usd", description="cost"),
        ),
        "agents": (
            agent("pressure_guard", AgentKind.SAFETY, checks=(bounded_pressure,)),
            agent("crew_guard", AgentKind.SAFETY, checks=(crew_on_site,)),
            agent(
                "buyer",
                AgentKind.BUSINESS,
                objectives=(Objective(field="cost", goal="min"),),
                tools=(prices_of,),
            ),
            agent("planner", AgentKind.BUSINESS, objectives=(Objective(field="people", goal="max"),)),
            agent("arbiter", AgentKind.ARBITER),
        ),
        "dimensions": (
            Dimension(name="safety", weight=0.5, score=gentleness),
            Dimension(name="cost", weight=0.5, score=lambda f: 1 - float(f["cost"] or 0) / 1000),
        ),
        "approvals": (ApprovalRule(field="cost", operator=Operator.GE, value=500, reason="expensive"),),
        "resolve": resolve,
        "resolve_reads": (),
        "plan": plan,
        "plan_reads": (),
        "summarise": lambda incident: f"pipe {incident.pipe} leaks",
        "sample": lambda date, seed: {},
        "examples": lambda date: (),
        "typed_example": lambda date: {},
        "folder": folder,
    }
    return Pack(**{**declared, **changes})


ROWS = {"pipes": [{"pipe": "P1", "limit": 6}], "parts": [{"supplier": "S", "name": "seal", "price": 5}]}


class NoExtractor:
    """For typed incidents, which need none."""

    model_id = ""

    def extract(self, text: str, schema: Mapping[str, Any], received: str, meter: Meter) -> Mapping[str, Any]:
        raise AssertionError("a typed incident is not extracted")


clock = SystemClock(datetime(2026, 11, 21, 6, 0, tzinfo=UTC))


@dataclass
class Scene:
    """A room with one stored run, ready to deliberate."""

    room: Room
    runs: MemoryRunStore
    journal: MemoryJournal
    bus: RecordingBus
    run_id: str = "run-1"


def make_scene(
    folder: Path,
    models: Mapping[str, Callable[[Question], Mapping[str, Any]]] | None = None,
    *,
    incident: Mapping[str, Any] | None = None,
    text: str = "",
    extractor: Any = None,
    dead: frozenset[str] = frozenset(),
    tables: Tables | None = None,
    **changes: Any,
) -> Scene:
    """A room with one stored run.

    Args:
        folder: Where the pack's prompts are written.
        models: How the model of an agent answers, by agent; otherwise the planner warns, so that the guards answer again.
        incident: The typed incident; the leak of P1 unless there is a text.
        text: Free text instead.
        extractor: Reads the text.
        dead: Agents whose function dies.
        tables: Data instead of the usual.
        changes: Declarations of the pack to replace.
    """
    runs, journal, bus = MemoryRunStore(), MemoryJournal(), RecordingBus()
    given = {"pipe": "P1"} if incident is None and not text else dict(incident or {})
    run = Run(
        run_id="run-1",
        status=RunStatus.RUNNING,
        pack="pipes",
        created_at=NOW,
        updated_at=NOW,
        correlation_id="c",
        text=text,
        incident=given,
    )
    runs.create(run)
    pack = make_pack(folder, **changes)

    def model(agent: Agent) -> ScriptedModel:
        if agent.name in dead:
            raise TimeoutError("killed")
        return ScriptedModel(MODEL, {"planner": wary, **(models or {})}.get(agent.name, agreeable))

    room = Room(
        pack=pack,
        runs=runs,
        journal=journal,
        tables=MemoryTables(pack.tables, ROWS) if tables is None else tables,
        extractor=extractor or NoExtractor(),
        models=model,
        prices=price_table(),
        bus=bus,
        clock=clock,
    )
    return Scene(room, runs, journal, bus)


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


def document(scene: Any) -> dict[str, Any]:
    room = scene.room
    return run_document("run-1", pack=room.pack, runs=scene.runs, journal=scene.journal, stage="test", clock=clock)


def choosing(option_id: str, question: Question) -> Mapping[str, Any]:
    return {**agreeable(question), "option_id": option_id}


def wary(question: Question) -> Mapping[str, Any]:
    """The planner's answer: a limit that no check knows, which no option breaks and which the guards have to hear of."""
    if question.phase is not Phase.RECOMMEND:
        return agreeable(question)
    return {**agreeable(question), "constraints": [warning("cost", "<=", 1_000)]}


def warning(field: str, operator: str, value: Value) -> dict[str, Any]:
    """A constraint as a model adds it."""
    return {"field": field, "operator": operator, "value": value, "evidence_id": "", "reason": "budget"}


def raising(error: Exception) -> Any:
    def answer(question: Question) -> Mapping[str, Any]:
        raise error

    return answer


class Extractor:
    model_id = MODEL

    def __init__(self, answer: Mapping[str, Any] | Exception) -> None:
        self._answer = answer

    def extract(self, text: str, schema: Mapping[str, Any], received: str, meter: Any) -> Mapping[str, Any]:
        assert schema["properties"]["pipe"]
        assert received == NOW
        with meter.exchange("global.anthropic.claude-haiku-5-5", {"text": text}) as exchange:
            exchange.use({"inputTokens": 7, "outputTokens": 3})
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer
