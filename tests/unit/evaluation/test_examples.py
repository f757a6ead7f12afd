"""The examples tell of as many kinds of disruption on one day as on another: a demonstration must not depend on the date."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from airline_rows import EXAMPLES_COME_TO
from conclave.testing.tables import MemoryTables
from packs.airline import PACK
from packs.airline.sample_data import generate
from packs.airline.sample_data.examples import examples

from evaluation.room import decide


@pytest.mark.slow
@pytest.mark.parametrize("day", ["2026-11-30", "2026-12-31", "2027-03-28", "2027-07-14"])
def test_examples_differ_in_what_is_done_on_every_day(day: str) -> None:
    tables = MemoryTables(PACK.tables, generate(day, 1))
    before = f"{date.fromisoformat(day) - timedelta(days=1)}T00:30:00Z"
    outcomes = [decide(pack=PACK, tables=tables, received=before, text=each) for each in examples(day)]
    chosen = {
        option.action
        for each in outcomes
        if each.frame
        for option in each.frame.options
        if option.id == each.decision.option_id
    }
    assert chosen >= EXAMPLES_COME_TO
    assert "halted" in {each.decision.status.value for each in outcomes}
