"""What a page draws of a run: as the pack declared it, with the evidence of its constraints, and without what is erased."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conclave.api.erasure import erase_texts
from conclave.api.views.picture import picture_document
from conclave.pack import Tool, ToolContext, ToolResult, open_question, tool
from conclave.pack.tables import Tables
from conclave.records.runs import RunNotFound
from conclave.steps.frame import PlanInvalid
from conclave.types import Bar, Constraint, Drawing, Fact, LaneKind, Operator, Picture, Place, Plan
from msgspec import structs
from pipe_domain import OPTIONS, Leak, Scene, make_scene

PICTURE = Picture(lanes=(LaneKind(name="pipes", title="Pipes"),), figures=("cost", "pressure"), map_title="Site")
DRAWING = Drawing(
    places=(Place(id="A", lat=1.5, lon=2.5), Place(id="B", lat=1.6, lon=2.7)),
    bars=(
        Bar(
            lane="pipes/P1",
            subject="jobs/1",
            label="inspection",
            start="2026-11-21T06:00:00Z",
            end="2026-11-21T08:00:00Z",
            origin="A",
            destination="B",
        ),
    ),
    planned=(0,),
    options={"O1": (0,)},
)
NOTE = "valve\u202e turned by J. Smith"


def plan(incident: Leak, tables: Tables, now: str) -> Plan:
    return Plan(
        options=OPTIONS, facts=[Fact(id="notes/1", kind="note", values={"level": 2}, text=NOTE)], drawing=DRAWING
    )


def scene_of(folder: Path, **changes: Any) -> Scene:
    return make_scene(folder, **{"picture": PICTURE, "plan": plan, **changes})


def picture(scene: Scene) -> dict[str, Any]:
    return picture_document(scene.run_id, pack=scene.room.pack, runs=scene.runs)


def test_the_drawing_comes_as_it_was_planned_and_declared(tmp_path: Path) -> None:
    scene = scene_of(tmp_path)
    scene.room.deliberate(scene.run_id)
    shown = picture(scene)
    assert shown["picture"]["lanes"] == [{"name": "pipes", "title": "Pipes"}]
    assert shown["picture"]["figures"] == ["cost", "pressure"]
    assert [each["name"] for each in shown["dimensions"]] == ["safety", "cost"]
    assert shown["drawing"]["planned"] == [0]
    assert shown["drawing"]["bars"][0]["label"] == "inspection"
    assert json.loads(json.dumps(shown)) == shown


def test_the_declaration_of_that_day_stands_when_the_pack_is_another(tmp_path: Path) -> None:
    scene = scene_of(tmp_path)
    scene.room.deliberate(scene.run_id)
    today = structs.replace(scene.room.pack, picture=None)
    assert picture_document(scene.run_id, pack=today, runs=scene.runs)["picture"]["map_title"] == "Site"


def test_the_evidence_of_constraints_is_shown_and_no_other_fact(tmp_path: Path) -> None:
    scene = scene_of(tmp_path)
    scene.room.deliberate(scene.run_id)
    evidence = {each["id"]: each for each in picture(scene)["evidence"]}
    assert set(evidence) == {"crew/site", "pipes/P1"}
    assert evidence["pipes/P1"]["values"] == {"limit": 6}


def rule_of(source: str, evidence_id: str) -> Constraint:
    return Constraint(
        id=source,
        field="people",
        operator=Operator.GE,
        value=1,
        unit="count",
        hard=True,
        source=source,
        evidence_id=evidence_id,
        reason="it says so",
    )


@tool(reads=())
def noted(context: ToolContext) -> ToolResult:
    """What the note says."""
    fact = Fact(id="notes/1", kind="note", values={"level": 2}, text=NOTE)
    return ToolResult(facts=[fact], constraints=[rule_of("note", "notes/1")])


@tool(reads=())
def trusting(context: ToolContext) -> ToolResult:
    """A rule from the note of the plan, which is not told again."""
    return ToolResult(constraints=[rule_of("note", "notes/1")])


@tool(reads=())
def measured(context: ToolContext) -> ToolResult:
    """What the gauge of the pipe says, which leaves a question open."""
    told = [
        Fact(id="pipes/P1", kind="gauge", values={"bar": 4}, text="read twice"),
        Fact(id="pipes/P1", kind="valve", values={"open": True}),
        open_question("lookup", "pipes/P1"),
    ]
    return ToolResult(facts=told, constraints=[rule_of("gauge", "pipes/P1")])


def checked_by(check: Tool, folder: Path) -> Scene:
    """A scene in which one agent has another check."""
    agents = [
        structs.replace(each, checks=(check,)) if each.name == "crew_guard" else each
        for each in scene_of(folder).room.pack.agents
    ]
    return scene_of(folder, agents=tuple(agents))


def test_evidence_is_what_the_agent_of_the_constraint_saw_whatever_else_is_told_under_its_id(tmp_path: Path) -> None:
    scene = checked_by(measured, tmp_path)
    scene.room.deliberate(scene.run_id)
    seen = {each["agent"]: each for each in picture(scene)["evidence"] if each["id"] == "pipes/P1"}
    assert seen["crew_guard"]["values"] == {"bar": 4, "open": True}
    assert seen["crew_guard"]["text"] == "read twice"
    (other,) = seen.keys() - {"crew_guard"}
    assert seen[other]["values"] == {"limit": 6}


def test_evidence_that_the_agent_did_not_look_at_itself_is_what_the_planner_saw(tmp_path: Path) -> None:
    scene = checked_by(trusting, tmp_path)
    scene.room.deliberate(scene.run_id)
    (note,) = [each for each in picture(scene)["evidence"] if each["id"] == "notes/1"]
    assert (note["agent"], note["values"]) == ("crew_guard", {"level": 2})


def test_texts_of_evidence_are_made_presentable_and_go_with_the_others(tmp_path: Path) -> None:
    scene = checked_by(noted, tmp_path)
    room = scene.room
    room.deliberate(scene.run_id)
    (note,) = [each for each in picture(scene)["evidence"] if each["id"] == "notes/1"]
    assert note["text"] == "valve turned by J. Smith"
    erase_texts(
        scene.run_id,
        by="me",
        reason="asked to",
        pack=room.pack,
        runs=scene.runs,
        journal=scene.journal,
        bus=scene.bus,
        clock=room.clock,
    )
    after = picture(scene)
    assert (after["texts"], after["evidence"]) == ("erased", [])
    assert after["drawing"]["bars"], "what was planned is no text"
    assert "Smith" not in json.dumps(after)


def test_a_run_that_is_not_framed_has_no_drawing(tmp_path: Path) -> None:
    shown = picture(scene_of(tmp_path))
    assert (shown["drawing"], shown["evidence"]) == (None, [])
    with pytest.raises(RunNotFound):
        picture_document("run-2", pack=scene_of(tmp_path).room.pack, runs=scene_of(tmp_path).runs)


def test_a_drawing_that_no_declaration_knows_is_a_defect_of_the_pack(tmp_path: Path) -> None:
    with pytest.raises(PlanInvalid, match="declares no picture"):
        scene_of(tmp_path, picture=None).room.deliberate("run-1")
