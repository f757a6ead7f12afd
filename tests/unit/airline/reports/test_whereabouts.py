"""A flight that has gone is not planned as if it stood at the gate; the gap says what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from packs.airline.models import Cause

Decide = Callable[..., Any]
LEAVES, ARRIVES = "2026-11-21T05:10:00Z", "2026-11-21T12:05:00Z"
"""EY17 by the schedule."""
HELD = {"cause": Cause.AIRPORT, "delay_minutes": 240}


def told(decide: Decide, now: str, **cells: object) -> tuple[str, bool]:
    """What the gap about the flight says, and whether the run would halt."""
    room = decide(flight="EY17", received=now, **cells)
    found = [gap.detail for gap in room.gaps if gap.item == "flights/EY17-2026-11-21"]
    return " ".join(found), room.chosen is None


@pytest.mark.parametrize(
    ("now", "cells"),
    [
        (LEAVES, {}),
        ("2026-11-21T05:11:00Z", {"position": "stand"}),
        ("2026-11-21T05:30:00Z", {"position": "taxi"}),
        ("2026-11-21T07:00:00Z", {"position": "returned"}),
        ("2026-11-21T09:10:00Z", HELD),
    ],
)
def test_a_flight_that_is_still_there_is_planned(decide: Decide, now: str, cells: dict[str, object]) -> None:
    assert told(decide, now, **cells) == ("", False)


@pytest.mark.parametrize(
    ("now", "cells", "advice"),
    [
        ("2026-11-21T05:11:00Z", {}, "say where it is"),
        ("2026-11-21T09:11:00Z", HELD, "say where it is"),
        (ARRIVES, {}, "report a later flight of its aircraft"),
        ("2026-11-21T07:00:00Z", {"position": "air"}, "Report it again when it is on the ground"),
        (ARRIVES, {"position": "landed"}, "report a later flight of its aircraft"),
        ("2026-11-21T10:00:00Z", {"position": "landed", "landed_at": "VIE"}, "from there to LHR"),
    ],
)
def test_one_that_has_gone_halts_the_run_and_says_what_to_do(
    decide: Decide, now: str, cells: dict[str, object], advice: str
) -> None:
    detail, halted = told(decide, now, **cells)
    assert advice in detail
    assert halted
