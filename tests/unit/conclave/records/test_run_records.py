"""A run is read back through its own manifest, whatever has become of its pack since."""

from __future__ import annotations

from collections import Counter
from dataclasses import make_dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from conclave.api.documents import run_document
from conclave.api.erasure import erase_texts
from conclave.api.queries import texts_document
from conclave.codec import decode, encode
from conclave.pack import Dimension, Fact, Field, Pack, open_question
from conclave.records.run_records import RecordMissing, by_id, records_of, required
from conclave.records.runs import FRAME, collation_record
from conclave.steps.collate import perform_collate
from conclave.steps.decide import perform_decide
from conclave.testing.models import agreeable
from conclave.types import Collation, Frame, Phase, RunStatus, Value
from msgspec import Meta, structs
from pipe_domain import Scene, clock, make_scene

SECRET = "the reporter is Jo Public"
"""Stands in texts of agents."""


def talkative(question: Any) -> Any:
    return {
        name: SECRET if name in ("rationale", "justification") else value for name, value in agreeable(question).items()
    }


def decided(folder: Path) -> Scene:
    scene = make_scene(
        folder, dict.fromkeys(("pressure_guard", "crew_guard", "buyer", "planner", "arbiter"), talkative)
    )
    assert scene.room.deliberate("run-1").status is RunStatus.DECIDED
    return scene


def as_written_before_manifests(scene: Scene) -> None:
    """Puts the records into the form that they had before runs described themselves."""
    stored = scene.runs._records["run-1"]
    changes: tuple[tuple[str, Any, dict[str, Any]], ...] = (
        (FRAME, Frame, {"manifest": None, "scores": {}}),
        (collation_record(Phase.RECOMMEND), Collation, {"usage": None}),
        (collation_record(Phase.REVISE), Collation, {"usage": None}),
    )
    for name, kind, without in changes:
        if name in stored:
            fence, data = stored[name]
            stored[name] = (fence, encode(structs.replace(decode(data, kind), **without)))


def without_planner(pack: Pack) -> Pack:
    return structs.replace(pack, version="2", agents=[each for each in pack.agents if each.name != "planner"])


def with_planner_renamed(pack: Pack) -> Pack:
    agents = [structs.replace(each, name="foreman") if each.name == "planner" else each for each in pack.agents]
    return structs.replace(pack, version="2", agents=agents)


def left(scene: Scene) -> str:
    records = [data for _, data in scene.runs._records["run-1"].values()]
    return b"\n".join([*records, *scene.runs.audit("run-1")]).decode(errors="replace")


@pytest.mark.parametrize("changed", [without_planner, with_planner_renamed])
@pytest.mark.parametrize("old", [False, True])
def test_erasing_forgets_no_agent_that_the_pack_no_longer_has(tmp_path: Path, changed: Any, old: bool) -> None:
    scene = decided(tmp_path)
    if old:
        as_written_before_manifests(scene)
    assert SECRET in left(scene)
    pack = changed(scene.room.pack)
    ports: dict[str, Any] = {"runs": scene.runs, "journal": scene.journal}
    erase_texts("run-1", by="a person", reason="asked", pack=pack, bus=scene.bus, clock=clock, **ports)
    assert SECRET not in left(scene)
    names = ["pressure_guard", "crew_guard", "buyer", "planner", "foreman", "arbiter"]
    texts = [f"{phase.value}{part}" for phase in Phase for part in ("", "#texts")]
    assert scene.journal.read("run-1", names, texts) == {}


@pytest.mark.parametrize("old", [False, True])
def test_a_dropped_agent_is_still_shown_with_its_texts(tmp_path: Path, old: bool) -> None:
    scene = decided(tmp_path)
    if old:
        as_written_before_manifests(scene)
    pack = without_planner(scene.room.pack)
    ports: dict[str, Any] = {"pack": pack, "runs": scene.runs, "journal": scene.journal}
    shown = run_document("run-1", stage="t", clock=clock, **ports)
    planner = next(each for each in shown["agents"] if each["name"] == "planner")
    assert (planner["kind"], planner["status"], planner["rationale"]) == ("business", "ok", SECRET)
    assert texts_document("run-1", {"agent": "planner", "phase": "recommend"}, **ports)["state"] == "kept"


