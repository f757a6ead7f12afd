"""Reads that are kept under the version of their table, and given out as long as that is the version."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest
from conclave.caches.memory import BoundedMemory, Tally
from conclave.caches.tables import SHARED_AFTER_SECONDS, CachedTables, Kept, VersionedTables, versions_of
from conclave.caches.versions import SETTLED_AFTER_SECONDS, writing
from conclave.pack.tables import Batch, Index, Item, Key, Only, ReadFailed, Table, Tables, keeps
from conclave.testing.data_versions import MemoryDataVersions
from conclave.testing.shared_reads import MemorySharedReads
from conclave.testing.tables import MemoryTables
from shared_contract import CHECKS
from versions_contract import Watch

DECLARED = (
    Table(name="flights", key="id", indexes=(Index(name="by_tail", key="tail"),)),
    Table(name="legs", key="booking", sort_key="number"),
)
READS = ("flights", "flights/by_tail", "legs")


class Store(Tables):
    """A store that counts what it is asked, and whose rows change."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Item]] = {
            "flights": [{"id": "F1", "tail": "T1", "seats": 3, "late": 1.5}, {"id": "F2", "tail": "T1", "seats": 4}],
            "legs": [{"booking": "B", "number": "1", "to": None}],
        }
        self.asked: list[Any] = []

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        return self.get_across({table: keys})[table]

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        wanted = {table: list(keys) for table, keys in wanted.items()}
        self.asked.append(wanted)
        return {table: MemoryTables(DECLARED, self.rows).get(table, keys) for table, keys in wanted.items()}

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        wanted = list(values)
        self.asked.append((table, index, wanted))
        found = MemoryTables(DECLARED, self.rows).query(table, wanted, index)
        fits = [(value, item) for value, items in found.items() for item in items if keeps(only, item)]
        return {value: [item for of, item in fits if of == value] for value in wanted}


class Site:
    """A store, the versions of its tables, and processes that read it."""

    def __init__(self) -> None:
        self.store, self.versions, self.shared, self.clock = Store(), MemoryDataVersions(), MemorySharedReads(), Watch()
        self.tally = Tally()
        self.process()
        for table in DECLARED:
            self.write(table.name)
        self.clock.sleep(SHARED_AFTER_SECONDS)

    def process(self) -> None:
        """A process begins, which knows nothing."""
        self.memory = BoundedMemory(100_000, 3_600, self.clock.monotonic)

    def write(self, table: str) -> None:
        with writing(self.versions, table, self.clock):
            pass

    def invocation(self, reads: Sequence[str] = READS) -> CachedTables:
        return CachedTables(self.store, self.versions, self.clock, Kept(self.memory, self.shared, self.tally), reads)


@pytest.fixture
def site() -> Site:
    return Site()


def everything(tables: VersionedTables | Store) -> Any:
    return (
        tables.get("flights", ["F1", "F9", "F1"]),
        tables.get_across({"flights": ["F2"], "legs": [("B", "1"), ("B", "2")]}),
        tables.query("flights", ["T1", "T9"], "by_tail"),
        tables.query("legs", ["B"]),
    )


def test_what_is_given_out_is_what_the_tables_say_missing_keys_too(site: Site) -> None:
    right = everything(site.store)
    site.store.asked.clear()
    assert everything(site.invocation()) == right
    asked = len(site.store.asked)
    assert everything(site.invocation()) == right
    assert len(site.store.asked) == asked
    assert (site.tally.data, site.tally.memory) == (8, 8)


def test_a_read_that_leaves_some_out_is_another_read(site: Site) -> None:
    tables = site.invocation()
    assert len(tables.query("flights", ["T1"], "by_tail")["T1"]) == 2
    assert tables.query("flights", ["T1"], "by_tail", {"id": ["F2"]})["T1"] == [site.store.rows["flights"][1]]
    assert len(site.invocation().query("flights", ["T1"], "by_tail")["T1"]) == 2


def test_whoever_writes_a_table_ends_what_was_kept_of_it_and_of_no_other(site: Site) -> None:
    everything(site.invocation())
    site.store.rows["flights"][0]["seats"] = 0
    site.write("flights")
    assert site.invocation().get("flights", ["F1"]).items["F1"]["seats"] == 0
    site.store.asked.clear()
    assert site.invocation().query("legs", ["B"])
    assert site.store.asked == []


def test_what_was_read_by_key_outlives_a_write_elsewhere_in_its_table_and_an_index_does_not(site: Site) -> None:
    everything(site.invocation())
    with writing(site.versions, "flights", site.clock, ["F2"]):
        site.store.rows["flights"][1]["seats"] = 9
    site.clock.sleep(SETTLED_AFTER_SECONDS)
    site.store.asked.clear()
    tables = site.invocation()
    assert tables.get("flights", ["F1", "F2"]).items["F2"]["seats"] == 9
    assert site.store.asked == [{"flights": ["F2"]}]
    assert [each["seats"] for each in tables.query("flights", ["T1"], "by_tail")["T1"]] == [3, 9]


