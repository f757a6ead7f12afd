"""A step that is repeated, late or doubled changes nothing that stands, and keeps no run from its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conclave.audit.chain import read_chain
from conclave.codec import decode
from conclave.records.runs import FRAME, FRAME_TEXTS, PROPOSAL, StaleFence
from conclave.records.texts import unpacked
from conclave.steps.decide import perform_decide
from conclave.steps.publish import publish
from conclave.types import Choice, Failure, Frame, Phase, RunStatus
from msgspec import structs
from pipe_domain import Extractor, Scene, choosing, clock, make_scene

LOST = TimeoutError("the answer never arrived")


class Dying:
    """A port that dies at one of its calls: before it is made, or after."""

    def __init__(self, port: Any, call: str, *, after: bool) -> None:
        self._port, self._call, self._after, self.left = port, call, after, 1

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._port, name)
        if name != self._call:
            return member

        def call(*args: Any, **kwargs: Any) -> Any:
            self.left -= 1
            if self.left or not self._after:
                if not self.left:
                    raise LOST
                return member(*args, **kwargs)
            member(*args, **kwargs)
            raise LOST

        return call


class Counting(Extractor):
    """Says something else each time it is asked, and counts."""

    def __init__(self, *answers: Mapping[str, Any] | Exception, between: Any = None) -> None:
        self.answers, self.asked, self.between = list(answers), 0, between

    def extract(self, text: str, schema: Mapping[str, Any], received: str, meter: Any) -> Mapping[str, Any]:
        self._answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if self.between is not None and self.asked == 1:
            self.between()
        return super().extract(text, schema, received, meter)


def events(scene: Scene) -> list[str]:
    return [each.entry.event for each in read_chain("run-1", scene.runs.audit("run-1"))]


def reported(folder: Path, extractor: Any) -> Scene:
    return make_scene(folder, text="P1 leaks", extractor=extractor)


def finish(scene: Scene, fence: int) -> Any:
    """Everything after ``frame``."""
    room = scene.room
    arbiter = room._phases("run-1", fence)
    ports: dict[str, Any] = {"pack": room.pack, "runs": scene.runs, "clock": clock}
    perform_decide(room.context("run-1", fence), arbiter=arbiter, failure=None)
    return publish("run-1", fence, bus=scene.bus, **ports)


@pytest.mark.parametrize("call", ["claim", "load", "write"])
@pytest.mark.parametrize("after", [False, True])
def test_frame_that_dies_anywhere_is_repeated(tmp_path: Path, call: str, after: bool) -> None:
    scene = reported(tmp_path, Counting({"pipe": "P1"}))
    dying = Dying(scene.runs, call, after=after)
    with pytest.raises(TimeoutError):
        replace(scene.room, runs=dying).frame("run-1")
    framed = scene.room.frame("run-1")
    assert (framed.run_id, framed.framed, framed.fence) == ("run-1", True, 1)
    assert events(scene) == ["incident_accepted", "run_framed"]
    run = scene.runs.get("run-1")
    assert (run.summary, {"frame_started", "frame_ended"} <= run.marks.keys()) == ("pipe P1 leaks", True)
    assert finish(scene, 1).status is RunStatus.DECIDED


def test_a_repetition_of_frame_asks_no_model_again_and_moves_no_mark(tmp_path: Path) -> None:
    extractor = Counting({"pipe": "P1"}, {"pipe": "P2"})
    scene: Scene = reported(tmp_path, extractor)
    first = scene.room.frame("run-1")
    before = scene.runs.get("run-1")
    assert scene.room.frame("run-1") == first
    assert (extractor.asked, scene.runs.get("run-1")) == (1, before)


@pytest.mark.parametrize(
    ("first", "second"), [({"pipe": "P1"}, {}), ({}, {"pipe": "P1"}), ({"pipe": "P1"}, {"pipe": "P2"})]
)
def test_two_frames_that_interleave_agree_on_what_the_quicker_one_made(tmp_path: Path, first: Any, second: Any) -> None:
    """The slower one thinks while the quicker one does all its work: both answer the same, under the same fence."""
    answers: list[Any] = []
    extractor = Counting(first, second, between=lambda: answers.append(scene.room.frame("run-1")))
    scene: Scene = reported(tmp_path, extractor)
    answers.append(scene.room.frame("run-1"))
    assert extractor.asked == 2
    assert answers[0] == answers[1]
    assert answers[0].framed == bool(second)
    assert events(scene) == ["incident_accepted", "run_framed"]
    assert len(unpacked(scene.runs.read("run-1", [FRAME_TEXTS])[FRAME_TEXTS]).texts) <= 1
    if second:
        assert decode(scene.runs.read("run-1", [FRAME])[FRAME], Frame).incident["pipe"] == second["pipe"]


def test_a_frame_that_failed_is_framed_by_its_repetition(tmp_path: Path) -> None:
    scene = reported(tmp_path, Counting(RuntimeError("throttled"), {"pipe": "P1"}))
    with pytest.raises(Exception, match="RuntimeError"):
        scene.room.frame("run-1")
    assert scene.room.frame("run-1").framed
    assert finish(scene, 1).status is RunStatus.DECIDED


def test_a_frame_of_a_run_that_was_closed_meanwhile_is_refused(tmp_path: Path) -> None:
    from conclave.steps.close_run import close

    extractor = Counting(
        {"pipe": "P1"},
        between=lambda: close("run-1", "c", pack=scene.room.pack, runs=scene.runs, bus=scene.bus, clock=clock),
    )
    scene: Scene = reported(tmp_path, extractor)
    with pytest.raises(StaleFence):
        scene.room.frame("run-1")
    assert events(scene) == ["incident_accepted", "run_closed"]


@pytest.mark.parametrize("call", ["load", "write"])
@pytest.mark.parametrize("after", [False, True])
def test_collate_that_dies_anywhere_is_repeated_with_the_same_route(tmp_path: Path, call: str, after: bool) -> None:
    scene = make_scene(tmp_path)
    room = scene.room
    fence = room.frame("run-1").fence
    branches = [room.answer("run-1", Phase.RECOMMEND, fence, each) for each in room.pack.specialists]
    with pytest.raises(TimeoutError):
        replace(room, runs=Dying(scene.runs, call, after=after)).collate("run-1", Phase.RECOMMEND, fence, branches)
    first = room.collate("run-1", Phase.RECOMMEND, fence, branches)
    assert room.collate("run-1", Phase.RECOMMEND, fence, []) == first
    assert events(scene).count("phase_collated") == 1
    assert "recommend_ended" in scene.runs.get("run-1").marks


@pytest.mark.parametrize("call", ["load", "write"])
@pytest.mark.parametrize("after", [False, True])
def test_decide_that_dies_anywhere_proposes_once(tmp_path: Path, call: str, after: bool) -> None:
    scene = make_scene(tmp_path)
    room = scene.room
    fence = room.frame("run-1").fence
    arbiter = room._phases("run-1", fence)
    context = room.context("run-1", fence)
    dying: Any = Dying(scene.runs, call, after=after)
    with pytest.raises(TimeoutError):
        perform_decide(structs.replace(context, runs=dying), arbiter=arbiter, failure=None)
    first = perform_decide(context, arbiter=arbiter, failure=None)
    late = Failure(error="States.Timeout", cause="Frame")
    assert perform_decide(context, arbiter=None, failure=late) == first
    assert events(scene).count("decision_proposed") == 1
    assert PROPOSAL in scene.runs.read("run-1", [PROPOSAL])


def test_a_late_duplicate_of_an_agent_changes_neither_answer_nor_texts(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    room = scene.room
    fence = room.frame("run-1").fence
    arbiter = room._phases("run-1", fence)
    wanted = [f"{phase}{part}" for phase in ("recommend", "arbitrate") for part in ("", "#texts", "#started")]
    before = scene.journal.read("run-1", ["arbiter", "buyer"], wanted)
    other = make_scene(tmp_path, {"arbiter": lambda question: choosing("O4", question)}).room
    late = replace(room, models=other.models)
    late.answer("run-1", Phase.ARBITRATE, fence, room.pack.arbiter)
    late.answer("run-1", Phase.RECOMMEND, fence, room.pack.agent("buyer"))
    assert scene.journal.read("run-1", ["arbiter", "buyer"], wanted) == before
    assert decode(before["arbiter", "arbitrate"], Choice).option_id == "O2"
    assert arbiter is not None


def test_publish_that_another_was_quicker_at_announces_what_was_published(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    room = scene.room
    fence = room.frame("run-1").fence
    arbiter = room._phases("run-1", fence)
    ports: dict[str, Any] = {"pack": room.pack, "clock": clock}
    perform_decide(room.context("run-1", fence), arbiter=arbiter, failure=None)

    class Overtaken:
        """Somebody publishes between our look and our transaction."""

        def __getattr__(self, name: str) -> Any:
            if name == "publish":
                publish("run-1", fence, runs=scene.runs, bus=scene.bus, **ports)
            return getattr(scene.runs, name)

    overtaken: Any = Overtaken()
    decision = publish("run-1", fence, runs=overtaken, bus=scene.bus, **ports)
    assert decision.status is RunStatus.DECIDED
    assert events(scene).count("decision_published") == 1
    assert [kind for kind, _ in scene.bus.sent] == ["DecisionPublished"] * 2
