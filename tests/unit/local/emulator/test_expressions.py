"""Conditions that are read once say what the emulator says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.services import dynamodb

from local.emulator.corrections import ReadOnce

NAMES = {"#only": "tail", "#key": "date"}
ITEM = {"tail": {"S": "A"}, "date": {"S": "2026-11-21"}, "seats": {"N": "3"}}
TEXT = st.text(alphabet="AB", max_size=2)


@given(texts=st.lists(TEXT, min_size=1, max_size=5), tails=st.lists(TEXT, min_size=1, max_size=4))
def test_one_text_of_many(texts: list[str], tails: list[str]) -> None:
    values = {f":t{number}": {"S": text} for number, text in enumerate(texts)}
    told = list(values)
    expression = " OR ".join(f"#only IN ({', '.join(told[at : at + 2])})" for at in range(0, len(told), 2))
    judged = ReadOnce(dynamodb._evaluate_condition)
    for tail in (*tails, *tails):
        assert judged(expression, {**ITEM, "tail": {"S": tail}}, values, NAMES) is (tail in texts)
    assert judged(expression, {"date": ITEM["date"]}, values, NAMES) is False


@pytest.mark.parametrize(
    ("expression", "values", "answers"),
    [
        ("#key = :day", {":day": {"S": "2026-11-21"}}, True),
        ("#key = :day", {":day": {"S": "2026-11-22"}}, False),
        ("seats = :three", {":three": {"N": "3.0"}}, True),
        ("#key = :day AND #only = :tail", {":day": {"S": "2026-11-21"}, ":tail": {"S": "B"}}, False),
    ],
)
def test_other_conditions(expression: str, values: dict[str, Any], answers: bool) -> None:
    judged = ReadOnce(dynamodb._evaluate_condition)
    assert [judged(expression, ITEM, values, NAMES) for _ in range(3)] == [answers] * 3


def test_the_next_query_is_another_one() -> None:
    judged = ReadOnce(dynamodb._evaluate_condition)
    for tail in ("A", "B", "A"):
        values = {":t": {"S": tail}}
        assert [judged("#only IN (:t)", ITEM, values, NAMES) for _ in range(2)] == [tail == "A"] * 2


def test_an_expression_is_read_once() -> None:
    read: list[str] = []

    def evaluate(expression: str, *rest: Any, **named: Any) -> bool:
        read.append(expression)
        return True

    judged, values = ReadOnce(evaluate), {":t": {"S": "A"}}
    assert all(judged("#only IN (:t)", ITEM, values, NAMES) for _ in range(10))
    assert len(read) == 1
