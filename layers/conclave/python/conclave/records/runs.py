"""The store of runs: what is kept of a run, under which conditions it may change, and a store in memory.

An execution claims a run and gets a fencing token. Records of the run (``record`` names) are written under it; a write with an
older token than the run's, or than the record's, is refused, and the decision can be written once only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct, field

from conclave.audit.canonical import sha256
from conclave.audit.chain import GENESIS, Act, Head
from conclave.caches.looks import united
from conclave.codec import convert, digest, plain
from conclave.codes import Moment
from conclave.money.spending import NOTHING as NOTHING_SPENT
from conclave.money.spending import Spent
from conclave.types import Fork, RunStatus

TRIAL = "run-gate-"
"""Begins the ids of trials: runs that are played for the gate of new versions only. Other ids are hexadecimal behind ``run-``."""
META = "META"
FRAME = "FRAME"
REFUSAL = "REFUSAL"
PROPOSAL = "PROPOSAL"
DECISION = "DECISION"
FRAME_TEXTS = "TEXTS#frame"
"""The exchange of ``frame`` with a model, kept in one transaction with what it made of that."""
APPROVAL = "APPROVAL"
"""The people who are asked about the proposal, and their acts."""
FEEDBACK = "FEEDBACK"
"""The feedback of people on the decision."""
CHOICE = "CHOICE"
"""The arbiter's answer without its prose, once the texts of a run are erased; until then it stands in the journal."""


def assessment_record(phase: str, agent: str) -> str:
    """Name of the record of an agent's assessment."""
    return f"ASSESSMENT#{phase}#{agent}"


def collation_record(phase: str) -> str:
    """Name of the record of a phase's collation."""
    return f"COLLATION#{phase}"


class TextState(StrEnum):
    """The state of a run's texts: all kept, being erased, all gone."""

    KEPT = "kept"
    ERASING = "erasing"
    ERASED = "erased"


class MarkState(StrEnum):
    """What is known of a run under which a feed changed something."""

    UNCLEAR = "unclear"
    """It was deliberating: whether it saw what was before is looked at when it has decided."""
    OUTDATED = "outdated"
    """What the feed changed is something that it rests on."""


class Mark(Struct, frozen=True, kw_only=True):
    """That a feed changed something under a run: the first change that did.

    Attributes:
        state: What is known.
        since: When the feed was taken, ISO 8601 UTC.
        feed: The kinds of feeds (``notams``).
        table: The table, and ``key`` the item of it; parts of a key are joined by a slash.
        event: The event that brought it.
    """

    state: MarkState
    since: str
    feed: str
    table: str
    key: str
    event: str


class Run(Struct, frozen=True, kw_only=True):
    """The head of a run.

    ``marks`` maps a ``Moment`` to its timestamp; durations derive from it.
    ``audit_entries`` and ``audit_head`` say where its audit ends; they change only together with an entry.
    ``texts`` says whether what people and models wrote is still kept, ``texts_erased_at`` since when it is not.
    ``economy`` says that it begins frugally, because little was left of the day's or month's money.
    ``asked_by`` is the person who reported; empty where it was a program, or an event.
    ``approval`` is the hash of the record of its approval as it is; empty while nobody was asked.
    ``expires_at`` is when its records go, in seconds since the epoch; 0 of a new run that is kept as long as others.
    ``fork`` is of which run it is a fork, with what (``conclave.types.Fork``); ``forks`` maps its own to the audit's time.
    ``given_to`` maps callers to whom the decision was given again, by the hash of their name, to the time of the audit's entry.
    ``looks`` says where it looked in tables that feeds write (``conclave.caches.looks``), and ``mark`` that a feed changed
    something of it since; None where none did.
    """

    run_id: str
    status: RunStatus
    pack: str
    created_at: str
    updated_at: str
    correlation_id: str
    text: str
    incident: Mapping[str, object] = field(default_factory=dict)
    source: str = ""
    summary: str = ""
    option_id: str = ""
    degraded: bool = False
    fence: int = 0
    execution_arn: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)
    expires_at: int = 0
    audit_entries: int = 0
    audit_head: str = GENESIS
    texts: TextState = TextState.KEPT
    texts_erased_at: str = ""
    given_to: Mapping[str, str] = field(default_factory=dict)
    economy: bool = False
    asked_by: str = ""
    approval: str = ""
    looks: str = ""
    mark: Mark | None = None
    fork: Mapping[str, object] = field(default_factory=dict)
    forks: Mapping[str, str] = field(default_factory=dict)

    @property
    def trial(self) -> bool:
        """Whether it is played for the gate of new versions only: it stands in no list of a day, and is told to nobody."""
        return self.run_id.startswith(TRIAL)

    @property
    def outdated(self) -> Mark | None:
        """Its mark, where it is outdated for sure."""
        return self.mark if self.mark is not None and self.mark.state is MarkState.OUTDATED else None

    @property
    def head(self) -> Head:
        """The end of its audit."""
        return Head(entries=self.audit_entries, hash=self.audit_head)

    @property
    def day(self) -> str:
        """The UTC day of its creation, under which the run is listed."""
        return self.created_at[:10]


