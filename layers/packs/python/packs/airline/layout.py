"""The CSV layout of the tables, for an airline that brings its own data (docs/data.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from conclave.pack import Column, Empty, Kind, read_country, read_zone

from packs.airline.bounds import MEL_CATEGORIES
from packs.airline.codes import (
    aerodrome_code,
    airport_code,
    ata_reference,
    carrier_code,
    currency_code,
    flight_number,
    runway_heading,
)
from packs.airline.feeds.columns import FLIGHT_COLUMNS
from packs.airline.journeys import derived, read_leg
from packs.airline.operators.figures import UNITS
from packs.airline.operators.records import KIND
from packs.airline.rules.airports.closures import closed_period
from packs.airline.rules.airports.crosswind import wind_text
from packs.airline.rules.cargo import air_waybill
from packs.airline.rules.crew.duty_regime import REGIMES


def _text(name: str, description: str, *, empty: Empty = Empty.REFUSED, refers: str = "") -> Column:
    return Column(name=name, kind=Kind.TEXT, description=description, empty=empty, refers=refers)


def _prose(name: str, description: str, *, empty: Empty = Empty.KEPT) -> Column:
    return Column(name=name, kind=Kind.TEXT, description=description, empty=empty, prose=True)


def _coded(name: str, description: str, reads: Callable[[str], str], *, refers: str = "") -> Column:
    return Column(name=name, kind=Kind.TEXT, description=description, reads=reads, refers=refers)


def _choice(name: str, description: str, choices: Sequence[str], *, empty: Empty = Empty.REFUSED) -> Column:
    return Column(name=name, kind=Kind.TEXT, description=description, choices=choices, empty=empty)


def _whole(
    name: str, description: str, *, least: int | None = 0, most: int | None = None, empty: Empty = Empty.REFUSED
) -> Column:
    return Column(name=name, kind=Kind.WHOLE, description=description, least=least, most=most, empty=empty)


def _moment(name: str, description: str, *, empty: Empty = Empty.REFUSED) -> Column:
    return Column(name=name, kind=Kind.MOMENT, description=description, empty=empty)


def _day(name: str, description: str, *, empty: Empty = Empty.REFUSED) -> Column:
    return Column(name=name, kind=Kind.DAY, description=description, empty=empty)


def _truth(name: str, description: str, *, empty: Empty = Empty.REFUSED) -> Column:
    return Column(name=name, kind=Kind.TRUTH, description=description, empty=empty)


def _words(name: str, description: str, reads: Callable[[str], str] | None = None) -> Column:
    return Column(name=name, kind=Kind.WORDS, description=description, empty=Empty.OMITTED, reads=reads)


def _worked(days: int) -> Column:
    return _whole(
        f"duty_{days}_days_minutes", f"duty of the last {days} days before this one, min", empty=Empty.OMITTED
    )


_ROTATION = (
    _whole(
        "rested_difference_minutes",
        "greatest time difference between home base and where the crew rested in the rotation before, or so far, min; "
        "away from home base the place of report counts anyway",
        most=720,
        empty=Empty.OMITTED,
    ),
    _whole(
        "previous_rotation_minutes",
        "from the report at home base that began that rotation to the end of the duty before, min; without it the duty "
        "before is the whole of it",
        empty=Empty.OMITTED,
    ),
    _truth(
        "previous_extended",
        "whether rest in flight extended the duty before; without it with three pilots or more",
        empty=Empty.OMITTED,
    ),
)
_CUMULATIVE = (
    _worked(7),
    _worked(14),
    _worked(28),
    _whole("flight_28_days_minutes", "block time of the last 28 days before this duty, min", empty=Empty.OMITTED),
)

DERIVED = derived
"""Works out the rows of tables without a file of their own."""

LAYOUT: Mapping[str, Sequence[Column]] = {
    "operators": (
        _choice("kind", "always the same word", (KIND,)),
        _coded("carrier", "IATA designator of two characters, as in the flight numbers", carrier_code),
        _text("name", "name"),
        _coded("country", "ISO 3166 code of the country of its licence", read_country),
        Column(
            name="hubs",
            kind=Kind.WORDS,
            description="airports where aircraft and reserve crews are at home, the main one first, separated by a space",
            refers="airports",
            reads=airport_code,
        ),
        Column(
            name="types",
            kind=Kind.WORDS,
            description="aircraft types that it flies, separated by a space",
            refers="aircraft_types",
        ),
        _coded("currency", "currency of its costs, ISO 4217", currency_code),
        _choice("duty_regime", "flight time limitations", tuple(REGIMES)),
    ),
    "figures": (
        _coded("carrier", "whose figure it is", carrier_code),
        _choice("name", "which figure", tuple(UNITS)),
        Column(name="value", kind=Kind.NUMBER, description="its value", least=0),
        _text("unit", "its unit; for a cost the currency, like EUR or EUR/kg"),
    ),
    "aircraft_types": (
        _text("code", "as the other tables name the type"),
        _text("rating", "type rating that a crew needs"),
        _whole("seats", "seats in the operator's cabin", least=1),
        _whole("range_km", "planning range with full passengers and reserves, km", least=1),
        _whole("turnaround_minutes", "shortest turnaround, min"),
        _whole("cruise_kmh", "block speed, km/h", least=1),
        _whole(
            "hourly_cost", "an hour of block time: fuel, maintenance reserve, navigation; in the operator's currency"
        ),
        _whole(
            "ground_hourly_cost", "an hour of delay on the ground: crew, parking, handling; in the operator's currency"
        ),
        _truth("wide", "a widebody"),
        _whole("one_engine_kmh", "speed with one engine out, km/h", least=1),
        _whole("etops_minutes", "diversion time that the operator is approved for, min"),
        Column(
            name="take_off_epndb",
            kind=Kind.NUMBER,
            description="mean of the certificated flyover and sideline levels, EPNdB",
        ),
        Column(name="landing_epndb", kind=Kind.NUMBER, description="certificated approach level minus 9, EPNdB"),
    ),
    "exchange_rates": (
        _coded("currency", "ISO 4217", currency_code),
        Column(name="usd", kind=Kind.NUMBER, description="US dollars for one unit", least=0),
        _day("date", "day of the rate"),
        _text("source", "who publishes it"),
    ),
    "words": (
        _choice("field", "what the word means", ("flight", "airport", "cause")),
        _text("word", "as reporters write it; capitals make no difference"),
        _text("value", "the designator of a carrier, the IATA code of an airport, or a cause"),
    ),
    "airports": (
        _coded("iata", "IATA code", airport_code),
        _text("name", "name"),
        _text("city", "city"),
        _coded("country", "ISO 3166 code of two letters", read_country),
        _coded("tz", "IANA time zone of a place, for example Europe/Paris", read_zone),
        Column(name="lat", kind=Kind.NUMBER, description="latitude, degrees", least=-90, most=90),
        Column(name="lon", kind=Kind.NUMBER, description="longitude, degrees", least=-180, most=180),
        _whole("connection_minutes", "shortest connection, min"),
        _whole("connection_dd_minutes", "shortest from a domestic to a domestic flight, min", empty=Empty.OMITTED),
        _whole("connection_di_minutes", "shortest from a domestic to an international one, min", empty=Empty.OMITTED),
        _whole("connection_id_minutes", "shortest from an international to a domestic one, min", empty=Empty.OMITTED),
        _whole("connection_ii_minutes", "shortest between international flights, min", empty=Empty.OMITTED),
        _whole("terminal_change_minutes", "what another terminal adds to it, min", empty=Empty.OMITTED),
        Column(name="curfew_start", kind=Kind.CLOCK, description="night period begins, local", empty=Empty.KEPT),
        Column(name="curfew_end", kind=Kind.CLOCK, description="night period ends, local", empty=Empty.KEPT),
        _truth("curfew_closed", "no scheduled movements in the night period"),
        Column(
            name="late_take_off_until",
            kind=Kind.CLOCK,
            description="until when late flights take off, local",
            empty=Empty.OMITTED,
        ),
        Column(
            name="late_landing_until",
            kind=Kind.CLOCK,
            description="until when late flights land, local",
            empty=Empty.OMITTED,
        ),
        _words("runways", "designators and true headings, like 09L:89 27R:269, separated by a space", runway_heading),
        _prose(
            "curfew_source", "where it is published; without hours, too: that it is open at night; empty: not known"
        ),
        _truth("animal_facility", "can keep live animals"),
        _truth("cool_store", "can keep cold-chain cargo"),
        Column(
            name="night_quota_left",
            kind=Kind.NUMBER,
            description="noise quota left in the night period",
            least=0,
            empty=Empty.OMITTED,
        ),
    ),
    "alternates": (
        _text("carrier", "IATA code of the carrier"),
        _coded("aerodrome", "IATA code, or the ICAO code of one that is only for the way", aerodrome_code),
        Column(name="lat", kind=Kind.NUMBER, description="latitude, degrees", least=-90, most=90),
        Column(name="lon", kind=Kind.NUMBER, description="longitude, degrees", least=-180, most=180),
        Column(
            name="types",
            kind=Kind.WORDS,
            description="aircraft types that it is adequate for, separated by a space; empty: all",
            empty=Empty.OMITTED,
            refers="aircraft_types",
        ),
    ),
    "aircraft": (
        _text("tail", "registration"),
        _text("type", "aircraft type", refers="aircraft_types"),
        _text("rating", "type rating that a crew needs"),
        _whole("seats", "seats in the cabin", least=1),
        _whole("range_km", "planning range, km", least=1),
        _truth("spare", "has no flights of its own"),
        _truth("serviceable", "released to service"),
        _prose("note", "maintenance note, free text"),
        _moment("parts_at_utc", "parts are there", empty=Empty.OMITTED),
        _moment("staff_at_utc", "engineers are there", empty=Empty.OMITTED),
        _moment("hangar_at_utc", "the hangar is free", empty=Empty.OMITTED),
        _whole("repair_minutes", "work after that, min", empty=Empty.OMITTED),
        Column(
            name="check_hours_left", kind=Kind.NUMBER, description="flight hours to the next check", empty=Empty.OMITTED
        ),
        _whole("check_cycles_left", "flights to the next check", least=None, empty=Empty.OMITTED),
        _day("check_due_date", "date of the next check", empty=Empty.OMITTED),
    ),
    "flights": (
        _text("flight_id", "key: number and date of departure, XY17-2026-11-21"),
        _coded("number", "flight number; leading zeros are dropped", flight_number),
        _day("date", "date of departure, local at the origin"),
        _coded("origin", "IATA code", airport_code, refers="airports"),
        _coded("destination", "IATA code", airport_code, refers="airports"),
        _text("route", "origin-destination, CDG-LHR"),
        _moment("departure_utc", "off blocks"),
        _moment("arrival_utc", "on blocks"),
        _whole("block_minutes", "block time, min", least=1),
        _whole("distance_km", "great circle distance, km", least=1),
        _text("tail", "registration", refers="aircraft"),
        _text("type", "aircraft type", refers="aircraft_types"),
        _text("duty_id", "flight duty period of its crew; may name one that is not published yet"),
        _whole("seats", "seats on sale", least=1),
        _whole("booked", "passengers, connecting ones included"),
        *FLIGHT_COLUMNS,
    ),
    "ground_times": (
        _text("station_day", "airport and UTC day, CDG#2026-11-21; a stay over midnight has a row per day"),
        _text("slot", "begin of the stay and tail"),
        _moment("from_utc", "on blocks"),
        _moment("until_utc", "off blocks, or the end of what is known"),
        _text("tail", "registration", refers="aircraft"),
        _text("type", "aircraft type", refers="aircraft_types"),
        _text("next_flight_id", "its next flight", empty=Empty.KEPT, refers="flights"),
    ),
    "mel_items": (
        _text("tail", "registration", refers="aircraft"),
        _text("item_id", "ATA reference and number"),
        _coded("ata", "ATA reference, 24-22-01", ata_reference),
        _choice("category", "rectification interval", MEL_CATEGORIES),
        _day("discovered", "day of discovery"),
        _truth("relief", "the MEL allows dispatch"),
        Column(
            name="not_with",
            kind=Kind.WORDS,
            description="ATA references that it is forbidden with, separated by a space",
            empty=Empty.KEPT,
            reads=ata_reference,
        ),
        _prose("text", "free text"),
        _whole("interval_days", "interval of a category A item, days", empty=Empty.OMITTED),
        _whole("flights_left", "flights left until a category A item is rectified", empty=Empty.OMITTED),
        _whole("etops_minutes", "diversion time that it limits to, min", empty=Empty.OMITTED),
    ),
    "crews": (
        _text("crew_id", "key"),
        _text("rating", "type rating"),
        _whole("pilots", "pilots", least=2, most=4),
        _text("base", "home base"),
        _whole("rest_class", "in-flight rest facility; reserves", least=1, most=3, empty=Empty.OMITTED),
        _text("reserve_pool", "base#rating#day of a reserve, CDG#B787#2026-11-21", empty=Empty.OMITTED),
        _moment("standby_start_utc", "begin of standby; reserves", empty=Empty.OMITTED),
        _moment("standby_end_utc", "end of standby; reserves", empty=Empty.OMITTED),
        _moment("previous_end_utc", "end of the duty before; reserves", empty=Empty.OMITTED),
        _whole("previous_duty_minutes", "length of that duty, min; reserves", empty=Empty.OMITTED),
        *_ROTATION,
        *_CUMULATIVE,
    ),
    "duties": (
        _text("duty_id", "key"),
        _text("crew_id", "crew", refers="crews"),
        _text("rating", "type rating"),
        _whole("pilots", "pilots", least=2, most=4),
        _whole("rest_class", "in-flight rest facility", least=1, most=3),
        Column(name="flights", kind=Kind.WORDS, description="flights in order, separated by a space", refers="flights"),
        _moment("report_utc", "report"),
        _moment("release_utc", "end of duty"),
        _truth("starts_at_base", "begins at home base"),
        _truth("ends_at_base", "ends at home base"),
        _moment("previous_end_utc", "end of the duty before"),
        _whole("previous_duty_minutes", "length of the duty before, min"),
        *_ROTATION,
        _moment("next_report_utc", "report for the next duty", empty=Empty.KEPT),
        *_CUMULATIVE,
    ),
    "bookings": (
        _text("booking_id", "key; no names"),
        _text("flight_id", "first flight", refers="flights"),
        _whole("pax", "size of the party", least=1),
        _choice("tier", "status", ("", "silver", "gold", "platinum"), empty=Empty.KEPT),
        _text("onward_flight_id", "flight that it goes on with", empty=Empty.OMITTED, refers="flights"),
        Column(
            name="legs",
            kind=Kind.WORDS,
            description="all legs in order, separated by a space, of a journey of more than two flights or with other carriers: "
            "an own flight by its key, another like XX123@VIE-LHR@2026-11-21T10:00:00Z@2026-11-21T12:30:00Z",
            empty=Empty.OMITTED,
            reads=read_leg,
        ),
        _prose("remark", "free text", empty=Empty.OMITTED),
    ),
    "shipments": (
        _coded("awb", "air waybill number; its last digit is the seven before it modulo 7", air_waybill),
        _text("flight_id", "flight", refers="flights"),
        _choice("kind", "what it is", ("general", "cold_chain", "dangerous_goods", "live_animals")),
        _whole("weight_kg", "weight, kg"),
        _prose("remark", "handling remark, free text"),
        _moment("qualified_until_utc", "packaging keeps its temperature until; cold chain", empty=Empty.OMITTED),
        _truth("life_saving", "cold chain that lives depend on", empty=Empty.OMITTED),
        _choice("species", "live animals", ("poultry", "chicks", "dogs_cats"), empty=Empty.OMITTED),
        _moment("loaded_utc", "animals were loaded", empty=Empty.OMITTED),
        _text("un_number", "dangerous goods", empty=Empty.OMITTED),
        _truth("cargo_aircraft_only", "dangerous goods", empty=Empty.OMITTED),
    ),
    "weather": (
        _coded("station", "IATA code", airport_code, refers="airports"),
        _moment("from_utc", "begin of a period of six hours"),
        _whole("visibility_m", "visibility, m"),
        _whole("ceiling_ft", "ceiling, ft"),
        _whole("crosswind_kt", "crosswind, kt"),
        _words(
            "winds",
            "true direction and knots of the winds that may blow, like 240/25G38, separated by a space; with them the crosswind "
            "is worked out anew for the runways that are open",
            wind_text,
        ),
        _moment("until_utc", "end of the period, where it is another one", empty=Empty.OMITTED),
        _text("temporary", "what is expected at times, as forecasts call it: TEMPO, PROB30+TEMPO", empty=Empty.OMITTED),
        _truth("temporary_counts", "a plan has to count it", empty=Empty.OMITTED),
        _whole("temporary_visibility_m", "visibility then, m", empty=Empty.OMITTED),
        _whole("temporary_ceiling_ft", "ceiling then, ft", empty=Empty.OMITTED),
        _whole("temporary_crosswind_kt", "crosswind then, kt", empty=Empty.OMITTED),
        _words("temporary_winds", "winds then, like winds", wind_text),
        _moment(
            "issued_utc", "issue of the report that says so; one issued before takes nothing away", empty=Empty.OMITTED
        ),
        _truth("amended", "the report corrects or amends one", empty=Empty.OMITTED),
    ),
    "notams": (
        _coded("station", "IATA code", airport_code, refers="airports"),
        _text("notam_id", "number"),
        _moment("from_utc", "begin"),
        _moment("until_utc", "end"),
        _prose("text", "free text", empty=Empty.REFUSED),
        _choice("closes", "what it closes", ("aerodrome", "runway"), empty=Empty.OMITTED),
        _words(
            "closed", "when, each like 2026-11-21T22:00:00Z/2026-11-22T03:30:00Z, with a space between", closed_period
        ),
        _words("runways", "designators of the runways that it closes, separated by a space"),
    ),
    "slots": (
        _text("flight_id", "flight", refers="flights"),
        _moment("ctot_utc", "calculated take-off time"),
        _choice("status", "allocated, or on offer", ("allocated", "on_offer")),
    ),
    "other_flights": (
        _text("route", "origin-destination, CDG-LHR"),
        _text("other_id", "departure and number, 2026-11-21T10:00:00Z#QR1005"),
        _text("carrier", "IATA code of the carrier"),
        _text("number", "flight number"),
        _moment("departure_utc", "off blocks"),
        _moment("arrival_utc", "on blocks"),
        _whole("seats_free", "seats that it sells to passengers of a disrupted flight"),
        _whole("fare_usd", "what a seat costs, USD"),
    ),
    "lease_offers": (
        _text("station_day", "airport and UTC day of the offer, CDG#2026-11-21"),
        _text("offer_id", "key within the day"),
        _text("operator", "who operates the aircraft"),
        _text("tail", "registration; not one of the operator's own"),
        _text("type", "aircraft type", refers="aircraft_types"),
        _whole("seats", "seats in the cabin", least=1),
        _whole("range_km", "planning range, km", least=1),
        _moment("available_from_utc", "earliest off blocks"),
        _moment("available_until_utc", "latest on blocks of the last flight"),
        _whole("hourly_usd", "USD an hour of block time, crew, maintenance and insurance included"),
        _whole("minimum_hours", "hours that are charged at least"),
        _truth("approved", "the authority has approved the lease"),
    ),
}
