"""Synthesised templates of a small pack, once per process, without bundling and without an account."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import pytest
from conclave.pack import Agent, Dimension, Fed, Feeds, Field, Pack, Tool
from conclave.pack.tables import Index, Table
from conclave.types import AgentKind, Plan, ToolResult
from msgspec import Meta

from infra.application import App, Stacks, build
from infra.stage import Stage, adapted, find_stage

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Deployed:
    """A stage of a pack as CloudFormation gets it.

    ``resources`` holds the resources of all three stacks by logical id; ids are unique across them.
    """

    stage: Stage
    pack: Pack
    stacks: Stacks
    data: Mapping[str, Any]
    engine: Mapping[str, Any]
    operations: Mapping[str, Any]

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        return {**self.data["Resources"], **self.engine["Resources"], **self.operations["Resources"]}

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        return {id: each["Properties"] for id, each in self.resources.items() if each["Type"] == kind}

    def function(self, name: str) -> dict[str, Any]:
        wanted = f"{self.stage.prefix(self.pack)}-{name}"
        (found,) = (each for each in self.of_type("AWS::Lambda::Function").values() if each["FunctionName"] == wanted)
        return found


class Cause(StrEnum):
    """Why."""

    WORN = "worn"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a thing."""

    name: Annotated[str, Meta(max_length=9)] = ""
    count: Annotated[int, Meta(ge=0, le=9)] = 0


@dataclass(frozen=True, kw_only=True)
class Incident:
    """A thing that does not work."""

    thing: Annotated[str, Meta(pattern="^(T[0-9]{1,4})?$")] = ""
    cause: Cause | None = None
    days: Annotated[int, Meta(ge=0, le=400)] = 0
    weight: float = 0.0
    urgent: bool = False
    parts: Annotated[tuple[Part, ...], Meta(max_length=2)] = ()
    words: Annotated[tuple[Annotated[str, Meta(max_length=9)], ...], Meta(max_length=2)] = ()


def look(context: Any) -> ToolResult:
    """Looks."""
    return ToolResult()


def _agent(name: str, kind: AgentKind, tier: str, *reads: str) -> Agent:
    return Agent(
        name=name,
        title=name.title(),
        kind=kind,
        tier=tier,
        fields=["days"],
        checks=[Tool(look, reads)] if reads else (),
    )


PACK = Pack(
    name="small",
    title="Small",
    version="1",
    incident=Incident,
    tables=[
        Table(name="things", key="id"),
        Table(name="spare_parts", key="id", sort_key="depot", indexes=[Index(name="by_depot", key="depot")]),
    ],
    fields=[Field(name="days", type=int, unit="", description="Days")],
    agents=[
        _agent("guard", AgentKind.SAFETY, "fast", "things", "spare_parts/by_depot"),
        _agent("cost_watch", AgentKind.BUSINESS, "balanced", "spare_parts"),
        _agent("arbiter", AgentKind.ARBITER, "strong"),
    ],
    dimensions=[Dimension(name="cost", weight=1.0, score=lambda fields: 1.0)],
    approvals=[],
    resolve=lambda incident, tables, now: incident,
    resolve_reads=["things"],
    plan=lambda incident, tables, now: Plan(options=(), facts=()),
    plan_reads=["spare_parts/by_depot"],
    summarise=str,
    sample=lambda date, seed: {},
    examples=lambda date: (),
    typed_example=lambda date: {},
    folder=Path(__file__).parent,
    masked={"token": "T[0-9]{4}"},
    feeds=Feeds(
        kinds={"counts": ("spare_parts",)},
        read=lambda texts, near, tables: Fed(put={}, remove={}, read={}, faults=(), warnings=()),
        reads=("things",),
    ),
)


def _synthesise(
    stage: Stage, pack: Pack, *, out: Path, notify: tuple[str, ...] = (), also: Callable[[App], None] = lambda app: None
) -> Deployed:
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = App(context={**context, "aws:cdk:bundling-stacks": []}, outdir=str(out))
    stacks = build(app, stage=stage, pack=pack, notify=notify)
    also(app)
    assembly = Path(app.synth().directory)

    def template(part: str) -> dict[str, Any]:
        text = (assembly / f"{stage.stack(pack, part)}.template.json").read_text(encoding="utf-8")
        return dict(json.loads(text))

    return Deployed(
        stage=stage,
        pack=pack,
        stacks=stacks,
        data=template("data"),
        engine=template("engine"),
        operations=template("operations"),
    )


@pytest.fixture(scope="session")
def pack() -> Pack:
    return PACK


@pytest.fixture(scope="session")
def synthesise() -> Callable[..., Deployed]:
    """Synthesises a stage of a pack into ``out``, after ``also`` had a look at the app."""
    return _synthesise


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Deployed]:
    """The templates of a stage by its name (``prod``, ``prod regulated``), synthesised on first use."""

    @cache
    def of(stage: str) -> Deployed:
        name, _, more = stage.partition(" ")
        wanted = adapted(find_stage(name), regulated=more == "regulated", user_pool_arn="")
        return _synthesise(wanted, PACK, out=tmp_path_factory.mktemp(f"cdk.out.{name}"))

    return of


@pytest.fixture(scope="session")
def prod(deployed: Callable[[str], Deployed]) -> Deployed:
    return deployed("prod")


@pytest.fixture(scope="session")
def regulated(deployed: Callable[[str], Deployed]) -> Deployed:
    return deployed("prod regulated")


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[..., Deployed]:
    """Synthesises a stage of a pack that a test has changed."""

    def make(stage: Stage, pack: Pack, *, notify: tuple[str, ...] = ()) -> Deployed:
        return _synthesise(stage, pack, notify=notify, out=tmp_path)

    return make
