"""``gate``: looks after the rollout of a stage. It does what there is to do now, and answers; repeated, it goes on from there.

Before its gate, a candidate is tried on runs of people that have ended: each is forked once for each side, a few at a time, and
once all have ended the two sides are judged. So is a change of the configuration, which ends with that; of new versions both
sides of the runs that came in since are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from msgspec import Struct

from conclave.api.forking.asked import ForkRefused
from conclave.api.forking.fork import MOST_FORKS, require_forkable
from conclave.api.gating.around import Around
from conclave.api.gating.share import look
from conclave.clock import parse_timestamp, timestamp
from conclave.codec import decode, digest
from conclave.codes import Moment, RequestCode
from conclave.records.run_records import records_of
from conclave.records.runs import Run, RunNotFound, TextState
from conclave.rollout.acting import Move, RolloutContended
from conclave.rollout.canary import Way
from conclave.rollout.gate import LEAST_CASES, Case, judged
from conclave.rollout.record import Record, State, admitted, drawn, refused, rolled_back, stepped
from conclave.rollout.trials import CASES, by_turns, trial_id
from conclave.rollout.verdicts import Finding, Objection
from conclave.types import Phase, Side

DAYS = 30
"""Of which runs are drawn."""
PAGES = 40
MOST_READ = 200
"""Runs that are read to find those that can be forked: after a change of the pack none of thousands can."""
AT_ONCE = 2
"""Trials that deliberate at once: they take places that incidents wait for."""


class Looked(Struct, frozen=True, kw_only=True):
    """What ``gate`` found and did.

    Attributes:
        state: Where the rollout stands now.
        rollout: Its number.
        share: Percent of the runs that are on the candidate now.
        open: Trials that have not ended.
        runs: Runs that were looked at, by side.
        findings: Why the candidate was refused or taken back, or what there is too little of.
    """

    state: State
    rollout: int
    share: int
    open: int = 0
    runs: Mapping[str, int] = {}
    findings: tuple[Finding, ...] = ()


def look_after(around: Around, *, may_step: bool = True) -> Looked:
    """Does what there is to do about the rollout now.

    Args:
        around: What it works with.
        may_step: Whether a candidate that is no worse gets its next share; one that is worse is taken back in any case.
    """
    record = around.rollouts.read()
    try:
        if record.state is State.GATE:
            return _try(around, record)
        if record.state is State.CANARY:
            return _look(around, record, may_step=may_step)
    except RolloutContended:
        record = around.rollouts.read()
    return _told(record)


def _told(
    record: Record, findings: tuple[Finding, ...] = (), waiting: int = 0, runs: Mapping[str, int] | None = None
) -> Looked:
    return Looked(
        state=record.state,
        rollout=record.rollout,
        share=record.share,
        open=waiting,
        runs=runs or {},
        findings=findings,
    )


def _try(around: Around, record: Record) -> Looked:
    if not record.cases:
        cases = _draw(around, record)
        if len(cases) < LEAST_CASES:
            return _judge(around, record, ())
        why = f"runs to be played again on both sides: {len(cases)}"
        record = around.move(record, lambda each: drawn(each, cases), Move.DRAWN, why)
    trials = {(case, side): _trial(around, record, side, case) for case in record.cases for side in Side}
    waiting, lost = _begin(around, record, trials)
    if waiting:
        return _told(record, waiting=waiting)
    found: list[Case] = []
    for case in (each for each in record.cases if each not in lost):
        stable, candidate = (around.seen(trial_id(record.since, side, case), record) for side in Side)
        if stable is not None and candidate is not None:
            found.append(Case(name=case, stable=stable, candidate=candidate))
    return _judge(around, record, found)


def _draw(around: Around, record: Record) -> tuple[str, ...]:
    """The ids of runs that can be forked, of every outcome, the newest first."""
    since = timestamp(parse_timestamp(record.since) - timedelta(days=DAYS))
    # People may fork a run, too: half of the forks that one can have are left to them.
    ended = [
        run
        for run in around.ended(since, record.since, PAGES)
        if len(run.forks) < MOST_FORKS // 2 and run.texts is TextState.KEPT
    ]
    forkable = (run.run_id for run in by_turns(ended)[:MOST_READ] if _forkable(around, run.run_id))
    return tuple(islice(forkable, CASES))


def _forkable(around: Around, run_id: str) -> bool:
    try:
        require_forkable(records_of(run_id, around.runs, around.pack), around.pack, Phase.RECOMMEND)
    except (ForkRefused, RunNotFound):
        return False
    return True


def _trial(around: Around, record: Record, side: Side, case: str) -> Run | None:
    try:
        return around.runs.get(trial_id(record.since, side, case))
    except RunNotFound:
        return None


def _begin(around: Around, record: Record, trials: Mapping[tuple[str, Side], Run | None]) -> tuple[int, frozenset[str]]:
    """Begins the next trials. Answers how many have not ended, and the cases that cannot be played any more."""
    waiting, lost = 0, set[str]()
    places = AT_ONCE - sum(run is not None and run.status.open for run in trials.values())
    for (case, side), run in trials.items():
        if case in lost or (run is not None and not run.status.open):
            continue
        waiting += 1
        unbegun = run is not None and Moment.FRAME_STARTED not in run.marks
        if not unbegun and (run is not None or places <= 0):
            continue
        places -= run is None
        try:
            around.begin(case, trial_id(record.since, side, case), _settings(record, side))
        except (ForkRefused, RunNotFound) as error:
            if isinstance(error, ForkRefused) and error.code == RequestCode.MONEY_SPENT:
                continue
            lost.add(case)
            waiting -= 1
    return waiting, frozenset(lost)


def _settings(record: Record, side: Side) -> Mapping[str, Any] | None:
    return dict(decode(record.settings.encode(), dict[str, Any])[side.value]) if record.settings else None


def _judge(around: Around, record: Record, cases: Sequence[Case]) -> Looked:
    findings, evidence = judged(cases, record.thresholds), digest(cases)
    if not findings:
        why = f"no worse in {len(cases)} runs that were played on both sides"
        move = Move.PASSED if record.settings else Move.ADMITTED
        record = around.move(record, lambda each: admitted(each, at=around.now), move, why, (), evidence)
        return _told(record)
    codes = tuple(each.objection.value for each in findings)
    why = f"worse in {len(cases)} runs that were played on both sides"
    if codes == (Objection.TOO_FEW,):
        why = f"only {len(cases)} runs could be played on both sides, {LEAST_CASES} are needed"
    record = around.move(
        record, lambda each: refused(each, codes, at=around.now), Move.REFUSED, why, findings, evidence
    )
    return _told(record, findings)


def _look(around: Around, record: Record, *, may_step: bool) -> Looked:
    found = look(around, record)
    counted = ", ".join(f"{side} {count}" for side, count in found.runs.items())
    if found.way is Way.BACK:
        codes = tuple(each.objection.value for each in found.findings)
        record = around.move(
            record,
            lambda each: rolled_back(each, codes, at=around.now),
            Move.ROLLED_BACK,
            f"worse than the stable versions; runs: {counted}",
            found.findings,
        )
    elif found.way is Way.ON and may_step:
        record = around.move(
            record,
            lambda each: stepped(each, at=around.now),
            Move.STEPPED,
            f"no worse at {record.share} %; runs: {counted}",
        )
    return _told(record, found.findings, runs=found.runs)
