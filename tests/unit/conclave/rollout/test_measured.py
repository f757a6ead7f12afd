"""What a run shows of the versions that answered in it, and not of the people who acted on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from conclave.codes import ReasonCode
from conclave.records.run_records import RunRecords, all_assessments
from conclave.records.untrusted_entries import choice_in
from conclave.rollout.measured import Seen, seen_in
from conclave.types import Choice, Decision, Phase, Reason, RunStatus
from msgspec import structs
from pipe_domain import make_scene


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunRecords, Decision, Choice]:
    """A run that ended, with its decision and the arbiter's answer."""
    folder: Path = tmp_path_factory.mktemp("measured")
    room = make_scene(folder).room
    room.deliberate("run-1")
    records = room.context("run-1").records(all_assessments(room.pack))
    arbiter = records.manifest.arbiter.name
    choice = choice_in(room.journal.read("run-1", [arbiter], [Phase.ARBITRATE.value]), arbiter)
    assert records.decision is not None
    assert choice is not None
    return records, records.decision, choice


def seen(ended: tuple[RunRecords, Decision, Choice], option: str, *changes: tuple[ReasonCode, RunStatus, str]) -> Seen:
    """What is seen where the arbiter chose an option, and people did something about it."""
    records, decision, choice = ended
    choice = structs.replace(choice, option_id=option)
    decision = structs.replace(decision, option_id=option)
    for code, status, instead in changes:
        reason = Reason(code=code, detail="people")
        decision = structs.replace(decision, status=status, option_id=instead, reasons=(reason,))
    return seen_in(records, decision, choice, lambda model: 0)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (ReasonCode.OVERRIDDEN, RunStatus.DECIDED),
        (ReasonCode.REFUSED, RunStatus.REFUSED),
        (ReasonCode.APPROVAL_EXPIRED, RunStatus.EXPIRED),
    ],
)
def test_a_choice_that_people_did_not_take_counts_as_it_was(
    ended: tuple[RunRecords, Decision, Choice], code: ReasonCode, status: RunStatus
) -> None:
    feasible = sorted((each for each in ended[1].options if not each.violations), key=lambda each: each.total)
    worst, best = feasible[0].option_id, feasible[-1].option_id
    assert (seen(ended, worst).quality, seen(ended, best).quality) == (0.0, 1.0)
    instead = best if status is RunStatus.DECIDED else ""
    mended = seen(ended, worst, (code, status, instead))
    assert (mended.quality, mended.option) == (0.0, instead)


def test_an_option_that_data_ruled_out_since_is_no_fault_of_the_versions(
    ended: tuple[RunRecords, Decision, Choice],
) -> None:
    gone = seen(ended, "none-such", (ReasonCode.REFUSED, RunStatus.REFUSED, ""))
    assert (gone.quality, gone.broken) == (None, 0)
