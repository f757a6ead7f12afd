"""Who may fly: margins of the rostered crew, of the crew after a rest, and of each reserve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conclave.tables import Item
from packs.airline import assumptions as figures
from packs.airline.models import Cause

from evaluation.airline.case import Case, Leg
from evaluation.airline.clock import local_minute, minutes
from evaluation.airline.extras import cumulative_margin
from evaluation.airline.regulations import flight_duty_limit, rest_needed

OWN, RESTED, SPLIT = "own", "rested", "split"
SPLIT_SHORTEST, SPLIT_LONGEST, SPLIT_OVERHEAD = 180, 360, 60
"""ORO.FTL.220 and CS FTL.1.220: consecutive minutes of a break that extends the duty by half of it, and what counts off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """A crew on an option; margins in minutes, ``None`` when nothing limits."""

    kind: str
    crew_id: str
    report: int
    available: bool
    qualified: bool
    duty_margin: int | None
    rest_margin: int | None
    cumulative_margin: int | None = None

    @property
    def reserve(self) -> bool:
        """Whether it was called from reserve."""
        return self.kind not in (OWN, RESTED, SPLIT)

    @property
    def legal(self) -> bool:
        """Whether nothing speaks against it."""
        margins = (self.duty_margin, self.rest_margin, self.cumulative_margin)
        return self.available and self.qualified and all(each is None or each >= 0 for each in margins)


NOBODY = Crew(kind=OWN, crew_id="", report=0, available=False, qualified=False, duty_margin=None, rest_margin=None)


def legs(case: Case, aircraft_type: str, delay: int) -> list[Leg]:
    """The sectors of the duty from the disrupted flight on."""
    flown = [Leg(flight=case.flight, departure=case.departure + delay, arrival=case.arrival + delay)]
    for key in case.duty["flights"] if case.duty else ():
        flight = case.rows.item("flights", key)
        if flight is None or minutes(flight["departure_utc"]) <= case.departure:
            continue
        ready = flown[-1].arrival + figures.TYPES[aircraft_type].turnaround_minutes
        flown.append(case.flown(flight, ready))
    return flown


def rostered(case: Case, aircraft_type: str, delay: int, kind: str = OWN) -> Crew:
    """The rostered crew: reported as planned, rested where it is (``RESTED``), or in a room for a while (``SPLIT``)."""
    duty, wide = case.duty, figures.TYPES[aircraft_type].wide
    if duty is None:
        return NOBODY
    flown = legs(case, aircraft_type, delay)
    report = minutes(duty["report_utc"])
    if kind == RESTED:
        rested_from = case.departure + rest_needed(case.departure - report, at_base=False)
        report = case.departure + delay - figures.report_minutes(wide=wide)
        rests = [report - rested_from]
        sectors = flown
    else:
        needed = rest_needed(duty["previous_duty_minutes"], at_base=duty["starts_at_base"])
        rests = [report - minutes(duty["previous_end_utc"]) - needed]
        sectors = [*_before(case), *flown]
    limit = _limit(report, sectors, duty["pilots"], duty["rest_class"])
    if kind == SPLIT:
        limit += split_extension(delay)
    released = flown[-1].arrival + figures.POST_FLIGHT_MINUTES
    if duty["next_report_utc"]:
        needed = rest_needed(released - report, at_base=duty["ends_at_base"])
        rests.append(minutes(duty["next_report_utc"]) - released - needed)
    incident = case.incident
    there = incident.cause is not Cause.CREW or 0 < incident.delay_minutes <= delay
    return Crew(
        kind=kind,
        crew_id=duty["crew_id"],
        report=report,
        available=there,
        qualified=duty["rating"] == figures.TYPES[aircraft_type].rating,
        duty_margin=limit - (flown[-1].arrival - report),
        rest_margin=min(rests),
        cumulative_margin=_cumulative(case, duty, sectors, released - report),
    )


