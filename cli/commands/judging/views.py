"""What a person sees of an evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

    from evaluation.cases.judging import SuiteReport
    from evaluation.report import Report, Row

SHOWN_WORST = 5


def report_view(report: Report | SuiteReport) -> RenderableType:
    """The figures of an evaluation: those of its scenarios, and what became of the rest of a suite."""
    from rich.console import Group
    from rich.text import Text

    from evaluation.report import Report

    if isinstance(report, Report):
        return view(report)
    beside = Text("\n".join(_beside(report)))
    return Group(view(report.scenarios), Text(), beside) if report.scenarios else beside


def _beside(report: SuiteReport) -> list[str]:
    """What a person reads of sentences, attacks and recorded runs."""
    document = report.document()
    sentences, attacks, runs = document["sentences"], document["attacks"], document["recorded"]
    lines = [f"another optimum by now: {told}" for told in document["moved"]]
    if sentences["sentences"]:
        read = ", ".join(f"{name} {sentences[name]}" for name in ("right", "told", "asked", "misunderstood"))
        lines += [f"sentences: {read}", *(f"  {how}: {text!r}" for text, how in sentences["wrong"].items())]
    if attacks["attacks"]:
        lines += [f"attacks: {attacks['attacks']}, {len(attacks['through'])} got through"]
        lines += [f"  {name}: {how}" for name, how in attacks["through"].items()]
    if runs:
        done, again = runs["done"], runs["decided_again"]
        rated = "" if runs["rating"] is None else f", rated {runs['rating']:g} of 5"
        lines += [
            f"recorded runs: {runs['runs']}, {runs['overridden']} overridden{rated};"
            f" people did what was decided in {done['as_recorded']} of {done['of']}",
            f"decided anew: {again['of']}, as recorded {again['as_recorded']},"
            f" as people did {again['as_people']} of {again['people_said']}",
            *(
                f"  {each['run']}: was {each['recorded']}, is {each['now']}"
                + (f", people did {each['done']}" if each["done"] else "")
                for each in runs["otherwise"]
            ),
        ]
    return lines


def _measured(figures: Mapping[str, Any]) -> list[str]:
    """Time, tokens, cost, quality and agreement, as a person reads them."""
    judged, agreed = figures["quality"], figures["consistency"]
    broken = ", ".join(f"{rule} {number}" for rule, number in judged["breaches"].items() if number)
    lines = [
        f"seconds per run: p50 {figures['p50_seconds']:.3f}, p95 {figures['p95_seconds']:.3f}, p99 {figures['p99_seconds']:.3f}",
        f"per run: {figures['tokens_per_run']:,.0f} tokens, {figures['cost_usd_per_run']:.5f} USD",
        f"answers that keep every rule of quality: {judged['sound']} of {judged['answers']}{f' ({broken})' if broken else ''}",
    ]
    if agreed is None:
        return lines
    shares = ", ".join(f"{name} {_percent(agreed[name]['cases'])}" for name in ("option", "constraints", "verdicts"))
    differing = (
        f"  differs: {each['number']} {each['incident']}: {', '.join(each['differ'])}: {' | '.join(each['options'])}"
        for each in agreed["differing"]
    )
    return [*lines, f"{agreed['times']} times each, the same in all of them: {shares}", *differing]


def view(report: Report) -> RenderableType:
    """The figures, one line per kind, and what went worst."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    figures = report.document()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in (
        "kind",
        "runs",
        "decided",
        "halted",
        "mean regret",
        "worst regret",
        "violations",
        *_told(report.counted),
    ):
        table.add_column(name, justify="left" if name == "kind" else "right")
    for kind in dict.fromkeys(row.kind for row in report.rows):
        rows = [row for row in report.rows if row.kind == kind]
        counts = (str(sum(name in row.faults for row in rows)) for name in report.counted)
        table.add_row(*_kind_cells(kind, rows), *counts)
    unsound = [f"unsound: {row.number} {breach}" for row in report.every for breach in row.breaches][:SHOWN_WORST]
    lines = [
        f"{figures['scenarios']} scenarios of seed {report.seed}, {report.where}, duty rules {report.regime}",
        f"networks (date/seed): {', '.join(report.networks)}",
        f"feasibility violations: {report.violations}",
        *(f"{told}: {number}" for told, number in zip(_told(report.faults), report.faults.values(), strict=True)),
        f"regret: mean {_percent(figures['mean_regret'])}, worst {_percent(figures['worst_regret'])}"
        f" over {figures['decisions']} decisions",
        f"halts: {report.halts_right} right, {report.halts_wrong} wrong",
        f"chosen: {_tally(figures['chosen'])}",
        f"best: {_tally(figures['best'])}",
        f"figures of any option that disagree: in {figures['disagreements']} runs",
        *_measured(figures),
    ]
    return Group(Text("\n".join(lines)), Text(), table, Text("\n".join(["", *_remarkable(report.every), *unsound])))


def _told(faults: Iterable[str]) -> list[str]:
    """Names of faults as a person reads them."""
    return [name.replace("_", " ") for name in faults]


def _tally(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items()) or "none"


def _kind_cells(kind: str, rows: list[Row]) -> list[str]:
    regrets = [row.regret for row in rows if row.regret is not None]
    return [
        kind,
        str(len(rows)),
        str(sum(not row.halted for row in rows)),
        str(sum(row.halted for row in rows)),
        _percent(sum(regrets) / len(regrets)) if regrets else "",
        _percent(max(regrets)) if regrets else "",
        str(sum(bool(row.violations) for row in rows)),
    ]


def _remarkable(rows: Any) -> list[str]:
    wrong = [row for row in rows if row.wrong]
    lines = [f"wrong: {row.number} {row.kind} {row.incident}: {_what(row)}" for row in wrong]
    worst = sorted((row for row in rows if row.regret), key=lambda row: -row.regret)[:SHOWN_WORST]
    lines += [
        f"regret {_percent(row.regret)}: {row.number} {row.kind} {row.incident}: {row.chosen}; better: {row.best}"
        for row in worst
    ]
    differing = [row for row in rows if row.disagreements][:SHOWN_WORST]
    return [*lines, *(f"disagrees: {row.number} {row.incident}: {'; '.join(row.disagreements)}" for row in differing)]


def _what(row: Row) -> str:
    if row.violations:
        return f"{row.chosen} breaks {', '.join(row.violations)}"
    if row.faults:
        return f"{row.chosen}: {', '.join(_told(row.faults))}"
    if row.halted:
        return f"halted ({', '.join(row.reasons)}) though it could have: {row.best}"
    return f"decided though {', '.join(row.missing) or 'no course of action is allowed'}"


def _percent(value: float | None) -> str:
    return "none" if value is None else f"{100 * value:.2f} %"
