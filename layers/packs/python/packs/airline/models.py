"""The incident and the tables of the airline pack."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from conclave.pack import Index, Table
from msgspec import Meta, Struct

from packs.airline.bounds import LONGEST_REPORTED_MINUTES
from packs.airline.reading.wording import STATEMENTS
from packs.airline.reading.words import registrations
from packs.airline.reading.words.general import (
    AIRPORT_KEYWORDS,
    AT,
    BESIDE,
    ELSEWHERE,
    FROM,
    JARGON,
    TO,
)
from packs.airline.reading.words.statements import LANDED_AT, OTHER_AIRCRAFT, POSITIONS


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


class Detail(StrEnum):
    """What a report may tell beside the cause; empty: nothing."""

    NONE = ""
    BIRD_STRIKE = "bird_strike"
    LIGHTNING = "lightning"
    HIDDEN_DEFECT = "hidden_defect"
    RUNWAY_OBJECT = "runway_object"
    STAIRS = "stairs"
    HIT_BY_AIRCRAFT = "hit_by_aircraft"
    SECURITY = "security"
    UNRULY_PASSENGER = "unruly_passenger"
    OWN_STRIKE = "own_strike"
    OTHER_STRIKE = "other_strike"
    AIRPORT_SYSTEM = "airport_system"
    CREW_ILLNESS = "crew_illness"


class Status(StrEnum):
    """Whether a problem holds."""

    REPORTED = "reported"
    UPDATED = "updated"
    WITHDRAWN = "withdrawn"
    HYPOTHETICAL = "hypothetical"


class Clock(StrEnum):
    """The event that a clock time of a report is about."""

    OVER = "over"
    OFF_BLOCKS = "off_blocks"
    TAKE_OFF = "take_off"
    LANDING = "landing"


class Position(StrEnum):
    """Where a flight is."""

    UNTOLD = ""
    STAND = "stand"
    TAXI = "taxi"
    AIR = "air"
    LANDED = "landed"
    RETURNED = "returned"


class Deferral(StrEnum):
    """Whether a defect is an item that the aircraft may be dispatched with."""

    NONE = ""
    MEL = "mel"


_CLOCK = "^(((today[+-][0-9]{1,2}|[0-9]{4}-[0-9]{2}-[0-9]{2}) )?[0-2][0-9]:[0-5][0-9](Z|L)?)?$"
_WRITTEN = (
    "as written: HH:MM, with Z behind it for UTC and L for a time that is called local; a day before it where one is told "
    "(today+1 for tomorrow). Do not convert it."
)


def _clock(description: str) -> Meta:
    return Meta(description=f"{description}, {_WRITTEN}", pattern=_CLOCK, examples=["16:40Z"])


class Problem(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a flight. What the report does not say of it stays at its default."""

    cause: Annotated[
        Cause,
        Meta(
            description="What went wrong; AOG and defects are technical, and so are smoke, fumes, fire or a smell aboard. "
            "Who reports it is not what is wrong: a captain who reports smoke is technical. other: it is not told."
        ),
    ] = Cause.OTHER
    status: Annotated[
        Status,
        Meta(
            description="reported: it holds. updated: it holds, and what is said now replaces what was said before. withdrawn: "
            "it is over or was never so (released to service, not AOG any more). hypothetical: it may happen (if, may, expect)."
        ),
    ] = Status.REPORTED
    about: Annotated[
        str,
        Meta(
            description="Whom or what it is about, as written: a registration, captain, fo or cabin, an airport code, a runway "
            "(13L), slot, an ATA chapter or item (29-11), destination or origin. Empty: the flight's own.",
            pattern="^[A-Za-z0-9 /-]{0,40}$",
            examples=["fo"],
            extra_json_schema={"free": True},
        ),
    ] = ""
    detail: Annotated[
        Detail,
        Meta(
            description="What lies behind the cause, when the report says so and it is one of these: it decides whether "
            "passengers are compensated. own_strike: of the carrier's staff; other_strike: of others. Empty: anything else.",
        ),
    ] = Detail.NONE
    minutes: Annotated[
        int,
        Meta(
            description="Minutes until it is over, when the report says so ('needs 4 hours to fix' is 240). 0 when it does not: "
            "an aircraft on ground then has no known release time. A time of the clock is not a duration.",
            ge=0,
            le=LONGEST_REPORTED_MINUTES,
            extra_json_schema={
                "unit": "min",
                "jargon": JARGON,
                "advice": "a plan looks 48 hours ahead. Report 2880 when it takes longer, or 0 when nobody knows how long",
            },
        ),
    ] = 0
    not_before: Annotated[str, _clock("Earliest time that the report names for what `of` says")] = ""
    not_after: Annotated[str, _clock("Latest time that the report names for what `of` says")] = ""
    of: Annotated[
        Clock,
        Meta(
            description="What not_before and not_after are about. over: the problem is over then (estimated release). "
            "off_blocks: the flight leaves the stand. take_off: it takes off (a slot, CTOT). landing: it lands."
        ),
    ] = Clock.OVER
    closed_from: Annotated[str, _clock("Start of the time in which what `about` names cannot be used")] = ""
    closed_until: Annotated[str, _clock("End of the time in which what `about` names cannot be used")] = ""
    item: Annotated[
        Deferral,
        Meta(
            description="mel: a defect that is deferred under the minimum equipment list: the aircraft may be dispatched with it."
        ),
    ] = Deferral.NONE
    assumed_minutes: Annotated[
        int,
        Meta(
            description="Filled in by the system. Leave at 0.",
            ge=0,
            le=LONGEST_REPORTED_MINUTES,
            extra_json_schema={"internal": True},
        ),
    ] = 0
    delay_code: Annotated[
        str,
        Meta(
            description="IATA delay code as told (AHM 730), two digits.",
            pattern="^([0-9]{2})?$",
            examples=["93"],
        ),
    ] = ""


