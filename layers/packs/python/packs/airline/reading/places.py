"""The airport that a closure or bad weather is at, as the text names it: a closed destination does not hold a departure."""

from __future__ import annotations

import re

from conclave.language.text import any_of
from msgspec import structs

from packs.airline.models import Cause, Incident, Problem
from packs.airline.reading.mentions import Mentions
from packs.airline.reading.words.general import FROM, TO
from packs.airline.reported.windows import DESTINATION, ORIGIN

ENDS = {
    DESTINATION: [
        "destination", "dest", "arrival airport", "arrival end", "at arrival", "Ziel", "Zielflughafen", "Zielort", "destino",
        "aeropuerto de llegada", "aeroport d'arrivee", "destinazione", "aeroporto di arrivo",
    ],
    ORIGIN: ["origin", "departure airport", "at departure", "Abflughafen", "Startflughafen", "aeroport de depart", "origen"],
}  # fmt: skip
_AT_A_PLACE = (Cause.AIRPORT, Cause.WEATHER)
_LONGEST = 40
_CODE = re.compile(r"(?<![A-Za-z0-9])[A-Z]{3}(?![A-Za-z0-9])")


def with_places(incident: Incident, named: Mentions, text: str) -> Incident:
    """The incident with the airport before what a problem of airport or weather is about.

    The one airport that the text names beside its route, or else the end of the flight that it speaks of. A model may have
    named it already.

    Args:
        incident: As it was read.
        named: What the text names.
        text: The report in plain words.
    """
    place = _place(named, text)
    if not place:
        return incident
    return structs.replace(incident, problems=tuple(_placed(each, place) for each in incident.problems))


def _placed(problem: Problem, place: str) -> Problem:
    words = problem.about.split()
    if problem.cause not in _AT_A_PLACE or _CODE.search(problem.about) or {DESTINATION, ORIGIN}.intersection(words):
        return problem
    return structs.replace(problem, about=" ".join([place, *words])[:_LONGEST])


def _place(named: Mentions, text: str) -> str:
    """An IATA code, an end of the flight, or nothing when the text names none or several."""
    codes = [code for code, words in named.airports.items() if not _on_route(code, words, text)]
    if len(codes) == 1:
        return codes[0]
    ends = [end for end, words in ENDS.items() if re.search(any_of(words), text, re.IGNORECASE)]
    return ends[0] if len(ends) == 1 and not codes else ""


def _on_route(code: str, words: str, text: str) -> bool:
    """True if an airport is named as an end of the route: after "from" or "to", or in a pair like ``CDG-LHR``."""
    name = rf"(?:{code}|{re.escape(words)})"
    cues = rf"(?:{any_of(FROM)}|{any_of(TO)})\s+(?:the\s+)?{name}(?!\w)"
    pair = rf"[A-Z]{{3}}\s*[-/\u2013>]\s*{name}(?!\w)|(?<!\w){name}\s*[-/\u2013>]\s*[A-Z]{{3}}"
    return bool(re.search(cues, text, re.IGNORECASE) or re.search(pair, text))
