"""What lies behind the cause of a problem, read from the report by code: it decides what passengers are paid."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from conclave.language.text import normal
from msgspec import structs

from packs.airline.models import Cause, Detail, Incident

_AIRCRAFT = (Cause.TECHNICAL, Cause.LATE_INBOUND, Cause.OTHER)
_STAFF = (Cause.CREW, Cause.LATE_INBOUND, Cause.OTHER)
_PLACES = (Cause.AIRPORT, Cause.ATC, Cause.LATE_INBOUND, Cause.OTHER)

DETAILS: Mapping[Detail, tuple[Sequence[Cause], Sequence[str]]] = {
    Detail.BIRD_STRIKE: (
        _AIRCRAFT,
        [
            "bird strike", "birdstrike", "bird strikes", "bird hit", "bird ingestion", "hit a bird", "struck a bird",
            "Vogelschlag", "collision aviaire", "impacto de ave", "impatto con volatili", "bird impact",
        ],
    ),
    Detail.LIGHTNING: (
        _AIRCRAFT,
        ["lightning strike", "lightning", "struck by lightning", "Blitzschlag", "foudroiement", "foudre", "fulmine"],
    ),
    Detail.HIDDEN_DEFECT: (
        _AIRCRAFT,
        ["hidden manufacturing defect", "hidden design defect", "manufacturing defect", "design defect", "Fabrikationsfehler"],
    ),
    Detail.RUNWAY_OBJECT: (_AIRCRAFT, ["FOD damage", "FOD", "foreign object", "debris on the runway", "runway debris"]),
    Detail.STAIRS: (_AIRCRAFT, ["hit by stairs", "hit by the stairs", "struck by stairs", "stairs hit", "steps hit"]),
    Detail.HIT_BY_AIRCRAFT: (
        _AIRCRAFT, ["hit by another aircraft", "struck by another aircraft", "hit by another plane"],
    ),
    Detail.SECURITY: (
        (*_AIRCRAFT, *_PLACES), ["bomb threat", "security threat", "sabotage", "terror threat", "hijack", "Bombendrohung"],
    ),
    Detail.UNRULY_PASSENGER: (
        (Cause.OTHER, Cause.LATE_INBOUND),
        ["unruly passenger", "unruly pax", "disruptive passenger", "disruptive pax"],
    ),
    Detail.OWN_STRIKE: (
        _STAFF,
        [
            "pilots on strike", "pilot strike", "pilots strike", "cabin crew on strike", "cabin crew strike", "crew strike",
            "crews on strike", "crew on strike", "wildcat strike", "Pilotenstreik", "greve des pilotes",
        ],
    ),
    Detail.OTHER_STRIKE: (
        _PLACES,
        [
            "ATC strike", "controllers strike", "controllers on strike", "airport strike", "airport staff on strike",
            "security staff on strike", "security staff strike", "Lotsenstreik", "greve des controleurs",
        ],
    ),
    Detail.AIRPORT_SYSTEM: (
        _PLACES,
        [
            "fuel system failure", "airport fuel system", "fuelling system failure", "refuelling system",
            "hydrant system failure", "baggage system failure", "airport power failure", "airport power outage",
        ],
    ),
}  # fmt: skip
"""Causes that a detail may lie behind, and its words. Illness of a crew is what cause crew means without a detail."""

_NEGATED = re.compile(
    r"(?:\bno|\bnot (?:a|an|the)|\bnot|\bwithout(?: a)?|\bkein(?:e|en)?|\bpas de|\bexcluded)\s+$", re.IGNORECASE
)


def with_details(incident: Incident, said: str) -> Incident:
    """The incident with the details that its report has words for, and with no other: a model may not excuse a carrier.

    A detail belongs to the one problem whose cause it can lie behind; where it fits several, or two details fit one problem,
    none is taken.

    Args:
        incident: As it was read.
        said: The report in its normal form.
    """
    told = [each for each in DETAILS if _says(each, said)]
    fitting = [[each for each in told if problem.cause in DETAILS[each][0]] for problem in incident.problems]
    details = [
        found[0] if len(found) == 1 and sum(found[0] in each for each in fitting) == 1 else Detail.NONE
        for found in fitting
    ]
    problems = (
        structs.replace(problem, detail=detail) for problem, detail in zip(incident.problems, details, strict=True)
    )
    return structs.replace(incident, problems=tuple(problems))


def _says(detail: Detail, said: str) -> bool:
    return any(not _NEGATED.search(said[: match.start()]) for match in _form(detail).finditer(said))


@cache
def _form(detail: Detail) -> re.Pattern[str]:
    words = sorted(DETAILS[detail][1], key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(normal(word)) for word in words)})(?!\w)", re.IGNORECASE)
