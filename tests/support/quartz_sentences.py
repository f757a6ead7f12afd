"""Ten reports about the made-up airline, and what may sensibly be done about each."""

from __future__ import annotations

SENTENCES: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("QZ101 on {day} from VIE to LHR is AOG", "QZ101", frozenset({"swap_aircraft", "swap_aircraft_crew"})),
    (
        "Flight QZ503 on {day} to Bucharest cannot leave because of fog at the destination",
        "QZ503",
        frozenset({"delay"}),
    ),
    ("QZ501 on {day}: the captain is sick", "QZ501", frozenset({"swap_crew", "delay_swap_crew"})),
    ("QZ 103 on {day} is held by ATC flow control for 2 hours", "QZ103", frozenset({"delay"})),
    (
        "QZ302 on {day} from IST to VIE has an engine fault and is grounded",
        "QZ302",
        frozenset({"ferry_aircraft", "wet_lease"}),
    ),
    ("QZ403 on {day}: runway closed at CPH for 2 hours", "QZ403", frozenset({"delay"})),
    ("QZ102 on {day}: reloading the cargo takes 60 minutes", "QZ102", frozenset({"delay"})),
    ("quartz 203 on {day} is late inbound by 90 minutes", "QZ203", frozenset({"delay", "swap_aircraft"})),
    ("QZ303 on {day} needs 30 minutes of repair", "QZ303", frozenset({"delay"})),
    ("QZ401 on {day} to Kloten: hydraulic leak, 3 hours to fix", "QZ401", frozenset({"swap_aircraft", "delay"})),
)
"""Sentence with a place for the day, flight, actions."""
