"""The tests that every journal, and the consents kept in it, must pass: in memory and on DynamoDB."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from conclave.agents.consent import Consent, StoredConsents, consent_record
from conclave.codec import encode
from conclave.codes import Moment
from conclave.records.journal import MAX_RECORD_BYTES, Journal, RecordTooLarge
from conclave.records.runs import RunStore, StaleFence
from marking import mark
from msgspec import structs
from store_contract import ACT, LATER, NOW, PUBLICATION, RUN, WRITERS


class ConsentsContract:
    """Subclasses give the fixture ``stores``: runs, and a journal in which one of several writers wins."""

    @staticmethod
    def given(runs: RunStore, **changes: str) -> Consent:
        consent = Consent(id="a1", binding="b" * 64, given_by="me", expires_at=LATER)
        consent = structs.replace(consent, **changes)
        runs.write("run-1", {consent_record(consent.binding): encode(consent)}, 1, ACT)
        return consent

    @pytest.fixture
    def consents(self, stores: tuple[RunStore, Journal]) -> StoredConsents:
        stores[0].create(RUN)
        stores[0].claim("run-1", "arn", NOW)
        return StoredConsents(run_id="run-1", agent="buyer", phase="recommend", runs=stores[0], journal=stores[1])

    def test_a_consent_is_taken_once(self, consents: StoredConsents) -> None:
        assert consents.take("b" * 64) is None
        consent = self.given(consents.runs)
        assert consents.take("c" * 64) is None
        assert consents.take("b" * 64) == consent
        assert consents.take("b" * 64) is None
        again = self.given(consents.runs, id="a2")
        assert consents.take("b" * 64) == again
        assert consents.take("b" * 64) is None

    def test_of_several_takers_one_gets_it(self, consents: StoredConsents) -> None:
        self.given(consents.runs)
        with ThreadPoolExecutor(WRITERS) as pool:
            taken = list(pool.map(lambda _: consents.take("b" * 64), range(WRITERS)))
        assert len([each for each in taken if each]) == 1

    def test_of_a_run_with_an_outcome_nothing_is_taken(self, consents: StoredConsents) -> None:
        self.given(consents.runs)
        consents.runs.publish(PUBLICATION)
        assert consents.take("b" * 64) is None
        with pytest.raises(StaleFence):
            self.given(consents.runs, id="late")

    def test_of_a_phase_that_is_over_nothing_is_taken(self, consents: StoredConsents) -> None:
        self.given(consents.runs)
        mark(consents.runs, Moment.RECOMMEND_ENDED, LATER)
        assert consents.take("b" * 64) is None
        assert structs.replace(consents, phase="revise").take("b" * 64) is not None

    def test_of_another_run_nothing_is_taken(self, consents: StoredConsents) -> None:
        self.given(consents.runs)
        consents.runs.create(structs.replace(RUN, run_id="run-2"))
        assert structs.replace(consents, run_id="run-2").take("b" * 64) is None

    @pytest.mark.parametrize("broken", [b"{}", b"oops", encode({"id": "", "binding": "b", "given_by": ""})])
    def test_what_is_not_a_consent_lets_nothing_pass(self, consents: StoredConsents, broken: bytes) -> None:
        consents.runs.write("run-1", {consent_record("b" * 64): broken}, 1, ACT)
        assert consents.take("b" * 64) is None
        self.given(consents.runs, id="")
        assert consents.take("b" * 64) is None


class JournalContract:
    """Subclasses give the fixture ``journal``."""

    def test_an_entry_that_there_can_be_one_of_is_added_once(self, journal: Journal) -> None:
        with ThreadPoolExecutor(WRITERS) as pool:
            added = list(pool.map(lambda n: journal.once("run-1", "buyer", "taken#1", b"%d" % n), range(WRITERS)))
        assert added.count(True) == 1
        found = journal.read("run-1", ["buyer"], ["taken#1"])
        assert found == {("buyer", "taken#1"): b"%d" % added.index(True)}
        assert journal.once("run-1", "seller", "taken#1", b"")
        assert journal.once("run-2", "buyer", "taken#1", b"")

    @pytest.mark.parametrize("data", [b"", b"x" * 300_000, bytes(range(256)) * 8], ids=["none", "alike", "odd"])
    def test_an_entry_comes_back_byte_by_byte(self, journal: Journal, data: bytes) -> None:
        assert journal.append("run-1", "buyer", {"recommend": data}, 1)
        assert journal.once("run-1", "buyer", "taken#1", data)
        assert set(journal.read("run-1", ["buyer"], ["recommend", "taken#1"]).values()) == {data}

    def test_removed_entries_are_gone_and_the_rest_stays(self, journal: Journal) -> None:
        names = [f"record{n}" for n in range(60)]
        for agent in ("buyer", "seller"):
            for name in ("kept", *names[::7]):
                journal.append("run-1", agent, {name: b"x"}, 1)
        journal.append("run-2", "buyer", {"record0": b"x"}, 1)
        for _ in range(2):
            journal.remove("run-1", ["buyer", "seller", "nobody"], names)
        assert set(journal.read("run-1", ["buyer", "seller"], ["kept", *names[:20]])) == {
            ("buyer", "kept"),
            ("seller", "kept"),
        }
        assert journal.read("run-2", ["buyer"], ["record0"])

    def test_entries_come_back_by_agent_and_record(self, journal: Journal) -> None:
        journal.append("run-1", "buyer", {"recommend": b"one"}, 1)
        journal.append("run-1", "seller", {"recommend": b"two"}, 1)
        journal.append("run-2", "buyer", {"recommend": b"other"}, 1)
        found = journal.read("run-1", ["buyer", "seller", "nobody"], ["recommend", "revise"])
        assert found == {("buyer", "recommend"): b"one", ("seller", "recommend"): b"two"}

    def test_an_older_fence_cannot_replace_an_entry(self, journal: Journal) -> None:
        journal.append("run-1", "buyer", {"recommend": b"new"}, 2)
        journal.append("run-1", "buyer", {"recommend": b"old"}, 1)
        assert journal.read("run-1", ["buyer"], ["recommend"]) == {("buyer", "recommend"): b"new"}
        journal.append("run-1", "buyer", {"recommend": b"newer"}, 3)
        assert journal.read("run-1", ["buyer"], ["recommend"]) == {("buyer", "recommend"): b"newer"}

    def test_the_first_writer_of_a_fence_wins(self, journal: Journal) -> None:
        assert journal.append("run-1", "buyer", {"recommend": b"first"}, 1)
        assert not journal.append("run-1", "buyer", {"recommend": b"duplicate"}, 1)
        assert journal.read("run-1", ["buyer"], ["recommend"]) == {("buyer", "recommend"): b"first"}
        assert journal.append("run-1", "buyer", {"recommend": b"next run of the step"}, 2)

    def test_entries_that_belong_together_are_of_one_writer(self, journal: Journal) -> None:
        def write(writer: int) -> bool:
            said = b"%d" % writer
            return journal.append("run-1", "buyer", {"recommend#texts": said, "recommend": said}, 1)

        with ThreadPoolExecutor(WRITERS) as pool:
            written = list(pool.map(write, range(WRITERS)))
        assert written.count(True) == 1
        winner = b"%d" % written.index(True)
        found = journal.read("run-1", ["buyer"], ["recommend#texts", "recommend"])
        assert found == {("buyer", "recommend#texts"): winner, ("buyer", "recommend"): winner}

    def test_where_one_entry_stands_none_of_its_group_is_written(self, journal: Journal) -> None:
        journal.append("run-1", "buyer", {"recommend": b"first"}, 1)
        assert not journal.append("run-1", "buyer", {"recommend#texts": b"x", "recommend": b"x"}, 1)
        found = journal.read("run-1", ["buyer"], ["recommend#texts", "recommend"])
        assert found == {("buyer", "recommend"): b"first"}

    def test_whatever_stands_can_be_blanked(self, journal: Journal) -> None:
        journal.append("run-1", "buyer", {"recommend": b"words", "recommend#texts": b"words"}, 2)
        journal.replace("run-1", "buyer", {"recommend": b"", "revise": b""}, 1)
        assert journal.read("run-1", ["buyer"], ["recommend", "recommend#texts", "revise"]) == {
            ("buyer", "recommend"): b"",
            ("buyer", "recommend#texts"): b"words",
            ("buyer", "revise"): b"",
        }

    def test_an_entry_that_is_too_large_is_refused(self, journal: Journal) -> None:
        with pytest.raises(RecordTooLarge):
            journal.append("run-1", "buyer", {"recommend": b"x" * (MAX_RECORD_BYTES + 1), "more": b"x"}, 1)
        assert journal.read("run-1", ["buyer"], ["recommend", "more"]) == {}
