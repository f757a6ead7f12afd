"""From a report to a plan: what a run is framed with, and what is refused."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pytest
from conclave.agents.extraction import ExtractionRefused
from conclave.records.texts import unpacked
from conclave.steps.frame import FramingFailed, PlanInvalid
from conclave.types import Plan, RunStatus
from msgspec import structs
from pipe_domain import MODEL, OPTIONS, Extractor, codes, document, make_scene


def test_free_text_becomes_an_incident(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, text="P1 leaks", extractor=Extractor({"pipe": "P1", "noise": 3}))
    assert scene.room.deliberate("run-1").status is RunStatus.DECIDED
    shown = document(scene)
    assert shown["incident"] == {"pipe": "P1"}
    assert shown["summary"] == "pipe P1 leaks"
    assert shown["agents"][0]["name"] == "frame"
    assert shown["agents"][0]["input_tokens"] == 7


@pytest.mark.parametrize(
    ("answer", "code", "candidates"),
    [
        ({}, "incident_pipe_missing", ["P1", "P2"]),
        ({"pipe": 7}, "incident_unreadable", []),
        (ExtractionRefused("no"), "incident_refused", []),
    ],
)
def test_an_incident_that_cannot_be_framed_halts_with_candidates(
    tmp_path: Path, answer: Any, code: str, candidates: list[str]
) -> None:
    scene = make_scene(tmp_path, text="something leaks", extractor=Extractor(answer))
    assert codes(scene.room.deliberate("run-1")) == [code]
    shown = document(scene)
    assert shown["candidates"] == candidates
    assert shown["options"] == []
    assert shown["totals"]["input_tokens"] == 7


SECRET = "CNRY-4410"


class ServiceError(Exception):
    """As a provider's: it quotes what it was sent."""


def failing(*arguments: Any) -> Any:
    raise ServiceError(f"cannot read <{SECRET}>")


class Failing:
    """Fails as every port may."""

    model_id = MODEL
    extract = refuses = staticmethod(failing)


@pytest.mark.parametrize("place", ["screen", "extractor", "resolve", "plan", "summarise"])
def test_what_stops_framing_is_told_without_its_words(tmp_path: Path, place: str) -> None:
    """The message of an exception goes to the log, the trace and the machine's history, none of which can be erased."""
    scene = make_scene(tmp_path, text=f"P1 leaks, says {SECRET}", extractor=Extractor({"pipe": "P1"}))
    port = place in ("screen", "extractor")
    broken: dict[str, Any] = {place: Failing() if port else failing}
    changed = broken if port else {"pack": structs.replace(scene.room.pack, **broken)}
    room = replace(scene.room, **changed)
    with pytest.raises(FramingFailed, match="ServiceError") as caught:
        room.frame("run-1")
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    texts = unpacked(scene.journal.read("run-1", ["frame"], ["frame#texts"])["frame", "frame#texts"]).texts
    assert (texts[-1].kind, SECRET in texts[-1].answer) == ("error", True)


@pytest.mark.parametrize("options", [OPTIONS + OPTIONS[:1], OPTIONS * 30])
def test_a_planner_that_contradicts_its_pack_is_refused(tmp_path: Path, options: Any) -> None:
    scene = make_scene(tmp_path, plan=lambda incident, tables, now: Plan(options=options, facts=[]))
    with pytest.raises(PlanInvalid):
        scene.room.deliberate("run-1")


def test_an_option_without_a_declared_field_is_refused(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, fields=make_scene(tmp_path).room.pack.fields[:2])
    with pytest.raises(PlanInvalid, match="cost"):
        scene.room.deliberate("run-1")


@pytest.mark.parametrize(
    ("name", "value"),
    [("pressure", float("nan")), ("pressure", float("-inf")), ("pressure", "9"), ("people", True), ("cost", [1])],
)
def test_a_field_that_a_record_could_not_keep_or_a_constraint_not_compare_is_refused(
    tmp_path: Path, name: str, value: Any
) -> None:
    # A number that is none becomes null in JSON, and null says that no constraint applies.
    odd = structs.replace(OPTIONS[0], fields={**OPTIONS[0].fields, name: value})
    scene = make_scene(tmp_path, plan=lambda incident, tables, now: Plan(options=[odd], facts=[]))
    with pytest.raises(PlanInvalid, match=rf"O1.*{name}"):
        scene.room.deliberate("run-1")


def test_what_a_model_made_of_a_sentence_stands_in_no_refusal(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Kind:
        kind: Literal["small", "large"] = "small"

    class Told:
        model_id = MODEL

        def extract(self, *_: Any) -> Mapping[str, Any]:
            return {"kind": "x - at CANARY \x1b[2J"}

    scene = make_scene(tmp_path, text="something leaks", extractor=Told())
    object.__setattr__(scene.room, "pack", structs.replace(scene.room.pack, incident=Kind))
    decision = scene.room.deliberate("run-1")
    assert codes(decision) == ["incident_unreadable"]
    assert "CANARY" not in decision.reasons[0].detail
    assert "kind" in decision.reasons[0].detail
