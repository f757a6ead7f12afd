"""Whether prose is in the language of the prompts, English: by its letters, and by the small words that every sentence has.

It knows six other languages of the Latin script by their small words, and every other script by its letters. Words that English
shares with them are in no list, so that a name or a code decides nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = frozenset(
    [
        "the",
        "and",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "with",
        "for",
        "of",
        "to",
        "by",
        "that",
        "this",
        "which",
        "its",
        "it",
        "from",
        "has",
        "have",
        "not",
        "than",
        "would",
        "only",
        "because",
        "keeps",
        "breaks",
        "meets",
        "best",
        "options",
        "option",
    ]
)
_OTHERS: Mapping[str, frozenset[str]] = {
    "French": frozenset(
        [
            "le",
            "les",
            "des",
            "du",
            "est",
            "sont",
            "une",
            "avec",
            "pour",
            "par",
            "qui",
            "que",
            "dans",
            "sur",
            "pas",
            "plus",
            "cette",
            "aux",
            "ou",
            "mais",
        ]
    ),
    "German": frozenset(
        [
            "der",
            "das",
            "und",
            "ist",
            "sind",
            "ein",
            "eine",
            "mit",
            "nicht",
            "von",
            "zu",
            "den",
            "dem",
            "auf",
            "wird",
            "werden",
            "auch",
            "nur",
            "weil",
            "bei",
        ]
    ),
    "Spanish": frozenset(
        [
            "el",
            "los",
            "las",
            "del",
            "es",
            "son",
            "una",
            "con",
            "para",
            "por",
            "que",
            "como",
            "pero",
            "sus",
            "esta",
            "este",
            "todas",
            "todos",
            "porque",
        ]
    ),
    "Portuguese": frozenset(
        [
            "o",
            "os",
            "das",
            "dos",
            "uma",
            "com",
            "para",
            "por",
            "que",
            "como",
            "mas",
            "seu",
            "esta",
            "este",
            "todas",
            "todos",
            "porque",
            "não",
            "são",
        ]
    ),
    "Italian": frozenset(
        [
            "il",
            "gli",
            "della",
            "delle",
            "sono",
            "una",
            "con",
            "per",
            "che",
            "come",
            "ma",
            "suo",
            "questa",
            "questo",
            "tutte",
            "tutti",
            "perché",
            "è",
        ]
    ),
    "Dutch": frozenset(
        [
            "het",
            "een",
            "van",
            "met",
            "voor",
            "niet",
            "zijn",
            "wordt",
            "worden",
            "maar",
            "ook",
            "omdat",
            "deze",
            "dit",
            "naar",
            "bij",
            "alle",
        ]
    ),
}
_LATIN = "LATIN"
MOST_FOREIGN_LETTERS = 0.2
"""A name or two in another script are no other language."""
FEWEST_WORDS = 3
"""Of another language, before prose is held to be in it."""


def other_language(text: str) -> str:
    """The language that prose is written in, where that is not English; empty where it is, or where too little tells.

    Returns:
        ``another script``, or the name of a language.
    """
    letters = [each for each in text if each.isalpha()]
    foreign = sum(not unicodedata.name(each, "").startswith(_LATIN) for each in letters if not each.isascii())
    if letters and foreign / len(letters) > MOST_FOREIGN_LETTERS:
        return "another script"
    words = [each.lower() for each in _WORD.findall(text)]
    english = sum(each in _ENGLISH for each in words)
    counted = {language: sum(each in known for each in words) for language, known in _OTHERS.items()}
    language, most = max(counted.items(), key=lambda each: each[1])
    return language if most >= FEWEST_WORDS and most > english else ""
