"""Two runs side by side, as a person reads them: what is other stands in a table, what is the same in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.screen.format import NOTHING, cell, count, counted, duration, money, words
from cli.screen.option_table import plain_table

Document = Mapping[str, Any]

_MONEY = ("cost_usd", "reserved_usd")


def differences_view(document: Document, *, width: int) -> RenderableType:
    """What ``cli.comparison.compared`` found, for a terminal of ``width`` columns."""
    parts: list[RenderableType] = [_heads(document, width), *map(Text, _changes(document))]
    rows = list(_rows(document))
    if rows:
        table = plain_table("")
        table.add_column("", overflow="fold", min_width=12)
        for name in ("first", "second"):
            table.add_column(name, overflow="fold", ratio=1)
        part = ""
        for of, name, one, other in rows:
            table.add_row(Text(of if of != part else "", style="bold"), "", "") if of != part else None
            part = of
            table.add_row(f"  {name}", one, other)
        parts.append(table)
    parts.append(Text(_same(document), style="dim"))
    return Group(*parts)


def _heads(document: Document, width: int) -> Table:
    table = plain_table("")
    table.add_column("", no_wrap=True)
    for name in ("run", "status", "came out", "created (UTC)"):
        table.add_column(name, no_wrap=width >= 100, overflow="fold")
    for place, run in zip(("first", "second"), document["runs"], strict=True):
        fork = run.get("fork") or {}
        of = f" of {fork['of']} from {fork['from']}" if fork else ""
        texts = "" if run.get("texts") == "kept" else ", texts erased"
        status = words(str(run.get("status"))) + of + texts
        table.add_row(
            place, str(run.get("run_id")), status, words(str(run.get("outcome"))), cell(run.get("created_at"))
        )
    return table


def _changes(document: Document) -> Iterator[str]:
    for place, run in zip(("first", "second"), document["runs"], strict=True):
        told = changes_told(run["fork"]) if run.get("fork") else ()
        if told:
            yield f"{place}: {'; '.join(told)}"


def _rows(document: Document) -> Iterator[tuple[str, str, str, str]]:
    """Part, name, and the value of each run."""
    for name, pair in document["ranking"].items():
        yield "decision", words(name), *_two(_shown, pair)
    for name in document["incident"]:
        yield "incident", words(name), "differs", "differs"
    for each in document["options"]:
        yield from _option(each)
    for place, column in (("first", 0), ("second", 1)):
        for each in document["constraints"][place]:
            there = _rule(each)
            yield "constraints", str(each.get("agent") or each.get("source")), *_in_column(there, column)
    for each in document["assessments"]:
        yield from _assessment(each)
    for name, pair in document["cost"].items():
        shown = money if name in _MONEY else count
        yield "cost", words(name), *_two(shown, pair)
    for name, pair in document["durations"].items():
        yield "durations", words(name), *_two(duration, pair)


def _option(option: Document) -> Iterator[tuple[str, str, str, str]]:
    name = str(option["id"])
    if option["in"] != "both":
        yield "options", name, *_in_column("there", 0 if option["in"] == "first" else 1)
        return
    for field, pair in option["fields"].items():
        yield "options", f"{name} {words(field)}", *_two(cell, pair)
    for score, pair in option["scores"].items():
        yield "options", f"{name} score, {words(score)}", *_two(_shown, pair)
    if option["violations"]:
        yield "options", f"{name} breaks", *_two(_rules, option["violations"])


def _assessment(each: Document) -> Iterator[tuple[str, str, str, str]]:
    whose = f"{each['agent']}, {each['phase']}"
    if each["in"] != "both":
        yield "assessments", whose, *_in_column("answered", 0 if each["in"] == "first" else 1)
        return
    for name, pair in each.items():
        if name == "rationale":
            yield "assessments", f"{whose}: rationale", "differs", "differs"
        elif isinstance(pair, list):
            yield "assessments", f"{whose}: {words(name)}", *_two(_shown, pair)


def _two(shown: Callable[[Any], str], pair: Sequence[Any]) -> tuple[str, str]:
    return shown(pair[0]), shown(pair[1])


def _rules(broken: Sequence[str]) -> str:
    return counted(len(broken), "rule")


def _in_column(text: str, column: int) -> tuple[str, str]:
    return (text, NOTHING) if column == 0 else (NOTHING, text)


def _rule(constraint: Document) -> str:
    soft = "" if constraint.get("hard") else " (soft)"
    value = f"{cell(constraint.get('value'))} {constraint.get('unit') or ''}".strip()
    return f"{words(str(constraint.get('field')))} {constraint.get('operator')} {value}{soft}"


def _shown(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " ".join(words(str(each)) for each in value) or NOTHING
    return f"{value:.3f}" if isinstance(value, float) else cell(value)


def _same(document: Document) -> str:
    """One line about all that does not differ."""
    first = document["runs"][0]
    counts = {
        "options": counted(first["options"], "option"),
        "constraints": counted(document["constraints"]["both"], "constraint"),
    }
    same = [counts.get(name, name) for name in document["same"]]
    if not same:
        return "nothing is the same in both"
    return f"the same in both: {', '.join(same)}"


def changes_told(fork: Document) -> Sequence[str]:
    """The changes of a fork, a line each."""
    models = [f"model of {agent}: {tier}" for agent, tier in (fork.get("models") or {}).items()]
    prompts = [
        f"prompt of {each['agent']}: {'in place of its role' if each.get('instead') else 'added'}"
        for each in fork.get("prompts") or ()
    ]
    constraints = [
        f"constraint: {each['field']} {each['operator']} {each['value']}{'' if each.get('hard') else ', soft'}"
        for each in fork.get("constraints") or ()
    ]
    fields = [f"field: {each['option_id']}.{each['field']} = {each['value']}" for each in fork.get("fields") or ()]
    configured = [f"setting: {path} = {value}" for path, value in (fork.get("configured") or {}).items()]
    return [*models, *prompts, *constraints, *fields, *configured]
