"""The steps of a run, each played from its recording by the engine's own code and compared with what it left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conclave.agents.checks import NOT_ENDED
from conclave.agents.prices import price_table
from conclave.codec import decode, digest
from conclave.configuration.declared import tier_of
from conclave.configuration.settings import Settings
from conclave.pack import FRAMER, Agent
from conclave.recording.recordings import DECIDE, Screened, entry_records, step_records
from conclave.records.accounts import slice_records
from conclave.records.journal import FRAME_PHASE
from conclave.records.runs import (
    DECISION,
    FRAME,
    FRAME_TEXTS,
    PROPOSAL,
    REFUSAL,
    assessment_record,
    collation_record,
)
from conclave.records.texts import Text, texts_record, unpacked
from conclave.replaying.diverged import ABSENT, Diverged, Divergence, compared, divergence
from conclave.replaying.models import ReplayedExtractor, ReplayedModel
from conclave.replaying.script import ReplayedClock, ReplayedDeadline, Script
from conclave.replaying.stage import NotReplayable, Stage
from conclave.replaying.tables import ReplayedTables
from conclave.replaying.workers import ReplayedWorkers
from conclave.routing.chains import FRAMING_TIER
from conclave.steps.collate import perform_collate
from conclave.steps.decide import perform_decide
from conclave.steps.frame import perform_frame
from conclave.steps.publish import publish
from conclave.steps.run_agent import perform_agent
from conclave.testing.bus import RecordingBus
from conclave.types import AgentKind, Assessment, Choice, Phase

PUBLISHED = "decision_published"


class ReplayedScreen:
    """A screen that says what it said. See ``conclave.steps.frame.Screen``."""

    def __init__(self, screened: Screened | None) -> None:
        self._screened = screened

    def refuses(self, texts: Sequence[str]) -> Sequence[str]:
        """See ``Screen.refuses``."""
        here = digest(list(texts))
        if self._screened is None or self._screened.hash != here:
            raise Diverged("screen", "texts", self._screened.hash if self._screened else ABSENT, here)
        return self._screened.objections


def frame(stage: Stage) -> Iterator[Divergence]:
    """Plays ``frame``."""
    recording = stage.recording(step_records(FRAME_PHASE), stage.bodies())
    stage.lay_slices(FRAMER, slice_records(FRAME_PHASE)[: _earlier(recording.slice)])
    script = Script(
        recording=recording,
        texts=_texts(stage.bodies().get(FRAME_TEXTS)),
        exchanges=stage.outcome.exchanges,
        clock=ReplayedClock(recording.moments),
    )
    said, manifest = stage.said_of("run_framed").get("body", {}), stage.outcome.manifest
    prices, tables = price_table(recording.day), ReplayedTables(recording.reads)

    def extractor(under: Settings) -> ReplayedExtractor:
        return ReplayedExtractor(prices.model(tier_of(under, None, declared=FRAMING_TIER)), script)

    perform_frame(
        stage.context(recording, script.clock, 0),
        said.get("execution", ""),
        tables=lambda _: tables,
        extractor=extractor,
        screen=ReplayedScreen(recording.screened),
        prices=prices,
        guardrail=said.get("guardrail", ""),
        settings=manifest.settings if manifest else None,
    )
    yield from _same_texts(stage, FRAME_PHASE, script, stage.runs.read(stage.run_id, [FRAME_TEXTS]).get(FRAME_TEXTS))
    yield from stage.same_records(FRAME_PHASE, [FRAME, REFUSAL])
    yield from stage.same_audit(FRAME_PHASE)


def answer(stage: Stage, phase: Phase, name: str) -> Iterator[Divergence]:
    """Plays an agent's work in a phase. Of one that left no answer, there is nothing but the money that it took."""
    entries, step = stage.entries(name), f"{phase}/{name}"
    left = entries.get(phase.value)
    if left is None:
        stage.lay_slices(name, slice_records(phase.value))
        return
    agent = _agent(stage, step, name)
    arbiter = agent.kind is AgentKind.ARBITER
    kept: Assessment | Choice
    kept = decode(left, Choice) if arbiter else decode(left, Assessment)
    recording = stage.recording(entry_records(phase.value), entries)
    stage.lay_slices(name, slice_records(phase.value)[: _earlier(recording.slice)])
    script = Script(
        recording=recording,
        texts=_texts(entries.get(texts_record(phase.value))),
        exchanges=kept.exchanges,
        calls=kept.tool_calls if isinstance(kept, Assessment) else (),
        took=kept.duration_seconds,
        unfinished=_unfinished(kept),
        clock=ReplayedClock(recording.moments),
    )
    prices, tables = price_table(recording.day), ReplayedTables(recording.reads)
    perform_agent(
        stage.context(recording, script.clock, stage.fence),
        phase,
        agent_name=name,
        tables=lambda _: tables,
        models=lambda tiered, _: ReplayedModel(prices.model(tiered.tier), script),
        prices=prices,
        deadline=ReplayedDeadline(script.took),
        pool=lambda: ReplayedWorkers(script, tables),
    )
    made = stage.journal.read(stage.run_id, [name], [phase.value, texts_record(phase.value)])
    yield from _same_texts(stage, step, script, made.get((name, texts_record(phase.value))))
    if found := compared(step, phase.value, left, made.get((name, phase.value))):
        yield found


