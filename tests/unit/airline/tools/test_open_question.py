"""The cargo agent asks what else flies there, where a shipment that lives depend on would come too late; and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from conclave.agents.assess import Question
from conclave.agents.meter import Meter
from conclave.pack import load_pack
from conclave.testing.tables import MemoryTables

from evaluation.room import decide
from local.bedrock.offline import in_process

DAY = "2026-11-21"
AIRLINE = load_pack("airline")
TABLES = MemoryTables(AIRLINE.tables, {name: list(rows) for name, rows in AIRLINE.sample(DAY, 1).items()})


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, Mapping[str, Any]]]:
    """The tools that models called: agent, tool, arguments."""
    called: list[tuple[str, str, Mapping[str, Any]]] = []
    usual = in_process.PolicyModel._result

    def result(self: Any, use: Mapping[str, Any], question: Question) -> dict[str, Any]:
        called.append((question.agent.name, use["name"], use["input"]))
        return usual(self, dict(use), question)

    monkeypatch.setattr(in_process.PolicyModel, "_result", result)
    return called


def test_a_life_saving_shipment_that_would_come_too_late_raises_a_question_that_only_a_tool_answers(ran: Any) -> None:
    found = decide(pack=AIRLINE, tables=TABLES, received=f"{DAY}T04:00:00Z", text=AIRLINE.examples(DAY)[0])
    margins = [option["fields"]["life_saving_margin_minutes"] for option in found.options]
    assert min(margin for margin in margins if margin is not None) < 0
    assert ran == [("cargo", "alternative_flights", {"route": "AUH-LHR"})]
    assert found.decision.option_id


def test_without_such_a_shipment_nobody_asks(ran: Any) -> None:
    found = decide(pack=AIRLINE, tables=TABLES, received=f"{DAY}T04:00:00Z", text=AIRLINE.examples(DAY)[3])
    assert {option["fields"]["life_saving_margin_minutes"] for option in found.options} == {None}
    assert ran == []
    assert found.decision.option_id


def test_no_model_calls_a_tool_that_nothing_asks_for(ran: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy calls it for the question in the prompt, not for the incident: without the question it answers at once."""
    usual = in_process.PolicyModel.ask

    def ask(self: Any, question: Question, meter: Meter) -> Mapping[str, Any]:
        for piece in question.pieces:
            object.__setattr__(piece, "text", piece.text.replace("[open_question 1]", "[flight 1]"))
        return usual(self, question, meter)

    monkeypatch.setattr(in_process.PolicyModel, "ask", ask)
    decide(pack=AIRLINE, tables=TABLES, received=f"{DAY}T04:00:00Z", text=AIRLINE.examples(DAY)[0])
    assert ran == []
