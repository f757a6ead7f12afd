"""The bench of sizes reads by DynamoDB's rules, and its pack with more agents is a pack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from conclave.adapters.stores.dynamodb import DynamoTables
from conclave.adapters.stores.run_store import DynamoRunStore
from conclave.pack.tables import Between, Tables
from conclave.types import RunStatus
from packs.airline import PACK
from tables_contract import TABLES, VISITS, Load, TablesContract

from bench.scale.__main__ import growth
from bench.scale.agents import with_agents
from bench.scale.by_rules import PAGE_BYTES, ByTheRules
from bench.scale.runs import heads
from infra.tables import AUDIT, RUNS


def client(rows: Mapping[str, Iterable[dict[str, Any]]]) -> ByTheRules:
    return ByTheRules({table.name: table for table in TABLES}, rows)


class TestByTheRules(TablesContract):
    @pytest.fixture
    def load(self) -> Load:
        def make(rows: Mapping[str, Iterable[dict[str, Any]]]) -> Tables:
            reads: Any = client(rows)
            return DynamoTables(reads, "", TABLES)

        return make


def test_pages_end_at_a_megabyte_before_anything_is_filtered_out() -> None:
    store = client({"visits": large_visits()})
    reads: Any = store
    found = DynamoTables(reads, "", TABLES).query("visits", ["X"], only={"who": frozenset({"w3", "w24"})})
    assert [row["day"] for row in found["X"]] == ["003", "024"]
    assert (store.counted.requests, store.counted.items) == (3, 25)


def test_of_the_sort_key_only_a_range_is_looked_at() -> None:
    store = client({"visits": large_visits()})
    reads: Any = store
    tables = DynamoTables(reads, "", TABLES)
    found = tables.query("visits", ["X"], only={"day": Between("003", "006")})
    assert [row["day"] for row in found["X"]] == ["003", "004", "005", "006"]
    assert (store.counted.requests, store.counted.items) == (1, 4)
    found = tables.query("visits", ["X"], only={"day": {"003", "006"}})
    assert [row["day"] for row in found["X"]] == ["003", "006"]
    assert (store.counted.requests, store.counted.items) == (2, 8)
    assert tables.query("visits", ["X"], only={"day": Between("6", "3")}) == {"X": []}
    assert tables.query("visits", ["X"], only={"who": ()}) == {"X": []}
    assert store.counted.requests == 2


def test_a_filter_that_names_a_key_is_refused_as_by_the_store() -> None:
    with pytest.raises(ValueError, match="filters by a key"):
        client({"visits": large_visits()}).query(
            TableName="visits",
            KeyConditionExpression="#key = :value",
            FilterExpression="#only IN (:text)",
            ExpressionAttributeNames={"#key": "city", "#only": "day"},
            ExpressionAttributeValues={":value": {"S": "X"}, ":text": {"S": "003"}},
        )


def large_visits() -> list[dict[str, Any]]:
    """Visits of a city on 25 days, ten of which are a megabyte."""
    note = "x" * (PAGE_BYTES // 10)
    return [{"city": "X", "day": f"{number:03d}", "who": f"w{number}", "note": note} for number in range(25)]


def test_a_batch_answers_so_many_bytes_and_leaves_the_rest() -> None:
    rows = [{"name": f"n{number}", "note": "x" * 380_000} for number in range(100)]
    store = client({"people": rows})
    reads: Any = store
    batch = DynamoTables(reads, "", TABLES, sleep=lambda seconds: None).get("people", [f"n{n}" for n in range(100)])
    assert len(batch.items) == 100
    assert store.counted.requests == 3


@pytest.mark.parametrize(
    "asked",
    [
        {"KeyConditionExpression": "city = :c AND day > :d"},
        {"KeyConditionExpression": "day = :c"},
        {"KeyConditionExpression": "city = :c", "FilterExpression": "day > :d"},
        {"KeyConditionExpression": "city = :c", "Select": "COUNT"},
    ],
)
def test_what_is_not_known_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not known here"):
        client({}).query(TableName=VISITS.name, ExpressionAttributeValues={":c": {"S": "X"}}, **asked)


def test_runs_are_listed_page_by_page_newest_first() -> None:
    reads: Any = ByTheRules({"runs": RUNS, "audit": AUDIT}, {"runs": heads(70)})
    store, found, token, pages = DynamoRunStore(reads, "runs", "audit", 30), list[str](), "", 0
    while pages == 0 or token:
        page = store.by_status(RunStatus.DECIDED, 20, token)
        found += [run.created_at for run in page.runs]
        token, pages = page.next, pages + 1
    assert found == sorted(found, reverse=True)
    assert (len(found), pages) == (50, 3)


def test_more_agents_are_declared_and_read_what_those_they_are_like_read() -> None:
    with with_agents(25) as pack:
        assert len(pack.agents) == len({agent.name for agent in pack.agents}) == 25
        assert pack.arbiter == PACK.arbiter
        assert {agent.name: agent.reads for agent in pack.agents}["cargo_3"] == PACK.agent("cargo").reads
        assert pack.prompt("cargo_3") == PACK.prompt("cargo")


@pytest.mark.parametrize(
    ("requests", "items", "held"),
    [(90, 7_900, [True, True]), (91, 7_900, [False, True]), (60, 8_100, [True, False])],
)
def test_growth_of_sixteen_times_the_flights_is_bounded(requests: float, items: int, held: list[bool]) -> None:
    rows: list[dict[str, Any]] = [
        {"requests": 60, "items": 1_000},
        {"requests": 61, "items": 4_000},
        {"requests": requests, "items": items},
    ]
    figures, bars = growth(rows, [250, 1_000, 4_000])
    assert list(bars.values()) == held
    assert figures["items_largest_over_smallest"] == items / 1_000


def test_one_day_alone_has_no_growth() -> None:
    assert growth([{"requests": 60, "items": 1_000}], [250])[1] == {}
