"""The flight, the aircraft and the position of an incident, as the text names them: a model that read others is not followed."""

from __future__ import annotations

import re

from conclave.language.text import any_of
from conclave.pack import Unresolvable
from msgspec import structs

from packs.airline.codes import spellings
from packs.airline.models import Incident, Position
from packs.airline.reading.mentions import Mentions
from packs.airline.reading.words.general import FROM, TO

_FLIGHT = re.compile(r"^([A-Z][A-Z0-9]|[0-9][A-Z])[0-9]{1,4}[A-Z]?$")


def with_names(incident: Incident, named: Mentions, said: str) -> Incident:
    """The incident with the names that its text tells.

    Raises:
        Unresolvable: ``flight_unclear``, ``tail_unclear`` or ``position_unclear``.
    """
    return _with_position(_with_tail(_with_places(_with_flight(incident, named, said), named, said), named), named)


def _with_flight(incident: Incident, named: Mentions, said: str) -> Incident:
    """The one flight of the loaded airlines that the text names; figures that only look like one are not a flight."""
    if not named.flights:
        told = incident.flight[:2] in named.carriers or re.search(rf"(?<!\w){incident.flight}(?!\w)", said)
        return incident if told else structs.replace(incident, flight="")
    carriers = {each[:2] for each in named.flights}
    others = [spellings(each)[0] for each in incident.unclear.split() if _FLIGHT.match(each) and each[:2] in carriers]
    flights = dict.fromkeys([*named.flights, *(each for each in others if each not in named.beside)])
    if len(flights) > 1:
        return structs.replace(incident, flight="", unclear=" ".join(flights))
    (flight,) = flights
    read = spellings(incident.flight)[0] if incident.flight else flight
    if read[:2] == flight[:2] and read != flight and read not in named.beside:
        raise Unresolvable("flight_unclear", f"the report names {flight}, and {read} was read; name the flight")
    unclear = " ".join(each for each in incident.unclear.split() if not _FLIGHT.match(each) and len(each) > 3)
    return structs.replace(incident, flight=flight, unclear=unclear)


def _with_places(incident: Incident, named: Mentions, said: str) -> Incident:
    """The ends of the route, where a report without a flight names them in words of the airline's own airports."""
    if incident.flight or (incident.origin and incident.destination):
        return incident
    ends = {"origin": incident.origin, "destination": incident.destination}
    for code, words in named.airports.items():
        for end, cues in (("origin", FROM), ("destination", TO)):
            said_so = re.search(rf"(?:{any_of(cues)})\s+{re.escape(words)}(?!\w)", said, re.IGNORECASE)
            ends[end] = ends[end] or (code if said_so else "")
    incident = structs.replace(incident, origin=ends["origin"], destination=ends["destination"])
    unclear = [each for each in incident.unclear.split() if each not in (incident.origin, incident.destination)]
    return structs.replace(incident, unclear=" ".join(unclear))


def _with_tail(incident: Incident, named: Mentions) -> Incident:
    tails = list(dict.fromkeys(each.replace("-", "") for each in named.tails))
    if incident.tail and tails and incident.tail.replace("-", "") not in tails:
        raise Unresolvable(
            "tail_unclear",
            f"the report names {' and '.join(named.tails)}, and {incident.tail} was read; name the aircraft",
        )
    if incident.tail or not tails:
        return incident
    if len(tails) > 1 and not incident.flight:
        raise Unresolvable("tail_unclear", f"the report names {' and '.join(named.tails)}; name the flight")
    return structs.replace(incident, tail=named.tails[0]) if len(tails) == 1 else incident


def _with_position(incident: Incident, named: Mentions) -> Incident:
    """The position that the text tells; one that it tells of the aircraft that comes in is not the flight's."""
    position = Position(named.position)
    if named.landed_at and position is Position.UNTOLD:
        position = Position.LANDED
    read = incident.position if position or not named.beside else Position.UNTOLD
    if position and read and read != position:
        raise Unresolvable(
            "position_unclear", f"the flight can be meant to be {read.value} or {position.value}; say where it is"
        )
    position = position or read
    landed = incident.landed_at or named.landed_at
    if named.landed_at and landed != named.landed_at:
        raise Unresolvable("position_unclear", f"it can have landed at {landed} or {named.landed_at}; name the airport")
    return structs.replace(incident, position=position, landed_at=landed if position is Position.LANDED else "")
