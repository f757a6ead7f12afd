"""``frame``: claims a run and makes its report a typed incident with facts and feasible options, once under a fence."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct, structs

from conclave.agents.extraction import ExtractionRefused, Extractor, incident_schema
from conclave.agents.meter import Meter
from conclave.agents.prices import PriceTable
from conclave.caches.looks import NotedTables
from conclave.caches.tables import versions_of
from conclave.codec import RecordInvalid, convert, decode, encode, plain
from conclave.codes import INCIDENT_PREFIX, Moment, ReasonCode
from conclave.configuration.applied import tried_chains
from conclave.configuration.document import kept_settings, recorded, settings_of
from conclave.configuration.settings import PACKAGED, Settings
from conclave.deliberation.drawing import kept_drawing, misdrawn
from conclave.deliberation.scoring import scoring_of
from conclave.figures import (
    ADVERSARIAL_TEXT,
    GUARDRAIL_INTERVENED,
    MODEL_RETREATS,
    SETTINGS_NOT_HOSTED,
    Observe,
    Retreat,
    Timed,
    unobserved,
)
from conclave.language.time_zones import time_zones
from conclave.money.allotments import FRAMING_ATTEMPTS
from conclave.money.ledger import CeilingReached
from conclave.pack import FRAMER, Pack, PlainReading, Unresolvable
from conclave.pack.incident_fields import stated, texts_at
from conclave.pack.tables import ReadOnce, ScopedTables, Tables
from conclave.recording.recorder import Recorder
from conclave.recording.recordings import step_records
from conclave.records.accounts import accounted, framing_limit, lost_framing, take_slice
from conclave.records.journal import FRAME_PHASE
from conclave.records.journal_entries import append_entries
from conclave.records.manifest import manifest_of
from conclave.records.reported import agent_timed, report_calls, report_stand_in
from conclave.records.runs import FRAME, FRAME_TEXTS, REFUSAL, Ended, RecordStands, Run, Stored
from conclave.records.texts import error_text, packed, texts_record
from conclave.results import LIVE, Framed
from conclave.routing.breakers import note_all
from conclave.routing.stand_ins import stand_in
from conclave.steps import audit_entries
from conclave.steps.context import RunContext, planned
from conclave.types import Frame, Manifest, Pin, Plan, Reader, Reading, Refusal, RunSettings, SettingsSource
from conclave.untrusted.detection import adversarial
from conclave.untrusted.explaining import beyond_limit, explained
from conclave.untrusted.limits import MAX_OPTIONS, MAX_TEXT_CHARACTERS
from conclave.untrusted.sections import clean

_FRAMED = (FRAME, REFUSAL)
"""The records that ``frame`` writes: one of them, once under a fence."""
SWITCHED_OFF = "switched_off"
"""Why a model reads a report that code might have read: the settings of the run say so."""


def perform_frame(
    context: RunContext,
    execution_arn: str,
    *,
    tables: Callable[[Settings], Tables],
    extractor: Callable[[Settings], Extractor],
    screen: Screen,
    prices: PriceTable,
    guardrail: str = "",
    settings: RunSettings | None = None,
    observe: Observe = unobserved,
) -> Framed:
    """Claims the run for the execution and frames it. The result has the fence that the rest of the run writes under.

    Repeated, also while it is under way, it answers what the first one framed: the record is written once under a fence.

    ``guardrail`` is the id and version that the run's models are behind, for the audit; empty where there is none.
    ``settings`` are those in force now; a run that was framed before, for another execution, keeps those that it began with.
    ``tables`` and ``extractor`` are made of them.
    """
    recorder = Recorder(context.clock, context.code, strict=context.strict)
    context = structs.replace(context, clock=recorder.clock)
    pack, runs = context.pack, context.runs
    taken: list[int] = []
    looks: list[str] = []

    def purse() -> int:
        taken.append(take_slice(context.journal, context.run_id, FRAMER, FRAME_PHASE, context.now))
        return framing_limit(manifest_of(pack, begun_with), taken[0])

    run = runs.claim(context.run_id, execution_arn, context.now, Moment.FRAME_STARTED)
    if run.fork:
        from conclave.steps.forking.take_over import take_over  # few runs are forks

        return take_over(context, run, execution_arn, prices, guardrail)
    stored = runs.load(run.run_id, _FRAMED)[1]
    if any(each.fence >= run.fence for each in stored.values()):
        return _framed(context, run.fence)
    earlier = _earlier_manifest(stored)
    pin = context.pin(earlier.pin if earlier else None)
    begun_with = (earlier and earlier.settings) or settings or recorded(PACKAGED, SettingsSource.PACKAGED)
    under = kept_settings(begun_with.settings)
    begun, meter = context.clock().timestamp(), Meter(prices.under(under), context.clock.monotonic, purse)
    recorder.prices(meter.prices)
    observe(SETTINGS_NOT_HOSTED, float(begun_with.source is not SettingsSource.HOSTED))
    observe(ADVERSARIAL_TEXT, adversarial(reported_texts(run, pack)))
    failure: Exception | None = None
    try:
        data, reader = recorder.tables(tables(under)), recorder.extractor(extractor(under))
        outcome: Frame | Refusal = frame_run(
            run, pack, data, reader, NotedScreen(screen, recorder), meter, begun_with, looks.append, pin
        )
    except Exception as error:  # what stopped it is told here, and what it said is left with the texts
        meter.texts.append(error_text(error))
        failure = as_engine_error(error)
    report_calls(meter.exchanges, observe, agent=FRAMER, phase=FRAME_PHASE)
    if meter.exchanges:
        why = type(failure).__name__ if failure else ""
        observe.timed(_timed(run.run_id, meter, begun, why))
    note_all(context.breakers, meter.exchanges)
    if failure is not None:
        texts = {texts_record(FRAME_PHASE): packed(meter.texts)}
        append_entries(run.run_id, FRAMER, texts, run.fence, runs, context.journal)
        raise failure
    outcome = _with_lost_slices(outcome, taken)
    report_stand_in(outcome.reading.stood_in if outcome.reading else None, observe)
    observe(GUARDRAIL_INTERVENED, float(isinstance(outcome, Refusal) and outcome.code == ReasonCode.INCIDENT_REFUSED))
    if isinstance(outcome, Refusal) and outcome.code == ReasonCode.CEILING_REACHED:
        observe(MODEL_RETREATS, 1, way=Retreat.NO_ANSWER)
    record = encode(outcome)
    act = audit_entries.framed(
        outcome,
        at=context.now,
        fence=run.fence,
        execution_arn=execution_arn,
        record=record,
        pack=pack,
        prices=prices,
        guardrail=guardrail,
    )
    recorder.note(slice=taken[0] if taken else None)
    made = {
        FRAME if isinstance(outcome, Frame) else REFUSAL: record,
        FRAME_TEXTS: packed(meter.texts),
        **recorder.records(step_records(FRAME_PHASE)),
    }
    summary = outcome.summary if isinstance(outcome, Frame) else ""
    ended = Ended(moment=Moment.FRAME_ENDED, summary=summary, looks="".join(looks))
    try:
        runs.write(run.run_id, made, run.fence, act, _FRAMED, ended=ended, head=run)
    except RecordStands:
        return _framed(context, run.fence)
    if isinstance(outcome, Frame):
        context.breakers.lease(tried_chains(pack, under, prices.tiers))
    versions = versions_by(outcome.manifest, pack)
    return Framed(run_id=run.run_id, framed=isinstance(outcome, Frame), fence=run.fence, versions=versions)


def _timed(run_id: str, meter: Meter, begun: float, error: str) -> Timed:
    seconds, exchanges = meter.elapsed(), meter.exchanges
    return agent_timed(
        exchanges, run_id=run_id, agent=FRAMER, phase=FRAME_PHASE, begun=begun, seconds=seconds, error=error
    )


def versions_by(manifest: Manifest | None, pack: Pack) -> dict[str, str]:
    """The version, or the alias, of each agent's function that answers in a run.

    Raises:
        PinInvalid: A version is something else than a number.
    """
    pin = manifest.pin if manifest else None
    found = {agent.name: pin.versions.get(agent.name, LIVE) if pin else LIVE for agent in pack.agents}
    if odd := [
        name for name, version in found.items() if version != LIVE and not (version.isascii() and version.isdecimal())
    ]:
        raise PinInvalid(f"the rollout names no version for: {', '.join(odd)}")
    return found


def _earlier_manifest(stored: Mapping[str, Stored]) -> Manifest | None:
    """The manifest that an earlier execution of the run left; ``None`` for a run that was never framed."""
    kinds: Mapping[str, type[Frame] | type[Refusal]] = {FRAME: Frame, REFUSAL: Refusal}
    newest = max(stored.items(), key=lambda item: item[1].fence, default=None)
    return decode(newest[1].body, kinds[newest[0]]).manifest if newest else None


def _with_lost_slices(outcome: Frame | Refusal, taken: Sequence[int]) -> Frame | Refusal:
    """The outcome with what earlier attempts took of framing's money and never accounted for; all of it if none was left."""
    manifest = outcome.manifest
    if not taken or manifest is None:
        return outcome
    earlier = taken[0] - 1 if taken[0] else FRAMING_ATTEMPTS
    return structs.replace(outcome, usage=accounted(outcome.usage, lost_framing(manifest, earlier)))


