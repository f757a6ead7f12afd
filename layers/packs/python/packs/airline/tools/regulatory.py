"""Regulatory: night closures, slots, weather minima, notices, animal welfare."""

from __future__ import annotations

from collections.abc import Mapping

from conclave.pack import Constraint, Fact, Gap, Item, ToolContext, ToolResult, Value, tool

from packs.airline import times
from packs.airline.geography import Places, distance_km
from packs.airline.operators.records import OPERATOR_READS
from packs.airline.planning.effects.cargo import has_limit
from packs.airline.rules.airports.closures import SOURCE as SOURCE_CLOSURE
from packs.airline.rules.airports.closures import with_closures
from packs.airline.rules.airports.crosswind import on_open_runways
from packs.airline.rules.airports.limits import SLOT_SOURCE, WEATHER_SOURCE, has_night
from packs.airline.rules.airports.noise import SOURCE as SOURCE_NOISE
from packs.airline.rules.cargo import ANIMAL_SOURCE, travels_by_clock
from packs.airline.rules.passengers import montreal, us_passengers
from packs.airline.rules.passengers.care import first_care_minutes
from packs.airline.rules.passengers.compensation import SOURCES, regimes
from packs.airline.rules.passengers.europe import Ticket
from packs.airline.tools.common import (
    contradicted,
    fact,
    lease_offers,
    leased,
    life_saving,
    limit,
    missing,
    option_values,
    picked,
    rows,
    saving_lives,
    the_flight,
    the_operator,
    with_operator,
)
from packs.airline.tools.movements import refuted

SOURCE_LEASE = "EU 965/2012 ORO.AOC.110; Regulation (EC) 1008/2008 Art. 13"
SOURCE_CANCELLATION = "operator's figure cancel_only_after_minutes"
FORECAST_MORE = (
    "until_utc", "runways_closed", "temporary", "temporary_counts", "temporary_visibility_m", "temporary_ceiling_ft",
    "temporary_crosswind_kt",
)  # fmt: skip
"""What a forecast's row may have besides: its end, runways that are closed, and what is expected at times."""
SOURCE_CURFEW = "airport night restrictions; none published for these airports"


