"""A run is pinned to one set of versions when it is framed, and keeps it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from conclave.codec import decode
from conclave.records.runs import FRAME
from conclave.results import LIVE
from conclave.rollout import record as moves
from conclave.rollout.record import NONE, Record
from conclave.steps.frame import PinInvalid, versions_by
from conclave.types import Frame, Pin, Side
from msgspec import structs
from pipe_domain import Scene, make_scene

AT = "2026-11-29T10:00:00.000Z"


def canary(scene: Scene, share: int, version: str = "2") -> Record:
    names = [agent.name for agent in scene.room.pack.agents]
    begun = moves.begun(NONE, dict.fromkeys(names, version), stable=dict.fromkeys(names, "1"), at=AT)
    return structs.replace(moves.admitted(begun, at=AT), share=share)


def framed(scene: Scene, rollout: Record) -> dict[str, str]:
    return dict(replace(scene.room, rollout=rollout).frame("run-1").versions)


def pin_of(scene: Scene) -> Pin | None:
    manifest = decode(scene.runs.read("run-1", [FRAME])[FRAME], Frame).manifest
    return manifest.pin if manifest else None


def test_without_a_rollout_agents_are_those_deployed(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    assert framed(scene, NONE) == {agent.name: LIVE for agent in scene.room.pack.agents}
    pin = pin_of(scene)
    assert pin is not None
    assert pin.side is Side.STABLE


@pytest.mark.parametrize(("share", "version", "side"), [(100, "2", Side.CANDIDATE), (0, "1", Side.STABLE)])
def test_all_agents_of_a_run_are_on_one_side(tmp_path: Path, share: int, version: str, side: Side) -> None:
    scene = make_scene(tmp_path)
    assert set(framed(scene, canary(scene, share)).values()) == {version}
    pin = pin_of(scene)
    assert pin is not None
    assert (pin.side, pin.rollout) == (side, 1)


def test_a_repeated_step_answers_the_pin_that_stands_though_the_share_moved(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    first = framed(scene, canary(scene, 100))
    assert framed(scene, canary(scene, 0)) == first


def test_another_execution_does_not_take_up_what_was_rolled_back(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    on = canary(scene, 100)
    assert set(framed(scene, on).values()) == {"2"}
    back = moves.rolled_back(on, ("cost",), at=AT)
    again = replace(scene.room, rollout=back)
    scene.runs.claim("run-1", "another/execution", AT)
    run = scene.runs.get("run-1")
    assert run.fence == 2
    assert set(again.frame("run-1").versions.values()) == {"1"}


def test_a_version_is_a_number(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    framed(scene, NONE)
    manifest = decode(scene.runs.read("run-1", [FRAME])[FRAME], Frame).manifest
    assert manifest is not None
    name = scene.room.pack.agents[0].name
    for odd in ("$LATEST", "1:other", "", "live2"):
        pin = Pin(side=Side.STABLE, rollout=1, versions={name: odd})
        with pytest.raises(PinInvalid, match=name):
            versions_by(structs.replace(manifest, pin=pin), scene.room.pack)
