"""The airport check's own figures: each take-off and landing of an option against night, quota and forecast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from conclave.pack import Item, Option
from msgspec import Struct

from packs.airline import times
from packs.airline.bounds import FORECAST_HOURS
from packs.airline.geography import Places
from packs.airline.operators.air_operator import AirOperator
from packs.airline.rules.airports.limits import above_minima, allows_take_off, has_night
from packs.airline.rules.airports.noise import quota_count


class Movement(Struct, frozen=True, kw_only=True):
    """A take-off or a landing: where, when and for when planned, if it was (minutes), how loud (EPNdB)."""

    airport: str
    moment: int
    planned: int | None
    level_epndb: float
    lands: bool


def refuted(
    operator: AirOperator,
    option: Option,
    flight: Item,
    airports: Mapping[str, Item],
    weather: Mapping[str, Sequence[Item]],
    received: int,
) -> str:
    """The reason that an option's claims about its airports cannot be true; empty when nothing speaks against them.

    Args:
        operator: The airline.
        option: With its own departure, aircraft type and, if an aircraft is fetched, the departure of that flight.
        flight: The disrupted flight.
        airports: Records by code.
        weather: Forecasts by station, in order of time; where there is none a gap of its own says so.
        received: When the report was received.
    """
    fields, found = option.fields, list(_movements(operator, option, flight, Places(airports.values())))
    if any(each.moment < received for each in found):
        return "it departs before the report is received"
    if fields["curfew_violation_minutes"] == 0 and any(_closed(each, airports.get(each.airport)) for each in found):
        return "its departure or arrival lies in a closed period"
    if fields["noise_quota_ok"] and any(_too_loud(each, airports.get(each.airport)) for each in found):
        return "a movement at night counts more than the quota left"
    landings = [each for each in found if each.lands and weather.get(each.airport)]
    if fields["weather_ok"] and not all(_landable(each, weather[each.airport]) for each in landings):
        return "the forecast at its landing is below minima, or does not reach so far"
    if fields["weather_ok"] and not all(
        _takes_off(each, weather.get(each.airport, ())) for each in found if not each.lands
    ):
        return "the forecast at its departure is below the minima of a take-off"
    return ""


def _movements(operator: AirOperator, option: Option, flight: Item, places: Places) -> Iterator[Movement]:
    kind, leaves = operator.types.get(str(option.fields["aircraft_type"])), option.fields["departure_utc"]
    if kind is None or not isinstance(leaves, str):
        return
    departure = times.minutes(leaves)
    block = flight["block_minutes"]
    lands, arrival = landing(operator, option, flight, departure, places)
    late: int | None = departure - flight["departure_utc"]
    legs = [(flight["origin"], departure, lands, arrival, late)]
    if (fetched := option.parameters.get("ferry_departure_utc")) is not None:
        fetched = times.minutes(str(fetched))
        legs.append((operator.hub_of(flight), fetched, flight["origin"], fetched + block, None))
    for origin, leaves_utc, there, comes_utc, late in legs:
        ends = ((origin, leaves_utc, kind.take_off_epndb, False), (there, comes_utc, kind.landing_epndb, True))
        for airport, moment, level, lands_there in ends:
            planned = None if late is None else moment - late
            yield Movement(airport=airport, moment=moment, planned=planned, level_epndb=level, lands=lands_there)


def landing(operator: AirOperator, option: Option, flight: Item, departure: int, places: Places) -> tuple[str, int]:
    """The airport and the time at which an option that departs then lands.

    Elsewhere than planned by the difference of the distances at the speed of its type.
    """
    lands, kind = (
        str(option.fields["arrival_airport"]),
        operator.types[str(option.fields["aircraft_type"] or flight["type"])],
    )
    direct, diverted = places.km(flight["origin"], flight["destination"]), places.km(flight["origin"], lands)
    if lands == flight["destination"] or direct is None or diverted is None:
        return lands, departure + flight["block_minutes"]
    more_km = diverted - direct
    return lands, departure + flight["block_minutes"] + round(more_km / kind.cruise_kmh * 60)


def _closed(movement: Movement, airport: Item | None) -> bool:
    if airport is None:
        return False
    if any(start <= movement.moment < end for start, end in airport.get("closed_by_notice", ())):
        return True
    if not airport["curfew_closed"] or not _at_night(movement.moment, airport):
        return False
    planned = movement.planned
    tolerated = airport.get("late_landing_until" if movement.lands else "late_take_off_until")
    if not tolerated or planned is None or _at_night(planned, airport):
        return True
    return _at_night(movement.moment, airport | {"curfew_start": tolerated})


def _at_night(moment: int, airport: Item) -> bool:
    if not has_night(airport):
        return False
    clock = times.local(moment, airport["tz"]).strftime("%H:%M")
    start, end = airport["curfew_start"], airport["curfew_end"]
    return bool(start <= clock < end if start < end else clock >= start or clock < end)


def _too_loud(movement: Movement, airport: Item | None) -> bool:
    if airport is None or airport["curfew_closed"] or airport.get("night_quota_left") is None:
        return False
    return _at_night(movement.moment, airport) and quota_count(movement.level_epndb) > airport["night_quota_left"]


def _takes_off(movement: Movement, forecast: Sequence[Item]) -> bool:
    holding = [each for each in forecast if _holds(each, movement.moment)]
    return not holding or allows_take_off(max(holding, key=lambda each: int(each["from_utc"])))


def _landable(movement: Movement, forecast: Sequence[Item]) -> bool:
    holding = [each for each in forecast if _holds(each, movement.moment)]
    return bool(holding) and above_minima(max(holding, key=lambda each: int(each["from_utc"])))


def _holds(period: Item, moment: int) -> bool:
    start = int(period["from_utc"])
    return start <= moment < int(period.get("until_utc") or start + FORECAST_HOURS * 60)
