"""The records of a run, typed: read once, each decoded at most once, and named by the run's own manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TypeVar

from msgspec import structs

from conclave.codec import decode
from conclave.codes import Moment
from conclave.money.allotments import FRAMING_ATTEMPTS
from conclave.money.usage import total_usage
from conclave.pack import Pack
from conclave.pack.signatures import OPEN_QUESTION
from conclave.records.accounts import lost_framing, unaccounted
from conclave.records.manifest import agents_in, manifest_of
from conclave.records.runs import (
    APPROVAL,
    CHOICE,
    DECISION,
    FEEDBACK,
    FRAME,
    PROPOSAL,
    REFUSAL,
    Run,
    RunStore,
    Stored,
    assessment_record,
    collation_record,
)
from conclave.types import (
    AgentKind,
    Assessment,
    Choice,
    Collation,
    Decision,
    Fact,
    Frame,
    Manifest,
    ManifestAgent,
    Phase,
    Refusal,
    Usage,
)

T = TypeVar("T")

COLLATED = (Phase.RECOMMEND, Phase.REVISE)
"""Phases that end with a collation."""
HEADS = (FRAME, REFUSAL, PROPOSAL, DECISION, CHOICE, APPROVAL, FEEDBACK, *map(collation_record, COLLATED))
"""Names of the records that every run may have, whatever its agents are called."""


class RecordMissing(Exception):
    """A step found no record of the step before it."""


class RunRecords:
    """Everything that is kept of a run, apart from its texts and its audit.

    Args:
        run: Head of the run.
        stored: Its records with the fences that they were written under.
        runs: Where assessments are read from, once somebody asks for them.
        pack: Today's pack: its manifest stands in for that of a record that was written without one.
        looked_for: Names of assessments that are among ``stored`` if there are any of the name.
    """

    def __init__(
        self, run: Run, stored: Mapping[str, Stored], runs: RunStore, pack: Pack, looked_for: Iterable[str] = ()
    ) -> None:
        self.run = run
        self._stored = stored
        self._runs = runs
        self._pack = pack
        self._looked_for = frozenset(looked_for)

    @property
    def received(self) -> str:
        """When what the run is about was reported: the only time that checks and planning know, also in a fork."""
        fork = self.frame.manifest.fork if self.frame and self.frame.manifest else None
        return fork.received if fork else self.run.created_at

    def body(self, name: str) -> bytes | None:
        """A record as it is stored, of those that were read."""
        return self._stored[name].body if name in self._stored else None

    def stands(self, name: str, fence: int) -> bool:
        """True if a record was written under this fence or a newer one."""
        return name in self._stored and self._stored[name].fence >= fence

    @cached_property
    def frame(self) -> Frame | None:
        """The typed incident and its plan."""
        return self._record(FRAME, Frame)

    @cached_property
    def refusal(self) -> Refusal | None:
        """The refusal, if the incident could not be framed."""
        return self._record(REFUSAL, Refusal)

    @cached_property
    def proposal(self) -> Decision | None:
        """The decision that ``decide`` proposed."""
        return self._record(PROPOSAL, Decision)

    @cached_property
    def decision(self) -> Decision | None:
        """The decision that was published."""
        return self._record(DECISION, Decision)

    @cached_property
    def choice(self) -> Choice | None:
        """The arbiter's choice without its prose, once texts are erased; until then it stands in the journal."""
        return self._record(CHOICE, Choice)

    @cached_property
    def collations(self) -> Mapping[Phase, Collation]:
        """The collations by phase, as far as there are any."""
        found = ((phase, self._record(collation_record(phase), Collation)) for phase in COLLATED)
        return {phase: collation for phase, collation in found if collation is not None}

    @property
    def last_collation(self) -> Collation | None:
        """The newest collation."""
        return next(reversed(list(self.collations.values())), None)

    @cached_property
    def manifest(self) -> Manifest:
        """The manifest of the run.

        Of a record that was written without a manifest, what today's pack would say, and every agent that its collations name.
        """
        head = self.frame or self.refusal
        if head is not None and head.manifest is not None:
            return head.manifest
        today = manifest_of(self._pack)
        known = {agent.name for agent in today.agents}
        named = {name for collation in self.collations.values() for name in agents_in(collation)}
        forgotten = (ManifestAgent(name=name, title=name, kind=AgentKind.BUSINESS) for name in sorted(named - known))
        return structs.replace(today, agents=(*today.agents, *forgotten))

    @cached_property
    def assessments(self) -> Mapping[tuple[Phase, str], Assessment]:
        """The assessments that were collated, by phase and agent: phases in their order, agents in the manifest's."""
        return {key: decode(data, Assessment) for key, data in self.stored_assessments.items()}

    @cached_property
    def stored_assessments(self) -> Mapping[tuple[Phase, str], bytes]:
        """The same, as they are stored. Nothing is read where nothing was collated."""
        if not self.collations:
            return {}
        keys = [(phase, agent.name) for phase in self.collations for agent in self.manifest.specialists]
        names = {key: assessment_record(*key) for key in keys}
        stored = self._assessments(names.values())
        return {key: stored[name] for key, name in names.items() if name in stored}

    def _assessments(self, names: Iterable[str]) -> Mapping[str, bytes]:
        """Assessments by the names of their records; those that nobody looked for yet are read."""
        wanted = list(names)
        unread = [name for name in wanted if name not in self._looked_for]
        found = {name: self._stored[name].body for name in wanted if name in self._stored}
        return found | self._runs.read(self.run.run_id, unread) if unread else found

    def assessment(self, phase: Phase, agent: str) -> Assessment | None:
        """One agent's assessment of a phase; the others' are not read for it."""
        name = assessment_record(phase, agent)
        stored = self._assessments([name])
        return decode(stored[name], Assessment) if name in stored else None

    def of_phase(self, phase: Phase) -> tuple[Assessment, ...]:
        """The assessments that were collated in a phase."""
        return tuple(each for (of, _), each in self.assessments.items() if of is phase)

    @property
    def usage(self) -> Usage:
        """The usage and cost of the model calls behind the records, but for the arbiter's."""
        heads = [each.usage for each in (self.frame, self.refusal) if each is not None]
        collated = self.last_collation and self.last_collation.usage
        answers = [collated] if collated else [each.usage for each in self.assessments.values()]
        return total_usage([*heads, *answers])

    @property
    def unaccounted(self) -> Usage:
        """The most that was spent beside ``usage`` when a run ends without its steps: in the phase that was under way.

        It follows from what was collated, so that whoever closes a run needs not read the journal.
        """
        head = self.frame or self.refusal
        if head is None and self.run.fork:
            return Usage()  # what a fork takes over is paid for
        if head is None:
            begun = Moment.FRAME_STARTED in self.run.marks
            return lost_framing(self.manifest, FRAMING_ATTEMPTS if begun else 0)
        collation = self.last_collation
        if self.frame is None or self.proposal is not None or (collation and collation.halts):
            return Usage()
        if collation is None:
            return unaccounted(self.manifest, [Phase.RECOMMEND])
        revising = collation.phase is Phase.RECOMMEND and bool(collation.revise)
        return unaccounted(self.manifest, [Phase.REVISE] if revising else [Phase.ARBITRATE])

    @property
    def evidence(self) -> dict[str, bytes]:
        """Every record that a decision rests on, as it is stored, by name."""
        heads = (FRAME, REFUSAL, *map(collation_record, COLLATED))
        return {name: self._stored[name].body for name in heads if name in self._stored} | {
            assessment_record(*key): data for key, data in self.stored_assessments.items()
        }

    def _record(self, name: str, kind: type[T]) -> T | None:
        return decode(self._stored[name].body, kind) if name in self._stored else None


