"""An agent's work in a phase: checks, one typed answer of its model, and the assessment that the engine makes of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from msgspec import Struct, field, structs

from conclave.agents.answer_form import AnswerInvalid, Form, form_of
from conclave.agents.answer_reader import read_assessment, read_choice
from conclave.agents.checks import Executed, run_checks, run_tool, standing_checks
from conclave.agents.consent import ConsentGate
from conclave.agents.meter import Meter
from conclave.agents.prices import PriceTable
from conclave.agents.prompts import request_label, result_prompt, system_prompt, user_prompt
from conclave.agents.workers import Pool, kept_workers
from conclave.audit.canonical import sha256
from conclave.clock import Deadline
from conclave.deliberation.complexity import Weighed
from conclave.deliberation.constraints import unite
from conclave.deliberation.revising import News, unknown
from conclave.money.ledger import CeilingReached
from conclave.pack import Agent, Pack, Tool, ToolContext
from conclave.pack.incident_fields import told
from conclave.pack.tables import UndeclaredRead
from conclave.records.texts import Text, tool_text
from conclave.routing.stand_ins import stand_in
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
    Phase,
    ScoredOption,
)
from conclave.untrusted.sections import Piece

CAUSE_CHARACTERS = 300
NO_VERSIONS: Mapping[str, str] = {}
"""Where nobody knows the versions of the data: then checks are run whenever an agent is asked."""
Answered = TypeVar("Answered", Assessment, Choice)
_ENGINE = __name__.partition(".")[0]


class TimeUp(Exception):
    """The agent's time was over before its model answered."""


class Question(Struct, frozen=True, kw_only=True):
    """A question of the engine to a model: everything that a model adapter needs to know.

    Attributes:
        agent: Whose model it is.
        phase: The phase of a run in which it is asked; None of a question that a person asks about a run.
        system: The part of the prompt that never changes.
        pieces: The part that is this run, what strangers wrote in pieces of its own.
        form: The form of the answer.
        shared: How many of the pieces begin other questions as well, so that the provider's cache may keep them.
        option_ids: The options in the order in which they are shown: an answer scores them by their place.
        fields: Names of option fields that an added constraint may name: those that the agent sees.
        tools: Tools that the model may call.
        call: Runs such a tool; its result is recorded by the engine and returned for the model.
        deadline: When the answer must be there.
        metadata: Labels of the request: run, agent, phase.
    """

    agent: Agent
    phase: Phase | None
    system: str
    pieces: Sequence[Piece]
    form: Form
    option_ids: Sequence[str]
    fields: Sequence[str]
    tools: Sequence[Tool]
    call: Callable[[Tool, dict[str, Any]], Executed]
    deadline: Deadline
    metadata: Mapping[str, str]
    shared: int = 0

    @property
    def user(self) -> str:
        """The part that is this run, as one text."""
        return "".join(piece.text for piece in self.pieces)


class ModelPort(Protocol):
    """A model that answers typed questions, with those that stand in for it. Every exchange passes through the meter.

    Attributes:
        model_id: The model that should answer.
    """

    model_id: str

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        """The answer as plain values: an assessment's or a choice's fields.

        Raises:
            AnswerInvalid: No valid answer after one repair.
            TimeUp: The deadline came first.
            Exception: Whatever the provider raised.
        """
        ...


class Affordable:
    """Models from the one that should answer to ever cheaper ones, for when money runs out. See ``ModelPort``.

    Args:
        models: Each is made when it is asked; there is at least one.
        frugal: Whether the first of them is a cheaper one than the agent's own.
    """

    def __init__(self, models: Iterator[ModelPort], *, frugal: bool = False) -> None:
        self.frugal = frugal
        self._rest = models
        self._model = next(models)
        self.model_id = self._model.model_id

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        """See ``ModelPort.ask``. Raises ``CeilingReached`` where not even the cheapest fits."""
        while True:
            try:
                return self._model.ask(question, meter)
            except CeilingReached:
                cheaper = next(self._rest, None)
                if cheaper is None:
                    raise
                self._model = cheaper


def affordable(
    models: Callable[[Agent], ModelPort], agent: Agent, prices: PriceTable, *, economy: bool = False
) -> Affordable:
    """The model of an agent, which retreats to cheaper tiers when its money runs out; that of a safety agent never does.

    Args:
        models: Makes the model of an agent's tier.
        agent: Whose.
        prices: Say which tiers are cheaper.
        economy: Begin with the cheapest tier; nothing to a safety agent.
    """
    cheaper = () if agent.kind is AgentKind.SAFETY else prices.cheaper(agent.tier)
    frugal = economy and bool(cheaper)
    tiers = cheaper[-1:] if frugal else (agent.tier, *cheaper)
    return Affordable((models(agent.on_tier(tier)) for tier in tiers), frugal=frugal)


