"""How an answer comes through Strands: by its tool, as text, after a repair; and what stays of it in the process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from conclave.agents.answer_form import ANSWER, AnswerInvalid, answer_tool
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.types import Phase
from questions import question, strands_model
from strands.tools.structured_output import structured_output_tool

from local.bedrock.answerers import Answer, Parameters
from local.bedrock.offline.prompt import read

RIGHT = {"verdict": "approve", "scores": [0.1, 0.2, 0.3, 0.4], "confidence": 0.5, "rationale": "fine"}
SHORT = RIGHT | {"scores": [0.1, 0.2, 0.3]}


class Told:
    """Answers what it is told, one thing after the other: a dict through the tool, a text as text."""

    def __init__(self, *answers: dict[str, Any] | str) -> None:
        self.answers = list(answers)
        self.asked: list[Parameters] = []

    async def answer(self, parameters: Parameters) -> Answer:
        self.asked.append(parameters)
        said = self.answers.pop(0)
        if isinstance(said, str):
            return Answer([{"text": said}], "end_turn")
        use = {"toolUseId": f"t{len(self.asked)}", "name": ANSWER, "input": said}
        return Answer([{"toolUse": use}], "tool_use")


def ask(folder: Path, agent: str = "planner") -> dict[str, Any]:
    return dict(strands_model().ask(question(folder, agent, seconds=30.0), Meter(price_table())))


def results(parameters: Parameters) -> Sequence[dict[str, Any]]:
    blocks = [block for message in parameters["messages"] for block in message["content"]]
    return [block["toolResult"] for block in blocks if "toolResult" in block]


def test_a_wrong_count_of_scores_is_told_and_repaired_once(wired: Any, tmp_path: Path) -> None:
    told = Told(SHORT, RIGHT)
    with wired(told):
        assert ask(tmp_path)["scores"] == RIGHT["scores"]
    (refused,) = results(told.asked[1])
    assert refused["status"] == "error"
    assert "scores must be 4 numbers" in refused["content"][0]["text"]
    with wired(Told(SHORT, SHORT)), pytest.raises(AnswerInvalid):
        ask(tmp_path)


def test_an_answer_written_as_text_counts_where_it_fits(wired: Any, tmp_path: Path) -> None:
    told = Told(json.dumps(RIGHT))
    with wired(told):
        assert ask(tmp_path)["scores"] == RIGHT["scores"]
    assert len(told.asked) == 1


def test_who_only_talks_is_asked_once_more_and_never_forced(wired: Any, tmp_path: Path) -> None:
    told = Told("I like the second.", RIGHT)
    with wired(told):
        assert ask(tmp_path)["verdict"] == "approve"
    choices = [each["toolConfig"].get("toolChoice") for each in told.asked]
    assert choices == [{"auto": {}}] * 2
    last = told.asked[1]["messages"][-1]
    assert last == {"role": "user", "content": [{"text": "Answer now by calling the answer tool."}]}


def test_the_tools_are_offered_as_they_are_declared_and_the_options_in_the_order_of_the_scores(
    wired: Any, tmp_path: Path
) -> None:
    told = Told(RIGHT)
    with wired(told):
        asked = question(tmp_path, "buyer", seconds=30.0)
        strands_model().ask(asked, Meter(price_table()))
    (parameters,) = told.asked
    assert [each["toolSpec"] for each in parameters["toolConfig"]["tools"]] == [
        *(tool.spec for tool in asked.tools),
        answer_tool(Phase.RECOMMEND),
    ]
    assert [option["id"] for option in read([asked.user]).options] == list(asked.option_ids)


def test_no_answer_leaves_a_type_behind(wired: Any, tmp_path: Path) -> None:
    known = dict(structured_output_tool._TOOL_SPEC_CACHE)
    with wired(Told(RIGHT, RIGHT, RIGHT)):
        for _ in range(3):
            ask(tmp_path)
    assert known == structured_output_tool._TOOL_SPEC_CACHE
