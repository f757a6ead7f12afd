"""A text for matching, and what is found in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

_KEPT = 4096
REACH = 80
"""Characters around a find that say what it is."""


def before_place(text: str, place: int) -> str:
    """The text before a place, as far as it matters; where it is cut off it begins with a letter, as no text begin does."""
    return text[:place] if place <= REACH else "x" + text[place - REACH : place]


class Found(Struct, frozen=True):
    """A value and where in the text it stands.

    Attributes:
        value: The value; of a day told relative to the report the ISO date by the reader's day.
        start: Where it begins.
        end: Where it ends.
        relative: For such a day what was said, as ``relative_day`` reads it: ``today+1``, ``monday``; empty for others.
    """

    value: str | int | float
    start: int
    end: int
    relative: str = ""


class Jargon(Struct, frozen=True, kw_only=True):
    """Words of a domain that say what figures beside them are, as regular expressions over ``normal`` text.

    Attributes:
        no_day_after: What stands before figures that are not a day ("page" of the engine's own "page 12/30").
        no_day_before: What stands behind such figures.
        goes_on: What may follow "on the 22nd" when that is a day.
        clock_after: What stands before a time of the clock, so that "1:30 h" behind it is not a duration.
    """

    no_day_after: tuple[str, ...] = ()
    no_day_before: tuple[str, ...] = ()
    goes_on: tuple[str, ...] = ()
    clock_after: tuple[str, ...] = ()

    @classmethod
    def of(cls, words: Mapping[str, Sequence[str]]) -> Jargon:
        """The same from lists, as a schema holds them."""
        return cls(**{name: tuple(each) for name, each in words.items()})


NO_JARGON = Jargon()


def without_overlaps(found: list[Found]) -> Iterator[Found]:
    """The finds in order; of two that overlap the first, or the longer one of those that begin together."""
    end = -1
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        if each.start >= end:
            yield each
            end = each.end


def any_of(words: Iterable[str]) -> str:
    """A regular expression for any of the words, longer ones first, as whole words of a ``normal`` text."""
    return _joined(tuple(words))


@lru_cache(maxsize=1_024)
def _joined(words: tuple[str, ...]) -> str:
    joined = "|".join(re.escape(normal(word)) for word in sorted(words, key=len, reverse=True))
    return rf"(?<![\w])(?:{joined})(?![\w])"


@lru_cache(_KEPT)
def _any_of(words: tuple[str, ...]) -> str:
    joined = "|".join(re.escape(plain_word(word)) for word in sorted(words, key=len, reverse=True))
    return rf"(?<![\w])(?:{joined})(?![\w])"


@lru_cache(_KEPT)
def plain_word(word: str) -> str:
    """A word of a list as ``normal`` has it; remembered, since every report is searched for the same words."""
    return normal(word)


def named_in(words: Iterable[str], text: str) -> bool:
    """True if one of the words may stand in a ``normal`` text in small letters: quicker than to search for it."""
    return any(plain_word(word).lower() in text for word in words)


def normal(text: str) -> str:
    """A text for matching: NFKC, without accents, any script's digits as ASCII, white space as blanks."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text.translate(_FRACTIONS)))
    kept = (each for each in decomposed if unicodedata.category(each) not in {"Mn", "Cf", "Cc"} or each.isspace())
    spelled = (
        str(unicodedata.digit(each)) if each.isdigit() and unicodedata.category(each) == "Nd" else each for each in kept
    )
    return " ".join("".join(spelled).translate(_QUOTES).split())


_FRACTIONS = str.maketrans({"\u00bd": " 1/2", "\u00bc": " 1/4", "\u00be": " 3/4"})
_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u00df": "ss"})
