"""Where the time and money of runs go, by part: agents, models, tools, phases; and what of it stands out. From traces alone."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from cli.screen.format import NO_RUN, count, counted, duration, money, words
from cli.screen.option_table import plain_table

Document = Mapping[str, Any]

_METRICS = {
    "run": "RunSeconds",
    "phase": "PhaseSeconds",
    "agent": "AgentSeconds",
    "model": "ModelSeconds",
    "tool": "ToolSeconds",
}
"""The metric under which the duration of a kind of span has its threshold."""
_KINDS = tuple(_METRICS)
_OFTEN = 0.05
"""A share of failed calls from which on it is worth a word."""
_SLOWEST = 10


def profile_of(traces: Iterable[Document], slow_seconds: Mapping[str, float]) -> dict[str, Any]:
    """The profile of some runs, ready for JSON.

    Args:
        traces: Their traces, as the API answers them.
        slow_seconds: Thresholds of the stage by the name of a duration's metric.

    Returns:
        ``runs``, the number of them; ``parts``, for each kind and name its calls, seconds (``total``, ``median``, ``p95``,
        ``most``, ``waited_for``), failures, tokens and cost, what was waited for longest first; ``slow``, the slowest operations
        beyond their threshold; ``advice``, one line for each thing that stands out.
    """
    grouped: dict[tuple[str, str], list[Document]] = defaultdict(list)
    slow: list[dict[str, Any]] = []
    runs, repeated = 0, Counter[str]()
    for trace in traces:
        runs += 1
        within: Counter[tuple[str, str]] = Counter()
        for span in trace.get("spans") or ():
            kind, name = str(span["kind"]), str(span["name"])
            if kind not in _METRICS:
                continue
            grouped[kind, "runs" if kind == "run" else name].append(span)
            took, most = span.get("duration_seconds"), slow_seconds.get(_METRICS[kind], math.inf)
            if took is not None and took > most:
                slow.append({"run_id": trace["run_id"], "id": span["id"], "kind": kind, "seconds": took, "over": most})
            if kind == "tool":
                within[str(span["parent"]), name] += 1
        repeated.update(name for (_, name), times in within.items() if times > 1)
    parts = [_part(kind, name, spans) for (kind, name), spans in grouped.items()]
    parts.sort(key=lambda each: (_KINDS.index(each["kind"]), -each["waited_for"], -each["total"], each["name"]))
    slow.sort(key=lambda each: -each["seconds"])
    return {"runs": runs, "parts": parts, "slow": slow[:_SLOWEST], "advice": _advice(parts, repeated, len(slow))}


def _part(kind: str, name: str, spans: Sequence[Document]) -> dict[str, Any]:
    seconds = sorted(each["duration_seconds"] for each in spans if each.get("duration_seconds") is not None)
    return {
        "kind": kind,
        "name": name,
        "calls": len(spans),
        "total": round(math.fsum(seconds), 3),
        "median": _percentile(seconds, 0.5),
        "p95": _percentile(seconds, 0.95),
        "most": seconds[-1] if seconds else None,
        "waited_for": round(math.fsum(each.get("critical_seconds") or 0.0 for each in spans), 3),
        "failed": sum(bool(each.get("error")) for each in spans),
        "tokens": sum(each.get("tokens") or 0 for each in spans),
        "cost": round(math.fsum(each.get("cost") or 0.0 for each in spans), 9),
    }


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    return round(ordered[math.ceil(share * len(ordered)) - 1], 3) if ordered else None


def _advice(parts: Sequence[Document], repeated: Mapping[str, int], slow: int) -> list[str]:
    told = []
    whole = math.fsum(each["waited_for"] for each in parts)
    if parts and whole:
        first = max(parts, key=lambda each: each["waited_for"])
        share = first["waited_for"] / whole
        told.append(f"{share:.0%} of the time was spent in {_named(first)} itself; nothing else saves as much")
    told += [
        f"{_named(each)} failed {count(each['failed'])} of {count(each['calls'])} times"
        for each in parts
        if each["kind"] in ("model", "agent") and each["failed"] > _OFTEN * each["calls"]
    ]
    told += [
        f"tool {name} was called more than once by the same agent in {counted(times, 'case')}; its answer can be kept"
        for name, times in sorted(repeated.items())
    ]
    if slow > _SLOWEST:
        told.append(f"{count(slow)} operations were slow; the slowest {_SLOWEST} are listed")
    return told


def _named(part: Document) -> str:
    return "the runs" if part["kind"] == "run" else f"{part['kind']} {part['name']}"


def profile_view(profile: Document) -> RenderableType:
    """The profile for a terminal."""
    if not profile["runs"]:
        return NO_RUN
    table = plain_table("")
    table.add_column("part", overflow="fold")
    for name in ("calls", "waited for", "total", "median", "p95", "failed", "tokens", "cost"):
        table.add_column(name, justify="right")
    for each in profile["parts"]:
        table.add_row(
            f"{each['kind']} {words(each['name']) if each['kind'] != 'model' else each['name']}",
            count(each["calls"]),
            duration(each["waited_for"]),
            duration(each["total"]),
            duration(each["median"]),
            duration(each["p95"]),
            count(each["failed"]),
            count(each["tokens"]),
            money(each["cost"]),
        )
    slow = [
        Text(f"slow: {each['run_id']} {each['id']} took {duration(each['seconds'])}, over {duration(each['over'])}")
        for each in profile["slow"]
    ]
    head = Text(counted(profile["runs"], "run"), style="bold")
    return Group(head, table, *slow, *(Text(each) for each in profile["advice"]))
