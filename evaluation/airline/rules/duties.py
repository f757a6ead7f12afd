"""Room that a duty leaves under the rules the operator works under: European (``easa``) or of the United States (``faa``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from packs.airline.operators.air_operator import AirOperator

from evaluation.airline.rules import regulations, regulations_us
from evaluation.airline.rules.abroad import Whereabouts, Worked, acclimated, fit_again, start_of_duty
from evaluation.airline.rules.case import Leg
from evaluation.airline.rules.clock import local_minute

EUROPEAN = "easa"


def european(operator: AirOperator) -> bool:
    """True if the European rules hold."""
    return operator.duty_regime == EUROPEAN


def duty_limit(
    operator: AirOperator,
    *,
    report: int,
    sectors: Sequence[Leg],
    pilots: int,
    rest_class: int,
    where: Whereabouts,
    rested: int,
) -> int:
    """Longest flight duty period in minutes; ``rested`` is the rest before it."""
    longest = max(each.block for each in sectors)
    if not european(operator):
        return regulations_us.flight_duty_limit(
            start=local_minute(report, where.home),
            sectors=len(sectors),
            pilots=pilots,
            rest_class=rest_class,
            longest_sector=longest,
            acclimated=acclimated(where, rested),
        )
    return regulations.flight_duty_limit(
        start=start_of_duty(report, where),
        sectors=len(sectors),
        pilots=pilots,
        rest_class=rest_class,
        longest_sector=longest,
    )


def duty_room(
    operator: AirOperator,
    *,
    report: int,
    sectors: Sequence[Leg],
    pilots: int,
    rest_class: int,
    where: Whereabouts,
    rested: int,
    standby: int = 0,
    extension: int = 0,
    read_at: Sequence[int] = (),
) -> int:
    """Minutes between the limit and the flight duty, the tighter of flight duty and flight time where both are limited.

    Args:
        operator: Whose rules hold.
        report: Begin of the flight duty, minutes since 1970.
        sectors: All sectors of the duty in order.
        pilots: Pilots on board.
        rest_class: In-flight rest facility, 1 to 3.
        where: Where the crew is.
        rested: The rest before the duty.
        standby: Minutes of airport standby before the report.
        extension: What a break adds to the limit.
        read_at: Reports of which the most limiting sets the limit; by default the begin of the flight duty.
    """

    def limited(begins: int) -> int:
        return duty_limit(
            operator, report=begins, sectors=sectors, pilots=pilots, rest_class=rest_class, where=where, rested=rested
        )

    if european(operator):
        limit = min(limited(each) for each in read_at or (report,))
        limit += extension - max(0, standby - regulations.STANDBY_WITHOUT_REDUCTION)
        resting = regulations.rested_in_turn(pilots=pilots, longest_sector=max(each.block for each in sectors))
        most = limit if resting else min(limit, regulations.STANDBY_AND_DUTY - standby)
        return most - (sectors[-1].arrival - report)
    # 14 CFR 117.21(b): the flight duty period begins with airport standby.
    begins = report - standby
    limit = min(limited(each - standby) for each in read_at or (report,))
    flying = regulations_us.flight_time_limit(
        start=local_minute(begins, where.home), sectors=len(sectors), pilots=pilots
    )
    return min(limit - (sectors[-1].arrival - begins), flying - sum(each.block for each in sectors))


def discretion(operator: AirOperator, *, sectors: Sequence[Leg], pilots: int, report: int, home: str) -> int:
    """Minutes by which the commander may lengthen a flight duty: ORO.FTL.205(f)(1)(i), 14 CFR 117.19(a).

    Three hours instead of two in Europe where all rest in flight; in the United States a flight time beyond its limit stays so.
    """
    if european(operator):
        resting = regulations.rested_in_turn(pilots=pilots, longest_sector=max(each.block for each in sectors))
        return 180 if resting else 120
    flying = regulations_us.flight_time_limit(start=local_minute(report, home), sectors=len(sectors), pilots=pilots)
    return 0 if sum(each.block for each in sectors) > flying else 120


def slept(operator: AirOperator, *, report: int, sectors: Sequence[Leg], pilots: int, where: Whereabouts) -> bool:
    """True if only rest in flight makes a European duty legal: CS FTL.1.205(c)(6) then asks for a longer rest."""
    if not european(operator) or pilots < 3:
        return False
    alone = duty_limit(operator, report=report, sectors=sectors, pilots=2, rest_class=1, where=where, rested=0)
    return sectors[-1].arrival - report > alone


def fit_from(operator: AirOperator, worked: Worked) -> int:
    """When a crew may report again, minutes since 1970."""
    return fit_again(worked) if european(operator) else worked.released + regulations_us.REST


def cumulative_room(operator: AirOperator, record: Mapping[str, Any], *, duty: int, block: int) -> int | None:
    """Least room under the limits of 7, 14 and 28 days after a duty, ``None`` when nothing is on record."""
    limits = regulations.CUMULATIVE if european(operator) else regulations_us.CUMULATIVE
    rooms = [
        limit - record[name] - (duty if name.startswith("duty") else block)
        for name, limit in limits.items()
        if name in record
    ]
    return min(rooms, default=None)
