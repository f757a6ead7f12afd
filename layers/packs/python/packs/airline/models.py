"""The incident, the tables and the option fields of the airline pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from conclave.pack import Field, Index, Table
from msgspec import Meta

from packs.airline.assumptions import LONGEST_REPORTED_MINUTES
from packs.airline.reading.words import (
    AIRPORT_KEYWORDS,
    AT,
    CAUSE_KEYWORDS,
    ELSEWHERE,
    FLIGHT_PREFIXES,
    FROM,
    JARGON,
    TO,
)
from packs.airline.reading.words_of_causes import HAZARDS
from packs.airline.reading.words_of_reporters import REPORTERS


class Cause(StrEnum):
    """What went wrong."""

    TECHNICAL = "technical"
    CREW = "crew"
    WEATHER = "weather"
    AIRPORT = "airport"
    ATC = "atc"
    CARGO = "cargo"
    LATE_INBOUND = "late_inbound"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Incident:
    """A disruption of one flight.

    What the report does not say stays at its default; ``resolve`` fills flight, date, origin, destination and
    ``flight_id`` from the schedule, so that a resolved incident has all five.
    """

    flight: Annotated[
        str,
        Meta(
            description="IATA flight number as written on the board, carrier EY; a letter behind it belongs to it (EY17D).",
            pattern="^(EY[0-9]{1,4}[A-Z]?)?$",
            examples=["EY17"],
            extra_json_schema={"prefixes": FLIGHT_PREFIXES},
        ),
    ] = ""
    date: Annotated[
        str,
        Meta(
            description="Local date of departure at the origin, ISO 8601 (2026-11-21). A day that the report tells relative to "
            "itself stays so: today, today+1 (tomorrow), today-1, monday (the next one), last-monday.",
            pattern="^([0-9]{4}-[0-9]{2}-[0-9]{2}|today([+-][0-9]{1,2})?"
            "|(last-)?(mon|tues|wednes|thurs|fri|satur|sun)day)?$",
            examples=["2026-11-21"],
            extra_json_schema={"format": "date", "jargon": JARGON},
        ),
    ] = ""
    origin: Annotated[
        str,
        Meta(
            description="IATA code of the airport of departure.",
            pattern="^([A-Z]{3})?$",
            examples=["AUH"],
            extra_json_schema={"after": FROM, "keywords": AIRPORT_KEYWORDS | ELSEWHERE},
        ),
    ] = ""
    destination: Annotated[
        str,
        Meta(
            description="IATA code of the airport of arrival.",
            pattern="^([A-Z]{3})?$",
            examples=["LHR"],
            extra_json_schema={"after": TO},
        ),
    ] = ""
    cause: Annotated[
        Cause,
        Meta(
            description="What went wrong; AOG and defects are technical, and so are smoke, fumes, fire or a smell aboard. "
            "Who reports it is not what is wrong: a captain who reports smoke is technical.",
            extra_json_schema={"keywords": CAUSE_KEYWORDS, "urgent": HAZARDS, "reporters": REPORTERS},
        ),
    ] = Cause.OTHER
    delay_minutes: Annotated[
        int,
        Meta(
            description="Minutes until the flight can go, when the report says so ('needs 4 hours to fix' is 240). "
            "0 when it does not: an aircraft on ground then has no known release time.",
            ge=0,
            le=LONGEST_REPORTED_MINUTES,
            extra_json_schema={
                "unit": "min",
                "jargon": JARGON,
                "advice": "a plan looks 48 hours ahead. Report 2880 when it takes longer, or 0 when nobody knows how long",
            },
        ),
    ] = 0
    departure: Annotated[
        str,
        Meta(
            description="Scheduled local time of departure, HH:MM, when the report tells flights apart by it ('the 14:10').",
            pattern="^([0-2][0-9]:[0-5][0-9])?$",
            examples=["14:10"],
            extra_json_schema={"format": "time", "after": AT},
        ),
    ] = ""
    unclear: Annotated[
        str,
        Meta(
            description="Flight numbers, ISO dates or airport codes between which the report leaves open what it means, "
            "separated by blanks; the field itself stays empty then.",
            max_length=200,
            extra_json_schema={"collects": ["flight", "date", "origin"]},
        ),
    ] = ""
    flight_id: Annotated[
        str, Meta(description="Filled in by the system. Leave empty.", extra_json_schema={"internal": True})
    ] = ""


TABLES: Sequence[Table] = (
    Table(
        name="flights",
        key="flight_id",
        indexes=(
            Index(name="by_number", key="number", sort_key="date"),
            Index(name="by_route", key="route", sort_key="departure_utc"),
            Index(name="by_tail", key="tail", sort_key="departure_utc"),
            Index(name="by_day", key="date", sort_key="number"),
        ),
        description="The schedule: one item per flight and day, with aircraft, duty, seats and load",
    ),
    Table(name="airports", key="iata", description="Time zone, position, curfew, connection time, facilities"),
    Table(name="aircraft", key="tail", description="Type, seats, serviceability and release time"),
    Table(
        name="ground_times",
        key="station_day",
        sort_key="slot",
        description="When each aircraft stands where, by station and UTC day (AUH#2026-11-21)",
    ),
    Table(name="mel_items", key="tail", sort_key="item_id", description="Open deferred defects under the MEL"),
    Table(
        name="crews",
        key="crew_id",
        indexes=(Index(name="by_pool", key="reserve_pool", sort_key="standby_start_utc"),),
        description="Crews with rating and last duty; reserves belong to a pool (AUH#B787#2026-11-21)",
    ),
    Table(name="duties", key="duty_id", description="The roster: flight duty periods with their flights and crew"),
    Table(
        name="bookings",
        key="booking_id",
        indexes=(
            Index(name="by_flight", key="flight_id"),
            Index(name="by_onward", key="onward_flight_id"),
        ),
        description="Bookings with party size, tier and connection",
    ),
    Table(
        name="shipments",
        key="awb",
        indexes=(Index(name="by_flight", key="flight_id"),),
        description="Cargo: cold chain, live animals, dangerous goods, general",
    ),
    Table(name="weather", key="station", sort_key="from_utc", description="Forecast by station and six hours"),
    Table(name="notams", key="station", sort_key="notam_id", description="Notices with their free text"),
    Table(name="slots", key="flight_id", sort_key="ctot_utc", description="ATFM slots: allocated and on offer"),
    Table(name="other_flights", key="route", sort_key="other_id", description="Seats on other carriers' flights"),
    Table(
        name="lease_offers",
        key="station_day",
        sort_key="offer_id",
        description="Aircraft with crew for lease, by station and UTC day (AUH#2026-11-21)",
    ),
)


FIELDS: Sequence[Field] = (
    Field(
        name="delay_minutes", type=int, unit="min", description="Departure delay against schedule; none if cancelled"
    ),
    Field(name="departure_utc", type=str, unit="", description="New off-blocks time, UTC"),
    Field(name="arrival_local", type=str, unit="", description="New arrival, local time of the destination"),
    Field(name="arrival_airport", type=str, unit="", description="Where it lands"),
    Field(
        name="ground_transfer_minutes",
        type=int,
        unit="min",
        description="By bus from there to the destination; 0 when it lands at the destination",
    ),
    Field(name="tail", type=str, unit="", description="Aircraft that flies"),
    Field(name="aircraft_type", type=str, unit="", description="Its type"),
    Field(name="cause_cleared", type=bool, unit="", description="The reported cause no longer holds the flight back"),
    Field(name="aircraft_serviceable", type=bool, unit="", description="Released to service by the new departure"),
    Field(name="mel_dispatchable", type=bool, unit="", description="Its open MEL items allow dispatch of this flight"),
    Field(name="mel_days_left", type=int, unit="days", description="Whole days left on its tightest MEL interval"),
    Field(
        name="turnaround_margin_minutes",
        type=int,
        unit="min",
        description="Time on the ground before departure beyond the shortest turnaround; capped at 720",
    ),
    Field(name="range_margin_km", type=int, unit="km", description="Planning range beyond the route's distance"),
    Field(
        name="etops_margin_minutes",
        type=int,
        unit="min",
        description="Approved minus needed diversion time; none when no point is more than 60 minutes from an airport",
    ),
    Field(
        name="maintenance_check_ok",
        type=bool,
        unit="",
        description="No maintenance check falls due before the aircraft is back",
    ),
    Field(name="seats_short", type=int, unit="count", description="Booked passengers without a seat on this aircraft"),
    Field(
        name="lease_approved",
        type=bool,
        unit="",
        description="The authority has approved this lease; none without a lease",
    ),
    Field(name="crew_id", type=str, unit="", description="Crew that flies"),
    Field(name="crew_available", type=bool, unit="", description="Crew is fit, present and reachable in time"),
    Field(
        name="crew_qualified",
        type=bool,
        unit="",
        description="Crew, and who flies the return, holds the rating of the aircraft",
    ),
    Field(
        name="crew_duty_margin_minutes",
        type=int,
        unit="min",
        description="Flight duty limit minus planned flight duty, without commander's discretion",
    ),
    Field(
        name="crew_rest_margin_minutes",
        type=int,
        unit="min",
        description="Rest beyond the required minimum, the tighter of before and after this duty",
    ),
    Field(
        name="crew_cumulative_margin_minutes",
        type=int,
        unit="min",
        description="Room under the tightest limit of duty or flight time in 7, 14, 28 days; none without records",
    ),
    Field(
        name="curfew_violation_minutes",
        type=int,
        unit="min",
        description="Minutes by which departure or arrival lies inside a closed night period",
    ),
    Field(name="slot_ok", type=bool, unit="", description="Take-off lies within a slot, or no slot is needed"),
    Field(
        name="noise_quota_ok",
        type=bool,
        unit="",
        description="What is left of the night quota of either airport bears the movement",
    ),
    Field(name="weather_ok", type=bool, unit="", description="Forecast at destination is above operating minima"),
    Field(
        name="animal_welfare_margin_minutes",
        type=int,
        unit="min",
        description="Time left until live animals pass their longest journey; none without animals",
    ),
    Field(name="missed_connections", type=int, unit="count", description="Passengers who miss an onward flight"),
    Field(name="top_tier_disrupted", type=int, unit="count", description="Gold and platinum passengers not on plan"),
    Field(name="passengers_rebooked", type=int, unit="count", description="Passengers moved to another flight"),
    Field(
        name="other_carrier_seats",
        type=int,
        unit="count",
        description="Passengers who travel on another carrier's flight",
    ),
    Field(name="passengers_stranded", type=int, unit="count", description="Passengers without a seat within 30 hours"),
    Field(
        name="passenger_delay_minutes",
        type=int,
        unit="min",
        description="Mean delay at the final destination over all passengers",
    ),
    Field(
        name="cold_chain_margin_minutes",
        type=int,
        unit="min",
        description="Time left on the tightest cold-chain package at delivery; none without such cargo",
    ),
    Field(
        name="life_saving_margin_minutes",
        type=int,
        unit="min",
        description="The same over the shipments that save lives",
    ),
    Field(name="cargo_offloaded_kg", type=int, unit="kg", description="Cargo that does not travel with this option"),
    Field(name="downstream_delay_minutes", type=int, unit="min", description="Delay of later flights in 24 h, summed"),
    Field(name="downstream_flights", type=int, unit="count", description="Later flights delayed or cancelled"),
    Field(
        name="downstream_crews_short",
        type=int,
        unit="count",
        description="Crews of later flights who run out of duty time or rest",
    ),
    Field(name="compensation_usd", type=int, unit="usd", description="Fixed compensation due by regulation"),
    Field(name="care_usd", type=int, unit="usd", description="Meals, hotels, rebooking, refunds"),
    Field(name="operating_cost_usd", type=int, unit="usd", description="Aircraft, crew, cargo and follow-on costs"),
    Field(name="total_cost_usd", type=int, unit="usd", description="Compensation, care and operating cost"),
    Field(name="cancelled", type=bool, unit="", description="The flight does not operate"),
)

ACTIONS: Mapping[str, str] = {
    "delay": "The planned aircraft and crew, later",
    "delay_swap_crew": "The planned aircraft, later, with a reserve crew",
    "swap_crew": "The planned aircraft with a reserve crew, when it is the crew that is missing",
    "delay_crew_rest": "Away from the hub: the crew rests where it is and flies then",
    "delay_split_duty": "A long delay that the crew spends in rooms, which extends its flight duty",
    "augment_crew": "The planned aircraft with the rostered crew and pilots of a reserve crew, who rest in flight in turn",
    "position_crew": "Away from the hub: a reserve crew comes as passengers and flies",
    "delay_offload_cargo": "A delay without the cold-chain cargo, which stays in the cool store",
    "swap_aircraft": "Another aircraft of the cabin class",
    "swap_aircraft_and_crew": "Another aircraft and a reserve crew",
    "divert": "The planned aircraft lands near its closed or unlandable destination, and buses go on from there",
    "ferry_aircraft": "An idle aircraft of the hub comes without passengers, flown by a reserve crew",
    "wet_lease": "A leased aircraft that comes with its crew",
    "consolidate": "The flight does not operate; a larger aircraft flies a later one of the route and takes its passengers",
    "cancel_rebook": "The flight does not operate; its passengers travel later",
}
"""What an option does, by the name of its action."""
