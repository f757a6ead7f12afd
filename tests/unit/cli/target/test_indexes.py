"""Changes of indexes that DynamoDB would refuse are found before they are deployed."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.pack.tables import Index, Table

from cli.target.indexes import refused


class NotFound(Exception):
    """There is no such table."""


class FakeDynamo:
    """Tables by deployed name, each with its indexes and their keys."""

    class exceptions:  # noqa: N801 - as a client of boto3 names it
        ResourceNotFoundException = NotFound

    def __init__(self, tables: dict[str, dict[str, tuple[str, ...]]]) -> None:
        self._tables = tables

    def describe_table(self, *, TableName: str) -> dict[str, Any]:
        if TableName not in self._tables:
            raise NotFound(TableName)
        indexes = [
            {
                "IndexName": name,
                "KeySchema": [
                    {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
                ],
            }
            for name, keys in self._tables[TableName].items()
        ]
        return {"Table": {"TableName": TableName, **({"GlobalSecondaryIndexes": indexes} if indexes else {})}}


DEPLOYED: dict[str, tuple[str, ...]] = {"by_a": ("a",), "by_b": ("b", "at")}


def declared(**indexes: tuple[str, ...]) -> list[Table]:
    made = [Index(name=name, key=keys[0], sort_key="".join(keys[1:])) for name, keys in indexes.items()]
    return [Table(name="runs", key="id", indexes=made), Table(name="new", key="id", indexes=made)]


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        (DEPLOYED, ()),
        ({**DEPLOYED, "by_c": ("c",)}, ()),
        ({"by_a": ("a",)}, ()),
        ({**DEPLOYED, "by_c": ("c",), "by_d": ("d",)}, ("make by_c", "make by_d")),
        ({}, ("remove by_a", "remove by_b")),
        ({"by_a": ("a",), "by_c": ("c",)}, ("make by_c", "remove by_b")),
        ({**DEPLOYED, "by_a": ("other",)}, ("make by_a", "remove by_a")),
        ({**DEPLOYED, "by_b": ("b",)}, ("make by_b", "remove by_b")),
    ],
)
def test_only_one_index_of_a_table_changes_in_an_update(
    wanted: dict[str, tuple[str, ...]], named: tuple[str, ...]
) -> None:
    lines = refused(declared(**wanted), prefix="p-", dynamodb=FakeDynamo({"p-runs": DEPLOYED}))
    assert len(lines) == bool(named)
    for line in lines:
        assert line.startswith("table p-runs: ")
        assert all(each in line for each in named)
        assert "one after the other" in line


def test_table_that_does_not_exist_is_made_with_all_of_its_indexes() -> None:
    assert refused(declared(a=("a",), b=("b",)), prefix="p-", dynamodb=FakeDynamo({})) == []
