"""Events of a run: each once and in order for every client, whatever writers, connections and readers do."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from conclave.codec import decode, encode
from conclave.figures import TIME_TO_FIRST_EVENT
from conclave.records.runs import TRIAL, TextState
from conclave.streaming.events import BY_DEFAULT, MAX_EVENTS, Event, Kind, Log, Statement, extended
from conclave.streaming.listeners import LISTENER_SECONDS, MAX_LISTENERS, TICKET_SECONDS, hash_of, invited
from conclave.streaming.messages import (
    MAX_BYTES,
    EventsInvalid,
    Following,
    event_document,
    kinds_from,
    messages,
    ordinal_from,
)
from conclave.streaming.reading import admitted, events_document, invite
from conclave.streaming.statements import statements_of
from conclave.streaming.telling import LogContended, entries_of, words_in
from conclave.testing.streaming.memory import MemoryEvents
from events_contract import CHECKS
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from noted import Noted
from pipe_domain import choosing
from streamed import NOW, Client, Stage, Write, history

PACK, WRITES = history(Path(mkdtemp()))
ALL = tuple(Kind)


def told(writes: list[Write] = WRITES) -> Stage:
    stage = Stage(PACK)
    for write in writes:
        stage.tell(stage.apply(write))
    return stage


def states(log: Log) -> list[tuple[str, ...]]:
    said = [event.said for event in log.events]
    return [tuple(filter(None, (each.kind, each.state, each.phase, each.agent, each.tool))) for each in said]


def test_a_run_is_told_from_its_report_to_its_decision() -> None:
    log = told().log()
    order = states(log)
    assert order[0] == ("run", "accepted")
    assert order[-1] == ("decision", "decided")
    assert log.over
    assert [event.ordinal for event in log.events] == list(range(1, len(order) + 1))

    def at(*wanted: str) -> int:
        return order.index(wanted)

    assert at("phase", "ended", "frame") < at("agent", "started", "recommend", "buyer")
    assert at("agent", "started", "recommend", "crew_guard") < at(
        "tool", "called", "recommend", "crew_guard", "crew_on_site"
    )
    assert (
        at("tool", "called", "recommend", "crew_guard", "crew_on_site")
        < at("agent", "answered", "recommend", "crew_guard")
        < at("text", "written", "recommend", "crew_guard")
        < at("phase", "ended", "recommend")
        < at("agent", "answered", "revise", "crew_guard")
        < at("phase", "ended", "revise")
        < at("agent", "answered", "arbitrate", "arbiter")
        < at("phase", "ended", "decide")
        < at("decision", "decided")
    )
    assert log.events[-1].said.option_id == WRITES[-1].head.option_id  # type: ignore[union-attr]
    assert "reject" not in {event.said.verdict for event in log.events}


def test_a_notice_of_the_head_that_comes_first_finds_every_answer_before_the_decision() -> None:
    stage = Stage(PACK)
    for write in WRITES:
        stage.apply(write)
    stage.tell()
    assert states(stage.log()) == [*states(stage.log())[:-1], ("decision", "decided")]
    assert sorted(states(stage.log())) == sorted(states(told().log()))


@pytest.mark.parametrize(("name", "counted"), [("run-1", 1), (f"{TRIAL}c-1", 0)])
def test_the_time_to_the_first_event_is_that_of_runs_of_people(name: str, counted: int) -> None:
    stage, noted = Stage(PACK), Noted()
    stage.apply(WRITES[0])
    stage.heads.head = structs.replace(stage.heads.head, run_id=name)
    assert stage.tell(observe=noted)
    assert [metric for metric, _ in noted.told] == [TIME_TO_FIRST_EVENT] * counted


def test_a_run_that_waits_for_people_is_not_over(tmp_path: Path) -> None:
    chosen = {"arbiter": lambda question: choosing("O4", question)}
    pack, writes = history(tmp_path, models=chosen)
    stage = Stage(pack)
    for write in writes:
        stage.tell(stage.apply(write))
    assert states(stage.log())[-1] == ("decision", "awaiting_approval")
    assert not stage.log().over


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_interleaving_gives_each_client_each_event_once_in_order(data: Any) -> None:
    """Writers race, die after they wrote, and come late; messages are lost, doubled, late; clients go and come back."""
    draw = data.draw
    stage = Stage(PACK)
    pending: list[Any] = []

    class Racing(MemoryEvents):
        depth = 0

        def extend(self, log: Log, known: int, expires_at: int) -> bool:
            if pending and self.depth < 3 and draw(st.booleans()):
                self.depth += 1
                stage.tell(pending.pop(0))  # another writer is faster
                self.depth -= 1
            return super().extend(log, known, expires_at)

    stage.events = Racing()
    kinds = st.lists(st.sampled_from(ALL), min_size=1, max_size=len(ALL), unique=True)
    clients = [Client(stage, tuple(draw(kinds)), f"c{number}") for number in range(2)]
    waiting = list(WRITES)
    while waiting:
        action = draw(st.integers(0, 9))
        client, number = clients[draw(st.integers(0, 1))], draw(st.integers(0, 5))
        if action <= 2:
            pending.append(stage.apply(waiting.pop(0)))
        elif action <= 4 and pending:
            stage.tell(pending.pop(draw(st.integers(0, len(pending) - 1))))
        elif action == 5 and client.listener is None:
            client.connect(lambda: stage.tell(pending.pop(0)) if pending and draw(st.booleans()) else ())
        elif action == 6:
            client.disconnect()
        elif action == 7:
            client.lose(number)
        elif action == 8:
            client.take(number, keep=draw(st.booleans()))
        elif action == 9:
            stage.wires.broken ^= {client.connection}
    stage.wires.broken.clear()
    words = words_in(entries_of(WRITES[-1].head, None, PACK, told().journal), PACK)  # type: ignore[arg-type]
    for changed in [*pending, ()]:
        stage.tell(changed)
    for client in clients:
        client.disconnect()
        client.connect()
        client.drain()
        expected = [event_document(event, words) for event in stage.log().events if event.said.kind in client.kinds]
        assert client.got == expected
        assert client.following.over
    assert [event.ordinal for event in stage.log().events] == list(range(1, stage.log().last + 1))
    assert sorted(states(stage.log())) == sorted(states(told().log()))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_what_is_derived_of_a_part_is_part_of_what_is_derived_of_all(data: Any) -> None:
    entries = {(write.agent, record): body for write in WRITES for record, body in write.entries.items()}
    some = {key: body for key, body in entries.items() if data.draw(st.booleans())}
    for write in WRITES:
        if write.head is not None:
            part = statements_of(write.head, some, PACK)
            assert set(part) <= set(statements_of(write.head, entries, PACK))
            assert set(part) - set(statements_of(WRITES[-1].head, entries, PACK)) == set()  # type: ignore[arg-type]


def test_a_log_that_is_told_again_stays_as_it_is() -> None:
    stage = told()
    before = stage.log()
    for write in WRITES:
        assert stage.tell(tuple((write.agent, record) for record in write.entries)) == ()
    assert stage.log() is before


def test_a_writer_that_never_comes_first_says_so() -> None:
    stage = told(WRITES[:1])

    class Lost(MemoryEvents):
        def extend(self, log: Log, known: int, expires_at: int) -> bool:
            return False

    stage.events = Lost()
    with pytest.raises(LogContended):
        stage.tell()


def test_an_unknown_run_tells_nothing() -> None:
    assert Stage(PACK).tell() == ()


def test_no_event_holds_a_word_of_a_model_or_a_person() -> None:
    stage = told()
    kept = encode(stage.log()).decode()
    answers = [
        decode(body, dict) for write in WRITES for record, body in write.entries.items() if record == "recommend"
    ]
    words = {answer["rationale"] for answer in answers if answer.get("rationale")}
    assert words
    assert not [each for each in words if each in kept]


def test_words_come_to_those_who_ask_by_name_and_go_when_texts_are_erased() -> None:
    stage = told()
    reading: Any = {"pack": PACK, "runs": stage.heads, "journal": stage.journal, "events": stage.events}
    document = events_document("run-1", {"kinds": "text"}, **reading)
    assert {event["kind"] for event in document["events"]} == {"text"}
    assert all(event["text"] for event in document["events"])
    assert "text" not in {event["kind"] for event in events_document("run-1", {}, **reading)["events"]}
    head = stage.heads.head
    stage.heads.head = structs.replace(head, texts=TextState.ERASING)
    gone = events_document("run-1", {"kinds": "text"}, **reading)
    assert [event["ordinal"] for event in gone["events"]] == [event["ordinal"] for event in document["events"]]
    assert {event["text"] for event in gone["events"]} == {None}
    stage.heads.head = structs.replace(head, texts=TextState.ERASED)
    stage.tell()
    assert states(stage.log())[-1] == ("run", "texts_erased")
    assert stage.log().over


def test_what_a_late_function_writes_after_the_erasure_is_told_to_nobody() -> None:
    stage = told(WRITES[:-3])
    stage.heads.head = structs.replace(WRITES[-1].head, texts=TextState.ERASED)  # type: ignore[type-var]
    for write in WRITES:
        if write.agent:
            stage.apply(write)
    before = [event for event in stage.log().events if event.said.agent]
    stage.tell([("arbiter", "arbitrate")])
    assert [event for event in stage.log().events if event.said.agent] == before


def test_an_entry_that_names_what_the_pack_does_not_have_is_not_believed() -> None:
    stage = Stage(PACK)
    stage.apply(WRITES[0])
    (entry,) = [write for write in WRITES if write.agent == "crew_guard" and "recommend" in write.entries]
    answer = decode(entry.entries["recommend"], dict)
    for changes in ({"agent": "buyer"}, {"kind": "business"}, {"verdict": "a word of mine"}):
        stage.journal.replace("run-1", "crew_guard", {"recommend": encode({**answer, **changes})}, 1)
        stage.tell([("crew_guard", "recommend"), ("stranger", "recommend"), ("crew_guard", "anything")])
    calls = [{**answer["tool_calls"][0], "name": "a word of mine"}]
    stage.journal.replace("run-1", "crew_guard", {"recommend": encode({**answer, "tool_calls": calls})}, 1)
    stage.tell([("crew_guard", "recommend")])
    assert "a word of mine" not in encode(stage.log()).decode()
    assert ("agent", "answered", "recommend", "crew_guard") in states(stage.log())


def test_a_log_stays_within_a_record_and_still_tells_the_decision() -> None:
    many = [Statement(kind=Kind.TOOL, state="called", tool="t", number=number) for number in range(MAX_EVENTS + 9)]
    log = extended(Log(run_id="run-1"), many, "2026-11-21T06:00:00.000Z", over=False)
    assert log.last == MAX_EVENTS
    assert len(encode(log)) < 350 * 1024
    ended = extended(log, [Statement(kind=Kind.DECISION, state="decided")], "2026-11-21T06:00:00.000Z", over=True)
    assert ended.events[-1].said.state == "decided"
    assert extended(ended, [], "", over=False) is ended


def test_messages_are_small_and_follow_on_each_other() -> None:
    said = [Statement(kind=Kind.TEXT, state="written", agent=f"a{number}") for number in range(100)]
    log = extended(Log(run_id="run-1"), said, "2026-11-21T06:00:00.000Z", over=True)
    sent = list(messages(log, 0, ALL, lambda event: "w" * 600))
    assert len(sent) > 2
    assert all(len(encode(message)) < MAX_BYTES + 2_000 for message in sent)
    assert [message["over"] for message in sent] == [False] * (len(sent) - 1) + [True]
    following = Following()
    got = [event["ordinal"] for message in sent for event in following.take(message) or ()]
    assert got == list(range(1, 101))
    skipped = Following()
    assert skipped.take(sent[1]) is None
    assert not skipped.over


@pytest.mark.parametrize("value", ["-1", "1.5", "x", "٣", True, None, 1.0, [], "1234567"])
def test_what_is_not_an_ordinal_is_refused(value: object) -> None:
    with pytest.raises(EventsInvalid, match="after must be"):
        ordinal_from(value)


def test_kinds_are_those_there_are() -> None:
    assert kinds_from([]) == BY_DEFAULT
    assert kinds_from(["decision", "phase", "phase"]) == (Kind.PHASE, Kind.DECISION)
    for wrong in (["phases"], [1], [["phase"]]):
        with pytest.raises(EventsInvalid, match="kinds must be some of: run, phase"):
            kinds_from(wrong)


def test_what_the_run_has_not_reached_is_refused() -> None:
    stage = told()
    reading: Any = {"pack": PACK, "runs": stage.heads, "journal": stage.journal, "events": stage.events}
    with pytest.raises(EventsInvalid, match="and the run has"):
        events_document("run-1", {"after": "999"}, **reading)
    last = stage.log().last
    assert events_document("run-1", {"after": str(last)}, **reading)["events"] == []


def test_a_ticket_opens_one_connection_within_a_minute() -> None:
    stage = told()
    ticket = invite("run-1", {"kinds": ["decision"]}, runs=stage.heads, events=stage.events, now=NOW)
    store: Any = stage.events
    assert admitted(ticket, "late", events=store, now=NOW + TICKET_SECONDS + 1) is None
    for wrong in ("", "run-1", f"{ticket}x", "." + ticket, ticket.replace("run-1", "run-2")):
        assert admitted(wrong, "wrong", events=store, now=NOW) is None
    listener = admitted(ticket, "mine", events=store, now=NOW)
    assert listener is not None
    assert (listener.run_id, listener.kinds, listener.connection) == ("run-1", (Kind.DECISION,), "mine")
    assert admitted(ticket, "yours", events=store, now=NOW) is None
    assert ticket not in encode(store.listeners("run-1", NOW)).decode()


def test_who_is_told_of_before_the_connection_is_open_hears_everything_after_it() -> None:
    stage = told(WRITES[:3])
    client = Client(stage, ALL, "c")
    client.connect(lambda: stage.tell(stage.apply(WRITES[3])))
    for write in WRITES[4:]:
        stage.tell(stage.apply(write))
    client.drain()
    assert [event["ordinal"] for event in client.got] == list(range(1, stage.log().last + 1))
    assert client.times == 1


def test_a_client_that_is_gone_is_forgotten_and_a_broken_wire_is_not() -> None:
    stage = told(WRITES[:3])
    gone, broken = Client(stage, ALL, "gone"), Client(stage, ALL, "broken")
    gone.connect()
    broken.connect()
    stage.wires.sent.pop(gone.connection)
    stage.wires.broken.add(broken.connection)
    for write in WRITES[3:]:
        stage.tell(stage.apply(write))
    assert [each.connection for each in stage.events.listeners("run-1", NOW)] == [broken.connection]


@pytest.mark.parametrize("body", [{"kinds": "phase"}, {"kinds": None}, {"kind": []}, {"kinds": ["x"]}])
def test_an_invitation_of_another_form_is_refused(body: Any) -> None:
    stage = told(WRITES[:1])
    with pytest.raises(EventsInvalid):
        invite("run-1", body, runs=stage.heads, events=stage.events, now=NOW)
    assert stage.events.listeners("run-1", NOW) == ()


def test_a_listener_names_its_end() -> None:
    ticket, listener = invited("run-1", ALL, NOW)
    assert listener.id == hash_of(ticket)
    assert listener.expires_at == NOW + LISTENER_SECONDS
    assert MAX_LISTENERS > 1
    assert isinstance(told().log().events[0], Event)


@pytest.mark.parametrize("check", CHECKS)
def test_events_in_memory_keep_the_contract(check: Any) -> None:
    check(MemoryEvents())


@pytest.mark.parametrize(
    "ticket", ["r" * 3_000 + "." + "t" * 43, "run-1." + "t" * 3_000, "run-1.\ud800", "run-1.\n", "."]
)
def test_what_is_not_a_ticket_never_reaches_the_store(ticket: str) -> None:
    class Untouched(MemoryEvents):
        def open(self, *_: Any) -> Any:
            raise AssertionError

    assert admitted(ticket, "c", events=Untouched(), now=NOW) is None