class _Findings(Struct):
    """The findings of checks and tools so far, and what of them the model could not read. Only grows, until it is closed."""

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
    news: News | None = None,
    versions: Mapping[str, str] = NO_VERSIONS,
    gate: ConsentGate | None = None,
    pool: Pool = kept_workers,
) -> Assessment:
    """A safety or business agent's assessment. A failure becomes a typed ``unavailable`` assessment.

    With ``news`` it is asked again: it reads those, and what it does not change of its earlier answer stands. Its checks are run
    again only if the ``versions`` of the tables, read just now, are not those that the checks found before.

    The constraints and gaps of the checks are in the assessment even when the model fails. Without a ``gate`` no dangerous
    tool runs. ``deadline`` also says what time the work is measured by, ``pool`` gives the workers that run the checks.

    Raises:
        UndeclaredRead: See ``run_tool``; also when the model's library took it for an answer of the tool.
    """
    started = deadline.monotonic()
    standing = standing_checks(agent, news.earlier, versions) if news else None
    findings = _Findings([standing] if standing else [])
    for ran in () if standing else run_checks(agent, context, pool, deadline, meter.elapsed):
        text = _text(ran)
        findings.executed.append(_told_by(ran, text))
        meter.texts.append(text)
    facts = [fact for each in findings.executed for fact in each.result.facts]
    offered = [tool for tool in agent.tools if tool.fits(frame.options)] if phase is Phase.RECOMMEND else []
    defects: list[UndeclaredRead] = []

    def call(tool: Tool, arguments: dict[str, Any]) -> Executed:
        if tool not in offered:
            raise AnswerInvalid("the model called a tool that it was not offered")
        findings.require_open()
        try:
            executed = run_tool(
                agent, tool, context, check=False, arguments=arguments, gate=gate, elapsed=meter.elapsed
            )
        except UndeclaredRead as error:
            defects.append(error)
            raise
        text = _text(executed)
        findings.add(_told_by(executed, text), agent)
        meter.texts.append(text)
        return executed

    base = Assessment(agent=agent.name, kind=agent.kind, phase=phase, status=AssessmentStatus.OK, model=model.model_id)
    failure = None
    try:
        options = news.options if news else frame.options
        prompt = user_prompt(
            agent=agent,
            phase=phase,
            incident=told(frame.incident, pack.incident),
            options=options,
            constraints=_constraints(findings, news),
            gaps=findings.gaps,
            facts=facts,
            peers=news.claims if news else (),
            earlier=news.earlier if news else None,
            label=request_label(metadata),
        )
        findings.unread += prompt.gaps(agent)
        question = Question(
            agent=agent,
            phase=phase,
            system=system_prompt(pack, agent),
            pieces=prompt.pieces,
            form=form_of(phase, prompt.option_ids, agent.fields),
            option_ids=prompt.option_ids,
            fields=agent.fields,
            tools=offered,
            call=call,
            deadline=deadline,
            metadata=metadata,
        )
        answer = model.ask(question, meter)
        base = _answered(base, meter)
        base = read_assessment(
            _standing(base, news), answer, findings.executed, pack, frame.options, question.option_ids
        )
    except Exception as error:  # every failure of an agent is typed and reported; the engine decides what it means
        failure = _failure(error)
    if defects:
        raise defects[0]
    found = findings.close()
    return structs.replace(
        base,
        status=AssessmentStatus.UNAVAILABLE if failure else AssessmentStatus.OK,
        constraints=unite(base.constraints, found.constraints),
        gaps=found.gaps,
        facts=facts,
        duration_seconds=round(deadline.monotonic() - started, 3),
        usage=meter.total(),
        tool_calls=[each.call for each in found.executed if each is not standing],
        exchanges=tuple(meter.exchanges),
        failure=failure,
        versions=versions,
    )


def choose(
    *,
    agent: Agent,
    weight: Weighed,
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
    started = deadline.monotonic()
    feasible = [option for option in frame.options if option.id in set(collation.feasible)]
    choice = Choice(option_id="", ranking=(), justification="", confidence=0.0, model=model.model_id)
    choice = structs.replace(choice, complexity=weight.complexity, grounds=weight.grounds)
    try:
        prompt = user_prompt(
            agent=agent,
            phase=Phase.ARBITRATE,
            incident=told(frame.incident, pack.incident),
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
            form=form_of(Phase.ARBITRATE, prompt.option_ids, ()),
            option_ids=prompt.option_ids,
            fields=(),
            tools=(),
            call=_no_tools,
            deadline=deadline,
            metadata=metadata,
        )
        answer = model.ask(question, meter)
        choice = read_choice(_answered(choice, meter), answer, feasible)
    except Exception as error:  # see assess
        choice = structs.replace(choice, failure=_failure(error))
    return structs.replace(
        choice,
        duration_seconds=round(deadline.monotonic() - started, 3),
        usage=meter.total(),
        exchanges=tuple(meter.exchanges),
    )


def _answered(base: Answered, meter: Meter) -> Answered:
    """An answer with the model that gave it."""
    other = stand_in(base.model, meter.exchanges, meter.too_dear)
    return structs.replace(base, model=other.model, stood_in=other) if other else base


def _constraints(findings: _Findings, news: News | None) -> Sequence[Constraint]:
    """The constraints that an agent is shown: what it found, or what of it and of its peers' is new to it."""
    if news is None:
        return findings.constraints
    return unite(unknown(findings.constraints, news.earlier.constraints), news.constraints)


def _standing(base: Assessment, news: News | None) -> Assessment:
    """The answer with what stands of an earlier one."""
    if news is None:
        return base
    earlier = news.earlier
    return structs.replace(base, verdict=earlier.verdict, scores=earlier.scores, constraints=earlier.constraints)


def _text(executed: Executed) -> Text:
    return tool_text(executed.call.name, executed.arguments, executed.result)


def _told_by(executed: Executed, text: Text) -> Executed:
    """What a tool found, with the hash of what it was asked and answered."""
    hashed = sha256(f"{text.request}{text.answer}".encode())
    return structs.replace(executed, call=structs.replace(executed.call, hash=hashed))


def _no_tools(tool: Tool, arguments: dict[str, Any]) -> Executed:
    raise AnswerInvalid("the arbiter has no tools, and called one")


def _failure(error: Exception) -> Failure:
    """A failure in words of the engine. What a library or a service says may quote a model or a prompt: it stays in the texts."""
    own = type(error).__module__.partition(".")[0] == _ENGINE
    said = str(error) if own else "the model's library or service failed; what it said stands with the texts of the run"
    return Failure(error=type(error).__name__, cause=" ".join(said.split())[:CAUSE_CHARACTERS])
