from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conclave.deliberation.constraints import holds
from conclave.pack.tables import Item, Key, ReadFailed, ScopedTables, Tables
from conclave.testing.tables import MemoryTables
from conclave.types import Operator
from packs.airline import PACK, times
from packs.airline.fields import FIELDS
from packs.airline.models import Cause, Incident, Problem
from packs.airline.planning.planner import plan
from packs.airline.planning.situation import read_situation
from packs.airline.resolve import resolve

NOW = "2026-11-21T04:00:00Z"
Decide = Callable[..., Any]

CASES = [
    ("EY17", Cause.TECHNICAL, 0),
    ("EY17", Cause.TECHNICAL, 240),
    ("EY18", Cause.LATE_INBOUND, 0),
    ("EY19", Cause.LATE_INBOUND, 90),
    ("EY454", Cause.CARGO, 180),
    ("EY33", Cause.CREW, 0),
    ("EY33", Cause.CREW, 60),
    ("EY34", Cause.CREW, 0),
    ("EY759", Cause.WEATHER, 0),
    ("EY1", Cause.ATC, 0),
    ("EY73", Cause.AIRPORT, 0),
    ("EY789", Cause.OTHER, 0),
]


class Counting(Tables):
    """Counts the requests that a plan makes."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.reads: list[str] = []

    def __len__(self) -> int:
        return len(self.reads)

    def get(self, table: str, keys: Any) -> Any:
        self.reads.append(table)
        return self._tables.get(table, keys)

    def get_across(self, wanted: Any) -> Any:
        self.reads.append(" and ".join(wanted))
        return self._tables.get_across(wanted)

    def query(self, table: str, values: Any, index: str = "", only: Any = None) -> dict[str, list[Item]]:
        self.reads.append(f"{table}/{index}")
        return self._tables.query(table, values, index, only)


@pytest.mark.parametrize(("flight", "cause", "delay"), CASES)
def test_every_option_has_every_field_with_its_type(decide: Decide, flight: str, cause: Cause, delay: int) -> None:
    room = decide(flight=flight, cause=cause, delay_minutes=delay)
    assert len(room.options) == len({option.id for option in room.options}) <= 30
    assert sum(option.action == "cancel_rebook" for option in room.options) == 1
    for option in room.options:
        assert list(option.fields) != []
        assert set(option.fields) == {field.name for field in FIELDS}
        for field in FIELDS:
            value = option.fields[field.name]
            assert value is None or type(value) is field.type, (option.id, field.name, value)
        assert option.parameters["flight_id"] == room.incident.flight_id


@pytest.mark.parametrize(("flight", "cause", "delay"), CASES)
def test_money_adds_up_and_scores_stay_in_range(decide: Decide, flight: str, cause: Cause, delay: int) -> None:
    room = decide(flight=flight, cause=cause, delay_minutes=delay)
    for option, score in zip(room.options, room.scored, strict=True):
        fields = option.fields
        parts = (fields["compensation_usd"], fields["care_usd"], fields["operating_cost_usd"])
        assert fields["total_cost_usd"] == sum(parts)
        assert all(part >= 0 for part in parts)
        assert all(0 <= value <= 1 for value in score.scores.values())


def test_options_differ_in_what_they_do(decide: Decide) -> None:
    room = decide(flight="EY17", cause=Cause.TECHNICAL)
    done = [
        (
            each.fields["tail"],
            each.fields["crew_id"],
            each.fields["delay_minutes"],
            each.parameters.get("offload_cold_chain"),
        )
        for each in room.options
    ]
    assert len(set(done)) == len(done)
    assert 8 <= len(done) <= 30


def test_planning_twice_gives_the_same_options(decide: Decide) -> None:
    assert decide(flight="EY73", cause=Cause.TECHNICAL).options == decide(flight="EY73", cause=Cause.TECHNICAL).options


def test_a_plan_takes_few_reads(tables: MemoryTables) -> None:
    incident = resolve(
        Incident(flight="EY17", date="2026-11-21", problems=(Problem(cause=Cause.TECHNICAL),)), tables, NOW
    )
    plan(incident, tables, NOW)  # groups the memory tables once
    counting = Counting(ScopedTables(tables, PACK.plan_reads))
    plan(incident, counting, NOW)
    assert len(counting) <= 26


def test_a_failed_read_is_not_swallowed(tables: MemoryTables) -> None:
    incident = resolve(Incident(flight="EY17", date="2026-11-21"), tables, NOW)

    class Broken(Counting):
        def get(self, table: str, keys: Any) -> Any:
            raise ReadFailed(table)

    with pytest.raises(ReadFailed):
        plan(incident, Broken(tables), NOW)


def test_a_flight_that_vanished_is_a_defect(tables: MemoryTables) -> None:
    with pytest.raises(KeyError):
        plan(Incident(flight_id="EY1-1999-01-01"), tables, NOW)


def test_late_inbound_eats_the_turnaround(decide: Decide) -> None:
    room = decide(flight="EY18", cause=Cause.LATE_INBOUND, delay_minutes=90)
    waiting = next(each for each in room.options if each.action == "delay")
    on_time = decide(flight="EY18", cause=Cause.ATC, delay_minutes=90)
    other = next(each for each in on_time.options if each.action == "delay")
    assert waiting.fields["turnaround_margin_minutes"] == other.fields["turnaround_margin_minutes"] - 90


def test_a_crew_that_arrives_late_may_still_fly(decide: Decide) -> None:
    room = decide(flight="EY33", cause=Cause.CREW, delay_minutes=60)
    own = [each for each in room.options if each.action == "delay" and each.fields["delay_minutes"] >= 60]
    assert own
    assert own[0].fields["crew_available"] is True


def test_without_a_reserve_the_crew_stays_missing(decide: Decide, without: Any) -> None:
    nobody = without("crews", lambda item: "reserve_pool" in item)
    room = decide(nobody, flight="EY33", cause=Cause.CREW)
    assert {each.action for each in room.options} == {"delay", "cancel_rebook"}
    assert room.chosen.action == "cancel_rebook"


@pytest.mark.slow
def test_a_smaller_aircraft_leaves_the_lowest_priority_behind(decide: Decide, rows: Any) -> None:
    full = [item | ({"booked": 188} if item["flight_id"] == "EY715-2026-11-21" else {}) for item in rows["flights"]]
    extra: list[Item] = [
        {"booking_id": f"X{number}", "flight_id": "EY715-2026-11-21", "pax": 9, "tier": ""} for number in range(20)
    ]
    network = MemoryTables(PACK.tables, {**rows, "flights": full, "bookings": [*rows["bookings"], *extra]})
    room = decide(network, flight="EY715", cause=Cause.TECHNICAL)
    smaller = [each for each in room.options if each.fields["aircraft_type"] == "A320"]
    for option in smaller:
        assert option.fields["seats_short"] == 30
        assert option.fields["passengers_rebooked"] + option.fields["passengers_stranded"] > 0
    assert not any(each.fields["seats_short"] for each in room.options if each.fields["aircraft_type"] == "A321")


def test_holds_treats_a_field_that_does_not_apply_as_kept(decide: Decide) -> None:
    cancelled = next(each for each in decide(flight="EY17", cause=Cause.TECHNICAL).options if each.fields["cancelled"])
    assert holds(fields=cancelled.fields, field="crew_duty_margin_minutes", comparison=Operator.GE, value=0)


def test_keys_of_all_tables_are_strings(rows: Any) -> None:
    for table in PACK.tables:
        for item in rows[table.name][:50]:
            key: Key = table.key_of(item)
            assert all(isinstance(part, str) and part for part in (key if isinstance(key, tuple) else (key,)))


def test_the_last_flight_on_a_route_has_no_next_one(decide: Decide, rows: Any) -> None:
    alone = [item for item in rows["flights"] if item["route"] != "SEZ-AUH" or item["flight_id"] == "EY623-2026-11-21"]
    room = decide(MemoryTables(PACK.tables, {**rows, "flights": alone}), flight="EY623", cause=Cause.TECHNICAL)
    cancelled = next(each for each in room.options if each.fields["cancelled"])
    assert cancelled.fields["animal_welfare_margin_minutes"] == 719 - (720 - 60) - 1440
    assert cancelled.fields["passengers_rebooked"] == cancelled.fields["other_carrier_seats"]


def test_airports_of_every_flight_that_could_be_late_are_read(tables: MemoryTables) -> None:
    incident = resolve(
        Incident(flight="EY17", date="2026-11-21", problems=(Problem(cause=Cause.TECHNICAL),)), tables, NOW
    )
    situation = read_situation(incident, tables, NOW)
    last = times.minutes("2026-11-23T12:00:00Z")
    later = [each for spare in situation.spares for each in spare.line if each["departure_utc"] <= last]
    assert len({each["origin"] for each in later}) > 5
    assert {each["origin"] for each in later} <= set(situation.airports)
