"""Operator assumptions: every figure of the airline pack that no regulation gives, in one place.

They describe a fictional operator. An airline replaces them by its own figures; rules with a legal source stand in
``rules/`` and name their paragraph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CARRIER = "EY"
LONGEST_REPORTED_MINUTES = 2880
"""Longest delay that a report may name, minutes: two days, and options look no further."""
HUB = "AUH"
HUB_ZONE = "Asia/Dubai"


@dataclass(frozen=True, slots=True, kw_only=True)
class AircraftType:
    """Data of an aircraft type for planning.

    Attributes:
        code: IATA-like code used in the tables.
        rating: Type rating that a crew needs; types that share one share their crews.
        seats: Seats in the operator's cabin.
        range_km: Planning range with full passengers and reserves.
        turnaround_minutes: Shortest turnaround, in blocks to off blocks.
        cruise_kmh: Block speed for the sample schedule.
        hourly_usd: Direct cost of an hour of block time (fuel, maintenance reserve, navigation).
        ground_hourly_usd: Cost of an hour of delay on the ground (crew, parking, handling).
        wide: Widebody.
        one_engine_kmh: Speed with one engine out, for diversion times.
        etops_minutes: Diversion time that the operator is approved for.
        take_off_epndb: Mean of the certificated flyover and sideline noise levels, EPNdB.
        landing_epndb: Certificated approach noise level minus 9, EPNdB.
    """

    code: str
    rating: str
    seats: int
    range_km: int
    turnaround_minutes: int
    cruise_kmh: int
    hourly_usd: int
    ground_hourly_usd: int
    wide: bool
    one_engine_kmh: int
    etops_minutes: int
    take_off_epndb: float
    landing_epndb: float


TYPES: Mapping[str, AircraftType] = {
    each.code: each
    for each in (
        AircraftType(
            code="A320",
            rating="A320",
            seats=158,
            range_km=5600,
            turnaround_minutes=45,
            cruise_kmh=800,
            hourly_usd=4200,
            ground_hourly_usd=1900,
            wide=False,
            one_engine_kmh=720,
            etops_minutes=120,
            take_off_epndb=87.4,
            landing_epndb=85.6,
        ),
        AircraftType(
            code="A321",
            rating="A320",
            seats=188,
            range_km=6400,
            turnaround_minutes=50,
            cruise_kmh=800,
            hourly_usd=4700,
            ground_hourly_usd=2200,
            wide=False,
            one_engine_kmh=720,
            etops_minutes=180,
            take_off_epndb=90.2,
            landing_epndb=86.8,
        ),
        AircraftType(
            code="A359",
            rating="A350",
            seats=330,
            range_km=14500,
            turnaround_minutes=80,
            cruise_kmh=880,
            hourly_usd=8600,
            ground_hourly_usd=4600,
            wide=True,
            one_engine_kmh=770,
            etops_minutes=240,
            take_off_epndb=87.2,
            landing_epndb=87.8,
        ),
        AircraftType(
            code="B789",
            rating="B787",
            seats=299,
            range_km=13200,
            turnaround_minutes=75,
            cruise_kmh=880,
            hourly_usd=8100,
            ground_hourly_usd=4300,
            wide=True,
            one_engine_kmh=770,
            etops_minutes=180,
            take_off_epndb=88.6,
            landing_epndb=87.4,
        ),
        AircraftType(
            code="B77W",
            rating="B777",
            seats=382,
            range_km=13600,
            turnaround_minutes=90,
            cruise_kmh=880,
            hourly_usd=11200,
            ground_hourly_usd=5400,
            wide=True,
            one_engine_kmh=770,
            etops_minutes=240,
            take_off_epndb=94.3,
            landing_epndb=91.5,
        ),
    )
}

# Crew. ORO.FTL.205(a)(1) leaves reporting times to the operator.
REPORT_MINUTES_NARROW = 60
REPORT_MINUTES_WIDE = 75
POST_FLIGHT_MINUTES = 30
RESERVE_READY_MINUTES = 45
"""A reserve crew on airport standby is at the aircraft this long after the call."""
RESERVE_CALL_OUT_USD = 2500

DUTY_REGIME = "easa"
"""Flight time limitations that the operator works under: ``easa`` (ORO.FTL) or ``faa`` (14 CFR part 117)."""
SPLIT_DUTY_ROOMS_USD = 1400
"""Rooms for a crew that sleeps within its duty."""
SPLIT_DUTY_FROM_MINUTES = 240
"""A shorter delay is not a reason to send a crew to rooms."""
SPLIT_DUTY_AWAY_MINUTES = 60
"""Post- and pre-flight duties and the way to the rooms and back."""
SPLIT_DUTY_COUNTED_MINUTES = 360
"""The longest break that extends a duty; CS FTL.1.220 counts more of it in suitable accommodation."""
POSITIONING_SEATS: Mapping[bool, int] = {False: 6, True: 14}
"""Seats that a whole crew takes as passengers, for a narrowbody and a widebody (``True``)."""
POSITIONING_USD = 1800
POSITIONING_HORIZON_MINUTES = 24 * 60
POSITIONED_READY_MINUTES = 45
"""A crew that comes as passengers is at its aircraft this long after it is on blocks."""

# Connections and re-accommodation.
OTHER_CARRIER_MINUTES = 120
"""A seat of another carrier counts like this many minutes of delay: own seats come first."""
CONNECTION_MINUTES_HUB = 60
CONNECTION_MINUTES_ELSEWHERE = 75
REBOOKING_HORIZON_MINUTES = 30 * 60
STRANDED_DELAY_MINUTES = 24 * 60
REBOOKING_USD = 95
REFUND_USD = 380
MEAL_USD = 22
HOTEL_USD = 145
HOTEL_FROM_MINUTES = 6 * 60
"""A delay at least this long counts as an overnight stay, whatever the hour."""

# Money.
USD_PER_EUR = 1.08
USD_PER_GBP = 1.27
SWAP_SAME_TYPE_USD = 3500
SWAP_OTHER_TYPE_USD = 20000
CANCELLATION_USD = 18000
CARGO_OFFLOAD_USD_PER_KG = 2.4
SPOILED_COLD_CHAIN_USD = 60000
DOWNSTREAM_MINUTE_USD = 55
DOWNSTREAM_CANCELLED_FLIGHT_USD = 65000

DOWNSTREAM_CREW_SHORT_USD = 6000
"""Covering a later flight whose crew runs out of duty time or rest."""
GROUND_TRANSFER_USD = 25
"""A passenger on a bus between an alternate and the airport of the ticket."""

APPROVAL_COST_USD = 750_000
"""Above this total, the duty manager decides."""

# Planning.
SWAP_READY_MINUTES = 40
"""Towing, catering and papers of a replacement aircraft."""
SWAPPABLE_CAUSES = frozenset(["technical", "late_inbound", "other"])
"""Causes that another aircraft helps against."""
AOG_TRIAL_DELAYS = (60, 180)
"""Delays that a controller would ask about while the release of the aircraft is unknown; never serviceable."""
DEFAULT_DELAY_MINUTES: Mapping[str, int] = {
    "technical": 0,
    "crew": 0,
    "weather": 120,
    "airport": 180,
    "atc": 30,
    "cargo": 45,
    "late_inbound": 60,
    "other": 30,
}
"""Delay that a cause is planned with when the report names none."""
WET_LEASE_NOTICE_MINUTES = 180
"""Papers, crew and catering of a leased aircraft, from the reporting time of the flight on."""
CONSOLIDATION_HORIZON_MINUTES = 12 * 60
"""Another flight of the route takes the passengers when it leaves within this time."""
DIVERSION_RADIUS_KM = 300
"""An alternate from which passengers go on by bus."""
DIVERSION_CANDIDATES = 2
GROUND_TRANSFER_MINUTES = 60
"""Boarding buses, beside the drive."""
GROUND_TRANSFER_MINUTES_PER_KM = 1.3
"""The drive by great circle distance."""
IDLE_AIRCRAFT_MINUTES = 36 * 60
"""An aircraft that has no flight for this long may be sent elsewhere."""
SPARE_CANDIDATES = 20
"""Aircraft that a plan looks at in detail."""
SPARE_WAIT_MINUTES = 6 * 60
"""Another aircraft is looked at when it is ready this long after it could be at the earliest."""
RESERVE_CANDIDATES = 3
SLOT_CANDIDATES = 4
DISPLACEMENT_LIMIT_MINUTES = 36 * 60
"""An aircraft in line service is offered as a spare when its own next flight is displaced by less than this."""
DOWNSTREAM_HORIZON_MINUTES = 24 * 60
LONGEST_DELAY_MINUTES = 24 * 60
SEARCHED_TIMES = 3
"""Departure times that are computed in full for an aircraft and a crew: the earliest that no rule forbids."""
BEST_OPTIONS = 6
"""Options of the search that are offered beside those that a controller would ask about."""
FORECAST_HOURS = 6
"""A forecast period of the sample holds this long from its beginning; later it is stale."""


def report_minutes(*, wide: bool) -> int:
    """Reporting time before departure, in minutes."""
    return REPORT_MINUTES_WIDE if wide else REPORT_MINUTES_NARROW
