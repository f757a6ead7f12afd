"""Look-ups of a crew controller: limits of a crew with their paragraphs, reserves, flights that could bring a crew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from conclave.pack import Fact, Gap, Item, ToolContext, ToolResult, Value, tool

from packs.airline import times
from packs.airline.bounds import POSITIONING_HORIZON_MINUTES
from packs.airline.geography import Places
from packs.airline.operators.records import OPERATOR_READS
from packs.airline.planning.crewing import RESERVE_CELLS
from packs.airline.rules.crew.duty_regime import regime
from packs.airline.rules.crew.flight_time import SOURCE_SPLIT
from packs.airline.tools.common import (
    fact,
    missing,
    option_values,
    picked,
    rows,
    the_flight,
    the_operator,
    with_operator,
)
from packs.airline.tools.crew_figures import MOST_PILOTS, Roster

MOST_FLIGHTS = 12


def reserve_fact(crew: Item) -> Fact:
    """A reserve crew as a fact."""
    names = ("rating", "pilots", "standby_start_utc", "standby_end_utc", "previous_end_utc")
    return fact("crews", crew["crew_id"], "reserve_crew", picked(crew, names))


def places_of(context: ToolContext, flights: Iterable[Item], crews: Iterable[Item]) -> Places:
    """Airports of flights, of the home bases of crews, and where options land."""
    ends = {each[end] for each in flights for end in ("origin", "destination")}
    names = ends | {each["base"] for each in crews} | set(option_values(context, "arrival_airport"))
    return Places(rows(context).get("airports", sorted(names)).items.values())


@tool(reads=("flights", "crews/by_pool", *OPERATOR_READS))
def reserve_crews(context: ToolContext, rating: str) -> ToolResult:
    """Crews on airport standby at the hub who could still report.

    Args:
        rating: As the crew's facts name it.
    """
    flight = the_flight(context, with_operator(context))
    if flight is None:
        return ToolResult(gaps=[_missing("reserve_crews", context.incident.flight_id, "no such flight")])
    operator = the_operator(context, flight)
    hub = operator.hub_of(flight)
    day = times.local(flight["departure_utc"], operator.zones[hub]).date()
    pools = [f"{hub}#{rating}#{day - timedelta(days=before)}" for before in (1, 0)]
    found = rows(context).query("crews", pools, "by_pool")
    reports = max(flight["departure_utc"] - operator.report_minutes(flight["type"]), times.minutes(context.now))
    crews = [crew for pool in pools for crew in found[pool] if crew.get("standby_end_utc", times.LONG_AGO) >= reports]
    gaps = [] if crews else [_missing("reserve_crews", f"crews/{pools[-1]}", "no reserves in this pool")]
    return ToolResult(facts=tuple(reserve_fact(crew) for crew in crews), gaps=gaps)


@tool(reads=("flights", "duties", "crews", *OPERATOR_READS))
def duty_limits(context: ToolContext, crew_id: str) -> ToolResult:
    """Limits of a crew on the planned duty, minutes left, paragraphs.

    Duty, flight time, rest before and after, totals of 7, 14 and 28 days; for the rostered crew also what a break in rooms or
    joining pilots would add. A reserve is taken to report for the planned departure.

    Args:
        crew_id: Rostered or reserve.
    """
    flight = the_flight(context, {**with_operator(context), "crews": [crew_id]})
    if flight is None:
        return ToolResult(gaps=[_missing("duty_limits", context.incident.flight_id, "no such flight")])
    duty = rows(context).get("duties", [flight["duty_id"]]).items.get(flight["duty_id"])
    crew = rows(context).get("crews", [crew_id]).items.get(crew_id)
    own = duty is not None and duty["crew_id"] == crew_id
    if duty is None or crew is None or not (own or all(name in crew for name in RESERVE_CELLS)):
        return ToolResult(gaps=[_missing("duty_limits", f"crews/{crew_id}", "neither on this duty nor in reserve")])
    planned = rows(context).get("flights", duty["flights"]).items
    sectors = [planned[each] for each in duty["flights"] if each in planned]
    roster = Roster(
        operator=the_operator(context, flight),
        flight=flight,
        duty=duty,
        crews={crew_id: crew},
        sectors=sectors,
        received=times.minutes(context.now),
        places=places_of(context, sectors, [crew]),
    )
    found = [*_limits(roster, crew_id), *(_extensions(roster) if own else ())]
    evidence = roster.evidence if own else f"crews/{crew_id}"
    return ToolResult(facts=tuple(Fact(id=evidence, kind="duty_limit", values=row) for row in found))


def _limits(roster: Roster, crew_id: str) -> Iterator[Mapping[str, Value]]:
    planned, rules = roster.planned(crew_id), regime(roster.operator.duty_regime)
    source = rules.duty_source(planned.work.pilots)
    yield _row("flight duty", planned.duty_limit, planned.duty_limit - planned.duty_minutes, source)
    most_flight = rules.flight_minutes(planned.work)
    if most_flight is not None:
        yield _row("flight time", most_flight, most_flight - planned.flight_minutes, rules.flight_source)
    for name, required, left in planned.rests:
        yield _row(name, required, left, rules.rest_source)
    for name, limit in rules.cumulative_limits().items():
        if name in planned.totals:
            worked = planned.flight_minutes if name.startswith("flight") else planned.whole_minutes
            yield _row(
                name.removesuffix("_minutes"), limit, limit - planned.totals[name] - worked, rules.cumulative_source
            )


def _extensions(roster: Roster) -> Iterator[Mapping[str, Value]]:
    """Rows for the flight duty limits with a break in rooms and with joining pilots."""
    planned, rules = roster.planned(roster.duty["crew_id"]), regime(roster.operator.duty_regime)
    if rules.splits_duty and planned.work.pilots == 2:
        figures = roster.operator.figures
        away = figures.split_duty_away_minutes
        for delay in (figures.split_duty_from_minutes, figures.split_duty_counted_minutes + away):
            limit = planned.duty_limit + (delay - away) // 2
            name = f"flight duty, {delay} min late with a break in rooms"
            yield _row(name, limit, limit - planned.duty_minutes - delay, SOURCE_SPLIT)
    if planned.work.pilots < MOST_PILOTS and roster.operator.types[roster.flight["type"]].wide:
        limit = roster.enlarged_limit
        yield _row(
            "flight duty with joining pilots", limit, limit - planned.duty_minutes, rules.duty_source(MOST_PILOTS)
        )


def _row(name: str, minutes: int, left: int, paragraph: str) -> Mapping[str, Value]:
    return {"limit": name, "minutes": minutes, "left_minutes": left, "paragraph": paragraph}


@tool(reads=("flights", "flights/by_route", *OPERATOR_READS))
def positioning_flights(context: ToolContext, to: str) -> ToolResult:
    """Flights that could bring a reserve crew from the hub, free seats.

    Args:
        to: IATA code.
    """
    flight = the_flight(context)
    if flight is None:
        return ToolResult(gaps=[_missing("positioning_flights", context.incident.flight_id, "no such flight")])
    operator = the_operator(context, flight)
    route, kind = f"{operator.hub_of(flight)}-{to}", operator.types[flight["type"]]
    seats = operator.figures.positioning_seats(wide=kind.wide)
    reports = operator.report_minutes(kind.code)
    first = times.minutes(context.now) + max(operator.figures.reserve_ready_minutes, reports)
    last = flight["departure_utc"] - reports + POSITIONING_HORIZON_MINUTES
    found = [
        each
        for each in rows(context).query("flights", [route], "by_route")[route]
        if first <= each["departure_utc"] <= last
    ]
    gaps = [] if found else [_missing("positioning_flights", f"flights/{route}", "no flight within a day")]
    return ToolResult(facts=tuple(_seats_fact(each, seats) for each in found[:MOST_FLIGHTS]), gaps=gaps)


def _seats_fact(flight: Item, needed: int) -> Fact:
    free = flight["seats"] - flight["booked"]
    values = {**picked(flight, ("departure_utc", "arrival_utc")), "seats_free": free, "crew_fits": free >= needed}
    return fact("flights", flight["flight_id"], "positioning_flight", values)


def _missing(tool: str, item: str, detail: str) -> Gap:
    return missing(tool, item, detail, mandatory=False)
