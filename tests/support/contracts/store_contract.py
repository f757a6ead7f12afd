"""What every store of runs and every journal must do: the same tests for memory and for DynamoDB."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from conclave.audit.canonical import sha256
from conclave.audit.chain import Act, read_chain
from conclave.codes import Moment
from conclave.money.spending import Spending, Spent, periods_of
from conclave.records.journal import MAX_RECORD_BYTES, RecordTooLarge
from conclave.records.runs import (
    APPROVAL,
    Amendment,
    Ended,
    Mark,
    Marking,
    MarkState,
    Publication,
    RecordStands,
    Run,
    RunExpired,
    RunNotFound,
    RunStore,
    StaleFence,
    Stored,
    TextState,
    TokenInvalid,
    Waiting,
)
from conclave.types import RunStatus
from msgspec import structs

NOW = "2026-11-21T06:00:00.000Z"
LATER = "2026-11-21T06:00:05.000Z"
RUN = Run(
    run_id="run-1",
    status=RunStatus.RUNNING,
    pack="pipes",
    created_at=NOW,
    updated_at=NOW,
    correlation_id="c",
    text="P1 leaks",
    incident={"pipe": "P1", "hours": 2, "share": 0.5, "open": True, "note": None},
    source="api",
)
ACT = Act(event="phase_collated", at=NOW, body={"phase": "recommend", "total": 0.5})
WRITERS = 16
AMENDMENT = Amendment(
    run_id="run-1",
    expected=TextState.KEPT,
    texts=TextState.ERASING,
    changes={"text": "", "incident": {"pipe": "P1"}},
    records={"FRAME": b"bare"},
    act=Act(event="erasure_begun", at=LATER, body={"by": "me"}),
)
PUBLICATION = Publication(
    run_id="run-1",
    fence=1,
    status=RunStatus.DECIDED,
    option_id="O1",
    degraded=True,
    decision=b'{"a":1}',
    act=Act(event="decision_published", at=LATER, body={"option_id": "O1"}),
    now=LATER,
)
WAITING = Waiting(
    run_id="run-1",
    fence=1,
    expected="",
    records={APPROVAL: b"asked", "PROPOSAL": b"O1"},
    act=Act(event="approval_opened", at=LATER, body={"option_id": "O1"}),
)

MARK = Mark(state=MarkState.UNCLEAR, since=LATER, feed="gauges", table="pipes", key="P1", event="e-1")
MARKING = Marking(
    run_id="run-1",
    status=RunStatus.RUNNING,
    expected=None,
    mark=MARK,
    act=Act(event="feed_noted", at=LATER, body={"key": "P1"}),
)


def events(store: RunStore) -> list[str]:
    """What the audit of the run tells, after its chain was checked."""
    chain = read_chain("run-1", store.audit("run-1"))
    assert not chain or chain[-1].head == store.get("run-1").head
    return [each.entry.event for each in chain]


class RunStoreContract:
    """Subclasses give the fixtures ``store``, its ``spending``, and ``expire``, which does to a run what time does in the end."""

    @pytest.mark.parametrize("data", [b"", b"x" * 300_000, bytes(range(256)) * 8], ids=["none", "alike", "odd"])
    def test_a_record_comes_back_byte_by_byte(self, store: RunStore, data: bytes) -> None:
        store.create(RUN)
        store.write("run-1", {"FRAME": data}, 1, ACT)
        assert store.read("run-1", ["FRAME"]) == {"FRAME": data}
        assert store.load("run-1", ["FRAME"])[1]["FRAME"].body == data

    def test_a_run_is_created_once(self, store: RunStore) -> None:
        assert store.create(RUN)
        assert not store.create(structs.replace(RUN, text="other"))
        found = store.get("run-1")
        assert structs.replace(found, expires_at=0, audit_entries=0, audit_head=RUN.audit_head) == RUN
        assert events(store) == ["incident_accepted"]

    def test_a_fork_keeps_of_what_it_is_one_and_expires_with_its_parent(self, store: RunStore) -> None:
        fork = {
            "of": "run-1",
            "head": "0" * 64,
            "received": NOW,
            "start": "arbitrate",
            "by": "mia",
            "prompts": [{"agent": "arbiter", "text": "Be bold.", "instead": False}],
            "fields": [{"option_id": "O1", "field": "cost", "value": 0.5}],
            "settings": {"version": "v", "source": "kept", "settings": {"money": {"run_usd": 8.5, "tier": None}}},
        }
        run = structs.replace(RUN, text="", incident={}, fork=fork, expires_at=1_800_000_000)
        assert store.create(run)
        found = store.get("run-1")
        assert (found.fork, found.expires_at) == (fork, 1_800_000_000)
        assert events(store) == ["run_forked"]
        assert b"Be bold." not in store.audit("run-1")[0]

    def test_an_unknown_run_is_not_found(self, store: RunStore) -> None:
        with pytest.raises(RunNotFound):
            store.get("run-9")
        with pytest.raises(RunNotFound):
            store.claim("run-9", "arn", NOW)
        with pytest.raises(RunNotFound):
            store.write("run-9", {"FRAME": b"one"}, 1, ACT)
        assert store.read("run-9", ["FRAME"]) == {}
        assert store.audit("run-9") == []

    def test_a_run_is_loaded_with_the_records_that_exist_and_their_fences(self, store: RunStore) -> None:
        store.create(RUN)
        run = store.claim("run-1", "arn:1", NOW)
        store.write("run-1", {"FRAME": b"one", "REFUSAL": b"two"}, run.fence, ACT)
        later = store.claim("run-1", "arn:2", LATER)
        store.write("run-1", {"REFUSAL": b"three"}, later.fence, ACT)
        head, stored = store.load("run-1", ["FRAME", "REFUSAL", "DECISION"])
        assert head == store.get("run-1")
        assert stored == {"FRAME": Stored(b"one", 1), "REFUSAL": Stored(b"three", 2)}
        with pytest.raises(RunNotFound):
            store.load("run-9", ["FRAME"])

    def test_each_claim_raises_the_fence(self, store: RunStore) -> None:
        store.create(RUN)
        assert store.claim("run-1", "arn:1", LATER).fence == 1
        second = store.claim("run-1", "arn:2", LATER)
        assert (second.fence, second.execution_arn, second.updated_at) == (2, "arn:2", LATER)

    def test_an_execution_that_has_the_run_keeps_its_fence(self, store: RunStore) -> None:
        store.create(RUN)
        first = store.claim("run-1", "arn:1", NOW)
        assert store.claim("run-1", "arn:1", LATER) == first
        assert store.claim("run-1", "arn:2", LATER).fence == 2

    def test_of_many_claims_of_one_execution_all_get_the_same_fence(self, store: RunStore) -> None:
        store.create(RUN)
        with ThreadPoolExecutor(WRITERS) as pool:
            fences = set(pool.map(lambda _: store.claim("run-1", "arn:1", NOW).fence, range(WRITERS)))
        assert fences == {1}

    def test_seizing_a_run_shuts_out_whoever_has_it(self, store: RunStore) -> None:
        store.create(RUN)
        with pytest.raises(RunNotFound):
            store.seize("run-9", NOW)
        store.claim("run-1", "arn:1", NOW)
        seized = store.seize("run-1", LATER)
        assert (seized.fence, seized.execution_arn, seized.updated_at) == (2, "arn:1", LATER)
        with pytest.raises(StaleFence):
            store.write("run-1", {"FRAME": b"late"}, 1, ACT)
        store.publish(structs.replace(PUBLICATION, fence=2))
        with pytest.raises(StaleFence):
            store.seize("run-1", LATER)

    def test_a_record_that_is_written_once_is_the_first_writers(self, store: RunStore) -> None:
        store.create(RUN)
        store.claim("run-1", "arn:1", NOW)
        store.write("run-1", {"FRAME": b"first"}, 1, ACT, unless=("FRAME", "REFUSAL"))
        for name in ("FRAME", "REFUSAL"):
            with pytest.raises(RecordStands):
                store.write("run-1", {name: b"again", "OTHER": b"x"}, 1, ACT, unless=("FRAME", "REFUSAL"))
        assert store.read("run-1", ["FRAME", "REFUSAL", "OTHER"]) == {"FRAME": b"first"}
        assert events(store) == ["incident_accepted", "phase_collated"]
        store.claim("run-1", "arn:2", NOW)
        assert store.read("run-1", ["FRAME"], 2) == {}
        store.write("run-1", {"REFUSAL": b"of the next"}, 2, ACT, unless=("FRAME", "REFUSAL"))
        assert store.read("run-1", ["FRAME", "REFUSAL"], 2) == {"REFUSAL": b"of the next"}

    def test_of_many_that_write_once_one_does(self, store: RunStore) -> None:
        store.create(RUN)
        store.claim("run-1", "arn:1", NOW)

        def write(writer: int) -> bool:
            name = ("FRAME", "REFUSAL")[writer % 2]
            try:
                store.write("run-1", {name: b"%d" % writer}, 1, ACT, unless=("FRAME", "REFUSAL"))
            except RecordStands:
                return False
            return True

        with ThreadPoolExecutor(WRITERS) as pool:
            written = list(pool.map(write, range(WRITERS)))
        assert written.count(True) == 1
        assert list(store.read("run-1", ["FRAME", "REFUSAL"]).values()) == [b"%d" % written.index(True)]
        assert events(store) == ["incident_accepted", "phase_collated"]

    def test_a_run_that_has_expired_is_not_begun_again(self, store: RunStore, expire: Callable[[str], None]) -> None:
        store.create(RUN)
        expire("run-1")
        with pytest.raises(RunNotFound):
            store.get("run-1")
        for _ in range(2):
            with pytest.raises(RunExpired):
                store.create(RUN)
        assert len(store.audit("run-1")) == 1

    def test_marks_and_summary_are_kept(self, store: RunStore) -> None:
        store.create(RUN)
        claimed = store.claim("run-1", "arn:1", NOW, Moment.FRAME_STARTED)
        assert claimed.marks == {"frame_started": NOW}
        store.claim("run-1", "arn:2", LATER, Moment.FRAME_STARTED)
        later = structs.replace(ACT, at=LATER)
        store.write("run-1", {"FRAME": b"one"}, 2, later, ended=Ended(moment=Moment.FRAME_ENDED, summary="a leak"))
        run = store.get("run-1")
        assert run.marks == {"frame_started": NOW, "frame_ended": LATER}
        assert (run.summary, run.updated_at) == ("a leak", LATER)
        store.write("run-1", {"OTHER": b"one"}, 2, ACT, ended=Ended(moment=Moment.FRAME_ENDED, summary="again"))
        assert store.get("run-1").marks == run.marks
        assert store.get("run-1").summary == "a leak"

    def test_a_head_that_was_read_is_as_good_as_the_newest(self, store: RunStore) -> None:
        store.create(RUN)
        old = store.claim("run-1", "arn:1", NOW)
        store.write("run-1", {"FRAME": b"one"}, 1, ACT, ("FRAME", "REFUSAL"), head=old)
        with pytest.raises(RecordStands):
            store.write("run-1", {"FRAME": b"two"}, 1, ACT, ("FRAME", "REFUSAL"), head=old)
        with pytest.raises(RecordStands):
            store.write("run-1", {"FRAME": b"two"}, 1, ACT, ("FRAME",), head=store.get("run-1"))
        store.write("run-1", {"OTHER": b"one"}, 1, ACT, head=old)
        assert store.read("run-1", ["FRAME", "OTHER"]) == {"FRAME": b"one", "OTHER": b"one"}
        store.claim("run-1", "arn:2", NOW)
        with pytest.raises(StaleFence):
            store.write("run-1", {"OTHER": b"late"}, 1, ACT, head=old)
        with pytest.raises(StaleFence):
            store.publish(PUBLICATION, old)
        published = store.publish(structs.replace(PUBLICATION, fence=2), store.get("run-1"))
        assert published == store.get("run-1")
        with pytest.raises(StaleFence):
            store.publish(structs.replace(PUBLICATION, fence=2), store.get("run-1"))
        chain = read_chain("run-1", store.audit("run-1"))
        assert chain[-1].head == published.head
        assert len(chain) == 4

    def test_of_many_that_have_read_the_same_head_one_writes(self, store: RunStore) -> None:
        store.create(RUN)
        head = store.claim("run-1", "arn:1", NOW)

        def write(writer: int) -> bool:
            try:
                store.write("run-1", {"FRAME": b"%d" % writer}, 1, ACT, ("FRAME",), head=head)
            except RecordStands:
                return False
            return True

        with ThreadPoolExecutor(WRITERS) as pool:
            written = list(pool.map(write, range(WRITERS)))
        assert written.count(True) == 1
        assert store.read("run-1", ["FRAME"]) == {"FRAME": b"%d" % written.index(True)}
        assert events(store) == ["incident_accepted", "phase_collated"]

    def test_records_come_back_and_an_older_fence_cannot_overwrite(self, store: RunStore) -> None:
        store.create(RUN)
        store.write("run-1", {"FRAME": b"one", "REFUSAL": b"two"}, 2, ACT)
        assert store.read("run-1", ["FRAME", "REFUSAL", "PROPOSAL"]) == {"FRAME": b"one", "REFUSAL": b"two"}
        with pytest.raises(StaleFence):
            store.write("run-1", {"PROPOSAL": b"new", "FRAME": b"old"}, 1, ACT)
        assert store.read("run-1", ["FRAME", "PROPOSAL"]) == {"FRAME": b"one"}
        assert events(store) == ["incident_accepted", "phase_collated"]
        store.write("run-1", {"FRAME": b"again"}, 2, ACT)
        assert store.read("run-1", ["FRAME"]) == {"FRAME": b"again"}
        assert events(store) == ["incident_accepted", "phase_collated", "phase_collated"]

    def test_who_claimed_before_the_last_writes_nothing_not_even_a_record_of_another_name(
        self, store: RunStore
    ) -> None:
        store.create(RUN)
        store.claim("run-1", "arn:1", NOW)
        store.claim("run-1", "arn:2", NOW)
        store.write("run-1", {"FRAME": b"new"}, 2, ACT)
        with pytest.raises(StaleFence):
            store.write("run-1", {"REFUSAL": b"late"}, 1, ACT)
        assert store.read("run-1", ["FRAME", "REFUSAL"]) == {"FRAME": b"new"}
        assert events(store) == ["incident_accepted", "phase_collated"]

    def test_a_record_that_is_too_large_is_refused_whole(self, store: RunStore) -> None:
        store.create(RUN)
        with pytest.raises(RecordTooLarge, match="FRAME"):
            store.write("run-1", {"FRAME": b"x" * (MAX_RECORD_BYTES + 1)}, 1, ACT)
        assert store.read("run-1", ["FRAME"]) == {}
        assert events(store) == ["incident_accepted"]

    def test_an_act_without_a_canonical_form_changes_nothing(self, store: RunStore) -> None:
        store.create(RUN)
        with pytest.raises(ValueError, match="representable"):
            store.write("run-1", {"FRAME": b"one"}, 1, structs.replace(ACT, body={"total": float("nan")}))
        assert store.read("run-1", ["FRAME"]) == {}
        assert events(store) == ["incident_accepted"]

    def test_many_writers_at_once_leave_no_gap_and_no_fork(self, store: RunStore) -> None:
        store.create(RUN)

        def act(writer: int) -> None:
            store.write("run-1", {f"RECORD#{writer}": b"x"}, 1, structs.replace(ACT, body={"writer": writer}))

        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(act, range(WRITERS)))
        chain = read_chain("run-1", store.audit("run-1"))
        assert [each.entry.sequence for each in chain] == list(range(1, WRITERS + 2))
        assert {each.entry.body["writer"] for each in chain[1:]} == set(range(WRITERS))
        assert chain[-1].head == store.get("run-1").head

    def test_publishing_is_one_act_and_happens_once(self, store: RunStore) -> None:
        store.create(RUN)
        store.claim("run-1", "arn", NOW)
        store.publish(PUBLICATION)
        run = store.get("run-1")
        assert (run.status, run.option_id, run.degraded, run.updated_at) == (RunStatus.DECIDED, "O1", True, LATER)
        assert run.marks["decide_ended"] == LATER
        assert store.read("run-1", ["DECISION"]) == {"DECISION": PUBLICATION.decision}
        assert events(store) == ["incident_accepted", "decision_published"]
        with pytest.raises(StaleFence):
            store.publish(structs.replace(PUBLICATION, option_id="O2"))
        with pytest.raises(StaleFence):
            store.claim("run-1", "arn:2", LATER)
        assert events(store) == ["incident_accepted", "decision_published"]

    def test_an_outcome_counts_once_in_its_day_and_its_month(self, store: RunStore, spending: Spending) -> None:
        """Repeated or refused, whoever publishes: day and month have what was written, and by which many runs."""
        charge = Spent(settled_nanos=12_000_001, reserved_nanos=5, runs=1)
        for number in (1, 2):
            store.create(structs.replace(RUN, run_id=f"run-{number}"))
            store.claim(f"run-{number}", "arn", NOW)
        store.publish(structs.replace(PUBLICATION, charge=charge))
        for again in (PUBLICATION, structs.replace(PUBLICATION, run_id="run-2", fence=7)):
            with pytest.raises(StaleFence):
                store.publish(structs.replace(again, charge=charge))
        periods = [*periods_of(LATER), *periods_of("2031-01-01T00:00:00.000Z")]
        assert dict(spending.spent(periods)) == dict.fromkeys(periods_of(LATER), charge)
        store.publish(structs.replace(PUBLICATION, run_id="run-2", charge=charge))
        both = Spent(settled_nanos=24_000_002, reserved_nanos=10, runs=2)
        assert dict(spending.spent(periods)) == dict.fromkeys(periods_of(LATER), both)

    def test_of_many_outcomes_at_once_none_is_lost_in_the_sums(self, store: RunStore, spending: Spending) -> None:
        names = [f"run-{number}" for number in range(8)]
        for name in names:
            store.create(structs.replace(RUN, run_id=name))
            store.claim(name, "arn", NOW)
        each = Spent(settled_nanos=3, reserved_nanos=1, runs=1)
        with ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(lambda name: store.publish(structs.replace(PUBLICATION, run_id=name, charge=each)), names))
        assert spending.spent(periods_of(LATER)) == dict.fromkeys(
            periods_of(LATER), Spent(settled_nanos=24, reserved_nanos=8, runs=8)
        )

    def test_what_a_question_adds_and_gives_back_counts_beside_the_runs(
        self, store: RunStore, spending: Spending
    ) -> None:
        del store
        spending.add(Spent(reserved_nanos=100), LATER)
        spending.add(Spent(settled_nanos=30, reserved_nanos=-95), LATER)
        left = Spent(settled_nanos=30, reserved_nanos=5)
        assert spending.spent(periods_of(LATER)) == dict.fromkeys(periods_of(LATER), left)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: spending.add(Spent(settled_nanos=1), LATER), range(8)))
        more = Spent(settled_nanos=38, reserved_nanos=5)
        assert spending.spent(periods_of(LATER)) == dict.fromkeys(periods_of(LATER), more)

    def test_a_decided_run_takes_no_more_records(self, store: RunStore) -> None:
        store.create(RUN)
        store.claim("run-1", "arn", NOW)
        store.publish(PUBLICATION)
        with pytest.raises(StaleFence):
            store.write("run-1", {"COLLATION#revise": b"late"}, 1, ACT)
        assert store.read("run-1", ["COLLATION#revise"]) == {}
        assert events(store) == ["incident_accepted", "decision_published"]

    def test_a_newer_claim_takes_the_right_to_publish(self, store: RunStore) -> None:
        store.create(RUN)
        store.claim("run-1", "arn:1", NOW)
        store.claim("run-1", "arn:2", NOW)
        with pytest.raises(StaleFence):
            store.publish(PUBLICATION)
        assert store.get("run-1").status is RunStatus.RUNNING
        assert store.read("run-1", ["DECISION"]) == {}
        assert events(store) == ["incident_accepted"]
        store.publish(structs.replace(PUBLICATION, fence=2))

    def test_runs_are_listed_by_status_and_day_a_page_at_a_time(self, store: RunStore) -> None:
        for number in range(5):
            created = f"2026-11-2{number // 3}T0{number}:00:00.000Z"
            store.create(structs.replace(RUN, run_id=f"run-{number}", created_at=created))
        first = store.by_status(RunStatus.RUNNING, 3)
        assert [run.run_id for run in first.runs] == ["run-4", "run-3", "run-2"]
        second = store.by_status(RunStatus.RUNNING, 3, first.next)
        assert [run.run_id for run in second.runs] == ["run-1", "run-0"]
        assert [run.run_id for run in store.by_day("2026-11-20", 10).runs] == ["run-2", "run-1", "run-0"]
        assert store.by_status(RunStatus.HALTED, 3).runs == ()
        for broken in ("x", "[1]", '{"run_id": 7}', '{"run_id": "r", "record": "META"}', "-1"):
            with pytest.raises(TokenInvalid):
                store.by_status(RunStatus.RUNNING, 3, broken)

    def test_only_a_run_with_an_outcome_is_amended_and_each_state_of_its_texts_is_left_once(
        self, store: RunStore
    ) -> None:
        store.create(RUN)
        store.claim("run-1", "arn", NOW)
        store.write("run-1", {"FRAME": b"with texts"}, 1, ACT)
        with pytest.raises(RunNotFound):
            store.amend(structs.replace(AMENDMENT, run_id="run-9"))
        with pytest.raises(StaleFence):
            store.amend(AMENDMENT)
        store.publish(PUBLICATION)
        with pytest.raises(StaleFence):
            store.amend(structs.replace(AMENDMENT, expected=TextState.ERASING))
        with pytest.raises(RecordTooLarge):
            store.amend(structs.replace(AMENDMENT, records={"FRAME": b"x" * (MAX_RECORD_BYTES + 1)}))
        assert (store.get("run-1").texts, store.get("run-1").text) == (TextState.KEPT, "P1 leaks")
        store.amend(AMENDMENT)
        run = store.get("run-1")
        assert (run.texts, run.text, run.incident, run.status) == (TextState.ERASING, "", {"pipe": "P1"}, "decided")
        assert store.read("run-1", ["FRAME", "DECISION"]) == {"FRAME": b"bare", "DECISION": PUBLICATION.decision}
        assert events(store)[-2:] == ["decision_published", "erasure_begun"]
        with pytest.raises(StaleFence):
            store.amend(AMENDMENT)
        assert events(store)[-2:] == ["decision_published", "erasure_begun"]

    def test_a_run_keeps_to_whom_its_decision_was_given(self, store: RunStore) -> None:
        store.create(RUN)
        store.claim("run-1", "arn", NOW)
        store.publish(PUBLICATION)
        given = structs.replace(AMENDMENT, texts=TextState.KEPT, changes={"given_to": {"a1b2": LATER}}, records={})
        store.amend(given)
        assert (store.get("run-1").given_to, store.get("run-1").texts) == ({"a1b2": LATER}, TextState.KEPT)

    def test_of_several_amendments_at_once_one_is_made(self, store: RunStore) -> None:
        store.create(RUN)
        store.claim("run-1", "arn", NOW)
        store.publish(PUBLICATION)

        def amend(number: int) -> bool:
            try:
                store.amend(structs.replace(AMENDMENT, records={"FRAME": str(number).encode()}))
            except StaleFence:
                return False
            return True

        with ThreadPoolExecutor(WRITERS) as pool:
            made = list(pool.map(amend, range(WRITERS)))
        assert made.count(True) == 1
        assert store.read("run-1", ["FRAME"]) == {"FRAME": str(made.index(True)).encode()}
        assert events(store) == ["incident_accepted", "decision_published", "erasure_begun"]

    def test_a_run_waits_for_people_and_what_they_do_is_written_with_its_entry(self, store: RunStore) -> None:
        store.create(RUN)
        store.claim("run-1", "arn:1", NOW)
        asked = store.wait(WAITING)
        assert asked == store.get("run-1")
        assert (asked.status, asked.approval) == (RunStatus.AWAITING_APPROVAL, sha256(b"asked"))
        assert asked.marks == {Moment.DECIDE_ENDED: LATER}
        assert store.read("run-1", [APPROVAL, "PROPOSAL"]) == WAITING.records
        acted = structs.replace(WAITING, expected=asked.approval, records={APPROVAL: b"acted"}, act=ACT)
        assert store.wait(acted).approval == sha256(b"acted")
        with pytest.raises(StaleFence):
            store.wait(acted)
        assert events(store) == ["incident_accepted", "approval_opened", "phase_collated"]

    def test_of_many_acts_at_once_one_counts(self, store: RunStore) -> None:
        store.create(RUN)
        store.claim("run-1", "arn:1", NOW)
        asked = store.wait(WAITING)

        def act(number: int) -> bool:
            mine = {APPROVAL: f"act {number}".encode()}
            try:
                store.wait(structs.replace(WAITING, expected=asked.approval, records=mine, act=ACT))
            except StaleFence:
                return False
            return True

        with ThreadPoolExecutor(WRITERS) as pool:
            assert sum(pool.map(act, range(WRITERS))) == 1
        assert len(events(store)) == 3

    def test_a_mark_is_put_changed_and_taken_away_each_with_its_entry(self, store: RunStore) -> None:
        store.create(RUN)
        assert store.mark(MARKING).mark == MARK
        sure = structs.replace(MARK, state=MarkState.OUTDATED)
        store.mark(structs.replace(MARKING, expected=MARK, mark=sure))
        assert store.get("run-1").outdated == sure
        store.mark(structs.replace(MARKING, expected=sure, mark=None))
        run = store.get("run-1")
        assert (run.mark, run.updated_at, run.status) == (None, NOW, RunStatus.RUNNING)
        assert store.by_status(RunStatus.RUNNING, 5).runs[0].mark is None
        assert events(store) == ["incident_accepted", *["feed_noted"] * 3]

    def test_a_run_that_moved_on_is_not_marked(self, store: RunStore) -> None:
        with pytest.raises(RunNotFound):
            store.mark(MARKING)
        store.create(RUN)
        for other in ({"expected": MARK}, {"status": RunStatus.DECIDED}):
            with pytest.raises(StaleFence):
                store.mark(structs.replace(MARKING, **other))
        assert store.get("run-1").mark is None
        assert events(store) == ["incident_accepted"]

    def test_where_a_run_looked_is_added_up_and_once_under_each_fence(self, store: RunStore) -> None:
        store.create(RUN)
        store.claim("run-1", "arn:1", NOW)
        for number, looks in enumerate(("AQAAAA==", "AgAAAA==", "")):
            ended = Ended(moment=Moment.FRAME_ENDED, looks=looks)
            store.write("run-1", {f"R{number}": b"x"}, 1, ACT, ended=ended)
        assert store.get("run-1").looks == "AQAAAAIAAAA="

    def test_asking_people_anew_takes_the_mark_away_that_was_read_and_no_other(self, store: RunStore) -> None:
        store.create(RUN)
        store.claim("run-1", "arn:1", NOW)
        store.wait(WAITING)
        asked = sha256(WAITING.records[APPROVAL])
        store.mark(structs.replace(MARKING, status=RunStatus.AWAITING_APPROVAL))
        again = structs.replace(WAITING, expected=asked, records={APPROVAL: b"again", "FRAME": b"new"})
        with pytest.raises(StaleFence):
            store.wait(again)
        assert store.get("run-1").mark == MARK
        assert store.wait(structs.replace(again, mark=MARK)).mark is None
        assert store.get("run-1").mark is None

    def test_a_run_that_waits_is_written_claimed_and_amended_by_nobody(self, store: RunStore) -> None:
        store.create(RUN)
        store.claim("run-1", "arn:1", NOW)
        store.wait(WAITING)
        with pytest.raises(StaleFence):
            store.write("run-1", {"PROPOSAL": b"another"}, 1, ACT)
        with pytest.raises(StaleFence):
            store.claim("run-1", "arn:2", LATER)
        with pytest.raises(StaleFence):
            store.amend(AMENDMENT)
        with pytest.raises(StaleFence):
            store.wait(WAITING)
        assert store.read("run-1", ["PROPOSAL"]) == {"PROPOSAL": b"O1"}

    def test_a_run_that_waits_is_published_by_who_knows_its_approval(self, store: RunStore) -> None:
        store.create(RUN)
        store.claim("run-1", "arn:1", NOW)
        asked = store.wait(WAITING)
        with pytest.raises(StaleFence):
            store.publish(PUBLICATION)
        done = store.publish(structs.replace(PUBLICATION, approval=asked.approval, now="2026-11-21T07:00:00.000Z"))
        assert (done.status, done.option_id) == (RunStatus.DECIDED, "O1")
        assert done.marks == {Moment.DECIDE_ENDED: LATER, Moment.APPROVAL_ENDED: "2026-11-21T07:00:00.000Z"}

    def test_seizing_a_run_that_waits_ends_what_people_could_do(self, store: RunStore) -> None:
        store.create(RUN)
        store.claim("run-1", "arn:1", NOW)
        asked = store.wait(WAITING)
        assert store.seize("run-1", LATER).fence == 2
        with pytest.raises(StaleFence):
            store.wait(structs.replace(WAITING, expected=asked.approval, records={APPROVAL: b"late"}, act=ACT))
        halted = structs.replace(PUBLICATION, fence=2, status=RunStatus.HALTED, approval=asked.approval)
        assert store.publish(halted).status is RunStatus.HALTED