def collate(stage: Stage, phase: Phase) -> Iterator[Divergence]:
    """Plays ``collate`` of a phase."""
    step = f"collate {phase}"
    recording = stage.recording(step_records(phase), stage.bodies())
    context = stage.context(recording, ReplayedClock(recording.moments), stage.fence)
    perform_collate(context, phase, recording.branches)
    answers = [assessment_record(phase, name) for name in stage.recorded.agents]
    yield from stage.same_records(step, [*answers, collation_record(phase)])
    yield from stage.same_audit(step)


def decide(stage: Stage) -> Iterator[Divergence]:
    """Plays ``decide``."""
    recording = stage.recording(step_records(DECIDE), stage.bodies())
    context = stage.context(recording, ReplayedClock(recording.moments), stage.fence)
    perform_decide(context, arbiter=recording.arbiter, failure=recording.failure)
    yield from stage.same_records(DECIDE, [PROPOSAL])
    yield from stage.same_audit(DECIDE)


def conclude(stage: Stage) -> Iterator[Divergence]:
    """Plays ``publish``: the time of the decision is that of its audit entry."""
    step = "publish"
    clock = ReplayedClock([stage.said_of(PUBLISHED)["at"]])
    publish(stage.run_id, stage.fence, pack=stage.pack, runs=stage.runs, bus=RecordingBus(), clock=clock)
    yield from stage.same_records(step, [DECISION])
    yield from stage.same_audit(step)
    recorded, here = stage.recorded.run, stage.runs.get(stage.run_id)
    for name in ("status", "option_id", "degraded", "summary"):
        if getattr(recorded, name) != getattr(here, name):
            yield divergence(step, "META", name, getattr(recorded, name), getattr(here, name))


def _agent(stage: Stage, step: str, name: str) -> Agent:
    known = {agent.name: agent for agent in stage.pack.agents}
    if name not in known:
        raise Diverged("agent", step, name, ABSENT)
    return known[name]


def _earlier(taken: int | None) -> int | None:
    """How many slices of money were taken before; None for all, where none was left."""
    if taken == 0:
        return None
    return (taken or 1) - 1


def _unfinished(kept: Assessment | Choice) -> frozenset[str]:
    if isinstance(kept, Choice):
        return frozenset()
    return frozenset(gap.tool for gap in kept.gaps if gap.detail == NOT_ENDED)


def _texts(packed: bytes | None) -> Sequence[Text]:
    if packed is None:
        return ()
    kept = unpacked(packed)
    if kept.left_out:
        raise NotReplayable(f"{kept.left_out} texts were too large to be kept")
    return kept.texts


def _same_texts(stage: Stage, step: str, script: Script, made: bytes | None) -> Iterator[Divergence]:
    """The divergence of the texts of a step. They are compared as they read: another build of zlib packs otherwise."""
    here = unpacked(made).texts if made else ()
    if list(here) == list(script.texts):
        return
    at = next((n for n, pair in enumerate(zip(script.texts, here, strict=False)) if pair[0] != pair[1]), None)
    at = min(len(here), len(script.texts)) if at is None else at
    said, says = (each[at].request if at < len(each) else ABSENT for each in (script.texts, here))
    yield divergence(step, "text", f"texts[{at}]", said, says)
