"""The smallest pack: a parcel of a web shop is stuck. A template for a new domain, and a test bed for the engine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from conclave.pack import (
    Agent,
    AgentKind,
    Dimension,
    Fact,
    Fed,
    FeedFault,
    FeedIncident,
    Feeds,
    Field,
    Gap,
    GapReason,
    Item,
    Objective,
    Option,
    Pack,
    Plan,
    Table,
    Tables,
    ToolContext,
    ToolResult,
    Unresolvable,
    Value,
    tool,
)
from msgspec import Meta, Struct, structs

PARCEL = Meta(description="Number on the label.", pattern="^(P[0-9]{3})?$", examples=["P101"])
WAITING = Meta(description="Hours until the depot opens again.", ge=0, extra_json_schema={"unit": "hours"})

TABLES = (Table(name="parcels", key="parcel", description="Parcels with value, contents and hours left"),)

COLD_MARGIN = Field(
    name="cold_margin_hours", type=int, unit="h", description="Hours left on the cooling; none if not cooled", least=0
)
FIELDS = (
    Field(name="hours_late", type=int, unit="h", description="Hours past the promised delivery"),
    COLD_MARGIN,
    Field(name="cost_usd", type=int, unit="usd", description="Cost to the shop"),
)


class Incident(Struct, frozen=True, kw_only=True):
    """A parcel that does not move."""

    parcel: Annotated[str, PARCEL] = ""
    wait_hours: Annotated[int, WAITING] = 0


def resolve(incident: Incident, tables: Tables, now: str) -> Incident:
    """Checks that the parcel exists; a report without a waiting time means a day. Raises ``Unresolvable``."""
    if not tables.get("parcels", [incident.parcel]).items:
        raise Unresolvable("parcel_unknown", "name a parcel that exists, for example P101", ["P101", "P102", "P103"])
    return structs.replace(incident, wait_hours=incident.wait_hours or 24)


def plan(incident: Incident, tables: Tables, now: str) -> Plan:
    """Three options: wait for the depot, send a courier, refund."""
    parcel = tables.get("parcels", [incident.parcel]).items[incident.parcel]
    courier = min(incident.wait_hours, 5)
    options = (
        _option("O1", "wait", parcel, hours=incident.wait_hours, cost=0),
        _option("O2", "courier", parcel, hours=courier, cost=35),
        _option("O3", "refund", parcel, hours=None, cost=parcel["value_usd"]),
    )
    return Plan(options=options, facts=(_fact(parcel),))


def _option(option_id: str, action: str, parcel: Item, *, hours: int | None, cost: int) -> Option:
    cooled = parcel["cooled_hours"] is not None and hours is not None
    fields: dict[str, Value] = {
        "hours_late": hours,
        "cold_margin_hours": parcel["cooled_hours"] - hours if cooled else None,
        "cost_usd": cost,
    }
    return Option(id=option_id, action=action, parameters={"parcel": parcel["parcel"]}, fields=fields, summary=action)


def _fact(parcel: Item) -> Fact:
    values = {name: parcel[name] for name in ("value_usd", "cooled_hours")}
    return Fact(id=f"parcels/{parcel['parcel']}", kind="parcel", values=values, text=parcel["note"])


@tool(reads=("parcels",))
def contents(context: ToolContext) -> ToolResult:
    """What is in the parcel, and how long its cooling lasts. Always run."""
    key = context.incident.parcel
    parcel = context.tables.get("parcels", [key]).items.get(key)
    if parcel is None or parcel["contents"] == "unknown":
        detail = "contents were not declared"
        gap = Gap(tool="contents", item=f"parcels/{key}", reason=GapReason.MISSING, mandatory=True, detail=detail)
        return ToolResult(gaps=[gap])
    cooling = COLD_MARGIN.constraint(
        "cooling",
        source="shop policy: chilled goods",
        evidence_id=f"parcels/{key}",
        reason="chilled goods arrive chilled",
    )
    return ToolResult(facts=[_fact(parcel)], constraints=[cooling])


SEES = ("hours_late", "cold_margin_hours", "cost_usd")
AGENTS = (
    Agent(name="quality", title="Quality", kind=AgentKind.SAFETY, tier="fast", fields=SEES, checks=(contents,),
          objectives=(Objective(field="cold_margin_hours", goal="max"),)),
    Agent(name="service", title="Service", kind=AgentKind.BUSINESS, tier="fast", fields=SEES, tools=(contents,),
          objectives=(Objective(field="hours_late", goal="min"),)),
    Agent(name="lead", title="Shift lead", kind=AgentKind.ARBITER, tier="fast", fields=SEES),
)  # fmt: skip


def _less_is_better(field: str, half: float, absent: float) -> Dimension:
    """1 at zero, a half at ``half``; ``absent`` stands in where the field does not apply."""
    return Dimension(
        name=field.partition("_")[0],
        weight=0.5,
        score=lambda fields: half / (half + float(absent if fields[field] is None else fields[field] or 0)),
    )


SCAN = re.compile(r"(P[0-9]{3}) (cooled|stuck) ([0-9]{1,3})")


def read_scans(texts: Mapping[str, str], near: str, tables: Tables) -> Fed:
    """Scans of depots, a line each: ``P102 cooled 6``, the hours of cooling that are left; ``P101 stuck 20``, an incident."""
    scans = [
        (name, number, SCAN.fullmatch(line.strip()))
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    ]
    known = tables.get("parcels", [scan[1] for *_, scan in scans if scan]).items
    rows, late, faults = dict[str, Item](), list[FeedIncident](), list[FeedFault]()
    for name, number, scan in scans:
        if scan is None or scan[1] not in known:
            reason = "is not a scan of a parcel that is known; write P102 cooled 6, or P101 stuck 20"
            faults.append(FeedFault(file=name, line=number, reason=reason))
        elif scan[2] == "cooled":
            rows[scan[1]] = {**known[scan[1]], "cooled_hours": int(scan[3])}
        else:
            told = {"parcel": scan[1], "wait_hours": int(scan[3])}
            late.append(FeedIncident(key=f"stuck-{scan[1]}-{scan[3]}", minutes=60 * int(scan[3]), incident=told))
    read = {"scans": len(scans) - len(faults)} if len(scans) > len(faults) else {}
    put = {"parcels": list(rows.values())} if rows else {}
    return Fed(put=put, remove={}, read=read, faults=faults, warnings=(), late=late)


def sample(date: str, seed: int) -> dict[str, Iterable[Item]]:
    """Five parcels; date and seed change nothing in so small a shop."""
    rows: Sequence[Mapping[str, Value]] = (
        {"parcel": "P101", "contents": "books", "value_usd": 40, "cooled_hours": None, "note": ""},
        {"parcel": "P102", "contents": "cheese", "value_usd": 90, "cooled_hours": 12, "note": "gel packs, sealed"},
        {"parcel": "P103", "contents": "insulin", "value_usd": 300, "cooled_hours": 6, "note": "no re-icing"},
        {"parcel": "P104", "contents": "unknown", "value_usd": 20, "cooled_hours": None, "note": ""},
        {"parcel": "P105", "contents": "lamp", "value_usd": 60, "cooled_hours": None, "note": "glass"},
    )
    return {"parcels": [dict(row) for row in rows]}


def examples(date: str) -> Sequence[str]:
    """Sentences that work on the sample."""
    return ("Parcel P101 is stuck for 2 hours", "P102 is stuck for 20 hours", "P104 does not move")


def typed_example(date: str) -> Mapping[str, Value]:
    """An incident that comes to a decision on the sample."""
    return {"parcel": "P101", "wait_hours": 2}


PACK = Pack(
    name="example",
    title="A stuck parcel",
    version="1.0.0",
    incident=Incident,
    tables=TABLES,
    fields=FIELDS,
    agents=AGENTS,
    dimensions=(_less_is_better("hours_late", 12.0, 48.0), _less_is_better("cost_usd", 50.0, 0.0)),
    approvals=(),
    resolve=resolve,
    resolve_reads=("parcels",),
    plan=plan,
    plan_reads=("parcels",),
    summarise=lambda incident: f"Parcel {incident.parcel} is stuck for {incident.wait_hours} hours",
    sample=sample,
    examples=examples,
    typed_example=typed_example,
    feeds=Feeds(kinds={"scans": ("parcels",)}, read=read_scans, reads=("parcels",)),
    folder=Path(__file__).parent,
)
