"""A request becomes a run once, and bad input becomes one clear line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conclave.audit import Act
from conclave.intake import MAX_TEXT_CHARACTERS, SubmissionInvalid, accept, parse_submission, run_id_for
from conclave.runs import MemoryRunStore, Publication
from conclave.types import RunStatus
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
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


def take(body: Any, store: MemoryRunStore, machine: Machine, folder: Path, key: str = "") -> Any:
    return accept(
        parse_submission(body, make_pack(folder), DAY, key),
        store=store,
        machine=machine,
        clock=clock,
        stage="test",
        pack="pipes",
        correlation_id="c",
        source="api",
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
        take({"text": text}, store, machine, tmp_path, key).run_id for text, key in (("a", "1"), ("b", "1"), ("a", "2"))
    ]
    assert runs[0] == runs[1] != runs[2]
    assert runs[0] == run_id_for("test", "pipes", "1")


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
    machine.started.clear()
    assert take({"incident": {"pipe": "P1"}}, store, machine, tmp_path).duplicate
    assert not machine.started
