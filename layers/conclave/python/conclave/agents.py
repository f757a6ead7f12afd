"""An agent's work in a phase: checks, one typed answer of its model, and the assessment that the engine makes of both."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from conclave.checks import Executed, run_checks, run_tool
from conclave.clock import Deadline
from conclave.consent import Consent
from conclave.constraints import unite, violations
from conclave.exchange import Meter
from conclave.pack import Agent, Pack, Tool, ToolContext
from conclave.plain_text import presentable
from conclave.prompts import request_label, result_prompt, system_prompt, user_prompt
from conclave.sections import Piece
from conclave.texts import Text, tool_text
from conclave.types import (
    AgentKind,
    Assessment,
    AssessmentStatus,
    Choice,
    Collation,
    Constraint,
    Failure,
    Frame,
    Gap,
    Operator,
    Option,
    Phase,
    ScoredOption,
    Stance,
    Value,
    Verdict,
)

Answered = TypeVar("Answered")

CAUSE_CHARACTERS = 300
RATIONALE_CHARACTERS = 600
REASON_CHARACTERS = 200
ID_CHARACTERS = 100
MAX_ADDED_CONSTRAINTS = 20
MAX_NUMBER = 1e12
"""No field of an option comes near it; beyond it JSON readers differ."""
_CODE = re.compile(r"[A-Za-z0-9:.+/#_-]{1,40}")
_TRUTHS = {"1": True, "1.0": True, "true": True, "yes": True, "0": False, "0.0": False, "false": False, "no": False}


class AnswerInvalid(Exception):
    """The model gave no answer of the asked type, even after one repair."""


class TimeUp(Exception):
    """The agent's time was over before its model answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the engine asks a model: everything that a model adapter needs to know.

    Attributes:
        agent: Whose model it is.
        phase: What is asked.
        system: The part of the prompt that never changes.
        pieces: The part that is this run, what strangers wrote in pieces of its own.
        option_ids: The ids an answer may name.
        fields: Names of option fields that an added constraint may name: those that the agent sees.
        tools: Tools that the model may call.
        call: Runs such a tool; its result is recorded by the engine and returned for the model.
        deadline: When the answer must be there.
        metadata: Labels of the request: run, agent, phase.
    """

    agent: Agent
    phase: Phase
    system: str
    pieces: Sequence[Piece]
    option_ids: Sequence[str]
    fields: Sequence[str]
    tools: Sequence[Tool]
    call: Callable[[Tool, dict[str, Any]], Executed]
    deadline: Deadline
    metadata: Mapping[str, str]

    @property
    def user(self) -> str:
        """The part that is this run, as one text."""
        return "".join(piece.text for piece in self.pieces)


class ModelPort(Protocol):
    """A model that answers typed questions. The exchanges pass through the meter."""

    model_id: str

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        """The answer as plain values: an assessment's or a choice's fields.

        Raises:
            AnswerInvalid: No valid answer after one repair.
            TimeUp: The deadline came first.
            Exception: Whatever the provider raised.
        """
        ...


@dataclass(slots=True)
class _Findings:
    """What checks and tools brought so far, and what of it the model could not read. Only grows, until it is closed."""

    executed: list[Executed] = field(default_factory=list)
    unread: list[Gap] = field(default_factory=list)
    over: bool = False

    def add(self, executed: Executed, agent: Agent) -> Executed:
        self.require_open()
        self.executed.append(executed)
        self.unread += result_prompt(executed.result).gaps(agent)
        return executed

    def require_open(self) -> None:
        if self.over:
            raise TimeUp("the agent's time was over")

    def close(self) -> _Findings:
        """All that counts. A tool that is still at work in another thread adds to nothing any more."""
        self.over = True
        return _Findings(list(self.executed), list(self.unread), over=True)

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        return unite(*(each.result.constraints for each in self.executed))

    @property
    def gaps(self) -> tuple[Gap, ...]:
        return tuple(dict.fromkeys([*(gap for each in self.executed for gap in each.result.gaps), *self.unread]))


def assess(
    *,
    agent: Agent,
    pack: Pack,
    phase: Phase,
    frame: Frame,
    context: ToolContext,
    model: ModelPort,
    meter: Meter,
    deadline: Deadline,
    metadata: Mapping[str, str],
    collation: Collation | None = None,
    consent: Consent | None = None,
) -> Assessment:
    """A safety or business agent's assessment. Never raises: a failure becomes a typed ``unavailable`` assessment.

    The constraints and gaps of the checks are in the assessment even when the model fails. Without ``consent`` no dangerous
    tool runs.
    """
    started = time.monotonic()
    findings = _Findings(list(run_checks(agent, context)))
    meter.texts += [_text(each) for each in findings.executed]
    facts = [fact for each in findings.executed for fact in each.result.facts]
    offered = agent.tools if phase is Phase.RECOMMEND else ()

    def call(tool: Tool, arguments: dict[str, Any]) -> Executed:
        if tool not in offered:
            raise AnswerInvalid("the model called a tool that it was not offered")
        findings.require_open()
        executed = run_tool(agent, tool, context, check=False, arguments=arguments, consent=consent)
        findings.add(executed, agent)
        meter.texts.append(_text(executed))
        return executed

    base = Assessment(agent=agent.name, kind=agent.kind, phase=phase, status=AssessmentStatus.OK, model=model.model_id)
    failure = None
    try:
        prompt = user_prompt(
            agent=agent,
            phase=phase,
            incident=frame.incident,
            options=frame.options,
            constraints=unite(findings.constraints, collation.constraints if collation else ()),
            gaps=findings.gaps,
            facts=facts,
            peers=collation.claims if collation else (),
            label=request_label(metadata),
        )
        findings.unread += prompt.gaps(agent)
        question = Question(
            agent=agent,
            phase=phase,
            system=system_prompt(pack, agent),
            pieces=prompt.pieces,
            option_ids=[option.id for option in frame.options],
            fields=agent.fields,
            tools=offered,
            call=call,
            deadline=deadline,
            metadata=metadata,
        )
        answer = model.ask(question, meter)
        base = _read(lambda: _answered(base, answer, findings, pack, frame))
    except Exception as error:  # every failure of an agent is typed and reported; the engine decides what it means
        failure = _failure(error)
    found = findings.close()
    return replace(
        base,
        status=AssessmentStatus.UNAVAILABLE if failure else AssessmentStatus.OK,
        constraints=unite(base.constraints, found.constraints),
        gaps=found.gaps,
        facts=facts,
        duration_seconds=round(time.monotonic() - started, 3),
        usage=meter.total(),
        tool_calls=[each.call for each in found.executed],
        exchanges=tuple(meter.exchanges),
        failure=failure,
    )


def choose(
    *,
    agent: Agent,
    pack: Pack,
    frame: Frame,
    collation: Collation,
    scored: Sequence[ScoredOption],
    preferences: Mapping[str, float],
    model: ModelPort,
    meter: Meter,
    deadline: Deadline,
    metadata: Mapping[str, str],
) -> Choice:
    """The arbiter's choice among the feasible options. Never raises: a failure is part of the choice."""
    started = time.monotonic()
    feasible = [option for option in frame.options if option.id in set(collation.feasible)]
    choice = Choice(option_id="", ranking=(), justification="", confidence=0.0, model=model.model_id)
    try:
        prompt = user_prompt(
            agent=agent,
            phase=Phase.ARBITRATE,
            incident=frame.incident,
            options=feasible,
            constraints=[each for each in collation.constraints if not each.hard],
            gaps=collation.gaps,
            facts=(),
            peers=collation.claims,
            scored={each.option_id: each for each in scored},
            preferences=preferences,
            label=request_label(metadata),
        )
        question = Question(
            agent=agent,
            phase=Phase.ARBITRATE,
            system=system_prompt(pack, agent),
            pieces=prompt.pieces,
            option_ids=[option.id for option in feasible],
            fields=(),
            tools=(),
            call=_no_tools,
            deadline=deadline,
            metadata=metadata,
        )
        answer = model.ask(question, meter)
        choice = _read(lambda: _chosen(choice, answer, feasible))
    except Exception as error:  # see assess
        choice = replace(choice, failure=_failure(error))
    return replace(
        choice,
        duration_seconds=round(time.monotonic() - started, 3),
        usage=meter.total(),
        exchanges=tuple(meter.exchanges),
    )


