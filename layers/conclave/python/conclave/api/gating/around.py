"""What the gate works with, and what a run shows of the versions that answered in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from msgspec import Struct

from conclave.clock import Clock, parse_timestamp, timestamp
from conclave.figures import CANDIDATES_REFUSED, CANDIDATES_TAKEN_BACK, Observe
from conclave.pack import Pack
from conclave.records.journal import Journal
from conclave.records.run_records import RunRecords, all_assessments, records_of
from conclave.records.runs import Run, RunNotFound, RunStore, TextState
from conclave.records.untrusted_entries import choice_in
from conclave.rollout.acting import Move, RolloutContended, Rollouts, moved
from conclave.rollout.measured import Rank, Seen, seen_in
from conclave.rollout.record import Record
from conclave.rollout.verdicts import Finding
from conclave.types import Choice, Phase

GATE = "gate"
"""Who moves the record, and who forks runs, in their audits."""
PAGE = 100
_COUNTED = {Move.REFUSED: CANDIDATES_REFUSED, Move.ROLLED_BACK: CANDIDATES_TAKEN_BACK}


class Around(Struct, frozen=True, kw_only=True):
    """What the gate works with.

    Attributes:
        pack: The runs' domain.
        runs: The runs.
        journal: Where the arbiter's answers stand.
        rollouts: The record of the rollout, and its audit.
        clock: The time.
        rank: Ranks models.
        observe: Takes the figures.
        begin: Forks a run, from the agents' first answers on, under an id, and with a document of settings over those that the
            stage brings; None for the settings of the run. Once, however often it is called.
    """

    pack: Pack
    runs: RunStore
    journal: Journal
    rollouts: Rollouts
    clock: Clock
    rank: Rank
    observe: Observe
    begin: Callable[[str, str, Mapping[str, Any] | None], object]

    @property
    def now(self) -> str:
        """The time as a timestamp."""
        return timestamp(self.clock())

    def move(
        self,
        read: Record,
        change: Callable[[Record], Record],
        move: Move,
        why: str,
        findings: tuple[Finding, ...] = (),
        evidence: str = "",
    ) -> Record:
        """Moves the record as it was read.

        Raises:
            RolloutContended: Somebody else moved it meanwhile: a judgement of one candidate never moves another.
        """

        def changed(before: Record) -> Record:
            if before.revision != read.revision:
                raise RolloutContended("somebody else moved the rollout meanwhile")
            return change(before)

        after = moved(self.rollouts, changed, move, by=GATE, why=why, at=self.now, findings=findings, evidence=evidence)
        if move in _COUNTED:
            self.observe(_COUNTED[move], 1)
        return after

    def ended(self, since: str, until: str, pages: int) -> Iterator[Run]:
        """The runs of people that began between two times and have an outcome, newest first, from so many pages at most."""
        day, first, token = parse_timestamp(until).date(), parse_timestamp(since).date(), ""
        for _ in range(pages):
            page = self.runs.by_day(day.isoformat(), PAGE, token)
            yield from (
                run for run in page.runs if since <= run.created_at < until and not run.status.open and not run.fork
            )
            token = page.next
            if not token:
                day -= timedelta(days=1)
                if day < first:
                    return

    def seen(self, run_id: str, record: Record) -> Seen | None:
        """What a run shows; None where it was not framed, has no decision, its texts have gone, or another rollout pinned it.

        A run without its texts has neither its rationales nor the arbiter's answer: half of what is judged is not to be seen.
        """
        try:
            records = records_of(run_id, self.runs, self.pack, all_assessments(self.pack))
        except RunNotFound:
            return None
        pin = records.manifest.pin
        if records.frame is None or records.decision is None or records.run.texts is not TextState.KEPT:
            return None
        if pin is None or pin.rollout != record.rollout:
            return None
        return seen_in(records, records.decision, self._choice(records), self.rank)

    def _choice(self, records: RunRecords) -> Choice | None:
        arbiter = records.manifest.arbiter.name
        return choice_in(self.journal.read(records.run.run_id, [arbiter], [Phase.ARBITRATE.value]), arbiter)
