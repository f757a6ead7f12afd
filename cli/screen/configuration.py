"""The settings of a stage, and the changes of them, for a terminal."""

from __future__ import annotations

import json

from rich.console import Group, RenderableType
from rich.text import Text

from cli.ports import Document
from cli.screen.option_table import plain_table


def settings_view(document: Document) -> RenderableType:
    """Every setting, with what is deployed above it."""
    table = plain_table("")
    for column in ("path", "value", "may be"):
        table.add_column(column, overflow="fold")
    for each in document["settings"]:
        value = "as declared" if each["value"] is None else json.dumps(each["value"])
        style = "bold" if each["set"] else ""
        table.add_row(each["path"], Text(value, style=style), Text(each["may_be"], style="dim"))
    deployment = document["deployment"]
    state = f", {deployment['state'].lower()} {deployment['percent']:.0f} %" if deployment else ""
    lines = [f"version {document['version']}, change {document['change']}{state}"]
    lines += [f"refused by functions: {each}" for each in document["faults"]]
    if not document["recorded"]:
        lines.append(
            "what is deployed is not what the last change says: an alarm took it back, or somebody went another way"
        )
    return Group(*map(Text, lines), table)


def history_view(document: Document) -> RenderableType:
    """Every change, newest first."""
    if not document["changes"]:
        return "never changed: everything is as packaged"
    table = plain_table("")
    for column in ("change", "at", "by", "what", "why"):
        table.add_column(column, overflow="fold")
    for each in document["changes"]:
        back = f"back to {each['to']}: " if each["to"] is not None else ""
        what = f"{back}{', '.join(each['paths']) or 'as deployed'}"
        table.add_row(*map(Text, (str(each["change"]), each["at"], each["by"], what, each["why"])))
    return table
