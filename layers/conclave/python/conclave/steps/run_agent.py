"""``run_agent``: an agent answers in a phase, and its answer is left in the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import structs

from conclave import figures
from conclave.agents.assess import ModelPort, affordable, assess, choose
from conclave.agents.consent import ConsentGate, NoConsents, StoredConsents
from conclave.agents.meter import Meter
from conclave.agents.prices import PriceTable
from conclave.agents.workers import Pool, kept_workers
from conclave.caches.looks import NotedTables
from conclave.caches.tables import versions_of
from conclave.clock import Deadline
from conclave.codec import convert
from conclave.configuration.applied import pack_of
from conclave.configuration.document import settings_of
from conclave.configuration.settings import Settings
from conclave.deliberation.complexity import weighed
from conclave.deliberation.constraints import unite
from conclave.deliberation.revising import News, news_for
from conclave.deliberation.scoring import preferences_of, recorded_scoring, score_options
from conclave.figures import Observe, unobserved
from conclave.money.ledger import out_of_money
from conclave.pack import Agent, Pack, ToolContext
from conclave.pack.tables import ReadOnce, Tables
from conclave.recording.recorder import Recorder
from conclave.recording.recordings import entry_records
from conclave.records.accounts import agent_limit, take_slice
from conclave.records.journal_entries import append_entries, entry_of
from conclave.records.manifest import budget_in
from conclave.records.reported import agent_timed, report_calls, report_retreat, report_stand_in
from conclave.records.run_records import RunRecords, all_assessments, required
from conclave.records.texts import packed, texts_record
from conclave.results import Branch
from conclave.steps.context import RunContext
from conclave.types import AgentKind, Assessment, AssessmentStatus, Choice, Collation, Frame, Phase, Stance
from conclave.untrusted.detection import adversarial

Models = Callable[[Agent, Settings], ModelPort]
"""Makes the model of an agent's tier, under the settings of its run."""

STOPPED = "guardrail_intervened"
"""Stop reason of a model whose request or answer the guardrail refused or changed."""


def perform_agent(
    context: RunContext,
    phase: Phase,
    *,
    agent_name: str,
    tables: Callable[[Settings], Tables],
    models: Models,
    prices: PriceTable,
    deadline: Deadline,
    observe: Observe = unobserved,
    pool: Pool = kept_workers,
) -> Branch:
    """Lets an agent answer and leaves its answer in the journal. The result is a reference, no content.

    Everything is done under the settings that the run began with: ``tables`` and ``models`` are made of them, and the agent has
    the tier, the time and the thresholds that they give it. The arbiter's tier depends on how hard the choice is, too.

    Raises:
        UndeclaredRead: A tool read what it does not declare, and the context is strict.
    """
    recorder = Recorder(context.clock, context.code, strict=context.strict)
    context = structs.replace(context, clock=recorder.clock)
    run_id, pack = context.run_id, context.pack
    agent = pack.agent(agent_name)
    begun = context.clock().timestamp()
    meter = Meter(prices, context.clock.monotonic, lambda: agent_limit(records.manifest, agent.name, number))
    number = take_slice(context.journal, run_id, agent.name, phase, context.now)
    records = context.records(_read_with(pack, phase, agent))
    context = structs.replace(context, journal=context.journal.until(records.run.expires_at))
    frame = required(records.frame, Frame, run_id)
    settings = settings_of(records.manifest)
    pack = pack_of(pack, records.manifest)
    agent, data = pack.agent(agent_name), recorder.tables(tables(settings))
    deadline = deadline.at_most(pack.time_limit(agent))
    meter.prices = prices = prices.under(settings)
    recorder.prices(prices)
    recorder.note(slice=number)
    economy = budget_in(records.manifest).economy

    def made(tiered: Agent) -> ModelPort:
        return recorder.model(models(tiered, settings))

    metadata = {"run_id": run_id, "agent": agent.name, "phase": phase.value}
    if agent.kind is AgentKind.ARBITER:
        collation = required(records.last_collation, Collation, run_id)
        scored = score_options(frame.options, collation.constraints, recorded_scoring(frame, pack.dimensions))
        weight = weighed(collation, scored, pack.arbitration)
        answer: Assessment | Choice = choose(
            agent=agent,
            weight=weight,
            pack=pack,
            frame=frame,
            collation=collation,
            scored=scored,
            preferences=preferences_of(records.assessments.values()),
            model=(model := affordable(made, agent.for_choice(weight.complexity), prices, economy=economy)),
            meter=meter,
            deadline=deadline,
            metadata=metadata,
        )
    else:
        news = _news(records, frame, phase, agent.name)
        noted = NotedTables(data, pack.feed_tables)
        assessed = assess(
            agent=agent,
            pack=pack,
            phase=phase,
            frame=frame,
            news=news,
            context=ToolContext(
                incident=convert(dict(frame.incident), pack.incident),
                options=frame.options,
                tables=ReadOnce(noted),
                now=records.received,
                strict=context.strict,
            ),
            model=(model := affordable(made, agent, prices, economy=economy)),
            meter=meter,
            deadline=deadline,
            metadata=metadata,
            versions=_of_agent(agent, versions_of(data)),
            gate=_consent_gate(context, phase, agent, recorder),
            pool=pool,
        )
        answer = structs.replace(_last_stands(assessed, news) if news else assessed, looks=noted.looks)
    # Together: whoever finds an answer finds what led to it, and a late duplicate replaces neither.
    entries = {
        texts_record(phase.value): packed(meter.texts),
        phase.value: entry_of(answer),
        **recorder.records(entry_records(phase.value)),
    }
    append_entries(run_id, agent.name, entries, context.fence, context.runs, context.journal)
    # Telemetry last: what it costs must not cost the answer.
    _report(answer, meter, observe, agent=agent.name, phase=phase)
    report_retreat(answer, observe, frugal=model.frugal)
    took = meter.elapsed()
    observe.timed(
        agent_timed(
            answer.exchanges,
            answer.tool_calls if isinstance(answer, Assessment) else (),
            run_id=run_id,
            agent=agent.name,
            phase=phase,
            begun=begun,
            seconds=took,
            error=answer.failure.error if answer.failure else "",
        )
    )
    if isinstance(answer, Assessment):
        observe(figures.ADVERSARIAL_TEXT, adversarial(fact.text for fact in answer.facts))
    status = AssessmentStatus.UNAVAILABLE if answer.failure else AssessmentStatus.OK
    return Branch(agent=agent.name, phase=phase.value, status=status.value)