def test_options_are_shown_with_the_scores_that_were_decided_on(tmp_path: Path) -> None:
    scene = decided(tmp_path)
    ports: dict[str, Any] = {"runs": scene.runs, "journal": scene.journal, "stage": "t", "clock": clock}
    before = run_document("run-1", pack=scene.room.pack, **ports)
    other = (Dimension(name="mood", weight=1.0, score=lambda fields: 0.1),)
    after = run_document("run-1", pack=structs.replace(scene.room.pack, dimensions=other), **ports)
    assert after["options"] == before["options"]
    chosen = next(each for each in after["options"] if each["id"] == after["decision"]["option_id"])
    assert (chosen["total"], chosen["scores"]) == (after["decision"]["total"], after["decision"]["scores"])


def test_a_run_tells_what_its_own_fields_meant(tmp_path: Path) -> None:
    scene = decided(tmp_path)
    meant = [
        {"name": each.name, "type": each.type.__name__, "unit": each.unit, "description": each.description}
        for each in scene.room.pack.fields
    ]
    other = structs.replace(scene.room.pack, fields=[Field(name="mood", type=float, description="how it feels")])
    shown = run_document("run-1", pack=other, runs=scene.runs, journal=scene.journal, stage="t", clock=clock)
    assert shown["fields"] == meant
    assert meant[0]["description"] == "pressure after the fix"