def records_of(run_id: str, runs: RunStore, pack: Pack, assessments: Iterable[tuple[Phase, str]] = ()) -> RunRecords:
    """The records of a run, in one read.

    Args:
        run_id: The run.
        runs: The runs.
        pack: Today's pack.
        assessments: Phase and agent of those that are read with them; others are when they are asked for.

    Raises:
        RunNotFound: There is no such run.
    """
    named = [assessment_record(*each) for each in assessments]
    run, stored = runs.load(run_id, [*HEADS, *named])
    return RunRecords(run, stored, runs, pack, named)


def all_assessments(pack: Pack) -> list[tuple[Phase, str]]:
    """Phase and agent of every assessment that a run of a pack may have."""
    return [(phase, agent.name) for phase in COLLATED for agent in pack.specialists]


def by_id(facts: Iterable[Fact]) -> dict[str, Fact]:
    """What facts say together, one for each id: of two values under one name the later, and of two texts.

    An open question stands under the id of what raises it, and says nothing about that: it is left out unless it is alone.
    """
    found: dict[str, Fact] = {}
    for fact in facts:
        before = found.get(fact.id)
        if before is None or before.kind == OPEN_QUESTION:
            found[fact.id] = fact
        elif fact.kind != OPEN_QUESTION:
            found[fact.id] = structs.replace(
                fact, values={**before.values, **fact.values}, text=fact.text or before.text
            )
    return found


def required(record: T | None, kind: type[T], run_id: str) -> T:
    """The record; raises ``RecordMissing`` where there is none."""
    if record is None:
        raise RecordMissing(f"{run_id} has no record {kind.__name__}")
    return record
