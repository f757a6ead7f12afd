"""How a rollout stands, and what was done about it, for a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from cli.ports import Document
from cli.screen.option_table import plain_table


def rollout_view(document: Document) -> RenderableType:
    """State, findings, versions side by side, and what was done, newest first."""
    last = document["last"]
    lines = [f"rollout {document['rollout']}: {document['state']}, {document['share']} % of the runs on the candidate"]
    if document["settings"]:
        lines.append("a change of the configuration is tried; versions stay as they are")
    if not document["stable"]:
        lines.append(
            "new versions take traffic as they are deployed; conclave rollout adopt --why TEXT puts a gate before them"
        )
    if last:
        reasons = f" ({', '.join(last['reasons'])})" if last["reasons"] else ""
        lines.append(f"rollout {last['rollout']} was {last['end'].replace('_', ' ')} at {last['at']}{reasons}")
    lines += [f"found: {each}" for each in document["findings"]]
    versions = plain_table("")
    for column in ("agent", "stable", "candidate", "deployed"):
        versions.add_column(column)
    for agent, version in document["deployed"].items():
        versions.add_row(agent, document["stable"].get(agent, "-"), document["candidate"].get(agent, "-"), version)
    done = plain_table("")
    for column in ("at", "what", "by", "why"):
        done.add_column(column, overflow="fold")
    for each in document["history"]:
        done.add_row(*map(Text, (each["at"], each["move"].removeprefix("rollout_"), each["by"], each["why"])))
    return Group(*map(Text, lines), versions, *([done] if document["history"] else []))
