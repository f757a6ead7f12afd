"""A run as a person reads it: the outcome first, then why, then what it took, then where to look next.

The renderables are built from the JSON that the API answers. Nothing here knows a domain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conclave.codes import RunStatus
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.screen.agents import NARROW, agents_table, failure_line, revision_line
from cli.screen.format import NOTHING, cell, counted, duration, number, words
from cli.screen.option_table import WIDE, option_table, plain_table, score_table
from cli.screen.work import work_lines

Document = Mapping[str, Any]

STATUS_STYLE: Mapping[str, str] = {
    RunStatus.DECIDED: "bold green",
    RunStatus.APPROVAL_REQUIRED: "bold yellow",
    RunStatus.AWAITING_APPROVAL: "bold yellow",
    RunStatus.HALTED: "bold red",
    RunStatus.REFUSED: "bold red",
    RunStatus.EXPIRED: "bold red",
    RunStatus.FORKED: "bold magenta",
    RunStatus.RUNNING: "bold cyan",
}


@dataclass(frozen=True, slots=True)
class Places:
    """Places where a person looks next. Empty entries are left out.

    Attributes:
        execution: ARN of the execution.
        options: Options that lead a further command to the same place.
        models: What to know about who answered for the models.
    """

    execution: str = ""
    options: str = ""
    models: str = ""


def run_view(run: Document, *, width: int, places: Places) -> RenderableType:
    """The whole run, for a terminal of ``width`` columns."""
    labels = constraint_labels(run)
    parts: list[RenderableType | None] = [
        _header(run),
        _reasons(run),
        _lines("People", _people(run.get("approval") or {})),
        option_table(run, width=width, labels=labels) if run.get("options") else None,
        score_table(run) if run.get("options") and width < WIDE else None,
        _constraints(run, labels, width=width),
        agents_table(run, width=width),
        _lines("Failures", [failure_line(each) for each in run.get("agents") or () if each.get("failure")]),
        _lines("Answered again", [revision_line(each) for each in run.get("revisions") or ()]),
        _lines("Conflicts", [_conflict(each) for each in run.get("conflicts") or ()]),
        _lines("Gaps", [_gap(each) for each in run.get("gaps") or ()]),
        work_lines(run, places.models),
        _next(run, places),
    ]
    return Group(*_spaced([part for part in parts if part is not None]))


def runs_view(page: Document, *, width: int, day: str, status: str) -> RenderableType:
    """A page of runs as a table; on a narrow terminal as two lines each."""
    runs = page.get("runs") or ()
    if not runs and status:
        return Text(f"no run is {words(status)}; conclave runs lists those of today (UTC)")
    if not runs:
        when = f"on {day}" if day else "today (UTC)"
        return Text(f'there is no run {when}: conclave ask "..." starts one, --day DATE shows another day')
    shown = _runs_in_lines(runs) if width < NARROW else _runs_in_rows(runs)
    return Group(shown, Text("there are more: raise --limit", style="dim")) if page.get("next") else shown


def _runs_in_rows(runs: Sequence[Document]) -> Table:
    table = plain_table("")
    for name in ("run", "status", "created (UTC)", "option", "incident"):
        table.add_column(name, no_wrap=name != "incident", overflow="fold")
    for run in runs:
        created, option = cell(run.get("created_at")), run.get("option_id") or NOTHING
        table.add_row(run.get("run_id", ""), _status(run), created, option, Text(run.get("summary") or ""))
    return table


def _runs_in_lines(runs: Sequence[Document]) -> RenderableType:
    lines: list[RenderableType] = []
    for run in runs:
        parts = Text.assemble(str(run.get("run_id", "")), "  ", _status(run), f"  {cell(run.get('created_at'))}")
        lines.append(parts.append(f"  {run['option_id']}" if run.get("option_id") else ""))
        lines.append(Padding(Text(run.get("summary") or "", style="dim"), (0, 0, 0, 2)))
    return Group(*lines)


def _status(run: Document) -> Text:
    status = str(run.get("status", ""))
    mark = " (degraded)" if run.get("degraded") else ""
    mark += " (outdated)" if run.get("outdated") else ""
    return Text(_since(run) or words(status) + mark, style=STATUS_STYLE.get(status, ""))


def _since(run: Document) -> str:
    """The time that a run that has not ended waits for its turn, or runs; empty for one that has ended."""
    if run.get("status") != RunStatus.RUNNING or run.get("age_seconds") is None:
        return ""
    if run.get("waiting"):
        return f"waiting {duration(run.get('waited_seconds'))}"
    return f"running {duration(run['age_seconds'] - (run.get('waited_seconds') or 0))}"


def events_view(events: Sequence[Document]) -> RenderableType:
    """Log events as a table."""
    if not events:
        return Text("no function has logged anything about this run, or it is not there yet")
    table = plain_table("")
    for name in ("time (UTC)", "function", "level"):
        table.add_column(name, no_wrap=True)
    table.add_column("message", overflow="fold")
    for event in events:
        level = str(event.get("level") or "")
        error = event.get("exception_name") or ""
        table.add_row(
            str(event["timestamp"])[11:23],
            str(event["function"]),
            Text(level, style={"ERROR": "red", "CRITICAL": "red", "WARNING": "yellow"}.get(level, "dim")),
            f"{event.get('message')}{f' ({error})' if error else ''}",
        )
    return table


def constraint_labels(run: Document) -> dict[str, str]:
    """A short label per constraint id: hard and violated ones first, so that C1 is what mattered most."""
    broken = [each for option in run.get("options") or () for each in _broken_by(option)]
    ordered = sorted(
        run.get("constraints") or (),
        key=lambda each: (not each.get("hard") or each.get("id") not in broken, -broken.count(each.get("id"))),
    )
    return {str(each.get("id")): f"C{place}" for place, each in enumerate(ordered, start=1)}


def _broken_by(option: Document) -> list[str]:
    """Ids of all constraints that an option breaks, hard and soft."""
    return [*(option.get("violations") or ()), *(option.get("soft_violations") or ())]


def _header(run: Document) -> Panel:
    status = str(run.get("status", ""))
    style = STATUS_STYLE.get(status, "bold")
    decision = run.get("decision") or {}
    chosen = decision.get("option_id")
    option: Document = next((each for each in run.get("options") or () if each.get("id") == chosen), {})
    lines = Text((_since(run) or words(status)).upper(), style=style)
    if run.get("degraded"):
        lines.append("  degraded: at least one business agent gave no answer", style="yellow")
    if run.get("outdated"):
        lines.append(f"\n{_outdated(run['outdated'])}", style="yellow")
    if chosen:
        lines.append(f"\n{chosen}  {option.get('summary') or words(option.get('action', ''))}", style="bold")
        lines.append(f"\nscore {number(decision.get('total'))}, confidence {number(decision.get('confidence'))}", "")
        if decision.get("justification"):
            lines.append(f"\n{decision['justification']}", style="italic")
    if fork := run.get("fork"):
        came_out = f", which came out as {words(fork['outcome'])}" if fork.get("outcome") else ""
        lines.append(f"\n\na fork of {fork.get('of')} from {fork.get('from')}{came_out}: a decision for nobody", "")
    if run.get("summary") or run.get("text"):
        lines.append(f"\n\n{run.get('summary') or run.get('text')}", style="not italic")
    if run.get("texts") in {"erasing", "erased"}:
        when = f" at {run['texts_erased_at']}" if run.get("texts_erased_at") else " begun, not complete: erase it again"
        lines.append(f"\n\nTexts erased{when}", style="yellow")
    return Panel(lines, title=f" {run.get('run_id', '')} ", title_align="left", border_style=style, padding=(0, 1))


def _outdated(mark: Document) -> str:
    """Since when a run is outdated, and by what."""
    changed = f"{mark.get('table')}/{mark.get('key')}"
    return (
        f"OUTDATED since {cell(mark.get('since'))}: {mark.get('feed')} changed {changed}, which it rests on; ask again"
    )


def _reasons(run: Document) -> RenderableType | None:
    lines = []
    for reason in run.get("reasons") or ():
        line = Text("• ")
        line.append(words(reason.get("code", "")), style="bold")
        line.append(f": {reason.get('detail', '')}")
        if reason.get("agent"):
            line.append(f" [{reason['agent']}]", style="dim")
        lines.append(line)
    candidates = run.get("candidates") or ()
    if candidates:
        lines.append(Text("• did you mean: " + ", ".join(map(str, candidates)), style="yellow"))
    return _lines("Reasons", lines)


def _people(approval: Document) -> list[Text]:
    """Who is asked about a run until when, and what people did."""
    if not approval:
        return []
    asked = f"{', '.join(approval.get('groups') or ())} may act on {approval.get('option_id')} until {approval.get('deadline')}"
    said = [
        f"{each.get('by')}: {each.get('act')} {each.get('option_id')}: {each.get('reason')}"
        for each in approval.get("acts") or ()
    ]
    return [Text(each) for each in (*([asked] if approval.get("state") == "awaiting" else []), *said)]


def _constraints(run: Document, labels: Mapping[str, str], *, width: int) -> RenderableType | None:
    """Those that some option breaks, each with its source and evidence; the others in one line."""
    constraints = sorted(run.get("constraints") or (), key=lambda each: int(labels[str(each.get("id"))][1:]))
    options = run.get("options") or ()
    breakers = {
        str(each.get("id")): [str(option.get("id")) for option in options if each.get("id") in _broken_by(option)]
        for each in constraints
    }
    told = [each for each in constraints if breakers[str(each.get("id"))]]
    kept = [_predicate(each) for each in constraints if not breakers[str(each.get("id"))]]
    return _joined(
        _constraint_table(told, labels, breakers, width=width) if told else None,
        Text(f"No option breaks {counted(len(kept), 'more constraint')}: {'; '.join(kept)}", style="dim")
        if kept
        else None,
    )


def _constraint_table(
    constraints: Sequence[Document], labels: Mapping[str, str], breakers: Mapping[str, Sequence[str]], *, width: int
) -> Table:
    table = plain_table("Constraints")
    table.add_column("", no_wrap=True)
    table.add_column("rule", ratio=3, overflow="fold")
    headings = ("source", "evidence", "agent") if width >= WIDE else ("source, evidence",)
    for name in headings if width >= NARROW else ():
        table.add_column(name, ratio=2, overflow="fold")
    table.add_column("broken by", min_width=6, ratio=1)
    for each in constraints:
        name = str(each.get("id"))
        source, evidence = str(each.get("source") or NOTHING), str(each.get("evidence_id") or NOTHING)
        where = (source, evidence, str(each.get("agent", ""))) if width >= WIDE else (f"{source}\n{evidence}",)
        by = Text(" ".join(breakers[name]), style="red" if each.get("hard") else "dim")
        if width < NARROW:
            table.add_row(labels[name], _rule(each).append(f"\n{source}; {evidence}", style="dim italic"), by)
        else:
            table.add_row(labels[name], _rule(each), *where, by)
    return table


def _predicate(constraint: Document) -> str:
    value, unit = cell(constraint.get("value")), constraint.get("unit") or ""
    return f"{words(str(constraint.get('field')))} {constraint.get('operator')} {value} {unit}".strip()


def _joined(*parts: RenderableType | None) -> RenderableType | None:
    present = [part for part in parts if part is not None]
    return Group(*present) if present else None


def _rule(constraint: Document) -> Text:
    text = Text(_predicate(constraint))
    text.append("" if constraint.get("hard") else "  soft", style="dim")
    if constraint.get("reason"):
        text.append(f"\n{constraint['reason']}", style="dim")
    return text


def _conflict(conflict: Document) -> Text:
    kind = str(conflict.get("kind", "")).replace("_", " against ")
    between = " and ".join(map(str, conflict.get("agents") or ()))
    about = f" over {conflict['option_id']}" if conflict.get("option_id") else ""
    # The detail names agents and option itself.
    return Text("• ").append(kind, style="bold").append(f": {conflict.get('detail') or between + about}")


def _gap(gap: Document) -> Text:
    text = Text("• ").append(str(gap.get("tool", "")), style="bold")
    text.append(f": {gap.get('item', '')} {gap.get('reason', '')}")
    text.append(" (mandatory)" if gap.get("mandatory") else "", style="red")
    return text.append(f"  {gap.get('detail') or ''}", style="dim")


def _next(run: Document, places: Places) -> RenderableType:
    audit = run.get("audit") or {}
    rows = {
        "everything as JSON": f"conclave show {run.get('run_id')}{places.options} --json",
        "what the functions logged": f"conclave logs {run.get('run_id')}{places.options}",
        "execution": places.execution,
        "audit": f"{counted(audit.get('entries'), 'entry', 'entries')}, head {audit.get('head')}" if audit else "",
    }
    # Left to the terminal to wrap, so that a long name can be copied in one piece.
    lines = [
        Text.assemble((f"{label:<27}", "dim"), place, no_wrap=True, overflow="ignore")
        for label, place in rows.items()
        if place
    ]
    return Group(Text("Where to look next", style="bold"), *lines)


def _lines(title: str, lines: Sequence[Text]) -> RenderableType | None:
    return Group(Text(title, style="bold"), *lines) if lines else None


def _spaced(parts: Sequence[RenderableType]) -> list[RenderableType]:
    """An empty line between parts; a table brings its own."""
    spaced: list[RenderableType] = []
    for part in parts:
        spaced.append(part)
        spaced.append(Text(""))
    return spaced[:-1]
