"""Places among the runs that deliberate: taken once, given back, healed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conclave.records.admission import NOT_ADMITTED, release_ended
from conclave.steps.decide import perform_decide
from conclave.steps.publish import publish
from conclave.testing.places import MemoryPlaces
from conclave.types import Failure, RunStatus
from pipe_domain import clock, make_scene
from places_contract import check_healing, check_places


def test_places_in_memory_keep_the_contract() -> None:
    for check in (check_places, check_healing):
        places = MemoryPlaces()
        check(places, places.take)


def test_who_cannot_be_asked_about_keeps_the_place() -> None:
    places = MemoryPlaces()
    places.take("run-1", 2)

    def unknown(run_id: str) -> bool:
        raise ConnectionError(run_id)

    with pytest.raises(ConnectionError):
        release_ended(places, unknown)
    assert "run-1" in places
    assert len(places) == 1


def test_a_run_whose_turn_did_not_come_is_halted_with_its_own_reason(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    ports: Any = {"pack": scene.room.pack, "runs": scene.runs, "clock": clock}
    failure = Failure(error=NOT_ADMITTED, cause="Admit")
    decision, proposed = perform_decide(scene.room.context("run-1"), arbiter=None, failure=failure)
    assert [reason.code for reason in decision.reasons] == ["not_admitted"]
    assert publish("run-1", proposed.fence, bus=scene.bus, **ports).status is RunStatus.HALTED
    assert scene.runs.get("run-1").status is RunStatus.HALTED