def _text(executed: Executed) -> Text:
    return tool_text(executed.call.name, executed.arguments, executed.result)


def _no_tools(tool: Tool, arguments: dict[str, Any]) -> Executed:
    raise AnswerInvalid("the arbiter has no tools, and called one")


def _read(reading: Callable[[], Answered]) -> Answered:
    """Reads a model's answer. What does not fit is named by the engine: an error never carries what a model wrote."""
    try:
        return reading()
    except AnswerInvalid:
        raise
    except Exception as error:
        raise AnswerInvalid(f"the answer does not fit its type ({type(error).__name__})") from None


def _chosen(choice: Choice, answer: Mapping[str, Any], feasible: Sequence[Option]) -> Choice:
    """The arbiter's answer. The id is kept whatever it is, for ``decide`` to refuse; the ranking keeps what was offered."""
    known = [option.id for option in feasible]
    return replace(
        choice,
        option_id=presentable(answer["option_id"], ID_CHARACTERS),
        ranking=tuple(dict.fromkeys(each for each in answer.get("ranking") or () if each in known)),
        justification=presentable(answer.get("justification"), RATIONALE_CHARACTERS),
        confidence=_unit(answer.get("confidence", 0.0)),
    )


def _answered(base: Assessment, answer: Mapping[str, Any], findings: _Findings, pack: Pack, frame: Frame) -> Assessment:
    known = {option.id for option in frame.options}
    scores = {row["option_id"]: _unit(row["score"]) for row in answer.get("scores", ()) if row["option_id"] in known}
    constraints = unite(findings.constraints, _added_constraints(base, answer, findings, pack))
    verdict = Verdict(answer["verdict"])
    return replace(
        base,
        verdict=_strictest(verdict, _derived_verdict(base.kind, frame.options, constraints)),
        stance=Stance(answer["stance"]) if answer.get("stance") else None,
        scores=scores,
        constraints=constraints,
        confidence=_unit(answer.get("confidence", 0.0)),
        rationale=presentable(answer.get("rationale"), RATIONALE_CHARACTERS),
    )


