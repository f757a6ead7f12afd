"""Queries of an index answer what the emulator answers, and sort only what their keys can name."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.services import dynamodb

from local.emulator.corrections import Ranges

QUERY, MEMBERS = dynamodb._query, dynamodb._index_members
TEXT = st.text(alphabet="ab", max_size=2)
CONDITIONS = (
    "#route = :route",
    "#route = :route AND #at = :from",
    "#route = :route AND #at BETWEEN :from AND :until",
    "#at BETWEEN :from AND :until AND #route = :route",
    "#route = :route AND begins_with(#at, :from)",
    "#route = :route AND #at >= :from",
    "#at = :from",
)


def table_of(rows: list[tuple[str, str]]) -> str:
    """A table with an index, filled."""
    name = f"flights-{uuid.uuid4().hex}"
    texts = [{"AttributeName": each, "AttributeType": "S"} for each in ("id", "route", "at")]
    keys = [{"AttributeName": "route", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}]
    index = {"IndexName": "by_route", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}
    request = {
        "TableName": name,
        "AttributeDefinitions": texts,
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [index],
    }
    assert dynamodb._create_table(request)[0] == 200
    for number, (route, at) in enumerate(rows):
        item = {"id": {"S": str(number)}, "route": {"S": route or "-"}, **({"at": {"S": at}} if at else {})}
        assert dynamodb._put_item({"TableName": name, "Item": item})[0] == 200
    return name


def asked(name: str, condition: str, route: str, first: str, last: str, **more: Any) -> tuple[int, Any]:
    texts = {":route": route or "-", ":from": first or "a", ":until": last or "b"}
    names = {"#route": "route", "#at": "at"}
    request = {
        "TableName": name,
        "IndexName": "by_route",
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": {each: names[each] for each in names if each in condition},
        "ExpressionAttributeValues": {each: {"S": text} for each, text in texts.items() if each in condition},
        **more,
    }
    status, _, body = dynamodb._query(request)
    return status, json.loads(body)


def narrow(patch: pytest.MonkeyPatch) -> None:
    ranges = Ranges(QUERY, MEMBERS)
    patch.setattr(dynamodb, "_query", ranges.query)
    patch.setattr(dynamodb, "_index_members", ranges.members)


@given(
    rows=st.lists(st.tuples(TEXT, TEXT), max_size=12),
    condition=st.sampled_from(CONDITIONS),
    route=TEXT,
    first=TEXT,
    last=TEXT,
    more=st.sampled_from([{}, {"Limit": 2}, {"ScanIndexForward": False}, {"Select": "COUNT"}]),
)
def test_a_query_answers_what_the_emulator_answers(
    rows: list[tuple[str, str]], condition: str, route: str, first: str, last: str, more: dict[str, Any]
) -> None:
    name = table_of(rows)
    expected = asked(name, condition, route, first, last, **more)
    with pytest.MonkeyPatch.context() as patch:
        narrow(patch)
        found = asked(name, condition, route, first, last, **more)
        assert found == expected
        if start := found[1].get("LastEvaluatedKey"):
            again = asked(name, condition, route, first, last, **more, ExclusiveStartKey=start)
            assert again[0] == 200


def test_only_what_the_keys_can_name_is_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch)
    name = table_of([("AUH-LHR", f"2026-11-{day:02}") for day in range(1, 29)])
    placed: list[str] = []
    value = dynamodb._index_order_value

    def noted(item: Any, attribute: str, kind: str) -> Any:
        placed.append(item["id"]["S"])
        return value(item, attribute, kind)

    monkeypatch.setattr(dynamodb, "_index_order_value", noted)
    between = "#route = :route AND #at BETWEEN :from AND :until"
    status, found = asked(name, between, "AUH-LHR", "2026-11-03", "2026-11-05")
    assert (status, found["Count"], found["ScannedCount"]) == (200, 3, 3)
    assert set(placed) == {"2", "3", "4"}
    placed.clear()
    assert asked(name, "#route = :route", "AUH-LHR", "", "")[1]["Count"] == 28
    assert len(set(placed)) == 28