def _report(answer: Assessment | Choice, meter: Meter, observe: Observe, *, agent: str, phase: Phase) -> None:
    """Tells how long the agent, its tools and its models took, and what they used."""
    observe(figures.AGENT_SECONDS, meter.elapsed(), agent=agent)
    observe(figures.GUARDRAIL_INTERVENED, sum(each.stop_reason == STOPPED for each in answer.exchanges))
    observe(figures.ANSWER_REPAIRS, meter.repairs, agent=agent)
    report_calls(answer.exchanges, observe, agent=agent, phase=phase)
    report_stand_in(answer.stood_in, observe)
    for call in answer.tool_calls if isinstance(answer, Assessment) else ():
        if call.after_seconds is not None:
            observe(figures.TOOL_SECONDS, call.duration_seconds, agent=agent)


def _last_stands(answer: Assessment, news: News) -> Assessment:
    """The last assessment of a business agent in place of one for which its money did not suffice, marked as such.

    What its checks found now stands in any case. A safety agent has to look at what is new, and so its answer stays missing.
    """
    if not out_of_money(answer.failure) or answer.kind is not AgentKind.BUSINESS:
        return answer
    return structs.replace(
        answer,
        status=AssessmentStatus.OK,
        failure=None,
        stance=Stance.CONFIRM,
        verdict=news.earlier.verdict,
        scores=news.earlier.scores,
        confidence=news.earlier.confidence,
        rationale=news.earlier.rationale,
        constraints=unite(news.earlier.constraints, answer.constraints),
        reused=True,
    )


def _of_agent(agent: Agent, versions: Mapping[str, str]) -> Mapping[str, str]:
    """The versions of the tables that an agent may read."""
    return {
        table: versions[table] for table in sorted({each.partition("/")[0] for each in agent.reads} & versions.keys())
    }


def _consent_gate(context: RunContext, phase: Phase, agent: Agent, recorder: Recorder) -> ConsentGate:
    dangerous = any(tool.dangerous for tool in agent.tools)
    stored = StoredConsents(
        run_id=context.run_id, agent=agent.name, phase=phase.value, runs=context.runs, journal=context.journal
    )
    consents = recorder.consents(stored if dangerous else NoConsents())
    return ConsentGate(
        agent=agent.name, run_id=context.run_id, phase=phase.value, consents=consents, clock=context.clock
    )


def _read_with(pack: Pack, phase: Phase, agent: Agent) -> Iterable[tuple[Phase, str]]:
    """The assessments that an agent looks at: all for the arbiter, its own when it is asked again."""
    if agent.kind is AgentKind.ARBITER:
        return all_assessments(pack)
    return [(Phase.RECOMMEND, agent.name)] if phase is Phase.REVISE else ()


def _news(records: RunRecords, frame: Frame, phase: Phase, agent: str) -> News | None:
    """What an agent reacts to: nothing at first, what its peers said when it answers again."""
    if phase is Phase.RECOMMEND:
        return None
    run_id = records.run.run_id
    earlier = required(records.assessment(Phase.RECOMMEND, agent), Assessment, run_id)
    return news_for(earlier, required(records.collations.get(Phase.RECOMMEND), Collation, run_id), frame.options)
