"""Decisions without models: what rules and scores alone choose, and what changes when one rule does not bind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conclave.deliberation.decide import rules_that_ask
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from conclave.types import Option
from packs.airline import PACK
from packs.airline.models import Cause
from packs.airline.sample_data import sample

Decide = Callable[..., Any]
Without = Callable[..., MemoryTables]


def asks_for_approval(option: Option) -> bool:
    return bool(rules_that_ask(option, PACK.approvals))


def test_an_aircraft_on_ground_is_replaced_by_the_spare_that_may_fly(decide: Decide) -> None:
    room = decide(flight="EY17", cause=Cause.TECHNICAL)
    assert room.chosen.action.startswith("swap_aircraft")
    assert room.chosen.fields["tail"] == "A6-BS2"
    assert not asks_for_approval(room.chosen)


def test_the_grounded_aircraft_never_flies(decide: Decide) -> None:
    room = decide(flight="EY17", cause=Cause.TECHNICAL)
    planned = next(option.fields["tail"] for option in room.options if option.action == "delay")
    assert {f"aog.{planned}", "aircraft.serviceable"} <= room.violations(tail=planned)


def test_two_mel_items_together_ground_the_first_spare(decide: Decide) -> None:
    room = decide(flight="EY17", cause=Cause.TECHNICAL)
    assert {"mel.A6-BS1", "aircraft.mel"} <= room.violations(tail="A6-BS1")
    assert any(each.text.startswith("APU inoperative") for each in room.results["maintenance"].facts)


@pytest.mark.slow
def test_a_grounding_mel_item_changes_the_decision(decide: Decide, without: Without) -> None:
    assert decide(flight="EY715", cause=Cause.TECHNICAL).chosen.fields["tail"] != "A6-FS1"
    clean = without("mel_items", lambda item: item["tail"] == "A6-FS1")
    assert decide(clean, flight="EY715", cause=Cause.TECHNICAL).chosen.fields["tail"] == "A6-FS1"


def test_a_crew_out_of_duty_time_changes_the_decision(decide: Decide, without: Without, rows: Any) -> None:
    room = decide(flight="EY789", cause=Cause.AIRPORT, delay_minutes=120)
    assert room.chosen.action == "delay_swap_crew"
    assert "crew.duty" in room.violations(crew_id=_crew(rows, "D-EY789-2026-11-21"), delay_minutes=120)
    rested = without("duties", pilots=4)  # two of four rest at a time, for which the flight is long enough
    assert decide(rested, flight="EY789", cause=Cause.AIRPORT, delay_minutes=120).chosen.action == "delay"


def _crew(rows: Any, duty_id: str) -> str:
    return next(str(duty["crew_id"]) for duty in rows["duties"] if duty["duty_id"] == duty_id)


def test_a_curfew_changes_the_decision(decide: Decide, without: Without) -> None:
    room = decide(flight="EY454", cause=Cause.CARGO, delay_minutes=140)
    assert room.chosen.fields["delay_minutes"] > 300
    assert "airport.curfew" in room.violations(delay_minutes=140)
    open_all_night = without("airports", curfew_closed=False)
    free = decide(open_all_night, flight="EY454", cause=Cause.CARGO, delay_minutes=140)
    assert free.chosen.fields["delay_minutes"] == 140


def test_a_missing_captain_is_replaced_from_reserve(decide: Decide) -> None:
    room = decide(flight="EY33", cause=Cause.CREW)
    assert room.chosen.fields["crew_id"].startswith("R-B787-")
    assert {"crew.available", "crew.reported"} <= room.violations(delay_minutes=0)


def test_fog_waits_for_landable_weather(decide: Decide, without: Without) -> None:
    room = decide(flight="EY759", cause=Cause.WEATHER)
    assert room.chosen.fields["weather_ok"] is True
    assert "airport.weather" in room.violations(weather_ok=False)
    clear = without("weather", visibility_m=9999, ceiling_ft=5000, crosswind_kt=5)
    assert decide(clear, flight="EY759", cause=Cause.WEATHER).chosen.fields["delay_minutes"] == 120


def test_a_slot_decides_the_departure(decide: Decide) -> None:
    room = decide(flight="EY1", cause=Cause.ATC, delay_minutes=90)
    assert room.chosen.fields["slot_ok"] is True
    assert room.chosen.fields["delay_minutes"] >= 90


def test_nobody_leaves_before_the_cause_is_over(decide: Decide) -> None:
    room = decide(flight="EY789", cause=Cause.AIRPORT, delay_minutes=120)
    assert "cause.cleared" in room.violations(cause_cleared=False)
    assert room.chosen.fields["delay_minutes"] >= 120


def test_life_saving_cargo_stays_in_the_cool_store_rather_than_spoil(decide: Decide) -> None:
    room = decide(flight="EY17", cause=Cause.ATC, delay_minutes=180)
    assert room.chosen.action == "delay_offload_cargo"
    assert room.chosen.fields["cargo_offloaded_kg"] > 0
    assert room.chosen.parameters["offload_cold_chain"] is True
    assert any(each.id == "cargo.life_saving" and each.hard for each in room.constraints)


@pytest.mark.slow
def test_another_type_takes_another_crew(decide: Decide, without: Any) -> None:
    network = without("ground_times", lambda stay: stay["type"] == "B77W")
    room = decide(network, flight="EY232", cause=Cause.TECHNICAL)
    assert room.chosen.action == "swap_aircraft_and_crew"
    assert room.chosen.fields["aircraft_type"] != "B77W"
    assert room.chosen.fields["crew_qualified"] is True


def test_a_short_repair_is_waited_for(decide: Decide) -> None:
    assert decide(flight="EY799", cause=Cause.TECHNICAL, delay_minutes=30).chosen.action == "delay"


def test_away_from_the_hub_a_long_repair_is_waited_for_and_connections_are_rebooked(decide: Decide) -> None:
    chosen = decide(flight="EY18", cause=Cause.TECHNICAL, delay_minutes=180).chosen
    assert chosen.action == "delay"
    assert chosen.fields["missed_connections"] > 0
    assert chosen.fields["compensation_usd"] > 0


def test_a_crew_that_comes_back_after_some_hours_may_rest_and_fly_then(decide: Decide) -> None:
    """The search looks at times after its rest, too, at which it has more room."""
    chosen = decide(flight="EY132", cause=Cause.CREW, delay_minutes=270).chosen
    assert chosen.action == "delay_crew_rest"
    assert chosen.fields["crew_rest_margin_minutes"] == 60
    assert (
        decide(flight="EY132", cause=Cause.CREW).chosen.action != "delay_crew_rest"
    )  # nobody knows when it comes back


def test_away_from_the_hub_a_crew_out_of_duty_time_rests_and_flies_then(decide: Decide) -> None:
    room = decide(flight="EY132", cause=Cause.TECHNICAL, delay_minutes=180)
    assert room.chosen.action == "delay_crew_rest"
    assert room.chosen.fields["crew_rest_margin_minutes"] >= 0
    assert room.chosen.parameters["crew_report_utc"] > room.options[0].parameters["crew_report_utc"]
    assert "crew.duty" in room.violations(delay_minutes=180)
    assert not [gap for gap in room.gaps if gap.mandatory]


def test_away_from_the_hub_an_aircraft_without_release_cancels_the_flight(decide: Decide) -> None:
    chosen = decide(flight="EY838", cause=Cause.TECHNICAL).chosen
    assert chosen.action == "cancel_rebook"
    assert chosen.fields["cancelled"] is True


def test_animals_that_can_neither_fly_nor_wait_leave_no_option(decide: Decide) -> None:
    room = decide(flight="EY623", cause=Cause.TECHNICAL)
    assert room.chosen is None
    assert all(each.violations for each in room.scored)
    assert "cargo.animals" in room.violations(cancelled=True)


def test_a_missing_roster_halts(decide: Decide) -> None:
    room = decide(flight="EY416", cause=Cause.TECHNICAL)
    assert room.chosen is None
    assert {gap.item for gap in room.gaps if gap.mandatory} == {"duties/D-EY416-2026-11-21"}
    assert any(not each.violations for each in room.scored)


def test_a_missing_aircraft_record_halts(decide: Decide, without: Without, flights: Any) -> None:
    tail = flights["EY17-2026-11-21"]["tail"]
    room = decide(without("aircraft", lambda item: item["tail"] == tail), flight="EY17", cause=Cause.TECHNICAL)
    assert room.chosen is None
    assert f"aircraft/{tail}" in {gap.item for gap in room.gaps if gap.mandatory}


def test_a_missing_airport_halts(decide: Decide, without: Without) -> None:
    room = decide(without("airports", lambda item: item["iata"] == "LHR"), flight="EY17", cause=Cause.TECHNICAL)
    assert room.chosen is None
    assert "airports/LHR" in {gap.item for gap in room.gaps if gap.mandatory}


def test_a_missing_forecast_halts(decide: Decide, without: Without) -> None:
    room = decide(without("weather", lambda item: item["station"] == "LHR"), flight="EY17", cause=Cause.TECHNICAL)
    assert room.chosen is None


def test_ordinary_cases_are_decided_without_approval(decide: Decide) -> None:
    for flight, cause, delay in (("EY17", Cause.TECHNICAL, 0), ("EY33", Cause.CREW, 0), ("EY18", Cause.TECHNICAL, 180)):
        assert not asks_for_approval(decide(flight=flight, cause=cause, delay_minutes=delay).chosen)


@pytest.mark.slow
def test_there_are_ten_different_decisions(decide: Decide) -> None:
    cases: list[dict[str, Any]] = [
        {"flight": "EY17", "cause": Cause.TECHNICAL},
        {"flight": "EY715", "cause": Cause.TECHNICAL},
        {"flight": "EY799", "cause": Cause.TECHNICAL, "delay_minutes": 30},
        {"flight": "EY33", "cause": Cause.CREW},
        {"flight": "EY789", "cause": Cause.AIRPORT, "delay_minutes": 120},
        {"flight": "EY454", "cause": Cause.CARGO, "delay_minutes": 180},
        {"flight": "EY759", "cause": Cause.WEATHER},
        {"flight": "EY1", "cause": Cause.ATC, "delay_minutes": 90},
        {"flight": "EY17", "cause": Cause.ATC, "delay_minutes": 180},
        {"flight": "EY103", "cause": Cause.TECHNICAL},
        {"flight": "EY132", "cause": Cause.TECHNICAL, "delay_minutes": 180},
        {"flight": "EY838", "cause": Cause.TECHNICAL},
        {"flight": "EY804", "cause": Cause.CREW},
    ]
    summaries = [decide(**case).chosen.summary for case in cases]
    assert len(set(summaries)) >= 10
    assert len({decide(**case).chosen.action for case in cases}) >= 7


@pytest.mark.slow
def test_other_dates_and_seeds_keep_the_kinds_of_decision(decide: Decide) -> None:
    for date, seed in (("2026-07-15", 5), ("2027-03-28", 9)):
        network = MemoryTables(PACK.tables, sample(date, seed))
        assert decide(network, flight="EY17", date=date, cause=Cause.TECHNICAL).chosen.action.startswith("swap")
        assert decide(network, flight="EY33", date=date, cause=Cause.CREW).chosen.fields["crew_id"].startswith("R-")
        assert decide(network, flight="EY623", date=date, cause=Cause.TECHNICAL).chosen is None


@pytest.mark.slow
def test_more_delay_never_raises_the_passenger_score(decide: Decide) -> None:
    scores = []
    for minutes in (30, 120, 240, 480, 960):
        room = decide(flight="EY18", cause=Cause.TECHNICAL, delay_minutes=minutes)
        option = next(each for each in room.options if each.fields["delay_minutes"] == minutes)
        scores.append(next(each.scores["passengers"] for each in room.scored if each.option_id == option.id))
    assert scores == sorted(scores, reverse=True)


def test_removing_a_spare_never_improves_the_best_option(decide: Decide, without: Without) -> None:
    def gone(item: Item) -> bool:
        return bool(item["tail"] == "A6-BS2")

    def best(room: Any) -> float:
        return max(float(each.total) for each in room.scored if not each.violations)

    fewer = without("ground_times", gone)
    assert best(decide(fewer, flight="EY17", cause=Cause.TECHNICAL)) <= best(
        decide(flight="EY17", cause=Cause.TECHNICAL)
    )


@pytest.mark.slow
def test_other_carriers_take_passengers_of_a_cancelled_flight_and_of_its_return(
    decide: Decide, without: Without
) -> None:
    def cancelled(room: Any) -> Any:
        return next(option.fields for option in room.options if option.fields["cancelled"])

    helped = cancelled(decide(flight="EY789", cause=Cause.TECHNICAL))
    alone = cancelled(decide(without("other_flights", lambda item: True), flight="EY789", cause=Cause.TECHNICAL))
    assert helped["other_carrier_seats"] > 0 == alone["other_carrier_seats"]
    assert helped["passengers_stranded"] < alone["passengers_stranded"]
