"""A reserve crew that flies out instead of the rostered one stays at the destination, and flies its return after a rest there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from airline_rows import AMERICAN, OPERATOR, at, clock
from conclave.agents.checks import run_checks
from conclave.pack import ToolContext
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from msgspec import structs
from packs.airline import PACK, times
from packs.airline.models import Cause
from packs.airline.operators.air_operator import AirOperator
from packs.airline.planning.crewing import CrewState, Leg, called_out, legal

Decide = Callable[..., Any]
CREW: Item = {
    "crew_id": "R1",
    "rating": "A350",
    "pilots": 4,
    "rest_class": 1,
    "standby_start_utc": at("04:00"),
    "standby_end_utc": at("16:00"),
    "previous_end_utc": at("04:00", "2026-11-20"),
    "previous_duty_minutes": 600,
    "previous_extended": False,
}
FLOWN = [Leg(departure_utc=at("10:15"), arrival_utc=at("20:15"), block_minutes=600)]
LAYOVER: Item = {"ends_at_base": False, "next_report_utc": at("14:00", "2026-11-22")}


def called(operator: AirOperator = OPERATOR, **relieved: Any) -> CrewState:
    return called_out(operator, CREW, clock("AUH", "BOM"), legs=FLOWN, kind="A359", relieves=LAYOVER | relieved)


def test_away_from_base_it_rests_as_long_as_standby_and_duty_before_the_return() -> None:
    """ORO.FTL.235(b): standby from 04:00 and duty to 20:45 are 16:45; from there to 14:00 are 17:15."""
    assert called().next_rest_margin == 30
    short = called(next_report_utc=at("13:00", "2026-11-22"))
    assert (short.next_rest_margin, short.next_duty_lost) == (-30, True)
    assert legal(short)


def test_only_who_stays_away_has_the_next_duty_of_the_relieved_crew() -> None:
    assert called().rest_margin == 24 * 60 - 12 * 60
    assert called(next_report_utc="").next_rest_margin is None
    assert called(ends_at_base=True, next_report_utc=at("21:00", "2026-11-21")).next_rest_margin is None


def test_in_the_united_states_ten_hours_are_enough() -> None:
    assert called(AMERICAN).next_rest_margin == 17 * 60 + 15 - 600


@pytest.fixture(scope="module")
def short_layover(rows: Mapping[str, list[Item]]) -> tuple[Item, MemoryTables]:
    """A flight of four pilots out of the hub, and the network with its return planned ten minutes after their shortest rest."""
    out = next(each for each in rows["duties"] if each["duty_id"] == "D-EY450-2026-11-21")
    duty = times.minutes_between(out["report_utc"], out["release_utc"])
    soon = out | {"next_report_utc": times.shift(out["release_utc"], duty + 10)}
    duties = [soon if each["duty_id"] == out["duty_id"] else each for each in rows["duties"]]
    return soon, MemoryTables(PACK.tables, {**rows, "duties": duties})


def test_a_reserve_that_would_not_be_rested_for_the_return_flies_and_another_crew_returns(
    decide: Decide, short_layover: tuple[Item, MemoryTables]
) -> None:
    duty, network = short_layover
    usual, tight = decide(flight="EY450", cause=Cause.CREW), decide(network, flight="EY450", cause=Cause.CREW)
    assert not tight.gaps
    for chosen, short in ((usual.chosen, 0), (tight.chosen, 1)):
        assert chosen.action == "swap_crew"
        assert chosen.fields["crew_id"] != duty["crew_id"]
        assert chosen.fields["downstream_crews_short"] == short
    assert tight.chosen.fields["crew_next_rest_margin_minutes"] < 0
    assert tight.chosen.fields["operating_cost_usd"] - usual.chosen.fields["operating_cost_usd"] == 6000


def test_the_check_knows_the_return(decide: Decide, short_layover: tuple[Item, MemoryTables]) -> None:
    """As if the crew had rest enough, or as if nobody were short: the check reads the roster for itself."""
    _, network = short_layover
    room = decide(network, flight="EY450", cause=Cause.CREW)
    honest = next(each for each in room.options if each.action == "swap_crew")
    for claim, told in (
        ({}, False),
        ({"crew_next_rest_margin_minutes": 60}, True),
        ({"downstream_crews_short": 0}, True),
    ):
        option = structs.replace(honest, fields=honest.fields | claim)
        context = ToolContext(incident=room.incident, options=[option], tables=network, now="2026-11-21T04:00:00Z")
        (executed,) = run_checks(PACK.agent("crew_compliance"), context)
        assert [gap.item for gap in executed.result.gaps] == ([f"options/{honest.id}"] if told else [])
