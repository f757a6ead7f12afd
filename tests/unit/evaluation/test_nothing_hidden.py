"""No cap of the planner hides an option that the exact space has: what it offers is as good as the best of everything."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.pack.tables import ScopedTables
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packs.airline import PACK
from packs.airline.models import Cause
from packs.airline.planning.search import allowed, total

from evaluation.airline.rules.clock import local_minute, text
from evaluation.data import Changes, Rows

few = settings(
    deadline=None,
    max_examples=5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors, HealthCheck.too_slow],
)


@pytest.mark.slow
@few
@given(
    number=st.sampled_from(("EY789", "EY33", "EY17", "EY745", "EY715")),
    closes=st.integers(1, 16),
    hours=st.integers(3, 9),
    notice=st.integers(0, 20),
)
def test_a_night_closure_hides_no_aircraft(
    exact: Any, network: Rows, number: str, closes: int, hours: int, notice: int
) -> None:
    """On ground at the hub, and the destination closes so many quarters of an hour after the scheduled arrival."""
    case = exact(number, Cause.TECHNICAL).case
    airport: Any = network.item("airports", case.flight["destination"])
    start = (local_minute(case.arrival, airport["tz"]) + 15 * closes) % 1440
    end = (start + 60 * hours) % 1440
    night = {
        "curfew_start": f"{start // 60:02}:{start % 60:02}",
        "curfew_end": f"{end // 60:02}:{end % 60:02}",
        "curfew_closed": True,
    }
    changes = Changes(put={"airports": [airport | night]})
    received = text(case.departure - 15 * notice)
    truth = exact(number, Cause.TECHNICAL, changes=changes, received=received)
    best = truth.best()
    rows = network.changed(changes)
    plan = PACK.plan(truth.case.incident, ScopedTables(rows, PACK.plan_reads), received)
    offered = max((total(each.fields) for each in plan.options if allowed(each.fields)), default=0.0)
    assert best is None or offered == pytest.approx(best.total, rel=0.001)