def _framed(context: RunContext, fence: int) -> Framed:
    """The result from the record that stands, whoever wrote it."""
    stood = context.runs.load(context.run_id, _FRAMED)[1]
    manifest = _earlier_manifest({name: each for name, each in stood.items() if each.fence >= fence})
    framed = FRAME in stood and stood[FRAME].fence >= fence
    return Framed(run_id=context.run_id, framed=framed, fence=fence, versions=versions_by(manifest, context.pack))


class PinInvalid(Exception):
    """The rollout pins a run to something that is not a version."""


class PlanInvalid(Exception):
    """The pack's planner made options that do not fit its own declarations. A defect of the pack."""


class FramingFailed(Exception):
    """A service, a library or the pack failed while a run was framed; the message holds no words of theirs."""


class Screen(Protocol):
    """Looks at what a reporter wrote before anything else does."""

    def refuses(self, texts: Sequence[str]) -> Sequence[str]:
        """The objections to the texts, in closed words (``PROMPT_ATTACK``); nothing when they may be used.

        Raises:
            Exception: Whatever the provider raised: a text that nobody looked at is not used.
        """
        ...


class NotedScreen(Struct, frozen=True):
    """A screen whose objections are noted. See ``Screen``."""

    screen: Screen
    recorder: Recorder

    def refuses(self, texts: Sequence[str]) -> Sequence[str]:
        """See ``Screen.refuses``."""
        return self.recorder.screened(self.screen.refuses, texts)