class Stored(Struct, frozen=True):
    """A record as it is stored, and the fence that it was written under."""

    body: bytes
    fence: int


class Page(Struct, frozen=True):
    """A page of runs, newest first, and the token of the next one (empty at the end)."""

    runs: tuple[Run, ...]
    next: str = ""


class Publication(Struct, frozen=True, kw_only=True):
    """Everything that becomes true at once when a decision is published; ``charge`` is what it adds to day and month.

    ``approval`` is the hash of the record of its approval as the writer has read it.
    """

    run_id: str
    fence: int
    status: RunStatus
    option_id: str
    degraded: bool
    decision: bytes
    act: Act
    now: str
    charge: Spent = NOTHING_SPENT
    approval: str = ""

    def changes(self, run: Run) -> dict[str, object]:
        """The attributes of the head that change, by path. Time that people took is not the run's own.

        Raises:
            StaleFence: The run is decided, somebody else's, or was acted on since the writer read it.
        """
        mine = run.fence == self.fence and run.approval == self.approval
        if not run.status.open or not mine:
            raise StaleFence(f"the run {self.run_id} is not this writer's to decide")
        ended = Moment.DECIDE_ENDED if run.status is RunStatus.RUNNING else Moment.APPROVAL_ENDED
        return {
            "status": str(self.status),
            "option_id": self.option_id,
            "degraded": self.degraded,
            "updated_at": self.now,
            f"marks.{ended}": self.now,
        }


class Waiting(Struct, frozen=True, kw_only=True):
    """Everything that becomes true at once when people are asked about a run, or when that changes.

    Attributes:
        run_id: The run.
        fence: Fence of the execution that decided.
        expected: Hash of the record of its approval before; empty where nobody was asked yet.
        records: Records in their new form; one of them is ``APPROVAL``.
        act: The audit entry.
        charge: What it adds to day and month: the run's work, when people are first asked.
        mark: Its mark as the writer has read it before the data: who writes it a new frame takes the mark away, and no later one.
    """

    run_id: str
    fence: int
    expected: str
    records: Mapping[str, bytes]
    act: Act
    charge: Spent = NOTHING_SPENT
    mark: Mark | None = None

    def changes(self, run: Run) -> dict[str, object]:
        """The attributes of the head that change, by path.

        Raises:
            StaleFence: The run is not the writer's, or somebody else changed its approval first.
        """
        before = RunStatus.AWAITING_APPROVAL if self.expected else RunStatus.RUNNING
        if run.status is not before or run.fence != self.fence or run.approval != self.expected:
            raise StaleFence(f"somebody else was quicker to act on {self.run_id}")
        if FRAME in self.records and run.mark != self.mark:
            raise StaleFence(f"a feed has changed something under {self.run_id} meanwhile")
        begins = {} if self.expected else {f"marks.{Moment.DECIDE_ENDED}": self.act.at}
        anew = {"mark": None} if FRAME in self.records and run.mark is not None else {}
        return {
            "status": str(RunStatus.AWAITING_APPROVAL),
            "approval": sha256(self.records[APPROVAL]),
            "updated_at": self.act.at,
            **begins,
            **anew,
        }


