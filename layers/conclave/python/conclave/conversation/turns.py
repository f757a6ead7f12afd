"""What is kept of the questions about a run: each claims its turn and its money first, and leaves its answer after.

Turns are numbered. A question takes the next number by writing an entry of which there can be one only, and with it so much of
the conversation's money; what it did not use it gives back with its answer. Whoever takes a number sees all that was taken
before, so settled plus reserved never passes the ceiling, however many ask at once and whatever dies on the way. The entries
stand in the journal, in a part of their own: they expire with the run, and go when the texts of the run are erased.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from conclave.codec import RecordInvalid, decode, digest, encode
from conclave.money.amounts import nanos
from conclave.pack import TALKER
from conclave.records.journal import Journal
from conclave.records.journal_entries import append_entries
from conclave.records.runs import Run, RunStore
from conclave.types import Usage

MOST_QUESTIONS = 50
"""Of a run: as many as one read of the journal finds, with their answers."""
CEILING_USD = 1.0
"""What the questions about one run may cost together."""
_FENCE = 1


class Asked(Struct, frozen=True, kw_only=True):
    """A question that has its turn.

    Attributes:
        at: Since when.
        reserved_nanos: What it may spend, in nano-dollars.
        by: Who asks, as the API knows them; empty in records that were written without it.
        of: The question for which more was taken, where this turn has none of its own; 0 otherwise.
    """

    at: str
    reserved_nanos: int
    by: str = ""
    of: int = 0


class Answered(Struct, frozen=True, kw_only=True):
    """A question and its answer.

    Attributes:
        at: When it was answered.
        key: The question and all that its answer rests on; empty where it cannot be shown which data that is.
        stamp: The same without the question: the answers of one stamp belong to one conversation.
        question: As it was asked.
        answer: As it was given; empty where there is none.
        evidence: Ids of what the answer rests on.
        struck: Sentences that were taken out of it.
        usage: What it used and cost, its specialists' part included.
        model: Who answered.
    """

    at: str
    key: str = ""
    stamp: str = ""
    question: str = ""
    answer: str = ""
    evidence: Sequence[str] = ()
    struck: int = 0
    usage: Usage = Usage()
    model: str = ""


class Conversation(Struct, frozen=True, kw_only=True):
    """The questions about a run so far, by number, and those of them that are answered."""

    asked: Mapping[int, Asked]
    answered: Mapping[int, Answered]

    def spent_before(self, number: int) -> int:
        """What questions before this one have spent, in nano-dollars; of one without an answer, all that it may spend."""
        return sum(
            _cost(self.answered[each]) if each in self.answered else asked.reserved_nanos
            for each, asked in self.asked.items()
            if each < number
        )

    def known(self, key: str) -> Answered | None:
        """The newest answer to the same question about the same data."""
        found = [each for _, each in sorted(self.answered.items()) if key and each.key == key and each.answer]
        return found[-1] if found else None

    def under(self, stamp: str) -> tuple[Answered, ...]:
        """The answers that rest on the same records and data, the oldest first."""
        return tuple(each for _, each in sorted(self.answered.items()) if stamp and each.stamp == stamp and each.answer)


class NoTurn(Exception):
    """A run takes no more questions: as many as it takes were asked, or its conversation's money is spent."""


def entry_names() -> list[str]:
    """Names of all entries that a conversation may have in its part of the journal."""
    numbers = range(1, MOST_QUESTIONS + 1)
    return [name for each in numbers for name in (_asked(each), _answered(each))]


def conversation_of(run_id: str, journal: Journal) -> Conversation:
    """The questions about a run, in one read."""
    found = journal.read(run_id, [TALKER], entry_names())
    entries = {record: data for (_, record), data in found.items()}
    numbers = range(1, MOST_QUESTIONS + 1)
    return Conversation(
        asked={each: decode(entries[_asked(each)], Asked) for each in numbers if _asked(each) in entries},
        answered={each: kept for each in numbers if (kept := _kept(entries.get(_answered(each)))) is not None},
    )


def take_turn(run_id: str, journal: Journal, seen: Conversation, asked: Asked) -> int:
    """Takes the next turn in the conversation of a run, and reserves money for it.

    Whoever finds a turn taken looks again before it tries the next one. So it has seen all turns before its own, and a question
    for which the money does not suffice takes none.

    Args:
        run_id: The run.
        journal: The journal.
        seen: The conversation as it was read.
        asked: The question's turn, with the most that it may spend.

    Returns:
        The number of the turn.

    Raises:
        NoTurn: There is none left, or not so much money.
    """
    while (number := len(seen.asked) + 1) <= MOST_QUESTIONS:
        if seen.spent_before(number) + asked.reserved_nanos > nanos(CEILING_USD):
            raise NoTurn(
                f"the {CEILING_USD:g} USD for questions about this run are spent, or reserved for questions under way; ask again "
                "in a minute, or open the run's records"
            )
        if journal.once(run_id, TALKER, _asked(number), encode(asked)):
            return number
        seen = conversation_of(run_id, journal)
    raise NoTurn(f"{MOST_QUESTIONS} questions were asked about this run, and it takes no more")


def leave_answer(run_id: str, journal: Journal, runs: RunStore | None, number: int, answered: Answered) -> None:
    """Leaves what became of a question; nothing of it where the texts of the run have gone meanwhile.

    Args:
        run_id: The run.
        journal: The journal.
        runs: Where it is looked up whether texts are still kept; None for an entry that has none.
        number: The turn.
        answered: What became of it.
    """
    entries = {_answered(number): encode(answered)}
    if runs is None:
        journal.append(run_id, TALKER, entries, _FENCE)
        return
    append_entries(run_id, TALKER, entries, _FENCE, runs, journal)


def stamp_of(run: Run, version: str, versions: Mapping[str, str], tables: Collection[str]) -> str:
    """What all answers of one conversation rest on: the run's records, the pack, and the data of every table that runs read.

    Whatever changes a run appends to its audit, so the audit's end stands for the records. The stamp is empty where a table has
    no version that could be shown to be current: then nothing of it is given out again.

    Args:
        run: The run.
        version: Of the pack, today.
        versions: Versions of tables that were shown to be current just now.
        tables: The tables that runs read and that were ever written.
    """
    if not tables or not set(tables) <= versions.keys():
        return ""
    return digest({"head": run.audit_head, "pack": version, "versions": {each: versions[each] for each in tables}})


def key_of(stamp: str, question: str) -> str:
    """The key of an answer: its stamp, and the words of the question whatever their case and spaces; empty without a stamp."""
    return digest({"stamp": stamp, "question": " ".join(question.casefold().split())}) if stamp else ""


def _cost(answered: Answered) -> int:
    return nanos(answered.usage.cost_usd) + nanos(answered.usage.reserved_usd)


def _kept(data: bytes | None) -> Answered | None:
    """An answer as it is kept; None for one whose text has gone."""
    try:
        return decode(data, Answered) if data is not None else None
    except RecordInvalid:
        return None


def _asked(number: int) -> str:
    return f"question#{number:02d}"


def _answered(number: int) -> str:
    return f"answer#{number:02d}"
