"""What a page draws of a run: as the pack declared it, with the evidence of its constraints, and without what is erased."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conclave.api.erasure import erase_texts
from conclave.api.views.picture import picture_document
from conclave.pack import ToolContext, ToolResult, tool
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


@tool(reads=())
def noted(context: ToolContext) -> ToolResult:
    """What the note says."""
    rule = Constraint(
        id="note",
        field="people",
        operator=Operator.GE,
        value=1,
        unit="count",
        hard=True,
        source="note",
        evidence_id="notes/1",
        reason="it says so",
    )
    return ToolResult(facts=[Fact(id="notes/1", kind="note", values={"level": 2}, text=NOTE)], constraints=[rule])


def test_texts_of_evidence_are_made_presentable_and_go_with_the_others(tmp_path: Path) -> None:
    scene = scene_of(tmp_path)
    room = scene.room
    agents = [
        structs.replace(each, checks=(noted,)) if each.name == "crew_guard" else each for each in room.pack.agents
    ]
    scene = scene_of(tmp_path, agents=tuple(agents))
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
