from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pytest
from conclave.agents.extraction import incident_schema
from conclave.agents.prices import TierUnknown, price_table
from conclave.agents.prompts import Prompt, system_prompt, user_prompt
from conclave.deliberation.constraints import unite
from conclave.functions.settings import SettingMissing, Settings
from conclave.money.prices import ModelPrice
from conclave.pack import (
    PackInvalid,
    PackUnknown,
    Tool,
    ToolContext,
    available_packs,
    load_pack,
)
from conclave.types import Claim, Constraint, Fact, Operator, Phase, ScoredOption, ToolResult, Usage, Verdict
from msgspec import Meta, structs
from pipe_domain import OPTIONS, make_pack

LIMIT = Constraint(
    id="pressure",
    field="pressure",
    operator=Operator.LE,
    value=6,
    unit="bar",
    hard=True,
    source="handbook 1",
    evidence_id="pipes/P1",
    reason="r",
    agent="pressure_guard",
)


def sections(prompt: Prompt) -> dict[str, str]:
    task = re.findall(r"^<(task)>(.*)</task>$", prompt.text, flags=re.MULTILINE)
    (data,) = re.findall(r"^<data-([a-z2-7]{10})>\n(.*)\n</data-\1>$", prompt.text, flags=re.MULTILINE | re.DOTALL)
    _, *parts = re.split(r"^<([a-z]+)>\n", f"{data[1]}\n", flags=re.MULTILINE)
    return dict(task) | {name: body.strip("\n") for name, body in zip(parts[::2], parts[1::2], strict=True)}


def test_sections_stand_in_order_and_empty_ones_are_left_out(tmp_path: Path) -> None:
    pack = make_pack(tmp_path)
    prompt = user_prompt(
        agent=pack.agent("buyer"),
        phase=Phase.REVISE,
        incident={"pipe": "P1"},
        options=OPTIONS,
        constraints=unite([LIMIT]),
        gaps=(),
        facts=[Fact(id="pipes/P1", kind="pipe", values={"limit": 6, "none": None})],
        peers=[
            Claim(
                agent="planner",
                kind=pack.agent("planner").kind,
                verdict=Verdict.CAUTION,
                confidence=0.5,
                constraint_ids=["c"],
                best=["O1"],
                worst=["O2"],
            )
        ],
    )
    found = sections(prompt)
    assert list(found) == ["task", "incident", "options", "constraints", "facts", "peers"]
    assert found["task"].startswith("revise. ")
    assert found["incident"] == "pipe\nP1"
    assert found["options"].splitlines()[:3] == [
        "[options 4] action=fix",
        "id,pressure,people,cost:min:1",
        "O1,9,2,100",
    ]
    assert found["constraints"].splitlines()[1] == "pressure,<=,6,bar,pressure_guard"
    assert found["facts"] == "[pipe 1]\npipes/,limit\nP1,6"
    assert found["peers"].splitlines()[1] == "planner,business,caution,0.5,O1,O2"
    assert "You are buyer." in system_prompt(pack, pack.agent("buyer"))


def test_the_arbiter_sees_scores(tmp_path: Path) -> None:
    pack = make_pack(tmp_path)
    prompt = user_prompt(
        agent=pack.arbiter,
        phase=Phase.ARBITRATE,
        incident={},
        options=OPTIONS[:1],
        constraints=(),
        gaps=(),
        facts=(),
        scored={"O1": ScoredOption(option_id="O1", scores={"safety": 0.5, "cost": 0.9}, total=0.7, violations=())},
        preferences={"O1": 0.25},
    )
    _, header, row = sections(prompt)["options"].splitlines()
    assert header.endswith("cost,total,business")
    assert row.endswith("100,0.7,0.25")


def untyped(context: ToolContext, thing: dict[str, str]) -> ToolResult:
    """Takes what no model can give.

    Args:
        context: What nobody has to give.
    """
    return ToolResult()