def frame_run(
    run: Run,
    pack: Pack,
    tables: Tables,
    extractor: Extractor,
    screen: Screen,
    meter: Meter,
    settings: RunSettings | None = None,
    looked: Callable[[str], None] = lambda looks: None,
    pin: Pin | None = None,
) -> Frame | Refusal:
    """Frames a run. What the reporter can mend is a ``Refusal``; what they cannot is raised.

    The screen comes here and not into ``intake``: a report must be taken in at once and kept even while the guardrail
    does not answer, and this step is repeated and recorded where ``intake`` is neither. Nobody reads the text before.

    Args:
        run: The run: its text or its typed incident, and the time of receipt, which is the only clock.
        pack: The domain.
        tables: Its data.
        extractor: Turns free text into an incident.
        screen: Looks at the report first: its text, or the free texts of a typed incident.
        meter: Takes the model's exchange.
        settings: The settings that the run begins with; ``None`` for the packaged ones.
        looked: Is told where a run that was framed looked in tables that feeds write.
        pin: The versions of the agents' functions that answer in the run.

    Raises:
        PlanInvalid: A defect of the pack.
        ReadFailed: The tables could not be read.
    """
    manifest = structs.replace(manifest_of(pack, settings, frugal=run.economy, pin=pin), time_zones=time_zones())
    against = screen.refuses(texts) if (texts := reported_texts(run, pack)) else ()
    if against:
        kinds = ", ".join(against)
        detail = f"the guardrail refused the report ({kinds}); describe the incident in plain words"
        return Refusal(code=ReasonCode.INCIDENT_REFUSED, detail=detail, manifest=manifest)
    versions = versions_of(tables)
    noted = NotedTables(tables, pack.feed_tables)
    once = ReadOnce(noted)
    plainly = plain_reading(run, pack, once, by_code=settings_of(manifest).flags.read_by_code)
    reading = _reading(run, plainly)
    try:
        incident = plainly.incident
        if incident is None:
            incident = typed_incident(run, pack, once, extractor, meter)
        resolved = pack.resolve(incident, ScopedTables(once, pack.resolve_reads), run.created_at)
    except Unresolvable as error:
        return Refusal(
            code=f"{INCIDENT_PREFIX}{error.code}",
            detail=error.message,
            candidates=error.candidates,
            usage=meter.total(),
            exchanges=tuple(meter.exchanges),
            manifest=manifest,
            reading=_read_by(reading, extractor, meter),
        )
    except CeilingReached:
        detail = "the run's money does not suffice for a model to read the report; send a typed incident, or raise the ceiling"
        return Refusal(
            code=ReasonCode.CEILING_REACHED,
            detail=detail,
            usage=meter.total(),
            exchanges=tuple(meter.exchanges),
            manifest=manifest,
            reading=_read_by(reading, extractor, meter),
        )
    plan = pack.plan(resolved, ScopedTables(once, pack.plan_reads), run.created_at)
    _check_plan(pack, plan)
    looked(noted.looks)
    return Frame(
        versions=versions,
        incident=plain(resolved),
        summary=pack.summarise(resolved),
        options=plan.options,
        facts=plan.facts,
        gaps=plan.gaps,
        usage=meter.total(),
        exchanges=tuple(meter.exchanges),
        manifest=manifest,
        scores=scoring_of(plan.options, pack.dimensions).scores,
        reading=_read_by(reading, extractor, meter),
        drawing=kept_drawing(plan),
        planned=planned(plan) if pack.feeds else "",
    )


