"""A pack's declarations, tables and columns. Authors of packs import from here, and from ``conclave.language``."""

import importlib
from typing import TYPE_CHECKING, Any

from conclave import later
from conclave.pack.arbitration import ArbitrationLimits
from conclave.pack.declarations import (
    FRAMER,
    TALKER,
    Agent,
    ApprovalRule,
    Dimension,
    Field,
    Inferences,
    Objective,
    Pack,
    PackInvalid,
    PackUnknown,
    Tool,
    ToolContext,
    Unresolvable,
    Unvaried,
    Variation,
    available_packs,
    load_pack,
    tool,
)
from conclave.pack.feeding import Fed, FeedFault, FeedIncident, Feeds
from conclave.pack.plain_reading import PlainReading
from conclave.pack.signatures import open_question
from conclave.pack.tables import Batch, Between, Index, Item, Key, Only, Table, Tables, Varied
from conclave.routing.inference import Inference
from conclave.types import (
    AgentKind,
    Bar,
    BarState,
    Complexity,
    Constraint,
    Drawing,
    Fact,
    Gap,
    GapReason,
    LaneKind,
    Operator,
    Option,
    Phase,
    Picture,
    Place,
    Plan,
    Reported,
    ToolResult,
    Value,
)

if TYPE_CHECKING:
    from conclave.pack.csv_columns import Column, Doubt, Empty, Kind
    from conclave.pack.zones_and_countries import read_country, read_zone

__all__ = [
    "FRAMER",
    "TALKER",
    "Agent",
    "AgentKind",
    "ApprovalRule",
    "ArbitrationLimits",
    "Bar",
    "BarState",
    "Batch",
    "Between",
    "Column",
    "Complexity",
    "Constraint",
    "Dimension",
    "Doubt",
    "Drawing",
    "Empty",
    "Fact",
    "Fed",
    "FeedFault",
    "FeedIncident",
    "Feeds",
    "Field",
    "Gap",
    "GapReason",
    "Index",
    "Inference",
    "Inferences",
    "Item",
    "Key",
    "Kind",
    "LaneKind",
    "Objective",
    "Only",
    "Operator",
    "Option",
    "Pack",
    "PackInvalid",
    "PackUnknown",
    "Phase",
    "Picture",
    "Place",
    "PlainReading",
    "Plan",
    "Reported",
    "Table",
    "Tables",
    "Tool",
    "ToolContext",
    "ToolResult",
    "Unresolvable",
    "Unvaried",
    "Value",
    "Variation",
    "Varied",
    "available_packs",
    "later",
    "load_pack",
    "open_question",
    "read_country",
    "read_zone",
    "tool",
]

_OF_FILES = {
    **dict.fromkeys(("Column", "Doubt", "Empty", "Kind"), "conclave.pack.csv_columns"),
    **dict.fromkeys(("read_country", "read_zone"), "conclave.pack.zones_and_countries"),
}
"""What only those need who read files of a user; no function does."""


def __getattr__(name: str) -> Any:
    if name not in _OF_FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_OF_FILES[name]), name)
