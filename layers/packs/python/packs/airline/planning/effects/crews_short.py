"""Crews of later flights whom a late aircraft leaves short of duty time or rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conclave.pack import Item

from packs.airline.planning.crewing import Leg, rest_after, work_of
from packs.airline.planning.knock_on import KnockOn
from packs.airline.planning.situation import Situation
from packs.airline.rules.crew.duty_regime import regime


def crews_short(situation: Situation, late: Sequence[KnockOn]) -> int:
    """Duties of late later flights, other than the disrupted one's, that become too long or leave too little rest.

    A crew reports as planned; flights of its duty that are not late keep their times. Each duty counts once; a duty that is not
    published yet says nothing.
    """
    moved = {each.flight["flight_id"]: each for each in late}
    duties = {each.flight["duty_id"] for each in late} - {situation.flight["duty_id"]}
    published = (situation.later_duties[each] for each in sorted(duties) if each in situation.later_duties)
    return sum(_short(situation, duty, moved) for duty in published)


def _short(situation: Situation, duty: Item, moved: Mapping[str, KnockOn]) -> bool:
    operator, flights = situation.operator, situation.onward
    legs = [
        _leg(moved[each].flight, moved[each].departure_utc, moved[each].arrival_utc)
        if each in moved
        else _leg(flights[each], flights[each]["departure_utc"], flights[each]["arrival_utc"])
        for each in duty["flights"]
        if each in moved or each in flights
    ]
    report: int = duty["report_utc"]
    work = work_of(
        report_utc=report,
        clock=situation.clock_of(duty),
        legs=legs,
        pilots=duty["pilots"],
        rest_class=duty["rest_class"],
        rested_minutes=report - duty["previous_end_utc"],
    )
    margin = regime(operator.duty_regime).duty_minutes(work) - (legs[-1].arrival_utc - report)
    rest = rest_after(operator, duty, work, began_utc=report, legs=legs)
    return margin < 0 or (rest is not None and rest < 0)


def _leg(flight: Item, departure_utc: int, arrival_utc: int) -> Leg:
    return Leg(departure_utc=departure_utc, arrival_utc=arrival_utc, block_minutes=flight["block_minutes"])
