"""Made-up files of an operations centre, as many reports and notices as are asked for, for the airports of a network."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from conclave.pack import Item
from packs.airline.geography import iata_by_indicator
from packs.airline.layout import LAYOUT

HOURS_BETWEEN = 6
"""Forecasts of a station are issued four times a day (ICAO Annex 3, App. 5, 1.1)."""
PER_SERIES = 9_999
"""Numbers of notices of one series in a year."""
CHANGES = (
    "TEMPO {at}/{to} 4000 SHRA BKN012",
    "BECMG {at}/{to} 24015KT",
    "PROB40 TEMPO {at}/{to} 1500 TSRA BKN008CB",
    "TEMPO {at}/{to} 2500 BR BKN006",
)
EFFECTS: Sequence[tuple[str, str, str]] = (
    ("QMXLC", "", "TWY B{at} CLSD DUE WIP"),
    ("QOBCE", "", "CRANE ERECTED 512800N 0002700W HGT {at}FT AGL"),
    ("QMXLC", "D) 2200-0400", "TWY K{at} BTN TWY B AND TWY L CLSD"),
    ("QICAS", "", "ILS RWY 09 U/S, REF {at}"),
    ("QMRLC", "D) MON WED FRI 0100-0330", "RWY 01/19 CLSD DUE MAINT, REF {at}"),
)
"""Codes of Q lines, schedules and texts of notices, in turn, no two texts alike; one in five closes a runway by night."""


def stations_of(airports: Sequence[Item]) -> list[str]:
    """ICAO indicators of airports, in order of their codes."""
    indicators = {iata: indicator for indicator, iata in iata_by_indicator().items()}
    return sorted(indicators[each["iata"]] for each in airports if each["iata"] in indicators)


def forecasts(stations: Sequence[str], first: datetime, number: int) -> str:
    """So many TAF, one station after the other, each six hours after the one before of its station."""
    return "\n".join(_forecast(stations, first, at) for at in range(number)) + "\n"


def _forecast(stations: Sequence[str], first: datetime, at: int) -> str:
    begins = first + timedelta(hours=HOURS_BETWEEN * (at // len(stations)))
    ends, change = begins + timedelta(hours=24), begins + timedelta(hours=6 + at % 9)
    told = CHANGES[at % len(CHANGES)].format(at=f"{change:%d%H}", to=f"{change + timedelta(hours=3):%d%H}")
    issued = begins - timedelta(minutes=40)
    wind = f"{at * 10 % 360:03d}{8 + at % 9:02d}KT"
    return f"TAF {stations[at % len(stations)]} {issued:%d%H%M}Z {begins:%d%H}/{ends:%d%H} {wind} 9999 SCT030 {told}="


def notices(stations: Sequence[str], first: datetime, number: int) -> str:
    """So many NOTAM, one station after the other, each for two weeks."""
    return "\n".join(_notice(stations, first, at) for at in range(number)) + "\n"


def _notice(stations: Sequence[str], first: datetime, at: int) -> str:
    code, schedule, text = EFFECTS[at % len(EFFECTS)]
    station, series = stations[at % len(stations)], chr(ord("A") + at // PER_SERIES)
    begins = first + timedelta(hours=at % 48)
    lines = [
        f"{series}{at % PER_SERIES + 1:04d}/{first:%y} NOTAMN",
        f"Q) EGTT/{code}/IV/NBO/A/000/999/5128N00027W005",
        f"A) {station} B) {begins:%y%m%d%H%M} C) {begins + timedelta(days=14):%y%m%d%H%M}",
        *([schedule] if schedule else []),
        f"E) {text.format(at=at)}",
    ]
    return "\n".join([*lines, ""])


def flights_csv(flights: Sequence[Item]) -> str:
    """Rows of flights as the file that ``conclave load`` takes."""
    names = [each.name for each in LAYOUT["flights"]]
    written = io.StringIO()
    table = csv.DictWriter(written, names, restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(_cells(each) for each in flights)
    return written.getvalue()


def _cells(row: Item) -> Mapping[str, str]:
    return {name: " ".join(value) if isinstance(value, list) else str(value) for name, value in row.items()}


def midnight(day: str) -> datetime:
    """The midnight that begins a day, UTC."""
    return datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=UTC)
