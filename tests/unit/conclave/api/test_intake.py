"""A request becomes a run once, and bad input becomes one clear line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from conclave.api.intake import SubmissionInvalid, accept, parse_body, parse_submission, run_id_for
from conclave.audit.chain import Act, read_chain
from conclave.codec import decode, encode
from conclave.records.runs import Amendment, Publication, Run, TextState
from conclave.testing.run_store import MemoryRunStore
from conclave.types import RunStatus
from conclave.untrusted.limits import MAX_TEXT_CHARACTERS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from pipe_domain import NOW, clock, make_pack

DAY = "2026-11-21"


class Machine:
    """Starts executions once per name; can die before or after it does."""

    def __init__(self) -> None:
        self.started: dict[str, Mapping[str, str]] = {}
        self.failures: list[str] = []

    def start(self, name: str, payload: Mapping[str, str]) -> bool:
        failure = self.failures.pop(0) if self.failures else ""
        if failure == "before":
            raise TimeoutError
        fresh = name not in self.started
        self.started.setdefault(name, payload)
        if failure == "after":
            raise TimeoutError
        return fresh


def take(
    body: Any, store: MemoryRunStore, machine: Machine, folder: Path, key: str = "", correlation: str = "c"
) -> Any:
    return accept(
        parse_submission(body, make_pack(folder), DAY, key),
        store=store,
        machine=machine,
        clock=clock,
        stage="test",
        pack="pipes",
        correlation_id=correlation,
        source="api",
    )


def decide(store: MemoryRunStore, run_id: str) -> None:
    store.publish(
        Publication(
            run_id=run_id,
            fence=0,
            status=RunStatus.DECIDED,
            option_id="O1",
            degraded=False,
            decision=b"{}",
            act=Act(event="decision_published", at=NOW, body={}),
            now=NOW,
        )
    )


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        ([], "body_invalid", 400),
        ({}, "body_invalid", 400),
        ({"text": "a", "incident": {}}, "body_invalid", 400),
        ({"text": "  "}, "text_empty", 400),
        ({"text": 3}, "text_empty", 400),
        ({"text": "x" * (MAX_TEXT_CHARACTERS + 1)}, "text_too_large", 413),
        ({"incident": "x"}, "incident_invalid", 400),
        ({"incident": {"pump": "x"}}, "incident_invalid", 400),
        ({"incident": {"pipe": 3}}, "incident_invalid", 400),
        ({"text": "a", "idempotency_key": 3}, "idempotency_key_invalid", 400),
        ({"text": "a", "idempotency_key": "k" * 201}, "idempotency_key_invalid", 400),
        ({"text": "\ud800"}, "body_invalid", 400),
        ({"text": "P1 \x1b[2J leaks"}, "body_invalid", 400),
        ({"text": "a", "idempotency_key": "\udfff"}, "body_invalid", 400),
        ({"incident": {"pipe": "\x00"}}, "body_invalid", 400),
        ({"incident": {"pipe": "x" * (MAX_TEXT_CHARACTERS + 1)}}, "text_too_large", 413),
        ({"incident": {"pipe": float("nan")}}, "body_invalid", 400),
        ({"incident": {"pipe": 10**400}}, "body_invalid", 400),
        ({"text": "a", "more": [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}, "body_invalid", 400),
    ],
)
def test_bad_requests_get_a_code_and_leave_nothing(tmp_path: Path, body: Any, code: str, status: int) -> None:
    store, machine = MemoryRunStore(), Machine()
    with pytest.raises(SubmissionInvalid) as caught:
        take(body, store, machine, tmp_path)
    assert (caught.value.code, caught.value.status) == (code, status)
    assert "\n" not in caught.value.message
    assert len(store) == 0
    assert not machine.started


@pytest.mark.parametrize(
    ("body", "media", "code", "status"),
    [
        ('{"text": "a"', "", "json_invalid", 400),
        ('{"text": "a", "text": "b"}', "", "json_invalid", 400),
        ('{"text": NaN}', "application/json", "json_invalid", 400),
        ('{"text": -Infinity}', "", "json_invalid", 400),
        ('{"incident": {"hours": 1e999}}', "", "json_invalid", 400),
        ('{"incident": {"hours": ' + "9" * 9_000 + "}}", "", "json_invalid", 400),
        ("[" * 20_000, "", "json_invalid", 400),
        ('{"text": "\\ud800"}', "", "json_invalid", 400),
        ('{"text": "\ud800"}', "", "json_invalid", 400),
        ('{"text": "\\u0000"}', "", "json_invalid", 400),
        ('{"text": "a"}', "text/plain", "content_type_invalid", 415),
        ('{"text": "a"}', "application/xml; charset=utf-8", "content_type_invalid", 415),
        ('{"text": "' + "é" * 20_000 + '"}', "", "body_too_large", 413),
    ],
)
def test_a_body_that_two_readers_could_read_differently_is_refused(
    body: str, media: str, code: str, status: int
) -> None:
    with pytest.raises(SubmissionInvalid) as caught:
        parse_body(body, media)
    assert (caught.value.code, caught.value.status) == (code, status)
    assert "\n" not in caught.value.message


def test_a_body_may_be_base64() -> None:
    assert parse_body("eyJ0ZXh0IjogIsOpIn0=", "application/json; charset=utf-8", encoded=True) == {"text": "é"}
    for broken in ("eyJ0", "gA==", "~"):
        with pytest.raises(SubmissionInvalid):
            parse_body(broken, encoded=True)


def test_nothing_of_what_was_sent_stands_in_a_refusal(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Kind:
        kind: Literal["small", "large"] = "small"

    pack = structs.replace(make_pack(tmp_path), incident=Kind)
    for incident in (
        {"CANARY": 1},
        {"kind": "CANARY"},
        {"kind": "CANARY - at 'x' \n- at"},
        {"kind": "x - at CANARY"},
        {"kind": "x' - at `$.CANARY` - at `$.CANARY"},
        {"kind": ["CANARY"]},
    ):
        with pytest.raises(SubmissionInvalid) as caught:
            parse_submission({"incident": incident}, pack, DAY)
        assert "CANARY" not in caught.value.message
        assert "\n" not in caught.value.message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(), max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)
SENT = st.one_of(
    st.text(st.characters(), max_size=200),
    JSON.map(json.dumps),
    st.fixed_dictionaries({}, optional={"text": JSON, "incident": JSON, "idempotency_key": JSON}).map(json.dumps),
    st.dictionaries(st.sampled_from(["pipe", "x"]), JSON, max_size=2).map(lambda each: json.dumps({"incident": each})),
)


@pytest.mark.slow
@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SENT, st.sampled_from(["", "application/json", "text/html"]), st.booleans())
def test_whatever_is_sent_becomes_a_run_or_one_line(tmp_path: Path, body: str, media: str, encoded: bool) -> None:
    store, machine = MemoryRunStore(), Machine()
    refused: list[SubmissionInvalid] = []
    try:
        accepted = take(parse_body(body, media, encoded=encoded), store, machine, tmp_path)
    except SubmissionInvalid as error:
        refused.append(error)
    if refused:
        assert 400 <= refused[0].status < 500
        assert len(refused[0].message.splitlines()) == 1
        assert len(store) == 0
        return
    assert accepted.run_id in store
    # What was taken can be kept, sealed and read again.
    run = store.get(accepted.run_id)
    assert decode(encode(run), Run) == run
    assert read_chain(run.run_id, store.audit(run.run_id))


def test_the_same_request_is_the_same_run(tmp_path: Path) -> None:
    store, machine = MemoryRunStore(), Machine()
    first = take({"text": "P1  leaks"}, store, machine, tmp_path)
    again = take({"text": "p1 leaks "}, store, machine, tmp_path)
    assert (first.duplicate, again.duplicate) == (False, True)
    assert first.run_id == again.run_id
    assert list(machine.started) == [first.run_id]
    assert first.run_id in store


def test_a_key_separates_and_joins(tmp_path: Path) -> None:
    store, machine = MemoryRunStore(), Machine()
    runs = [
        take({"text": text}, store, machine, tmp_path, key).run_id
        for text, key in (("a", "1"), ("A ", "1"), ("a", "2"))
    ]
    assert runs[0] == runs[1] != runs[2]
    assert runs[0] == run_id_for("test", "pipes", "1")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"text": "a"}, {"text": "b"}),
        ({"text": "a"}, {"incident": {"pipe": "P1"}}),
        ({"incident": {"pipe": "P1"}}, {"incident": {"pipe": "P2"}}),
    ],
)
def test_a_key_that_names_another_incident_is_refused_and_swallows_nothing(
    tmp_path: Path, first: Any, second: Any
) -> None:
    store, machine = MemoryRunStore(), Machine()
    run_id = take(first, store, machine, tmp_path, "1").run_id
    with pytest.raises(SubmissionInvalid) as caught:
        take(second, store, machine, tmp_path, "1")
    assert (caught.value.code, caught.value.status) == ("idempotency_key_reused", 409)
    assert list(machine.started) == [run_id]


def test_a_key_names_an_incident_after_its_texts_are_erased(tmp_path: Path) -> None:
    store, machine = MemoryRunStore(), Machine()
    run_id = take({"text": "a"}, store, machine, tmp_path, "1").run_id
    decide(store, run_id)
    gone = {"text": "", "incident": {}, "summary": ""}
    act = Act(event="erasure_begun", at=NOW, body={})
    store.amend(
        Amendment(run_id=run_id, expected=TextState.KEPT, texts=TextState.ERASING, changes=gone, records={}, act=act)
    )
    assert take({"text": "a"}, store, machine, tmp_path, "1").duplicate


def test_no_key_of_a_caller_is_the_key_of_a_request_without_one(tmp_path: Path) -> None:
    pack = make_pack(tmp_path)
    derived = parse_submission({"text": "P1 leaks"}, pack, DAY).key
    with pytest.raises(SubmissionInvalid):
        parse_submission({"text": "something else"}, pack, DAY, derived)


def test_an_execution_that_a_later_delivery_starts_carries_the_correlation_of_its_run(tmp_path: Path) -> None:
    store, machine = MemoryRunStore(), Machine()
    machine.failures = ["before"]
    with pytest.raises(TimeoutError):
        take({"text": "a"}, store, machine, tmp_path, correlation="first")
    again = take({"text": "a"}, store, machine, tmp_path, correlation="second")
    assert again.duplicate  # the run existed before
    assert machine.started[again.run_id]["correlation_id"] == store.get(again.run_id).correlation_id == "first"


@pytest.mark.slow
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["", "before", "after"]), max_size=5))
def test_a_crash_anywhere_loses_nothing_and_doubles_nothing(tmp_path: Path, failures: list[str]) -> None:
    store, machine = MemoryRunStore(), Machine()
    machine.failures = list(failures)
    for _ in range(len(failures) + 1):
        try:
            take({"text": "P1 leaks"}, store, machine, tmp_path)
        except TimeoutError:
            continue
    assert len(store) == 1
    assert len(machine.started) == 1


def test_a_decided_run_is_not_started_again(tmp_path: Path) -> None:
    store, machine = MemoryRunStore(), Machine()
    run_id = take({"incident": {"pipe": "P1"}}, store, machine, tmp_path).run_id
    decide(store, run_id)
    machine.started.clear()
    assert take({"incident": {"pipe": "P1"}}, store, machine, tmp_path).duplicate
    assert not machine.started
