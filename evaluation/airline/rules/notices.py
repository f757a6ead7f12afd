"""When notices close an aerodrome, and what a forecast asks for, read from the texts a second time.

ICAO Annex 15 (NOTAM): times are UTC; an aerodrome is shut when a notice for it says so, or when no runway is left. A runway is
one strip with two directions (Annex 14, 5.2.2). AMC1 NCO.OP.160: what comes at times counts beside what prevails where the row
says so.
Wind is true, and so are the headings; across a runway blows the part of it at right angles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import ceil, cos, radians, sin
from typing import Any

from evaluation.airline.rules import regulations
from evaluation.airline.rules.clock import minutes

Period = tuple[int, int]
SIX_HOURS = 360


def _periods(notice: Mapping[str, Any]) -> list[Period]:
    return [(minutes(each[:20]), minutes(each[21:])) for each in notice.get("closed", ())]


def _strip(designator: str) -> str:
    """A runway by the lower of its two numbers, so that both directions have one name."""
    number, side = int(designator[:2]), designator[2:]
    if number <= 18:
        return f"{number}{side}"
    return f"{number - 18}{side.translate(str.maketrans('LR', 'RL'))}"


def _shut_strips(notices: Iterable[Mapping[str, Any]], moment: int) -> set[str]:
    return {
        _strip(name)
        for notice in notices
        if notice.get("closes") == "runway"
        for start, end in _periods(notice)
        if start <= moment < end
        for name in notice.get("runways", ())
    }


def shut_periods(notices: Sequence[Mapping[str, Any]], runways: Sequence[str]) -> list[Period]:
    """Times at which an aerodrome is shut.

    Args:
        notices: Rows of its notices.
        runways: Its runways, ``09L:89``.
    """
    found = [each for notice in notices if notice.get("closes") == "aerodrome" for each in _periods(notice)]
    strips = {_strip(each.split(":")[0]) for each in runways}
    cuts = sorted(
        {edge for notice in notices if notice.get("closes") == "runway" for each in _periods(notice) for edge in each}
    )
    for start, end in pairwise(cuts):
        if strips and strips <= _shut_strips(notices, start):
            found.append((start, end))
    return found


def depth(periods: Iterable[Period], moment: int) -> int:
    """Minutes from a moment to the nearer end of a time at which it is shut, at least 1; the most of several; 0: it is open."""
    return max(
        (max(1, min(moment - start, end - moment)) for start, end in periods if start <= moment < end), default=0
    )


def opens_in(periods: Sequence[Period], moment: int) -> int:
    """Minutes until no notice shuts it any more."""
    at = moment
    while ends := [end for start, end in periods if start <= at < end]:
        at = max(ends)
    return at - moment


def holding(forecast: Iterable[Mapping[str, Any]], moment: int) -> Mapping[str, Any] | None:
    """The period of a forecast that holds: the last one that began, unless it has ended; six hours where none says until when."""
    begun = [each for each in forecast if minutes(each["from_utc"]) <= moment]
    if not begun:
        return None
    last = max(begun, key=lambda each: minutes(each["from_utc"]))
    ends = minutes(last["until_utc"]) if last.get("until_utc") else minutes(last["from_utc"]) + SIX_HOURS
    return last if moment < ends else None


def asked(
    period: Mapping[str, Any], runways: Sequence[str], notices: Sequence[Mapping[str, Any]], moment: int
) -> list[dict[str, int]]:
    """What a plan has to be able to land in: what prevails, and what comes at times if it counts.

    Each with ``visibility_m``, ``ceiling_ft`` and ``crosswind_kt``, the last of the runways that are open.
    """
    shut = _shut_strips(notices, moment)
    headings = [int(each.split(":")[1]) for each in runways if _strip(each.split(":")[0]) not in shut]
    found = []
    for when in ("", *(("temporary_",) if period.get("temporary_counts") else ())):
        across = period[f"{when}crosswind_kt"]
        if runways and period.get(f"{when}winds"):
            across = _least_across(period[f"{when}winds"], headings)
        found.append(
            {
                "visibility_m": period[f"{when}visibility_m"],
                "ceiling_ft": period[f"{when}ceiling_ft"],
                "crosswind_kt": across,
            }
        )
    return found


def _least_across(words: Sequence[str], headings: Sequence[int]) -> int:
    """The crosswind of the best runway in the worst wind; the whole wind where no runway is open, or it has no direction."""
    if not headings:
        return max(_force(each) for each in words)
    return min(max(_across(word, heading) for word in words) for heading in headings)


def _force(word: str) -> int:
    return max(int(each) for each in word.split("/")[1].split("G"))


def _across(word: str, heading: int) -> int:
    """By the cross product of the wind and the runway as vectors, rounded up."""
    direction, *_, last = word.split("/")
    if direction == "VRB":
        return _force(word)
    spread = [int(direction)]
    if "V" in last:
        low, high = map(int, last.split("V"))
        spread = list(range(low, high + 1 if high >= low else high + 361))
    east, north = sin(radians(heading)), cos(radians(heading))
    most = max(abs(sin(radians(each)) * north - cos(radians(each)) * east) for each in spread)
    return ceil(round(_force(word) * most, 6))


def lands(told: Iterable[Mapping[str, int]]) -> bool:
    """True if all of it allows a category I approach and a landing in the crosswind."""
    return all(
        all(each[name] >= least for name, least in regulations.MINIMA.items())
        and each["crosswind_kt"] <= regulations.MAX_CROSSWIND_KT
        for each in told
    )


def leaves(told: Iterable[Mapping[str, int]]) -> bool:
    """True if all of it allows a take-off."""
    return all(
        each["visibility_m"] >= regulations.TAKE_OFF_VISIBILITY and each["crosswind_kt"] <= regulations.MAX_CROSSWIND_KT
        for each in told
    )
