"""Recorded reports and notices: tests of two packages and data of two repositories, beside a library's reading of METAR.

Every report that a group is left of, every notice with a doubt and every METAR that the library reads otherwise has to be one
that is explained here.
"""

from __future__ import annotations

import json
import re
import sys
import tarfile
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from packs.airline import times
from packs.airline.feeds.notices.notam import read_notams
from packs.airline.feeds.weather.groups import METRES_PER_MILE
from packs.airline.feeds.weather.reports import Report, read_reports

from tests.recorded import fetching

PACKAGES = ("aviconv-met==0.4.0", "aviconv-notam==0.3.0")
"""Source packages whose tests hold reports and notices, MIT and Apache-2.0."""
REPOSITORIES = (
    ("https://github.com/avwx-rest/avwx-engine", [f"/tests/current/data/{kind}" for kind in ("metar", "taf", "notam")]),
    ("https://github.com/slavak/PyNotam", ["/tests/test_data"]),
)
"""Reports and notices of four airports as services gave them (MIT), and notices of Israel and others (GPL; none is kept)."""
LIBRARY = "metar-taf-parser-mivek==1.13.1"
NEAR = times.minutes("2026-11-15T00:00:00Z")
REPORT = re.compile(r"(?:METAR|SPECI|TAF)(?: AMD| COR)? [A-Z]{4} \d{6}Z[^\"'\\]*")
NOTICE = re.compile(r"^\(?[A-Z]{0,2}\d{1,4}/\d{2,4}\s+NOTAM[NRC]", re.MULTILINE)
EXPLAINED: Sequence[tuple[str, str]] = (
    (r"groups of no known form: 2\.5SM in ", "miles are written with fractions (FMH-1); the visibility stays unknown"),
    (r"its text has no hours of a known form", "hours of service in words; people read the text"),
    (r"its text has a word of no known form: 'LMT'", "hours of service in local time; people read the text"),
    (r"item D holds for long", "a notice without an end, or for years: its first 400 days are worked out"),
    (r"closes a runway that its text does not name", "the text is for people, and the line asks for them"),
    (r"has no number", "a US FDC notice, whose number the service took away: nothing could replace or cancel it"),
    (r"own \(9999, \w+\), the library \(None, \w+\): \S+ \S+ \S+ 10KM ", "the library does not read kilometres"),
)
"""What may be found, and why it is so."""


class Findings:
    """What was found, told as it comes, and how much of it nobody explains."""

    def __init__(self) -> None:
        self.unexplained = 0

    def tell(self, text: str) -> None:
        """Prints a finding with its explanation."""
        why = next((why for form, why in EXPLAINED if re.search(form, text)), "")
        self.unexplained += not why
        print(f"  {text}\n    {why or 'NOT EXPLAINED'}")


def fetch(folder: Path) -> list[str]:
    """Brings packages and repositories; answers what cannot be had here, nothing when all is there."""
    missing = [] if fetching.packages(folder, PACKAGES) else list(PACKAGES)
    return missing + [address for address, paths in REPOSITORIES if not fetching.repository(folder, address, paths)]


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Names and texts of the files in the tests of the packages."""
    for archive in sorted(folder.glob("aviconv*.tar.gz")):
        with tarfile.open(archive) as held:
            for member in held.getmembers():
                if member.isfile() and "/tests/" in member.name and member.name.endswith((".py", ".txt")):
                    data = held.extractfile(member)
                    yield member.name, data.read().decode("utf-8", "replace") if data else ""


def given(folder: Path, kind: str) -> Iterator[tuple[str, str, str]]:
    """Names, days and texts of reports or notices of one kind, as services gave them."""
    for path in sorted((folder / "avwx-engine" / "tests" / "current" / "data" / kind).glob("*.json")):
        held = json.loads(path.read_text(encoding="utf-8"))
        for each in held.get("reports", [held]):
            yield f"avwx-engine/{kind}/{path.name}", held["created"], each["data"]["raw"]


def reports(folder: Path, findings: Findings) -> tuple[list[str], list[Report]]:
    """Every report of the recordings, and those that could be read."""
    found = {" ".join(each.split()): (name, NEAR) for name, text in texts(folder) for each in REPORT.findall(text)}
    for kind in ("metar", "taf"):
        for name, day, text in given(folder, kind):
            # Several METAR of one station stand one behind the other in one of them.
            for each in re.split(r" (?=[A-Z]{4} \d{6}Z )", " ".join(text.split())):
                whole = each if each.startswith(kind.upper()) else f"{kind.upper()} {each}"
                found[whole] = (name, times.minutes(f"{day}T12:00:00Z"))
    read: list[Report] = []
    for text, (name, near) in found.items():
        result = read_reports(text, name, near)
        read += result.records
        for fault in result.faults:
            findings.tell(f"{fault.reason} in {text[:70]}")
        for each in result.records:
            if each.unread:
                findings.tell(f"groups of no known form: {' '.join(each.unread)} in {text[:70]}")
    return list(found), read


def compare(folder: Path, found: Sequence[str], findings: Findings) -> None:
    """Tells the METAR whose wind or visibility the library reads otherwise, and prints how many it reads alike."""
    if not fetching.installed(folder / "library", LIBRARY):
        print(f"recorded: the comparison is left out, since {LIBRARY} cannot be fetched here")
        return
    sys.path.insert(0, str(folder / "library"))
    parser: Any = import_module("metar_taf_parser.parser.parser").MetarParser()
    same = other = 0
    for text in (each for each in found if each.startswith(("METAR", "SPECI")) and " NIL" not in each):
        (own,) = read_reports(text, "", NEAR).records
        try:
            theirs = parser.parse(re.sub(r"^(?:METAR|SPECI)(?: COR)? ", "", text))
        except Exception as error:
            findings.tell(f"the library raises {type(error).__name__}: {text[:70]}")
            continue
        here, there = _own(own), _theirs(theirs)
        same, other = same + (here == there), other + (here != there)
        if here != there:
            findings.tell(f"own {here}, the library {there}: {text[:80]}")
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


def notices(folder: Path, findings: Findings) -> tuple[int, int, int]:
    """How many notices in the ICAO form there are, how many could be read, and how many more have no number."""
    found = [(name, text) for name, text in texts(folder) if name.endswith(".txt") and NOTICE.search(text)]
    held = (folder / "PyNotam" / "tests" / "test_data").glob("*.txt")
    found += [(f"PyNotam/{path.name}", path.read_text(encoding="utf-8")) for path in sorted(held)]
    there = read = 0
    nameless = list[str]()
    for name, text in [*found, *((name, text) for name, _, text in given(folder, "notam"))]:
        if not NOTICE.search(text):
            nameless.append(name)
            continue
        result = read_notams(text, name)
        there, read = there + len(result.records) + len(result.faults), read + len(result.records)
        for each in (*result.faults, *result.warnings):
            findings.tell(f"{name}: {each.reason}")
    if nameless:
        findings.tell(f"{len(nameless)} of {', '.join(sorted(set(nameless)))} has no number")
    return there, read, len(nameless)