def test_what_another_process_left_of_an_older_version_is_not_given_out_and_goes(site: Site) -> None:
    first = site.invocation()
    everything(first)
    first.leave()
    with writing(site.versions, "flights", site.clock, ["F2"]):
        site.store.rows["flights"][1]["seats"] = 9
    site.clock.sleep(SHARED_AFTER_SECONDS)
    for _ in range(2):
        site.process()
        later = site.invocation()
        assert later.get("flights", ["F1", "F2"]).items["F2"]["seats"] == 9
        later.leave()
    assert site.tally.data == 9


@pytest.mark.parametrize("seconds", [0, SETTLED_AFTER_SECONDS - 1])
def test_what_is_read_while_a_table_settles_is_not_kept(site: Site, seconds: float) -> None:
    site.write("flights")
    site.clock.sleep(seconds)
    old = site.invocation().get("flights", ["F1"]).items["F1"]["seats"]
    site.store.rows["flights"][0]["seats"] = old + 1  # an index, or a copy, that followed late
    site.clock.sleep(SETTLED_AFTER_SECONDS)
    assert site.invocation().get("flights", ["F1"]).items["F1"]["seats"] == old + 1


def test_while_a_table_is_written_it_is_read(site: Site) -> None:
    site.invocation().get("flights", ["F1"])
    with writing(site.versions, "flights", site.clock):
        site.clock.sleep(SETTLED_AFTER_SECONDS)
        site.store.rows["flights"][0]["seats"] = 77
        assert site.invocation().get("flights", ["F1"]).items["F1"]["seats"] == 77


def test_a_version_that_cannot_be_read_is_no_version(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.invocation().get("flights", ["F1"])

    def broken() -> Any:
        raise ReadFailed("the versions of the data")

    monkeypatch.setattr(site.versions, "read", broken)
    site.store.rows["flights"][0]["seats"] = 77
    assert site.invocation().get("flights", ["F1"]).items["F1"]["seats"] == 77
    assert versions_of(site.invocation()) == {}


def test_what_a_reader_does_with_an_item_is_seen_by_nobody(site: Site) -> None:
    for _ in range(3):
        item = site.invocation().get("flights", ["F1"]).items["F1"]
        assert item["seats"] == 3
        item["seats"] = "spoilt"


def test_another_process_finds_what_one_left(site: Site) -> None:
    first = site.invocation()
    right = everything(first)
    first.leave()
    site.process()
    site.store.asked.clear()
    assert everything(site.invocation()) == right
    assert site.store.asked == []
    assert site.tally.shared == 8


def test_a_process_asks_only_for_what_its_function_declares(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first = site.invocation()
    everything(first)
    first.leave()
    site.process()
    names: list[str] = []

    def listen(asked: Sequence[str]) -> Mapping[str, bytes]:
        names.extend(asked)
        return {}

    monkeypatch.setattr(site.shared, "get", listen)
    site.invocation(["flights/by_tail"]).query("flights", ["T1"], "by_tail")
    assert names == ["flights/by_tail|m"]


def test_what_another_release_wrote_in_another_form_is_not_asked_for(site: Site) -> None:
    site.shared.put({way: zlib.compress(b'{"as": "JSON"}') for way in (*READS, "flights/", "legs/")})
    assert everything(site.invocation())
    assert site.tally.shared == 0


def test_nothing_is_left_of_data_that_were_just_written_nor_where_nothing_is_new(site: Site) -> None:
    site.write("flights")
    site.clock.sleep(SETTLED_AFTER_SECONDS)
    reader = site.invocation()
    reader.get("flights", ["F1"])
    reader.leave()
    assert len(site.shared) == 0
    site.clock.sleep(SHARED_AFTER_SECONDS)
    reader = site.invocation()
    reader.get("flights", ["F1"])
    reader.leave()
    assert len(site.shared) == 0


def test_a_shared_table_that_does_not_answer_costs_nothing_but_reads(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(names: Sequence[str]) -> Any:
        raise ReadFailed("cache")

    monkeypatch.setattr(site.shared, "get", broken)
    assert site.invocation().get("flights", ["F1"]).items["F1"]["seats"] == 3


def test_tables_that_are_read_through_know_their_versions_and_keep_nothing(site: Site) -> None:
    tables = VersionedTables(site.store, site.versions, site.clock)
    for _ in range(2):
        everything(tables)
    assert len(site.store.asked) == 8
    assert versions_of(tables).keys() == {"flights", "legs"}
    assert versions_of(site.store) == {}


def test_versions_are_read_once_and_before_the_data(site: Site) -> None:
    site.versions.reads = 0
    tables = site.invocation()
    assert site.versions.reads == 0
    everything(tables)
    site.write("flights")
    before = dict(tables.versions)
    assert site.versions.reads == 1
    assert before["flights"] != site.versions.read()["flights"].id


@pytest.mark.parametrize("check", CHECKS)
def test_bundles_in_memory_keep_the_contract(check: Any) -> None:
    check(MemorySharedReads())
