"""The timeline and the map of a plan: aircraft, crews and slots that its options touch. For people; nothing is decided by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from conclave.pack import Bar, BarState, Drawing, Item, Place
from msgspec import structs

from packs.airline import times
from packs.airline.bounds import DOWNSTREAM_HORIZON_MINUTES
from packs.airline.fields import AIRCRAFT, CREWS, SLOTS
from packs.airline.planning.crewing import Leg
from packs.airline.planning.effects.merging import Merger
from packs.airline.planning.effects.move import Move
from packs.airline.planning.effects.network import later_flights, without_aircraft
from packs.airline.planning.effects.sectors import legs_of
from packs.airline.planning.options.draft import Draft
from packs.airline.planning.situation import Situation
from packs.airline.rules.airports.limits import TAXI_MINUTES
from packs.airline.rules.airports.slots import EARLY_MINUTES, LATE_MINUTES


def draw(situation: Situation, drafts: Mapping[str, Draft]) -> Drawing:
    """The drawing of a plan.

    Args:
        situation: The disruption.
        drafts: What each option does, by its id.

    Returns:
        As planned: the lines of the aircraft that options use, the crew's duty, the slots. Of each option: what it makes of them.
    """
    of_options = {name: _of_option(situation, draft) for name, draft in drafts.items()}
    touched = {bar.lane for drawn in of_options.values() for bar in drawn}
    planned = [bar for bar in _as_planned(situation, drafts.values()) if bar.lane in touched or not _of_aircraft(bar)]
    same = {_where_and_when(bar) for bar in planned}
    bars: dict[Bar, int] = {}

    def numbers(drawn: Iterable[Bar]) -> list[int]:
        return [bars.setdefault(bar, len(bars)) for bar in dict.fromkeys(drawn)]

    as_planned = numbers(planned)
    options = {
        name: numbers(bar for bar in drawn if bar.state is BarState.DROPPED or _where_and_when(bar) not in same)
        for name, drawn in of_options.items()
    }
    places = {each.id: each for bar in bars for each in _ends(situation, bar)}
    placed = [bar if {bar.origin, bar.destination} <= places.keys() else _nowhere(bar) for bar in bars]
    return Drawing(places=tuple(places.values()), bars=placed, planned=as_planned, options=options)


def _where_and_when(bar: Bar) -> tuple[str, ...]:
    return bar.lane, bar.subject, bar.start, bar.end, bar.destination


def _as_planned(situation: Situation, drafts: Iterable[Draft]) -> Iterable[Bar]:
    flight = situation.flight
    last = flight["arrival_utc"] + DOWNSTREAM_HORIZON_MINUTES
    lines = {str(flight["tail"]): [flight, *situation.line]}
    for draft in drafts:
        if draft.move and draft.move.spare_line is not None:
            lines.setdefault(draft.move.tail, list(draft.move.spare_line))
        if draft.merger:
            into = draft.merger.into
            lines.setdefault(str(into["tail"]), [each for each in (into, draft.merger.back) if each])
    for tail, line in lines.items():
        yield from (_flight(each, tail) for each in line if each["departure_utc"] <= last)
    duty = situation.duty
    if duty:
        flown = situation.duty_flights or [flight]
        end = max(int(each["arrival_utc"]) for each in flown)
        yield _duty(str(duty["crew_id"]), duty["report_utc"], end, BarState.PLANNED)
    for slot in situation.slots:
        yield _bar(
            lane=f"{SLOTS}/{flight['origin']}",
            subject=f"slots/{flight['flight_id']}/{times.text(slot)}",
            label=f"CTOT {times.text(slot)[11:16]}",
            start=slot - EARLY_MINUTES,
            end=slot + LATE_MINUTES,
        )


def _of_option(situation: Situation, draft: Draft) -> Sequence[Bar]:
    if draft.move is None:
        return _cancelled(situation, draft.merger)
    return _flying(situation, draft.move)


def _cancelled(situation: Situation, merger: Merger | None) -> list[Bar]:
    """What does not fly, and the later flight that takes its passengers."""
    flight, back = situation.flight, situation.back
    gone = [flight, *([back] if back else []), *without_aircraft(situation)]
    dropped = [_flight(each, str(flight["tail"]), state=BarState.DROPPED) for each in gone]
    if merger is None:
        return dropped
    joined = [each for each in (merger.into, merger.back) if each]
    tail = str(merger.spare.item["tail"])
    return [*dropped, *(_flight(each, tail, state=BarState.MOVED) for each in joined)]


def _flying(situation: Situation, move: Move) -> list[Bar]:
    flight, delay = situation.flight, move.delay
    flown = situation.diverted(move.alternate) if move.alternate else situation
    departure, arrival = flight["departure_utc"] + delay, flown.flight["arrival_utc"] + delay
    drawn = [_flight(flown.flight, move.tail, departure, arrival)]
    if move.ferry:
        drawn.append(_ferry(situation, move.tail, move.ferry))
    late = later_flights(flown, move, arrival)
    drawn += [_flight(each.flight, move.tail, each.departure_utc, each.arrival_utc) for each in late]
    back = flown.back
    if (
        move.swapped
        and not move.ferry
        and back
        and back["flight_id"] not in {each.flight["flight_id"] for each in late}
    ):
        drawn.append(_flight(back, move.tail))
    if situation.slots:
        drawn.append(
            _bar(
                lane=f"{SLOTS}/{flight['origin']}",
                subject=f"flights/{flight['flight_id']}",
                label="take-off",
                start=departure + TAXI_MINUTES,
                end=departure + TAXI_MINUTES + 1,
                state=BarState.MOVED,
            )
        )
    return [*drawn, *_crewed(flown, move)]


def _crewed(flown: Situation, move: Move) -> list[Bar]:
    """The duty of the crew that flies; where it is not the rostered one, that one's does not take place."""
    crew, duty = move.crew, flown.duty
    own = bool(duty) and crew.crew_id == (duty or {}).get("crew_id")
    drawn = []
    if crew.report_utc is not None:
        legs = legs_of(flown, move.kind, move.delay)
        end = legs[0].arrival_utc if not own or crew.recrewed else legs[-1].arrival_utc
        drawn.append(_duty(crew.crew_id, crew.report_utc, end, BarState.MOVED if own else BarState.ADDED))
    if duty and not own:
        end = max(int(each["arrival_utc"]) for each in flown.duty_flights or [flown.flight])
        drawn.append(_duty(str(duty["crew_id"]), duty["report_utc"], end, BarState.DROPPED))
    return drawn


