"""What a person sees of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

    from evaluation.measuring.comparing import Comparison, Line
    from evaluation.measuring.saved import Saved

_SAYS = {
    "passes": "passes: nothing is shown to be worse than the stage allows",
    "not shown": "does not pass: nothing is shown to be worse, but the stage demands proof, and these cases give none",
    "worse": "does not pass: it is worse than the stage allows",
}


def comparison_view(compared: Comparison, before: Saved, after: Saved) -> RenderableType:
    """A line for each measure, what these cases cannot show, and the verdict."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("measure", "cases", "before", "after", "difference", "interval", "p", "allowed", "verdict"):
        table.add_column(name, justify="left" if name in ("measure", "verdict") else "right")
    for line in compared.lines:
        table.add_row(*_cells(line))
    head = [
        f"before: {before.suite} of {before.at[:16]}, {before.versions.get('commit', '')}, {before.machine.cpu}",
        f"after:  {after.suite} of {after.at[:16]}, {after.versions.get('commit', '')}, {after.machine.cpu}",
        f"{compared.pairs} cases of both; only before {compared.only_before}, only after {compared.only_after};"
        f" same option in {compared.same_option}",
    ]
    foot = [
        *(f"{line.measure}: {line.note}" for line in compared.lines if line.note),
        *(f"right before, and not any more: {name}" for name in compared.lost),
        _SAYS[compared.passed.value],
    ]
    return Group(Text("\n".join(head)), Text(), table, Text("\n".join(["", *foot])))


def _cells(line: Line) -> list[str]:
    if line.difference is None:
        return [line.measure, str(line.cases), "", "", "", "", "", "", line.verdict.value]
    shown = _amount if line.kind == "mean" else _percent
    return [
        line.measure,
        str(line.cases),
        _percent(line.before) if line.kind == "share" else _amount(line.before),
        _percent(line.after) if line.kind == "share" else _amount(line.after),
        shown(line.difference),
        f"{shown(line.low)} to {shown(line.high)}",
        "" if line.p is None else f"{line.p:.3f}",
        shown(line.allowed),
        line.verdict.value,
    ]


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"


def _amount(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
