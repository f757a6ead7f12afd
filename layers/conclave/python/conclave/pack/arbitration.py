"""How hard a choice is for a pack's arbiter: the limits that a pack declares."""

from __future__ import annotations

from msgspec import Struct


class ArbitrationLimits(Struct, frozen=True, kw_only=True):
    """Where a choice stops being simple, and where it is complex. Scores are totals, 0 to 1.

    Attributes:
        clear: The least lead of the best total over the next in a simple choice.
        close: A smaller lead than this makes a choice complex.
        many_options: More open options than this make a choice more than simple.
        many_gaps: More gaps than this make it complex.
    """

    clear: float = 0.10
    close: float = 0.02
    many_options: int = 8
    many_gaps: int = 3
