"""The reserve crews of the hub that a plan looks at: as many in a large airline as in a small one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from operator import ge

from conclave.pack import Gap, GapReason, Item, Tables

from packs.airline import times
from packs.airline.bounds import LONGEST_FLIGHT_DUTY_MINUTES, RESERVE_CANDIDATES, RESERVES_OF_A_RATING
from packs.airline.geography import Places
from packs.airline.operators.air_operator import AirOperator
from packs.airline.planning.crewing import RESERVE_CELLS, recorded, reserve_rest_margin
from packs.airline.planning.reads import spans
from packs.airline.rules.crew.duty_regime import RECORDED, regime
from packs.airline.rules.crew.rotation import reserve_clock

_OWN_CELLS = frozenset(["crew_id", *RECORDED])


def read_reserves(
    operator: AirOperator, flight: Item, ratings: Sequence[str], places: Places, tables: Tables
) -> tuple[dict[str, list[Item]], list[Gap]]:
    """Reserve crews of a flight's hub by rating, and a gap for each rating that has more than are looked at.

    Looked at are those whose standby lets them report for the flight. Of crews that are alike in everything but their name the
    first is looked at: another one could do no more.

    Raises:
        ReadFailed: They could not be read.
    """
    hub, departure = operator.hub_of(flight), flight["departure_utc"]
    day = times.local(departure, operator.zones[hub])
    days = [(day + timedelta(days=offset)).date().isoformat() for offset in (-1, 0, 1)]
    pools = {rating: [f"{hub}#{rating}#{each}" for each in days] for rating in ratings}
    every = [pool for each in pools.values() for pool in each]
    found = tables.query("crews", every, "by_pool", spans.standbys(operator, flight))
    crews, gaps = dict[str, list[Item]](), list[Gap]()
    for rating, keys in pools.items():
        known = [crew for pool in keys for crew in found[pool] if all(name in crew for name in RESERVE_CELLS)]
        different = _different(without_alike(operator, known, places, most=RESERVE_CANDIDATES))
        crews[rating] = _nearest(different, departure)
        if len(crews[rating]) < len(different):
            gaps.append(_left_out(hub, rating, len(crews[rating]), len(different)))
    return crews, gaps


def without_alike(operator: AirOperator, crews: Sequence[Item], places: Places, *, most: int) -> list[Item]:
    """Reserve crews without those that have enough others before them, in the order in which they came.

    Crews that differ only in what they worked before may fly the same as long as the limits over days leave them room. Whoever
    comes after enough crews, by name, that have at least the same room is never called before all of them.

    Args:
        operator: The airline.
        crews: Rows of ``crews`` with ``RESERVE_CELLS``.
        places: Where the hub is.
        most: So many crews are enough.
    """
    before: dict[object, list[tuple[int, ...]]] = {}
    kept = set()
    for crew in sorted(crews, key=lambda each: str(each["crew_id"])):
        alike = frozenset((name, str(value)) for name, value in crew.items() if name not in _OWN_CELLS)
        rooms, room = before.setdefault(alike, []), _rooms(operator, crew, places)
        if sum(all(map(ge, each, room)) for each in rooms) < most:
            kept.add(crew["crew_id"])
            rooms.append(room)
    return [crew for crew in crews if crew["crew_id"] in kept]


def _rooms(operator: AirOperator, crew: Item, places: Places) -> tuple[int, ...]:
    """What a crew has left under each limit over days: no more than any flight duty from its standby can take.

    Nothing of one that had no rest before its standby: it may never fly, whatever it has left.
    """
    base, begins = operator.hubs[0], crew["standby_start_utc"]
    if reserve_rest_margin(operator, crew, reserve_clock(crew, report_utc=begins, ends=base, places=places)) < 0:
        return ()
    limits = regime(operator.duty_regime).cumulative_limits()
    longest = crew["standby_end_utc"] - crew["standby_start_utc"] + LONGEST_FLIGHT_DUTY_MINUTES
    known = recorded(crew)
    return tuple(min(limit - known.get(name, limit - longest), longest) for name, limit in limits.items())


def _different(crews: Sequence[Item]) -> list[Item]:
    """One of each group of crews that are alike, the first by name, in the order in which they came."""
    first: dict[object, Item] = {}
    for crew in crews:
        cells = frozenset((name, str(value)) for name, value in crew.items() if name != "crew_id")
        known = first.get(cells)
        if known is None or crew["crew_id"] < known["crew_id"]:
            first[cells] = crew
    kept = {each["crew_id"] for each in first.values()}
    return [crew for crew in crews if crew["crew_id"] in kept]


def _nearest(crews: Sequence[Item], departure: int) -> list[Item]:
    """Those whose standby is nearest to the departure, in the order in which they came."""
    if len(crews) <= RESERVES_OF_A_RATING:
        return list(crews)
    ranked = sorted(crews, key=lambda each: (_away(each, departure), each["crew_id"]))
    kept = {each["crew_id"] for each in ranked[:RESERVES_OF_A_RATING]}
    return [crew for crew in crews if crew["crew_id"] in kept]


def _away(crew: Mapping[str, int], departure: int) -> int:
    """Minutes between a departure and the standby of a crew."""
    return max(0, crew["standby_start_utc"] - departure, departure - crew["standby_end_utc"])


def _left_out(hub: str, rating: str, looked_at: int, there: int) -> Gap:
    detail = f"{looked_at} of {there} different reserve crews were looked at, those on standby nearest to the departure"
    return Gap(tool="plan", item=f"crews/{hub}#{rating}", reason=GapReason.FAILED, mandatory=False, detail=detail)
