"""What a plan looks at: horizons and the length of its lists. An airline's own stand in ``operators.figures``."""

from __future__ import annotations

LONGEST_REPORTED_MINUTES = 2880
"""Longest delay that a report may name, minutes: two days, and options look no further."""
LONGEST_DELAY_MINUTES = 24 * 60
REBOOKING_HORIZON_MINUTES = 30 * 60
STRANDED_DELAY_MINUTES = 24 * 60
OTHER_CARRIER_MINUTES = 120
"""A seat of another carrier counts like this many minutes of delay: own seats come first."""
FEW_OWN_FLIGHTS, FEW_FLIGHTS = 12, 240
"""Own later flights of the route, and later and onward flights of everybody, up to which all ways of passengers are weighed. Of
more, only those that can be the best: with the same sum, but of assignments that are equally good perhaps another one."""
LONGEST_FLIGHT_DUTY_MINUTES = 24 * 60
"""Longer than any flight duty that a regime allows, with standby, rest in flight and the commander's discretion."""
DOWNSTREAM_HORIZON_MINUTES = 24 * 60
CONSOLIDATION_HORIZON_MINUTES = 12 * 60
"""Another flight of the route takes the passengers when it leaves within this time."""
POSITIONING_HORIZON_MINUTES = 24 * 60
IDLE_AIRCRAFT_MINUTES = 36 * 60
"""An aircraft that has no flight for this long may be sent elsewhere."""
DISPLACEMENT_LIMIT_MINUTES = 36 * 60
"""An aircraft in line service is offered as a spare when its own next flight is displaced by less than this."""
FORECAST_HOURS = 6
"""A forecast period holds this long from its beginning; later it is stale."""
SWAPPABLE_CAUSES = frozenset(["technical", "late_inbound", "other"])
"""Causes that another aircraft helps against."""
AOG_TRIAL_DELAYS = (60, 180)
"""Delays that a controller would ask about while the release of the aircraft is unknown; never serviceable."""
SOON_READY_MINUTES = 6 * 60
"""Other aircraft that come later than this after the departure are looked at when there are not enough before them."""
SPARES_OF_A_KIND = 24
"""Aircraft of a type that are ready as soon and that a plan looks at in detail."""
MOST_SPARES = 48
"""Aircraft that a plan looks at in detail: as many in a large fleet as in a small one."""
IDLE_OF_A_KIND = 12
"""Idle aircraft of a type that a plan looks at: those that stand at the hub first. A gap says when there are more."""
MERGED_FLIGHTS = 3
"""Later flights that could take the passengers and are looked at: more seats help the earlier, the sooner they leave."""
FEW_TAILS = 4
"""Aircraft whose flights are asked for one by one; of more, whole days are read, of which there are as many."""
RESERVES_OF_A_RATING = 200
"""Reserve crews of a rating that a plan looks at, those that are alike counted once: those whose standby is nearest to the
departure. A gap says when there are more."""
RESERVE_CANDIDATES = 3
SLOT_CANDIDATES = 4
DIVERSION_CANDIDATES = 2
SEARCHED_TIMES = 3
"""Departure times that are computed in full for an aircraft and a crew: the earliest that no rule forbids."""
BEST_OPTIONS = 6
"""Options of the search that are offered beside those that a controller would ask about."""
MEL_CATEGORIES = ("A", "B", "C", "D")
"""Rectification intervals of the minimum equipment list (CS-MMEL); every open item has one."""