class Ended(Struct, frozen=True, kw_only=True):
    """The end of a step, as the head of the run tells it: its moment, which is marked once, the summary once known, its looks."""

    moment: Moment
    summary: str = ""
    looks: str = ""

    def changes(self, run: Run, now: str) -> dict[str, object]:
        """The attributes of the head that change, by path; looks are added, and nothing else where the moment has its mark."""
        looks = united(run.looks, self.looks) if self.looks else run.looks
        looked = {"looks": looks} if looks != run.looks else {}
        if self.moment in run.marks:
            return dict(looked)
        told = {"summary": self.summary} if self.summary else {}
        return {f"marks.{self.moment}": now, "updated_at": now, **told, **looked}


class Marking(Struct, frozen=True, kw_only=True):
    """The change of what a run's head says of feeds. Neither its outcome nor its time changes.

    Attributes:
        run_id: The run.
        status: Its status, and ``expected`` its mark, as the writer has read them.
        mark: Its mark from now on; None for none.
        act: The audit entry.
    """

    run_id: str
    status: RunStatus
    expected: Mark | None
    mark: Mark | None
    act: Act

    def changes(self, run: Run) -> dict[str, object]:
        """The attributes of the head that change. Raises ``StaleFence`` for a run that is not as the writer has read it."""
        if run.status is not self.status or run.mark != self.expected:
            raise StaleFence(f"the run {self.run_id} has moved on")
        return {"mark": plain(self.mark)}


class Amendment(Struct, frozen=True, kw_only=True):
    """The change of a run that has its outcome: its texts, never its outcome.

    Attributes:
        run_id: The run.
        expected: State of its texts before; another one refuses the amendment.
        texts: State after.
        changes: What its head says now (``text``, ``incident``, ``summary``, ``texts_erased_at``).
        records: Records in a new form.
        act: The audit entry.
        end: The end of the audit as the writer read it, where what it writes depends on what it read; None where it does not.
    """

    run_id: str
    expected: TextState
    texts: TextState
    changes: Mapping[str, object]
    records: Mapping[str, bytes]
    act: Act
    end: Head | None = None


class RunNotFound(Exception):
    """There is no run of that id."""


class StaleFence(Exception):
    """A newer execution has claimed the run, or it is already decided: this writer must not write."""


class RecordStands(Exception):
    """A record that is written once under a fence was written before, by a repetition of the same step."""


class RunExpired(Exception):
    """There was a run of that id: its records have expired, its audit stands for ever."""


class TokenInvalid(Exception):
    """The token of a page is not one of this list."""


class AuditContended(Exception):
    """Others kept appending to the audit of a run; nothing was written. The step may be repeated."""


def accepted(run: Run) -> Act:
    """The first act of every run: what was reported came in, or another run was forked."""
    body: dict[str, object] = {"pack": run.pack, "source": run.source, "correlation_id": run.correlation_id}
    if run.fork:
        from conclave.audit.forks import told_of  # few runs are forks

        body |= {"fork": told_of(convert(dict(run.fork), Fork))}
        return Act(event="run_forked", at=run.created_at, body=body)
    inputs = {"text": sha256(run.text.encode()), "incident": digest(run.incident)}
    return Act(event="incident_accepted", at=run.created_at, body={**body, "inputs": inputs})


