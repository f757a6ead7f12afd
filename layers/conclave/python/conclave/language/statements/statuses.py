"""What a text says of what it tells: that it is so, is so no more, would be so, or has changed. In several languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from conclave.language.statements.wording import Wording
from conclave.language.text import any_of

REPORTED, UPDATED, WITHDRAWN, HYPOTHETICAL = "reported", "updated", "withdrawn", "hypothetical"

_NOT = (
    "no longer", "not", "isn't", "isnt", "aren't", "arent", "wasn't", "wasnt", "never", "no", "without", "negative",
    "free of", "nicht", "nicht mehr", "kein", "keine", "keinen", "keiner", "ohne", "pas", "pas de", "plus de", "plus",
    "n'est plus", "n'est pas", "aucun", "aucune", "ya no", "no hay", "sin", "non", "non piu", "senza", "nao", "ja nao",
    "sem", "\u0644\u0627", "\u0644\u064a\u0633",
)  # fmt: skip
_NOT_NEGATED = (
    r"-\w|\.?\s?\d|\s+(?:only|just|before|after|until|yet|able|expected|available|known|sure|possible|sooner|earlier|later|least|more\s+than"
    r"|less\s+than|good|fit|vor|nach|bis|avant|apres|antes|prima|one|two|ready|enough|fixed|repaired|resolved|released|going|to)\b"
)
_NO_MORE = (
    "cxld", "canx", "cancelled", "canceled", "all good", "all ok", "all okay", "all well", "any more", "anymore", "no more",
    "no longer", "nicht mehr", "mas", "piu", "mehr nicht", "ist weg", "weg", "n'est plus", "fine", "is ok", "are ok", "ok",
    "okay", "no problem", "no issue", "is normal", "vorbei", "ist vorbei", "termine", "terminada",
)  # fmt: skip
_IF = (
    "if", "in case", "in the event", "should it", "should we", "should they", "what if", "unless", "provided", "assuming",
    "suppose", "would", "wenn", "falls", "sollte", "si", "au cas", "en caso", "en caso de", "caso", "se", "nel caso",
    "\u0625\u0630\u0627", "\u0644\u0648",
)  # fmt: skip
_MAYBE = (
    "may", "might", "could", "possible", "possibly", "potential", "potentially", "risk of", "maybe", "perhaps",
    "suspected risk", "threat of", "konnte", "vielleicht", "moglicherweise", "peut-etre", "pourrait", "risque de", "quizas",
    "podria", "forse", "potrebbe", "talvez",
)  # fmt: skip
_UPDATE = (
    "update", "updated", "upd", "revised", "correction", "corrected", "amended", "extended", "extended to", "korrektur",
    "mise a jour", "actualizacion", "aggiornamento",
)  # fmt: skip
RETRACTIONS = (
    "cancel the delay", "cancel delay", "cancel that", "delay cancelled", "cancel the report", "cancel that report",
    "disregard", "disreg", "please ignore", "pls ignore", "ignore my", "ignore last", "ignore previous", "ignore that",
    "ignore this", "ignore the last", "ignore the previous", "cancel my last", "cancel my previous", "cancel last msg",
    "cancel last", "cancel previous", "scratch that", "strike that", "false alarm", "sent in error", "in error",
    "by mistake", "my mistake", "withdrawn", "withdraw", "retracted", "stand down", "nothing to report",
    "no problem any more", "nil further", "all good now", "all ok now", "all okay now", "all clear", "is fine", "are fine",
    "fehlalarm", "storniert", "erledigt", "hat sich erledigt", "bitte ignorieren", "fausse alerte", "annulez mon",
    "ne pas tenir compte", "sans objet", "falsa alarma", "anulado", "ignorar", "ignoren", "ignorez", "falso allarme",
    "ignorate", "falso alarme", "desconsiderar",
)  # fmt: skip
_WORDS_BETWEEN = 3
_LATER = re.compile(
    r"\b(?:then|until|till|after|afterwards|by|from|will be|should be|not|later|when|if|once)\s+$", re.IGNORECASE
)
"""What stands before "ok" when that is yet to come."""
_TROUBLE = re.compile(r"\s+(?:\w+\s+){1,2}(?:problems?|issues?|trouble|delays?|restrictions?)\b", re.IGNORECASE)


class Mark(Struct, frozen=True):
    """A word that says something of what stands around it.

    Attributes:
        status: What it says.
        start: Where it begins.
        end: Where it ends.
        side: ``after``, ``before`` or ``clause``: where what it speaks of stands.
        near: Words at most between it and what it speaks of; 0 where any number may be.
        sentence: True if it speaks of the rest of its sentence.
        alone: True if it withdraws also what the text does not name.
        kind: What it withdraws then.
        strong: True if it speaks only of what is said to be wrong, not of what is merely named.
    """

    status: str
    start: int
    end: int
    side: str
    near: int = 0
    sentence: bool = False
    alone: bool = False
    kind: str = ""
    strong: bool = False

    def reaches(self, start: int, end: int, clause_start: int, clause_end: int, text: str) -> bool:
        """True if it speaks of something at a place in its own clause."""
        if not (clause_start <= start < clause_end or (clause_start <= self.start < end and start <= self.start)):
            return False
        if start <= self.start < end:
            return self.side == "clause"  # of "not serviceable" the "not" is a part
        if self.side == "clause":
            return True
        if self.side == "after":
            between = text[self.end : start]
            return start >= self.end and (not self.near or len(between.split()) <= self.near)
        return end <= self.start


def status_marks(text: str, wording: Wording) -> list[Mark]:
    """All such words of a text."""
    return [*_negations(text), *_conditions(text), *_over(text, wording), *_updates(text)]


def _found(words: tuple[str, ...], text: str) -> Iterator[re.Match[str]]:
    yield from re.finditer(any_of(words), text, re.IGNORECASE)


def _negations(text: str) -> Iterator[Mark]:
    for match in _found(_NOT, text):
        if not re.match(_NOT_NEGATED, text[match.end() :], re.IGNORECASE):
            strong = not _TROUBLE.match(text[match.end() :])
            yield Mark(WITHDRAWN, match.start(), match.end(), "after", near=_WORDS_BETWEEN, strong=strong)
    for match in _found(_NO_MORE, text):
        if not _LATER.search(text[: match.start()]):
            yield Mark(WITHDRAWN, match.start(), match.end(), "before")


def _conditions(text: str) -> Iterator[Mark]:
    for match in _found(_IF, text):
        yield Mark(HYPOTHETICAL, match.start(), match.end(), "clause", sentence=True)
    for match in _found(_MAYBE, text):
        a_month = match[0].lower() == "may" and (match[0] == "May" or re.search(r"\d\s*$", text[: match.start()]))
        if not a_month:
            yield Mark(HYPOTHETICAL, match.start(), match.end(), "after")


def _over(text: str, wording: Wording) -> Iterator[Mark]:
    waits = re.compile(rf"(?:{any_of((*_NOT, *wording.not_over))})(?:\s+[\w']+){{0,2}}\s*$", re.IGNORECASE)
    ahead = re.compile(
        r"\s*(?:by|in|at|within|around|before|after|under|iaw|per|with|tomorrow|est\w*|approx\w*|eta|etr)\b",
        re.IGNORECASE,
    )
    for kind, words in {**wording.withdrawn, "": [*wording.withdrawn.get("", ()), *RETRACTIONS]}.items():
        for match in re.finditer(any_of(words), text, re.IGNORECASE):
            still = waits.search(text[: match.start()])
            if still or (ahead.match(text[match.end() :]) and kind and not _is_over(text[match.end() :])):
                continue
            yield Mark(WITHDRAWN, match.start(), match.end(), "clause", alone=True, kind=kind)


def _is_over(after: str) -> bool:
    """True if a time behind a word says when it happened: "released at 0550Z" stays open, "fixed 10 min ago" does not."""
    return bool(re.match(r"[^.;,]{0,25}\b(?:ago|already|earlier)\b", after, re.IGNORECASE))


def _updates(text: str) -> Iterator[Mark]:
    for match in _found(_UPDATE, text):
        yield Mark(UPDATED, match.start(), match.end(), "clause", sentence=True)