def _ferry(situation: Situation, tail: str, ferry: Leg) -> Bar:
    return _bar(
        lane=f"{AIRCRAFT}/{tail}",
        subject=f"ferry/{tail}",
        label=f"ferry {situation.hub}-{situation.flight['origin']}",
        start=ferry.departure_utc,
        end=ferry.arrival_utc,
        state=BarState.ADDED,
        origin=situation.hub,
        destination=situation.flight["origin"],
    )


def _flight(
    flight: Item,
    tail: str,
    departure: int | None = None,
    arrival: int | None = None,
    *,
    state: BarState = BarState.PLANNED,
) -> Bar:
    """A flight on the line of an aircraft; moved, where its times or its aircraft are other than planned."""
    start = int(flight["departure_utc"]) if departure is None else departure
    end = int(flight["arrival_utc"]) if arrival is None else arrival
    as_planned = (start, end, tail) == (flight["departure_utc"], flight["arrival_utc"], flight["tail"])
    return _bar(
        lane=f"{AIRCRAFT}/{tail}",
        subject=f"flights/{flight['flight_id']}",
        label=f"{flight['number']} {flight['origin']}-{flight['destination']}",
        start=start,
        end=end,
        state=state if as_planned or state is not BarState.PLANNED else BarState.MOVED,
        origin=flight["origin"],
        destination=flight["destination"],
    )


def _duty(crew: str, report: int, end: int, state: BarState) -> Bar:
    return _bar(lane=f"{CREWS}/{crew}", subject=f"duty/{crew}", label="duty", start=report, end=end, state=state)


def _bar(
    *,
    lane: str,
    subject: str,
    label: str,
    start: int,
    end: int,
    state: BarState = BarState.PLANNED,
    origin: str = "",
    destination: str = "",
) -> Bar:
    return Bar(
        lane=lane,
        subject=subject,
        label=label,
        start=times.text(start),
        end=times.text(max(end, start + 1)),
        state=state,
        origin=origin,
        destination=destination,
    )


def _of_aircraft(bar: Bar) -> bool:
    return bar.lane.startswith(f"{AIRCRAFT}/")


def _ends(situation: Situation, bar: Bar) -> Iterable[Place]:
    found = [situation.places.get(iata) for iata in (bar.origin, bar.destination) if iata]
    return [Place(id=each.iata, lat=round(each.lat, 3), lon=round(each.lon, 3)) for each in found if each]


def _nowhere(bar: Bar) -> Bar:
    return structs.replace(bar, origin="", destination="")
