"""Assignment of seats as an integer programme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from packs.airline.planning.seats.highs import NoSolution, Optimum, Programme, solve


class Way(Struct, frozen=True, kw_only=True):
    """One way for a party to travel.

    Attributes:
        cost: What one party of the group costs on it.
        flights: Flights whose seats it takes; empty for staying behind.
    """

    cost: float
    flights: tuple[str, ...]


class Group(Struct, frozen=True, kw_only=True):
    """Parties that are alike.

    Attributes:
        size: Passengers in each party.
        parties: How many parties.
        ways: Ways to travel; one of them takes no seat, so that there is always a solution.
    """

    size: int
    parties: int
    ways: Sequence[Way]


WHOLE = 1e-6
"""Parties on a way that are this near to a whole number are that number: the solver's own tolerance."""
SAME = 1e-9
"""Costs that differ by this share are the same: what arithmetic in doubles may add up to."""


def assign(groups: Sequence[Group], seats: Mapping[str, int]) -> list[list[int]]:
    """Least total cost such that every party travels one way and no flight carries more than its free seats.

    The solver is asked first as if parties could be split, which is several times as fast. When none is, that is the least cost.
    Otherwise whole parties are tried on the ways that add nothing to that cost: no assignment is cheaper, so one among these ways
    that costs the same is the least. One that costs more is not always, but no way that adds more than the difference is in a
    cheaper one: whole parties are tried once more, on the others. Only where there is none are they tried on all ways.

    Args:
        groups: Groups of parties that are alike.
        seats: Free seats by flight; a flight that is not named has no limit.

    Returns:
        For each group, how many of its parties take each of its ways.

    Raises:
        NoSolution: No optimum was found.
    """
    programme = _programme(groups, seats)
    taken = iter(round(value) for value in _whole(programme))
    return [[next(taken) for _ in group.ways] for group in groups]


def _whole(programme: Programme) -> Sequence[float]:
    split = solve(programme, whole=False)
    if all(abs(value - round(value)) <= WHOLE for value in split.values):
        return split.values
    tolerance = SAME * max(1.0, abs(split.cost))
    found = _among(programme, split, tolerance)
    if found is None:
        return solve(programme, whole=True).values
    if found.cost <= split.cost + tolerance:
        return found.values
    cheaper = _among(programme, split, found.cost - split.cost + tolerance)
    return (cheaper or found).values


def _among(programme: Programme, split: Optimum, added: float) -> Optimum | None:
    """The least cost of whole parties on the ways that add at most so much to the cost of split ones; ``None``: there is none."""
    kept = [number for number, reduced in enumerate(split.reduced) if reduced <= added]
    try:
        found = solve(programme.only(kept), whole=True)
    except NoSolution:
        return None
    values = [0.0] * len(programme.costs)
    for number, value in zip(kept, found.values, strict=True):
        values[number] = value
    return structs.replace(found, values=values)


def _programme(groups: Sequence[Group], seats: Mapping[str, int]) -> Programme:
    """Columns are the ways of all groups; rows are the groups, then the flights."""
    row = {name: len(groups) + number for number, name in enumerate(seats)}
    starts, places, entries = [0], [], []
    for number, group in enumerate(groups):
        for way in group.ways:
            limited = [row[name] for name in way.flights if name in row]
            places += [number, *limited]
            entries += [1.0, *([float(group.size)] * len(limited))]
            starts.append(len(places))
    parties, free = [float(group.parties) for group in groups], [float(each) for each in seats.values()]
    return Programme(
        costs=[way.cost for group in groups for way in group.ways],
        most=[float(group.parties) for group in groups for _ in group.ways],
        rows=[*zip(parties, parties, strict=True), *((0.0, each) for each in free)],
        starts=starts,
        places=places,
        entries=entries,
    )
