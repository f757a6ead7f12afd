"""Random deliberations: text and hijacked answers against ``collate`` and ``decide``; calls against consent.

``python bench/attacks/properties.py --cases 100000 --consent 10000``. Each case builds a deliberation twice: as it would
be, and as an attacker would have it. Exit code 1 means that something was relaxed, or that a call ran without its consent.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from conclave.agents.checks import run_tool
from conclave.agents.consent import CallRefused, Consent, ConsentGate, MemoryConsents, NoConsents, binding_of
from conclave.clock import timestamp
from conclave.deliberation.collate import collate
from conclave.deliberation.constraints import violations
from conclave.deliberation.decide import decide
from conclave.deliberation.scoring import scoring_of
from conclave.pack import Agent, ApprovalRule, Dimension, ToolContext, tool
from conclave.testing.tables import MemoryTables
from conclave.types import (
    AgentKind,
    Assessment,
    AssessmentStatus,
    Choice,
    Collation,
    Constraint,
    Decision,
    Fact,
    Failure,
    Gap,
    GapReason,
    Operator,
    Option,
    Phase,
    RunStatus,
    ToolResult,
    Verdict,
)
from msgspec import structs

from bench.attacks import corpora

AGENTS = (
    ("crew", AgentKind.SAFETY),
    ("maintenance", AgentKind.SAFETY),
    ("network", AgentKind.BUSINESS),
    ("finance", AgentKind.BUSINESS),
)
DIMENSIONS = (
    Dimension(name="safety", weight=0.6, score=lambda fields: 1 - float(fields["risk"] or 0) / 10),
    Dimension(name="cost", weight=0.4, score=lambda fields: 1 - float(fields["cost"] or 0) / 1_000),
)
APPROVALS = (ApprovalRule(field="cost", operator=Operator.GT, value=800, reason="expensive"),)
_FIELDS = ("risk", "cost", "people")


def _options(draw: random.Random) -> tuple[Option, ...]:
    return tuple(
        Option(
            id=f"O{number}",
            action=draw.choice(("delay", "swap")),
            parameters={},
            fields={
                "risk": draw.choice((None, draw.randint(0, 10))),
                "cost": draw.randint(0, 1_000),
                "people": draw.randint(0, 4),
            },
            summary="",
        )
        for number in range(1, draw.randint(2, 5))
    )


def _constraint(draw: random.Random, agent: str, *, hard: bool, origin: str) -> Constraint:
    field = draw.choice(_FIELDS)
    return Constraint(
        id=f"{origin}:{agent}:{field}",
        field=field,
        operator=draw.choice((Operator.LE, Operator.GE, Operator.LT, Operator.NE)),
        value=draw.randint(0, 1_000 if field == "cost" else 10),
        unit="",
        hard=hard,
        source=origin,
        evidence_id="",
        reason="",
        agent=agent,
    )


def _assessment(draw: random.Random, name: str, kind: AgentKind, phase: Phase, options: Sequence[Option]) -> Assessment:
    ok = draw.random() < 0.97
    gap = Gap(tool="t", item="i", reason=GapReason.MISSING, mandatory=draw.random() < 0.2, detail="")
    checks = [
        _constraint(draw, name, hard=draw.random() < 0.8, origin="check") for _ in range(draw.choice((0, 0, 1, 2)))
    ]
    broken = [bool(violations(option, checks)) for option in options]
    derived = Verdict.CAUTION if kind is AgentKind.SAFETY and any(broken) and not all(broken) else Verdict.APPROVE
    return Assessment(
        agent=name,
        kind=kind,
        phase=phase,
        status=AssessmentStatus.OK if ok else AssessmentStatus.UNAVAILABLE,
        verdict=derived if ok else None,
        scores={option.id: draw.random() for option in options},
        constraints=checks,
        gaps=[gap] if draw.random() < 0.05 else [],
        confidence=draw.random(),
        failure=None if ok else Failure(error="TimeUp", cause=""),
    )


def _reworded(each: Assessment, text: str) -> Assessment:
    """The same assessment with other words in every free text that it has."""
    facts = [*each.facts, Fact(id="notams/x", kind="notam", values={"note": text}, text=text)]
    words = [structs.replace(constraint, reason=text) for constraint in each.constraints]
    gaps = [structs.replace(gap, detail=text) for gap in each.gaps]
    failure = each.failure and structs.replace(each.failure, cause=text)
    return structs.replace(each, rationale=text, facts=facts, constraints=words, gaps=gaps, failure=failure)


def _hijacked(draw: random.Random, each: Assessment, text: str) -> Assessment:
    """An assessment from a hijacked model: any score, confidence and text, stricter verdicts, more constraints."""
    order = list(Verdict)
    verdict = each.verdict and draw.choice(order[order.index(each.verdict) :])
    hard = each.kind is AgentKind.SAFETY
    added = [_constraint(draw, each.agent, hard=hard, origin="model") for _ in range(draw.choice((0, 0, 1, 3)))]
    scores = {option_id: draw.choice((0.0, 1.0, draw.random())) for option_id in each.scores if draw.random() < 0.9}
    return structs.replace(
        _reworded(each, text),
        verdict=verdict,
        scores=scores,
        constraints=[*draw.sample(added, len(added)), *each.constraints],
        confidence=draw.random(),
    )


def _outcome(
    options: Sequence[Option], first: Sequence[Assessment], second: Sequence[Assessment], choice: Choice
) -> tuple[Collation, Collation, Decision]:
    recommended = collate(phase=Phase.RECOMMEND, options=options, frame_gaps=(), assessments=first)
    revised = collate(
        phase=Phase.REVISE, options=options, frame_gaps=(), assessments=second, previous=recommended, earlier=first
    )
    decision = decide(
        options=options, collation=revised, choice=choice, scoring=scoring_of(options, DIMENSIONS), approvals=APPROVALS
    )
    return recommended, revised, decision


def _path(outcome: tuple[Collation, Collation, Decision]) -> tuple[Any, ...]:
    """Everything that the phase machine and the decision depend on."""
    first, second, decision = outcome
    return (
        *(
            (bool(each.halts), each.revise, each.feasible, each.degraded, {halt.code for halt in each.halts})
            for each in (first, second)
        ),
        (decision.status, decision.option_id, tuple(decision.ranking), dict(decision.scores), decision.total),
        {reason.code for reason in decision.reasons},
    )


def relaxations(number: int, texts: Sequence[str], seed: int) -> Iterator[str]:
    """Everything that went wrong in one random deliberation; normally nothing."""
    draw = random.Random(seed * 1_000_003 + number)
    options = _options(draw)
    first = [_assessment(draw, name, kind, Phase.RECOMMEND, options) for name, kind in AGENTS]
    second = [
        _assessment(draw, name, kind, Phase.REVISE, options) for name, kind in draw.sample(AGENTS, draw.randint(0, 4))
    ]
    ids = [option.id for option in options]
    wish = draw.choice([*ids, "O9", ""])
    choice = Choice(option_id=wish, ranking=draw.sample(ids, len(ids)), justification="", confidence=0.5)
    text = draw.choice(texts)
    plain = _outcome(options, first, second, choice)

    worded = _outcome(
        options,
        [_reworded(each, text) for each in first],
        [_reworded(each, text) for each in second],
        structs.replace(choice, justification=text),
    )
    if _path(worded) != _path(plain):
        yield f"case {number}: text altered the path"

    attacked = _outcome(
        options,
        [_hijacked(draw, each, text) for each in first],
        [_hijacked(draw, each, text) for each in second],
        structs.replace(choice, justification=text, confidence=draw.random()),
    )
    yield from (f"case {number}: {problem}" for problem in _relaxed(options, plain, attacked))


def _relaxed(
    options: Sequence[Option],
    plain: tuple[Collation, Collation, Decision],
    attacked: tuple[Collation, Collation, Decision],
) -> Iterator[str]:
    for before, after in zip(plain[:2], attacked[:2], strict=True):
        if set(after.feasible) - set(before.feasible):
            yield "an option became feasible"
        if {each.code for each in before.halts} - {each.code for each in after.halts}:
            yield "a halt was lost"
        kept = {(each.id, each.field, each.operator, each.value) for each in after.constraints if each.hard}
        if {(each.id, each.field, each.operator, each.value) for each in before.constraints if each.hard} - kept:
            yield "a hard constraint was lost"
    decision = attacked[2]
    if decision.status is RunStatus.HALTED:
        return
    if plain[2].status is RunStatus.HALTED and (plain[1].halts or not plain[1].feasible):
        yield "a halted run was decided"
    chosen = next(option for option in options if option.id == decision.option_id)
    if violations(chosen, plain[1].constraints):
        yield "an infeasible option was chosen"
    if (decision.status is RunStatus.APPROVAL_REQUIRED) != (float(chosen.fields["cost"] or 0) > 800):
        yield "an approval was skipped"


_NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


@tool(reads=(), dangerous=True)
def burn(context: ToolContext, valve: str, level: float = 1.0, tags: list[str] | None = None) -> ToolResult:
    """A dangerous tool of a test pack."""
    return ToolResult(facts=[Fact(id=f"valve/{valve}", kind="valve", values={"level": level, "tags": len(tags or ())})])


_AGENT = Agent(name="a", title="a", kind=AgentKind.BUSINESS, tier="fast", fields=(), tools=(burn,))
_CONTEXT = ToolContext(incident=None, options=(), tables=MemoryTables((), {}), now=timestamp(_NOW))


def _ran(gate: ConsentGate | None, arguments: dict[str, Any]) -> bool:
    executed = run_tool(_AGENT, burn, _CONTEXT, check=False, arguments=arguments, gate=gate)
    refused = [gap for gap in executed.result.gaps if gap.reason is GapReason.REFUSED]
    return bool(executed.result.facts) and not refused


def without_consent(number: int, seed: int) -> Iterator[str]:
    """Tries one dangerous call in every way that must be refused, and once in the way that must not."""
    draw = random.Random(seed * 999_983 + number)
    arguments: dict[str, Any] = {"valve": draw.choice(("V1", "V2", "\u0430")), "level": draw.choice((0.0, 1, 2.5))}
    run_id, phase = f"run-{draw.randint(1, 99)}", draw.choice(("recommend", "revise"))
    life = timedelta(seconds=draw.randint(1, 600))
    consent = Consent(
        binding=binding_of(agent="a", tool="burn", arguments=arguments, run_id=run_id, phase=phase),
        given_by="duty manager",
        expires_at=timestamp(_NOW + life),
    )

    def gate(later: timedelta = timedelta(0), given: Consent | None = consent, **other: Any) -> ConsentGate:
        consents = MemoryConsents()
        if given is not None:
            consents.give(given)
        parts: dict[str, Any] = {
            "agent": "a",
            "run_id": run_id,
            "phase": phase,
            "consents": consents,
            "clock": lambda: _NOW + later,
        }
        return ConsentGate(**{**parts, **other})

    used = gate()
    if not _ran(used, dict(arguments)):
        yield "a call with consent was refused"
    none = binding_of(agent="a", tool="burn", arguments={**arguments, "level": None}, run_id=run_id, phase=phase)
    wrong: Mapping[str, Callable[[], bool]] = {
        "not a number for none": lambda: _ran(
            gate(given=structs.replace(consent, binding=none)), {**arguments, "level": float("nan")}
        ),
        "replayed": lambda: _ran(used, dict(arguments)),
        "without a gate": lambda: _ran(None, dict(arguments)),
        "without consent": lambda: _ran(gate(given=None), dict(arguments)),
        "without a store": lambda: _ran(gate(consents=NoConsents()), dict(arguments)),
        "altered value": lambda: _ran(gate(), {**arguments, "valve": "V3"}),
        "added argument": lambda: _ran(gate(), {**arguments, "tags": ["x"]}),
        "removed argument": lambda: _ran(gate(), {"valve": arguments["valve"]}),
        "other type": lambda: _ran(gate(), {**arguments, "level": str(arguments["level"])}),
        "not a number": lambda: _ran(gate(), {**arguments, "level": float("nan")}),
        "lone surrogate": lambda: _ran(gate(), {**arguments, "valve": "\ud800"}),
        "other agent": lambda: _ran(gate(agent="b"), dict(arguments)),
        "other run": lambda: _ran(gate(run_id=f"{run_id}0"), dict(arguments)),
        "other phase": lambda: _ran(gate(phase="arbitrate"), dict(arguments)),
        "expired": lambda: _ran(gate(later=life), dict(arguments)),
        "long expired": lambda: _ran(gate(later=life * 10), dict(arguments)),
        "no end": lambda: _ran(gate(given=structs.replace(consent, expires_at="")), dict(arguments)),
        "end without zone": lambda: _ran(
            gate(given=structs.replace(consent, expires_at="2999-01-01")), dict(arguments)
        ),
        "forged": lambda: _ran(gate(given=structs.replace(consent, binding=consent.binding[::-1])), dict(arguments)),
        "for another tool": lambda: _foreign(gate, consent, arguments, run_id, phase),
    }
    for name, attempt in wrong.items():
        if attempt():
            yield f"case {number}: {name} call ran"


def _foreign(
    gate: Callable[..., ConsentGate], consent: Consent, arguments: Mapping[str, Any], run_id: str, phase: str
) -> bool:
    binding = binding_of(agent="a", tool="freeze", arguments=arguments, run_id=run_id, phase=phase)
    try:
        gate(given=structs.replace(consent, binding=binding)).require("burn", arguments)
    except CallRefused:
        return False
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Answers 0 when nothing was relaxed and nothing ran without consent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2_000)
    parser.add_argument("--consent", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    texts = corpora.own()
    relaxed = [problem for number in range(options.cases) for problem in relaxations(number, texts, options.seed)]
    ran = [problem for number in range(options.consent) for problem in without_consent(number, options.seed)]
    figures = {
        "cases": options.cases,
        "relaxed": len(relaxed),
        "dangerous_calls": options.consent,
        "without_consent": len(ran),
        "seconds": round(time.monotonic() - started, 1),
        "examples": [*relaxed[:5], *ran[:5]],
    }
    print(json.dumps(figures, indent=2) if options.json else "\n".join(f"{k:18}{v}" for k, v in figures.items()))
    return 1 if relaxed or ran else 0


if __name__ == "__main__":
    sys.exit(main())
