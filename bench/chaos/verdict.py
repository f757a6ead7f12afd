"""The fate of runs whose functions were killed, and the check that it is as it has to be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

HALTED = "halted"
TERMINAL = frozenset({"decided", "awaiting_approval", HALTED})
OUTCOMES = frozenset({"decision_published", "run_closed"})
CLOSED = "execution_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The way in which a run ended, as the API told it once.

    Attributes:
        status: ``running`` where it has not.
        option: The chosen option; empty where none is.
        reasons: Codes of the reasons.
        degraded: Whether an agent was missing.
    """

    status: str = "running"
    option: str = ""
    reasons: tuple[str, ...] = ()
    degraded: bool = False

    @classmethod
    def of(cls, run: Mapping[str, Any]) -> Outcome:
        """That of a run as the API answers it."""
        decision = run.get("decision") or {}
        return cls(
            status=str(run["status"]),
            option=str(decision.get("option_id") or ""),
            reasons=tuple(str(each["code"]) for each in run.get("reasons") or ()),
            degraded=bool(run.get("degraded")),
        )

    @property
    def ended(self) -> bool:
        """True if this is an end."""
        return self.status in TERMINAL


@dataclass(slots=True, kw_only=True)
class Seen:
    """The observations about a reported incident.

    Attributes:
        run: The run that it has to become.
        by: ``api`` or ``event``.
        text: The report.
        stopped: Whether its execution was stopped on purpose, which has to halt it unless its decision was there before.
        unanswered: Whether its sender was told nothing although the run was there: ``sweep`` has to start it if need be.
        outcomes: Its ends, in the order in which they were told: when it ended, and when all was quiet.
        acts: The events in its audit.
        undisturbed: The end of a run about the same report that nobody disturbed; asked for where the first was halted.
        seconds: From the report to the end.
    """

    run: str
    by: str
    text: str
    stopped: bool = False
    unanswered: bool = False
    outcomes: list[Outcome] = field(default_factory=list)
    acts: Sequence[str] = ()
    undisturbed: Outcome | None = None
    seconds: float = 0.0

    @property
    def last(self) -> Outcome:
        """Its latest outcome; ``running`` while none is known."""
        return self.outcomes[-1] if self.outcomes else Outcome()

    @property
    def suspicious(self) -> bool:
        """True if it halted although nobody stopped it: either its report has to halt, or a kill has halted it."""
        return self.last.status == HALTED and not self.stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The findings. All but ``repeated``, ``degraded`` and the counts have to be empty.

    Attributes:
        stuck: Runs without an end.
        double: Runs with two ends, and runs that nobody asked for.
        unproved: Runs whose audit the verifier does not prove.
        needless: Runs that halted, although an undisturbed one about the same report does not.
        repeated: Steps that were killed more than once, since a signal came late; their runs may halt.
        degraded: Runs that were decided without an agent.
        by_function: Kills, and what became of the runs, by function.
    """

    stuck: tuple[str, ...]
    double: tuple[str, ...]
    unproved: tuple[str, ...]
    needless: tuple[str, ...]
    repeated: tuple[str, ...]
    degraded: tuple[str, ...]
    by_function: Mapping[str, Mapping[str, int]]

    @property
    def missed(self) -> list[str]:
        """Names of the bars that are missed."""
        return [name for name in ("stuck", "double", "unproved", "needless") if getattr(self, name)]


def judge(
    seen: Sequence[Seen],
    kills: Mapping[tuple[str, str], int],
    *,
    answered: Mapping[str, int],
    unasked: Collection[str],
    unproved: Collection[str],
) -> Verdict:
    """The verdict.

    Args:
        seen: The reported incidents.
        kills: Kills by run and function; the run is empty for functions that serve none in particular.
        answered: Kills by function, of those without a run, after which the function answered again.
        unasked: Runs that stand in the store, and that no report leads to.
        unproved: Runs that the verifier does not prove.
    """
    repeated = {(run, name) for (run, name), number in kills.items() if run and number > 1}
    excused = {run for run, _ in repeated}
    return Verdict(
        stuck=tuple(each.run for each in seen if not each.last.ended),
        double=(*(each.run for each in seen if has_two_ends(each)), *sorted(unasked)),
        unproved=tuple(sorted(unproved)),
        needless=tuple(each.run for each in seen if each.suspicious and is_needless(each) and each.run not in excused),
        repeated=tuple(sorted(f"{run} {name}" for run, name in repeated)),
        degraded=tuple(each.run for each in seen if each.last.degraded),
        by_function=by_function(seen, kills, answered),
    )


def has_two_ends(each: Seen) -> bool:
    """True if a run ended twice: in its audit, or as the API told it."""
    return sum(act in OUTCOMES for act in each.acts) > 1 or len(set(each.outcomes)) > 1


def is_needless(each: Seen) -> bool:
    """True if the same report leads to something better, or to a halt for other reasons, when nobody disturbs."""
    return each.undisturbed is None or each.undisturbed.reasons != each.last.reasons


def by_function(
    seen: Sequence[Seen], kills: Mapping[tuple[str, str], int], answered: Mapping[str, int]
) -> dict[str, dict[str, int]]:
    """Kills by function, and by what became of the run: ``decided``, ``degraded``, ``halted``, ``stopped`` or ``stuck``.

    For functions that serve no run in particular, ``answered`` tells after how many kills they answered again.
    """
    known = {each.run: each for each in seen}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for (run, function), number in kills.items():
        counts[function]["kills"] += number
        if run in known:
            counts[function][fate(known[run])] += number
    for function, number in answered.items():
        if ("", function) in kills:
            counts[function]["answered"] += number
    return {name: dict(counts[name]) for name in sorted(counts)}


def fate(each: Seen) -> str:
    """The fate of a run, in a word."""
    if not each.last.ended:
        return "stuck"
    if each.last.status != HALTED:
        return "degraded" if each.last.degraded else "decided"
    return "stopped" if each.stopped and CLOSED in each.last.reasons else "halted"
