"""The table of options: which of their many fields to show, and how.

The choice of columns is generic. First come the fields that violated constraints name, because they explain why an
option is out; then those in which the options differ most, because they explain why one is better than another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.style import Style
from rich.table import Table
from rich.text import Text

from cli.screen.format import NOTHING, cell, words

Document = Mapping[str, Any]

MAX_FIELDS = 8
WIDE = 130
"""Columns of a terminal from which on everything about an option stands in one row."""
_SUMMARY_WIDTH = 26
_BREAKS_WIDTHS = (6, 14)
"""Least and most columns for the labels of broken constraints."""
_GAP = 2
"""Blanks between two columns."""
_LONGEST_CELL = 18


def option_table(run: Document, *, width: int, labels: Mapping[str, str]) -> Table:
    """Options against what they cost and what they break.

    Args:
        run: The run as the API answers it.
        width: Columns of the terminal.
        labels: Short label of each constraint id, as the table of constraints shows it.

    Returns:
        One row per option: the chosen one highlighted, those that break a hard constraint dimmed. As many fields as fit;
        the scores of the dimensions are left to ``score_table`` when the terminal is narrow.
    """
    options = in_order(run)
    constraints = run.get("constraints") or ()
    chosen = (run.get("decision") or {}).get("option_id")
    dimensions = _dimensions(options) if width >= WIDE else []
    breaks = _breaks_width(options, labels)
    fields = _fitting(options, constraints, dimensions, width - breaks)

    table = plain_table("Options")
    table.add_column("", no_wrap=True)
    table.add_column("option", ratio=1, min_width=_SUMMARY_WIDTH, overflow="fold")
    for name in fields:
        table.add_column(words(name), justify="right", width=_column_width(options, name))
    for name in dimensions:
        table.add_column(words(name), justify="right", min_width=_longest_word(name), style="cyan")
    table.add_column("total", justify="right", no_wrap=True)
    table.add_column("breaks", width=breaks)
    for option in options:
        broken = option.get("violations") or ()
        culprits = {each.get("field") for each in constraints if each.get("id") in broken}
        is_chosen = option.get("id") == chosen
        table.add_row(
            ("▶ " if is_chosen else "  ") + str(option.get("id", "")),
            option.get("summary") or words(option.get("action", "")),
            *(_cell(option, name, culprit=name in culprits) for name in fields),
            *(_score((option.get("scores") or {}).get(name)) for name in dimensions),
            _score(option.get("total"), digits=3),
            _broken_labels(option, labels),
            style=_style(is_chosen, bool(broken)),
        )
    return table


def score_table(run: Document) -> Table:
    """The score of every option in every dimension."""
    options = in_order(run)
    dimensions = _dimensions(options)
    chosen = (run.get("decision") or {}).get("option_id")
    table = plain_table("Scores")
    table.add_column("", no_wrap=True)
    for name in (*dimensions, "total"):
        table.add_column(words(name), justify="right")
    for option in options:
        is_chosen = option.get("id") == chosen
        table.add_row(
            ("▶ " if is_chosen else "  ") + str(option.get("id", "")),
            *(_score((option.get("scores") or {}).get(name)) for name in dimensions),
            _score(option.get("total"), digits=3),
            style=_style(is_chosen, bool(option.get("violations"))),
        )
    return table


def plain_table(title: str) -> Table:
    """A table with a line under its head and nothing else."""
    return Table(
        title=title or None,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, _GAP - 1, 0, 0),
    )


def _fitting(
    options: Sequence[Document], constraints: Sequence[Document], dimensions: Sequence[str], width: int
) -> list[str]:
    """The fields to show: those that say most, as many as there is room for beside the other columns."""
    taken = 8 + _SUMMARY_WIDTH + 5 + 4 * _GAP + sum(_longest_word(name) + _GAP for name in dimensions)
    for limit in range(MAX_FIELDS, 0, -1):
        fields = key_fields(options, constraints, limit=limit)
        if taken + sum(_column_width(options, name) + _GAP for name in fields) <= width:
            return fields
    return []


def _dimensions(options: Sequence[Document]) -> list[str]:
    return list(dict.fromkeys(name for option in options for name in option.get("scores") or {}))


def _breaks_width(options: Sequence[Document], labels: Mapping[str, str]) -> int:
    least, most = _BREAKS_WIDTHS
    longest = max((len(_broken_labels(option, labels)) for option in options), default=0)
    return max(least, min(most, longest))


def _column_width(options: Sequence[Document], name: str) -> int:
    longest = max((len(cell((option.get("fields") or {}).get(name))) for option in options), default=0)
    return max(_longest_word(name), min(_LONGEST_CELL, longest))


def _longest_word(name: str) -> int:
    return max(4, *map(len, words(name).split() or [""]))


def in_order(run: Document) -> list[Document]:
    """Options as ranked by the decision, then by total; those that break something come last."""
    ranking = {name: place for place, name in enumerate((run.get("decision") or {}).get("ranking") or ())}
    return sorted(
        run.get("options") or (),
        key=lambda option: (
            bool(option.get("violations")),
            ranking.get(option.get("id"), len(ranking)),
            -(option.get("total") or 0.0),
        ),
    )


def key_fields(options: Sequence[Document], constraints: Sequence[Document], *, limit: int) -> list[str]:
    """The fields worth a column.

    Args:
        options: Options with ``fields`` and ``violations``.
        constraints: Constraints with ``id`` and ``field``.
        limit: Most columns.

    Returns:
        Names of at most ``limit`` fields, in the order in which the options carry them. A field in which all options
        agree is shown only if a violated constraint names it; of fields that put the options in the same order, one.
        At least half are left to numbers in which the options differ: what an option breaks stands in a column of its
        own, what it costs and how late it is does not.
    """
    names = list(dict.fromkeys(name for option in options for name in option.get("fields") or {}))
    columns = {name: tuple((option.get("fields") or {}).get(name) for option in options) for name in names}
    broken = {each for option in options for each in option.get("violations") or ()}
    named = [each.get("field") for each in constraints if each.get("id") in broken]
    weight = {name: (named.count(name), _difference(columns[name])) for name in names}
    explaining = sorted((name for name in names if weight[name][0]), key=weight.__getitem__, reverse=True)
    differing = sorted((name for name in names if _numeric(columns[name])), key=lambda name: -weight[name][1])
    rest = sorted(names, key=weight.__getitem__, reverse=True)
    picked: dict[tuple[object, ...], str] = {}
    for candidates, most in ((explaining, (limit + 1) // 2), (differing, limit), (rest, limit)):
        for name in candidates:
            order = _order(columns[name])
            if any(weight[name]) and order not in picked and len(picked) < most:
                picked[order] = name
    return [name for name in names if name in picked.values()]


def _numeric(column: Sequence[Any]) -> bool:
    return all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in column)


def _order(column: Sequence[Any]) -> tuple[object, ...]:
    """For each option its rank in the column if the value is a number, otherwise its cell."""
    numbers = sorted({value for value in column if isinstance(value, int | float)})
    return tuple(numbers.index(value) if isinstance(value, int | float) else cell(value) for value in column)


def _difference(column: Sequence[Any]) -> float:
    """The difference between the options in a field: 0 when they agree, up to 2 for distinct numbers far apart."""
    distinct = len(set(map(repr, column)))
    if distinct < 2:
        return 0.0
    variety = distinct / len(column)
    numbers = [float(value) for value in column if isinstance(value, int | float)]
    if not numbers:
        longest = max(len(cell(value)) for value in column)
        return variety / 2 if longest <= _LONGEST_CELL else variety / 20
    largest = max(map(abs, numbers))
    return variety + (min(1.0, (max(numbers) - min(numbers)) / largest) if largest else 0.0)


def _cell(option: Document, name: str, *, culprit: bool) -> Text:
    return Text(cell((option.get("fields") or {}).get(name)), style="red not dim" if culprit else "")


def _broken_labels(option: Document, labels: Mapping[str, str]) -> Text:
    """Labels of the constraints that an option breaks, soft ones in brackets."""
    hard, soft = (
        " ".join(
            sorted((labels.get(each, each) for each in option.get(kind) or ()), key=lambda name: (len(name), name))
        )
        for kind in ("violations", "soft_violations")
    )
    if not hard and not soft:
        return Text(NOTHING, style="dim")
    return Text.assemble((hard, "red"), " " if hard and soft else "", (f"({soft})" if soft else "", "dim"))


def _score(value: float | None, digits: int = 2) -> str:
    return NOTHING if value is None else f"{value:.{digits}f}"


def _style(chosen: bool, infeasible: bool) -> Style:
    if chosen:
        return Style(bold=True, color="green")
    return Style(dim=True) if infeasible else Style()
