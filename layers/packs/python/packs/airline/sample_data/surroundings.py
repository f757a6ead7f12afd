"""Sample surroundings of the flights: airports, weather, notices, slots, deferred defects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from random import Random

from conclave.pack import Item

from packs.airline import times
from packs.airline.rules.airports.limits import CURFEWS, NIGHT_UNKNOWN, OPEN_AT_NIGHT, TAXI_MINUTES, Curfew
from packs.airline.sample_data.operator import CONNECTION_MINUTES_ELSEWHERE, FIGURES, HUB
from packs.airline.sample_data.stations import airports

REGULATED = ("AMS", "CDG", "FRA", "LHR", "ZRH")
"""Destinations whose arrivals are under flow regulation every day."""

FOG_STATION = "DEL"
_SLOT_OFFERS = (40, 75, 120, 165, 215, 260, 330, 420, 540, 660)
_NO_ANIMAL_FACILITY = frozenset(["SEZ", "MLE", "KTM", "GYD"])


_QUOTAS = (0.5, 1, 2, 4)
"""Noise quota that is left at an airport with a night quota: for the quietest movement only, or for any."""


def airport_items(random: Random) -> list[Item]:
    """Airports with their night period; an airport without one has empty times, one with a quota has some left."""
    items: list[Item] = []
    for airport in airports().values():
        curfew = CURFEWS.get(airport.iata)
        items.append(
            {
                "iata": airport.iata,
                "name": airport.name,
                "city": airport.city,
                "country": airport.country,
                "tz": airport.tz,
                "lat": airport.lat,
                "lon": airport.lon,
                "connection_minutes": FIGURES.connection_minutes
                if airport.iata == HUB
                else CONNECTION_MINUTES_ELSEWHERE,
                "curfew_start": curfew.start if curfew else "",
                "curfew_end": curfew.end if curfew else "",
                "curfew_closed": bool(curfew and curfew.closed),
                "curfew_source": curfew.source if curfew else OPEN_AT_NIGHT.get(airport.iata, NIGHT_UNKNOWN),
                "animal_facility": airport.iata not in _NO_ANIMAL_FACILITY,
                "cool_store": airport.iata == HUB or airport.iata in REGULATED,
            }
            | _late_limits(curfew)
            | ({"night_quota_left": random.choice(_QUOTAS)} if curfew and not curfew.closed else {})
        )
    return items


def _late_limits(curfew: Curfew | None) -> Item:
    if curfew is None:
        return {}
    limits = {"late_take_off_until": curfew.late_take_off_until, "late_landing_until": curfew.late_landing_until}
    return {name: clock for name, clock in limits.items() if clock}


def weather(date: str, days: Sequence[str], random: Random) -> list[Item]:
    """Forecasts in periods of six hours, two days beyond the last; fog at one station from 00:00 to 06:00 UTC on the date."""
    items: list[Item] = []
    beyond = [(dt.date.fromisoformat(days[-1]) + dt.timedelta(days=more)).isoformat() for more in (1, 2)]
    later = Random(f"beyond/{date}")
    for station in airports():
        for day in (*days, *beyond):
            drawn = later if day in beyond else random
            for hour in (0, 6, 12, 18):
                fog = station == FOG_STATION and day == date and hour == 0
                items.append(
                    {
                        "station": station,
                        "from_utc": f"{day}T{hour:02d}:00:00Z",
                        "visibility_m": 250 if fog else drawn.choice((4000, 6000, 8000, 9999)),
                        "ceiling_ft": 100 if fog else drawn.choice((900, 1800, 3000, 5000, 9000)),
                        "crosswind_kt": 2 if fog else drawn.randint(2, 24),
                    }
                )
    return items


_NOTICES = (
    "TWY B CLSD BTN B4 AND B6 DUE WIP. EXPECT LONGER TAXI TIMES",
    "STAND ALLOCATION RESTRICTED FOR CODE E AND F AIRCRAFT. PRIOR COORDINATION REQUIRED",
    "ILS RWY IN USE UNDERGOING MAINTENANCE 0100-0300. RNP APPROACH AVAILABLE",
    "BIRD ACTIVITY REPORTED IN VICINITY OF AERODROME. EXERCISE CAUTION",
    "REFUELLING VIA HYDRANT U/S ON REMOTE STANDS. BOWSER FUELLING ADDS ABOUT 20 MIN TO TURNAROUND",
)


def notams(days: Sequence[str], random: Random) -> list[Item]:
    """Notices of all the days, one or two at about half of the stations."""
    items: list[Item] = []
    for station in airports():
        for _ in range(random.choice((0, 0, 1, 1, 2)) if station not in ("LHR", "SYD") else 1):
            items.append(
                {
                    "station": station,
                    "notam_id": f"A{len(items) + 1200:04d}/{days[0][2:4]}",
                    "from_utc": f"{days[0]}T00:00:00Z",
                    "until_utc": f"{days[-1]}T23:59:00Z",
                    "text": random.choice(_NOTICES),
                }
            )
    return items


def slots(flights: Mapping[str, Item], random: Random) -> list[Item]:
    """Calculated take-off times of flights to regulated destinations: the allocated one and ten on offer."""
    items: list[Item] = []
    for key, flight in sorted(flights.items()):
        if flight["destination"] not in REGULATED:
            continue
        items.append(
            {"flight_id": key, "ctot_utc": times.shift(flight["departure_utc"], TAXI_MINUTES), "status": "allocated"}
        )
        for offer in _SLOT_OFFERS:
            wait = TAXI_MINUTES + offer + random.randrange(-5, 10, 5)
            items.append(
                {"flight_id": key, "ctot_utc": times.shift(flight["departure_utc"], wait), "status": "on_offer"}
            )
    return items


def _defect(tail: str, number: int, ata: str, category: str, discovered: str, text: str) -> Item:
    return {
        "tail": tail,
        "item_id": f"{ata}/{number}",
        "ata": ata,
        "category": category,
        "discovered": discovered,
        "relief": True,
        "not_with": [],
        "text": text,
    }


_ORDINARY = (
    ("25-21-03", "D", "Seat 34K recline inoperative, seat blocked if occupied"),
    ("23-31-01", "C", "Cabin interphone station L4 inoperative"),
    ("33-42-02", "C", "Logo light left inoperative"),
    ("30-81-01", "C", "Ice detector 2 inoperative"),
    ("38-31-04", "D", "Vacuum toilet aft right inoperative"),
)


def mel_items(aircraft: Sequence[Item], date: str, random: Random) -> list[Item]:
    """Deferred defects: ordinary ones on a third of the fleet, and grounding ones on three spares.

    The first spare B789 has two items that the MEL forbids together, the spare A321 one without relief, the first spare
    A320 a category B item past its interval.
    """
    day = dt.date.fromisoformat(date)
    items: list[Item] = []
    for each in aircraft:
        if not each["spare"] and random.random() < 0.33:
            ata, category, text = random.choice(_ORDINARY)
            found = day - dt.timedelta(days=random.randint(0, 6))
            items.append(_defect(each["tail"], len(items) + 1, ata, category, found.isoformat(), text))
    yesterday, long_ago = (day - dt.timedelta(days=1)).isoformat(), (day - dt.timedelta(days=6)).isoformat()
    generator = _defect("A6-BS1", 9001, "24-22-01", "C", yesterday, "Generator drive right disconnected")
    power = _defect("A6-BS1", 9002, "49-11-01", "C", yesterday, "APU inoperative; bleed duct leak suspected")
    items += [generator | {"not_with": ["49-11-01"]}, power]
    no_relief = _defect("A6-FS1", 9003, "27-92-01", "A", yesterday, "Elevator aileron computer 1 faulty, part ordered")
    items.append(no_relief | {"relief": False, "interval_days": 0})
    items.append(_defect("A6-ES1", 9004, "29-11-02", "B", long_ago, "Hydraulic pump yellow low pressure caution"))
    return items
