"""A network and exact evaluations of disruptions on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from packs.airline import PACK
from packs.airline.models import Cause, Incident, Problem
from packs.airline.sample_data import generate

from evaluation.airline.exact.truth import Truth
from evaluation.data import Changes, Rows

DATE = "2026-11-21"
Exact = Callable[..., Truth]


@pytest.fixture(scope="session")
def network() -> Rows:
    return Rows(PACK.tables, generate(DATE, 1, 250))


@pytest.fixture(scope="session")
def exact(network: Rows) -> Exact:
    """The exact evaluation of a disruption: ``exact("EY17", Cause.ATC, 60, changes=...)``."""

    def made(number: str, cause: Cause, delay: int = 0, changes: Changes | None = None, received: str = "") -> Truth:
        rows = network.changed(changes or Changes())
        flight: Any = rows.item("flights", f"{number}-{DATE}")
        incident = Incident(
            flight=number,
            date=DATE,
            origin=flight["origin"],
            destination=flight["destination"],
            problems=(Problem(cause=cause, minutes=delay),),
            flight_id=flight["flight_id"],
        )
        return Truth(rows, incident, received)

    return made
