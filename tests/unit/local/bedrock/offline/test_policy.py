from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.bedrock.offline.policy import Reply, breaks, preference_scores, reply
from local.bedrock.offline.prompt import Preference, Rule, cell, read

PROMPT = """<task>{task}</task>
<incident>{{"flight": "EY17", "tail": "", "minutes": 240}}</incident>
<objectives>
delay:min:0.5 cost:min:0.25 safe:max:0.25
</objectives>
<options>
id,action,delay,cost,safe
O1,delay,240,1000,true
O2,swap_aircraft,30,9000,true
O3,cancel,,50000,false
</options>
{more}"""
CURFEW = """<constraints>
id,field,operator,value,unit,hard,agent
curfew,delay,<=,120,min,true,{agent}
soft,cost,<=,10,usd,false,finance
</constraints>"""


def tool(name: str, properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return {"toolSpec": {"name": name, "inputSchema": {"json": schema}}}


ASSESSMENT = tool(
    "AssessmentAnswer",
    {
        "verdict": {"enum": ["approve", "caution", "reject"]},
        "scores": {"type": "array", "items": {"type": "object"}},
        "constraints": {"type": "array"},
        "confidence": {"type": "number"},
        "rationale": {"type": "string", "maxLength": 400},
    },
)
REVISION = tool(
    "RevisionAnswer",
    {
        **ASSESSMENT["toolSpec"]["inputSchema"]["json"]["properties"],
        "stance": {"enum": ["confirm", "revise", "strengthen"]},
    },
)
CHOICE = tool(
    "ChoiceAnswer",
    {
        "option_id": {"enum": ["O1", "O2"]},
        "ranking": {"type": "array"},
        "justification": {"type": "string"},
        "confidence": {"type": "number"},
    },
)


def ask(
    text: str, *tools: dict[str, Any], agent: str = "crew", choice: dict[str, Any] | None = None, **more: Any
) -> Reply:
    return reply(
        {
            "modelId": "any",
            "messages": [{"role": "user", "content": [{"text": text}]}, *more.get("later", ())],
            "toolConfig": {"tools": list(tools), "toolChoice": choice or {"auto": {}}},
            "requestMetadata": {"agent": agent},
        }
    )


def answer(text: str, *tools: dict[str, Any], **more: Any) -> dict[str, Any]:
    (call,) = ask(text, *tools, **more).calls
    return call.input


def scores(given_: dict[str, Any]) -> dict[str, float]:
    return {each["option_id"]: each["score"] for each in given_["scores"]}


def test_without_constraints_everything_is_approved_and_ranked() -> None:
    given_ = answer(PROMPT.format(task="recommend", more=""), ASSESSMENT)
    assert given_["verdict"] == "approve"
    assert [each["option_id"] for each in given_["scores"]] == ["O2", "O1", "O3"]
    assert given_["rationale"].startswith("Offline policy: best O2.")
    assert not given_.get("constraints")


def test_what_is_not_asked_for_in_a_phase_is_not_written() -> None:
    optional = {**ASSESSMENT, "required": ["verdict", "scores"]}
    assert answer(PROMPT.format(task="recommend", more=""), optional).keys().isdisjoint({"stance", "constraints"})
    assert "stance" in answer(PROMPT.format(task="revise", more=""), REVISION)


def test_an_option_that_breaks_a_hard_constraint_scores_nothing() -> None:
    given_ = answer(PROMPT.format(task="recommend", more=CURFEW.format(agent="crew")), ASSESSMENT)
    assert given_["verdict"] == "caution"
    assert scores(given_)["O1"] == 0
    assert scores(given_)["O2"] > 0
    assert "1 of 3 options break curfew" in given_["rationale"]


def test_when_no_option_is_left_the_verdict_is_reject() -> None:
    rules = "<constraints>\nid,field,operator,value,unit,hard,agent\nnone,cost,<,1,usd,true,crew\n</constraints>"
    assert answer(PROMPT.format(task="recommend", more=rules), ASSESSMENT)["verdict"] == "reject"


def test_gaps_make_it_cautious_and_less_sure() -> None:
    gaps = "<gaps>\ntool,item,reason,mandatory\nroster,rosters/C1,missing,true\n</gaps>"
    sure = answer(PROMPT.format(task="recommend", more=""), ASSESSMENT)
    unsure = answer(PROMPT.format(task="recommend", more=gaps), ASSESSMENT)
    assert unsure["verdict"] == "caution"
    assert unsure["confidence"] < sure["confidence"]
    assert "rosters/C1" in unsure["rationale"]


def test_tools_that_the_incident_can_fill_are_called_first_and_in_one_turn() -> None:
    roster = tool("roster", {"flight": {"type": "string"}}, ("flight",))
    several = tool("several", {"flight": {"type": "array"}}, ("flight",))
    unfillable = tool("aircraft", {"tail": {"type": "string"}}, ("tail",))
    free = tool("weather", {"airport": {"type": "string"}})
    given_ = ask(PROMPT.format(task="recommend", more=""), roster, several, unfillable, free, ASSESSMENT)
    assert [(call.name, call.input) for call in given_.calls] == [
        ("roster", {"flight": "EY17"}),
        ("several", {"flight": ["EY17"]}),
        ("weather", {}),
    ]


@pytest.mark.parametrize("task", ["revise", "arbitrate"])
def test_tools_are_called_in_the_first_phase_only(task: str) -> None:
    free = tool("weather", {})
    assert [call.name for call in ask(PROMPT.format(task=task, more=""), free, ASSESSMENT).calls] == [
        "AssessmentAnswer"
    ]


def test_a_forced_answer_is_given_at_once() -> None:
    forced = {"tool": {"name": "AssessmentAnswer"}}
    given_ = ask(PROMPT.format(task="recommend", more=""), tool("weather", {}), ASSESSMENT, choice=forced)
    assert [call.name for call in given_.calls] == ["AssessmentAnswer"]


def test_an_answer_that_was_refused_twice_is_not_given_again() -> None:
    later = []
    for index in range(2):
        use = {"toolUse": {"toolUseId": str(index), "name": "AssessmentAnswer", "input": {}}}
        result = {"toolResult": {"toolUseId": str(index), "status": "error", "content": [{"text": "no"}]}}
        later += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    given_ = ask(PROMPT.format(task="recommend", more=""), ASSESSMENT, later=later)
    assert given_.calls == ()
    assert given_.text.startswith("Offline policy:")


@pytest.mark.parametrize(
    ("peers", "owner", "stance"),
    [
        ('{"agent": "crew", "verdict": "approve", "best": ["O2"]}', "crew", "strengthen"),
        ('{"agent": "crew", "verdict": "caution", "best": ["O2"]}', "crew", "confirm"),
        ('{"agent": "crew", "verdict": "caution", "best": ["O3"]}', "crew", "revise"),
        ('{"agent": "crew", "verdict": "reject", "best": ["O1"]}', "maintenance", "strengthen"),
        ("", "crew", "confirm"),
    ],
)
def test_stances(peers: str, owner: str, stance: str) -> None:
    more = CURFEW.format(agent=owner) + (f"\n<peers>\n{peers}\n</peers>" if peers else "")
    assert answer(PROMPT.format(task="revise", more=more), REVISION)["stance"] == stance


def test_the_arbiter_takes_the_highest_total_then_business_then_id() -> None:
    rows = "id,action,safety,total,business\nO1,a,1,0.7,0.4\nO2,b,1,0.7,0.6\nO3,c,1,0.9,0.9"
    text = f"<task>arbitrate</task>\n<options>\n{rows}\n</options>"
    given_ = answer(text, CHOICE)
    assert given_["option_id"] == "O2"
    assert given_["ranking"] == ["O2", "O1"]
    assert given_["justification"].startswith("Offline policy: O2")


def test_framing_answers_by_extraction() -> None:
    incident = tool("incident", {"flight": {"type": "string", "pattern": "^[A-Z]{2}\\d+$", "default": ""}})
    text = "<text>EY17 is late</text>\n<received>2026-11-21T06:00:00Z</received>"
    assert answer(text, incident, choice={"tool": {"name": "incident"}}) == {"flight": "EY17"}


def test_references_in_the_schema_are_followed() -> None:
    schema = {
        "$ref": "#/$defs/A",
        "$defs": {"A": {"type": "object", "properties": {"scores": {"$ref": "#/$defs/S"}}}, "S": {"type": "object"}},
    }
    referring = {"toolSpec": {"name": "Answer", "inputSchema": {"json": schema}}}
    assert set(answer(PROMPT.format(task="revise", more=""), referring)["scores"]) == {"O1", "O2", "O3"}


@pytest.mark.parametrize(
    ("text", "value"),
    [("", None), ("true", True), ("False", False), ("12", 12.0), ("-1.5", -1.5), ("EY17", "EY17"), ("none", None)],
)
def test_cells(text: str, value: object) -> None:
    assert cell(text) == value


@pytest.mark.parametrize(
    ("actual", "operator", "value", "broken"),
    [
        (30.0, "<=", 120.0, False),
        (130.0, "<=", 120.0, True),
        (True, "==", True, False),
        (False, "==", True, True),
        ("A6-BLA", "!=", "A6-BLA", True),
        (None, "<=", 1.0, False),
        ("2026-11-21T23:00:00Z", "<=", "2026-11-21T22:00:00Z", True),
    ],
)
def test_rules(actual: Any, operator: str, value: Any, broken: bool) -> None:
    rule = Rule(id="r", field="f", operator=operator, value=value, hard=True, agent="a")
    assert breaks({"id": "O1", "f": actual}, rule) is broken


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=8), st.sampled_from(["min", "max"]))
def test_scores_stay_between_nothing_and_everything(values: list[float | None], goal: str) -> None:
    options = [{"id": f"O{index}", "f": value} for index, value in enumerate(values)]
    given_ = preference_scores(options, [Preference("f", goal, 2.0)])
    assert all(0 <= score <= 1 for score in given_.values())


def test_the_same_prompt_gets_the_same_answer() -> None:
    text = PROMPT.format(task="recommend", more=CURFEW.format(agent="crew"))
    assert ask(text, ASSESSMENT) == ask(text, ASSESSMENT)


def test_of_two_sections_the_later_counts() -> None:
    assert read(["<task>recommend</task>", "<task>revise</task>"]).task == "revise"
