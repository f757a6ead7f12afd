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
