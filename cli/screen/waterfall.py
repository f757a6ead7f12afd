"""The trace of a run as a waterfall: a line for each span, its time as a bar, and what the run waited for.

The renderables are built from the JSON that the API answers. Nothing here knows a domain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.screen.format import NOTHING, count, counted, duration, money, words
from cli.screen.option_table import plain_table

Document = Mapping[str, Any]

WAITED, BESIDE = "\N{FULL BLOCK}", "\N{LIGHT SHADE}"
"""What bars are made of: time that the run waited for, and time beside it."""
ERASED = "erased"
_FIGURES = 30
"""Columns of duration, tokens, cost, and the blanks between."""
_LEAST_BAR, _LONGEST_NAME = 10, 44
_SHARES = 5
"""How many of the longest waits are told in words."""


def waterfall_view(trace: Document, *, width: int) -> RenderableType:
    """The whole trace, for a terminal of ``width`` columns."""
    spans: Sequence[Document] = trace.get("spans") or ()
    parts: list[RenderableType] = [_header(trace), _lines(trace, spans, width), _critical(trace, spans)]
    if trace.get("texts") == ERASED:
        parts.append(Text("The texts of the run are erased; times, tokens and cost stay.", style="dim"))
    if any(each.get("start") is None for each in spans):
        parts.append(Text("A span without a bar: nobody wrote down when it was.", style="dim"))
    return Group(*parts)


def _header(trace: Document) -> Text:
    totals = trace.get("totals") or {}
    text = Text(f"{trace.get('run_id')}  {words(str(trace.get('status')))}", style="bold")
    tokens = (totals.get("input_tokens") or 0) + (totals.get("output_tokens") or 0)
    calls = counted(totals.get("model_calls"), "model call")
    took = f"{duration(totals.get('duration_seconds'))}{' so far' if trace.get('end') is None else ''}"
    return text.append(f"\n{took}, {calls}, {count(tokens)} tokens, {money(totals.get('cost_usd'))}", style="not bold")


def _lines(trace: Document, spans: Sequence[Document], width: int) -> Table:
    names = {str(each["id"]): _name(each) for each in spans}
    longest = min(
        max(map(len, names.values()), default=0), _LONGEST_NAME, max(_LEAST_BAR, width - _FIGURES - _LEAST_BAR)
    )
    room = max(_LEAST_BAR, width - _FIGURES - longest)
    table = plain_table("")
    table.add_column("span", no_wrap=True, width=longest, overflow="ellipsis")
    table.add_column("", no_wrap=True, width=room)
    for name in ("took", "tokens", "cost"):
        table.add_column(name, justify="right", no_wrap=True)
    sums = _sums(spans)
    for each in spans:
        tokens, cost = sums[str(each["id"])]
        table.add_row(
            Text(names[str(each["id"])], style=_style(each)),
            bar(each, trace, room),
            duration(each.get("duration_seconds")),
            count(tokens) if tokens else "",
            money(cost) if tokens or cost else "",
            style="" if each.get("critical_seconds") is not None else "dim",
        )
    return table


def _name(span: Document) -> str:
    """Its name, as far in as it lies within others; what is not plainly well stands beside it."""
    indent = "  " * str(span["id"]).count("/")
    told = span.get("stop_reason") or span.get("error") or ("" if span.get("status") == "ok" else span.get("status"))
    kind = "" if span.get("kind") in {"phase", "wait"} else f"{span.get('kind')} "
    return f"{indent}{kind}{span.get('name')}{f' ({words(str(told))})' if told else ''}"


def _style(span: Document) -> str:
    if span.get("error"):
        return "red"
    return "bold" if span.get("kind") in {"run", "phase"} else ""


def _sums(spans: Sequence[Document]) -> dict[str, tuple[int, float]]:
    """Tokens and cost of each span with those of all spans within it."""
    parents = {str(each["id"]): str(each.get("parent") or "") for each in spans}
    sums = dict.fromkeys(parents, (0, 0.0))
    for each in spans:
        of = str(each["id"])
        while of in sums:
            tokens, cost = sums[of]
            sums[of] = tokens + (each.get("tokens") or 0), cost + (each.get("cost") or 0.0)
            of = parents[of]
    return sums


def bar(span: Document, trace: Document, room: int) -> str:
    """A span as a bar of at most ``room`` columns, which stand for the whole run; empty where its time is not known."""
    lasted = float((trace.get("totals") or {}).get("duration_seconds") or 0.0)
    if span.get("start") is None or lasted <= 0:
        return ""
    begun = _seconds(str(trace["start"]), str(span["start"]))
    ended = _seconds(str(trace["start"]), str(span["end"])) if span.get("end") else lasted
    first = min(room - 1, max(0, int(begun / lasted * room)))
    last = min(room, max(first + 1, round(ended / lasted * room)))
    mark = BESIDE if span.get("critical_seconds") is None else WAITED
    return " " * first + mark * (last - first)


def _seconds(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def _critical(trace: Document, spans: Sequence[Document]) -> Text:
    """What the run waited for longest, in words, each with its share."""
    lasted = float((trace.get("totals") or {}).get("duration_seconds") or 0.0)
    waited = [each for each in spans if each.get("critical_seconds")]
    longest = sorted(waited, key=lambda each: -float(each["critical_seconds"]))[:_SHARES]
    text = Text("Critical path", style="bold").append(
        f"  {WAITED} the run waited for it, {BESIDE} beside it\n", "not bold"
    )
    if not longest or lasted <= 0:
        return text.append(NOTHING, "not bold")
    told = [
        f"{duration(each['critical_seconds'])} ({100 * each['critical_seconds'] / lasted:.0f} %)  {_place(each)}"
        for each in longest
    ]
    return text.append("\n".join(told), "not bold")


def _place(span: Document) -> str:
    path = " > ".join(str(span["id"]).split("/")[1:]) or "run"
    if span.get("kind") in {"model", "tool"}:
        return f"{path}  {span.get('name')}"
    return path if span.get("kind") == "wait" else f"{path}, outside of its parts"
