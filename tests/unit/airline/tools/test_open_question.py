"""The cargo agent asks what else flies there, where a shipment that lives depend on would come too late; and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from conclave.agents.assess import Question
from conclave.agents.meter import Meter
from conclave.pack import PackInvalid, load_pack
from conclave.testing.tables import MemoryTables
from conclave.types import Phase
from msgspec.structs import replace

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


def test_tools_are_offered_where_some_option_needs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    offered: dict[str, dict[int, list[str]]] = {}
    usual = in_process.PolicyModel.ask

    def ask(self: Any, question: Question, meter: Meter) -> Mapping[str, Any]:
        if question.phase is Phase.RECOMMEND:
            offered.setdefault(question.agent.name, {})[number] = [tool.name for tool in question.tools]
        return usual(self, question, meter)

    monkeypatch.setattr(in_process.PolicyModel, "ask", ask)
    for number in (4, 10):
        decide(pack=AIRLINE, tables=TABLES, received=f"{DAY}T04:00:00Z", text=AIRLINE.examples(DAY)[number])
    # Nobody misses a connection, and no compensation falls due, where a runway is closed for a while.
    assert offered["guest_experience"] == {4: [], 10: ["connections"]}
    assert offered["regulatory"] == {4: [], 10: ["passenger_rights"]}
    assert offered["crew_compliance"][4] == ["reserve_crews", "duty_limits", "positioning_flights"]


def test_a_tool_serves_fields_that_options_have() -> None:
    finance = AIRLINE.agent("finance")
    wrong = replace(finance, tools=(replace(finance.tools[0], serves=("moon_phase",)),))
    pack = replace(AIRLINE, agents=tuple(wrong if each.name == "finance" else each for each in AIRLINE.agents))
    with pytest.raises(PackInvalid, match=r"finance\.type_costs serves field moon_phase, which no option has"):
        pack.validate()


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
