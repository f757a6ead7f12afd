"""A recorded run, played: its steps in their order, up to the first divergence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct

from conclave.agents.prices import price_table
from conclave.codec import digest
from conclave.configuration.document import settings_of
from conclave.configuration.settings import PACKAGED
from conclave.pack import Pack
from conclave.recording.exported import Exported
from conclave.recording.recorder import CODE_CHARACTERS
from conclave.recording.recordings import Recording
from conclave.records.journal import FRAME_PHASE
from conclave.records.run_records import COLLATED
from conclave.records.runs import APPROVAL, DECISION, PROPOSAL, collation_record
from conclave.replaying import steps
from conclave.replaying.diverged import Diverged, Divergence, divergence
from conclave.replaying.stage import NotReplayable, Stage
from conclave.types import Frame, Manifest, Phase

Step = Callable[[], Iterator[Divergence]]


class Other(Struct, frozen=True, kw_only=True):
    """A part of the code that is another version here than when the run was recorded."""

    part: str
    recorded: str
    here: str


class Played(Struct, frozen=True, kw_only=True):
    """A run that was played.

    Attributes:
        run_id: The run.
        steps: The steps that were played, in their order.
        divergence: The first place where the replay is not what was recorded; None where all is equal.
        others: Parts of the code that are of another version here.
        left_out: What was not played, in words.
    """

    run_id: str
    steps: Sequence[str]
    divergence: Divergence | None = None
    others: Sequence[Other] = ()
    left_out: Sequence[str] = ()

    @property
    def equal(self) -> bool:
        """True where every record is the recorded one, byte by byte."""
        return self.divergence is None


def play(recorded: Exported, pack: Pack, here: Mapping[str, str]) -> Played:
    """Plays a recorded run and compares it, record by record.

    Args:
        recorded: The run.
        pack: Its domain, as it is here.
        here: Versions of the code here, see ``conclave.recording.code_versions``.

    Raises:
        NotReplayable: The run was erased, is under way, or was not recorded.
        RecordInvalid: The recording is damaged.
    """
    if recorded.run.pack != pack.name:
        raise NotReplayable(f"{recorded.run.run_id} is a run of the pack {recorded.run.pack}, not of {pack.name}")
    stage, done = Stage(recorded, pack), list[str]()
    found: Divergence | None = None
    for name, step in _steps(stage):
        done.append(name)
        if found := _first(name, step):
            break
    return Played(
        run_id=recorded.run.run_id,
        steps=done,
        divergence=found,
        others=_others(stage.played, here, stage.outcome.manifest),
        left_out=list(_left_out(stage)),
    )


def _first(name: str, step: Step) -> Divergence | None:
    """The first divergence of a step."""
    try:
        return next(step(), None)
    except Diverged as diverged:
        return diverged.of(name)
    except NotReplayable:
        raise
    except Exception as error:  # the step ends otherwise than it ended, whatever the reason
        return divergence(name, "error", "error", "(none)", f"{type(error).__name__}: {error}")


def _steps(stage: Stage) -> Iterator[tuple[str, Step]]:
    """The steps that left something, in their order."""
    yield FRAME_PHASE, partial(steps.frame, stage)
    kept = stage.recorded.records
    for phase in COLLATED if isinstance(stage.outcome, Frame) else ():
        yield from _answers(stage, phase)
        if collation_record(phase) in kept:
            yield f"collate {phase}", partial(steps.collate, stage, phase)
    if isinstance(stage.outcome, Frame):
        yield from _answers(stage, Phase.ARBITRATE)
    if PROPOSAL in kept:
        yield "decide", partial(steps.decide, stage)
    if DECISION in kept and APPROVAL not in kept and stage.said_of(steps.PUBLISHED):
        yield "publish", partial(steps.conclude, stage)


def _answers(stage: Stage, phase: Phase) -> Iterator[tuple[str, Step]]:
    for name in stage.recorded.agents:
        if any(each.partition("#")[0] == phase for each in stage.entries(name)):
            yield f"{phase}/{name}", partial(steps.answer, stage, phase, name)


def _others(played: Sequence[Recording], here: Mapping[str, str], manifest: Manifest | None) -> list[Other]:
    """The parts of the code that are of another version here; what a step did not know is not compared."""
    found: dict[str, Other] = {}
    settings = settings_of(manifest) if manifest else PACKAGED
    for recording in played:
        prices = (
            {"prices": digest(price_table(recording.day).under(settings))[:CODE_CHARACTERS]} if recording.day else {}
        )
        for part, recorded in recording.code.items():
            known = {**here, **prices}.get(part)
            if recorded and known is not None and known != recorded:
                found.setdefault(part, Other(part=part, recorded=recorded, here=known))
    return list(found.values())


def _left_out(stage: Stage) -> Iterator[str]:
    kept = stage.recorded.records
    if APPROVAL in kept:
        yield "the acts of people on the decision, and what followed from them"
    elif DECISION in kept and not stage.said_of(steps.PUBLISHED):
        yield "the end of the run, which came from outside of its steps"
