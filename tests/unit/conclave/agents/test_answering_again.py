"""What an agent that answers again is shown, and what stands of what it said first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conclave.agents.assess import Question
from conclave.codec import decode
from conclave.records.runs import assessment_record
from conclave.testing.models import agreeable
from conclave.types import Assessment, Phase, Verdict
from pipe_domain import Scene, document, make_scene, warning, wary


def stored(scene: Scene, agent: str, phase: Phase = Phase.REVISE) -> Assessment:
    name = assessment_record(phase, agent)
    return decode(scene.runs.read("run-1", [name])[name], Assessment)


def column(text: str, name: str) -> list[str]:
    """The ids of the options that a prompt shows, with what stands in a column."""
    (body,) = re.findall(r"<options>\n(.*?)\n<", text, re.DOTALL)
    rows = [line.split(",") for line in body.splitlines() if not line.startswith("[")]
    place = rows[0].index(name)
    return [f"{row[0]} {row[place]}" for row in rows[1:]]


def test_who_answers_again_reads_the_news_and_nothing_else(tmp_path: Path) -> None:
    asked: dict[Phase | None, str] = {}

    def listen(question: Question) -> Mapping[str, Any]:
        asked[question.phase] = question.user
        scores = [0.3, 0.4, 0.5, 0.6] if question.phase is Phase.RECOMMEND else []
        return {**agreeable(question), "scores": scores}

    scene = make_scene(tmp_path, {"pressure_guard": listen})
    scene.room.deliberate("run-1")
    first, again = asked[Phase.RECOMMEND], asked[Phase.REVISE]
    assert "\npipes/,limit\nP1,6\n" in first
    assert "earlier_score" not in first
    assert column(again, "earlier_score") == ["O2 0.4", "O4 0.6"]  # those that are still open
    assert "\ncost,<=,1000,usd,1,planner\n" in again
    assert "\npeople,>=,1,,,crew_guard\n" in again  # the rule of its peer, which closed O3
    assert "\npressure,<=" not in again  # its own rule
    assert "[left out 1: unchanged" in again  # its own fact
    assert re.findall(r"^(\w+),(?:safety|business),", again, re.MULTILINE) == [
        "crew_guard",
        "planner",
        "pressure_guard",
    ]


def test_what_is_not_given_again_stands(tmp_path: Path) -> None:
    def changes(question: Question) -> Mapping[str, Any]:
        said = agreeable(question)
        if question.phase is Phase.RECOMMEND:
            return {**said, "constraints": [warning("people", "<=", 9)]}
        return {**said, "scores": [0.5, 0.9], "stance": "revise"}

    scene = make_scene(tmp_path, {"pressure_guard": changes})
    scene.room.deliberate("run-1")
    again = stored(scene, "pressure_guard")
    assert again.scores == {"O1": 0.5, "O2": 0.5, "O3": 0.5, "O4": 0.9}
    assert {each.id for each in again.constraints} == {"pressure", "model:pressure_guard:people"}
    (shown,) = [each for each in document(scene)["revisions"] if each["agent"] == "pressure_guard"]
    assert shown == {
        "agent": "pressure_guard",
        "stance": "revise",
        "verdict": False,
        "scores": 1,
        "constraints": 0,
        "favourite": True,
        "changed": True,
    }


def test_a_guard_is_not_milder_the_second_time(tmp_path: Path) -> None:
    def milder(question: Question) -> Mapping[str, Any]:
        verdict = "caution" if question.phase is Phase.RECOMMEND else "approve"
        return {**agreeable(question), "verdict": verdict}

    scene = make_scene(tmp_path, {"crew_guard": milder})
    scene.room.deliberate("run-1")
    assert stored(scene, "crew_guard").verdict is Verdict.CAUTION


def test_nobody_is_asked_again_where_peers_said_nothing_that_could_change_an_answer(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"planner": agreeable})
    decision = scene.room.deliberate("run-1")
    warned = make_scene(tmp_path, {"planner": wary})
    assert (decision.option_id, decision.total) == (warned.room.deliberate("run-1").option_id, decision.total)
    assert {each["phase"] for each in document(scene)["agents"]} == {"recommend", "arbitrate"}
    assert document(scene)["revisions"] == []
    assert [each["name"] for each in document(warned)["agents"] if each["phase"] == "revise"] == [
        "pressure_guard",
        "crew_guard",
    ]
