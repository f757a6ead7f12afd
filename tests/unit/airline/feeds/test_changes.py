"""ASM and SSM as what they say. The messages are made up; what each says was worked out by hand from the forms of SSIM."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packs.airline import times
from packs.airline.feeds.changes.lines import Period, seats_of
from packs.airline.feeds.changes.messages import Change, read_changes
from packs.airline.feeds.kinds import kind_of

NEAR = times.minutes("2026-11-21T06:00:00Z")


def read(text: str) -> list[Change]:
    found = read_changes(text, "asm.txt", NEAR)
    assert found.faults == ()
    return list(found.records)


def only(text: str) -> Change:
    (found,) = read(text)
    return found


def faults(text: str) -> list[tuple[int, str]]:
    return [(each.line, each.reason) for each in read_changes(text, "asm.txt", NEAR).faults]


def leg(change: Change, at: int = 0) -> str:
    """A leg as airports, clocks, and its days of the month or after the flight's where it has some."""
    ends = (change.legs[at].origin, change.legs[at].destination)
    return " ".join(
        f"{each.airport}{'' if each.day is None else f'.{each.day}'} {each.clock // 60:02d}:{each.clock % 60:02d}"
        f"{'' if each.days is None else f'{each.days:+d}'}"
        for each in ends
    )


