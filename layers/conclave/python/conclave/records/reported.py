"""The figures that follow from records: of a run that ended, and of the calls of an agent. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from msgspec import structs

from conclave import figures
from conclave.clock import parse_timestamp, seconds_between
from conclave.codes import Moment, ReasonCode
from conclave.figures import Metric, Observe, Retreat, Timed
from conclave.money.ledger import out_of_money
from conclave.otlp import ROOT
from conclave.records.runs import Run
from conclave.types import (
    Assessment,
    Choice,
    Collation,
    Decision,
    Exchange,
    RunStatus,
    StandIn,
    ToolCall,
    Trouble,
)

_OUTCOMES = {
    RunStatus.DECIDED: figures.RUNS_DECIDED,
    RunStatus.HALTED: figures.RUNS_HALTED,
    RunStatus.REFUSED: figures.RUNS_REFUSED,
    RunStatus.EXPIRED: figures.RUNS_EXPIRED,
}
_BY_PEOPLE = {ReasonCode.APPROVED: figures.RUNS_APPROVED, ReasonCode.OVERRIDDEN: figures.RUNS_OVERRIDDEN}
_PHASES = ("frame", "recommend", "revise", "arbitrate", "decide")


def report_run(run: Run, decision: Decision, observe: Observe) -> None:
    """Tells the outcome, cost and durations of a run. To be called by whoever wrote its outcome, and by nobody else.

    Of a run that waited for people, cost and durations were told when it was held. Of a trial only the cost is told.
    """
    if run.fork:
        # It is nobody's decision, and begins in the middle: among those of runs its figures would mislead.
        if not run.trial:
            observe(figures.RUNS_FORKED, 1)
        observe(figures.COST_USD, decision.usage.cost_usd)
        return
    observe(_OUTCOMES[decision.status], 1)
    observe(figures.RUNS_DEGRADED, float(decision.degraded))
    acted = run.marks.get(Moment.APPROVAL_ENDED)
    if acted is None:
        _report_work(run, decision, observe)
    elif decision.status is not RunStatus.HALTED:
        observe(figures.APPROVAL_SECONDS, seconds_between(run.marks[Moment.DECIDE_ENDED], acted))
    for reason in decision.reasons:
        if reason.code in _BY_PEOPLE:
            observe(_BY_PEOPLE[ReasonCode(reason.code)], 1)


def report_held(run: Run, proposal: Decision, observe: Observe) -> None:
    """Tells cost and durations of a run that waits for people. To be called by whoever held it, and by nobody else."""
    observe(figures.RUNS_APPROVAL_REQUIRED, 1)
    _report_work(run, proposal, observe)


def _report_work(run: Run, decision: Decision, observe: Observe) -> None:
    observe(figures.COST_USD, decision.usage.cost_usd)
    observe(figures.RUN_SECONDS, seconds_between(run.created_at, run.updated_at))
    begun = run.marks.get(Moment.FRAME_STARTED)
    if begun is None:
        return
    observe(figures.WAITED_SECONDS, seconds_between(run.created_at, begun))
    phases: list[Timed] = []
    for phase in _PHASES:
        ended = run.marks.get(Moment.end_of(phase))
        if ended is not None:
            observe(figures.PHASE_SECONDS, seconds_between(begun, ended), phase=phase)
            phases.append(_part_of_run(run, f"{ROOT}/{phase}", "phase", phase, begun, ended))
            begun = ended
    whole = _part_of_run(run, ROOT, "run", run.run_id, run.created_at, run.updated_at)
    facts = {**whole.facts, "status": decision.status.value, "cost_usd": decision.usage.cost_usd}
    observe.timed(structs.replace(whole, facts=facts, within=phases))


def _part_of_run(run: Run, path: str, kind: str, name: str, start: str, end: str) -> Timed:
    begun, ended = (parse_timestamp(each).timestamp() for each in (start, end))
    return Timed(path=path, name=name, kind=kind, start=begun, end=ended, facts={"run_id": run.run_id})


def report_stand_in(other: StandIn | None, observe: Observe) -> None:
    """Tells that a model was not asked, where another one answered for that reason."""
    if other is not None and other.because is Trouble.NOT_ASKED:
        observe(figures.BREAKER_REFUSED, 1, model=other.wanted)


def report_retreat(answer: Assessment | Choice, observe: Observe, *, frugal: bool) -> None:
    """Tells what became of an answer for which the money did not suffice; nothing where it did.

    Args:
        answer: The answer.
        observe: Takes the figure.
        frugal: Whether a cheaper model than the agent's own was asked first, since the run is frugal.
    """
    if frugal:
        observe(figures.MODEL_RETREATS, 1, way=Retreat.ECONOMY)
    if out_of_money(answer.failure):
        observe(figures.MODEL_RETREATS, 1, way=Retreat.NO_ANSWER)
    elif isinstance(answer, Assessment) and answer.reused:
        observe(figures.MODEL_RETREATS, 1, way=Retreat.LAST_ANSWER)
    elif answer.stood_in is not None and answer.stood_in.because is Trouble.TOO_DEAR:
        observe(figures.MODEL_RETREATS, 1, way=Retreat.CHEAPER_TIER)


def report_calls(exchanges: Sequence[Exchange], observe: Observe, *, agent: str, phase: str) -> None:
    """Tells durations, failures, tokens and cost of an agent's calls of models in a phase.

    A call that follows a failed one is a repeat of it, and stands in for it where it asks another model.
    """
    for each in exchanges:
        usage, model = each.usage, each.model
        observe(figures.MODEL_SECONDS, each.duration_seconds, model=model)
        observe(figures.MODEL_ERRORS, float(bool(each.error)), model=model)
        observe(figures.INPUT_TOKENS, usage.input_tokens, model=model)
        observe(figures.OUTPUT_TOKENS, usage.output_tokens, model=model)
        observe(figures.CACHE_READ_TOKENS, usage.cache_read_tokens, model=model)
        observe(figures.CACHE_WRITE_TOKENS, usage.cache_write_tokens, model=model)
        observe(figures.MODEL_COST_USD, usage.cost_usd, agent=agent, model=model, phase=phase)
    for failed, following in pairwise(exchanges):
        if failed.error:
            again: Metric = figures.MODEL_REPEATS if failed.model == following.model else figures.MODEL_FALLBACKS
            observe(again, 1, model=following.model)


def report_collation(collation: Collation, observe: Observe) -> None:
    """Tells whose answers are missing in a phase, and what was answered again."""
    missing = [reason.agent for reason in collation.halts if reason.code == ReasonCode.SAFETY_AGENT_UNAVAILABLE]
    for agent in (*collation.degraded, *missing):
        observe(figures.AGENT_UNAVAILABLE, 1, agent=agent)
    if collation.revisions:
        observe(figures.ANSWERS_REVISED, len(collation.revisions))
        observe(figures.ANSWERS_CHANGED, sum(each.changed for each in collation.revisions))


def agent_timed(
    exchanges: Sequence[Exchange],
    tools: Sequence[ToolCall] = (),
    *,
    run_id: str,
    agent: str,
    phase: str,
    begun: float,
    seconds: float,
    error: str = "",
) -> Timed:
    """An agent's work in time, or framing's, with its calls of models, which end when their streams do, and of tools.

    Args:
        exchanges: Its calls of models.
        tools: Its calls of tools.
        run_id: Of the run.
        agent: Its name.
        phase: The phase.
        begun: When it began, in seconds since the epoch.
        seconds: How long it took.
        error: Name of the error, where it failed.
    """
    of, path = {"run_id": run_id, "agent": agent, "phase": phase}, f"{ROOT}/{phase}/{agent}"
    within = [
        *(_call_timed(each, f"{path}/model-{number}", begun, of) for number, each in enumerate(exchanges, 1)),
        *(
            _tool_timed(each, f"{path}/tool-{number}", begun, of)
            for number, each in enumerate(tools, 1)
            if each.after_seconds is not None
        ),
    ]
    return Timed(
        path=path,
        name=agent,
        kind="agent",
        start=begun,
        end=begun + seconds,
        facts=of,
        error=error,
        within=sorted(within, key=lambda each: each.start),
    )


def _call_timed(call: Exchange, path: str, begun: float, of: Mapping[str, str]) -> Timed:
    start, usage = begun + (call.after_seconds or 0.0), call.usage
    facts: dict[str, str | int | float] = {
        **of,
        "model": call.model,
        "stop_reason": call.stop_reason or "none",
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "cost_usd": usage.cost_usd,
    }
    end = start + call.duration_seconds
    return Timed(path=path, name=call.model, kind="model", start=start, end=end, facts=facts, error=call.error)


def _tool_timed(call: ToolCall, path: str, begun: float, of: Mapping[str, str]) -> Timed:
    start = begun + (call.after_seconds or 0.0)
    facts: dict[str, str | int | float] = {
        **of,
        "facts": call.facts,
        "constraints": call.constraints,
        "gaps": call.gaps,
        "check": str(call.check),
    }
    end = start + call.duration_seconds
    return Timed(path=path, name=call.name, kind="tool", start=start, end=end, facts=facts)
