"""Recorded schedules and messages: a full SSIM file of 514 legs, ASM, SSM and LDM of an airline, MVT of a parser's manual.

Two public repositories and a source package have them. Whoever has more puts files into ``.local/recorded/own``: they are read,
too. Every fault and warning has to be one that is explained here; one that is not ends the check with 1.
"""

from __future__ import annotations

import re
import tarfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from packs.airline.feeds.changes.messages import messages_of, read_changes
from packs.airline.feeds.kinds import CHANGES, MOVEMENTS, TIMETABLE, kind_of
from packs.airline.feeds.movements.messages import read_movements
from packs.airline.feeds.records import Fault
from packs.airline.feeds.timetable.flights import flights_of
from packs.airline.feeds.timetable.ssim import read_legs
from packs.airline.geography import world_place

from tests.recorded import fetching

REPOSITORIES = ("https://github.com/Avionworx/Gna.Iata", "https://github.com/kuyfer/nuitParser")
"""A schedule (MIT), and messages as an airline received them."""
PACKAGE = "mvt-parser==1.0.0"
"""A parser (MIT) whose manual has movement messages."""
FENCED = re.compile(
    r"^```[a-z]*\n((?:COR )?(?:MVT|MVA|DIV)\n.*?)```|\"\"\"\s*((?:COR )?(?:MVT|MVA|DIV)\n.*?)\"\"\"",
    re.MULTILINE | re.DOTALL,
)
EXPLAINED: Sequence[tuple[str, str]] = (
    (
        r"has an ICAO designator",
        "the flight is named by the three letters of ICAO, which no schedule of IATA numbers has",
    ),
    (
        r"unread: \('AD\d{4}/\d{4}', 'EA",
        "a second leg in one message, which AHM 780 does not have: it is named, not read",
    ),
    (r"names no flight", "the flight has a form of a system's own (a day with a counter behind it, three letters)"),
)
"""What may be found, and why it is so."""


def fetch(folder: Path) -> list[str]:
    """Brings the package and the repositories; answers those that cannot be had here, none when all is there."""
    missing = [] if fetching.packages(folder, [PACKAGE]) else [PACKAGE]
    return missing + [address for address in REPOSITORIES if not fetching.repository(folder, address)]


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Names and texts of files that hold schedules or messages."""
    for path in sorted(
        each for each in folder.glob("*/**/*") if each.is_file() and each.suffix in (".ssim", ".txt", ".mvt")
    ):
        text = path.read_bytes().decode("utf-8", "replace")
        if kind_of(text) in (TIMETABLE, CHANGES, MOVEMENTS):
            yield str(path.relative_to(folder)), text
    for archive in sorted(folder.glob("mvt_parser*.tar.gz")):
        with tarfile.open(archive) as held:
            for member in held.getmembers():
                data = held.extractfile(member) if member.isfile() and member.name.endswith("README.md") else None
                if data:
                    for at, found in enumerate(FENCED.findall(data.read().decode("utf-8"))):
                        yield f"{member.name}#{at}", found[0] or found[1]


def read(folder: Path) -> tuple[int, int, int]:
    """Reads everything; answers how many legs and messages there are, how many were read, and findings that nobody explains."""
    there = understood = unexplained = 0
    for name, text in texts(folder):
        kind = kind_of(text)
        held, good, findings = _schedule(text, name) if kind == TIMETABLE else _messages(kind, text, name)
        explained = Counter(_why(each) for each in findings)
        print(f"  {name}: {good} of {held} read")
        for why, number in explained.items():
            print(f"    {number} times: {why or 'NOT EXPLAINED'}")
        for each in findings:
            if not _why(each):
                print(f"      line {each.line}: {each.reason}")
        there, understood, unexplained = there + held, understood + good, unexplained + explained[""]
    return there, understood, unexplained


def _why(fault: Fault) -> str:
    return next((why for form, why in EXPLAINED if re.search(form, fault.reason)), "")


def _schedule(text: str, name: str) -> tuple[int, int, list[Fault]]:
    """Legs of a file, those that could be read, and findings of reading them and of every flight of their periods."""
    legs = read_legs(text, name)
    last = max((each.last or each.first for each in legs.records), default=date.min)
    first = min((each.first for each in legs.records), default=date.max)
    flights = flights_of(legs.records, name, _zone, first, last)
    print(f"  {name}: {len(flights.records)} flights from {first} to {last}")
    held = sum(line.startswith("3") for line in text.splitlines())
    return held, len(legs.records), [*legs.faults, *legs.warnings, *flights.faults, *flights.warnings]


def _zone(iata: str) -> str:
    place = world_place(iata)
    return place.tz if place else ""


def _messages(kind: str, text: str, name: str) -> tuple[int, int, list[Fault]]:
    near = 20 * 365 * 24 * 60
    if kind == CHANGES:
        changes = read_changes(text, name, near)
        return sum(1 for _ in messages_of(text)), len(changes.records), list(changes.faults)
    moves = read_movements(text, name, near)
    unread = [
        Fault(file=name, line=each.line, reason=f"unread: {each.unread}") for each in moves.records if each.unread
    ]
    return len(moves.records) + len(moves.faults), len(moves.records), [*moves.faults, *unread]
