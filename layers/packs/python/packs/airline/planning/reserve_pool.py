"""The reserve crews of the hub that a plan looks at: as many in a large airline as in a small one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from conclave.pack import Gap, GapReason, Item, Tables

from packs.airline import times
from packs.airline.bounds import RESERVES_OF_A_RATING
from packs.airline.operators.air_operator import AirOperator
from packs.airline.planning.crewing import RESERVE_CELLS


def read_reserves(
    operator: AirOperator, hub: str, ratings: Sequence[str], departure: int, tables: Tables
) -> tuple[dict[str, list[Item]], list[Gap]]:
    """Reserve crews by rating around the day of a departure, and a gap for each rating that has more than are looked at.

    Of crews that are alike in everything but their name the first is looked at: another one could do no more.

    Raises:
        ReadFailed: They could not be read.
    """
    day = times.local(departure, operator.zones[hub])
    days = [(day + timedelta(days=offset)).date().isoformat() for offset in (-1, 0, 1)]
    pools = {rating: [f"{hub}#{rating}#{each}" for each in days] for rating in ratings}
    found = tables.query("crews", [pool for each in pools.values() for pool in each], "by_pool")
    crews, gaps = dict[str, list[Item]](), list[Gap]()
    for rating, keys in pools.items():
        known = [crew for pool in keys for crew in found[pool] if all(name in crew for name in RESERVE_CELLS)]
        different = _different(known)
        crews[rating] = _nearest(different, departure)
        if len(crews[rating]) < len(different):
            gaps.append(_left_out(hub, rating, len(crews[rating]), len(different)))
    return crews, gaps


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
