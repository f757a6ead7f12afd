"""The statements that hold of a run, from its head and from what its agents left in the journal. Pure.

A statement that holds goes on holding while the run goes on. What is derived from some of the entries is part of what is derived
from all of them, so a writer that saw little adds nothing wrong, and one that sees everything completes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conclave.codec import RecordInvalid, decode
from conclave.codes import Moment
from conclave.conversation.progress import STATES, TOOLS, Step, step_in
from conclave.pack import TALKER, Agent, Pack
from conclave.records.accounts import slice_records
from conclave.records.runs import Run, TextState
from conclave.records.untrusted_entries import Entries, assessment_in, choice_in
from conclave.streaming.events import Kind, Statement
from conclave.types import AgentKind, Assessment, Choice, ManifestAgent, Phase, RunStatus

PHASES = ("frame", "recommend", "revise", "arbitrate", "decide")


def started_record(phase: Phase) -> str:
    """Name of the journal's entry by which an agent says that it has started in a phase."""
    return slice_records(phase)[0]


def statements_of(run: Run, entries: Entries, pack: Pack) -> tuple[Statement, ...]:
    """Everything that holds of a run, as far as head and entries tell it, in the order in which people would tell it.

    Args:
        run: Head of the run. Once its texts go, entries are left out: what a late function wrote is told to nobody.
        entries: Entries of the journal by agent and record, any part of them.
        pack: Names of agents and tools: an entry that names others is not believed.
    """
    kept = entries if run.texts is TextState.KEPT else {}
    return tuple(_all(run, kept, pack))


def _all(run: Run, entries: Entries, pack: Pack) -> Iterator[Statement]:
    yield Statement(kind=Kind.RUN, state="accepted")
    for name in PHASES:
        agents = tuple(_of_agents(Phase(name), entries, pack)) if name in set(Phase) else ()
        ended = Moment.end_of(name) in run.marks
        if ended or agents or (name == PHASES[0] and Moment.FRAME_STARTED in run.marks):
            yield Statement(kind=Kind.PHASE, state="begun", phase=name)
        yield from agents
        if ended:
            yield Statement(kind=Kind.PHASE, state="ended", phase=name)
    if run.status is not RunStatus.RUNNING:
        yield Statement(kind=Kind.DECISION, state=run.status.value, option_id=run.option_id)
    if run.outdated is not None:
        yield Statement(kind=Kind.RUN, state="outdated")
    yield from _of_questions(entries, pack)
    if run.texts is TextState.ERASED:
        yield Statement(kind=Kind.RUN, state="texts_erased")


def _of_agents(phase: Phase, entries: Entries, pack: Pack) -> Iterator[Statement]:
    for agent in pack.agents:
        answer = answer_in(entries, agent, phase)
        if answer is not None or (agent.name, started_record(phase)) in entries:
            yield Statement(kind=Kind.AGENT, state="started", phase=phase.value, agent=agent.name)
        if answer is not None:
            yield from _of_answer(answer, agent, phase)


def _of_questions(entries: Entries, pack: Pack) -> Iterator[Statement]:
    """The steps of questions about the run, in their order; what is not the form of one is not told."""
    tools = {*TOOLS, *(f"ask_{agent.name}" for agent in pack.specialists)}
    named = ((step_in(record), data) for (agent, record), data in entries.items() if agent == TALKER)
    for (turn, place), data in sorted((step, data) for step, data in named if step is not None):
        try:
            left = decode(data, Step)
        except RecordInvalid:
            continue
        if left.state not in STATES or (left.tool and left.tool not in tools):
            continue
        yield Statement(
            kind=Kind.QUESTION,
            state=left.state,
            tool=left.tool,
            number=place - 1 if left.tool else 0,
            seconds=left.seconds,
            turn=turn,
            struck=left.struck,
        )


def answer_in(entries: Entries, agent: Agent, phase: Phase) -> Assessment | Choice | None:
    """The answer of an agent in a phase, if it left one that can be read."""
    arbitrates = phase is Phase.ARBITRATE
    if arbitrates != (agent.kind is AgentKind.ARBITER):
        return None
    known = ManifestAgent(name=agent.name, title=agent.title, kind=agent.kind)
    return choice_in(entries, agent.name) if arbitrates else assessment_in(entries, known, phase)


def text_of(answer: Assessment | Choice) -> str:
    """The words of an answer: what its model gave as its reason."""
    return answer.justification if isinstance(answer, Choice) else answer.rationale


def _of_answer(answer: Assessment | Choice, agent: Agent, phase: Phase) -> Iterator[Statement]:
    declared = {each.name for each in (*agent.checks, *agent.tools)}
    whose: dict[str, Any] = {"phase": phase.value, "agent": agent.name}
    calls = answer.tool_calls if isinstance(answer, Assessment) else ()
    for number, call in enumerate(calls):
        if call.name in declared:
            seconds = call.duration_seconds
            yield Statement(kind=Kind.TOOL, state="called", tool=call.name, number=number, seconds=seconds, **whose)
    verdict, stance = (answer.verdict, answer.stance) if isinstance(answer, Assessment) else (None, None)
    yield Statement(
        kind=Kind.AGENT,
        state="unavailable" if answer.failure else "answered",
        verdict=verdict.value if verdict else "",
        stance=stance.value if stance else "",
        seconds=answer.duration_seconds,
        **whose,
    )
    if text_of(answer):
        yield Statement(kind=Kind.TEXT, state="written", **whose)
