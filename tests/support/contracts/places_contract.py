"""What every implementation of ``Places`` does. ``take`` does what the phase machine does."""

from __future__ import annotations

from collections.abc import Callable

from conclave.records.admission import Places, release_ended

Take = Callable[[str, int], bool]


def check_places(places: Places, take: Take) -> None:
    """Takes and gives back places, repeatedly, and looks who holds one."""
    assert places.holders() == frozenset()
    places.release("run-1")
    assert take("run-1", 2)
    assert take("run-2", 2)
    assert take("run-1", 2)
    assert not take("run-3", 2)
    assert places.holders() == {"run-1", "run-2"}
    places.release("run-1")
    places.release("run-1")
    assert take("run-3", 2)
    assert not take("run-1", 2)
    assert places.holders() == {"run-2", "run-3"}


def check_healing(places: Places, take: Take) -> None:
    """Whoever holds a place without an execution that runs gives it back, and nobody else."""
    for run_id in ("run-3", "run-1", "run-2"):
        assert take(run_id, 3)
    assert release_ended(places, lambda run_id: run_id == "run-2") == ("run-1", "run-3")
    assert places.holders() == {"run-2"}
    assert release_ended(places, lambda run_id: run_id == "run-2") == ()
