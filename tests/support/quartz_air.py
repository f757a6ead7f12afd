"""A made-up airline as its own files have it: QZ, at home in Vienna, five B738 and E190 on the line, forty flights in two days.

The files (``tests/data/quartz_air``) are written as an airline would write them; nothing of them comes from the sample.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

FILES = Path(__file__).parents[1] / "data" / "quartz_air"
FIRST_DAY = dt.date(2026, 12, 5)
_DAY = re.compile(r"\b20\d\d-\d\d-\d\d(?=T|\b)")


def written_for(day: str, folder: Path) -> Path:
    """Copies the files with all dates moved, so that the first day of the schedule is this one; answers the folder."""
    moved = dt.date.fromisoformat(day) - FIRST_DAY
    folder.mkdir(parents=True, exist_ok=True)
    for path in FILES.glob("*.csv"):
        text = _DAY.sub(
            lambda each: (dt.date.fromisoformat(each[0]) + moved).isoformat(), path.read_text(encoding="utf-8")
        )
        (folder / path.name).write_text(text, encoding="utf-8")
    return folder


SENTENCES: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("QZ101 on {day} from VIE to LHR is AOG", "QZ101", frozenset({"swap_aircraft", "swap_aircraft_crew"})),
    (
        "Flight QZ503 on {day} to Bucharest cannot leave because of fog at the destination",
        "QZ503",
        frozenset({"delay"}),
    ),
    ("QZ501 on {day}: the captain is sick", "QZ501", frozenset({"swap_crew", "delay_swap_crew"})),
    ("QZ 103 on {day} is held by ATC flow control for 2 hours", "QZ103", frozenset({"delay"})),
    (
        "QZ302 on {day} from IST to VIE has an engine fault and is grounded",
        "QZ302",
        frozenset({"ferry_aircraft", "wet_lease"}),
    ),
    ("QZ403 on {day}: runway closed at CPH for 2 hours", "QZ403", frozenset({"delay"})),
    ("QZ102 on {day}: reloading the cargo takes 60 minutes", "QZ102", frozenset({"delay"})),
    ("quartz 203 on {day} is late inbound by 90 minutes", "QZ203", frozenset({"delay", "swap_aircraft"})),
    ("QZ303 on {day} needs 30 minutes of repair", "QZ303", frozenset({"delay", "swap_aircraft"})),
    ("QZ401 on {day} to Kloten: hydraulic leak, 3 hours to fix", "QZ401", frozenset({"swap_aircraft", "delay"})),
)
"""Reports with a place for the day; the flight that each means, and what may sensibly be done about it."""
