"""The agents of a run as a person reads them: who said what, what it took, who failed, and who changed its mind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from cli.screen.format import NOTHING, count, counted, duration, money, number
from cli.screen.option_table import WIDE, plain_table

Document = Mapping[str, Any]

VERDICT_STYLE = {"approve": "green", "caution": "yellow", "reject": "red"}

NARROW = 100
"""Columns of a terminal below which tables keep only what has to stand side by side."""


def agents_table(run: Document, *, width: int) -> RenderableType | None:
    """A table of who said what; on a narrow terminal without confidence, tokens, cost and tools."""
    agents = [each for each in run.get("agents") or () if each.get("status") != "skipped"]
    if not agents:
        return None
    table = plain_table("Agents")
    table.add_column("agent", no_wrap=width >= NARROW, overflow="fold")
    table.add_column("verdict", no_wrap=width >= NARROW, overflow="fold")
    table.add_column("time", justify="right", no_wrap=True)
    for name in ("conf.", "tokens", "cost") if width >= NARROW else ():
        table.add_column(name, justify="right", no_wrap=True)
    if width >= NARROW:
        table.add_column("tools", ratio=1 if width >= WIDE else None)
    durations = {each.get("name"): each.get("duration_seconds") for each in run.get("phases") or ()}
    phase = None
    for each in agents:
        if each.get("phase") != phase:
            phase = each.get("phase")
            table.add_row(Text(str(phase), style="bold"), "", Text(duration(durations.get(phase)), style="bold"))
        said = (_named(each), _verdict(each, run.get("decision") or {}), duration(each.get("duration_seconds")))
        table.add_row(*said, *(_effort(each, names=width >= WIDE) if width >= NARROW else ()))
    return table


def _effort(agent: Document, *, names: bool) -> tuple[RenderableType, ...]:
    """Confidence, tokens, cost and tools of an agent."""
    return (
        number(agent.get("confidence")) if agent.get("status") == "ok" else NOTHING,
        f"{count(agent.get('input_tokens'))} → {count(agent.get('output_tokens'))}",
        money(agent.get("cost_usd")),
        Text(tools(agent, names=names), style="dim"),
    )


def _named(agent: Document) -> Text:
    name, kind = str(agent.get("name")), str(agent.get("kind", ""))
    return Text(f"  {name}").append("" if kind == name else f" {kind}", style="dim")


def failure_line(agent: Document) -> Text:
    """Which agent failed, in which phase and of what."""
    failure = agent.get("failure") or {}
    text = Text("• ").append(str(agent.get("name")), style="bold").append(f" in {agent.get('phase')}: ")
    return text.append(f"{failure.get('error')}: {failure.get('cause')}", style="red")


def _verdict(agent: Document, decision: Document) -> Text:
    verdict = agent.get("verdict")
    if agent.get("kind") == "arbiter" and agent.get("status") == "ok" and decision:
        return Text(f"chose {decision.get('option_id')}", style="green")
    if not verdict:
        status = str(agent.get("status", ""))
        return Text(status, style={"unavailable": "red", "running": "cyan"}.get(status, "dim"))
    text = Text(str(verdict), style=VERDICT_STYLE.get(verdict, ""))
    return text.append(f", {agent['stance']}" if agent.get("stance") else "", style="dim")


def tools(agent: Document, *, names: bool = True) -> str:
    """The tools that an agent used: their names, or how many."""
    calls = agent.get("tool_calls") or ()
    if isinstance(calls, int):
        return str(calls)
    if not calls:
        return NOTHING
    named = [str(call.get("name", "")) if isinstance(call, Mapping) else str(call) for call in calls]
    return ", ".join(named) if names else str(len(named))


def revision_line(revision: Document) -> Text:
    """Who was asked again, and what that changed."""
    text = Text("• ").append(str(revision.get("agent")), style="bold")
    if not revision.get("stance"):
        return text.append(": gave no answer")
    changes = [
        counted(revision.get("scores"), "score") if revision.get("scores") else "",
        "its favourite" if revision.get("favourite") else "",
        "its verdict" if revision.get("verdict") else "",
        counted(revision.get("constraints"), "constraint") + " more" if revision.get("constraints") else "",
    ]
    told = ", ".join(filter(None, changes))
    return text.append(f", {revision['stance']}", style="dim").append(f": {told or 'nothing changed'}")