class Incident(Struct, frozen=True, kw_only=True):
    """A disruption of one flight.

    What the report does not say stays at its default; ``resolve`` fills flight, date, origin, destination and
    ``flight_id`` from the schedule, so that a resolved incident has all five, and writes its clocks as UTC with their day.
    """

    flight: Annotated[
        str,
        Meta(
            description="IATA flight number with the carrier's two characters and the letter behind it, if any (XY17D).",
            pattern="^(([A-Z][A-Z0-9]|[0-9][A-Z])[0-9]{1,4}[A-Z]?)?$",
            examples=["XY17"],
            extra_json_schema={"beside": BESIDE},
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
            examples=["CDG"],
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
    departure: Annotated[
        str,
        Meta(
            description="Scheduled local time of departure, HH:MM, when the report tells flights apart by it ('the 14:10').",
            pattern="^([0-2][0-9]:[0-5][0-9])?$",
            examples=["14:10"],
            extra_json_schema={"format": "time", "after": AT},
        ),
    ] = ""
    tail: Annotated[
        str,
        Meta(
            description="Registration of the aircraft, as written.",
            pattern="^([A-Z0-9]{1,4}-[A-Z0-9]{1,5}|[A-Z]{1,2}[0-9][A-Z0-9]{1,5}|[A-Z]{4,6})?$",
            examples=["D-ABCD"],
            extra_json_schema={"forms": registrations.FORMS, "beside": OTHER_AIRCRAFT},
        ),
    ] = ""
    position: Annotated[
        Position,
        Meta(
            description="Where the flight is, when told: stand, taxi (to the runway), air, landed (not where planned), returned "
            "(back on stand).",
            extra_json_schema={"keywords": POSITIONS},
        ),
    ] = Position.UNTOLD
    landed_at: Annotated[
        str,
        Meta(
            description="IATA code of the airport where it landed, if not the planned one.",
            pattern="^([A-Z]{3}|)$",
            examples=["VIE"],
            extra_json_schema={"after": LANDED_AT, "keywords": AIRPORT_KEYWORDS | ELSEWHERE},
        ),
    ] = ""
    problems: Annotated[
        tuple[Problem, ...],
        Meta(
            description="Everything that the report says is wrong, one entry each; also what is withdrawn.",
            max_length=4,
            extra_json_schema={"statements": STATEMENTS},
        ),
    ] = ()
    unclear: Annotated[
        str,
        Meta(
            description="Flight numbers, ISO dates or airport codes between which the report leaves open what it means, "
            "separated by blanks; the field itself stays empty then.",
            max_length=200,
            extra_json_schema={"collects": ["flight", "date", "origin"]},
        ),
    ] = ""
    not_understood: Annotated[
        tuple[Annotated[str, Meta(max_length=80)], ...],
        Meta(description="Filled in by the system. Leave empty.", max_length=8, extra_json_schema={"internal": True}),
    ] = ()
    flight_id: Annotated[
        str, Meta(description="Filled in by the system. Leave empty.", extra_json_schema={"internal": True})
    ] = ""


TABLES: Sequence[Table] = (
    Table(
        name="operators",
        key="kind",
        sort_key="carrier",
        description="The airlines of the data: code, licence, hubs, fleet, currency, duty rules",
    ),
    Table(name="figures", key="carrier", sort_key="name", description="Figures of an airline that no regulation gives"),
    Table(name="aircraft_types", key="code", description="Aircraft types with rating, performance, costs and noise"),
    Table(
        name="exchange_rates", key="currency", description="US dollars for one unit of a currency, with date and source"
    ),
    Table(
        name="words",
        key="field",
        sort_key="word",
        description="Words of the airline's own in reports: field (flight, airport, cause), word, and the value that it means",
    ),
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
    Table(
        name="alternates",
        key="carrier",
        sort_key="aerodrome",
        description="Aerodromes that a carrier holds adequate for diversions, on the way and near a destination",
    ),
    Table(name="aircraft", key="tail", description="Type, seats, serviceability and release time"),
    Table(
        name="ground_times",
        key="station_day",
        sort_key="slot",
        description="When each aircraft stands where, by station and UTC day (CDG#2026-11-21)",
    ),
    Table(
        name="mel_items",
        key="tail",
        sort_key="item_id",
        indexes=(Index(name="by_category", key="category", sort_key="tail"),),
        description="Open deferred defects under the MEL",
    ),
    Table(
        name="crews",
        key="crew_id",
        indexes=(Index(name="by_pool", key="reserve_pool", sort_key="standby_start_utc"),),
        description="Crews with rating and last duty; reserves belong to a pool (CDG#B787#2026-11-21)",
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
        name="legs",
        key="flight_id",
        sort_key="booking_id",
        description="Bookings of more than two flights by each flight but the first; worked out when bookings are loaded",
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
        description="Aircraft with crew for lease, by station and UTC day (CDG#2026-11-21)",
    ),
)
