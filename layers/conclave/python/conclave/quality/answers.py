"""The answers of a run with everything that they may speak of, from its records; and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from conclave.deliberation.scoring import preferences_of
from conclave.pack import Pack
from conclave.quality.rules import Breach, Told, breaches
from conclave.records.journal import Journal
from conclave.records.run_records import RunRecords, records_of
from conclave.records.runs import RunStore, TextState
from conclave.records.untrusted_entries import choice_in
from conclave.types import Choice, Fact, Frame, Phase


class Judged(Struct, frozen=True, kw_only=True):
    """A run, judged by the rules of quality.

    Attributes:
        run_id: The run.
        answers: How many answers were judged: those of models, with prose. None of a run whose texts are erased.
        breaches: What is wrong with them.
    """

    run_id: str
    answers: int
    breaches: Sequence[Breach]

    @property
    def sound(self) -> int:
        """How many answers break no rule."""
        return self.answers - len({(each.agent, each.phase) for each in self.breaches})


def judge_run(run_id: str, *, pack: Pack, runs: RunStore, journal: Journal) -> Judged:
    """Judges the answers of a run. Reads only.

    Raises:
        RunNotFound: There is no such run.
    """
    records = records_of(run_id, runs, pack)
    if records.run.texts is not TextState.KEPT or records.frame is None:
        return Judged(run_id=run_id, answers=0, breaches=())
    told = list(answers_told(records, records.frame, _choice(records, journal)))
    return Judged(run_id=run_id, answers=len(told), breaches=[each for answer in told for each in breaches(answer)])


def answers_told(records: RunRecords, frame: Frame, choice: Choice | None) -> Iterator[Told]:
    """Every answer that a model gave in its own words. One that stands from the phase before is told once."""
    collation = records.last_collation
    scored = records.decision or records.proposal
    figures = [value for each in (scored.options if scored else ()) for value in (*each.scores.values(), each.total)]
    constraints = collation.constraints if collation else ()
    gaps = collation.gaps if collation else frame.gaps
    every: list[Fact] = [*frame.facts]
    for (phase, agent), answer in records.assessments.items():
        every += answer.facts
        if answer.failure or answer.reused or not answer.exchanges:
            continue
        yield Told(
            agent=agent,
            phase=phase.value,
            prose=answer.rationale,
            verdict=answer.verdict,
            incident=frame.incident,
            options=frame.options,
            figures=[*figures, *answer.scores.values(), answer.confidence],
            facts=[*frame.facts, *answer.facts],
            constraints=[*constraints, *answer.constraints],
            gaps=[*gaps, *answer.gaps],
        )
    if choice is not None and not choice.failure:
        preferences = preferences_of(records.assessments.values()).values()
        yield Told(
            agent=records.manifest.arbiter.name,
            phase=Phase.ARBITRATE.value,
            prose=choice.justification,
            verdict=None,
            incident=frame.incident,
            options=frame.options,
            figures=[*figures, *preferences, choice.confidence],
            facts=every,
            constraints=constraints,
            gaps=gaps,
        )


def _choice(records: RunRecords, journal: Journal) -> Choice | None:
    arbiter = records.manifest.arbiter.name
    entries = journal.read(records.run.run_id, [arbiter], [Phase.ARBITRATE.value])
    return choice_in(entries, arbiter)
