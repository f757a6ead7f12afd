from __future__ import annotations

from collections.abc import Callable

import pytest
from conclave.money.spending import Spending
from conclave.records.journal import Journal
from conclave.records.runs import RunStore
from conclave.testing.journal import MemoryJournal
from conclave.testing.run_store import MemoryRunStore
from journal_contract import ConsentsContract, JournalContract
from store_contract import RUN, RunStoreContract


class TestMemoryRunStore(RunStoreContract):
    @pytest.fixture
    def store(self) -> RunStore:
        return MemoryRunStore()

    @pytest.fixture
    def spending(self, store: MemoryRunStore) -> Spending:
        return store

    @pytest.fixture
    def expire(self, store: MemoryRunStore) -> Callable[[str], None]:
        return store.expire

    def test_it_can_be_asked_what_it_holds(self) -> None:
        store = MemoryRunStore()
        store.create(RUN)
        assert len(store) == 1
        assert "run-1" in store


class TestMemoryConsents(ConsentsContract):
    @pytest.fixture
    def stores(self) -> tuple[RunStore, Journal]:
        return MemoryRunStore(), MemoryJournal()


class TestMemoryJournal(JournalContract):
    @pytest.fixture
    def journal(self) -> Journal:
        return MemoryJournal()

    def test_it_can_be_asked_what_it_holds(self) -> None:
        journal = MemoryJournal()
        journal.append("run-1", "buyer", {"recommend": b""}, 1)
        assert len(journal) == 1
        assert ("run-1", "buyer", "recommend") in journal
