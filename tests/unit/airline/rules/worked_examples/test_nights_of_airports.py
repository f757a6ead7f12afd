"""Nights of airports as their operators and acts publish them, by the pack's rule and by the evaluation's own."""

from __future__ import annotations

import pytest
from conclave.pack.tables import Item
from packs.airline import times
from packs.airline.planning.knock_on import curfew_violation, curfew_wait
from packs.airline.sample_data import sample

from evaluation.airline.rules.case import Case

FRA, MUC = "fraport.de, Verspaetungen", "munich-airport.com/night-flight"
GVA, ZRH = "gva.ch, night-time movements", "flughafen-zuerich.ch, Betriebszeiten"
NRT, KTM = "aerotime.aero 23942", "spotlightnepal.com 2025-03-31"
SYD, LHR = "legislation.gov.au C2004A04984 s. 7", "Civil Aviation Act 1982 s. 78 notice"
YYZ, MEL = "torontopearson.com, night flights", "australianfrequentflyer.com.au, airport curfews"

NIGHTS = [
    ("FRA", "22:40", "23:50", "landing", 0, f"late, planned before 23:00: lands until 24:00 [{FRA}]"),
    ("FRA", "22:40", "00:00", "landing", 300, f"from 24:00 on another airport [{FRA}]"),
    ("FRA", "22:40", "23:10", "take-off", 350, f"a late take-off needs a permit [{FRA}]"),
    ("FRA", "", "23:50", "landing", 310, f"a flight without a schedule there [{FRA}]"),
    ("FRA", "23:10", "23:50", "landing", 310, f"planned in the night [{FRA}]"),
    ("FRA", "21:00", "05:00", "landing", 0, f"open at 05:00 [{FRA}]"),
    ("MUC", "23:30", "23:59", "landing", 0, f"before the core time [{MUC}]"),
    ("MUC", "23:30", "00:00", "landing", 300, f"core time from midnight [{MUC}]"),
    ("MUC", "23:30", "04:59", "take-off", 1, f"core time until 05:00 [{MUC}]"),
    ("GVA", "23:30", "00:29", "take-off", 0, f"late flights until 00:30 [{GVA}]"),
    ("GVA", "23:30", "00:29", "landing", 0, f"landings, too [{GVA}]"),
    ("GVA", "23:30", "00:30", "take-off", 330, f"and not after [{GVA}]"),
    ("GVA", "", "00:10", "landing", 350, f"not for what is not behind a schedule [{GVA}]"),
    ("ZRH", "22:45", "23:29", "take-off", 0, f"23:00 to 23:30 takes away delays [{ZRH}]"),
    ("ZRH", "22:55", "23:30", "landing", 390, f"closed from 23:30 on [{ZRH}]"),
    ("ZRH", "", "23:10", "landing", 410, f"23:00 for others [{ZRH}]"),
    ("NRT", "23:30", "00:20", "landing", 0, f"half an hour in reserve after 24:00 [{NRT}]"),
    ("NRT", "23:30", "00:30", "take-off", 330, f"closed then [{NRT}]"),
    ("NRT", "", "05:59", "landing", 1, f"opens at 06:00 [{NRT}]"),
    ("KTM", "23:30", "00:05", "take-off", 355, f"open from 06:00 to midnight [{KTM}]"),
    ("SYD", "22:30", "23:00", "take-off", 420, f"curfew from 11 pm [{SYD}]"),
    ("SYD", "22:30", "05:59", "landing", 1, f"to 6 am [{SYD}]"),
    ("SYD", "22:30", "06:00", "landing", 0, f"open at 6 am [{SYD}]"),
    ("LHR", "22:30", "02:00", "landing", 0, f"a quota is not a closure [{LHR}]"),
    ("YYZ", "22:30", "02:00", "landing", 0, f"a yearly budget is not a closure [{YYZ}]"),
    ("MEL", "22:30", "02:00", "landing", 0, f"24/7 [{MEL}]"),
]


@pytest.fixture(scope="module")
def airports() -> dict[str, Item]:
    return {item["iata"]: item for item in sample("2026-11-21", 1)["airports"]}


@pytest.mark.parametrize(
    ("iata", "planned", "moment", "movement", "waits"), [each[:5] for each in NIGHTS], ids=[each[5] for each in NIGHTS]
)
def test_a_night(airports: dict[str, Item], iata: str, planned: str, moment: str, movement: str, waits: int) -> None:
    airport, lands = airports[iata], movement == "landing"
    leaves = times.at_local("2026-11-21" if moment > "12:00" else "2026-11-22", moment, airport["tz"])
    due = times.at_local("2026-11-21", planned, airport["tz"]) if planned else None
    assert curfew_wait(leaves, airport, due, lands=lands) == waits
    assert (curfew_violation(leaves, airport, due, lands=lands) > 0) is (waits > 0)
    second = Case.__new__(Case)
    second._airports, second._closing, second._shut = {iata: airport}, {}, {iata: []}
    assert second.wait_for_opening(iata, leaves, due, lands=lands) == waits
    assert second.closed(iata, leaves, due, lands=lands) == curfew_violation(leaves, airport, due, lands=lands)


def test_every_airport_of_the_sample_says_what_is_known_of_its_nights(airports: dict[str, Item]) -> None:
    assert all(item["curfew_source"] for item in airports.values())
    unknown = [iata for iata, item in airports.items() if item["curfew_source"].startswith("not known")]
    assert not any(airports[iata]["curfew_start"] for iata in unknown)
    assert len(airports) - len(unknown) >= 17
