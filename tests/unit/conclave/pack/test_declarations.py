from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conclave.pack import (
    Constraint,
    Fed,
    Feeds,
    Field,
    LaneKind,
    Operator,
    PackInvalid,
    Picture,
    ToolContext,
    ToolResult,
    tool,
)
from pipe_domain import make_pack

ABOUT: dict[str, str] = {"source": "handbook 1", "evidence_id": "pipes/P1", "reason": "the pipe bears no more"}


@pytest.mark.parametrize(
    ("limit", "operator", "value"),
    [
        ({"least": 0}, Operator.GE, 0),
        ({"most": 2.5}, Operator.LE, 2.5),
        ({"must": False}, Operator.EQ, False),
        ({"must": "V1"}, Operator.EQ, "V1"),
    ],
)
def test_the_limit_of_a_field_is_a_hard_constraint(limit: dict[str, Any], operator: Operator, value: Any) -> None:
    field = Field(name="pressure", type=float, unit="bar", description="after the fix", **limit)
    assert field.limits == ((operator, value),)
    assert field.constraint("pressure", **ABOUT) == Constraint(
        id="pressure", field="pressure", operator=operator, value=value, unit="bar", hard=True, **ABOUT
    )


def test_a_field_without_a_limit_makes_no_constraint() -> None:
    field = Field(name="pressure", type=float, unit="bar", description="after the fix")
    assert field.limits == ()
    with pytest.raises(PackInvalid, match=r"^field pressure has no limit; declare least, most or must$"):
        field.constraint("pressure", **ABOUT)


def test_a_model_reads_of_an_argument_what_the_docstring_says_of_it() -> None:
    @tool(reads=("valves/by_street",))
    def valves(context: ToolContext, street: str, most: int = 5) -> ToolResult:
        """Valves of a street.

        The nearest come first.

        Args:
            street: Its name as on the map,
                without the number.
            most: How many.

        Raises:
            ReadFailed: The map did not answer.
        """
        return ToolResult()

    assert (valves.name, valves.reads, valves.dangerous) == ("valves", ("valves/by_street",), False)
    assert valves.description == "Valves of a street."
    assert valves.input_schema == {
        "type": "object",
        "properties": {
            "street": {"type": "string", "description": "Its name as on the map, without the number."},
            "most": {"type": "integer", "description": "How many."},
        },
        "required": ["street"],
    }


def test_a_model_that_changes_a_schema_changes_its_own_copy() -> None:
    @tool(reads=())
    def pumps(context: ToolContext, most: int) -> ToolResult:
        """Pumps of the town."""
        return ToolResult()

    pumps.input_schema["properties"].clear()
    assert pumps.spec["inputSchema"]["json"]["properties"] == {"most": {"type": "integer"}}


def test_a_picture_shows_fields_that_options_have_on_lanes_of_their_own(tmp_path: Path) -> None:
    picture = Picture(
        lanes=[LaneKind(name=name, title="Pumps") for name in ("pumps", "pumps", "a/b")], figures=("cost", "colour")
    )
    with pytest.raises(PackInvalid) as refused:
        make_pack(tmp_path, picture=picture).validate()
    assert str(refused.value).splitlines() == [
        "the picture shows field colour, which no option has",
        "lane pumps is declared twice",
        "lane a/b has a slash in its name",
    ]


def test_feeds_that_write_or_read_what_is_not_declared_are_refused(tmp_path: Path) -> None:
    feeds = Feeds(
        kinds={"gauges": ("gauges", "pipes")},
        read=lambda texts, near, tables: Fed(put={}, remove={}, read={}, faults=(), warnings=()),
        reads=("pipes/by_street",),
    )
    with pytest.raises(PackInvalid) as refused:
        make_pack(tmp_path, feeds=feeds).validate()
    assert str(refused.value).splitlines() == [
        "feeds reads pipes/by_street, which no table declares",
        "feeds write gauges, which is not a table",
    ]
    assert feeds.tables == ("gauges", "pipes")
    assert (feeds.behind("pipes", {"gauges": 1}), feeds.behind("parts", {"gauges": 1})) == ("gauges", "")
