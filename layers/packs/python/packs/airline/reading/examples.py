"""Sentences that work on the sample network of a date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conclave.pack import Reported


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


def typed_example(date: str) -> Mapping[str, Reported]:
    """The ordinary case as a typed incident: an aircraft on ground at the hub, and nobody knows for how long.

    Args:
        date: ISO date that the sample network was made for.
    """
    return {"flight": "EY17", "date": date, "origin": "AUH", "destination": "LHR", "problems": [{"cause": "technical"}]}
