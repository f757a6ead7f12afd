"""What runs cost, added up by agent, phase, model, run, day or call, and what records say could cost less. Made from traces."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from cli.ports import Document
from cli.screen.format import NO_RUN, count, counted, money
from cli.screen.option_table import plain_table
from cli.screen.recommendations import recommendations

FIGURES = (
    "cost_usd",
    "reserved_usd",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "model_calls",
)
NOBODY = "(functions without an answer)"
"""Stands for what is reserved for functions that left nothing."""


def costs_of(traces: Iterable[Document], by: str, slow_seconds: float = math.inf) -> Document:
    """The costs of runs.

    Args:
        traces: Traces of runs.
        by: ``agent``, ``phase``, ``model``, ``run``, ``day`` or ``call``.
        slow_seconds: From which duration on a tool is slow.

    Returns:
        ``rows`` (the dearest first, each with its figures and its ``share`` of all money, 0 to 1), ``totals`` and
        ``recommendations``. Sums of money are exact.
    """
    every = list(traces)
    rows: dict[str, dict[str, Decimal]] = {}
    for trace in every:
        for span in trace.get("spans") or ():
            figures = _figures(span)
            if any(figures.values()):
                row = rows.setdefault(_name(trace, span, by), dict.fromkeys(FIGURES, Decimal(0)))
                for name, value in figures.items():
                    row[name] += value
    totals = {name: sum((row[name] for row in rows.values()), Decimal(0)) for name in FIGURES}
    whole = _spent(totals)
    return {
        "runs": len(every),
        "by": by,
        "rows": [
            {"name": name, **_plain(row), "share": round(float(_spent(row) / whole), 4) if whole else 0.0}
            for name, row in sorted(rows.items(), key=lambda item: (-_spent(item[1]), item[0]))
        ],
        "totals": _plain(totals),
        "recommendations": recommendations(every, slow_seconds),
    }


def _figures(span: Document) -> dict[str, Decimal]:
    known = {**span, "cost_usd": span.get("cost")}
    return {name: Decimal(str(known.get(name) or 0)) for name in FIGURES}


def _spent(figures: Mapping[str, Decimal]) -> Decimal:
    return figures["cost_usd"] + figures["reserved_usd"]


def _plain(figures: Mapping[str, Decimal]) -> dict[str, Any]:
    return {name: float(value) if name.endswith("_usd") else int(value) for name, value in figures.items()}


def _name(trace: Document, span: Document, by: str) -> str:
    """The row that a span counts in. A span's id is its path: ``run/recommend/cargo/model-1``."""
    path = [*str(span.get("id")).split("/"), "", ""]
    names = {
        "agent": path[2] or NOBODY,
        "phase": path[1] or NOBODY,
        "model": str(span.get("name")) if span.get("kind") == "model" else NOBODY,
        "run": str(trace.get("run_id")),
        "day": str(trace.get("start"))[:10],
    }
    return names[by] if by in names else f"{trace.get('run_id')}: {span.get('id')}"


def costs_view(document: Document) -> RenderableType:
    """The costs for a terminal; ``more`` of the document says that the day has runs that are not added up."""
    if not document["runs"]:
        return NO_RUN
    totals = document["totals"]
    table = plain_table("")
    table.add_column(str(document["by"]), overflow="fold")
    for name in ("cost", "reserved", "share", "calls", "input", "cached", "output"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in [*document["rows"], {"name": "together", "share": 1.0 if document["rows"] else 0.0, **totals}]:
        table.add_row(
            str(row["name"]),
            money(row["cost_usd"]),
            money(row["reserved_usd"]) if row["reserved_usd"] else "",
            f"{row['share']:.0%}",
            count(row["model_calls"]),
            count(row["input_tokens"]),
            count(row["cache_read_tokens"]),
            count(row["output_tokens"]),
        )
    parts: list[RenderableType] = [Text(f"Cost of {counted(document['runs'], 'run')}", style="bold"), table]
    if document.get("more"):
        parts.append(Text("the day has more runs, which are not added up here: --limit N takes more (100 at most)"))
    if totals["reserved_usd"]:
        parts.append(
            Text("reserved: for calls of which nobody reported anything; the most that they can have cost", style="dim")
        )
    if document["recommendations"]:
        parts.append(Text("Could cost less", style="bold"))
        parts += [
            Text("• ").append(str(each["about"]), style="bold").append(f": {each['detail']}")
            for each in document["recommendations"]
        ]
    return Group(*parts)
