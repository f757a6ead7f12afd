"""Checks: the tools that the engine always runs for an agent, at once, whatever its model does."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import wait
from typing import Any

from msgspec import Struct, field, structs

from conclave.agents.consent import CallRefused, ConsentGate, consent_record
from conclave.agents.workers import Pool, kept_workers
from conclave.audit.canonical import sha256
from conclave.clock import Deadline, Monotonic, system_clock
from conclave.pack import Agent, Tool, ToolContext
from conclave.pack.tables import ReadFailed, ScopedTables, UndeclaredRead
from conclave.records.texts import tool_text
from conclave.types import AgentKind, Assessment, Gap, GapReason, ToolCall, ToolResult
from conclave.untrusted.plain_text import presentable

MODEL_RESERVE_SECONDS = 10.0
"""The part of an agent's time that checks leave, so that its model still answers."""
REPEATED_WITHIN_SECONDS = 5.0
"""A check whose tables refused sooner than this is run once more; later, a second wait would cost the model its time."""
DETAIL_CHARACTERS = 300
NOT_ENDED = "the check did not end in time"
"""Detail of the gap of a check that was still at work when the model had to be asked."""
_CODE = re.compile(r"[\w:.+/#-]{1,80}", re.ASCII)


class Executed(Struct, frozen=True):
    """A tool that ran: what it was called with, what it answered, how long it took."""

    call: ToolCall
    result: ToolResult
    arguments: Mapping[str, Any] = field(default_factory=dict)


def run_tool(
    agent: Agent,
    tool: Tool,
    context: ToolContext,
    *,
    check: bool,
    arguments: dict[str, Any],
    gate: ConsentGate | None = None,
    elapsed: Monotonic = system_clock.monotonic,
) -> Executed:
    """Runs one tool. What goes wrong is a gap, and for a check of a safety agent a mandatory one.

    A check whose tables did not answer is run once more, since a mandatory gap halts the run.

    A dangerous tool runs only when the ``gate`` lets it pass; otherwise the call is a gap of reason ``refused``, whose item
    names the binding that a person may consent to. ``elapsed`` answers seconds since the agent's work began.

    Raises:
        UndeclaredRead: The tool read what it does not declare, and the context is strict.
    """
    started = elapsed()
    binding = ""
    scoped = structs.replace(context, tables=ScopedTables(context.tables, tool.reads))
    try:
        if tool.dangerous:
            binding = _require_consent(tool, arguments, gate)
        try:
            answer = tool.function(scoped, **arguments)
        except ReadFailed:
            if not check or elapsed() - started > REPEATED_WITHIN_SECONDS:
                raise
            answer = tool.function(scoped, **arguments)
        result = _result(answer, tool, check=check)
    except CallRefused as error:
        binding = error.binding
        result = _failed(agent, tool, str(error), check=check, reason=GapReason.REFUSED, binding=binding)
    except ReadFailed as error:
        result = _failed(agent, tool, str(error), check=check)
    except UndeclaredRead as error:
        if context.strict:
            raise UndeclaredRead(f"{agent.name}.{tool.name}: {error}; declare it in @tool(reads=...)") from error
        result = _failed(agent, tool, f"{type(error).__name__}: {error}", check=check)
    except Exception as error:  # a defect in a tool must become a gap, not an agent without constraints
        # What a model called with could stand in the message, so only a check's message is kept.
        detail = f"{type(error).__name__}: {error}" if check else type(error).__name__
        result = _failed(agent, tool, detail, check=check)
    signed = tuple(structs.replace(constraint, agent=agent.name) for constraint in result.constraints)
    call = ToolCall(
        name=tool.name,
        check=check,
        duration_seconds=round(elapsed() - started, 3),
        after_seconds=round(started, 3),
        facts=len(result.facts),
        constraints=len(signed),
        gaps=len(result.gaps),
        arguments=dict(arguments) if binding else {},
        binding=binding,
    )
    return Executed(call, structs.replace(result, constraints=signed), arguments)


