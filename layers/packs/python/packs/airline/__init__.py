"""Airline disruption: one disrupted flight of a hub carrier, and what to do about it."""

from __future__ import annotations

from pathlib import Path

from conclave.pack import ApprovalRule, Feeds, Operator, Pack, later

from packs.airline.agents import AGENTS
from packs.airline.fields import FIELDS, PICTURE
from packs.airline.models import TABLES, Incident
from packs.airline.scores import DIMENSIONS

_PLANNER = "packs.airline.planning.planner"
_RESOLVER = "packs.airline.resolve"
_SAMPLE = "packs.airline.sample_data"
_FEEDS = "packs.airline.feeds.loading"
_EXAMPLES = "packs.airline.sample_data.examples"

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
            group="duty_managers",
        ),
        ApprovalRule(
            field="delay_minutes",
            operator=Operator.GT,
            value=1_440,
            reason="a delay of more than a day needs the duty manager",
            group="duty_managers",
        ),
        ApprovalRule(
            field="discretion_minutes",
            operator=Operator.GT,
            value=0,
            reason="a flight duty beyond its limit needs the commander, and the duty manager",
            group="duty_managers",
        ),
        ApprovalRule(
            field="passengers_stranded",
            operator=Operator.GT,
            value=100,
            reason="more than 100 passengers without a seat within 30 hours need the duty manager",
            group="duty_managers",
        ),
        ApprovalRule(
            field="passengers_stranded",
            operator=Operator.GT,
            value=300,
            reason="more than 300 passengers without a seat within 30 hours need two duty managers",
            group="duty_managers",
            people=2,
        ),
        ApprovalRule(
            field="lease_approved",
            operator=Operator.EQ,
            value=True,
            reason="a leased aircraft needs whoever answers for the fleet",
            group="fleet_managers",
        ),
    ),
    escalation="directors",
    read_plainly=later.function("packs.airline.reading.plainly", "read_plainly"),
    reread=later.function("packs.airline.reading.rereading", "reread"),
    reread_reads=later.reads("packs.airline.reading"),
    resolve=later.function(_RESOLVER, "resolve"),
    resolve_reads=later.reads(_RESOLVER),
    plan=later.function(_PLANNER, "plan"),
    plan_reads=later.reads(_PLANNER),
    summarise=later.function("packs.airline.reported.summary", "summarise"),
    sample=later.function(_SAMPLE, "sample"),
    generate=later.function(_SAMPLE, "generate"),
    examples=later.function(_EXAMPLES, "examples"),
    examples_of=later.function(_EXAMPLES, "examples_of"),
    typed_example=later.function(_EXAMPLES, "typed_example"),
    folder=Path(__file__).parent,
    masked={"booking": "B[0-9]{5,7}"},
    picture=PICTURE,
    feeds=Feeds(
        kinds={
            "weather": ("weather",),
            "notams": ("notams",),
            "movements": ("flights",),
            "schedule": ("flights",),
            "schedule_changes": ("flights",),
            "runways": ("airports",),
        },
        read=later.function(_FEEDS, "read"),
        reads=later.reads(_FEEDS),
    ),
    variations=later.tools("packs.airline.variations", "CREW_THERE", "PROBLEM_OVER"),
)
