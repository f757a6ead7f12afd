"""``fork`` and ``diff``: what is asked of the API, what is refused before it, and what a person sees of two runs."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from cli.comparison import compared


@pytest.fixture
def decided(decided: Any) -> Any:
    """A run that was decided, its texts kept."""
    return {**decided, "texts": "kept"}


@pytest.fixture
def ended(room: Any, decided: Any) -> Any:
    """A run that is over, and a fork of it."""
    fork = {"of": "run-1", "from": "arbitrate", "by": "mia", "outcome": "decided", "models": {"arbiter": "strong"}}
    room.api.states["run-1"] = [{**decided, "run_id": "run-1"}]
    room.api.states["run-2"] = [{**decided, "run_id": "run-2", "status": "forked", "fork": fork}]
    return room


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("model=arbiter:strong", {"models": {"arbiter": "strong"}}),
    ("model=safety:global.x-1:0", {"models": {"safety": "global.x-1:0"}}),
    ("prompt=arbiter:Be bold: always.", {"prompts": {"arbiter": {"text": "Be bold: always.", "instead": False}}}),
    (
        "constraint=cost <= 500",
        {"constraints": [{"field": "cost", "operator": "<=", "value": 500, "hard": True}]},
    ),
    (
        "constraint=soft:airport==AUH",
        {"constraints": [{"field": "airport", "operator": "==", "value": "AUH", "hard": False}]},
    ),
    ("field=O3.delay_minutes=45", {"fields": {"O3": {"delay_minutes": 45}}}),
    ("field=O3.delay_minutes=null", {"fields": {"O3": {"delay_minutes": None}}}),
    (
        "configuration=limits.model_turns=3",
        {"configuration": {"document": {"limits": {"model_turns": 3}}, "instead": False}},
    ),
]


@pytest.mark.parametrize(("change", "body"), CHANGES)
def test_a_change_is_asked_for_as_it_is_written(ended: Any, change: str, body: dict[str, Any]) -> None:
    result = ended("fork", "run-1", "--from", "revise", "--with", change)
    assert result.exit_code == 0, result.stderr
    assert ended.api.asked == {"run_id": "run-1", "from": "revise", **body, "key": ""}
    assert "run-2" in result.stdout
    assert "conclave diff run-1 run-2" in result.stdout


def test_several_changes_go_together(ended: Any) -> None:
    several = ["field=O1.cost=1", "field=O1.people=2", "field=O2.cost=3", "configuration=limits.model_turns=3"]
    several += ["configuration=flags.shared_reads=false", "constraint=cost<=5", "constraint=cost>=1"]
    result = ended("fork", "run-1", "--from", "revise", *(word for each in several for word in ("--with", each)))
    assert result.exit_code == 0, result.stderr
    assert ended.api.asked["fields"] == {"O1": {"cost": 1, "people": 2}, "O2": {"cost": 3}}
    assert ended.api.asked["configuration"]["document"] == {
        "limits": {"model_turns": 3},
        "flags": {"shared_reads": False},
    }
    assert len(ended.api.asked["constraints"]) == 2


def test_a_file_stands_in_place_of_a_role(ended: Any, tmp_path: Path) -> None:
    (tmp_path / "role.md").write_text("You are bold.\nAlways.\n", encoding="utf-8")
    result = ended("fork", "run-1", "--from", "arbitrate", "--with", f"prompt=arbiter:@{tmp_path / 'role.md'}")
    assert result.exit_code == 0, result.stderr
    assert ended.api.asked["prompts"] == {"arbiter": {"text": "You are bold.\nAlways.", "instead": True}}


def test_a_new_fork_has_a_key_of_its_own(ended: Any) -> None:
    assert ended("fork", "run-1", "--from", "arbitrate", "--new").exit_code == 0
    assert ended.api.asked["key"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "taste=better",
            "is not a change (--with KIND=CHANGE; kinds are: model, prompt, constraint, field, configuration)",
        ),
        ("model=", "is not a change"),
        ("model=strong", "names no model (model=AGENT:TIER"),
        ("prompt=arbiter:", "has no words"),
        ("prompt=arbiter:@/no/such/file", "/no/such/file cannot be read as a text"),
        ("constraint=-pressure", "a fork adds constraints and drops none, whoever brought them"),
        ("constraint=cost", "is not a predicate"),
        ("field=O3=45", "sets no field (field=OPTION.FIELD=VALUE"),
        ("configuration=latest", "is neither a setting nor the only version"),
        ("configuration=99", "there is no change 99"),
    ],
)
def test_what_is_no_change_is_refused_before_anything_is_asked(ended: Any, change: str, said: str) -> None:
    result = ended("fork", "run-1", "--from", "revise", "--with", change)
    assert result.exit_code == 2, result.stdout
    assert said in result.stderr
    assert not ended.api.asked


def test_a_phase_has_to_be_named(ended: Any) -> None:
    assert ended("fork", "run-1").exit_code == 2
    assert ended("fork", "run-1", "--from", "decide").exit_code == 2


def test_a_fork_is_waited_for_and_shown_as_one(ended: Any) -> None:
    result = ended("fork", "run-1", "--from", "arbitrate", "--wait")
    assert result.exit_code == 0, result.stderr
    assert "a fork of run-1 from arbitrate, which came out as decided: a decision for nobody" in " ".join(
        result.stdout.replace("│", " ").split()
    )


def test_two_runs_that_do_not_differ_are_told_in_one_line(ended: Any, decided: Any) -> None:
    ended.api.states["run-3"] = [{**decided, "run_id": "run-3"}]
    result = ended("diff", "run-1", "run-3")
    assert result.exit_code == 0, result.stderr
    assert "the same in both: incident," in result.stdout
    document = json.loads(ended("diff", "run-1", "run-3", "--json").stdout)
    assert set(document["same"]) == {
        "incident",
        "options",
        "constraints",
        "assessments",
        "ranking",
        "cost",
        "durations",
    }


def changed(run: dict[str, Any]) -> dict[str, Any]:
    """A run in which something of everything is other."""
    other = copy.deepcopy(run)
    option = other["options"][0]
    name = next(iter(option["fields"]))
    option["fields"][name] = 4_711
    option["total"] = 0.123
    removed = other["constraints"].pop(0)
    other["constraints"].append({**removed, "id": "fork:cost<=500", "field": "cost", "value": 500, "reason": "CNRY"})
    other["agents"][0].update(verdict="reject", rationale="CNRY-7731 says no")
    other["agents"].append({**other["agents"][0], "name": "newcomer"})
    other["decision"]["ranking"] = other["decision"]["ranking"][::-1]
    other["totals"]["cost_usd"] = 9.5
    other["phases"][0]["duration_seconds"] = 99.0
    return other


def test_what_differs_is_told_part_by_part(ended: Any, decided: Any) -> None:
    other = {**changed(decided), "run_id": "run-4"}
    document = compared({**decided, "run_id": "run-1"}, other)
    (option,) = document["options"]
    name = next(iter(decided["options"][0]["fields"]))
    assert option["fields"][name] == [decided["options"][0]["fields"][name], 4_711]
    assert option["scores"]["total"] == [decided["options"][0]["total"], 0.123]
    assert [each["id"] for each in document["constraints"]["second"]] == ["fork:cost<=500"]
    assert document["constraints"]["first"][0]["id"] == decided["constraints"][0]["id"]
    assert document["constraints"]["both"] == len(decided["constraints"]) - 1
    verdicts = [each for each in document["assessments"] if each["in"] == "both"]
    assert verdicts[0]["verdict"] == [decided["agents"][0]["verdict"], "reject"]
    assert verdicts[0]["rationale"] == "differs"
    assert {each["agent"]: each["in"] for each in document["assessments"]}["newcomer"] == "second"
    assert document["ranking"]["ranking"][1] == document["ranking"]["ranking"][0][::-1]
    assert document["cost"]["cost_usd"] == [decided["totals"]["cost_usd"], 9.5]
    assert 99.0 in next(iter(document["durations"].values()))
    assert document["same"] == ["incident"]
    ended.api.states["run-4"] = [other]
    shown = ended("diff", "run-1", "run-4")
    assert shown.exit_code == 0, shown.stderr
    for part in ("decision", "options", "constraints", "assessments", "cost", "durations", "$9.50", "4,711"):
        assert part in shown.stdout
    assert "the same in both: incident" in shown.stdout


def test_no_text_of_a_model_or_a_person_is_shown(ended: Any, decided: Any) -> None:
    for texts in ("kept", "erased"):
        other = {**changed(decided), "texts": texts, "incident": {"words": "CNRY-7731"}, "text": "CNRY-7731"}
        ended.api.states["run-4"] = [{**other, "run_id": "run-4"}]
        document = compared(decided, other)
        assert "CNRY-" not in json.dumps(document)
        assert "CNRY-" not in ended("diff", "run-1", "run-4").stdout
        differs = [each for each in document["assessments"] if "rationale" in each]
        assert bool(differs) is (texts == "kept")
        assert bool(document["incident"]) is (texts == "kept")


def test_it_is_told_whose_fork_a_run_is_and_what_is_other(ended: Any, decided: Any) -> None:
    shown = ended("diff", "run-1", "run-2")
    assert "forked of run-1 from arbitrate" in " ".join(shown.stdout.split())
    assert "second: model of arbiter: strong" in shown.stdout
    one, other = ended.api.states["run-1"][0], ended.api.states["run-2"][0]
    assert compared(one, other)["related"] == "fork"
    assert compared(other, one)["related"] == "parent"
    assert compared(other, {**other, "run_id": "run-9"})["related"] == "forks"
    assert compared(one, {**one, "run_id": "run-9"})["related"] == ""


def test_a_run_that_is_not_there_is_told(ended: Any) -> None:
    assert ended("diff", "run-1", "run-77").exit_code == 2
    assert ended("fork", "run-77", "--from", "revise").exit_code == 2
