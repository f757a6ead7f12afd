"""The first step of a fork: it takes over what its parent has, with its own changes, and asks no model.

The head of the parent names the runs that were forked from it, and only such a run takes over. Erasing the parent is refused
while one of them is open, and naming and erasing contend for that head: so nothing of erased texts comes to stand in a fork.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from conclave.agents.prices import PriceTable
from conclave.audit.canonical import sha256
from conclave.audit.forks import told_of
from conclave.codec import decode, encode
from conclave.codes import Moment, ReasonCode
from conclave.configuration.applied import tried_chains
from conclave.configuration.document import settings_of
from conclave.deliberation.forking import forked_collations, forked_frame, unpaid
from conclave.records.manifest import fork_of, forked_manifest
from conclave.records.run_records import RunRecords, all_assessments, records_of
from conclave.records.runs import (
    FRAME,
    REFUSAL,
    Ended,
    RecordStands,
    Run,
    RunNotFound,
    TextState,
    assessment_record,
    collation_record,
)
from conclave.results import Framed
from conclave.steps import audit_entries
from conclave.steps.context import RunContext
from conclave.steps.frame import versions_by
from conclave.types import Assessment, Collation, Fork, Frame, Phase, Refusal

_WRITTEN = (FRAME, REFUSAL)


class ForkNotEntered(Exception):
    """The parent does not say yet that it was forked; it will in a moment."""


def take_over(context: RunContext, run: Run, execution_arn: str, prices: PriceTable, guardrail: str) -> Framed:
    """Writes the records that a fork begins with: frame, and before a later phase assessments and collations.

    Repeated, it answers what the first one took over: the records are written once under a fence.

    Args:
        context: The context of the fork.
        run: Its head, claimed.
        execution_arn: The execution that claimed it.
        prices: Say which model stands behind each tier.
        guardrail: See ``perform_frame``.

    Raises:
        ForkNotEntered: See there.
    """
    fork = fork_of(run)
    if fork is None:
        raise ValueError(f"{run.run_id} is not a fork")
    if not any(each.fence >= run.fence for each in context.runs.load(run.run_id, _WRITTEN)[1].values()):
        outcome, others = _taken(context, run.run_id, fork)
        name = FRAME if isinstance(outcome, Frame) else REFUSAL
        stored = {each: encode(record) for each, record in {name: outcome, **others}.items()}
        act = audit_entries.framed(
            outcome,
            at=context.now,
            fence=run.fence,
            execution_arn=execution_arn,
            record=stored[name],
            pack=context.pack,
            prices=prices,
            guardrail=guardrail,
        )
        # Every record that the fork begins with, as it is stored.
        taken_over = {name: sha256(data) for name, data in stored.items()}
        act = structs.replace(act, body={**act.body, "fork": told_of(fork), "taken_over": taken_over})
        summary = outcome.summary if isinstance(outcome, Frame) else ""
        ended = Ended(moment=Moment.FRAME_ENDED, summary=summary)
        try:
            context.runs.write(run.run_id, stored, run.fence, act, _WRITTEN, ended=ended, head=run)
        except RecordStands:
            return taken(context, run, fork)
        if isinstance(outcome, Frame) and outcome.manifest is not None and not run.trial:
            context.breakers.lease(tried_chains(context.pack, settings_of(outcome.manifest), prices.tiers))
    return taken(context, run, fork)


def taken(context: RunContext, run: Run, fork: Fork) -> Framed:
    """The result from the records that stand, whoever wrote them."""
    names = (FRAME, collation_record(Phase.REVISE))
    stored = context.runs.read(run.run_id, names, run.fence)
    framed, later = FRAME in stored, fork.start is not Phase.RECOMMEND
    # A fork from the arbiter on never writes this collation itself: it took it over, or there was none.
    revised = framed and fork.start is Phase.ARBITRATE and collation_record(Phase.REVISE) in stored
    recommended = framed and later and not revised
    frame = decode(stored[FRAME], Frame) if framed else None
    return Framed(
        run_id=run.run_id,
        framed=framed,
        fence=run.fence,
        versions=versions_by(frame.manifest if frame else None, context.pack),
        recommended=recommended,
        revised=revised,
    )


Taken = tuple[Frame | Refusal, Mapping[str, Assessment | Collation]]


def _taken(context: RunContext, run_id: str, fork: Fork) -> Taken:
    """The frame of the parent as the fork has it, and other records by name; or why there are none."""
    try:
        parent = records_of(fork.of, context.runs, context.pack, all_assessments(context.pack))
    except RunNotFound:
        return _gone(fork, "has expired"), {}
    if parent.run.texts is not TextState.KEPT:
        return _gone(fork, "was erased"), {}
    if run_id not in parent.run.forks:
        raise ForkNotEntered(f"{fork.of} does not say yet that {run_id} was forked from it")
    if parent.frame is None:
        return _gone(fork, "has no frame"), {}
    return _copied(context, parent, parent.frame, fork)


def _copied(context: RunContext, parent: RunRecords, of: Frame, fork: Fork) -> Taken:
    pin = context.pin(parent.manifest.pin)
    manifest = structs.replace(forked_manifest(parent.manifest, fork, context.pack), pin=pin)
    frame = forked_frame(of, manifest, context.pack.dimensions)
    phases = {Phase.RECOMMEND: (), Phase.REVISE: (Phase.RECOMMEND,), Phase.ARBITRATE: tuple(parent.collations)}
    assessments: dict[Phase, tuple[Assessment, ...]] = {
        phase: tuple(map(unpaid, parent.of_phase(phase))) for phase in phases[fork.start]
    }
    collations = forked_collations(frame, fork, assessments.get(Phase.RECOMMEND, ()), assessments.get(Phase.REVISE))
    return frame, {
        **{assessment_record(each.phase, each.agent): each for of_phase in assessments.values() for each in of_phase},
        **{collation_record(phase): collation for phase, collation in collations.items()},
    }


def _gone(fork: Fork, why: str) -> Refusal:
    return Refusal(code=ReasonCode.PARENT_GONE, detail=f"the run {fork.of} {why}, so there is nothing to take over")
