"""Crews: duties that are legal before any disruption, layovers, and reserves at the hub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conclave.pack import Item
from msgspec import Struct, field

from packs.airline import times
from packs.airline.geography import Place
from packs.airline.rules.crew import time_zones
from packs.airline.rules.crew.flight_time import basic_duty_minutes, max_duty_minutes
from packs.airline.rules.crew.time_zones import Clock, Rest, reference_minute, time_difference
from packs.airline.sample_data.operator import FIGURES, HUB, HUB_ZONE, TYPES, report_minutes
from packs.airline.sample_data.rotations import Rotation
from packs.airline.sample_data.stations import airports

ROUND_TRIP_MARGIN_MINUTES = 45
LAYOVER_MARGIN_MINUTES = 90
UNPUBLISHED_NUMBER = 416
"""The roster of this flight has not been published: what a run must notice and stop at."""

NIGHTS_AT_HOME = 3
"""Local nights at home base after a rotation with four hours of time difference or more: enough for CS FTL.1.235(b)(3)(i) after
less than 72 hours, and for the change between east and west of (b)(3)(iii), wherever the crew flies next."""

_SHIFTS = (("00:00", 12), ("08:00", 12), ("15:00", 12))


class _Crew(Struct):
    crew_id: str
    rating: str
    pilots: int
    free_from: int | None = None
    last_end: int | None = None
    last_minutes: int = 0
    left_base: int = 0
    rotation_minutes: int = 0
    difference: int = 0
    extended: bool = False


class _Roster(Struct):
    crews: list[_Crew] = field(default_factory=list)
    duties: dict[str, Item] = field(default_factory=dict)
    latest: dict[str, str] = field(default_factory=dict)

    def hire(self, rating: str, pilots: int) -> _Crew:
        crew = _Crew(f"C{len(self.crews) + 1:04d}", rating, pilots)
        self.crews.append(crew)
        return crew

    def free(self, rating: str, pilots: int, report: int) -> _Crew:
        """The crew at the hub that has rested longest, or a new one back from days off."""
        rested = [
            crew
            for crew in self.crews
            if crew.rating == rating and crew.pilots == pilots and crew.free_from and crew.free_from <= report
        ]
        return min(rested, key=lambda crew: (crew.free_from, crew.crew_id)) if rested else self.hire(rating, pilots)

    def assign(self, crew: _Crew, duty_id: str, flights: Sequence[Item], *, home: bool) -> None:
        report, on_blocks = _report(flights[0]), times.minutes(flights[-1]["arrival_utc"])
        release = on_blocks + FIGURES.post_flight_minutes
        clock = _clock(flights, report if home else crew.left_base)
        previous_end = crew.last_end or report - 48 * 60
        previous = self.latest.get(crew.crew_id)
        if previous:
            self.duties[previous]["next_report_utc"] = times.text(report)
        self.latest[crew.crew_id] = duty_id
        self.duties[duty_id] = {
            "duty_id": duty_id,
            "crew_id": crew.crew_id,
            "rating": crew.rating,
            "pilots": crew.pilots,
            "rest_class": 1,
            "flights": [flight["flight_id"] for flight in flights],
            "report_utc": times.text(report),
            "release_utc": times.text(release),
            "starts_at_base": home,
            "ends_at_base": flights[-1]["destination"] == HUB,
            "previous_end_utc": times.text(previous_end),
            "previous_duty_minutes": crew.last_minutes,
            "rested_difference_minutes": crew.difference,
            "previous_rotation_minutes": crew.rotation_minutes,
            "previous_extended": crew.extended,
            "next_report_utc": "",
        }
        crew.last_end, crew.last_minutes, crew.left_base = release, release - report, clock.left_base_utc
        crew.rotation_minutes = release - crew.left_base
        crew.extended = _extended(clock, report, on_blocks, len(flights), crew.pilots)
        returned = flights[-1]["destination"] == HUB
        crew.difference = time_difference(clock.base.tz, clock.begins.tz, release) if returned else 0
        crew.free_from = _rested(crew, clock) if returned else None
        for flight in flights:
            flight["duty_id"] = duty_id


def rosters(
    planned: Sequence[Rotation], flights: Mapping[str, Item], days: Sequence[str], scale: int = 1
) -> tuple[list[Item], list[Item]]:
    """Crew items and duty items; writes each flight's ``duty_id``.

    A round trip that fits one duty is flown by one crew. Otherwise the crew stays at the destination and flies the return
    of the following day, rested by ORO.FTL.235(b) and CS FTL.1.235(b)(3).
    """
    roster = _Roster()
    away: dict[int, _Crew] = {}
    for rotation in planned:
        out, back = flights[rotation.out_id], flights[rotation.back_id]
        rating = TYPES[rotation.type].rating
        report = rotation.departure - report_minutes(rotation.type)
        if _fits([out, back], 2, ROUND_TRIP_MARGIN_MINUTES, report):
            roster.assign(roster.free(rating, 2, report), f"D-{rotation.out_id}", [out, back], home=True)
            continue
        pilots = max(_pilots(out, report), _pilots(back, report))
        resting = away.pop(rotation.number, None) or _left_yesterday(roster, rotation, rating, pilots)
        roster.assign(resting, f"D-{rotation.back_id}", [back], home=False)
        crew = roster.free(rating, pilots, report)
        roster.assign(crew, f"D-{rotation.out_id}", [out], home=True)
        away[rotation.number] = crew
    unpublished = {each.out_id for each in planned if each.number == UNPUBLISHED_NUMBER}
    duties = [duty for duty in roster.duties.values() if not unpublished & set(duty["flights"])]
    line = [
        {"crew_id": crew.crew_id, "rating": crew.rating, "pilots": crew.pilots, "base": HUB} for crew in roster.crews
    ]
    return [*line, *_reserves(days, scale)], duties


def _report(flight: Item) -> int:
    return times.minutes(flight["departure_utc"]) - report_minutes(flight["type"])


def _place(iata: str) -> Place:
    known = airports()[iata]
    return Place(iata=iata, country=known.country, tz=known.tz, lat=known.lat, lon=known.lon)


def _clock(flights: Sequence[Item], left_base: int) -> Clock:
    begins, ends = _place(flights[0]["origin"]), _place(flights[-1]["destination"])
    return Clock(base=_place(HUB), begins=begins, ends=ends, left_base_utc=left_base)


def _extended(clock: Clock, report: int, on_blocks: int, sectors: int, pilots: int) -> bool:
    """True if rest in flight makes the duty legal."""
    basic = basic_duty_minutes(start_minute=reference_minute(report, clock), sectors=sectors)
    return pilots > 2 and on_blocks - report > basic


def _rested(crew: _Crew, clock: Clock) -> int:
    """When a crew that came home may report again."""
    until, released = 0, crew.last_end or 0
    if crew.difference >= time_zones.FAR_MINUTES:
        until = time_zones.nights_end(released, nights=NIGHTS_AT_HOME, zone=clock.base.tz)
    rest = Rest(
        from_utc=released,
        duty_minutes=crew.last_minutes,
        at_base=True,
        zone=clock.base.tz,
        difference_minutes=crew.difference,
        rotation_minutes=crew.rotation_minutes,
        extended=crew.extended,
    )
    return max(until, time_zones.rested_at(rest))


def _left_yesterday(roster: _Roster, rotation: Rotation, rating: str, pilots: int) -> _Crew:
    """The crew that flew out on the day before the first day, which has no flights of its own in the sample."""
    crew = roster.hire(rating, pilots)
    on_blocks = rotation.arrival - times.MINUTES_PER_DAY
    crew.left_base = on_blocks - rotation.block_minutes - report_minutes(rotation.type)
    crew.last_end = on_blocks + FIGURES.post_flight_minutes
    crew.last_minutes = crew.rotation_minutes = crew.last_end - crew.left_base
    base = _place(HUB)
    clock = Clock(base=base, begins=base, ends=_place(rotation.destination), left_base_utc=crew.left_base)
    crew.extended = _extended(clock, crew.left_base, on_blocks, 1, pilots)
    return crew


def _fits(flights: Sequence[Item], pilots: int, margin: int, left_base: int) -> bool:
    """True if so many pilots may fly these flights in one duty, with some room, after they left home base then."""
    report = _report(flights[0])
    planned = times.minutes(flights[-1]["arrival_utc"]) - report
    limit = max_duty_minutes(
        start_minute=reference_minute(report, _clock(flights, left_base)),
        sectors=len(flights),
        pilots=pilots,
        longest_sector_minutes=max(flight["block_minutes"] for flight in flights),
    )
    return planned + margin <= limit


def _pilots(flight: Item, left_base: int) -> int:
    return next((pilots for pilots in (2, 3) if _fits([flight], pilots, LAYOVER_MARGIN_MINUTES, left_base)), 4)


def _reserves(days: Sequence[str], scale: int) -> list[Item]:
    """Two crews per rating, shift and day, and more with the size; every second came off duty six hours before."""
    items: list[Item] = []
    for day in days:
        for rating, wide in sorted({(kind.rating, kind.wide) for kind in TYPES.values()}):
            for shift, (start, hours) in enumerate(_SHIFTS):
                begins = times.at_local(day, start, HUB_ZONE)
                for number, rest_hours in ((each, 30 if each % 2 else 6) for each in range(1, 2 * scale + 1)):
                    items.append(
                        {
                            "crew_id": f"R-{rating}-{day}-{shift + 1}{number}",
                            "rating": rating,
                            "pilots": 4 if wide else 2,
                            "rest_class": 1,
                            "base": HUB,
                            "reserve_pool": f"{HUB}#{rating}#{day}",
                            "standby_start_utc": times.text(begins),
                            "standby_end_utc": times.text(begins + hours * 60),
                            "previous_end_utc": times.text(begins - rest_hours * 60),
                            "previous_duty_minutes": 600,
                            "rested_difference_minutes": 0,
                            "previous_rotation_minutes": 600,
                            "previous_extended": False,
                        }
                    )
    return items
