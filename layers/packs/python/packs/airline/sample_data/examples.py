"""Sentences that work on the sample network of a date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conclave.pack import Reported, Tables

from packs.airline.operators.records import read_operators


def examples(date: str) -> Sequence[str]:
    """Disruptions of many kinds, worded as a controller would.

    The first is the ordinary case; the last two cannot be decided: one has no option within all rules, one has no roster.

    Args:
        date: ISO date that the sample network was made for.
    """
    return (
        f"Flight EY17 on {date} from AUH to LHR is AOG",
        f"Flight EY715 on {date} from AUH to BAH is AOG, computer fault, part ordered",
        f"EY799 on {date} from AUH to KHI has a technical fault and needs 30 minutes of repair",
        f"EY33 on {date} from AUH to CDG: the captain is sick",
        f"EY789 on {date} from AUH to IST: the runway is closed for 2 hours",
        f"EY454 on {date} from AUH to SYD: reloading the cargo takes 3 hours",
        f"EY759 on {date} from AUH to DEL cannot leave because of fog at the destination",
        f"EY1 on {date} from AUH to FRA has an ATC slot 90 minutes later",
        f"EY17 on {date} from AUH to LHR is held by ATC flow control for 3 hours",
        f"EY103 on {date} from AUH to JFK is AOG after a bird strike",
        f"EY18 on {date} from LHR to AUH has a hydraulic leak, 3 hours to fix",
        f"EY132 on {date} from IAD to AUH has a fuel leak, 3 hours to fix",
        f"EY838 on {date} from MLE to AUH is grounded with an engine fault",
        f"EY623 on {date} from SEZ to AUH is AOG",
        f"EY416 on {date} from AUH to KUL is AOG",
    )


_TOLD = (
    "Flight {number} on {date} from {origin} to {destination} is AOG",
    "{number} on {date} from {origin} to {destination}: the captain is sick",
    "{number} on {date} from {origin} to {destination} has a technical fault and needs 90 minutes of repair",
    "{number} on {date} from {origin} to {destination} is held by ATC flow control for 2 hours",
    "{number} on {date} from {origin} to {destination} cannot leave because of fog at the destination",
    "{number} on {date} from {origin} to {destination}: reloading the cargo takes 3 hours",
    "{number} on {date} from {origin} to {destination}: the runway is closed for 2 hours",
    "{number} on {date} from {origin} to {destination} has a hydraulic leak, 3 hours to fix",
    "{number} on {date} from {origin} to {destination} has an ATC slot 90 minutes later",
    "{number} on {date} from {origin} to {destination} is grounded with an engine fault",
)


def examples_of(tables: Tables, date: str) -> Sequence[str]:
    """Sentences about the loaded schedule: those of the sample where its flights are loaded, otherwise of the own flights.

    Args:
        tables: The airline's data.
        date: ISO date of the flights; none are given when no flight leaves that day.
    """
    flights = tables.query("flights", [date], "by_day")[date]
    known = {str(each["number"]) for each in flights}
    sample = examples(date)
    if all(known.intersection(sentence.replace(":", " ").split()) for sentence in sample):
        return sample
    hubs = {hub for row in read_operators(tables).values() for hub in row["hubs"]}
    # Out of a hub most can be done; the flights lie spread over the day.
    ordered = sorted(flights, key=lambda each: (each["origin"] not in hubs, str(each["departure_utc"])))
    step = max(1, len(ordered) // len(_TOLD))
    return [told.format_map({**each, "date": date}) for told, each in zip(_TOLD, ordered[::step], strict=False)]


def typed_example(date: str) -> Mapping[str, Reported]:
    """The ordinary case as a typed incident: an aircraft on ground at the hub, and nobody knows for how long.

    Args:
        date: ISO date that the sample network was made for.
    """
    return {"flight": "EY17", "date": date, "origin": "AUH", "destination": "LHR", "problems": [{"cause": "technical"}]}
