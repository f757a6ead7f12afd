"""Text that a model or a stranger wrote, made fit to be shown: no control codes, nothing invisible, bounded.

A rationale is read in terminals, consoles and pages. Escape sequences could repaint a terminal, direction marks could turn a
sentence round, tag characters could carry what nobody sees. Nothing of that has a meaning in a rationale.
"""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_UNUSABLE = frozenset({"Cc", "Cs", "Co", "Cn"})
"""Unicode categories that are dropped: controls, lone surrogates, private use, unassigned."""


def presentable(text: object, limit: int) -> str:
    """The text as a person may be shown it: one line, NFC, without controls and invisible characters.

    Args:
        text: What a model wrote; anything but a string counts as nothing.
        limit: Most characters that are kept.
    """
    if not isinstance(text, str):
        return ""
    # Four times the limit is read at most: enough for what is dropped, and a bound for what is thrown at it.
    spaced = re.sub(r"\s+", " ", visible(text[: 4 * limit]))
    kept = (character for character in spaced if unicodedata.category(character) not in _UNUSABLE)
    return unicodedata.normalize("NFC", "".join(kept))[:limit].strip()


def visible(text: str) -> str:
    """The text without characters that take no room: zero widths, joiners, direction marks, tags, fillers."""
    return _INVISIBLE.sub("", text)