class RunStore(Protocol):
    """The store of runs. One implementation for DynamoDB, one in memory; the same contract tests hold for both.

    Whatever changes what a run says is one transaction with the audit entry that tells of it; entries are only ever added.
    """

    def create(self, run: Run) -> bool:
        """Stores the head of a new run and its first audit entry; False when one of that id exists: nothing changes.

        Raises:
            RunExpired: There was a run of that id, of which only the audit is left; nothing is written.
        """
        ...

    def get(self, run_id: str) -> Run:
        """The head of a run, consistently read; raises ``RunNotFound``."""
        ...

    def load(self, run_id: str, records: Iterable[str]) -> tuple[Run, dict[str, Stored]]:
        """The head of a run and those of the named records that exist, consistently read at once; raises ``RunNotFound``."""
        ...

    def claim(self, run_id: str, execution_arn: str, now: str, moment: Moment | None = None) -> Run:
        """Takes the run for an execution: raises its fence by one and returns the head with the new fence.

        An execution that has the run already keeps its fence: a repetition of its first step takes nothing away from it.
        ``moment`` is marked, unless it has a mark.

        Raises:
            RunNotFound: There is no such run.
            StaleFence: The run is already decided.
        """
        ...

    def seize(self, run_id: str, now: str) -> Run:
        """Raises the fence of a run whoever has it, so that nothing under way for it can write any more. Raises as ``claim``.

        It is done to runs that wait for a person, too.
        """
        ...

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
        """Writes records of a run and the audit entry of the act that made them, in one transaction.

        Args:
            run_id: The run.
            records: The records by name.
            fence: Fencing token of the writer.
            act: What made them.
            unless: Names of records of which none may stand under this fence or a newer one: the first writer wins.
            ended: What the run's head says from now on.
            head: The head as the writer has read it, so that it is not read again; one that has moved on since is. It was read
                before the writer found that none of ``unless`` stands, or together with them, where all are among ``records``.

        Raises:
            RunNotFound: There is no such run.
            RecordStands: One of ``unless`` stands; nothing is written.
            StaleFence: The run was claimed, or a record written, under a newer fence, or the run is decided.
            RecordTooLarge: A record is too large; nothing is written.
            AuditContended: Too many others append to the same audit; nothing is written.
        """
        ...

    def read(self, run_id: str, records: Iterable[str], fence: int = 0) -> dict[str, bytes]:
        """The records that exist, of those asked for, consistently read; with a fence, those under it or a newer one."""
        ...

    def audit(self, run_id: str) -> list[bytes]:
        """All audit entries of a run as they were sealed, in order."""
        ...

    def publish(self, publication: Publication, head: Run | None = None) -> Run:
        """Writes decision, audit entry and new status in one transaction; answers the head as it is then.

        ``head`` is the head as the writer has read it, so that it is not read again; one that has moved on since is.

        Raises:
            StaleFence: The run is decided, or claimed by a newer execution; nothing is written.
            AuditContended: Too many others append to the same audit; nothing is written.
        """
        ...

    def wait(self, waiting: Waiting, head: Run | None = None) -> Run:
        """Asks people about a run, or changes what they are asked: records, audit entry and status in one transaction.

        Of several writers who read the same approval one is first; answers the head as it is then. ``head`` as in ``publish``.

        Raises:
            RunNotFound: There is no such run.
            StaleFence: The run is not in the state that the writer read; nothing is written.
            RecordTooLarge: A record is too large; nothing is written.
            AuditContended: Too many others append to the same audit; nothing is written.
        """
        ...

    def amend(self, amendment: Amendment) -> None:
        """Changes the texts of a run that has its outcome, and adds the audit entry, in one transaction.

        Raises:
            RunNotFound: There is no such run.
            StaleFence: The run has no outcome yet, or its texts are not in the expected state; nothing is written.
            AuditContended: Too many others append to the same audit; nothing is written.
        """
        ...

    def mark(self, marking: Marking) -> Run:
        """Changes the mark of a run and adds the audit entry, in one transaction; answers the head as it is then.

        Raises:
            RunNotFound: There is no such run.
            StaleFence: The run is not as the writer has read it; nothing is written.
            AuditContended: Too many others append to the same audit; nothing is written.
        """
        ...

    def by_status(self, status: RunStatus, limit: int, next_token: str = "") -> Page:
        """Runs of a status, newest first; raises ``TokenInvalid``."""
        ...

    def by_day(self, day: str, limit: int, next_token: str = "") -> Page:
        """Runs of a UTC day, newest first; raises ``TokenInvalid``."""
        ...


def after(run: Run, changed: Mapping[str, object]) -> Run:
    """The head of a run after some of its attributes changed, by path."""
    marks = {path.removeprefix("marks."): value for path, value in changed.items() if path.startswith("marks.")}
    told = {name: value for name, value in changed.items() if name in Run.__struct_fields__}
    known = {name: getattr(run, name) for name in Run.__struct_fields__}
    return convert({**known, **told, "marks": {**run.marks, **marks}}, Run)


def check_amendable(run: Run, amendment: Amendment) -> None:
    """Raises ``StaleFence`` when a run as it is does not take the amendment."""
    if run.status.open:
        raise StaleFence(f"the run {run.run_id} has no outcome yet")
    if run.texts is not amendment.expected:
        raise StaleFence(f"the texts of {run.run_id} are {run.texts}, not {amendment.expected}")
    if amendment.end not in (None, run.head):
        raise StaleFence(f"somebody else wrote to {run.run_id} first")