def split_extension(delay: int) -> int:
    """Half of the break that a wait gives, ORO.FTL.220; 0 when it is too short."""
    pause = min(delay - SPLIT_OVERHEAD, SPLIT_LONGEST)
    return pause // 2 if pause >= SPLIT_SHORTEST else 0


def reserve(case: Case, crew: Item, aircraft_type: str, delay: int) -> Crew:
    """A reserve crew that reports for the flight."""
    kind = figures.TYPES[aircraft_type]
    flown = legs(case, aircraft_type, delay)
    report = flown[0].departure - figures.report_minutes(wide=kind.wide)
    rested = report - minutes(crew["previous_end_utc"])
    return Crew(
        kind=crew["crew_id"],
        crew_id=crew["crew_id"],
        report=report,
        available=minutes(crew["standby_start_utc"]) <= report <= minutes(crew["standby_end_utc"]),
        qualified=crew["rating"] == kind.rating,
        duty_margin=_limit(report, flown, crew["pilots"], crew["rest_class"]) - (flown[-1].arrival - report),
        rest_margin=rested - rest_needed(crew["previous_duty_minutes"], at_base=True),
        cumulative_margin=_cumulative(case, crew, flown, flown[-1].arrival + figures.POST_FLIGHT_MINUTES - report),
    )


def _cumulative(case: Case, record: Item, sectors: Sequence[Leg], duty: int) -> int | None:
    """Room under the cumulative limits, by the record of the duty and, where it has none, of its crew."""
    crew = case.rows.item("crews", record["crew_id"]) or {}
    block = sum(each.flight["block_minutes"] for each in sectors)
    return cumulative_margin({**crew, **record}, duty=duty, block=block)


def short(case: Case, late: Sequence[Leg]) -> int:
    """Crews of later flights, on other duties than the flight's, that pass their limit with the flights that late."""
    count, own = 0, case.flight["duty_id"]
    for key in dict.fromkeys(each.flight["duty_id"] for each in late):
        duty = case.rows.item("duties", key)
        if key == own or duty is None:
            continue
        moved = {each.flight["flight_id"]: each for each in late}
        planned = [flight for each in duty["flights"] if (flight := case.rows.item("flights", each)) is not None]
        sectors = [
            moved.get(flight["flight_id"])
            or Leg(flight=flight, departure=minutes(flight["departure_utc"]), arrival=minutes(flight["arrival_utc"]))
            for flight in planned
        ]
        report = minutes(duty["report_utc"])
        limit = _limit(report, sectors, duty["pilots"], duty["rest_class"])
        count += sectors[-1].arrival - report > limit
    return count


def reserves(case: Case, rating: str) -> list[Item]:
    """Every reserve crew of a rating whose standby touches the day of the flight."""
    if not case.from_hub:
        return []
    return [
        each
        for each in case.rows.all("crews")
        if "reserve_pool" in each
        and each["rating"] == rating
        and minutes(each["standby_end_utc"]) >= case.departure - 240
        and minutes(each["standby_start_utc"]) <= case.departure + 2 * 1440
    ]


def _before(case: Case) -> list[Leg]:
    """The sectors of the duty before the disrupted flight, as planned."""
    found = []
    for key in case.duty["flights"] if case.duty else ():
        flight = case.rows.item("flights", key)
        if flight is not None and minutes(flight["departure_utc"]) < case.departure:
            start, end = minutes(flight["departure_utc"]), minutes(flight["arrival_utc"])
            found.append(Leg(flight=flight, departure=start, arrival=end))
    return found


def _limit(report: int, flown: Sequence[Leg], pilots: int, rest_class: int) -> int:
    return flight_duty_limit(
        start=local_minute(report, figures.HUB_ZONE),
        sectors=len(flown),
        pilots=pilots,
        rest_class=rest_class,
        longest_sector=max(each.flight["block_minutes"] for each in flown),
    )
