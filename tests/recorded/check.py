"""Reads recorded reports, notices, schedules and messages of others, and compares a library's reading of METAR.

``make recorded`` runs it. Packages come from the package index, data from public repositories, into a folder that git does not
keep; what cannot be reached is left out, with a line. Ends with 1 when less than 99 % can be read, or something that was found
is not explained.
"""

from __future__ import annotations

from pathlib import Path

from tests.recorded import messages, reports

FOLDER = Path(__file__).parents[2] / ".local" / "recorded"
LEAST_PERCENT = 99


def main() -> int:
    """Reads everything and prints how much of it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for missing in (*reports.fetch(FOLDER), *messages.fetch(FOLDER)):
        print(f"recorded: {missing} is left out, since it cannot be fetched here")
    findings = reports.Findings()
    found, read = reports.reports(FOLDER, findings)
    if found:
        reports.compare(FOLDER, found, findings)
    notices, understood, nameless = reports.notices(FOLDER, findings)
    scheduled, laid, unexplained = messages.read(FOLDER)
    print(f"reports read: {len(read)} of {len(found)}")
    print(f"notices in the ICAO form read: {understood} of {notices}; {nameless} more have no number")
    print(f"legs and messages read: {laid} of {scheduled}")
    unexplained += findings.unexplained
    print(f"findings without an explanation: {unexplained}")
    counts = ((len(read), len(found)), (understood, notices), (laid, scheduled))
    return 1 if unexplained or any(good * 100 < LEAST_PERCENT * there for good, there in counts) else 0


if __name__ == "__main__":
    raise SystemExit(main())
