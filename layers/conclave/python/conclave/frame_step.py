"""The first step of a run: claims it and frames its report, once under a fence."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from conclave import acts
from conclave.agents.meter import Meter
from conclave.agents.prices import PriceTable
from conclave.clock import Clock, Timepiece, timestamp
from conclave.codec import decode, encode
from conclave.framing import SCREENED, Extractor, Screen, frame_run, reported_texts, told
from conclave.pack import FRAMER, Pack
from conclave.pack.tables import Tables
from conclave.records.journal import FRAME_PHASE, Journal
from conclave.records.runs import FRAME, FRAME_TEXTS, REFUSAL, RecordStands, RunStore
from conclave.records.stored_records import leave
from conclave.records.texts import error_text, packed, texts_record
from conclave.steps import INTERVENED, Observe, mark_once, unobserved
from conclave.types import Frame, Refusal
from conclave.untrusted.detection import METRIC, adversarial

_FRAMED = (FRAME, REFUSAL)
"""What ``frame`` makes of a run: one of them, once under a fence."""


def perform_frame(
    run_id: str,
    execution_arn: str,
    *,
    pack: Pack,
    runs: RunStore,
    tables: Tables,
    journal: Journal,
    extractor: Extractor,
    screen: Screen,
    prices: PriceTable,
    clock: Timepiece,
    guardrail: str = "",
    observe: Observe = unobserved,
) -> dict[str, Any]:
    """Claims the run for the execution and frames it. Answers ``{"run_id", "framed", "fence"}``.

    Repeated, also while it is under way, it answers what the first one framed: the record is written once under a fence.

    ``guardrail`` is the id and version that the run's models are behind, for the audit; empty where there is none.
    """
    run = runs.claim(run_id, execution_arn, timestamp(clock()))
    if runs.read(run_id, _FRAMED, run.fence):
        return _framed(run_id, run.fence, runs, clock)
    observe(METRIC, adversarial(reported_texts(run, pack)))
    mark_once(runs, run, "frame_started", clock)
    meter = Meter(prices, clock.monotonic)
    failure: Exception | None = None
    try:
        outcome: Frame | Refusal = frame_run(run, pack, tables, extractor, screen, meter)
    except Exception as error:  # what stopped it is told here, and what it said is left with the texts
        meter.texts.append(error_text(error))
        failure = told(error)
    if failure is not None:
        leave(run_id, FRAMER, {texts_record(FRAME_PHASE): packed(meter.texts)}, run.fence, runs, journal)
        raise failure
    observe(INTERVENED, float(isinstance(outcome, Refusal) and outcome.code == SCREENED))
    record = encode(outcome)
    act = acts.framed(
        outcome,
        at=timestamp(clock()),
        fence=run.fence,
        execution_arn=execution_arn,
        record=record,
        pack=pack,
        prices=prices,
        guardrail=guardrail,
    )
    made = {FRAME if isinstance(outcome, Frame) else REFUSAL: record, FRAME_TEXTS: packed(meter.texts)}
    with suppress(RecordStands):
        runs.write(run_id, made, run.fence, act, unless=_FRAMED)
    return _framed(run_id, run.fence, runs, clock)


def _framed(run_id: str, fence: int, runs: RunStore, clock: Clock) -> dict[str, Any]:
    """What ``frame`` answers of the record that stands, whoever wrote it."""
    stored = runs.read(run_id, _FRAMED, fence)
    summary = decode(stored[FRAME], Frame).summary if FRAME in stored else ""
    mark_once(runs, runs.get(run_id), "frame_ended", clock, summary)
    return {"run_id": run_id, "framed": FRAME in stored, "fence": fence}
