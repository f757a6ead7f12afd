from __future__ import annotations

from typing import Any

import pytest
from conclave.language.clock_times import times
from conclave.language.dates import dates
from conclave.language.durations import minutes
from conclave.language.spelling import close, distance
from conclave.language.text import normal

from local.bedrock.reading.extraction import extract

NOW = "2026-11-21T06:00:00Z"
INCIDENT = {
    "type": "object",
    "properties": {
        "kind": {
            "enum": ["", "aircraft", "delay", "crew"],
            "keywords": {"aircraft": ["AOG", "grounded"], "delay": ["late", "delayed"], "crew": ["crew is sick"]},
            "default": "",
        },
        "flight": {"type": "string", "pattern": "^[A-Z0-9]{2}\\d{1,4}$", "default": ""},
        "origin": {"type": "string", "pattern": "^[A-Z]{3}$", "after": ["from", "departing"], "default": ""},
        "destination": {"type": "string", "pattern": "^[A-Z]{3}$", "after": ["to", "for"], "default": ""},
        "date": {"type": "string", "format": "date", "default": ""},
        "minutes": {"anyOf": [{"type": "integer"}, {"type": "null"}], "unit": "min", "default": None},
    },
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Flight EY17 on 5th Feb from AUH to LHR is AOG",
            {"kind": "aircraft", "flight": "EY17", "origin": "AUH", "destination": "LHR", "date": "2027-02-05"},
        ),
        (
            "EY 17 is late by four hours today",
            {"kind": "delay", "flight": "EY17", "date": "2026-11-21", "minutes": 240},
        ),
        (
            "2026-11-20: ey17 from AUH, crew is sick",
            {"kind": "crew", "flight": "EY17", "origin": "AUH", "date": "2026-11-20"},
        ),
        (
            "EY17 AUH-LHR 2h30 delayed",
            {"kind": "delay", "flight": "EY17", "origin": "AUH", "destination": "LHR", "minutes": 150},
        ),
        ("EY17 LHR to AUH", {"flight": "EY17", "origin": "LHR", "destination": "AUH"}),
        ("Something happened", {}),
        ("EY17 is AOG", {"kind": "aircraft", "flight": "EY17"}),
    ],
)
def test_sentences(text: str, expected: dict[str, Any]) -> None:
    empty = {"kind": "", "flight": "", "origin": "", "destination": "", "date": "", "minutes": None}
    assert extract(INCIDENT, text, NOW) == empty | expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4 hours", [240]),
        ("90 min", [90]),
        ("2h30", [150]),
        ("four hours", [240]),
        ("half an hour", [30]),
        ("an hour", [60]),
        ("1.5 hours", [90]),
        ("1 hour 30 minutes", [90]),
        ("2 hours and 15 min", [135]),
        ("a 4-hour delay, then 20 minutes", [240, 20]),
        ("4 horses", []),
        ("vier Stunden, trois heures, 30 minutos", [240, 180, 30]),
        ("9 am", []),
        ("an hour and a half, two and a half hours, 2 and a half hours", [90, 150, 150]),
        ("three quarters of an hour, then a quarter of an hour", [45, 15]),
        ("2h15m, 2 h 15, 2hrs 15mins, 1 hr 30, 2 hours 30", [135, 135, 135, 90, 150]),
        ("2\u00bd hours, 2 1/2 h, \u00be hour, 1/2 an hour", [150, 150, 45, 30]),
        ("1:30 h late", [90]),
        ("departs at 1:30 h", []),
        ("the 14:30 hrs", []),
        ("14:30 hrs", []),
        ("2 hours 21 November", [120]),
        ("delayed 2 hours 30, 2h30 delayed", [150, 150]),
        ("90' und 45\u2019", [90, 45]),
        ("+90", [90]),
        ("call +971 50 123", []),
        ("delay 240, DLY 45, late 02:40, delayed by 1:15", [240, 45, 160, 75]),
        ("delayed to 14:30, late 21 November, delay 2 hours", [120]),
        ("visibility 300 m", []),
        ("visibility 300m, delayed 45m", [45]),
        ("anderthalb Stunden, zweieinhalb Stunden, eine halbe Stunde, Dreiviertelstunde", [90, 150, 30, 45]),
        ("une heure et demie, deux heures trente, une demi-heure, trois quarts d'heure", [90, 150, 30, 45]),
        ("hora y media, dos horas y media, media hora", [90, 150, 30]),
        ("un'ora e mezza, due ore, mezz'ora", [90, 120, 30]),
        ("duas horas e meia, meia hora", [150, 30]),
        ("\u0633\u0627\u0639\u062a\u064a\u0646", [120]),
    ],
)
def test_durations(text: str, expected: list[int]) -> None:
    assert [each.value for each in minutes(normal(text))] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-02-05", ["2026-02-05"]),
        ("5th Feb", ["2027-02-05"]),
        ("5 February 2026", ["2026-02-05"]),
        ("Feb 5, 2026", ["2026-02-05"]),
        ("on the 30th of October", ["2026-10-30"]),
        ("today, tomorrow and yesterday", ["2026-11-21", "2026-11-22", "2026-11-20"]),
        ("on Monday", ["2026-11-23"]),
        ("31 Feb 2026", []),
        ("in March", []),
        ("21NOV and Nov 22nd", ["2026-11-21", "2026-11-22"]),
        ("the twenty-first of November", ["2026-11-21"]),
        ("21/11", ["2026-11-21"]),
        ("11/21/2026", ["2026-11-21"]),
        ("5/2/2026", ["2026-02-05 2026-05-02"]),
        ("am 21.11. und am 22. November", ["2026-11-21", "2026-11-22"]),
        ("21 or 22 November", ["2026-11-21", "2026-11-22"]),
        ("demain, ubermorgen", ["2026-11-22", "2026-11-23"]),
        ("heute morgen, por la manana", ["2026-11-21"]),
        ("le 22 novembre, el 23 de noviembre", ["2026-11-22", "2026-11-23"]),
        ("last Monday", ["2026-11-16"]),
        ("1.5 hours", []),
        ("the day before yesterday, vorgestern, avant-hier, anteayer", ["2026-11-19"] * 4),
        ("last night, yesterday evening, d\u2019hier", ["2026-11-20"] * 3),
        ("in two days, in 3 Tagen, dans deux jours", ["2026-11-23", "2026-11-24", "2026-11-23"]),
        ("two days ago, vor zwei Tagen", ["2026-11-19", "2026-11-19"]),
        ("grounded for two days", []),
        ("last Friday, letzten Freitag, vendredi dernier", ["2026-11-20"] * 3),
        ("Sun EY17, Mon: EY17", ["2026-11-22", "2026-11-23"]),
        ("Mon vol EY17", []),
        ("on the 22nd, am 22.", ["2026-11-22", "2026-11-22"]),
        ("on the 30th", ["2026-11-30"]),
        ("on the 2nd engine", []),
        ("22NOV26, 22-11-2026, 2026/11/22, 20261122", ["2026-11-22"] * 4),
        ("tmrw, domani, amanh\u00e3, \u063a\u062f\u0627, \u0437\u0430\u0432\u0442\u0440\u0430", ["2026-11-22"] * 5),
        ("Guten Morgen", []),
        ("until tomorrow, part arrives tomorrow, bis morgen, expected in two days, back on Monday", []),
    ],
)
def test_dates(text: str, expected: list[str]) -> None:
    from datetime import date

    assert [each.value for each in dates(normal(text), date(2026, 11, 21))] == expected


