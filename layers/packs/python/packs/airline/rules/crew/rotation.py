"""What the rows of a roster say of a crew's rotation: the clock of its duty, the rest before it and the rest after it."""

from __future__ import annotations

from conclave.pack import Item

from packs.airline.geography import Place, Places
from packs.airline.rules.crew.time_zones import Clock, Rest, time_difference

UNRECORDED = ("rested_difference_minutes", "previous_rotation_minutes")
"""Cells without which the rest before a duty that begins at home base is taken to follow a duty that stayed near it."""
_NOT_AUGMENTED = 2


def duty_clock(duty: Item, crew: Item | None, *, first: Item, last: Item, places: Places) -> Clock:
    """The clock of a rostered duty.

    Home base is that of the crew's record; without one the end of the duty that lies there. An airport that nobody knows is
    taken to lie in the zone of the others: what needs its record says so.

    Args:
        duty: Its row in ``duties``.
        crew: Its crew's row in ``crews``, if there is one.
        first: Its first flight.
        last: Its last flight.
        places: Airports known.
    """
    begins, ends = places.get(first["origin"]), places.get(last["destination"])
    base = (
        places.get(crew["base"])
        if crew
        else begins
        if duty["starts_at_base"]
        else ends
        if duty["ends_at_base"]
        else None
    )
    known = next((each for each in (base, begins, ends) if each is not None), NOWHERE)
    left = duty["report_utc"]
    if not duty["starts_at_base"]:
        left = duty["previous_end_utc"] - rotation_minutes(duty)
    return Clock(base=base or known, begins=begins or known, ends=ends or known, left_base_utc=left)


def reserve_clock(crew: Item, *, report_utc: int, ends: str, places: Places) -> Clock:
    """The clock of a reserve crew that reports at home base for a duty that ends at an airport."""
    base = places.get(crew["base"]) or NOWHERE
    return Clock(base=base, begins=base, ends=places.get(ends) or base, left_base_utc=report_utc)


NOWHERE = Place(iata="", country="", tz="UTC", lat=0.0, lon=0.0)
"""Where no airport of a duty is known: a run that lacks its records halts."""


def rotation_minutes(row: Item) -> int:
    """From the report at home base to the end of the duty before, minutes; that duty alone where nothing longer is on record."""
    recorded: int | None = row.get("previous_rotation_minutes")
    return row["previous_duty_minutes"] if recorded is None else recorded


def rest_before(row: Item, clock: Clock) -> Rest:
    """The rest before a duty, a row of ``duties`` or of ``crews`` for a reserve, which begins at home base.

    Away from home base the duty before is taken to have come from there. Whether rest in flight extended it is on record; if
    not, it did with three pilots or more.
    """
    at_base = row.get("starts_at_base", True)
    from_utc, duty_minutes = row["previous_end_utc"], row["previous_duty_minutes"]
    difference = (
        row.get("rested_difference_minutes", 0)
        if at_base
        else time_difference(clock.base.tz, clock.begins.tz, from_utc)
    )
    return Rest(
        from_utc=from_utc,
        duty_minutes=duty_minutes,
        at_base=at_base,
        zone=clock.base.tz,
        difference_minutes=difference,
        rotation_minutes=rotation_minutes(row),
        extended=row.get("previous_extended", row["pilots"] > _NOT_AUGMENTED),
    )


def rest_after(duty: Item, clock: Clock, *, began_utc: int, release_utc: int, extended: bool) -> Rest:
    """The rest after a duty.

    Args:
        duty: Its row in ``duties``: of the crew that flies, or of the one that is relieved away from home base.
        clock: Of the crew that flies.
        began_utc: When what counts as duty began.
        release_utc: When it ends.
        extended: Whether rest in flight extended the flight duty.
    """
    at_base = duty["ends_at_base"]
    if at_base:
        recorded = 0 if duty["starts_at_base"] else duty.get("rested_difference_minutes", 0)
        difference = max(recorded, time_difference(clock.base.tz, clock.begins.tz, release_utc))
    else:
        difference = time_difference(clock.begins.tz, clock.ends.tz, release_utc)
    return Rest(
        from_utc=release_utc,
        duty_minutes=release_utc - began_utc,
        at_base=at_base,
        zone=clock.base.tz,
        difference_minutes=difference,
        rotation_minutes=release_utc - clock.left_base_utc,
        extended=extended,
    )