def run_checks(
    agent: Agent,
    context: ToolContext,
    pool: Pool = kept_workers,
    deadline: Deadline | None = None,
    elapsed: Monotonic = system_clock.monotonic,
) -> Sequence[Executed]:
    """Runs all checks of an agent at once and returns them in their declared order.

    One that has not ended when the model has to be asked is a gap like one that failed; the others count. ``elapsed`` answers
    seconds since the agent's work began.
    """
    if not agent.checks:
        return ()
    left = deadline.remaining() if deadline else None
    patience = None if left is None else max(left - MODEL_RESERVE_SECONDS, left / 2)
    begun, workers = elapsed(), pool()
    try:
        tasks = [
            workers.submit(run_tool, agent, check, context, check=True, arguments={}, elapsed=elapsed)
            for check in agent.checks
        ]
        ended, _ = wait(tasks, timeout=patience)
        return [
            task.result() if task in ended else unfinished(agent, check, begun, patience or 0.0)
            for check, task in zip(agent.checks, tasks, strict=True)
        ]
    finally:
        # Whoever waits for a check that hangs answers too late.
        workers.shutdown(wait=False, cancel_futures=True)


def answer_hash(executed: Executed) -> str:
    """The hash of what a tool was asked and answered, see ``ToolCall.hash``."""
    text = tool_text(executed.call.name, executed.arguments, executed.result)
    return sha256(f"{text.request}{text.answer}".encode())


def standing_checks(agent: Agent, earlier: Assessment, versions: Mapping[str, str]) -> Executed | None:
    """What the checks of an agent found before, where they would find the same now; ``None`` where they have to be run again.

    They depend on the run, which is the same, and on the tables that they read. So what they found stands when each of these has
    the version that it had then, and nothing failed.

    Args:
        agent: The agent.
        earlier: Its answer in this run, which holds what its checks found.
        versions: The versions of the tables that could be shown to be current by a consistent read just now.
    """
    tables = {read.partition("/")[0] for check in agent.checks for read in check.reads}
    moved = any(versions.get(table, "") != earlier.versions.get(table) for table in tables)
    failed = earlier.failure is not None or any(gap.reason is GapReason.FAILED for gap in earlier.gaps)
    if moved or failed:
        return None
    found = tuple(each for each in earlier.constraints if not each.judged)
    result = ToolResult(facts=earlier.facts, constraints=found, gaps=earlier.gaps)
    call = ToolCall(name="checks", check=True, duration_seconds=0.0, facts=0, constraints=0, gaps=0)
    return Executed(call, result)


def unfinished(agent: Agent, check: Tool, begun: float, waited: float) -> Executed:
    """What stands for a check that did not end in the seconds that were waited for it."""
    call = ToolCall(
        name=check.name,
        check=True,
        duration_seconds=round(waited, 3),
        facts=0,
        constraints=0,
        gaps=1,
        after_seconds=round(begun, 3),
    )
    return Executed(call, _failed(agent, check, NOT_ENDED, check=True))


def _result(answer: object, tool: Tool, *, check: bool) -> ToolResult:
    """The answer of a tool. Its gaps may repeat what a model called it with, and reach other agents: only codes stay."""
    if not isinstance(answer, ToolResult):
        raise TypeError("a tool answers a ToolResult")
    if check:
        return answer
    gaps = [
        structs.replace(
            gap,
            item=gap.item if _CODE.fullmatch(gap.item) else tool.name,
            detail=presentable(gap.detail, DETAIL_CHARACTERS),
        )
        for gap in answer.gaps
    ]
    return structs.replace(answer, gaps=gaps)


def _require_consent(tool: Tool, arguments: dict[str, Any], gate: ConsentGate | None) -> str:
    if gate is None:
        raise CallRefused("nobody can consent to this call")
    return gate.require(tool.name, arguments).binding


def _failed(
    agent: Agent,
    tool: Tool,
    detail: str,
    *,
    check: bool,
    reason: GapReason = GapReason.FAILED,
    binding: str = "",
) -> ToolResult:
    mandatory = check and agent.kind is AgentKind.SAFETY
    item = consent_record(binding) if binding else tool.name
    gap = Gap(tool=tool.name, item=item, reason=reason, mandatory=mandatory, detail=detail[:DETAIL_CHARACTERS])
    return ToolResult(gaps=(gap,))