@tool(reads=("flights", "slots", "weather", "notams", "shipments/by_flight", "lease_offers", *OPERATOR_READS))
def airport_rules(context: ToolContext) -> ToolResult:
    """Night closures, quotas, slots, forecast and notices at both ends of the flight, lives that depend on its cargo, leases.

    Always run. Read the notice texts: they may say what no rule knows. A mandatory gap when an airport or its forecast is
    missing.
    """
    flight = the_flight(context, with_operator(context, *option_values(context, "arrival_airport")))
    if flight is None:
        return ToolResult(gaps=[_gap(f"flights/{context.incident.flight_id}", "no such flight")])
    operator = the_operator(context, flight)
    fetched = any("ferry_departure_utc" in each.parameters for each in context.options)
    hub = {operator.hub_of(flight)} if fetched else set()
    ends = sorted({flight["origin"], flight["destination"], *option_values(context, "arrival_airport"), *hub})
    airports = rows(context).get("airports", ends)
    slots = rows(context).query("slots", [flight["flight_id"]])[flight["flight_id"]]
    weather = rows(context).query("weather", ends)
    notices = rows(context).query("notams", ends)
    weather = {name: on_open_runways(found, airports.items.get(name), notices[name]) for name, found in weather.items()}
    forecast = weather[flight["destination"]]
    closing = with_closures({str(name): item for name, item in airports.items.items()}, notices)
    cargo = rows(context).query("shipments", [flight["flight_id"]], "by_flight")[flight["flight_id"]]
    animals = [each for each in cargo if each["kind"] == "live_animals"]
    gaps = [_gap(f"airports/{name}", "no record of this airport") for name in airports.missing]
    gaps += [
        contradicted("airport_rules", option.id, why)
        for option in context.options
        if (why := refuted(operator, option, flight, closing, weather, times.minutes(context.now)))
    ]
    offers = lease_offers(context, flight)
    gaps += _not_as_approved(context, offers)
    gaps += [
        _gap(f"airports/{name}", "closed at night, and its hours are not on record")
        for name in ends
        if name in airports.items and airports.items[name]["curfew_closed"] and not has_night(airports.items[name])
    ]
    gaps += [
        missing("airport_rules", f"airports/{name}", "whether it closes at night is not on record", mandatory=False)
        for name in ends
        if name in airports.items and not has_night(airports.items[name]) and not airports.items[name]["curfew_source"]
    ]
    gaps += [
        _gap(f"shipments/{each['awb']}", "live animals without species or loading time")
        for each in animals
        if not travels_by_clock(each)
    ]
    gaps += [
        _gap(f"shipments/{each['awb']}", "life-saving, and no qualified time on record")
        for each in saving_lives(cargo)
        if not has_limit(each)
    ]
    gaps += [
        missing("airport_rules", f"airports/{name}", "headings of its runways are not on record", mandatory=False)
        for name in ends
        if name in airports.items
        and not airports.items[name].get("runways")
        and any("winds" in row for row in _from(weather[name], flight["departure_utc"]))
    ]
    if not forecast:
        gaps.append(_gap(f"weather/{flight['destination']}", "no forecast for the destination"))
    facts = [
        *(_airport_fact(airports.items[name], flight) for name in ends if name in airports.items),
        *(each for name in ends if name != flight["origin"] or fetched for each in _forecast_facts(weather[name], flight)),
        *(fact("notams", f"{each['station']}/{each['notam_id']}", "notam", picked(each, ("station",)), each["text"])
          for name in ends for each in notices[name]),
        *(fact("slots", f"{each['flight_id']}/{times.text(each['ctot_utc'])}", "slot", picked(each, ("ctot_utc", "status")))
          for each in slots[:6]),
        *(fact("shipments", each["awb"], "live_animals", picked(each, ("species", "loaded_utc")), each["remark"])
          for each in animals),
        *(fact("shipments", each["awb"], "life_saving", picked(each, ("qualified_until_utc",)))
          for each in saving_lives(cargo)),
    ]  # fmt: skip
    constraints = [
        _cause(flight),
        _cancellation(flight),
        *_curfews(list(airports.items.values()), flight),
        *_closures(closing, notices),
        *_quotas(list(airports.items.values()), flight),
        *_leases(context, offers),
        *_slots(slots),
        _weather(flight, forecast),
        *_animals(animals),
        *life_saving(cargo),
    ]
    return ToolResult(facts=tuple(facts), constraints=constraints, gaps=gaps)


def _gap(item: str, detail: str) -> Gap:
    return missing("airport_rules", item, detail, mandatory=True)


def _airport_fact(airport: Item, flight: Item) -> Fact:
    leaves = airport["iata"] == flight["origin"]
    moment = flight["departure_utc"] if leaves else flight["arrival_utc"]
    names = ("country", "curfew_start", "curfew_end", "curfew_closed", "animal_facility")
    more = ("night_quota_left", "late_take_off_until", "late_landing_until")
    limits = {name: airport[name] for name in more if name in airport}
    if not has_night(airport):
        limits["nights"] = airport["curfew_source"]
    values = {**picked(airport, names), **limits, "scheduled_local": times.local_text(moment, airport["tz"])}
    return fact("airports", airport["iata"], "airport", values)


def _from(forecast: list[Item], moment: int) -> list[Item]:
    """The row that holds at a moment, in minutes, and all later ones: what was reported before concerns nobody any more."""
    past = [each for each in forecast if each["from_utc"] <= moment]
    return forecast[max(0, len(past) - 1) :]


def _forecast_facts(forecast: list[Item], flight: Item) -> list[Fact]:
    current = [each for each in forecast if each["from_utc"] <= flight["arrival_utc"]][-1:]
    later = [each for each in forecast if each["from_utc"] > flight["arrival_utc"]][:2]
    names = ("from_utc", "visibility_m", "ceiling_ft", "crosswind_kt")
    shown = dict[str, Fact]()
    for each in (*current, *later):
        key = f"{each['station']}/{times.text(each.get('row_from_utc', each['from_utc']))}"
        more = (name for name in FORECAST_MORE if name in each)
        shown.setdefault(key, fact("weather", key, "forecast", picked(each, (*names, *more))))
    return list(shown.values())


