"""Which replacement aircraft a plan looks at: the most promising, of whatever rating."""

from __future__ import annotations

from airline_rows import OPERATOR
from conclave.pack.tables import Item
from packs.airline import times
from packs.airline.bounds import LONGEST_DELAY_MINUTES, SPARES_OF_A_KIND
from packs.airline.planning.fleet import Spare, replacement_stays

DEPARTURE = times.minutes("2026-11-21T10:00:00Z")
FLIGHT: Item = {"tail": "A6-OWN", "type": "B789", "departure_utc": DEPARTURE, "block_minutes": 440, "booked": 186}


def stay(tail: str, kind: str, *, came: int, leaves: int | None = None) -> Item:
    """A stay at the hub; minutes after the departure."""
    until = DEPARTURE + (4 * 1440 if leaves is None else leaves)
    next_flight = "" if leaves is None else f"next of {tail}"
    arrived = DEPARTURE + came
    return {"tail": tail, "type": kind, "from_utc": arrived, "until_utc": until, "next_flight_id": next_flight}


def names(*stays: Item) -> list[str]:
    return [each["tail"] for each in replacement_stays(OPERATOR, FLIGHT, stays, DEPARTURE)]


def test_one_of_another_rating_that_is_there_goes_before_many_that_come_late() -> None:
    late = [stay(f"A6-L{number:02}", "B789", came=180, leaves=600) for number in range(SPARES_OF_A_KIND + 5)]
    found = names(*late, stay("A6-NOW", "A359", came=-600, leaves=1500))
    assert found[0] == "A6-NOW"
    assert len(found) == 1 + SPARES_OF_A_KIND


def test_where_another_crew_flies_the_return_its_rating_comes_first() -> None:
    stays = [stay("A6-AAA", "A359", came=-600), stay("A6-LTE", "B789", came=180, leaves=600)]
    for duty, first in (("D1", "A6-AAA"), ("D2", "A6-LTE")):
        found = replacement_stays(OPERATOR, FLIGHT | {"duty_id": "D1"}, stays, DEPARTURE, back={"duty_id": duty})
        assert found[0]["tail"] == first


def test_of_two_alike_the_one_of_its_own_type_comes_first() -> None:
    assert names(stay("A6-AAA", "A359", came=-600), stay("A6-ZZZ", "B789", came=-600)) == ["A6-ZZZ", "A6-AAA"]


def test_one_that_leaves_passengers_behind_comes_last() -> None:
    short = FLIGHT | {"booked": OPERATOR.types["B789"].seats}
    found = replacement_stays(
        OPERATOR, short, [stay("A6-AAA", "B789", came=-600, leaves=900), stay("A6-ZZZ", "A359", came=-600)], DEPARTURE
    )
    assert [each["tail"] for each in found] == ["A6-ZZZ", "A6-AAA"]


def test_limits_of_what_is_looked_at() -> None:
    ready = LONGEST_DELAY_MINUTES - OPERATOR.types["B789"].turnaround_minutes
    assert names(stay("A6-LIM", "B789", came=ready)) == ["A6-LIM"]
    assert names(stay("A6-LIM", "B789", came=ready + 1)) == []
    assert names(stay("A6-SML", "A321", came=-600), stay("A6-OWN", "B789", came=-600)) == []
    assert names(stay("A6-LVS", "B789", came=-600, leaves=OPERATOR.figures.swap_ready_minutes)) == ["A6-LVS"]
    assert names(stay("A6-LVS", "B789", came=-600, leaves=OPERATOR.figures.swap_ready_minutes - 1)) == []


def test_an_aircraft_flies_what_brings_it_back_in_time() -> None:
    def flight(destination: str, departs: int, arrives: int) -> Item:
        return {
            "destination": destination,
            "departure_utc": DEPARTURE + departs,
            "arrival_utc": DEPARTURE + arrives,
        }

    line = [flight("LHR", 60, 300), flight("AUH", 400, 640), flight("CDG", 900, 1200), flight("AUH", 1300, 1600)]
    spare = Spare(item={"tail": "A6-AAA", "type": "B789"}, on_ground_from=DEPARTURE, line=line)
    ready = 640 + OPERATOR.types["B789"].turnaround_minutes

    for minutes in (0, 60, 400, ready - 1):
        assert spare.leaving(OPERATOR.types["B789"].turnaround_minutes, "AUH", DEPARTURE + minutes) == spare
    for minutes in (ready, 900, 1200):
        later = spare.leaving(OPERATOR.types["B789"].turnaround_minutes, "AUH", DEPARTURE + minutes)
        assert (later.on_ground_from, later.line) == (line[1]["arrival_utc"], line[2:])
    assert spare.leaving(OPERATOR.types["B789"].turnaround_minutes, "AUH", DEPARTURE + 2000).line == []


def test_many_of_a_kind_do_not_hide_one_of_another() -> None:
    """A type with a shorter turnaround, and one that comes later, are kept beside any number of dearer or nearer ones."""
    many = [stay(f"A6-M{number:02}", "B789", came=-600) for number in range(3 * SPARES_OF_A_KIND)]
    found = names(*many, stay("A6-OTH", "A359", came=-600), stay("A6-LTE", "B789", came=200))
    assert {"A6-OTH", "A6-LTE"} <= set(found)
    assert len(found) == SPARES_OF_A_KIND + 2