def test_relative_dates_need_to_know_when_it_was_said() -> None:
    assert extract(INCIDENT, "EY17 is late tomorrow", "")["date"] == ""


def test_other_units_truth_values_lists_and_numbers_after_words() -> None:
    schema = {
        "properties": {
            "hours": {"type": "integer", "unit": "hours", "default": 0},
            "gate": {"type": "integer", "after": ["gate"]},
            "vip": {"type": "boolean", "keywords": {"true": ["VIP"]}, "default": False},
            "parcels": {"type": "array", "items": {"type": "string", "pattern": "^P[0-9]{3}$"}, "default": []},
        }
    }
    assert extract(schema, "P101 and P102 wait 20 hours at gate 7 for a VIP", NOW) == {
        "hours": 20,
        "gate": 7,
        "vip": True,
        "parcels": ["P101", "P102"],
    }
    assert extract(schema, "Nothing", NOW) == {"hours": 0, "vip": False, "parcels": []}


def test_a_keyword_is_never_taken_for_a_value() -> None:
    schema = {
        "properties": {
            "kind": {"enum": ["aog"]},
            "station": {"type": "string", "pattern": "[A-Z]{3}", "default": ""},
            "x": {"keywords": {"aog": ["AOG"]}},
        }
    }
    assert extract(schema, "AOG at LHR", NOW)["station"] == "LHR"


