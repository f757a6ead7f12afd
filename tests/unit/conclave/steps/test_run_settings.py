"""A run keeps the settings that it began with, whatever operators change while it goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conclave.agents.prices import price_table
from conclave.audit.chain import read_chain
from conclave.clock import Deadline
from conclave.codec import decode, encode
from conclave.configuration.applied import pack_under
from conclave.configuration.document import recorded, settings_from, settings_of, version_of
from conclave.configuration.settings import PACKAGED, Settings
from conclave.figures import SETTINGS_NOT_HOSTED
from conclave.records.runs import FRAME
from conclave.steps.frame import perform_frame
from conclave.steps.run_agent import perform_agent
from conclave.testing.models import ScriptedModel, agreeable
from conclave.testing.room import UNSCREENED
from conclave.types import AgentKind, Complexity, Frame, Phase, SettingsSource
from msgspec import structs
from noted import Noted
from pipe_domain import MODEL, Extractor, Scene, document, make_scene

OTHERS = settings_from(
    {
        "models": {"business": {"tier": "strong"}, "arbiter": {"by_complexity": {"simple": "strong"}}},
        "limits": {"seconds": {"safety": 20}, "model_turns": 3, "output_tokens": 600},
        "thresholds": {"choice": {"many_gaps": 0}},
        "flags": {"shared_reads": False},
    }
)


def under(scene: Scene, settings: Settings) -> Any:
    return replace(scene.room, settings=settings)


def begun_with(scene: Scene) -> Settings:
    frame = decode(scene.runs.read("run-1", [FRAME])[FRAME], Frame)
    assert frame.manifest is not None
    return settings_of(frame.manifest)


def test_manifest_and_audit_tell_the_settings(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    under(scene, OTHERS).frame("run-1")
    assert begun_with(scene) == OTHERS
    (_, framed) = read_chain("run-1", scene.runs.audit("run-1"))
    assert framed.entry.body["settings"] == {"version": version_of(OTHERS), "source": "packaged", "fault": ""}
    strong = price_table().model("strong")
    business = [each.name for each in scene.room.pack.agents if each.kind is AgentKind.BUSINESS]
    assert business
    assert {framed.entry.body["models"][name] for name in business} == {strong}


def test_audit_names_the_models_that_may_stand_in_under_the_settings(tmp_path: Path) -> None:
    def stand_ins(folder: str, chain: list[str]) -> set[tuple[str, ...]]:
        (tmp_path / folder).mkdir()
        scene = make_scene(tmp_path / folder)
        under(scene, settings_from({"models": {"business": {"chain": chain}}})).frame("run-1")
        (_, framed) = read_chain("run-1", scene.runs.audit("run-1"))
        business = [each.name for each in scene.room.pack.agents if each.kind is AgentKind.BUSINESS]
        return {tuple(framed.entry.body["stand_ins"][name]) for name in business}

    assert stand_ins("strong", ["strong"]) == {(price_table().model("strong"),)}
    assert stand_ins("same", ["balanced"]) == {()}


@pytest.mark.parametrize("later", [PACKAGED, OTHERS])
def test_steps_take_the_settings_of_the_run_and_not_those_of_their_day(tmp_path: Path, later: Settings) -> None:
    """Byte by byte: a run that begins under settings ends as if nobody had changed them since."""
    first = make_scene(tmp_path)
    under(first, OTHERS).deliberate("run-1")
    second = make_scene(tmp_path)
    framed = under(second, OTHERS).frame("run-1")
    room = under(second, later)
    arbiter = room._phases("run-1", framed.fence)
    room.decide("run-1", framed.fence, arbiter)
    room.publish("run-1", framed.fence)
    assert encode(document(first)["decision"]) == encode(document(second)["decision"])
    assert [(each["name"], each["model"]) for each in document(first)["agents"]] == [
        (each["name"], each["model"]) for each in document(second)["agents"]
    ]


def test_frame_repeated_under_newer_settings_answers_the_same(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    first = under(scene, OTHERS).frame("run-1")
    assert under(scene, PACKAGED).frame("run-1") == first
    assert begun_with(scene) == OTHERS


def test_run_that_another_execution_takes_over_keeps_the_settings_it_began_with(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    room = scene.room
    under(scene, OTHERS).frame("run-1")
    perform_frame(
        room.context("run-1"),
        "another-execution",
        tables=lambda _: room.tables,
        extractor=lambda _: room.extractor,
        screen=UNSCREENED,
        prices=room.prices,
        settings=recorded(PACKAGED, SettingsSource.HOSTED),
    )
    assert scene.runs.get("run-1").fence == 2
    assert begun_with(scene) == OTHERS


@pytest.mark.parametrize("source", SettingsSource)
def test_frame_says_when_the_settings_are_not_the_hosted_ones(tmp_path: Path, source: SettingsSource) -> None:
    scene = make_scene(tmp_path)
    room = scene.room
    noted = Noted()
    perform_frame(
        room.context("run-1"),
        "execution",
        tables=lambda _: room.tables,
        extractor=lambda _: room.extractor,
        screen=UNSCREENED,
        prices=room.prices,
        settings=recorded(PACKAGED, source),
        observe=noted,
    )
    assert noted.of(SETTINGS_NOT_HOSTED) == [source is not SettingsSource.HOSTED]


def test_agent_gets_models_tables_and_time_by_the_settings_of_its_run(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    framed = under(scene, OTHERS).frame("run-1")
    guard = next(each for each in scene.room.pack.agents if each.kind is AgentKind.SAFETY)
    seen: list[Any] = []

    def model(agent: Any, settings: Settings) -> ScriptedModel:
        seen.append((agent.time_limit, settings))
        return ScriptedModel(MODEL, agreeable)

    def tables(settings: Settings) -> Any:
        seen.append(settings)
        return scene.room.tables

    branch = perform_agent(
        under(scene, PACKAGED).context("run-1", framed.fence),
        Phase.RECOMMEND,
        agent_name=guard.name,
        tables=tables,
        models=model,
        prices=price_table(),
        deadline=Deadline(500),
    )
    assert branch.status == "ok"
    assert seen == [OTHERS, (20, OTHERS)]


def test_pack_under_settings_keeps_everything_but_tiers_times_and_thresholds(tmp_path: Path) -> None:
    pack = make_scene(tmp_path).room.pack
    assert pack_under(pack, PACKAGED) is pack
    changed = pack_under(pack, OTHERS)
    assert (changed.arbitration.many_gaps, changed.arbitration.clear) == (0, pack.arbitration.clear)
    assert changed.arbiter.for_choice(Complexity.SIMPLE).tier == "strong"
    assert changed.arbiter.for_choice(Complexity.COMPLEX).tier == pack.arbiter.for_choice(Complexity.COMPLEX).tier
    same: dict[str, Any] = {"tier": "", "tiers": {}, "time_limit": None}
    assert [structs.replace(each, **same) for each in changed.agents] == [
        structs.replace(each, **same) for each in pack.agents
    ]
    assert structs.replace(changed, agents=(), arbitration=None) == structs.replace(pack, agents=(), arbitration=None)


def test_report_is_left_to_the_model_where_code_does_not_read(tmp_path: Path) -> None:
    def by_code(text: str, received: str, tables: Any) -> Any:
        raise AssertionError("the settings say that code does not read")

    scene = make_scene(tmp_path, text="P1 leaks", extractor=Extractor({"pipe": "P1"}), read_plainly=by_code)
    off = settings_from({"flags": {"read_by_code": False}})
    under(scene, off).frame("run-1")
    frame = decode(scene.runs.read("run-1", [FRAME])[FRAME], Frame)
    assert frame.reading is not None
    assert (frame.reading.by, frame.reading.doubt) == ("model", "switched_off")
