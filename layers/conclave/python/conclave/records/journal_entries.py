"""Entries of the journal as steps write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from conclave.codec import encode
from conclave.records.journal import MAX_RECORD_BYTES, Journal
from conclave.records.runs import RunStore, TextState
from conclave.records.texts import packed
from conclave.types import Assessment, Choice, Fact, Gap, GapReason
from conclave.untrusted.sections import TEXT_CHARACTERS

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
        data = encode(structs.replace(answer, facts=facts, gaps=(*answer.gaps, _FACTS_LEFT_OUT)))
        if len(data) <= MAX_RECORD_BYTES:
            break
    return data


def append_entries(
    run_id: str, agent: str, entries: Mapping[str, bytes], fence: int, runs: RunStore, journal: Journal
) -> None:
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
    yield [structs.replace(fact, text=fact.text[:TEXT_CHARACTERS]) for fact in facts]
    yield [structs.replace(fact, text="") for fact in facts]
    yield ()
