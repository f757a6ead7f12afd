"""Checks: the tools that the engine always runs for an agent, at once, whatever its model does."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from conclave.consent import Consent, ConsentRefused
from conclave.pack import Agent, Tool, ToolContext
from conclave.tables import ReadFailed, ScopedTables
from conclave.types import AgentKind, Gap, GapReason, ToolCall, ToolResult

CHECK_WORKERS = 8


@dataclass(frozen=True, slots=True)
class Executed:
    """A tool that ran: what it answered and how long it took."""

    call: ToolCall
    result: ToolResult


def run_tool(
    agent: Agent,
    tool: Tool,
    context: ToolContext,
    *,
    check: bool,
    arguments: dict[str, Any],
    consent: Consent | None = None,
) -> Executed:
    """Runs one tool. It never raises: what goes wrong is a gap, and for a check of a safety agent a mandatory one.

    A dangerous tool runs only with ``consent``; without it, or refused by it, the call is a gap of reason ``refused``.
    """
    started = time.monotonic()
    scoped = replace(context, tables=ScopedTables(context.tables, tool.reads))
    try:
        if tool.dangerous:
            _require_consent(tool, arguments, consent)
        result = tool.function(scoped, **arguments)
    except ConsentRefused as error:
        result = _failed(agent, tool, str(error), check=check, reason=GapReason.REFUSED)
    except ReadFailed as error:
        result = _failed(agent, tool, str(error), check=check)
    except Exception as error:  # a defect in a tool must become a gap, not an agent without constraints
        # What a model called with could stand in the message, so only a check's message is kept.
        detail = f"{type(error).__name__}: {error}" if check else type(error).__name__
        result = _failed(agent, tool, detail, check=check)
    signed = tuple(replace(constraint, agent=agent.name) for constraint in result.constraints)
    call = ToolCall(
        name=tool.name,
        check=check,
        duration_seconds=round(time.monotonic() - started, 3),
        facts=len(result.facts),
        constraints=len(signed),
        gaps=len(result.gaps),
    )
    return Executed(call, replace(result, constraints=signed))


def run_checks(
    agent: Agent,
    context: ToolContext,
    pool: Callable[[int], ThreadPoolExecutor] = ThreadPoolExecutor,
) -> Sequence[Executed]:
    """Runs all checks of an agent at once and returns them in their declared order."""
    if not agent.checks:
        return ()
    with pool(min(CHECK_WORKERS, len(agent.checks))) as workers:
        tasks = [workers.submit(run_tool, agent, check, context, check=True, arguments={}) for check in agent.checks]
        return [task.result() for task in tasks]


def _require_consent(tool: Tool, arguments: dict[str, Any], consent: Consent | None) -> None:
    if consent is None:
        raise ConsentRefused("nobody can approve this call")
    consent.require(tool.name, arguments)


def _failed(agent: Agent, tool: Tool, detail: str, *, check: bool, reason: GapReason = GapReason.FAILED) -> ToolResult:
    mandatory = check and agent.kind is AgentKind.SAFETY
    gap = Gap(tool=tool.name, item=tool.name, reason=reason, mandatory=mandatory, detail=detail[:300])
    return ToolResult(gaps=(gap,))