SAID: list[tuple[str, dict[str, Any]]] = [
    ("ASM\nUTC\nCNL\nXY117/21NOV26", {"action": "CNL", "flight": "XY117", "day": date(2026, 11, 21), "local": False, "legs": ()}),
    ("ASM\nLT\nCNL WEAT\nXY0117/21NOV", {"flight": "XY117", "day": date(2026, 11, 21), "local": True, "reasons": ("WEAT",)}),
    ("ASM\nUTC\nCNL CREW/TECH\nXY117D/2", {"flight": "XY117D", "day": date(2026, 12, 2), "reasons": ("CREW", "TECH")}),
    ("ASM\nUTC\nCNL\nXY117/30", {"day": date(2026, 11, 30)}),
    ("ASM\nUTC\nCNL\nXY117/03JAN", {"day": date(2027, 1, 3)}),
    ("ASM\nUTC\nCNL\nXY117/21NOV26 LHR/FRA", {"ends": ("LHR", "FRA")}),
    ("ASM\nUTC\nCNL\nXY117/21NOV26 LHR/FRA/KUL", {"ends": ("LHR", "FRA", "KUL")}),
    ("ASM\nUTC\nRIN RTNS\nXY117/21NOV26", {"action": "RIN", "reasons": ("RTNS",)}),
    ("ASM\nUTC\n21NOV14140E001/P42082/01584/NAME\nCNL\nXY117/21NOV26", {"action": "CNL", "flight": "XY117"}),
    ("COR ASM\nUTC\nCNL\nXY117/21NOV26", {"action": "CNL"}),
    ("ASM\nUTC\nTIM\nXY117/21NOV26\nLHR0830 FRA1010", {"action": "TIM", "leg": "LHR 08:30 FRA 10:10"}),
    ("ASM\nLT\nTIM OPER\nXY117/21NOV26\nLHR210830/0820 FRA211110/1115", {"leg": "LHR.21 08:30 FRA.21 11:10", "local": True}),
    ("ASM\nUTC\nTIM\nXY117/21NOV26\nLHR2230 FRA220010", {"leg": "LHR 22:30 FRA.22 00:10"}),
    ("ASM\nUTC\nTIM\nXY117/21NOV26\nLHR2400 FRA220140", {"leg": "LHR 24:00 FRA.22 01:40"}),
    ("ASM\nUTC\nRPL EQT/TIM ROTA\nXY117/21NOV26\nJ 73H .J12Y147 3/XY 4/XY\nORY1810 CMN2115",
     {"action": "RPL", "secondary": ("EQT", "TIM"), "reasons": ("ROTA",), "aircraft_type": "73H", "seats": 159,
      "leg": "ORY 18:10 CMN 21:15"}),
    ("ASM\nUTC\nEQT EQUI\nXY117/21NOV26\nJ 789 FCYML.F8J28Y199", {"action": "EQT", "aircraft_type": "789", "seats": 235}),
    ("ASM\nUTC\nRPL\nXY117/21NOV26\nJ 73H .J12Y147 CNRNZ 4/XY 5/XY\nORY1810 CMN2115", {"seats": 159, "registration": "CNRNZ"}),
    ("ASM\nUTC\nEQT\nXY117/21NOV26\nJ 789 FCYML .F8J28Y199", {"seats": 235, "registration": ""}),
    ("SSM\nUTC\nEQT\nXY117\n04NOV26 11NOV26 1\nJ 320 .Y174 DABCD", {"seats": 174, "registration": "", "count": 1}),
    ("ASM\nUTC\nCON\nXY117/21NOV26\nJ 320 .Y180", {"action": "CON", "aircraft_type": "320", "seats": 180}),
    ("ASM\nUTC\nCON\nXY117/21NOV26\nJ 320 W18Y112VVCGO", {"seats": 130}),
    ("ASM\nUTC\nEQT\nXY117/21NOV26\nJ 320", {"seats": None, "aircraft_type": "320"}),
    ("ASM\nUTC\nFLT\nXY117/21NOV26 XY9117/21NOV26", {"action": "FLT", "flight": "XY117", "renamed": "XY9117"}),
    ("ASM\nUTC\nADM\nXY117/21NOV26\nLHRFRA 99/4 98/1", {"action": "ADM", "terminals": (("LHR", "FRA", "4", "1"),)}),
    ("ASM\nUTC\nADM\nXY117/21NOV26 2/DL\nLHR/FRA 8/K", {"terminals": (), "ends": ()}),
    ("ASM\nUTC\nNEW\nXY117/21NOV26\nJ 320 .Y180\nLHR0830 FRA1010 7/MM 99/4",
     {"action": "NEW", "leg": "LHR 08:30 FRA 10:10", "terminals": (("LHR", "FRA", "4", ""),)}),
    ("ASM\nUTC\nCNL\nXY117/21NOV26\nSI DUE TO FOG\nPLS REBOOK", {"remarks": ("DUE TO FOG", "PLS REBOOK")}),
    ("SSM\nUTC\nCNL\nXY117\n04SEP26 11SEP26 1234",
     {"action": "CNL", "day": None,
      "periods": (Period(first=date(2026, 9, 4), last=date(2026, 9, 11), weekdays=frozenset({1, 2, 3, 4})),)}),
    ("SSM\nLT\nCNL XASM\nXY117\n04SEP 11SEP 5", {"withdraws": True, "reasons": (), "local": True,
      "periods": (Period(first=date(2026, 9, 4), last=date(2026, 9, 11), weekdays=frozenset({5})),)}),
    ("SSM\nUTC\nCNL\nXY117\n04NOV26 00XXX00 67/W2",
     {"periods": (Period(first=date(2026, 11, 4), last=None, weekdays=frozenset({6, 7}), fortnightly=True),)}),
    ("SSM\nUTC\nTIM\nXY117\n28DEC26 03JAN27 1234567\nLHR2330 FRA0110/1", {"leg": "LHR 23:30 FRA 01:10+1"}),
    ("SSM\nLT\nTIM\nXY117\n28DEC26 03JAN27 1234567\nAKL0030 HNL0900/M1", {"leg": "AKL 00:30 HNL 09:00-1"}),
    ("SSM\nUTC\nRPL\nXY248\n04NOV26 11NOV26 1234\nJ 332 J24Y275 3/HFM 4/HFM 5/XY\nCMN0140 MED0740\nMED0910 JED1010",
     {"flight": "XY248", "seats": 299, "leg": "CMN 01:40 MED 07:40", "second": "MED 09:10 JED 10:10"}),
    ("SSM\nUTC\nFLT\nXY117\n04NOV26 11NOV26 1\nXY118", {"action": "FLT", "flight": "XY117", "renamed": "XY118"}),
    ("SSM\nUTC\nREV\nXY117 01NOV26 30NOV26 1234567\n01NOV26 25NOV26 1234567",
     {"action": "REV", "existing": Period(first=date(2026, 11, 1), last=date(2026, 11, 30), weekdays=frozenset(range(1, 8))),
      "periods": (Period(first=date(2026, 11, 1), last=date(2026, 11, 25), weekdays=frozenset(range(1, 8))),)}),
    ("SSM\nUTC\nEQT\nXY117\n04NOV26 11NOV26 1\n12NOV26 19NOV26 2\nJ 320 .Y174", {"seats": 174, "count": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SAID, ids=[text.replace("\n", " ")[:60] for text, _ in SAID])
def test_a_message_says(text: str, expected: dict[str, Any]) -> None:
    change = only(text)
    told: dict[str, Any] = {"count": len(change.periods)}
    told |= {name: leg(change, at) for at, name in enumerate(("leg", "second")) if at < len(change.legs)}
    assert {name: told[name] if name in told else getattr(change, name) for name in expected} == expected


def test_several_flights_share_the_lines_behind_them() -> None:
    found = read(
        "ASM\nUTC\nCNL\nXY117/21NOV26\nXY118/21NOV26\n//\nTIM\nXY119/21NOV26\nLHR0830 FRA1010\nXY121/21NOV26\nLHR0930 FRA1110"
    )
    assert [(each.action, each.flight, each.line, len(each.legs)) for each in found] == [
        ("CNL", "XY117", 4, 0), ("CNL", "XY118", 5, 0), ("TIM", "XY119", 8, 1), ("TIM", "XY121", 10, 1),
    ]  # fmt: skip


def test_new_numbers_of_several_flights_each_stand_behind_their_periods() -> None:
    found = read("SSM\nUTC\nFLT\nXY117\n04NOV26 11NOV26 1\nXY118\nXY217\n04NOV26 11NOV26 1\nXY218")
    assert [(each.flight, each.renamed) for each in found] == [("XY117", "XY118"), ("XY217", "XY218")]


def test_messages_stand_among_address_lines() -> None:
    text = (
        "=PRIORITY\nQD\n=DESTINATION TYPE B\nSTX,ABCDEFG\n=MSGID\n111342\n=TEXT\nASM\nUTC\nCNL\nXY117/21NOV26\n"
        "QD ABCDEFG\n.HIJKLMN 211215\nASM\nUTC\nCNL\nXY118/21NOV26\nNNNN\n"
    )
    assert [each.flight for each in read(text)] == ["XY117", "XY118"]
    assert kind_of(text) == "schedule_changes"


@pytest.mark.parametrize("action", ["ACK", "NAC", "RSD"])
def test_answers_and_requests_change_nothing(action: str) -> None:
    assert read(f"SSM\nUTC\n{action}\nXY117\n04NOV26 11NOV26 1") == []


WRONG = [
    ("ASM\nCNL\nXY117/21NOV26", 1, "has no time mode"),
    ("ASM\nUTC", 1, "has no action"),
    ("ASM\nUTC\nXY117/21NOV26", 1, "'XY117/21NOV26' stands where an action has to"),
    ("ASM\nUTC\nCNL", 3, "CNL names no flight"),
    ("ASM\nUTC\nCNL\nXY117", 4, "'XY117' is a line of no known form"),
    ("ASM\nUTC\nCNL\nXY117/31FEB26", 4, "'31FEB26' is not a date"),
    ("ASM\nUTC\nCNL\nXY117/21ABC26", 4, "'21ABC26' is not a date"),
    ("ASM\nUTC\nTIM\nXY117/21NOV26", 4, "TIM has no leg with times"),
    ("ASM\nUTC\nTIM\nXY117/21NOV26\nLHR2530 FRA1010", 5, "2530 is not a time"),
    ("ASM\nUTC\nTIM\nXY117/21NOV26\nLHR FRA", 5, "'LHR FRA' is a line of no known form"),
    (
        "ASM\nUTC\nTIM\nXY117/21NOV26\nLHR0830 FRA1010\nMUC1100 VIE1200",
        6,
        "leaves MUC, and the leg before comes to FRA",
    ),
    ("ASM\nUTC\nFLT\nXY117/21NOV26", 4, "FLT names no new flight"),
    ("ASM\nUTC\nFLT\nXY117/21NOV26 XY118/22NOV26", 4, "FLT moves it to another day"),
    ("ASM\nUTC\nRRT\nXY117/21NOV26 LHR/FRA\nLHR0830 MUC1010", 3, "RRT changes the airports"),
    ("ASM\nUTC\nEQT\nXY117/21NOV26\nJ 320\nJ 321", 6, "names a second type of aircraft"),
    ("SSM\nUTC\nSKD\nXY117\n04NOV26 11NOV26 1", 3, "SKD takes the place of a whole schedule"),
    ("SSM\nUTC\nCNL\nXY117", 4, "has no period of operation"),
    ("SSM\nUTC\nCNL\nXY117\n11NOV26 04NOV26 1", 5, "'11NOV26 04NOV26 1' ends before it begins"),
    ("SSM\nUTC\nCNL\nXY117\n04NOV26 11NOV26 1123", 5, "'1123' are not days of operation"),
    ("SSM\nUTC\nCNL\nXY117\n04NOV26 11NOV26 8", 5, "'04NOV26 11NOV26 8' is a line of no known form"),
    ("SSM\nUTC\nREV\nXY117\n04NOV26 11NOV26 1", 4, "REV names no existing period"),
    ("SSM\nUTC\nTIM\nXY117\n04NOV26 11NOV26 1\nLHR0830 FRA1010\n12NOV26 19NOV26 1", 7, "is a period behind legs"),
]


@pytest.mark.parametrize(("text", "line", "reason"), WRONG, ids=[text.replace("\n", " ")[:60] for text, *_ in WRONG])
def test_what_cannot_be_read_is_named_with_its_line(text: str, line: int, reason: str) -> None:
    ((at, said),) = faults(text)
    assert (at, said[: len(reason)]) == (line, reason)


def test_one_bad_line_takes_its_sub_message_and_no_other() -> None:
    text = "ASM\nUTC\nCNL\nXY117/21NOV26\n//\nTIM\nXY118/21NOV26\nXY119/21NOV26\nLHR0830\n//\nCNL\nXY120/21NOV26"
    found = read_changes(text, "asm.txt", NEAR)
    assert [each.flight for each in found.records] == ["XY117", "XY120"]
    assert [each.line for each in found.faults] == [9]


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2026, 11, 4), True), (date(2026, 11, 9), False), (date(2026, 11, 11), False), (date(2026, 11, 18), True),
     (date(2026, 11, 3), False), (date(2026, 12, 2), True), (date(2026, 12, 9), False), (date(2026, 12, 30), False)],
)  # fmt: skip
def test_every_second_week_counts_from_the_week_of_the_first_day(day: date, expected: bool) -> None:
    """Wednesdays from Wednesday, 4 November, every second week until 16 December."""
    period = Period(first=date(2026, 11, 4), last=date(2026, 12, 16), weekdays=frozenset({3}), fortnightly=True)
    assert period.has(day) == expected


@pytest.mark.parametrize(
    ("more", "seats"),
    [(" .J12Y147", 159), (" J24Y275", 299), (" FCYML.F012Y114", 126), (" W18Y112VVCGO", 130), (" CNRNZ", None), ("", None),
     (" FCYML", None), (" .Y189 4/XY", 189)],
)  # fmt: skip
def test_seats_are_the_sum_of_the_cabins(more: str, seats: int | None) -> None:
    assert seats_of(more) == seats


@given(
    st.lists(
        st.sampled_from(
            [*"ABCXY/0159 \n", "ASM\n", "SSM\n", "UTC\n", "LT\n", "CNL\n", "TIM\n", "XY117/21NOV26\n", "//\n"]
        )
    )
)
def test_nothing_crashes_the_reader(parts: list[str]) -> None:
    read_changes("".join(parts), "asm.txt", NEAR)
