"""What a run does when agents fail: every combination of outcomes of seven agents, in both phases, on the pure core.

``python bench/faults.py`` goes through all 5^7 = 78,125 for each phase. A business agent that fails degrades the run, a safety
agent that fails halts the run; nothing that failed is ever counted as an answer.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from conclave.deliberation.collate import collate
from conclave.deliberation.decide import decide
from conclave.deliberation.scoring import scoring_of
from conclave.pack import Dimension
from conclave.types import (
    AgentKind,
    Assessment,
    AssessmentStatus,
    Choice,
    Collation,
    Constraint,
    Failure,
    Operator,
    Option,
    Phase,
    RunStatus,
    Verdict,
)

AGENTS: Mapping[str, AgentKind] = {
    "crew_compliance": AgentKind.SAFETY,
    "maintenance": AgentKind.SAFETY,
    "regulatory": AgentKind.SAFETY,
    "network": AgentKind.BUSINESS,
    "guest_experience": AgentKind.BUSINESS,
    "cargo": AgentKind.BUSINESS,
    "finance": AgentKind.BUSINESS,
}
OUTCOMES: Mapping[str, str] = {
    "ok": "",
    "timeout": "States.Timeout",
    "throttle": "ThrottlingException",
    "malformed": "AnswerInvalid",
    "crash": "Lambda.Unknown",
}
OPTIONS = tuple(
    Option(id=f"O{number}", action="delay", parameters={}, fields={"risk": number}, summary="") for number in (1, 2, 3)
)
DIMENSIONS = (Dimension(name="safety", weight=1.0, score=lambda fields: 1 - float(fields["risk"] or 0) / 10),)
_LIMIT = Constraint(
    id="limit",
    field="risk",
    operator=Operator.LE,
    value=2,
    unit="",
    hard=True,
    source="rule",
    evidence_id="",
    reason="",
)
CHOICE = Choice(option_id="O1", ranking=["O1", "O3", "O2"], justification="", confidence=0.5)


@lru_cache(maxsize=256)
def assessment(agent: str, outcome: str, phase: Phase) -> Assessment:
    """The assessment that an agent ends a phase with. A crash loses what its checks found; everything else keeps it."""
    ok = outcome == "ok"
    kind = AGENTS[agent]
    return Assessment(
        agent=agent,
        kind=kind,
        phase=phase,
        status=AssessmentStatus.OK if ok else AssessmentStatus.UNAVAILABLE,
        verdict=Verdict.CAUTION if ok else None,
        scores={"O1": 0.5, "O2": 0.4, "O3": 0.9} if ok else {},
        constraints=() if outcome == "crash" or kind is AgentKind.BUSINESS else (_LIMIT,),
        failure=None if ok else Failure(error=OUTCOMES[outcome], cause="on purpose"),
    )


@lru_cache(maxsize=1)
def _sound() -> tuple[tuple[Assessment, ...], Collation]:
    first = tuple(assessment(agent, "ok", Phase.RECOMMEND) for agent in AGENTS)
    return first, collate(phase=Phase.RECOMMEND, options=OPTIONS, frame_gaps=(), assessments=first)


def problems(outcomes: Sequence[str], phase: Phase) -> Iterator[str]:
    """Contradictions to the rules when the agents end a phase like this; normally none."""
    answers = [assessment(agent, outcome, phase) for agent, outcome in zip(AGENTS, outcomes, strict=True)]
    earlier, previous = _sound() if phase is Phase.REVISE else ((), None)
    collation = collate(
        phase=phase, options=OPTIONS, frame_gaps=(), assessments=answers, previous=previous, earlier=earlier
    )
    decision = decide(
        options=OPTIONS, collation=collation, choice=CHOICE, scoring=scoring_of(OPTIONS, DIMENSIONS), approvals=()
    )
    failed = {each.agent for each in answers if each.status is not AssessmentStatus.OK}
    safety = {agent for agent in failed if AGENTS[agent] is AgentKind.SAFETY}
    halted = {each.agent for each in collation.halts}
    if halted != safety or any(each.code != "safety_agent_unavailable" for each in collation.halts):
        yield f"{phase} {outcomes}: halts for {sorted(halted)}, failed are {sorted(safety)}"
    if (decision.status is RunStatus.HALTED) != bool(safety):
        yield f"{phase} {outcomes}: {decision.status}"
    # In revise a business agent that fails keeps its first answer.
    lost = set() if phase is Phase.REVISE else failed - safety
    if set(collation.degraded) != lost or decision.degraded != bool(lost):
        yield f"{phase} {outcomes}: degraded are {collation.degraded}"
    answered = set(AGENTS) - failed | ((failed - safety) if phase is Phase.REVISE else set())
    if {each.agent for each in collation.claims} != answered:
        yield f"{phase} {outcomes}: a failed agent claims something"
    if not safety and ("O3" in collation.feasible or "O3" in decision.ranking):
        yield f"{phase} {outcomes}: the limit was lost"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Answers 0 when every combination ends as it must."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=0, help="combinations per phase; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    everything = list(itertools.product(OUTCOMES, repeat=len(AGENTS)))
    chosen = random.Random(options.seed).sample(everything, options.sample) if options.sample else everything
    found = [
        each
        for phase in (Phase.RECOMMEND, Phase.REVISE)
        for combination in chosen
        for each in problems(combination, phase)
    ]
    figures = {
        "combinations": len(chosen),
        "phases": 2,
        "problems": len(found),
        "seconds": round(time.monotonic() - started, 1),
        "examples": found[:5],
    }
    print(json.dumps(figures, indent=2) if options.json else "\n".join(f"{k:14}{v}" for k, v in figures.items()))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
