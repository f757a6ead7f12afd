"""The domain of the simulation: the smallest pack with two safety and two business agents, and how its models answer.

The kinds of incidents are written down with the outcome that they have by their content alone, apart from the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from conclave.agents.assess import Question
from conclave.pack import Agent, Objective, Pack, ToolContext, tool
from conclave.types import AgentKind, Constraint, Fact, Operator, Phase, ToolResult
from msgspec import structs
from packs import example

PROMPTS = Path(__file__).parent
ROWS = example.sample("", 0)


@tool(reads=("parcels",))
def insured(context: ToolContext) -> ToolResult:
    """How long the parcel is insured on the road."""
    key = context.incident.parcel
    parcel = context.tables.get("parcels", [key]).items[key]
    limit = Constraint(
        id="insured",
        field="hours_late",
        operator=Operator.LE,
        value=48,
        unit="h",
        hard=True,
        source="terms of carriage 4",
        evidence_id=f"insurance/{key}",
        reason="longer than that nobody pays",
    )
    fact = Fact(id=f"insurance/{key}", kind="insurance", values={"value_usd": parcel["value_usd"]})
    return ToolResult(facts=[fact], constraints=[limit])


@lru_cache(maxsize=1)
def pack() -> Pack:
    """The pack: two safety agents with a check each, two business agents, an arbiter."""
    quality, service, lead = example.AGENTS
    carriage = Agent(
        name="carriage",
        title="Carriage",
        kind=AgentKind.SAFETY,
        tier="fast",
        fields=example.SEES,
        checks=(insured,),
        objectives=(Objective(field="hours_late", goal="min"),),
    )
    finance = Agent(
        name="finance",
        title="Finance",
        kind=AgentKind.BUSINESS,
        tier="fast",
        fields=example.SEES,
        objectives=(Objective(field="cost_usd", goal="min"),),
    )
    return structs.replace(example.PACK, agents=(quality, carriage, service, finance, lead), folder=PROMPTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of incident.

    Attributes:
        name: For the trace.
        weight: How often it is drawn.
        incident: The typed incident.
        outcome: ``decided`` or ``halted``, when nothing fails that is not meant to.
        rejects: The safety agent that rejects.
        broken: The agent whose model never answers.
        sentence: Reported as a sentence, so that a model reads it.
    """

    name: str
    weight: int
    incident: Mapping[str, Any]
    outcome: str = "decided"
    rejects: str = ""
    broken: str = ""
    sentence: bool = False


WARNING: Mapping[str, Any] = {
    "field": "cost_usd",
    "operator": "<=",
    "value": 10_000,
    "evidence_id": "",
    "reason": "nobody is insured beyond that",
}
BOOKS: Mapping[str, Any] = {"parcel": "P101", "wait_hours": 2}
KINDS = (
    Kind(name="books", weight=40, incident=BOOKS),
    Kind(name="cheese", weight=20, incident={"parcel": "P102", "wait_hours": 20}),
    Kind(name="lamp, as a sentence", weight=20, incident={"parcel": "P105", "wait_hours": 4}, sentence=True),
    Kind(name="finance never answers", weight=5, incident=BOOKS, broken="finance"),
    Kind(
        name="contents unknown",
        weight=5,
        incident={"parcel": "P104", "wait_hours": 1},
        outcome="halted",
    ),
    Kind(
        name="no such parcel",
        weight=3,
        incident={"parcel": "P999", "wait_hours": 1},
        outcome="halted",
    ),
    Kind(
        name="carriage rejects",
        weight=4,
        incident=BOOKS,
        outcome="halted",
        rejects="carriage",
    ),
    Kind(
        name="quality never answers",
        weight=3,
        incident=BOOKS,
        outcome="halted",
        broken="quality",
    ),
)


def answer(question: Question, kind: Kind) -> Mapping[str, Any]:
    """The answer of a model: it likes every option equally, and a safety agent rejects where the kind says so.

    The service warns of what no check knows, so that the safety agents answer again.
    """
    ids = list(question.option_ids)
    if question.agent.kind is AgentKind.ARBITER:
        return {"option_id": ids[0], "ranking": ids, "justification": "first", "confidence": 0.9}
    verdict = "reject" if question.agent.name == kind.rejects else "approve"
    warns = question.agent.name == "service" and question.phase is Phase.RECOMMEND
    added = [WARNING] if warns else []
    said = {"verdict": verdict, "scores": [0.5] * len(ids), "confidence": 0.8, "rationale": "fine"}
    return {**said, "constraints": added, "stance": "confirm"}
