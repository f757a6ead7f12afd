"""The version of the time zones by which local clocks are read here: a law of last month changes what a run computes."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

_PACKAGE = re.compile(r'IANA_VERSION\s*=\s*"([0-9]{4}[a-z]+)"')
_SYSTEM = re.compile(r"# version ([0-9]{4}[a-z]+)")
UNKNOWN = "unknown"


@lru_cache(maxsize=1)
def time_zones() -> str:
    """The version of the database (``2026c``); of a system's own with that said behind it, as it is as old as the system.

    ``zoneinfo`` takes a zone from the first of its folders that has it, and from the package ``tzdata`` only after those. The
    package itself is not loaded for this.
    """
    from zoneinfo import TZPATH  # only who plans reads local clocks

    for folder in map(Path, TZPATH):
        if (folder / "Etc" / "UTC").is_file():
            named = _version(folder.parent / "__init__.py", _PACKAGE)
            return named or f"{_version(folder / 'tzdata.zi', _SYSTEM) or UNKNOWN} (of the system)"
    found = find_spec("tzdata")
    return (_version(Path(found.origin), _PACKAGE) if found and found.origin else "") or UNKNOWN


def _version(file: Path, written: re.Pattern[str]) -> str:
    try:
        with file.open(encoding="utf-8") as opened:
            found = written.search(opened.read(2_000))
    except OSError:
        return ""
    return found[1] if found else ""
