"""The contradictions of a pack: everything by which its declarations do not fit together."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Iterable

from msgspec import structs

from conclave.codec import RecordInvalid, convert, plain
from conclave.later import broken
from conclave.pack.declarations import FRAMER, TALKER, Pack, Tool
from conclave.pack.incident_fields import faults
from conclave.pack.signatures import ArgumentUnusable, misdescribed
from conclave.routing.inference import Inference
from conclave.types import AgentKind, Picture

MAX_PEOPLE = 5
"""Different people whom one rule may ask for."""
GROUP_NAME = re.compile(r"[a-z][a-z_]{0,39}")


def _unusable_arguments(each: Tool) -> Iterable[str]:
    try:
        _ = each.input_schema
    except ArgumentUnusable as error:
        yield str(error)
    yield from misdescribed(each.function)


def _of_picture(picture: Picture, fields: Collection[str]) -> Iterable[str]:
    yield from (
        f"the picture shows field {name}, which no option has" for name in picture.figures if name not in fields
    )
    lanes = [lane.name for lane in picture.lanes]
    yield from (f"lane {name} is declared twice" for name in sorted({name for name in lanes if lanes.count(name) > 1}))
    yield from (f"lane {name} has a slash in its name" for name in lanes if "/" in name)


def contradictions(pack: Pack) -> Iterable[str]:
    """One line for each contradiction, with what to do where it is not plain."""
    references = (
        *structs.asdict(pack).values(),
        *(part for each in pack.agents for part in (each.checks, each.tools)),
        *((pack.feeds.read, pack.feeds.reads) if pack.feeds else ()),
    )
    if lost := list(broken(references)):
        yield from lost
        return
    tables = {table.name for table in pack.tables}
    reads = tables | {f"{table.name}/{index.name}" for table in pack.tables for index in table.indexes}
    fields = {each.name for each in pack.fields}
    for owner, declared in (
        ("reread", pack.reread_reads),
        ("resolve", pack.resolve_reads),
        ("plan", pack.plan_reads),
        ("feeds", pack.feeds.reads if pack.feeds else ()),
        *((f"{agent.name}.{each.name}", each.reads) for agent in pack.agents for each in (*agent.checks, *agent.tools)),
    ):
        yield from (f"{owner} reads {read}, which no table declares" for read in declared if read not in reads)
    yield from (f"feeds write {name}, which is not a table" for name in pack.feed_tables if name not in tables)
    yield from faults(pack.incident)
    yield from (f"field {each.name} has more than one limit" for each in pack.fields if len(each.limits) > 1)
    for agent in pack.agents:
        used = {*agent.fields, *(objective.field for objective in agent.objectives)}
        yield from (f"agent {agent.name} uses field {name}, which no option has" for name in sorted(used - fields))
        if not (pack.folder / "prompts" / f"{agent.name}.md").is_file():
            yield f"agent {agent.name} has no prompts/{agent.name}.md"
        if agent.tiers and agent.kind is not AgentKind.ARBITER:
            yield f"agent {agent.name} has other tiers; only an arbiter's choice is weighed"
        if pack.time_limit(agent) <= 0:
            yield f"agent {agent.name} has no time to answer; its time limit is {pack.time_limit(agent)} s"
        yield from (problem for each in agent.tools for problem in _unusable_arguments(each))
        yield from (
            f"tool {agent.name}.{each.name} serves field {name}, which no option has"
            for each in agent.tools
            for name in each.serves
            if name not in fields
        )
        for check in agent.checks:
            if check.dangerous:
                yield f"check {agent.name}.{check.name} is dangerous: nobody could consent to it before it runs"
            parameters = list(inspect.signature(check.function).parameters.values())[1:]
            if any(parameter.default is inspect.Parameter.empty for parameter in parameters):
                yield f"check {agent.name}.{check.name} has a parameter without a default"
    for kind in (*AgentKind, None):
        try:
            convert(plain(pack.inference.of(kind)), Inference)
        except RecordInvalid as error:
            yield f"inference of {kind.value if kind else 'framing'}: {error}"
    for variation in pack.variations:
        if not variation.least < variation.most:
            yield f"variation {variation.name} has no room: {variation.least} to {variation.most}"
    variations = [each.name for each in pack.variations]
    yield from (
        f"variation {name} is declared twice"
        for name in sorted({each for each in variations if variations.count(each) > 1})
    )
    if pack.picture is not None:
        yield from _of_picture(pack.picture, fields)
    names = [FRAMER, TALKER, *(agent.name for agent in pack.agents)]
    yield from (f"agent {name} is declared twice" for name in sorted({name for name in names if names.count(name) > 1}))
    if [agent.kind for agent in pack.agents].count(AgentKind.ARBITER) != 1:
        yield "a pack has exactly one arbiter"
    if abs(sum(dimension.weight for dimension in pack.dimensions) - 1.0) > 1e-9:
        yield "the weights of the dimensions do not add up to 1"
    yield from (
        f"approval rule on field {rule.field}, which no option has"
        for rule in pack.approvals
        if rule.field not in fields
    )
    yield from (
        f"approval rule on field {rule.field} asks for {rule.people} people; it takes 1 to {MAX_PEOPLE}"
        for rule in pack.approvals
        if not 1 <= rule.people <= MAX_PEOPLE
    )
    yield from (
        f"the group of approvers {group!r} is not a word of small letters and underscores"
        for group in pack.approver_groups
        if not GROUP_NAME.fullmatch(group)
    )
    if pack.escalation and pack.escalation in {rule.group for rule in pack.approvals}:
        yield f"approvals escalate to {pack.escalation}, which is asked first; name another group"
