"""What several steps ask of the records of a run."""

from __future__ import annotations

from conclave.codec import decode
from conclave.exchange import total_usage
from conclave.pack import Pack
from conclave.runs import FRAME, REFUSAL, RunStore, assessment_record
from conclave.types import Assessment, Choice, Frame, Phase, Refusal, Usage


def stored_assessments(runs: RunStore, run_id: str, phase: Phase, pack: Pack) -> tuple[Assessment, ...]:
    """The assessments that were collated in a phase, in the pack's order."""
    records = [assessment_record(phase, agent.name) for agent in pack.specialists]
    stored = runs.read(run_id, records)
    return tuple(decode(stored[name], Assessment) for name in records if name in stored)


def usage_of(runs: RunStore, run_id: str, pack: Pack, choice: Choice | None = None) -> Usage:
    """What the model calls behind the records of a run, and behind the arbiter's answer, used and cost."""
    stored = runs.read(run_id, (FRAME, REFUSAL))
    heads = [decode(stored[FRAME], Frame).usage] if FRAME in stored else []
    heads += [decode(stored[REFUSAL], Refusal).usage] if REFUSAL in stored else []
    answers = [
        each.usage
        for phase in (Phase.RECOMMEND, Phase.REVISE)
        for each in stored_assessments(runs, run_id, phase, pack)
    ]
    return total_usage([*heads, *answers, *([choice.usage] if choice else [])])