def _airport(concerned: list[Item], airports: list[Item], flight: Item) -> str:
    """The evidence of a rule about airports: the first that it concerns, else where the flight lands, else the flight."""
    told = [*concerned, *(each for each in airports if each["iata"] == flight["destination"])]
    return f"airports/{told[0]['iata']}" if told else f"flights/{flight['flight_id']}"


def _curfews(airports: list[Item], flight: Item) -> list[Constraint]:
    """One constraint: the closed airport is its evidence; without one the rule still stands, so that nothing slips by."""
    closed = [each for each in airports if each["curfew_closed"]]
    source = "; ".join(each["curfew_source"] for each in closed) or SOURCE_CURFEW
    return [
        limit(
            "airport.curfew", "curfew_violation_minutes", source=source, evidence=_airport(closed, airports, flight),
            reason="no take-off or landing while the airport is closed at night",
        )
    ]  # fmt: skip


def _closures(airports: Mapping[str, Item], notices: Mapping[str, list[Item]]) -> list[Constraint]:
    """One constraint when notices close an airport; the first of them is its evidence."""
    shut = [
        each
        for iata, item in airports.items()
        if "closed_by_notice" in item
        for each in notices[iata]
        if "closed" in each
    ]
    return [
        limit(
            "airport.notice", "curfew_violation_minutes", source=SOURCE_CLOSURE,
            evidence=f"notams/{each['station']}/{each['notam_id']}",
            reason="no take-off or landing while a notice closes the airport",
        )
        for each in shut[:1]
    ]  # fmt: skip


def _quotas(airports: list[Item], flight: Item) -> list[Constraint]:
    """One constraint; the airport with a night quota is its evidence."""
    limited = [each for each in airports if "night_quota_left" in each]
    return [
        limit(
            "airport.noise", "noise_quota_ok", source=SOURCE_NOISE, evidence=_airport(limited, airports, flight),
            reason="a movement at night counts no more than is left of the airport's quota",
        )
    ]  # fmt: skip


def _leases(context: ToolContext, offers: Mapping[str, Item]) -> list[Constraint]:
    if not leased(context):
        return []
    first = next(iter(offers.values()), None)
    evidence = f"lease_offers/{first['station_day']}/{first['offer_id']}" if first else "lease_offers"
    return [
        limit(
            "lease.approved", "lease_approved", source=SOURCE_LEASE, evidence=evidence,
            reason="the authority approves a lease with crew before the aircraft flies",
        )
    ]  # fmt: skip


def _not_as_approved(context: ToolContext, offers: Mapping[str, Item]) -> list[Gap]:
    """Leases whose approval is not on record, or is not what the option says."""
    return [
        contradicted("airport_rules", option.id, "its lease is not approved as it says")
        for option in context.options
        if option.fields["lease_approved"] is not None
        and offers.get(str(option.fields["tail"]), {}).get("approved") is not option.fields["lease_approved"]
    ]


def _slots(slots: list[Item]) -> list[Constraint]:
    if not slots:
        return []
    evidence = f"slots/{slots[0]['flight_id']}/{times.text(slots[0]['ctot_utc'])}"
    return [
        limit(
            "airport.slot", "slot_ok", source=SLOT_SOURCE, evidence=evidence,
            reason="take-off within 5 minutes before to 10 minutes after a calculated take-off time",
        )
    ]  # fmt: skip


def _weather(flight: Item, forecast: list[Item]) -> Constraint:
    """The forecast for the arrival is its evidence; where there is none, which is a gap, the flight that would need one."""
    told = _forecast_facts(forecast, flight)
    return limit(
        "airport.weather", "weather_ok", source=WEATHER_SOURCE,
        evidence=told[0].id if told else f"flights/{flight['flight_id']}", reason="forecast at arrival above category I minima",
    )  # fmt: skip