CODES = {
    "properties": {
        name: {
            "type": "string",
            "pattern": "^([A-Z]{3})?$",
            "after": after,
            "keywords": {"LHR": ["London"]},
            "default": "",
        }
        for name, after in (("origin", ["from"]), ("destination", ["to", "for"]))
    }
}


@pytest.mark.parametrize(
    ("text", "origin", "destination"),
    [
        ("to London from AUH", "AUH", "LHR"),
        ("the London flight", "", ""),
        ("three hours to fix", "", ""),
        ("from auh to lhr", "AUH", "LHR"),
        ("AUH - LHR", "AUH", "LHR"),
        ("a two - way street", "", ""),
    ],
)
def test_codes_and_names_with_cues(text: str, origin: str, destination: str) -> None:
    assert extract(CODES, text, NOW) == {"origin": origin, "destination": destination}


def test_two_values_for_one_field_are_not_guessed_between() -> None:
    assert extract(INCIDENT, "EY17 and EY18 are both grounded", NOW)["flight"] == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("09:10", ["09:10"]),
        ("4.50 pm: flat tyre", ["16:50"]),
        ("12 am and 12pm", ["00:00", "12:00"]),
        ("0315 local", ["03:15"]),
        ("14h05", ["14:05"]),
        ("05:10Z and 0510 UTC", []),
        ("2026-11-21", []),
        ("25:10", []),
    ],
)
def test_times(text: str, expected: list[str]) -> None:
    assert [each.value for each in times(text)] == expected


def test_texts_are_compared_without_accents_width_and_script_of_digits() -> None:
    assert normal("\uff25\uff39\u0661\u0667  Z\u00fcrich\u200b\n\u00e0") == "EY17 Zurich a"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("techincal", ["technical"]),
        ("frankfrut", ["frankfurt"]),
        ("londn", ["london"]),
        ("london", []),
        ("lndon", ["london"]),
        ("ondon", []),
        ("fog", []),
    ],
)
def test_typing_errors(word: str, meant: list[str]) -> None:
    assert close(word, ["technical", "frankfurt", "london", "fog"]) == meant


def test_distance_counts_a_swap_once() -> None:
    assert (distance("ab", "ba"), distance("abc", "ac"), distance("", "xy")) == (1, 1, 2)


NUMBERED = {
    "properties": {
        "flight": {
            "type": "string",
            "pattern": "^(EY[0-9]{1,4})?$",
            "prefixes": {"EY": ["flight", "Etihad"]},
            "default": "",
        },
        "day": {"type": "string", "format": "date", "default": ""},
        "unclear": {"type": "string", "collects": ["flight", "day"], "default": ""},
    }
}


@pytest.mark.parametrize(
    ("text", "flight", "day", "unclear"),
    [
        ("flight 17", "EY17", "", ""),
        ("Etihad no. one seven", "EY17", "", ""),
        ("EY17, that is flight EY 17", "EY17", "", ""),
        ("EY17 and flight 18", "", "", "EY17 EY18"),
        ("EY17 today or tomorrow", "EY17", "", "2026-11-21 2026-11-22"),
        ("EY17 on 5/2/2026", "EY17", "", "2026-02-05 2026-05-02"),
        ("flight 17:30", "", "", ""),
    ],
)
def test_what_is_left_open_is_collected(text: str, flight: str, day: str, unclear: str) -> None:
    assert extract(NUMBERED, text, NOW) == {"flight": flight, "day": day, "unclear": unclear}
