"""The trace of a run, from its records alone: model call and tool under agent under phase under run, and the critical path."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from msgspec import Struct, structs

from conclave.api.documents import PHASES, Answers, answers_of, begun_phases, entries_of, taken_over, usage_figures
from conclave.api.spans import RUNNING, Span, SpanKind, critical_seconds
from conclave.clock import Clock, parse_timestamp, seconds_between, timestamp
from conclave.codec import RecordInvalid, decode
from conclave.codes import Moment
from conclave.money.usage import beyond, total_usage
from conclave.otlp import ROOT
from conclave.pack import FRAMER, Pack
from conclave.records.journal import FRAME_PHASE, Journal
from conclave.records.run_records import RunRecords, records_of
from conclave.records.runs import Run, RunStore
from conclave.records.untrusted_entries import Entries
from conclave.types import Assessment, Choice, Exchange, Phase, RunStatus, ToolCall, Usage

FOREVER_SECONDS = 86_400.0 * 400
"""Longer than any run: an agent that was taken over writes what times it likes."""


class _Started(Struct, frozen=True):
    """The entry of an agent that has begun."""

    at: str


def trace_document(run_id: str, *, pack: Pack, runs: RunStore, journal: Journal, clock: Clock) -> dict[str, Any]:
    """The spans of a run and its critical path; raises ``RunNotFound``. Plain values, ready for JSON.

    The figures of a span are its own: the sum over all spans is the run's, as ``totals`` and ``run_document`` say it. Erasing
    texts takes no span away. What goes on has no end, and counts up to now.
    """
    records = records_of(run_id, runs, pack)
    run = records.run
    now = timestamp(clock()) if run.status is RunStatus.RUNNING else run.updated_at
    spans = spans_of(records, entries_of(records, journal))
    lasted = seconds_between(run.created_at, now)
    critical = critical_seconds(spans, lasted)
    return {
        "run_id": run_id,
        "status": run.status.value,
        "texts": run.texts.value,
        "start": run.created_at,
        "end": now if run.status is not RunStatus.RUNNING else None,
        "spans": [_span(span, run.created_at, critical.get(span.id)) for span in spans],
        "critical_path": list(critical),
        "totals": {"duration_seconds": lasted, **usage_figures(total_usage(each.usage for each in spans))},
        "facts": _facts(records),
        "tools": _tools_called(records),
        "offered": _offered(records, pack),
        "choice": _choice(records, spans),
    }


def _facts(records: RunRecords) -> list[dict[str, Any]]:
    """The facts that agents were shown, by agent, phase and kind, and on how many a constraint rests; none once erased."""
    cited = {each.evidence_id for answer in records.assessments.values() for each in answer.constraints}
    shown: dict[tuple[str, str, str], list[bool]] = {}
    for (phase, agent), answer in records.assessments.items():
        for fact in answer.facts:
            shown.setdefault((agent, phase.value, fact.kind), []).append(fact.id in cited)
    return [
        {"agent": agent, "phase": phase, "kind": kind, "shown": len(each), "cited": sum(each)}
        for (agent, phase, kind), each in shown.items()
    ]


def _tools_called(records: RunRecords) -> list[dict[str, Any]]:
    """Every call of a check or tool; ``hash`` is equal where question and answer were the same."""
    return [
        {
            "agent": agent,
            "phase": phase.value,
            "name": call.name,
            "check": call.check,
            "duration_seconds": call.duration_seconds,
            "hash": call.hash,
        }
        for (phase, agent), answer in records.assessments.items()
        for call in answer.tool_calls
    ]


def _offered(records: RunRecords, pack: Pack) -> dict[str, list[str]]:
    """The tools that the models of agents could call, by agent that was asked; none where the pack is another by now."""
    if (pack.name, pack.version) != (records.manifest.pack, records.manifest.version) or records.frame is None:
        return {}
    options = records.frame.options
    asked = {
        agent for (phase, agent), answer in records.assessments.items() if phase is Phase.RECOMMEND and answer.exchanges
    }
    return {
        agent.name: [tool.name for tool in agent.tools if tool.fits(options)]
        for agent in pack.specialists
        if agent.name in asked
    }


def _choice(records: RunRecords, spans: Sequence[Span]) -> dict[str, Any] | None:
    """What the arbiter chose, with which model, and whether it stood first by total anyway; ``None`` without a choice."""
    decision = records.decision
    if decision is None or not decision.option_id or not decision.options:
        return None
    of = f"{ROOT}/{Phase.ARBITRATE}/{records.manifest.arbiter.name}"
    models = [span.name for span in spans if span.parent == of and span.kind is SpanKind.MODEL and not span.error]
    best = max(each.total for each in decision.options if not each.violations)
    return {
        "option_id": decision.option_id,
        "model": models[-1] if models else "",
        "stood_first": decision.total >= best,
    }


def _span(span: Span, origin: str, critical: float | None) -> dict[str, Any]:
    figures = usage_figures(span.usage)
    took = None if span.start is None or span.end is None else round(span.end - span.start, 3)
    return {
        "id": span.id,
        "parent": span.parent or None,
        "name": span.name,
        "kind": span.kind.value,
        "start": _moment(origin, span.start),
        "end": _moment(origin, span.end),
        "duration_seconds": took,
        "critical_seconds": critical,
        "status": span.status,
        "stop_reason": span.stop_reason,
        "error": span.error,
        "tokens": figures["input_tokens"] + figures["output_tokens"],
        "cost": figures.pop("cost_usd"),
        **figures,
    }


def _moment(origin: str, seconds: float | None) -> str | None:
    return None if seconds is None else timestamp(parse_timestamp(origin) + timedelta(seconds=seconds))


def spans_of(records: RunRecords, entries: Entries) -> list[Span]:
    """The spans of a run: each before those within it, phases and agents in their order."""
    run = records.run
    end = None if run.status is RunStatus.RUNNING else seconds_between(run.created_at, run.updated_at)
    before = taken_over(run)
    answers = [each for each in answers_of(records, entries) if each[1] not in before]
    spans = [
        Span(id=ROOT, parent="", name=run.run_id, kind=SpanKind.RUN, start=0.0, end=end, status=run.status.value),
        *_waiting(run),
    ]
    for phase in _phases(run, entries, answers, end):
        spans.append(phase)
        if phase.name == FRAME_PHASE:
            spans += _framing(records, phase)
        answered = {agent.name: answer for agent, of, answer in answers if of == phase.name}
        for agent in records.manifest.agents:
            started = _started(run, entries, agent.name, phase.name)
            if agent.name in answered:
                spans += _answered(agent.name, phase, answered[agent.name], started)
            elif started is not None:
                spans.append(_unanswered(agent.name, phase, started))
    if records.decision is None:
        return spans
    rest = beyond(records.decision.usage, total_usage(each.usage for each in spans))
    return [structs.replace(spans[0], usage=rest), *spans[1:]]


def _waiting(run: Run) -> list[Span]:
    """The wait for the first step; none where a run ended without one."""
    wait = Span(id=f"{ROOT}/wait", parent=ROOT, name="waiting", kind=SpanKind.WAIT, start=0.0, end=None)
    begun = run.marks.get(Moment.FRAME_STARTED)
    if begun:
        return [structs.replace(wait, end=seconds_between(run.created_at, begun))]
    return [structs.replace(wait, status=RUNNING)] if run.status is RunStatus.RUNNING else []


def _phases(run: Run, entries: Entries, answers: Answers, end: float | None) -> list[Span]:
    """The phases that have begun. One that a run ended in lasts until its end, if an agent was at work in it."""
    at_work = {of for _, of, _ in answers} | {record.partition("#")[0] for _, record in entries}
    began = begun_phases(run, entries) if end is None else at_work
    start, found = seconds_between(run.created_at, run.marks.get(Moment.FRAME_STARTED, run.created_at)), []
    for name in PHASES:
        marked = run.marks.get(Moment.end_of(name))
        if marked is None and name not in began:
            continue
        ended = seconds_between(run.created_at, marked) if marked else end
        status = RUNNING if ended is None else "ok" if marked else "ended_with_run"
        phase = Span(
            id=f"{ROOT}/{name}",
            parent=ROOT,
            name=name,
            kind=SpanKind.PHASE,
            start=start,
            end=ended,
            status=status,
        )
        found.append(phase)
        start = start if ended is None else ended
    return found


def _framing(records: RunRecords, phase: Span) -> list[Span]:
    """The reading of a report by a model; nothing where no model read it."""
    head = records.frame or records.refusal
    if head is None or not head.exchanges:
        return []
    of = f"{phase.id}/{FRAMER}"
    calls = _calls(of, head.exchanges, phase.start)
    start, end = _around(calls, phase.start, None)
    framer = Span(id=of, parent=phase.id, name=FRAMER, kind=SpanKind.AGENT, start=start, end=end)
    return [structs.replace(framer, usage=_rest(head.usage, calls)), *calls]


def _started(run: Run, entries: Entries, agent: str, phase: str) -> float | None:
    """When an agent began, in seconds from the creation of the run; None where it did not write it down, or nothing usable."""
    try:
        at = decode(entries[agent, f"{phase}#started"], _Started).at
        seconds = seconds_between(run.created_at, at)
    except (KeyError, RecordInvalid, ValueError, TypeError):
        return None
    return seconds if 0 <= seconds < FOREVER_SECONDS else None


def _answered(agent: str, phase: Span, answer: Assessment | Choice, started: float | None) -> list[Span]:
    of = f"{phase.id}/{agent}"
    begun = phase.start if started is None else started
    tools = _tools(of, answer.tool_calls, begun) if isinstance(answer, Assessment) else []
    calls = _calls(of, answer.exchanges, begun)
    start, end = _around([*tools, *calls], begun, answer.duration_seconds or None)
    span = Span(
        id=of,
        parent=phase.id,
        name=agent,
        kind=SpanKind.AGENT,
        start=start,
        end=phase.end if end is None else end,
        status="unavailable" if answer.failure else "ok",
        usage=_rest(answer.usage, calls),
        error=answer.failure.error if answer.failure else "",
    )
    return [span, *sorted([*tools, *calls], key=lambda each: each.start or 0.0)]


def _unanswered(agent: str, phase: Span, started: float) -> Span:
    """An agent that has begun and of whom nothing else is known: it is at work, or its phase ended without it."""
    status = RUNNING if phase.end is None else "unanswered"
    id = f"{phase.id}/{agent}"
    return Span(id=id, parent=phase.id, name=agent, kind=SpanKind.AGENT, start=started, end=phase.end, status=status)


def _calls(of: str, exchanges: Sequence[Exchange], begun: float | None) -> list[Span]:
    return [
        Span(
            id=f"{of}/model-{number}",
            parent=of,
            name=each.model,
            kind=SpanKind.MODEL,
            start=start,
            end=end,
            status="failed" if each.error else "ok",
            usage=each.usage,
            stop_reason=each.stop_reason,
            error=each.error,
        )
        for number, each in enumerate(exchanges, start=1)
        for start, end in [_times(each, begun)]
    ]


def _tools(of: str, calls: Sequence[ToolCall], begun: float | None) -> list[Span]:
    return [
        Span(id=f"{of}/tool-{number}", parent=of, name=each.name, kind=SpanKind.TOOL, start=start, end=end)
        for number, each in enumerate(calls, start=1)
        for start, end in [_times(each, begun)]
    ]


def _times(part: Exchange | ToolCall, begun: float | None) -> tuple[float | None, float | None]:
    """Beginning and end of a call; None for both where it was not written down, or nothing usable."""
    after, took = part.after_seconds, part.duration_seconds
    if after is None or begun is None or not (0 <= after < FOREVER_SECONDS and 0 <= took < FOREVER_SECONDS):
        return None, None
    return round(begun + after, 3), round(begun + after + took, 3)


def _around(parts: Sequence[Span], begun: float | None, took: float | None) -> tuple[float | None, float | None]:
    """Beginning and end of what has these parts: as long as it says itself, or until the last of them."""
    ends = [each.end for each in parts if each.end is not None]
    if begun is not None and took is not None and 0 <= took < FOREVER_SECONDS:
        ends.append(round(begun + took, 3))
    return begun, max(ends, default=None)


def _rest(usage: Usage, calls: Sequence[Span]) -> Usage:
    """What was used besides the calls that are told apart: nothing, but in records that do not have their calls."""
    told = total_usage(each.usage for each in calls)
    return Usage(
        input_tokens=usage.input_tokens - told.input_tokens,
        output_tokens=usage.output_tokens - told.output_tokens,
        cache_read_tokens=usage.cache_read_tokens - told.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens - told.cache_write_tokens,
        model_calls=usage.model_calls - told.model_calls,
        cost_usd=round(usage.cost_usd - told.cost_usd, 9),
        reserved_usd=round(usage.reserved_usd - told.reserved_usd, 9),
    )
