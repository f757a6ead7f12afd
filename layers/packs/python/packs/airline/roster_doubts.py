"""Loaded rosters that break the flight time limitations before any disruption, or say where a crew is at home in two ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from conclave.pack import Doubt, Item

from packs.airline import times
from packs.airline.codes import carrier_of
from packs.airline.geography import Places
from packs.airline.rules.crew.duty_regime import Regime, Work, regime
from packs.airline.rules.crew.rotation import duty_clock, rest_after, rest_before
from packs.airline.rules.crew.time_zones import Clock

Rows = Mapping[str, Sequence[Item]]


def roster_doubts(rows: Rows) -> Iterator[Doubt]:
    """Warnings about duties whose flights are loaded with them, under the rules that their airline works under."""
    works_under = {each["carrier"]: each["duty_regime"] for each in rows.get("operators", ())}
    flights = {each["flight_id"]: each for each in rows.get("flights", ())}
    crews = {each["crew_id"]: each for each in rows.get("crews", ())}
    places = Places(rows.get("airports", ()))
    for row, each in enumerate(rows.get("duties", ())):
        flown = [times.in_minutes(flights[key]) for key in each["flights"] if key in flights]
        if not flown or len(flown) < len(each["flights"]):
            continue
        crew, duty = crews.get(each["crew_id"]), times.in_minutes(each)
        yield from (_warned(row, column, text) for column, text in _at_home(duty, crew, flown))
        rules = works_under.get(carrier_of(flown[0]["number"]))
        if rules is not None:
            clock = duty_clock(duty, crew, first=flown[0], last=flown[-1], places=places)
            yield from (_warned(row, column, text) for column, text in _illegal(duty, flown, clock, regime(rules)))


def _warned(row: int, column: str, text: str) -> Doubt:
    return Doubt(table="duties", row=row, column=column, message=text, refused=False)


def _at_home(duty: Item, crew: Item | None, flown: Sequence[Item]) -> Iterator[tuple[str, str]]:
    if crew is None:
        return
    for column, place in (("starts_at_base", flown[0]["origin"]), ("ends_at_base", flown[-1]["destination"])):
        if duty[column] != (place == crew["base"]):
            text = f"{duty[column]} does not fit {place}: {crew['crew_id']} is at home at {crew['base']}; correct one of them"
            yield column, text


def _illegal(duty: Item, flown: Sequence[Item], clock: Clock, rules: Regime) -> Iterator[tuple[str, str]]:
    before = rest_before(duty, clock)
    work = Work(
        report_utc=duty["report_utc"],
        clock=clock,
        sectors=len(flown),
        longest_sector_minutes=max(each["block_minutes"] for each in flown),
        pilots=duty["pilots"],
        rest_class=duty["rest_class"],
        rested_minutes=duty["report_utc"] - before.from_utc,
    )
    minutes = flown[-1]["arrival_utc"] - duty["report_utc"]
    if (over := minutes - rules.duty_minutes(work)) > 0:
        yield "report_utc", f"its flight duty is {over} min longer than {rules.duty_source(duty['pilots'])} allows"
    if (early := rules.rested_at(before) - duty["report_utc"]) > 0:
        yield "previous_end_utc", f"its crew reports {early} min before it is rested ({rules.rest_source})"
    if duty["next_report_utc"]:
        extended = rules.rests_extended(work, minutes)
        after = rest_after(
            duty, clock, began_utc=duty["report_utc"], release_utc=duty["release_utc"], extended=extended
        )
        if (early := rules.rested_at(after) - duty["next_report_utc"]) > 0:
            yield "next_report_utc", f"its crew reports then {early} min before it is rested ({rules.rest_source})"
