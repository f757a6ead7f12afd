"""Cases of the Court of Justice on Regulation (EC) 261/2004: what its facts give by the pack's rule and by the evaluation's.

Distances are rough, within the band that the case names; where a case has several flights or tells none, one is taken.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import pytest
from packs.airline.rules.passengers.care import cancellation_excused
from packs.airline.rules.passengers.circumstances import ruling
from packs.airline.rules.passengers.compensation import owed
from packs.airline.rules.passengers.europe import Harm, Ticket

from evaluation.airline.rules.passenger_law import Claim, due

HARMS = {"late": Harm.LATE, "moved": Harm.CANCELLED, "left": Harm.STRANDED, "refused": Harm.DENIED}


class Case(NamedTuple):
    """A case: number and name, where to read it (EUR-Lex CELEX number), facts, and what is owed in euro."""

    case: str
    celex: str
    route: str
    kilometres: int
    licence: str
    delay: int
    how: str
    cause: str
    detail: str
    euro: int


def read() -> list[Case]:
    with Path(__file__).with_name("rulings_on_passengers.csv").open(encoding="utf-8", newline="") as file:
        rows = [dict(row) for row in csv.DictReader(file)]
    return [
        Case(
            row["case"], row["celex"], row["route"], int(row["kilometres"]), row["licence"], int(row["delay"]),
            row["how"], row["cause"], row["detail"], int(row["euro"]),
        )
        for row in rows
    ]  # fmt: skip


CASES = read()


def claimed(case: Case) -> tuple[tuple[int, str], tuple[int, str]]:
    """What the pack and what the evaluation give."""
    start, _, end = case.route.partition("-")
    ticket = Ticket(origin=start, destination=end, distance_km=case.kilometres, licence=case.licence)
    pack = owed(ticket, harm=HARMS[case.how], delay_minutes=case.delay, ruling=ruling(case.cause, case.detail))
    claim = Claim(
        start, end, case.kilometres, case.licence, case.delay, case.how, frozenset([(case.cause, case.detail)])
    )
    return pack, due(claim)


@pytest.mark.parametrize("case", CASES, ids=[f"{each.case} [EUR-Lex {each.celex}]" for each in CASES])
def test_a_ruling_is_followed(case: Case) -> None:
    expected = (case.euro, "EUR") if case.euro else (0, "")
    assert claimed(case) == (expected, expected)


def test_extraordinary_circumstances_decide_where_nothing_is_owed() -> None:
    excused = [each for each in CASES if each.detail and not each.euro]
    assert len(excused) >= 9
    for each in excused:
        ordinary = each._replace(cause="other", detail="")
        assert claimed(ordinary)[0][0] > 0, each.case


@pytest.mark.parametrize(
    ("days", "early", "late", "excused"),
    [
        pytest.param(
            10, 0, 1_440, False, id="C-302/16 Krijgsman: the carrier told ten days ahead [EUR-Lex 62016CJ0302]"
        ),
        pytest.param(14, 0, 1_440, True, id="Art. 5(1)(c)(i): two weeks ahead [EUR-Lex 32004R0261]"),
        pytest.param(10, 120, 239, True, id="Art. 5(1)(c)(ii): two hours early, under four late [EUR-Lex 32004R0261]"),
        pytest.param(10, 121, 0, False, id="Art. 5(1)(c)(ii): more than two hours early [EUR-Lex 32004R0261]"),
        pytest.param(6, 60, 119, True, id="Art. 5(1)(c)(iii): one hour early, under two late [EUR-Lex 32004R0261]"),
        pytest.param(6, 60, 120, False, id="Art. 5(1)(c)(iii): two hours late [EUR-Lex 32004R0261]"),
    ],
)
def test_notice_and_rerouting(days: int, early: int, late: int, excused: bool) -> None:
    found = cancellation_excused(notice_minutes=days * 1440, departs_earlier_minutes=early, arrives_later_minutes=late)
    assert found is excused
