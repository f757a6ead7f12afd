"""Notices as rows of the table ``notams``: their text, and the times at which they close an aerodrome or its runways."""

from __future__ import annotations

from collections.abc import Iterable

from conclave.pack import Item, Key

from packs.airline import times
from packs.airline.feeds.notices.notam import Notam

NO_END_UTC = "2099-12-31T23:59:00Z"
"""Stands for the end of a permanent notice."""


def row_of(notam: Notam, station: str) -> Item:
    """The row of a notice at one of its aerodromes.

    Args:
        notam: The notice.
        station: IATA code of the aerodrome.
    """
    row: Item = {
        "station": station,
        "notam_id": notam.number,
        "from_utc": times.text(notam.from_utc),
        "until_utc": _end(notam.until_utc),
        "text": notam.text or "(no text)",
    }
    if not notam.closed:
        return row
    closed = [f"{times.text(start)}/{_end(end)}" for start, end in notam.closed]
    row |= {"closes": "runway" if notam.effect == "runway_closed" else "aerodrome", "closed": closed}
    return row | ({"runways": list(notam.runways)} if notam.runways else {})


def _end(moment: int | None) -> str:
    return NO_END_UTC if moment is None else times.text(moment)


def gone_keys(notams: Iterable[Notam], stations: dict[str, str]) -> list[Key]:
    """Keys of the rows of notices that others of these replace or cancel, by the stations of those others."""
    return [
        (stations[place], each.replaces)
        for each in notams
        if each.replaces
        for place in each.places
        if place in stations
    ]
