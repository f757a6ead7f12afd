"""Prevailing conditions one after the other, and how the changes of a forecast alter them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from packs.airline.feeds.weather.groups import Cloud
from packs.airline.rules.airports.crosswind import Wind


class Conditions(Struct, frozen=True, kw_only=True):
    """Weather at an aerodrome; ``None`` is unknown.

    Attributes:
        visibility_m: Visibility in metres; 9999 is 10 km or more.
        ceiling_ft: Ceiling in feet above the aerodrome; 99,999 when nothing is a ceiling.
        winds: The wind; two while one changes into the other, none when it is unknown.
        weather: Codes of weather, ``-RA``.
        clouds: All layers that were given.
    """

    visibility_m: int | None = None
    ceiling_ft: int | None = None
    winds: tuple[Wind, ...] = ()
    weather: tuple[str, ...] = ()
    clouds: tuple[Cloud, ...] = ()


class Period(Struct, frozen=True, kw_only=True):
    """Conditions that prevail from a moment until another, in minutes, UTC."""

    from_utc: int
    until_utc: int
    conditions: Conditions


class Timeline:
    """The prevailing conditions of a forecast.

    Args:
        begins: Begin of the forecast, in minutes.
        ends: Its end.
        first: Conditions at its begin.
    """

    def __init__(self, begins: int, ends: int, first: Conditions) -> None:
        self.begins, self.ends = begins, ends
        self._from: list[tuple[int, Conditions]] = [(begins, first)]

    def at(self, moment: int) -> Conditions:
        """The conditions at a moment; before the begin those of the begin."""
        return [each for begins, each in self._from if begins <= max(moment, self.begins)][-1]

    def replace(self, moment: int, conditions: Conditions) -> None:
        """Other conditions from a moment on (FM): nothing of those before goes on."""
        self._from = [each for each in self._from if each[0] < moment] + [(moment, conditions)]

    def become(self, begins: int, ends: int, said: Mapping[str, Any]) -> None:
        """Conditions that change between two moments (BECMG).

        Each value counts from the begin when it is worse than before, and from the end when it is better.
        """
        self._split(begins)
        self._split(ends)
        changed: list[tuple[int, Conditions]] = []
        for moment, before in self._from:
            after = changed_to(before, said)
            if moment >= ends:
                changed.append((moment, after))
            else:
                changed.append((moment, worse(before, after) if moment >= begins else before))
        self._from = changed

    def _split(self, moment: int) -> None:
        if self.begins < moment < self.ends and all(moment != each for each, _ in self._from):
            self._from.append((moment, self.at(moment)))
            self._from.sort(key=lambda each: each[0])

    def periods(self) -> tuple[Period, ...]:
        """The periods; neighbours with the same conditions are one."""
        kept: list[tuple[int, Conditions]] = []
        for moment, conditions in self._from:
            if not kept or kept[-1][1] != conditions:
                kept.append((moment, conditions))
        ends = [*(moment for moment, _ in kept[1:]), self.ends]
        return tuple(
            Period(from_utc=moment, until_utc=until, conditions=conditions)
            for (moment, conditions), until in zip(kept, ends, strict=True)
        )


def changed_to(before: Conditions, said: Mapping[str, Any]) -> Conditions:
    """Conditions after a change has ended: what the change does not speak of stays."""
    return Conditions(
        visibility_m=said.get("visibility_m", before.visibility_m),
        ceiling_ft=said.get("ceiling_ft", before.ceiling_ft),
        winds=(said["wind"],) if "wind" in said else before.winds,
        weather=said.get("weather", before.weather),
        clouds=said.get("clouds", before.clouds),
    )


def worse(before: Conditions, after: Conditions) -> Conditions:
    """The worse of two conditions, value by value; unknown is the worst. Both winds and both weathers may hold."""
    lower = _least(before.ceiling_ft, after.ceiling_ft)
    return Conditions(
        visibility_m=_least(before.visibility_m, after.visibility_m),
        ceiling_ft=lower,
        winds=before.winds if before.winds == after.winds else (before.winds + after.winds) * _known(before, after),
        weather=tuple(dict.fromkeys((*before.weather, *after.weather))),
        clouds=before.clouds if lower == before.ceiling_ft else after.clouds,
    )


def _known(before: Conditions, after: Conditions) -> int:
    """1 when both winds are known, 0 otherwise: then nothing is known while one changes into the other."""
    return int(bool(before.winds) and bool(after.winds))


def _least(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else min(one, other)
