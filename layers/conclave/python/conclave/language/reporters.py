"""Blanks out who says something, which is not what it is about: the reporter of a message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_FILLER = (
    r"has|have|had|just|now|also|is|are|was|were|who|that|then|first|already|again|urgently|hat|haben|gerade|a|ont|vient|ha"
    r"|han|tem|of|on|the|in|by|phone"
)


def without_reporters(
    text: str, who: Sequence[str], says: Sequence[str], by: Sequence[str], amid: Sequence[str] = ()
) -> str:
    """A text with blanks where a reporter stands: "captain reports", "the crew noticed", "according to the pilot", "FO:".

    Args:
        text: As ``text.normal`` left it.
        who: Reporters (captain, crew), without accents.
        says: Words of reporting that come after them.
        by: Words that come before them ("reported by").
        amid: Words that may stand between who reports and the word of reporting ("captain on board reports").

    Returns:
        A text of the same length, so that places in it are places in the original.
    """
    return _reporter_pattern(tuple(who), tuple(says), tuple(by), tuple(amid)).sub(
        lambda match: " " * len(match[0]), text
    )


@lru_cache(maxsize=8)
def _reporter_pattern(
    who: tuple[str, ...], says: tuple[str, ...], by: tuple[str, ...], amid: tuple[str, ...]
) -> re.Pattern[str]:
    person = rf"(?:{_any_of(who)})(?:'s)?(?:\s*/\s*(?:{_any_of(who)})|\s+(?:and|und|et|y|e)\s+(?:the\s+)?(?:{_any_of(who)}))*"
    filler = rf"(?:\s+(?:{'|'.join((_FILLER, *amid))}))"
    reporting = (
        rf"(?<!\w)(?:(?:the|our|der|die|das|le|la|l'|el|il|o|a)\s*)?{person}{filler}{{0,4}}\s+(?:{_any_of(says)})(?!\w)"
    )
    told_by = rf"(?<!\w)(?:{_any_of(by)})\s+(?:(?:the|our|dem|der|den|le|la|l'|el|il|o|a)\s*)?{person}(?!\w)"
    quoted = rf"(?<!\w){person}\s*:(?=\s)"
    return re.compile(rf"{told_by}|{reporting}(?:\s+(?:that|dass|que|che|a|an|us|of))?(?!\w)|{quoted}", re.IGNORECASE)


def _any_of(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
