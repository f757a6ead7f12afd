"""Sample limits: flight hours to the next check, duty of the last weeks, diversion time under a deferred defect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from random import Random

from conclave.pack import Item

from packs.airline import times

TIGHT_LINE, TIGHT_SPARE, TIGHT_CREW, TIGHT_RESERVE = 0.08, 0.3, 0.06, 0.12
"""Shares that have little left; the others have ample room."""
PLANNED_WORK = 0.05
"""Share of the line that waits for parts, engineers or a place in the hangar."""
KEPT_READY = "A6-BS2"
"""A spare that may always fly."""
MONTH_BLOCK_MINUTES = 100 * 60
_DUTY_LIMITS = (
    ("duty_7_days_minutes", 60 * 60),
    ("duty_14_days_minutes", 110 * 60),
    ("duty_28_days_minutes", 190 * 60),
)
"""ORO.FTL.210(a); the limit of flight time above is (b)(1)."""
_AMPLE = ((600, 1_700), (1_500, 3_300), (3_000, 6_600))
_RESERVE_TIGHT = (360, 900)
"""Minutes of duty that a tight reserve crew has left in seven days: enough for a short flight only."""

FAR = frozenset(["BOS", "IAD", "JFK", "MEL", "ORD", "PEK", "SEZ", "SYD", "YYZ"])
REMOTE = FAR | {"ADD", "ALA", "BKK", "CCJ", "CGK", "CMB", "COK", "HKG", "ICN", "JNB", "KUL", "MLE", "MNL", "NBO", "NRT"}
REMOTE |= {"PVG", "SIN", "TRV"}
"""Destinations to which a route leads more than about two hours, or one, away from every airport of the network."""
ETOPS_SHARE = 0.12


def check_cells(aircraft: Sequence[Item], flights: Mapping[str, Item], days: Sequence[str], random: Random) -> None:
    """Writes what is left to the next check of every aircraft, at least what its planned flights need.

    A few of the line have a check as soon as their planned flights are flown, some spares can fly only a short
    rotation; work that waits for parts, engineers or a place in the hangar is on record for a few.
    """
    lines: dict[str, list[Item]] = {}
    for flight in flights.values():
        lines.setdefault(flight["tail"], []).append(flight)
    for each in aircraft:
        line = lines.get(each["tail"], [])
        hours = -(-sum(flight["block_minutes"] for flight in line) // 60)
        last = max((flight["arrival_utc"][:10] for flight in line), default=days[-1])
        spare = {"hours": (60, 520), "cycles": (20, 240), "days": (6, 70)}
        more = {name: random.randint(*span) for name, span in spare.items()}
        if each["tail"] != KEPT_READY and random.random() < (TIGHT_SPARE if each["spare"] else TIGHT_LINE):
            tight = random.choice(tuple(spare))
            more[tight] = {"hours": 6, "cycles": 1, "days": 0}[tight] if each["spare"] else 0
        each["check_hours_left"] = hours + more["hours"]
        each["check_cycles_left"] = len(line) + more["cycles"]
        each["check_due_date"] = (dt.date.fromisoformat(last) + dt.timedelta(days=more["days"])).isoformat()
        if line and random.random() < PLANNED_WORK:
            each.update(_planned_work(days, random))


def _planned_work(days: Sequence[str], random: Random) -> Item:
    day = days[(len(days) - 1) // 2]
    ready = {name: f"{day}T{random.randrange(2, 16):02d}:00:00Z" for name in ("parts_at_utc", "staff_at_utc")}
    if random.random() < 0.4:
        ready["hangar_at_utc"] = f"{day}T{random.randrange(6, 20):02d}:30:00Z"
    return {**ready, "repair_minutes": random.randrange(45, 240, 15)}


def worked(duties: Sequence[Item], crews: Sequence[Item], flights: Mapping[str, Item], random: Random) -> None:
    """Writes duty and block time of the last weeks before each duty, and of the reserve crews.

    A crew's later duties of these days count those before them; all of them stay within the limits.
    """
    rosters: dict[str, list[Item]] = {}
    for duty in sorted(duties, key=lambda item: str(item["report_utc"])):
        rosters.setdefault(duty["crew_id"], []).append(duty)
    for line in rosters.values():
        _line(line, flights, random)
    for crew in crews:
        if "reserve_pool" in crew:
            crew.update(_drawn(random, total=0, block=0, least=crew["previous_duty_minutes"]))
            if random.random() < TIGHT_RESERVE:
                crew["duty_7_days_minutes"] = _DUTY_LIMITS[0][1] - random.randint(*_RESERVE_TIGHT)
                crew.update(_at_least(crew))


def _line(line: Sequence[Item], flights: Mapping[str, Item], random: Random) -> None:
    lengths = [times.minutes_between(duty["report_utc"], duty["release_utc"]) for duty in line]
    blocks = [sum(flights[key]["block_minutes"] for key in duty["flights"]) for duty in line]
    before = _drawn(random, total=sum(lengths), block=sum(blocks), least=line[0]["previous_duty_minutes"])
    if random.random() < TIGHT_CREW:
        before["duty_7_days_minutes"] = _DUTY_LIMITS[0][1] - sum(lengths) - random.randint(0, 90)
        before.update(_at_least(before))
    for number, duty in enumerate(line):
        duty.update({name: value + sum(lengths[:number]) for name, value in before.items() if name.startswith("duty")})
        duty["flight_28_days_minutes"] = before["flight_28_days_minutes"] + sum(blocks[:number])


def _drawn(random: Random, *, total: int, block: int, least: int) -> dict[str, int]:
    """Minutes before the first of the duties, which take ``total``, with ``block`` of flight time."""
    cells = {
        name: max(least, min(random.randint(*span), limit - total))
        for (name, limit), span in zip(_DUTY_LIMITS, _AMPLE, strict=True)
    }
    cells["flight_28_days_minutes"] = min(random.randint(1_800, 4_200), MONTH_BLOCK_MINUTES - block)
    return cells | _at_least(cells)


def _at_least(cells: Mapping[str, int]) -> dict[str, int]:
    """No longer period has less duty than a shorter one in it."""
    week, fortnight, month = (cells[name] for name, _ in _DUTY_LIMITS)
    return {"duty_14_days_minutes": max(week, fortnight), "duty_28_days_minutes": max(week, fortnight, month)}


def diversion_items(aircraft: Sequence[Item], flights: Mapping[str, Item], date: str, random: Random) -> list[Item]:
    """Deferred defects that limit the diversion time, on a few aircraft whose planned flights stay near airports."""
    flown: dict[str, set[str]] = {}
    for flight in flights.values():
        flown.setdefault(flight["tail"], set()).update((flight["origin"], flight["destination"]))
    day = dt.date.fromisoformat(date)
    items: list[Item] = []
    for each in aircraft:
        if each["spare"] or random.random() >= ETOPS_SHARE or flown.get(each["tail"], FAR) & FAR:
            continue
        most = 120 if flown[each["tail"]] & REMOTE else random.choice((60, 90))
        items.append(
            {
                "tail": each["tail"],
                "item_id": f"36-11-02/{8_001 + len(items)}",
                "ata": "36-11-02",
                "category": "C",
                "discovered": (day - dt.timedelta(days=random.randint(0, 5))).isoformat(),
                "relief": True,
                "not_with": [],
                "text": f"Engine bleed left inoperative; diversion time not above {most} minutes",
                "etops_minutes": most,
            }
        )
    return items
