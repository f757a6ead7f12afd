"""Looks away."""

from __future__ import annotations

from collections.abc import Sequence


class Unscreened:
    """Looks away: for rooms in one process, which have no guardrail. No function uses it."""

    def refuses(self, texts: Sequence[str]) -> Sequence[str]:
        """See ``Screen.refuses``."""
        del texts
        return ()