def plain_reading(run: Run, pack: Pack, tables: Tables, *, by_code: bool = True) -> PlainReading:
    """What code reads of a report beyond doubt; nothing of a typed incident, nor where a model reads all of them."""
    if run.incident or pack.read_plainly is None:
        return PlainReading()
    if not by_code:
        return PlainReading(doubt=SWITCHED_OFF)
    return pack.read_plainly(run.text, run.created_at, ScopedTables(tables, pack.reread_reads))


def _reading(run: Run, plainly: PlainReading) -> Reading:
    by = Reader.CALLER if run.incident else Reader.MODEL if plainly.incident is None else Reader.CODE
    return Reading(by=by, doubt=plainly.doubt)


def _read_by(reading: Reading, extractor: Extractor, meter: Meter) -> Reading:
    """How a report was read, with the model that read it if that was not the one that should have."""
    if not meter.exchanges:
        return reading
    other = stand_in(extractor.model_id, meter.exchanges)
    return structs.replace(reading, stood_in=structs.replace(other, agent=FRAMER)) if other else reading


def as_engine_error(error: Exception) -> Exception:
    """A failure of ``frame_run`` as logs, traces and the machine's history may have it: in words of the engine."""
    own = type(error).__module__.partition(".")[0] == __name__.partition(".")[0]
    return error if own else FramingFailed(f"{type(error).__name__}; what it said stands with the texts of the run")


def reported_texts(run: Run, pack: Pack) -> tuple[str, ...]:
    """The free words of the reporter, as a model would read it."""
    told = (run.text, *texts_at(run.incident, sorted(pack.free_text)))
    read = [clean(text, MAX_TEXT_CHARACTERS) for text in told]
    return tuple(text for text in read if text)


def typed_incident(run: Run, pack: Pack, tables: Tables, extractor: Extractor, meter: Meter) -> Any:
    """The incident of a run as it was reported: the typed one, or what a model and the second reading make of the text.

    Raises:
        Unresolvable: The text can not be read, or can mean several things.
        Exception: Whatever the extractor raised.
    """
    if run.incident:
        return convert(dict(run.incident), pack.incident)
    # The words of messages are loaded with the first report that is a text.
    from conclave.language.messages import message_of, on_one_line

    try:
        answer = extractor.extract(on_one_line(message_of(run.text)), incident_schema(pack), run.created_at, meter)
    except ExtractionRefused as error:
        raise _unresolvable(ReasonCode.INCIDENT_REFUSED, str(error)) from error
    try:
        incident = convert(stated(answer, pack.incident), pack.incident)
    except RecordInvalid as error:
        why = explained(error, pack.incident)
        if beyond_limit(error):
            raise _unresolvable(ReasonCode.INCIDENT_OUT_OF_RANGE, why) from error
        detail = f"the sentence could not be read as an incident ({why})"
        raise _unresolvable(ReasonCode.INCIDENT_UNREADABLE, detail) from error
    if pack.reread is None:
        return incident
    return pack.reread(incident, run.text, run.created_at, ScopedTables(tables, pack.reread_reads))


def _unresolvable(code: ReasonCode, message: str) -> Unresolvable:
    """The engine's own reason not to read a report, as a pack would give one: its code without the prefix."""
    return Unresolvable(code.removeprefix(INCIDENT_PREFIX), message)


def _check_plan(pack: Pack, plan: Plan) -> None:
    if problems := misdrawn(pack.picture, plan):
        raise PlanInvalid(f"the drawing of the plan: {problems[0]}")
    declared = {each.name: each.type for each in pack.fields}
    ids = [option.id for option in plan.options]
    if len(set(ids)) != len(ids):
        raise PlanInvalid("two options have the same id")
    if len(ids) > MAX_OPTIONS:
        raise PlanInvalid(f"{len(ids)} options are more than the {MAX_OPTIONS} that agents can compare")
    for option in plan.options:
        difference = declared.keys() ^ option.fields.keys()
        if difference:
            raise PlanInvalid(f"option {option.id} and the declared fields differ in: {', '.join(sorted(difference))}")
        odd = sorted(name for name, value in option.fields.items() if not _fits(value, declared[name]))
        if odd:
            raise PlanInvalid(f"option {option.id} has values that are not of the declared type in: {', '.join(odd)}")


def _fits(value: Any, kind: type) -> bool:
    """True if a value can stand in a field. One that is not a number would be kept as ``None``: that nothing applies."""
    if value is None or kind in (bool, str):
        return value is None or isinstance(value, kind)
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
