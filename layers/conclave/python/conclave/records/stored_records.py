"""What several steps ask of the records of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from conclave.clock import Clock, timestamp
from conclave.codec import decode, encode
from conclave.pack import Pack
from conclave.records.journal import MAX_RECORD_BYTES, Journal
from conclave.records.runs import (
    FRAME,
    REFUSAL,
    Run,
    RunStore,
    TextState,
    assessment_record,
)
from conclave.records.texts import packed
from conclave.records.usage import total_usage
from conclave.types import (
    Assessment,
    Choice,
    Fact,
    Frame,
    Gap,
    GapReason,
    Phase,
    Refusal,
    Usage,
)
from conclave.untrusted.sections import TEXT_CHARACTERS

T = TypeVar("T")

NOTHING = packed(())
"""Stands in the journal for an entry that came when the texts of its run had gone."""


def entry_of(answer: Assessment | Choice) -> bytes:
    """An agent's answer as its entry in the journal.

    Whoever writes texts into tables could make them so long that no entry holds the facts; the answer would be lost, and with it
    the constraints of the agent's checks. So facts give way, first their texts, and a gap says so; nothing else ever does.
    """
    data = encode(answer)
    if len(data) <= MAX_RECORD_BYTES or isinstance(answer, Choice):
        return data
    for facts in _shorter(answer.facts):
        data = encode(replace(answer, facts=facts, gaps=(*answer.gaps, _FACTS_LEFT_OUT)))
        if len(data) <= MAX_RECORD_BYTES:
            break
    return data


def leave(run_id: str, agent: str, entries: Mapping[str, bytes], fence: int, runs: RunStore, journal: Journal) -> None:
    """Leaves entries in an agent's part of the journal, unless somebody has under this fence; blanks them where texts have gone.

    A function lives on when the machine has given it up, and may answer after its run was decided and its texts were erased.
    """
    journal.append(run_id, agent, entries, fence)
    if runs.get(run_id).texts is not TextState.KEPT:
        journal.replace(run_id, agent, dict.fromkeys(entries, NOTHING), fence)


_FACTS_LEFT_OUT = Gap(
    tool="record",
    item="facts",
    reason=GapReason.FAILED,
    mandatory=False,
    detail="the facts are too large to be kept: their texts were cut or left out",
)


def _shorter(facts: Sequence[Fact]) -> Iterator[Sequence[Fact]]:
    """The facts in less and less room."""
    yield [replace(fact, text=fact.text[:TEXT_CHARACTERS]) for fact in facts]
    yield [replace(fact, text="") for fact in facts]
    yield ()


def stored_assessments(runs: RunStore, run_id: str, phase: Phase, pack: Pack) -> tuple[Assessment, ...]:
    """The assessments that were collated in a phase, in the pack's order."""
    records = [assessment_record(phase, agent.name) for agent in pack.specialists]
    stored = runs.read(run_id, records)
    return tuple(decode(stored[name], Assessment) for name in records if name in stored)


def usage_of(runs: RunStore, run_id: str, pack: Pack, choice: Choice | None = None) -> Usage:
    """What the model calls behind the records of a run, and behind the arbiter's answer, used and cost."""
    stored = runs.read(run_id, (FRAME, REFUSAL))
    heads = [decode(stored[FRAME], Frame).usage] if FRAME in stored else []
    heads += [decode(stored[REFUSAL], Refusal).usage] if REFUSAL in stored else []
    answers = [
        each.usage
        for phase in (Phase.RECOMMEND, Phase.REVISE)
        for each in stored_assessments(runs, run_id, phase, pack)
    ]
    return total_usage([*heads, *answers, *([choice.usage] if choice else [])])


class RecordMissing(Exception):
    """A step found no record of the step before it."""


def mark_once(runs: RunStore, run: Run, moment: str, clock: Clock, summary: str = "") -> None:
    """Marks a moment that has no mark yet: a repetition does not move it."""
    if moment not in run.marks:
        runs.mark(run.run_id, moment, timestamp(clock()), summary)


def required(stored: Mapping[str, bytes], name: str, run_id: str, record: type[T]) -> T:
    """The record of that name as its type; raises ``RecordMissing`` where it does not stand."""
    if name not in stored:
        raise RecordMissing(f"{run_id} has no record {name or record.__name__}")
    return decode(stored[name], record)