def _derived_verdict(kind: AgentKind, options: Sequence[Option], constraints: Sequence[Constraint]) -> Verdict:
    """What a safety agent's own constraints say; its model can be stricter, never milder."""
    if kind is not AgentKind.SAFETY:
        return Verdict.APPROVE
    broken = [bool(violations(option, constraints)) for option in options]
    if broken and all(broken):
        return Verdict.REJECT
    return Verdict.CAUTION if any(broken) else Verdict.APPROVE


def _strictest(*verdicts: Verdict) -> Verdict:
    order = list(Verdict)
    return max(verdicts, key=order.index)


def _added_constraints(
    base: Assessment, answer: Mapping[str, Any], findings: _Findings, pack: Pack
) -> tuple[Constraint, ...]:
    """Constraints that the model added: hard from a safety agent, soft from a business agent."""
    fields = {each.name: each for each in pack.fields}
    evidence = {fact.id for each in findings.executed for fact in each.result.facts}
    added = []
    rows = list(answer.get("constraints") or ())
    if len(rows) > MAX_ADDED_CONSTRAINTS:
        raise AnswerInvalid(f"{len(rows)} added constraints are more than {MAX_ADDED_CONSTRAINTS}")
    for row in rows:
        declared = fields.get(row["field"])
        if declared is None:
            raise AnswerInvalid("an added constraint names a field that no option has")
        operator = Operator(row["operator"])
        value = _typed(row["value"], declared.type)
        added.append(
            Constraint(
                id=f"model:{base.agent}:{declared.name}",
                field=declared.name,
                operator=operator,
                value=value,
                unit=declared.unit,
                hard=base.kind is AgentKind.SAFETY,
                source=f"judgement of {base.agent}",
                evidence_id=row["evidence_id"] if row.get("evidence_id") in evidence else "",
                reason=presentable(row.get("reason"), REASON_CHARACTERS),
                agent=base.agent,
            )
        )
    return tuple(added)


def _typed(value: Any, kind: type) -> Value:
    """The value as the field's type; what is none, not finite, or too long to compare with is refused."""
    try:
        if not isinstance(value, str | int | float):
            raise TypeError
        if kind is bool:
            return _TRUTHS[str(value).strip().lower()]
        if kind is str:
            return _code(str(value))
        number = float(value)
        if not math.isfinite(number) or abs(number) > MAX_NUMBER:
            raise ValueError
        return int(value) if kind is int else number
    except (KeyError, TypeError, ValueError, OverflowError):
        raise AnswerInvalid(f"an added constraint compares with what is no {kind.__name__}") from None


def _code(text: str) -> str:
    """A name, a tail, a time. A sentence is refused: constraints reach other agents, prose of a model must not."""
    if not _CODE.fullmatch(text):
        raise ValueError
    return text


def _unit(value: Any) -> float:
    number = float(value)
    return min(1.0, max(0.0, number)) if number == number else 0.0  # NaN is not a score


def _failure(error: Exception) -> Failure:
    return Failure(error=type(error).__name__, cause=" ".join(str(error).split())[:CAUSE_CHARACTERS])
