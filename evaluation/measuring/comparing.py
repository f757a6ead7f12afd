"""Two evaluations of the same cases, held against each other by the thresholds of a stage."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct, to_builtins

from evaluation.measuring.faults import BadFile
from evaluation.measuring.saved import Case, Saved
from infra.thresholds import Thresholds

SHOWN = 10


class Verdict(StrEnum):
    """What a comparison says of one measure."""

    BETTER = "better"
    """It is shown to have got better."""
    WITHIN = "within"
    """It is shown to have got worse by no more than the stage allows."""
    UNCLEAR = "unclear"
    """These cases show neither."""
    WORSE = "worse"
    """It is shown to have got worse, and by more than the stage allows."""
    NOT_COMPARED = "not compared"
    """One side does not have it, or it is the time of another machine."""


class Passed(StrEnum):
    """What it says of the change."""

    PASSES = "passes"
    NOT_SHOWN = "not shown"
    """Nothing is shown to be worse, but the stage demands that everything is shown to be within its thresholds."""
    WORSE = "worse"


class Measure(Struct, frozen=True, kw_only=True):
    """Something that is compared.

    Attributes:
        name: Its name, which is that of its threshold.
        kind: ``share`` of cases, ``mean``, or ``ratio`` of sums.
        of: Its value of a case; None where it has none.
        falls: Whether it gets worse by falling.
        timed: Whether it depends on the machine.
    """

    name: str
    kind: str
    of: Callable[[Case], float | bool | None]
    falls: bool = False
    timed: bool = False


MEASURES: Sequence[Measure] = (
    Measure(name="right", kind="share", of=lambda case: case.right, falls=True),
    Measure(name="sound", kind="share", of=lambda case: case.sound, falls=True),
    Measure(name="agreed", kind="share", of=lambda case: case.agreed, falls=True),
    Measure(name="regret", kind="mean", of=lambda case: case.regret),
    Measure(name="tokens", kind="ratio", of=lambda case: case.tokens),
    Measure(name="cost_usd", kind="ratio", of=lambda case: case.cost_usd),
    Measure(name="seconds", kind="ratio", of=lambda case: case.seconds, timed=True),
)


class Line(Struct, frozen=True, kw_only=True):
    """What was found about one measure.

    Attributes:
        measure: Its name.
        kind: See ``Measure``.
        cases: How many pairs have it.
        before: The figure before.
        after: The figure after.
        difference: Between them: of a ratio, as a share of before.
        low: Lower end of its interval.
        high: Upper end.
        p: The chance of such a difference where there is none.
        test: How that was found.
        allowed: By so much it may get worse.
        verdict: What follows.
        note: What these cases cannot show, or why nothing was compared.
    """

    measure: str
    kind: str
    cases: int
    verdict: Verdict
    allowed: float
    before: float | None = None
    after: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    test: str = ""
    note: str = ""


class Comparison(Struct, frozen=True, kw_only=True):
    """Two evaluations, compared.

    Attributes:
        pairs: Cases that both have.
        only_before: Cases that only the first has.
        only_after: Cases that only the second has.
        same_machine: Whether both ran on such a machine.
        same_option: Of the pairs, those that came to the same option.
        lines: One for each measure.
        lost: Cases that were right before and are not any more, the first ones.
        passed: What it says of the change.
    """

    pairs: int
    only_before: int
    only_after: int
    same_machine: bool
    same_option: int
    lines: Sequence[Line]
    lost: Sequence[str]
    passed: Passed

    def document(self) -> dict[str, Any]:
        """The comparison as plain values."""
        return dict(to_builtins(self))


def compare(before: Saved, after: Saved, thresholds: Thresholds) -> Comparison:
    """Compares two evaluations case by case.

    Raises:
        BadFile: They have no case in common.
    """
    earlier, later = _by_case(before), _by_case(after)
    common = [name for name in earlier if name in later]
    if not common:
        raise BadFile("the two have no case in common, so nothing can be compared")
    pairs = [(earlier[name], later[name]) for name in common]
    same_machine = before.machine.same(after.machine)
    lines = [_line(each, pairs, thresholds, comparable=same_machine or not each.timed) for each in MEASURES]
    return Comparison(
        pairs=len(pairs),
        only_before=len(earlier) - len(common),
        only_after=len(later) - len(common),
        same_machine=same_machine,
        same_option=sum(one.option == other.option for one, other in pairs),
        lines=lines,
        lost=[one.case for one, other in pairs if one.right and other.right is False][:SHOWN],
        passed=_passed(lines, thresholds),
    )


def _by_case(evaluation: Saved) -> Mapping[str, Case]:
    return {each.case: each for each in evaluation.cases}


def _passed(lines: Sequence[Line], thresholds: Thresholds) -> Passed:
    found = {line.verdict for line in lines}
    if Verdict.WORSE in found:
        return Passed.WORSE
    return Passed.NOT_SHOWN if thresholds.demands_proof and Verdict.UNCLEAR in found else Passed.PASSES


def _line(measure: Measure, pairs: Sequence[tuple[Case, Case]], thresholds: Thresholds, *, comparable: bool) -> Line:
    values = [(measure.of(one), measure.of(other)) for one, other in pairs]
    known = [(one, other) for one, other in values if one is not None and other is not None]
    allowed = float(getattr(thresholds, measure.name))
    line = Line(
        measure=measure.name, kind=measure.kind, cases=len(known), allowed=allowed, verdict=Verdict.NOT_COMPARED
    )
    before, after = [one for one, _ in known], [other for _, other in known]
    if not comparable:
        return _noted(line, "they ran on different machines")
    if not known:
        return _noted(line, "one of the two does not have it")
    if measure.kind == "ratio" and not sum(before):
        return _noted(line, "it was zero before")
    return _judged(line, before, after, measure, thresholds)


def _noted(line: Line, note: str) -> Line:
    return Line(**{**{name: getattr(line, name) for name in Line.__struct_fields__}, "note": note})


def _judged(
    line: Line, before: Sequence[float], after: Sequence[float], measure: Measure, thresholds: Thresholds
) -> Line:
    from evaluation.measuring import (
        paired,
    )  # SciPy takes its time to load, and a command without a comparison needs none

    compared = {"share": paired.shares, "mean": paired.means, "ratio": paired.ratios}[measure.kind]
    found = compared(before, after, thresholds.alpha)
    # How much worse it got: the difference itself where it gets worse by rising.
    least, worse, most = (
        (-found.high, -found.difference, -found.low) if measure.falls else (found.low, found.difference, found.high)
    )
    verdict = (
        Verdict.BETTER
        if most < 0
        else Verdict.WITHIN
        if most <= line.allowed
        else Verdict.WORSE
        if least > 0 and worse > line.allowed
        else Verdict.UNCLEAR
    )
    note = _power(line, before, after, thresholds) if verdict is Verdict.UNCLEAR else ""
    kept = {name: getattr(line, name) for name in ("measure", "kind", "cases", "allowed")}
    figures = {name: round(getattr(found, name), 9) for name in ("before", "after", "difference", "low", "high", "p")}
    return Line(**kept, **figures, test=found.test, verdict=verdict, note=note)


def _power(line: Line, before: Sequence[float], after: Sequence[float], thresholds: Thresholds) -> str:
    """What so many cases can show, and how many it takes for what the stage asks."""
    from evaluation.measuring import paired

    alpha, power = thresholds.alpha, thresholds.power
    if line.kind == "share":
        shown, needed = paired.smallest_share(line.cases, alpha, power), paired.cases_for(line.allowed, alpha, power)
        return f"{line.cases} cases show a fall of {_percent(shown)} or more; {_percent(line.allowed)} takes {needed:,} cases"
    shown = paired.smallest_ratio(before, after, alpha, power)
    if not math.isfinite(shown):
        return f"{line.cases} cases show nothing of it"
    if line.kind == "mean":
        return f"{line.cases} cases show a change by {shown * sum(before) / len(before):.4g} or more"
    needed = math.ceil(line.cases * (shown / line.allowed) ** 2)
    return f"{line.cases} cases show a change by {_percent(shown)} or more; {_percent(line.allowed)} takes {needed:,} cases"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
