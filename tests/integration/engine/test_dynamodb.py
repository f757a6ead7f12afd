"""The DynamoDB adapters against moto: the wire, the limits, unprocessed keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from threading import RLock
from time import sleep
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from conclave.adapters.stores.dynamodb import (
    ATTEMPTS,
    DynamoTables,
    DynamoTableWriter,
    WriteFailed,
    batch_get,
    from_attribute,
    to_attribute,
)
from conclave.adapters.stores.journal import DynamoJournal
from conclave.adapters.stores.run_store import DynamoRunStore
from conclave.adapters.stores.spending import DynamoSpending
from conclave.agents.consent import consent_record
from conclave.api.documents import run_document
from conclave.api.erasure import ERASED, erase_texts
from conclave.audit.chain import read_chain
from conclave.money.spending import Spending
from conclave.pack.tables import ReadFailed
from conclave.recording.exported import exported
from conclave.recording.recordings import entry_records, step_records
from conclave.records.journal import Journal
from conclave.records.journal_entries import NOTHING
from conclave.records.runs import AuditContended, RunStore, TextState
from conclave.replaying.play import play
from conclave.testing.bus import RecordingBus
from conclave.testing.data_versions import MemoryDataVersions
from dangerous_site import BINDING, Site
from journal_contract import ConsentsContract, JournalContract
from moto import mock_aws
from store_contract import ACT, RUN, RunStoreContract
from tables_contract import TABLES, Load, TablesContract
from versions_contract import Watch


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield boto3.client("dynamodb", region_name="eu-central-1")


def create(
    client: Any, name: str, key: str, sort_key: str = "", indexes: dict[str, tuple[str, str]] | None = None
) -> None:
    keys = [(key, "HASH"), *([(sort_key, "RANGE")] if sort_key else [])]
    named = {attribute for attribute, _ in keys} | {each for pair in (indexes or {}).values() for each in pair}
    more = {}
    if indexes:
        more["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": pair[0], "KeyType": "HASH"},
                    {"AttributeName": pair[1], "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, pair in indexes.items()
        ]
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": attribute, "KeyType": kind} for attribute, kind in keys],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in sorted(named)],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )


class OneAtATime:
    """A client whose calls take turns, as DynamoDB's transactions do and moto's do not; some lose a race nobody ran."""

    def __init__(self, client: Any, seed: int | None = None) -> None:
        self._client = client
        self._turn = RLock()
        self._random = Random(seed)
        self._loses = 0.2 if seed is not None else 0.0
        self.conflicts = 0

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._client, name)
        if not callable(member):
            return member

        def taking_turns(*args: Any, **kwargs: Any) -> Any:
            with self._turn:
                if name == "transact_write_items" and self._random.random() < self._loses:
                    self.conflicts += 1
                    reasons = [{"Code": "None"} for _ in kwargs["TransactItems"][1:]]
                    answer: Any = {
                        "Error": {"Code": "TransactionCanceledException", "Message": "conflict"},
                        "CancellationReasons": [*reasons, {"Code": "TransactionConflict"}],
                    }
                    raise ClientError(answer, "TransactWriteItems")
                return member(*args, **kwargs)

        return taking_turns


def made_journal(client: Any) -> DynamoJournal:
    create(client, "journal", "entry", "record")
    turns: Any = OneAtATime(client)
    return DynamoJournal(turns, "journal", ttl_days=30, now_epoch=1_800_000_000)


def made_store(client: Any) -> DynamoRunStore:
    create(
        client,
        "runs",
        "run_id",
        "record",
        {"by_status": ("status", "created_at"), "by_day": ("day", "created_at")},
    )
    create(client, "audit", "run_id", "sequence")
    create(client, "spending", "period")
    turns: Any = OneAtATime(client, seed=1)
    return DynamoRunStore(
        turns, "runs", "audit", ttl_days=30, sleep=lambda seconds: sleep(seconds / 10), spending="spending"
    )


class TestDynamoRunStore(RunStoreContract):
    @pytest.fixture
    def store(self, client: Any) -> RunStore:
        return made_store(client)

    @pytest.fixture
    def spending(self, client: Any, store: RunStore) -> Spending:
        turns: Any = OneAtATime(client)
        return DynamoSpending(turns, "spending", sleep)

    @pytest.fixture
    def expire(self, client: Any, store: RunStore) -> Callable[[str], None]:
        def remove(run_id: str) -> None:
            for item in client.scan(TableName="runs")["Items"]:
                if item["run_id"]["S"] == run_id:
                    client.delete_item(TableName="runs", Key={name: item[name] for name in ("run_id", "record")})

        return remove

    def test_a_head_that_does_not_match_the_entries_stops_every_writer(self, client: Any, store: RunStore) -> None:
        store.create(RUN)
        client.put_item(TableName="audit", Item={"run_id": {"S": "run-1"}, "sequence": {"S": "000002"}})
        with pytest.raises(AuditContended, match="try again"):
            store.write("run-1", {"FRAME": b"one"}, 1, ACT)
        assert store.read("run-1", ["FRAME"]) == {}


def test_a_large_record_is_kept_small_and_one_of_before_is_read_as_it_is(client: Any) -> None:
    store = made_store(client)
    store.create(RUN)
    store.write("run-1", {"FRAME": b"a row of a frame\n" * 2_000}, 1, ACT)
    items = {item["record"]["S"]: item for item in client.scan(TableName="runs")["Items"]}
    assert len(items["FRAME"]["packed"]["B"]) < 1_000
    assert "body" not in items["FRAME"]
    old = {name: value for name, value in items["FRAME"].items() if name != "packed"}
    client.put_item(TableName="runs", Item={**old, "body": {"B": b"as it was " * 200}})
    assert store.read("run-1", ["FRAME"]) == {"FRAME": b"as it was " * 200}


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded", "TransactionConflict"])
def test_a_transaction_that_is_throttled_is_tried_again(
    client: Any, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    store = made_store(client)
    store.create(RUN)
    write, refusals = client.transact_write_items, [code, code]

    def throttled(**items: Any) -> Any:
        if not refusals:
            return write(**items)
        reasons = [{"Code": "None"} for _ in items["TransactItems"][1:]] + [{"Code": refusals.pop()}]
        answer: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
        raise ClientError(answer, "TransactWriteItems")

    monkeypatch.setattr(client, "transact_write_items", throttled)
    store.write("run-1", {"FRAME": b"one"}, 1, ACT)
    assert store.read("run-1", ["FRAME"]) == {"FRAME": b"one"}
    assert not refusals


class TestDynamoJournal(JournalContract):
    @pytest.fixture
    def journal(self, client: Any) -> Journal:
        return made_journal(client)

    def test_entries_expire_with_their_run_at_latest(self, client: Any) -> None:
        """A fork's head goes with its parent's: nobody could erase what stayed of it."""
        journal, latest = made_journal(client), 1_800_000_000 + 30 * 86_400
        for run, bound in (("run-1", 1_800_000_100), ("run-2", latest + 1), ("run-3", 0)):
            bounded = journal.until(bound)
            assert bounded.append(run, "buyer", {"recommend": b"x"}, 1)
            assert bounded.once(run, "buyer", "taken#1", b"")
            bounded.replace(run, "buyer", {"recommend": b"y"}, 1)
        assert journal.append("run-4", "buyer", {"recommend": b"x"}, 1)
        items = client.scan(TableName="journal")["Items"]
        ends = {item["entry"]["S"][:5]: int(item["expires_at"]["N"]) for item in items}
        assert len(items) == 7
        assert ends == {"run-1": 1_800_000_100, "run-2": latest, "run-3": latest, "run-4": latest}


class TestDynamoConsents(ConsentsContract):
    @pytest.fixture
    def stores(self, client: Any) -> tuple[RunStore, Journal]:
        return made_store(client), made_journal(client)

    def test_a_call_with_consent_of_an_agent_runs_once(self, stores: tuple[RunStore, Journal], tmp_path: Path) -> None:
        site = Site(tmp_path, *stores)
        (gap,) = [gap for gap in site.ask().gaps if gap.tool == "shut_valve"]
        assert gap.item == consent_record(BINDING)
        site.consent()
        for _ in range(3):
            site.ask()
        assert site.shut == [("V1", 2.5)]


def test_texts_are_erased_in_the_tables(client: Any, tmp_path: Path) -> None:
    runs, journal = made_store(client), made_journal(client)
    site = Site(tmp_path, runs, journal)
    room = site.scene.room
    room.deliberate("run-1")
    assert journal.read("run-1", ["buyer"], ["recommend#texts"])
    recorded = exported("run-1", pack=room.pack, runs=runs, journal=journal)
    assert play(recorded, room.pack, {}).divergence is None
    assert journal.read("run-1", ["buyer"], entry_records("recommend"))
    bus = RecordingBus()
    erased = erase_texts(
        "run-1", by="me", reason="r", pack=room.pack, runs=runs, journal=journal, bus=bus, clock=room.clock
    )
    assert erased.texts is TextState.ERASED
    assert journal.read("run-1", ["buyer", "arbiter"], ["recommend", "recommend#texts", "arbitrate"]) == {}
    assert journal.read("run-1", ["buyer", "pressure_guard"], entry_records("recommend")) == {}
    assert set(runs.read("run-1", step_records("frame")).values()) == {NOTHING}
    assert read_chain("run-1", runs.audit("run-1"))[-1].head == erased.head
    shown = run_document("run-1", pack=room.pack, runs=runs, journal=journal, stage="t", clock=room.clock)
    assert shown["decision"]["option_id"]
    assert {row["rationale"] for row in shown["agents"]} <= {"", ERASED}


class TestDynamoTables(TablesContract):
    @pytest.fixture
    def load(self, client: Any) -> Load:
        numbers = iter(range(1_000))

        def fill(rows: Any) -> DynamoTables:
            prefix = f"t{next(numbers)}-"
            create(client, f"{prefix}people", "name", indexes={"by_city": ("city", "name")})
            create(client, f"{prefix}visits", "city", "day")
            for table, items in rows.items():
                DynamoTableWriter(client, prefix, MemoryDataVersions()).put(table, items)
            return DynamoTables(client, prefix, TABLES)

        return fill


class Throttling:
    """A client that leaves every second key unprocessed for a while, and counts the requests."""

    def __init__(self, patience: int) -> None:
        self.requests: list[int] = []
        self._patience = patience

    def batch_get_item(self, RequestItems: Any) -> Any:
        ((table, request),) = RequestItems.items()
        keys = request["Keys"]
        self.requests.append(len(keys))
        held = keys[1::2] if len(self.requests) <= self._patience else []
        done = [key for key in keys if key not in held]
        return {"Responses": {table: done}, "UnprocessedKeys": {table: {"Keys": held}} if held else {}}

    def batch_write_item(self, RequestItems: Any) -> Any:
        self.requests.append(sum(len(each) for each in RequestItems.values()))
        return {"UnprocessedItems": RequestItems if len(self.requests) <= self._patience else {}}


@pytest.mark.parametrize("size", [1, 7, 64, 100])
def test_unprocessed_keys_are_asked_for_again(size: int) -> None:
    client: Any = Throttling(patience=3)
    keys = [{"name": {"S": f"n{number}"}} for number in range(size)]
    waits: list[float] = []
    found = list(batch_get(client, "people", keys, sleep=waits.append))
    assert sorted(map(str, found)) == sorted(map(str, keys))
    assert len(waits) == len(client.requests) - 1
    assert all(0 <= wait <= 2 for wait in waits)


def test_keys_that_stay_unprocessed_are_a_failure_and_not_missing() -> None:
    client: Any = Throttling(patience=10**6)
    with pytest.raises(ReadFailed, match="unprocessed"):
        list(batch_get(client, "people", [{"name": {"S": "a"}}, {"name": {"S": "b"}}] * 300, sleep=lambda _: None))
    assert len(client.requests) == ATTEMPTS


def test_a_hundred_keys_are_one_request() -> None:
    for size, requests in ((0, 0), (1, 1), (100, 1), (101, 2), (250, 3)):
        client: Any = Throttling(patience=0)
        DynamoTables(client, "", TABLES).get("people", [f"n{number}" for number in range(size)])
        assert len(client.requests) == requests


def test_items_that_stay_unprocessed_are_reported() -> None:
    client: Any = Throttling(patience=2)
    writer = DynamoTableWriter(client, "", MemoryDataVersions(), clock=Watch())
    assert writer.put("people", [{"name": str(i)} for i in range(30)]) == 30
    stuck: Any = Throttling(patience=10**6)
    with pytest.raises(WriteFailed, match="5 items of people"):
        DynamoTableWriter(stuck, "", MemoryDataVersions(), clock=Watch()).put(
            "people", [{"name": str(i)} for i in range(5)]
        )


def test_items_are_removed_by_key(client: Any) -> None:
    create(client, "t-visits", "city", "day")
    writer = DynamoTableWriter(client, "t-", MemoryDataVersions())
    writer.put("visits", [{"city": "X", "day": f"{number:02d}"} for number in range(40)])
    writer.remove(TABLES[1], [("X", f"{number:02d}") for number in range(5, 60)])
    assert len(DynamoTables(client, "t-", TABLES).query("visits", ["X"])["X"]) == 5


def test_all_keys_of_a_table_are_found_page_by_page(client: Any) -> None:
    create(client, "t-visits", "city", "day")
    create(client, "t-people", "name")
    writer, note = DynamoTableWriter(client, "t-", MemoryDataVersions()), "x" * 200_000
    writer.put("visits", [{"city": "X", "day": f"{number:02d}", "note": note} for number in range(12)])
    writer.put("people", [{"name": "a"}, {"name": "b"}])
    assert sorted(writer.keys(TABLES[1])) == [("X", f"{number:02d}") for number in range(12)]
    assert sorted(writer.keys(TABLES[0])) == ["a", "b"]


def test_a_refused_read_is_a_failure(client: Any) -> None:
    tables = DynamoTables(client, "nowhere-", TABLES)
    with pytest.raises(ReadFailed, match="ResourceNotFoundException"):
        tables.get("people", ["a"])
    with pytest.raises(ReadFailed, match="ResourceNotFoundException"):
        tables.query("people", ["a"])


def test_attributes_round_trip_and_strange_types_are_refused() -> None:
    for value in (1e-9, 12345678901234567890, -0.5, b"bytes", (1, 2)):
        back = from_attribute(to_attribute(value))
        assert back == (list(value) if isinstance(value, tuple) else value)
    with pytest.raises(TypeError, match="set"):
        to_attribute({"a set"})
