"""Airline disruption: one disrupted flight of a hub carrier, and what to do about it."""

from __future__ import annotations

from pathlib import Path

from conclave.pack import ApprovalRule, Operator, Pack

from packs.airline.agents import AGENTS
from packs.airline.fields import FIELDS
from packs.airline.models import TABLES, Incident
from packs.airline.planning.planner import READS as PLAN_READS
from packs.airline.planning.planner import plan
from packs.airline.reading.plainly import read_plainly
from packs.airline.reading.rereading import READS as REREAD_READS
from packs.airline.reading.rereading import reread
from packs.airline.reported.summary import summarise
from packs.airline.resolve import READS as RESOLVE_READS
from packs.airline.resolve import resolve
from packs.airline.sample_data import generate, sample
from packs.airline.sample_data.examples import examples, examples_of, typed_example
from packs.airline.scores import DIMENSIONS

PACK = Pack(
    name="airline",
    title="Airline disruption",
    version="1.0.0",
    incident=Incident,
    tables=TABLES,
    fields=FIELDS,
    agents=AGENTS,
    dimensions=DIMENSIONS,
    approvals=(
        ApprovalRule(
            field="cost_needs_approval",
            operator=Operator.EQ,
            value=True,
            reason="a total above the airline's limit needs the duty manager",
        ),
        ApprovalRule(
            field="discretion_minutes",
            operator=Operator.GT,
            value=0,
            reason="a flight duty beyond its limit needs the commander, and the duty manager",
        ),
        ApprovalRule(
            field="passengers_stranded",
            operator=Operator.GT,
            value=100,
            reason="more than 100 passengers without a seat within 30 hours need the duty manager",
        ),
    ),
    read_plainly=read_plainly,
    reread=reread,
    reread_reads=REREAD_READS,
    resolve=resolve,
    resolve_reads=RESOLVE_READS,
    plan=plan,
    plan_reads=PLAN_READS,
    summarise=summarise,
    sample=sample,
    generate=generate,
    examples=examples,
    examples_of=examples_of,
    typed_example=typed_example,
    folder=Path(__file__).parent,
    masked={"booking": "B[0-9]{5,7}"},
)
