"""A text cut into sentences and clauses: a figure belongs to what its clause is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from msgspec import Struct

_CUT = re.compile(
    r"(?P<hard>(?<!\bno)(?<!\bnr)[.;!?](?=\s|$))|,(?!\d)|:\s|\s[-\u2013\u2014]\s|\s[+&/]\s|\(\d\)|(?<=\s)\d[).]\s"
    r"|(?<=\d)\s(?:and|und|et|y|e)\s(?!\d)|(?<!\d)\s(?:and|und|et|y|e)\s"
    r"|\s(?:sowie|but|aber|mais|pero|ma|mas|plus|while|however)\s",
    re.IGNORECASE,
)


class Clause(Struct, frozen=True):
    """A part of a text, and the number of its sentence."""

    start: int
    end: int
    sentence: int


class Cut(Struct, frozen=True, dict=True):
    """A text with its clauses."""

    text: str

    @cached_property
    def clauses(self) -> Sequence[Clause]:
        """The clauses in their order."""
        cuts = list(_CUT.finditer(self.text))
        starts = [0, *(each.end() for each in cuts)]
        ends = [*(each.start() for each in cuts), len(self.text)]
        sentences = [0]
        for each in cuts:
            sentences.append(sentences[-1] + (1 if each["hard"] else 0))
        return [Clause(*each) for each in zip(starts, ends, sentences, strict=True)]

    def clause(self, place: int) -> Clause:
        """The clause of a place."""
        return next((each for each in reversed(self.clauses) if each.start <= place), self.clauses[0])

    def following(self, place: int) -> Clause | None:
        """The clause behind that of a place, in the same sentence."""
        index = self.clauses.index(self.clause(place)) + 1
        found = self.clauses[index] if index < len(self.clauses) else None
        return found if found and found.sentence == self.clauses[index - 1].sentence else None

    def before(self, clause: Clause) -> Clause | None:
        """The clause before another one; ``None`` for the first."""
        index = self.clauses.index(clause)
        return self.clauses[index - 1] if index else None

    def words(self, found: Any) -> str:
        """The words of something found."""
        return self.text[found.start : found.end]


def inside(found: Any, others: Iterable[Any]) -> bool:
    """True if something found overlaps one of the others."""
    return any(found.start < other.end and other.start < found.end for other in others)