def test_a_run_under_way_is_decided_by_the_scores_it_was_framed_with(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    fence = scene.room.frame("run-1").fence
    arbiter = scene.room._phases("run-1", fence)
    other = (Dimension(name="mood", weight=1.0, score=lambda fields: 0.1),)
    context = structs.replace(
        scene.room.context("run-1", fence), pack=structs.replace(scene.room.pack, dimensions=other)
    )
    shown = run_document("run-1", pack=context.pack, runs=scene.runs, journal=scene.journal, stage="t", clock=clock)
    decision, _ = perform_decide(context, arbiter=arbiter, failure=None)
    assert {each.option_id: each.total for each in decision.options} == {
        each["id"]: each["total"] for each in shown["options"]
    }
    assert set(decision.scores) == {"safety", "cost"}


def test_records_without_a_manifest_give_the_same_decision(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    fence = scene.room.frame("run-1").fence
    arbiter = scene.room._phases("run-1", fence)
    as_written_before_manifests(scene)
    decision, _ = perform_decide(scene.room.context("run-1", fence), arbiter=arbiter, failure=None)
    assert decision == decided_anew(tmp_path)


def decided_anew(folder: Path) -> Any:
    scene = make_scene(folder)
    fence = scene.room.frame("run-1").fence
    return perform_decide(scene.room.context("run-1", fence), arbiter=scene.room._phases("run-1", fence), failure=None)[
        0
    ]


def test_deciding_reads_the_run_once_and_the_journal_once(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    fence = scene.room.frame("run-1").fence
    arbiter = scene.room._phases("run-1", fence)
    calls: Counter[str] = Counter()

    class Counted:
        def __init__(self, port: Any, name: str) -> None:
            self._port, self._name = port, name

        def __getattr__(self, name: str) -> Any:
            calls[f"{self._name}.{name}"] += 1
            return getattr(self._port, name)

    runs: Any = Counted(scene.runs, "runs")
    journal: Any = Counted(scene.journal, "journal")
    context = structs.replace(scene.room.context("run-1", fence), runs=runs, journal=journal)
    perform_decide(context, arbiter=arbiter, failure=None)
    assert calls == {"runs.load": 1, "journal.read": 1, "runs.write": 1}


def test_a_record_that_is_missing_is_named(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    records = records_of("run-1", scene.runs, scene.room.pack)
    assert (records.frame, records.last_collation, dict(records.assessments)) == (None, None, {})
    with pytest.raises(RecordMissing, match="run-1 has no record Frame"):
        required(records.frame, Frame, "run-1")


def test_a_machine_of_either_version_finds_its_agents_in_the_route(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    fence = scene.room.frame("run-1").fence
    branches = [scene.room.answer("run-1", Phase.RECOMMEND, fence, each) for each in scene.room.pack.specialists]
    context = structs.replace(scene.room.context("run-1", fence), pack=with_planner_renamed(scene.room.pack))
    _, route = perform_collate(context, Phase.RECOMMEND, branches)
    assert {"planner", "foreman"} <= route.revise.keys()
    assert route.revise["foreman"] is False


NOTED, RENAMED, BOUNDED = (
    make_dataclass(name, [("pipe", str, ""), (field, kind, "")], frozen=True, kw_only=True)
    for name, field, kind in (
        ("Noted", "note", str),
        ("Renamed", "remark", str),
        ("Bounded", "note", Annotated[str, Meta(pattern="^.*$")]),
    )
)


@pytest.mark.parametrize(
    ("pipe", "framing", "today"),
    [
        ("P1", NOTED, RENAMED),
        ("P1", NOTED, BOUNDED),
        ("P1", RENAMED, RENAMED),
        ("P99", NOTED, RENAMED),
        ("P99", NOTED, BOUNDED),
        ("P99", RENAMED, RENAMED),
    ],
)
def test_texts_of_an_incident_go_whatever_its_fields_were_called(
    tmp_path: Path, pipe: str, framing: Any, today: Any
) -> None:
    scene = make_scene(tmp_path, incident={"pipe": pipe, "note": SECRET})
    object.__setattr__(scene.room, "pack", structs.replace(scene.room.pack, incident=framing))
    decision = scene.room.deliberate("run-1")
    assert (decision.status is RunStatus.HALTED) is (pipe == "P99")
    assert SECRET in str(scene.runs.get("run-1").incident)
    pack = structs.replace(scene.room.pack, incident=today)
    ports: dict[str, Any] = {"runs": scene.runs, "journal": scene.journal}
    erase_texts("run-1", by="a person", reason="asked", pack=pack, bus=scene.bus, clock=clock, **ports)
    assert SECRET not in left(scene)
    assert SECRET not in str(scene.runs.get("run-1").incident)


def test_erasing_takes_what_todays_agents_left_in_a_run_framed_before_them(tmp_path: Path) -> None:
    scene = decided(tmp_path)
    scene.journal.append("run-1", "foreman", {"recommend": SECRET.encode()}, 1)
    pack = with_planner_renamed(scene.room.pack)
    ports: dict[str, Any] = {"runs": scene.runs, "journal": scene.journal}
    erase_texts("run-1", by="a person", reason="asked", pack=pack, bus=scene.bus, clock=clock, **ports)
    assert scene.journal.read("run-1", ["foreman", "planner"], ["recommend"]) == {}


def test_facts_under_one_id_are_told_together_and_an_open_question_hides_none() -> None:
    asked = open_question("alternatives", "shipments/1", route="A-B")
    shipment = Fact(id="shipments/1", kind="shipment", values={"kilograms": 3, "kind": "cold"}, text="keep upright")
    later = Fact(id="shipments/1", kind="limits", values={"kind": "cold chain", "hours": 9})
    alone = open_question("people", "crews/1")
    whole: dict[str, Value] = {"kilograms": 3, "kind": "cold chain", "hours": 9}
    for facts in ((shipment, asked, later, alone), (asked, shipment, later, alone)):
        found = by_id(facts)
        assert found["shipments/1"] == Fact(id="shipments/1", kind="limits", values=whole, text="keep upright")
        assert found["crews/1"] == alone
