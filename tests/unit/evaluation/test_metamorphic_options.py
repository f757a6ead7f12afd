"""What must hold between evaluations of the rarer ways out, and of the rules that bind by a record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packs.airline.models import Cause
from packs.airline.scores import passengers

from evaluation.airline.exact.actions import Action, always
from evaluation.airline.exact.truth import NOT_ON_OFFER, Evaluation, Truth
from evaluation.airline.rules import crews, regulations
from evaluation.airline.rules.clock import minutes, text
from evaluation.data import Changes, Rows

few = settings(
    deadline=None,
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
NUMBERS = ("EY17", "EY33", "EY715", "EY789", "EY454", "EY18", "EY802")
flights = st.sampled_from(NUMBERS)
delays = st.integers(0, 60).map(lambda steps: 5 * steps)


def total(found: Evaluation | None) -> float:
    return found.total if found else 0.0


def put(table: str, *items: Any) -> Changes:
    return Changes(put={table: list(items)})


def never_helps(free: Truth, bound: Truth) -> None:
    """What is feasible under a further limit is feasible without it, and scores the same."""
    for delay in range(0, 721, 90):
        for action in free.space.flying(delay):
            without, limited = free.evaluate(action), bound.evaluate(action)
            assert set(without.broken) <= set(limited.broken), action
    assert total(bound.best()) <= total(free.best())


@pytest.mark.slow
@few
@given(number=flights, margin=st.integers(-60, 900))
def test_a_nearer_check_never_adds_a_feasible_option(exact: Any, network: Rows, number: str, margin: int) -> None:
    free = exact(number, Cause.AIRPORT, 60)
    aircraft: Any = network.item("aircraft", free.case.flight["tail"])
    hours = (free.case.flight["block_minutes"] + margin) / 60
    nearer = aircraft | {"check_hours_left": min(aircraft["check_hours_left"], hours)}
    never_helps(free, exact(number, Cause.AIRPORT, 60, changes=put("aircraft", nearer)))


@pytest.mark.slow
@few
@given(
    number=flights, less=st.integers(0, 3_000), cell=st.sampled_from(("duty_7_days_minutes", "flight_28_days_minutes"))
)
def test_more_duty_on_record_never_adds_a_feasible_option(
    exact: Any, network: Rows, number: str, less: int, cell: str
) -> None:
    free = exact(number, Cause.AIRPORT, 60)
    worked = free.case.duty | {cell: free.case.duty[cell] + less}
    never_helps(free, exact(number, Cause.AIRPORT, 60, changes=put("duties", worked)))


@pytest.mark.slow
@few
@given(number=st.sampled_from(("EY17", "EY18", "EY33")), left=st.sampled_from((0, 0.25, 0.5, 1, 2)))
def test_less_noise_quota_never_adds_a_feasible_option(exact: Any, network: Rows, number: str, left: float) -> None:
    case = exact(number, Cause.AIRPORT, 60).case
    end = case.flight["destination"] if case.from_hub else case.flight["origin"]
    night = {"curfew_start": "20:00", "curfew_end": "08:00", "curfew_closed": False}
    airport: Any = network.item("airports", end) | night  # type: ignore[operator]
    free = exact(number, Cause.AIRPORT, 60, changes=put("airports", airport | {"night_quota_left": 2}))
    never_helps(free, exact(number, Cause.AIRPORT, 60, changes=put("airports", airport | {"night_quota_left": left})))


@pytest.mark.parametrize("most", [0, 60, 90, 120, 180])
def test_a_shorter_diversion_time_never_adds_a_feasible_option(exact: Any, network: Rows, most: int) -> None:
    free = exact("EY454", Cause.AIRPORT, 60)
    item = {
        "tail": free.case.flight["tail"],
        "item_id": "36-11-02/1",
        "ata": "36-11-02",
        "category": "D",
        "discovered": "2026-11-20",
        "relief": True,
        "not_with": [],
        "text": "",
        "etops_minutes": most,
    }
    bound = exact("EY454", Cause.AIRPORT, 60, changes=put("mel_items", item))
    never_helps(free, bound)
    assert bound.evaluate(bound.own(60)).fields["etops_margin_minutes"] <= most


@few
@given(number=flights, before=st.integers(0, 600))
def test_longer_standby_never_makes_a_reserve_legal(exact: Any, network: Rows, number: str, before: int) -> None:
    truth = exact(number, Cause.AIRPORT, 60)
    trip = truth.case.trip(truth.case.flight["type"], 120)
    for reserve in crews.reserves(truth.case, network.item("aircraft", truth.case.flight["tail"])["rating"]):  # type: ignore[index]
        earlier = reserve | {"standby_start_utc": text(minutes(reserve["standby_start_utc"]) - before)}
        now, longer = (crews.reserve(truth.case, each, trip) for each in (reserve, earlier))
        if now.available:
            assert longer.duty_margin <= now.duty_margin  # type: ignore[operator]
            assert longer.rest_margin <= now.rest_margin  # type: ignore[operator]
            assert longer.cumulative_margin <= now.cumulative_margin  # type: ignore[operator]


@pytest.mark.slow
@few
@given(number=st.sampled_from(("EY17", "EY715", "EY18")), seats=st.integers(0, 80), wait=st.integers(1, 24))
def test_seats_of_other_carriers_never_make_it_worse(
    exact: Any, network: Rows, number: str, seats: int, wait: int
) -> None:
    truth = exact(number, Cause.ATC, 30)
    flight = truth.case.flight
    departure = truth.case.departure + 60 * wait
    other = {
        "route": flight["route"],
        "other_id": f"{text(departure)}#QR9999",
        "carrier": "QR",
        "number": "QR9999",
        "departure_utc": text(departure),
        "arrival_utc": text(departure + flight["block_minutes"]),
        "seats_free": seats,
        "fare_usd": 400,
    }
    more = exact(number, Cause.ATC, 30, changes=put("other_flights", other))
    before, after = truth.passengers.cancelled(), more.passengers.cancelled()
    assert after.weighted <= before.weighted
    taken = sum(party.pax for party, journey in after.parts if any("QR9999" in key for key in journey.uses))
    assert taken <= seats


def test_without_other_carriers_more_are_stranded(exact: Any, network: Rows) -> None:
    """The seats are used: taking them away is felt."""
    felt = 0
    for number in NUMBERS:
        truth = exact(number, Cause.ATC, 30)
        route = truth.case.flight["route"]
        gone = [(each["route"], each["other_id"]) for each in network.where("other_flights", "route", route)]
        without = exact(number, Cause.ATC, 30, changes=Changes(remove={"other_flights": gone}))
        first, then = truth.passengers.cancelled(), without.passengers.cancelled()
        assert first.weighted <= then.weighted
        felt += first.weighted < then.weighted
    assert felt


def offer(truth: Truth, **cells: Any) -> dict[str, Any]:
    start = truth.case.departure
    return {
        "station_day": f"AUH#{text(start)[:10]}",
        "offer_id": "L-1",
        "operator": "Skylark Charter",
        "tail": "9H-LZZ",
        "type": "B789",
        "seats": 299,
        "range_km": 13_200,
        "available_from_utc": text(start),
        "available_until_utc": text(start + 2_400),
        "hourly_usd": 12_000,
        "minimum_hours": 5,
        "approved": True,
        **cells,
    }


def leased(exact: Any, delay: int = 120, **cells: Any) -> Evaluation:
    truth = exact("EY17", Cause.TECHNICAL)
    received = text(truth.case.departure - 75)
    made = exact("EY17", Cause.TECHNICAL, changes=put("lease_offers", offer(truth, **cells)), received=received)
    action = Action(
        name="wet_lease", tail="9H-LZZ", delay=delay, crew="", offer=(f"AUH#{text(truth.case.departure)[:10]}", "L-1")
    )
    return made.evaluate(action)  # type: ignore[no-any-return]


@few
@given(hourly=st.integers(4_000, 30_000), more=st.integers(0, 9_000), hours=st.integers(1, 30))
def test_a_dearer_lease_never_costs_less(exact: Any, hourly: int, more: int, hours: int) -> None:
    cheap, dear = leased(exact, hourly_usd=hourly), leased(exact, hourly_usd=hourly + more, minimum_hours=5 + hours)
    assert cheap.broken == ()
    assert cheap.fields["total_cost_usd"] <= dear.fields["total_cost_usd"]  # type: ignore[operator]
    assert dear.total <= cheap.total


def test_a_lease_holds_from_its_notice_to_its_end(exact: Any) -> None:
    assert leased(exact).broken == ()
    assert NOT_ON_OFFER in leased(exact, delay=100).broken  # received 75 minutes before, notice 180
    start = exact("EY17", Cause.TECHNICAL).case.departure
    assert NOT_ON_OFFER in leased(exact, available_from_utc=text(start + 121)).broken
    assert NOT_ON_OFFER in leased(exact, available_until_utc=text(start + 900)).broken
    assert NOT_ON_OFFER in leased(exact, seats=90).broken
    assert "range_margin_km" in leased(exact, range_km=5_000).broken


@few
@given(number=st.sampled_from(("EY17", "EY33", "EY1")), less=delays, more=delays)
def test_a_diversion_never_helps_passengers_beyond_landing_there(exact: Any, number: str, less: int, more: int) -> None:
    truth = exact(number, Cause.WEATHER)
    for alternate in truth.case.alternates:
        first, later = (
            dict(truth.evaluate(replace(truth.own(delay), name="divert", alternate=alternate)).fields)
            for delay in sorted((less, more))
        )
        direct = dict(truth.evaluate(truth.own(min(less, more))).fields)
        assert passengers(later) <= passengers(first) <= passengers(direct)


def test_an_alternate_is_for_closed_destinations_only(exact: Any, network: Rows) -> None:
    clear = exact("EY17", Cause.WEATHER)
    action = replace(
        clear.own(0), name="divert", alternate="MAN", offload=True
    )  # the vaccines do not last the bus ride
    assert clear.case.alternates == ["MAN"]
    assert NOT_ON_OFFER in clear.evaluate(action).broken
    fog = [item | {"visibility_m": 100} for item in network.where("weather", "station", "LHR")]
    foggy = exact("EY17", Cause.WEATHER, changes=put("weather", *fog))
    assert foggy.evaluate(action).broken == ()
    assert "weather_ok" in foggy.evaluate(foggy.own(600)).broken
    both = [item | {"visibility_m": 100} for item in network.where("weather", "station", "MAN")]
    assert "weather_ok" in exact("EY17", Cause.WEATHER, changes=put("weather", *fog, *both)).evaluate(action).broken


def test_a_ferry_needs_the_time_to_get_there(exact: Any, network: Rows) -> None:
    truth = exact("EY802", Cause.TECHNICAL)
    found = [action for delay in range(0, 600, 5) for action in truth.space._ferried(delay, always)]
    early = min(found, key=lambda action: action.delay)
    assert truth.space.ferry_departure(early) >= truth.case.received + 60
    too_soon = truth.space.ferry_departure(early) - truth.case.received - 55
    assert NOT_ON_OFFER in truth.evaluate(replace(early, delay=early.delay - too_soon)).broken
    assert truth.evaluate(early).fields["turnaround_margin_minutes"] == 0
    spare: Any = network.item("aircraft", early.tail)
    grounded = exact("EY802", Cause.TECHNICAL, changes=put("aircraft", spare | {"serviceable": False}))
    assert "aircraft_serviceable" in grounded.evaluate(early).broken


def test_rest_on_board_and_in_a_room_never_shorten_the_duty(exact: Any) -> None:
    for number in NUMBERS:
        truth = exact(number, Cause.AIRPORT, 300)
        own, split = (truth.space.crew_of(truth.space.own(300, each)) for each in (crews.OWN, crews.SPLIT))
        assert split.duty_margin == own.duty_margin + 120
        assert split.rest_margin == own.rest_margin


@pytest.mark.parametrize("number", ["EY17", "EY715", "EY789"])
def test_the_rules_of_the_united_states_are_other_ones(exact: Any, network: Rows, number: str) -> None:
    european = exact(number, Cause.AIRPORT, 60)
    first = european.evaluate(european.own(60)).fields
    works = [row | {"duty_regime": "faa"} for row in network.all("operators")]
    american = exact(number, Cause.AIRPORT, 60, Changes(put={"operators": works}))
    second = american.evaluate(american.own(60)).fields
    assert not list(american.space._split(300, always))
    assert first["crew_duty_margin_minutes"] != second["crew_duty_margin_minutes"]
    assert first["passenger_delay_minutes"] == second["passenger_delay_minutes"]


@pytest.mark.parametrize(("later", "read_at"), [(0, 1), (239, 1), (240, 2), (599, 2), (600, 1)])
def test_which_reports_set_the_limit_of_a_crew_that_comes_later(later: int, read_at: int) -> None:
    """CS FTL.1.205(d): the planned one, the more limiting of both, after ten hours the new one alone."""
    found = regulations.read_when_late(1_000, 1_000 + later)
    assert len(found) == read_at
    assert found[-1] == (1_000 + later if later >= 240 else 1_000)


@few
@given(number=flights, delay=delays, more=st.integers(0, 600))
def test_more_notice_never_leaves_a_crew_less_duty(exact: Any, number: str, delay: int, more: int) -> None:
    late = exact(number, Cause.AIRPORT, 30)
    soon = exact(number, Cause.AIRPORT, 30, received=text(late.case.received - more))
    trip = late.case.trip(late.case.flight["type"], delay)
    told, waits = (crews.rostered(each.case, trip) for each in (soon, late))
    assert (told.duty_margin or 0) >= (waits.duty_margin or 0)
    assert (told.rest_margin or 0) >= (waits.rest_margin or 0)


@few
@given(number=flights, delay=delays)
def test_discretion_lengthens_a_duty_by_what_it_lacks(exact: Any, number: str, delay: int) -> None:
    truth = exact(number, Cause.AIRPORT, 30)
    plain = truth.own(delay)
    longer = replace(plain, name="delay_discretion", longer=True)
    lacks = -int(str(truth.evaluate(plain).fields["crew_duty_margin_minutes"]))
    fields, most = truth.evaluate(longer).fields, crews.rostered(truth.case, truth.space.trip(plain)).most_discretion
    if 0 < lacks <= most:
        assert (fields["crew_duty_margin_minutes"], fields["discretion_minutes"]) == (0, lacks)
    else:
        assert "crew_available" in truth.evaluate(longer).broken
