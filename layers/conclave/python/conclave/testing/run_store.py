"""A run store in process memory, with the conditions of the real one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from threading import RLock

from msgspec import structs

from conclave.audit.chain import Act, NewEntry, seal
from conclave.codes import Moment
from conclave.money.spending import NOTHING, Spent, periods_of
from conclave.records.journal import check_size
from conclave.records.runs import (
    DECISION,
    Amendment,
    Ended,
    Marking,
    Page,
    Publication,
    RecordStands,
    Run,
    RunExpired,
    RunNotFound,
    StaleFence,
    Stored,
    TokenInvalid,
    Waiting,
    accepted,
    after,
    check_amendable,
)
from conclave.types import RunStatus


class MemoryRunStore:
    """Runs in process memory, with the conditions and the atomic writes of the real store."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._records: dict[str, dict[str, tuple[int, bytes]]] = {}
        self._audits: dict[str, list[bytes]] = {}
        self._one_at_a_time = RLock()
        self._spent: dict[str, Spent] = {}

    def __len__(self) -> int:
        return len(self._runs)

    def __contains__(self, run_id: str) -> bool:
        return run_id in self._runs

    def create(self, run: Run) -> bool:
        """See ``RunStore.create``."""
        with self._one_at_a_time:
            if run.run_id in self._runs:
                return False
            if run.run_id in self._audits:
                raise RunExpired(f"there was a run {run.run_id}; its audit stands, which no new run can continue")
            self._records[run.run_id] = {}
            self._append(run, accepted(run))
        return True

    def expire(self, run_id: str) -> None:
        """Does what time does to a run in the end: its records go, its audit stays."""
        with self._one_at_a_time:
            del self._runs[run_id], self._records[run_id]

    def get(self, run_id: str) -> Run:
        """See ``RunStore.get``."""
        if run_id not in self._runs:
            raise RunNotFound(f"there is no run {run_id}")
        return self._runs[run_id]

    def load(self, run_id: str, records: Iterable[str]) -> tuple[Run, dict[str, Stored]]:
        """See ``RunStore.load``."""
        with self._one_at_a_time:
            run, stored = self.get(run_id), self._records[run_id]
            return run, {name: Stored(stored[name][1], stored[name][0]) for name in records if name in stored}

    def claim(self, run_id: str, execution_arn: str, now: str, moment: Moment | None = None) -> Run:
        """See ``RunStore.claim``."""
        with self._one_at_a_time:
            run = self._undecided(run_id)
            if run.execution_arn != execution_arn:
                marks = run.marks if moment is None else {moment: now, **run.marks}
                run = structs.replace(
                    run, fence=run.fence + 1, execution_arn=execution_arn, updated_at=now, marks=marks
                )
            self._runs[run_id] = run
            return run

    def seize(self, run_id: str, now: str) -> Run:
        """See ``RunStore.seize``."""
        with self._one_at_a_time:
            run = self.get(run_id)
            if not run.status.open:
                raise StaleFence(f"the run {run_id} is already {run.status}")
            self._runs[run_id] = structs.replace(run, fence=run.fence + 1, updated_at=now)
            return self._runs[run_id]

    def write(
        self,
        run_id: str,
        records: Mapping[str, bytes],
        fence: int,
        act: Act,
        unless: Sequence[str] = (),
        *,
        ended: Ended | None = None,
        head: Run | None = None,
    ) -> None:
        """See ``RunStore.write``."""
        del head
        for name, data in records.items():
            check_size(name, data)
        with self._one_at_a_time:
            run = self._undecided(run_id)
            stored = self._records[run_id]
            if run.fence > fence:
                raise StaleFence(f"the run {run_id} was claimed under a newer fence")
            if found := self.read(run_id, unless, fence):
                raise RecordStands(f"{', '.join(found)} of {run_id} was written before")
            for name in records:
                if name in stored and stored[name][0] > fence:
                    raise StaleFence(f"{name} of {run_id} was written under a newer fence")
            self._append(after(run, ended.changes(run, act.at)) if ended else run, act)
            stored.update({name: (fence, data) for name, data in records.items()})

    def read(self, run_id: str, records: Iterable[str], fence: int = 0) -> dict[str, bytes]:
        """See ``RunStore.read``."""
        stored = self._records.get(run_id, {})
        return {name: stored[name][1] for name in records if name in stored and stored[name][0] >= fence}

    def audit(self, run_id: str) -> list[bytes]:
        """See ``RunStore.audit``."""
        return list(self._audits.get(run_id, ()))

    def publish(self, publication: Publication, head: Run | None = None) -> Run:
        """See ``RunStore.publish``."""
        del head
        with self._one_at_a_time:
            run = self.get(publication.run_id)
            self._append(after(run, publication.changes(run)), publication.act)
            self._charge(publication.charge, publication.now)
            self._records[run.run_id][DECISION] = (publication.fence, publication.decision)
            return self._runs[run.run_id]

    def wait(self, waiting: Waiting, head: Run | None = None) -> Run:
        """See ``RunStore.wait``."""
        del head
        for name, data in waiting.records.items():
            check_size(name, data)
        with self._one_at_a_time:
            run = self.get(waiting.run_id)
            self._append(after(run, waiting.changes(run)), waiting.act)
            self._charge(waiting.charge, waiting.act.at)
            self._records[run.run_id].update({name: (run.fence, data) for name, data in waiting.records.items()})
            return self._runs[run.run_id]

    def _charge(self, charge: Spent, now: str) -> None:
        for period in periods_of(now):
            self._spent[period] = self._spent.get(period, NOTHING).plus(charge)

    def spent(self, periods: Sequence[str]) -> Mapping[str, Spent]:
        """See ``conclave.money.spending.Spending.spent``."""
        return {period: self._spent[period] for period in periods if period in self._spent}

    def add(self, charge: Spent, now: str) -> None:
        """See ``conclave.money.spending.Spending.add``."""
        with self._one_at_a_time:
            self._charge(charge, now)

    def amend(self, amendment: Amendment) -> None:
        """See ``RunStore.amend``."""
        for name, data in amendment.records.items():
            check_size(name, data)
        with self._one_at_a_time:
            run = self.get(amendment.run_id)
            check_amendable(run, amendment)
            self._append(after(run, {**amendment.changes, "texts": amendment.texts}), amendment.act)
            stored = self._records[run.run_id]
            stored.update({name: (run.fence, data) for name, data in amendment.records.items()})

    def mark(self, marking: Marking) -> Run:
        """See ``RunStore.mark``."""
        with self._one_at_a_time:
            run = self.get(marking.run_id)
            self._append(after(run, marking.changes(run)), marking.act)
            return self._runs[run.run_id]

    def _undecided(self, run_id: str) -> Run:
        run = self.get(run_id)
        if run.status is not RunStatus.RUNNING:
            raise StaleFence(f"the run {run_id} is already {run.status}")
        return run

    def _append(self, run: Run, act: Act) -> NewEntry:
        """Stores a run together with the entry that tells how it came to be so."""
        sealed = seal(run.run_id, run.head, act)
        self._audits.setdefault(run.run_id, []).append(sealed.data)
        self._runs[run.run_id] = structs.replace(run, audit_entries=sealed.head.entries, audit_head=sealed.hash)
        return sealed

    def by_status(self, status: RunStatus, limit: int, next_token: str = "") -> Page:
        """See ``RunStore.by_status``."""
        return self._page([run for run in self._runs.values() if run.status is status], limit, next_token)

    def by_day(self, day: str, limit: int, next_token: str = "") -> Page:
        """See ``RunStore.by_day``."""
        return self._page([run for run in self._runs.values() if run.day == day and not run.trial], limit, next_token)

    @staticmethod
    def _page(runs: list[Run], limit: int, next_token: str) -> Page:
        runs.sort(key=lambda run: (run.created_at, run.run_id), reverse=True)
        if not (next_token or "0").isdecimal():
            raise TokenInvalid
        start = int(next_token or 0)
        more = start + limit < len(runs)
        return Page(tuple(runs[start : start + limit]), str(start + limit) if more else "")