def _cancellation(flight: Item) -> Constraint:
    return limit(
        "operator.cancellation", "cancellation_needed", source=SOURCE_CANCELLATION,
        evidence=f"flights/{flight['flight_id']}", reason="a flight that can leave soon is not cancelled",
    )  # fmt: skip


def _cause(flight: Item) -> Constraint:
    return limit(
        "cause.cleared", "cause_cleared", source="the report of the incident",
        evidence=f"flights/{flight['flight_id']}", reason="the flight goes when its cause is over or passed by",
    )  # fmt: skip


def _animals(animals: list[Item]) -> list[Constraint]:
    return [
        limit(
            "cargo.animals", "animal_welfare_margin_minutes", source=ANIMAL_SOURCE,
            evidence=f"shipments/{each['awb']}", reason="longest journey of live animals",
        )
        for each in animals[:1]
    ]  # fmt: skip


@tool(reads=("flights", *OPERATOR_READS), serves=("compensation_usd",))
def passenger_rights(context: ToolContext, departures: list[str]) -> ToolResult:
    """Laws that compensate passengers, and limits of liability.

    To the other end of the flight, with the carrier's licence: EU, UK, CA, TH, TR, GE, SA, the law of the departure first.

    United States: the longest time on the tarmac, and the delay from which a passenger may have the fare back.

    Args:
        departures: IATA codes.
    """
    flight = the_flight(context, with_operator(context, *departures))
    if flight is None:
        gap = missing("passenger_rights", context.incident.flight_id, "no such flight", mandatory=False)
        return ToolResult(gaps=[gap])
    found, licence = rows(context).get("airports", departures), the_operator(context, flight).country
    ends = Places(rows(context).get("airports", [flight["origin"], flight["destination"]]).items.values())
    facts = [
        _rights_fact(airport, _ticket(airport, _other_end(airport, flight), ends, licence))
        for airport in found.items.values()
    ]
    return ToolResult(
        facts=(*facts, _liability_fact(flight)),
        gaps=[
            missing("passenger_rights", f"airports/{name}", "no record of this airport", mandatory=False)
            for name in found.missing
        ],
    )


def _other_end(airport: Item, flight: Item) -> str:
    return str(flight["origin"] if airport["iata"] == flight["destination"] else flight["destination"])


def _ticket(airport: Item, towards: str, ends: Places, licence: str) -> Ticket:
    place = ends.get(towards)
    kilometres = distance_km(airport["lat"], airport["lon"], place.lat, place.lon) if place else 0
    return Ticket(origin=airport["country"], destination=ends.country(towards), distance_km=kilometres, licence=licence)


def _rights_fact(airport: Item, ticket: Ticket) -> Fact:
    if airport["country"] == "US":
        # A flight to another country, with any carrier.
        values: dict[str, Value] = {
            "regime": "US",
            "source": f"{us_passengers.SOURCE_TARMAC}; {us_passengers.SOURCE_REFUND}",
            "tarmac_limit_minutes": us_passengers.tarmac_limit_minutes(international=True),
            "tarmac_food_minutes": us_passengers.TARMAC_FOOD_MINUTES,
            "refund_from_minutes": us_passengers.refund_from_minutes(international=True),
        }
        return fact("airports", airport["iata"], "passenger_rights", values)
    covered = regimes(ticket)
    source = "; ".join(SOURCES[each] for each in covered) or "none with a fixed amount"
    first = next(iter(covered), "")
    care = first_care_minutes(first, ticket.distance_km, within_community=ticket.within_community)
    told: dict[str, Value] = {"regime": " ".join(covered), "source": source, "care_from_minutes": care}
    return fact("airports", airport["iata"], "passenger_rights", told)


def _liability_fact(flight: Item) -> Fact:
    limits = montreal.limits_on(times.day(flight["departure_utc"]))
    values: dict[str, Value] = {
        "delay_sdr": limits.delay,
        "baggage_sdr": limits.baggage,
        "cargo_sdr_per_kg": limits.cargo_per_kg,
        "injury_sdr": limits.injury,
        "source": montreal.SOURCE,
    }
    return fact("flights", flight["flight_id"], "liability_limits", values)