def test_a_pack_that_contradicts_itself_says_how(tmp_path: Path) -> None:
    pack = make_pack(tmp_path)
    pack.validate()
    buyer = structs.replace(
        pack.agent("buyer"),
        fields=("ghost",),
        time_limit=0,
        tools=(Tool(untyped, ("nowhere",)),),
        checks=(Tool(pack.agent("buyer").tools[0].function, ("parts",)),),
    )
    stranger = structs.replace(buyer, name="stranger", tools=(), checks=(), fields=())
    broken = make_pack(
        tmp_path,
        agents=(buyer, buyer, stranger),
        dimensions=pack.dimensions[:1],
        approvals=(structs.replace(pack.approvals[0], field="spirit"),),
        fields=[structs.replace(each, least=0, must=True) if each.name == "cost" else each for each in pack.fields],
    )
    with pytest.raises(PackInvalid) as caught:
        broken.validate()
    for part in (
        "buyer.untyped reads nowhere",
        "field ghost",
        "stranger has no prompts/stranger.md",
        "argument thing",
        "tool untyped describes context, which its model does not give",
        "tool untyped: say what thing is under Args in its docstring",
        "check buyer.prices_of has a parameter without a default",
        "agent buyer is declared twice",
        "exactly one arbiter",
        "do not add up to 1",
        "field spirit",
        "agent buyer has no time to answer; its time limit is 0 s",
        "field cost has more than one limit",
    ):
        assert part in str(caught.value)


@dataclass(frozen=True)
class Odd:
    """An incident with fields that a report cannot have."""

    needed: str
    when: date = date(2026, 11, 21)
    places: tuple[str, ...] = ()
    counts: dict[str, int] | None = None
    pipe: Annotated[str, Meta(pattern="^P")] = ""
    cause: Operator | None = None
    litres: float = 0.0


def test_incidents_have_plain_values_with_defaults(tmp_path: Path) -> None:
    with pytest.raises(PackInvalid) as caught:
        make_pack(tmp_path, incident=Odd).validate()
    named = [line.split()[1] for line in str(caught.value).splitlines()]
    assert named == ["needed", "when", "places", "counts"]
    assert all("plain value" in line or "max_length" in line for line in str(caught.value).splitlines())


def test_tools_describe_themselves(tmp_path: Path) -> None:
    (tool,) = make_pack(tmp_path).agent("buyer").tools
    assert tool.name == "prices_of"
    assert tool.input_schema["required"] == ["supplier"]
    assert tool.description == "What a supplier asks for parts."
    assert tool.input_schema["properties"]["parts"] == {
        "type": "array",
        "items": {"type": "string"},
        "description": "Names of parts.",
    }


def test_packs_are_found_by_name() -> None:
    assert "airline" in available_packs()
    with pytest.raises(PackUnknown, match="airline"):
        load_pack("submarine")


def test_prices_are_dated_data() -> None:
    table = price_table()
    assert table.as_of
    for tier in table.tiers:
        assert table.price(table.model(tier)).input > 0
    with pytest.raises(TierUnknown, match="fast"):
        table.model("huge")
    one = Decimal(1)
    price = ModelPrice(input=one, output=5 * one, cache_read=one / 10, cache_write=one * 5 / 4)
    usage = Usage(input_tokens=1_000_000, output_tokens=100_000, cache_read_tokens=10_000, cache_write_tokens=4_000)
    assert price.cost(usage) == 1.506


@pytest.mark.parametrize(("stage", "strict"), [("local", True), ("dev", False), ("prod", False)])
def test_defects_of_a_pack_are_raised_where_its_author_is(stage: str, strict: bool) -> None:
    assert Settings(values={"CONCLAVE_STAGE": stage}).strict is strict


def test_a_missing_setting_is_named() -> None:
    settings = Settings(values={"RUNS_TABLE": "r", "TIME_LIMIT_SECONDS": "45"})
    assert settings.runs_table == "r"
    assert settings.time_limit_seconds == 45.0
    with pytest.raises(SettingMissing, match="JOURNAL_TABLE"):
        _ = settings.journal_table


class Grade(StrEnum):
    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True)
class Graded:
    grade: Annotated[Grade, Meta(description="How bad.", extra_json_schema={"keywords": {"high": ["very"]}})] = (
        Grade.LOW
    )


def test_the_schema_keeps_what_stands_beside_a_shared_type(tmp_path: Path) -> None:
    pack = make_pack(tmp_path, incident=Graded)
    schema = incident_schema(pack, hints=True)
    assert schema["properties"]["grade"]["enum"] == ["high", "low"]
    assert schema["properties"]["grade"]["keywords"] == {"high": ["very"]}
    shown = incident_schema(pack)["properties"]["grade"]
    assert shown == {name: value for name, value in schema["properties"]["grade"].items() if name != "keywords"}
    assert shown["description"] == "How bad."
    assert "$ref" not in str(schema)
