"""The outcome of a run, its comparison with the exact evaluation, and the figures over a set of scenarios."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import mean, median
from typing import Any

from evaluation.measuring.consistency import consistency
from evaluation.measuring.figures import quality, spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished run, wherever it ran.

    Attributes:
        status: Status of the run.
        reasons: Codes of its reasons.
        incident: The resolved incident as plain values; empty when there is none.
        options: All options (id, action, summary, parameters, fields, total, violations), as they were published.
        option_id: The chosen one; empty without a decision.
        received: Time of receipt, ISO 8601 UTC.
        duration: Seconds.
        constraints: Ids of the hard constraints that it was decided under.
        verdicts: What each agent said in a phase, by ``phase/agent``; ``unavailable`` where it gave no answer.
        tokens: Sent to models and written by them.
        cost_usd: What they cost.
        answers: How many answers of models were judged by the rules of quality.
        breaches: What is wrong with these, as ``rule: agent in phase: detail``.
    """

    status: str
    reasons: Sequence[str]
    incident: Mapping[str, Any]
    options: Sequence[Mapping[str, Any]]
    option_id: str
    received: str
    duration: float
    constraints: Sequence[str] = ()
    verdicts: Mapping[str, str] = field(default_factory=dict)
    tokens: int = 0
    cost_usd: float = 0.0
    answers: int = 0
    breaches: Sequence[str] = ()

    @property
    def option(self) -> Mapping[str, Any] | None:
        """The chosen option; ``None`` without a decision."""
        return next((each for each in self.options if each["id"] == self.option_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One scenario in the report.

    ``regret`` is ``None`` where there was nothing to choose or nothing was chosen; ``faults`` are those of ``Suite.faults``
    that the decision has, beside the rules that it breaks. ``option`` names the chosen one by what it does, so that it is the
    same in another run; ``time`` counts the runs of a scenario from 1.
    """

    number: int
    kind: str
    incident: str
    text: str
    status: str
    reasons: list[str]
    chosen: str
    action: str
    total: float | None
    best: str
    best_action: str
    best_total: float | None
    regret: float | None
    halt_is_right: bool
    halted: bool
    missing: list[str]
    violations: list[str]
    faults: list[str]
    disagreements: list[str]
    duration: float
    option: str = ""
    constraints: list[str] = field(default_factory=list)
    verdicts: dict[str, str] = field(default_factory=dict)
    tokens: int = 0
    cost_usd: float = 0.0
    answers: int = 0
    breaches: list[str] = field(default_factory=list)
    time: int = 1

    @property
    def wrong(self) -> bool:
        """True if the decision breaks a rule or has a fault, or the run halted (or did not) wrongly."""
        return bool(self.violations or self.faults) or self.halted is not self.halt_is_right


def in_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the document of a run says of its constraints, verdicts, tokens and cost."""
    totals = document["totals"]
    return {
        "constraints": [each["id"] for each in document.get("constraints", ()) if each["hard"]],
        "verdicts": {
            f"{each['phase']}/{each['name']}": each["verdict"] or each["status"]
            for each in document.get("agents", ())
            if each["kind"] != "frame"
        },
        "tokens": totals.get("input_tokens", 0) + totals.get("output_tokens", 0),
        "cost_usd": totals.get("cost_usd", 0.0),
    }


def option_key(option: Mapping[str, Any] | None) -> str:
    """An option by what it does: ids of options are places in a list, and another run may list them otherwise."""
    if option is None:
        return ""
    parameters = ", ".join(f"{name}={value}" for name, value in sorted(option["parameters"].items()))
    return f"{option['action']}({parameters})"


def measured(row: Row, run: Run, time: int = 1) -> Row:
    """A judged row with what was measured of one of its runs, which is not for the exact evaluation to judge."""
    return replace(
        row,
        duration=run.duration,
        option=option_key(run.option),
        constraints=sorted(run.constraints),
        verdicts=dict(run.verdicts),
        tokens=run.tokens,
        cost_usd=run.cost_usd,
        answers=run.answers,
        breaches=list(run.breaches),
        time=time,
    )


@dataclass(frozen=True, kw_only=True)
class Report:
    """The figures of a set of scenarios, which follow from ``seed`` and ``networks`` (date and seed of each sample).

    ``counted`` are the names of the faults that the suite looks for; each has its number in the document. ``rows`` has each
    scenario once, ``again`` its further runs where it was run several ``times``: whatever goes wrong in one of them counts.
    """

    suite: str
    seed: int
    where: str
    networks: Sequence[str]
    regime: str
    counted: Sequence[str] = ()
    rows: Sequence[Row] = field(default_factory=list)
    again: Sequence[Row] = field(default_factory=list)

    @property
    def every(self) -> list[Row]:
        """Every run: those of the first time, then the others."""
        return [*self.rows, *self.again]

    @property
    def times(self) -> int:
        """How often each scenario was run."""
        return max((row.time for row in self.every), default=1)

    @property
    def violations(self) -> int:
        """Decisions that break a rule by the exact evaluation."""
        return sum(bool(row.violations) for row in self.every)

    @property
    def regrets(self) -> list[float]:
        """Regret of each decision."""
        return [row.regret for row in self.every if row.regret is not None]

    @property
    def faults(self) -> dict[str, int]:
        """Decisions that have each of the faults that the suite looks for."""
        return {name: sum(name in row.faults for row in self.every) for name in self.counted}

    @property
    def decided(self) -> int:
        """Runs in which an option was chosen, whether or not a person has to approve it."""
        return sum(row.total is not None for row in self.every)

    @property
    def halts_right(self) -> int:
        """Runs that halted where a halt was right."""
        return sum(row.halted and row.halt_is_right for row in self.every)

    @property
    def halts_wrong(self) -> int:
        """Runs that halted where they had a choice, or went on where they should have halted."""
        return sum(row.halted is not row.halt_is_right for row in self.every)

    @property
    def passed(self) -> bool:
        """True if nothing broke a rule, no decision has a fault, and every halt was right."""
        return not self.violations and not any(self.faults.values()) and not self.halts_wrong

    def document(self) -> dict[str, Any]:
        """The report as plain values."""
        durations = sorted(row.duration for row in self.every)
        return {
            "suite": self.suite,
            "seed": self.seed,
            "where": self.where,
            "networks": list(self.networks),
            "regime": self.regime,
            "scenarios": len(self.rows),
            "violations": self.violations,
            "mean_regret": round(mean(self.regrets), 6) if self.regrets else None,
            "worst_regret": round(max(self.regrets), 6) if self.regrets else None,
            "decisions": len(self.regrets),
            "decided": self.decided,
            **self.faults,
            "halts_right": self.halts_right,
            "halts_wrong": self.halts_wrong,
            "chosen": _counts(row.action for row in self.rows),
            "best": _counts(row.best_action for row in self.rows),
            "disagreements": sum(bool(row.disagreements) for row in self.rows),
            "median_seconds": round(median(durations), 3) if durations else None,
            "longest_seconds": round(durations[-1], 3) if durations else None,
            **spent(self.every),
            "quality": quality(self.every),
            "consistency": consistency(self.rows, self.again),
            "rows": [asdict(row) for row in self.every],
        }


def _counts(actions: Iterable[str]) -> dict[str, int]:
    """Number of times that each action occurs, the most frequent first."""
    return dict(Counter(action for action in actions if action).most_common())
