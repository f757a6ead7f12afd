"""The benches of conversations find what they look for: a defence taken away is seen."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from conclave.conversation.holding import Checked, Held

from bench.attacks.questions import run
from bench.chat.__main__ import QUESTIONS, asked


@pytest.mark.slow
def test_hijacked_conversations_have_no_effect() -> None:
    figures = run(12, seed=1)
    assert figures["effects"] == 0
    assert figures["outcomes"]["answered"] > 3


@pytest.mark.slow
def test_an_answer_that_nobody_holds_against_its_tools_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def trusting(answer: str, evidence: Iterable[str], held: Held) -> Checked:
        del held
        return Checked(answer=answer, evidence=tuple(evidence), struck=0)

    monkeypatch.setattr("conclave.conversation.asking.check", trusting)
    found = " ".join(run(12, seed=1)["by_effect"])
    assert all(word in found for word in ("figure", "evidence", "canary", "address"))


@pytest.mark.slow
def test_an_answer_that_is_kept_too_long_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conclave.conversation.converse.stamp_of", lambda run, *_: run.run_id)
    monkeypatch.setattr("bench.chat.__main__.RUNS", (3,))
    monkeypatch.setattr("bench.chat.__main__.QUESTIONS", QUESTIONS[:2])
    assert asked()["given_after_a_table_was_written"] == 1
