"""DynamoDB's reads by DynamoDB's rules, in this process: for the real adapters, at sizes that an emulator would take hours for.

GetItem, BatchGetItem and Query with a key, a range of the sort key, a filter by texts, and pages. A batch has at most 100 keys
and answers 16 MB, a page of a query ends at 1 MB or at its limit, and both are counted before anything is filtered out. Requests,
items and bytes are therefore those of DynamoDB. Time is not: a partition is found by hashing and a place in it by bisection, as
an index does it, but without a network. What is asked for in another way raises.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conclave.adapters.stores.dynamodb import from_attribute, to_item
from conclave.pack import Between, Item, Table

PAGE_BYTES, BATCH_BYTES, BATCH_KEYS = 1024 * 1024, 16 * 1024 * 1024, 100
_EQUAL = re.compile(r"(#?\w+) = (:\w+)(?: AND (#\w+ BETWEEN .+))?")
_AMONG = re.compile(r"(#\w+) IN \(([:\w, ]+)\)")
_BETWEEN = re.compile(r"(#\w+) BETWEEN (:\w+) AND (:\w+)")
_AND = re.compile(r" AND (?=[#(])")
_OF_A_QUERY = frozenset(
    {
        "TableName",
        "IndexName",
        "KeyConditionExpression",
        "FilterExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "ScanIndexForward",
        "Limit",
        "ExclusiveStartKey",
    }
)

Group = tuple[list[tuple[str, str]], list[Item]]
"""The items of a partition by their sort key, and the keys that they are sorted by."""


@dataclass(slots=True)
class Counted:
    """Counts of a store: its requests, the items that it read, and their bytes."""

    requests: int = 0
    items: int = 0
    bytes: int = 0


class ByTheRules:
    """A client that reads.

    Args:
        tables: The tables, by their deployed names.
        rows: Their items, in the same order as they would be written.
    """

    def __init__(self, tables: Mapping[str, Table], rows: Mapping[str, Iterable[Item]]) -> None:
        self._tables = tables
        self._rows = {name: {_key(table, item): item for item in rows.get(name, ())} for name, table in tables.items()}
        self._groups: dict[tuple[str, str], dict[str, Group]] = {}
        self.counted = Counted()

    def get_item(self, **request: Any) -> dict[str, Any]:
        """See DynamoDB."""
        _known(request, {"TableName", "Key"})
        self.counted.requests += 1
        table = request["TableName"]
        item = self._rows[table].get(self._named(table, request["Key"]))
        return {"Item": self._read(item)} if item is not None else {}

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        """See DynamoDB: what does not fit into the answer comes back as unprocessed."""
        _known(request, {"RequestItems"})
        self.counted.requests += 1
        of_tables = request["RequestItems"]
        wanted = [(table, key) for table, asked in of_tables.items() for key in asked["Keys"]]
        if not 0 < len(wanted) <= BATCH_KEYS:
            raise ValueError(f"{len(wanted)} keys in a batch")
        found: dict[str, list[Any]] = {table: [] for table in of_tables}
        left: dict[str, Any] = {}
        room = BATCH_BYTES
        for table, key in wanted:
            item = self._rows[table].get(self._named(table, key))
            size = 0 if item is None else size_of(item)
            if size > room:
                left.setdefault(table, {**of_tables[table], "Keys": []})["Keys"].append(key)
            elif item is not None:
                room -= size
                found[table].append(self._read(item))
        return {"Responses": found, "UnprocessedKeys": left}

    def query(self, **request: Any) -> dict[str, Any]:
        """See DynamoDB: a page, and where it ended when there is more."""
        _known(request, _OF_A_QUERY)
        self.counted.requests += 1
        table, index = request["TableName"], request.get("IndexName", "")
        declared = self._tables[table]
        keys = declared.index(index) if index else declared
        names, values = request.get("ExpressionAttributeNames", {}), request["ExpressionAttributeValues"]
        equal = _EQUAL.fullmatch(request["KeyConditionExpression"])
        if equal is None or names.get(equal[1], equal[1]) != keys.key:
            raise ValueError(f"{request['KeyConditionExpression']} asks in a way that is not known here")
        passes = _filter(request.get("FilterExpression", ""), names, values, {keys.key, keys.sort_key})
        group = self._group(table, index).get(from_attribute(values[equal[2]]), ([], []))
        if equal[3]:
            group = _part(group, _between(equal[3], names, values, keys.sort_key))
        start = request.get("ExclusiveStartKey")
        page, more = _page(
            group,
            _place(declared, keys.sort_key, start) if start else None,
            request.get("Limit", 0),
            forward=request.get("ScanIndexForward", True),
        )
        answer: dict[str, Any] = {"Items": [each for each in map(self._read, page) if passes(each)]}
        if more:
            held = {keys.key, keys.sort_key, declared.key, declared.sort_key} - {""}
            answer["LastEvaluatedKey"] = to_item({name: page[-1][name] for name in held})
        return answer

    def _read(self, item: Item) -> dict[str, Any]:
        self.counted.items += 1
        self.counted.bytes += size_of(item)
        return to_item(item)

    def _named(self, table: str, key: Mapping[str, Any]) -> tuple[Any, ...]:
        return _key(self._tables[table], {name: from_attribute(value) for name, value in key.items()})

    def _group(self, table: str, index: str) -> dict[str, Group]:
        if (table, index) not in self._groups:
            declared = self._tables[table]
            keys = declared.index(index) if index else declared
            listed: dict[str, list[tuple[tuple[str, str], Item]]] = {}
            for item in self._rows[table].values():
                if keys.key in item and (not keys.sort_key or keys.sort_key in item):
                    place = (str(item.get(keys.sort_key, "")), _text(declared, item))
                    listed.setdefault(item[keys.key], []).append((place, item))
            ordered = {value: sorted(pairs, key=lambda pair: pair[0]) for value, pairs in listed.items()}
            self._groups[table, index] = {
                value: ([place for place, _ in pairs], [item for _, item in pairs]) for value, pairs in ordered.items()
            }
        return self._groups[table, index]


def size_of(value: Any) -> int:
    """Bytes of a value or an item as DynamoDB counts them, but for a byte here and there."""
    match value:
        case None | bool():
            return 1
        case str() | bytes():
            return len(value)
        case int() | float():
            return len(str(value)) // 2 + 2
        case Mapping():
            return sum(len(name) + size_of(each) for name, each in value.items())
        case _:
            return 3 + sum(1 + size_of(each) for each in value)


def _page(group: Group, after: tuple[str, str] | None, limit: int, *, forward: bool) -> tuple[list[Item], bool]:
    """The items of a page in the order that is asked for, and whether there may be more behind it."""
    sorted_by, items = group
    if forward:
        numbers = range(0 if after is None else bisect.bisect_right(sorted_by, after), len(items))
    else:
        numbers = range((len(items) if after is None else bisect.bisect_left(sorted_by, after)) - 1, -1, -1)
    page: list[Item] = []
    room = PAGE_BYTES
    for number in numbers:
        if (limit and len(page) == limit) or room <= 0:
            return page, True
        page.append(items[number])
        room -= size_of(items[number])
    # Nobody looks behind a page that its limit ended, so that nothing comes after it is told by the next one only.
    return page, bool(limit) and len(page) == limit


def _place(table: Table, sort_key: str, start: Mapping[str, Any]) -> tuple[str, str]:
    plain = {name: from_attribute(value) for name, value in start.items()}
    return str(plain.get(sort_key, "")), _text(table, plain)


def _between(condition: str, names: Mapping[str, str], values: Mapping[str, Any], sort_key: str) -> tuple[str, str]:
    found = _BETWEEN.fullmatch(condition)
    if found is None or names[found[1]] != sort_key:
        raise ValueError(f"{condition} asks in a way that is not known here")
    first, last = (str(values[found[number]]["S"]) for number in (2, 3))
    if first > last:
        raise ValueError(f"{condition} begins after its end")
    return first, last


def _part(group: Group, between: tuple[str, str]) -> Group:
    """The items of a partition whose sort keys lie between two texts."""
    sorted_by, items = group
    start = bisect.bisect_left(sorted_by, between[0], key=lambda place: place[0])
    end = bisect.bisect_right(sorted_by, between[1], key=lambda place: place[0])
    return sorted_by[start:end], items[start:end]


def _filter(
    expression: str, names: Mapping[str, str], values: Mapping[str, Any], keys: set[str]
) -> Callable[[Mapping[str, Any]], bool]:
    """Whether an item passes; a filter that names a key is refused."""
    tests = [_test(part, names, values, keys) for part in _AND.split(expression) if part]
    return lambda item: all(test(item) for test in tests)


def _test(
    part: str, names: Mapping[str, str], values: Mapping[str, Any], keys: set[str]
) -> Callable[[Mapping[str, Any]], bool]:
    if found := _BETWEEN.fullmatch(part):
        name, first, last = names[found[1]], values[found[2]]["S"], values[found[3]]["S"]
        test = Between(first, last).__contains__
    else:
        among = [_AMONG.fullmatch(each) for each in (part[1:-1] if part.startswith("(") else part).split(" OR ")]
        if not all(among):
            raise ValueError(f"{part} filters in a way that is not known here")
        name = names[next(each[1] for each in among if each)]
        texts = {values[each]["S"] for found in among if found for each in found[2].split(", ")}
        test = texts.__contains__
    if name in keys:
        raise ValueError(f"{part} filters by a key, which is refused")
    return lambda item: "S" in item.get(name, {}) and test(item[name]["S"])


def _key(table: Table, item: Mapping[str, Any]) -> tuple[Any, ...]:
    return (item[table.key], item[table.sort_key]) if table.sort_key else (item[table.key],)


def _text(table: Table, item: Mapping[str, Any]) -> str:
    return "#".join(map(str, _key(table, item)))


def _known(request: Mapping[str, Any], known: frozenset[str] | set[str]) -> None:
    if unknown := request.keys() - known - {"ConsistentRead"}:
        raise ValueError(f"{', '.join(sorted(unknown))} is not known here")
