"""A pack's author rehearses an incident with the engine's own steps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conclave.agents.assess import Question
from conclave.testing.models import agreeable
from conclave.testing.rehearsal import AgentUnknown, IncidentInvalid, rehearse
from packs.example import PACK as EXAMPLE
from pipe_domain import NOW, ROWS, make_pack

DAY = "2026-11-21"


def test_the_example_of_a_pack_comes_to_its_decision() -> None:
    done = rehearse(EXAMPLE, EXAMPLE.sample(DAY, 1), EXAMPLE.typed_example(DAY), received=f"{DAY}T06:00:00Z")
    assert (done.decision.status, done.reasons) == ("decided", [])
    assert done.document["decision"]["option_id"] == done.decision.option_id
    assert [kind for kind, _ in done.events] == ["DecisionPublished"]


def test_a_check_binds_whatever_the_models_say(tmp_path: Path) -> None:
    def wants_the_worst(question: Question) -> Mapping[str, Any]:
        return {**agreeable(question), "option_id": "O1"}

    done = rehearse(make_pack(tmp_path), ROWS, {"pipe": "P1"}, received=NOW, answers={"arbiter": wants_the_worst})
    assert (done.decision.status, done.decision.option_id) == ("halted", "")
    assert done.document["options"][0]["violations"] == ["pressure"]


def test_what_does_not_fit_is_said_in_one_line(tmp_path: Path) -> None:
    pack = make_pack(tmp_path)
    with pytest.raises(IncidentInvalid, match="pipe"):
        rehearse(pack, ROWS, {"pipe": 7}, received=NOW)
    with pytest.raises(AgentUnknown, match="no agent plumber; it has: pressure_guard, crew_guard, buyer"):
        rehearse(pack, ROWS, {"pipe": "P1"}, received=NOW, answers={"plumber": agreeable})
