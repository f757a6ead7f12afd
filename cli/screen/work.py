"""What a run took: the time of its phases, its tokens and money, and under which conditions it was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conclave.codes import Reader
from conclave.types import SettingsSource
from rich.console import RenderableType
from rich.text import Text

from cli.screen.format import count, counted, duration, money, words

Document = Mapping[str, Any]


def work_lines(run: Document, note: str) -> RenderableType:
    """The time of each phase of the run, and its totals."""
    phases = [
        f"{each.get('name')} {duration(each.get('duration_seconds'))}"
        for each in run.get("phases") or ()
        if each.get("duration_seconds") is not None and each.get("status") != "skipped"
    ]
    totals = run.get("totals") or {}
    models = sorted({str(each["model"]) for each in run.get("agents") or () if each.get("model")})
    text = Text("Took ", style="bold").append(duration(totals.get("duration_seconds")))
    if phases:
        text.append(f": {' · '.join(phases)}", style="not bold")
    text.append("\nUsed ").append(
        f"{count(totals.get('input_tokens'))} input{_cached(totals)} and {count(totals.get('output_tokens'))} output tokens in "
        f"{counted(totals.get('model_calls'), 'model call')}, {money(totals.get('cost_usd'))}",
        style="not bold",
    )
    text.append(f" ({', '.join(models)})" if models else "", style="dim not bold")
    text.append(_ceiling(run.get("money") or {}, totals), style="not bold")
    text.append(
        _how_read(run.get("reading") or {}) + _under(run.get("settings") or {}) + _how_hard(run.get("agents") or ()),
        style="not bold",
    )
    return text.append(f"\n{note}" if note else "", style="yellow not bold")


def _ceiling(of: Document, totals: Document) -> str:
    """What of the run's ceiling is spent, with what is reserved for calls of which nobody reported anything."""
    if not of:
        return ""
    reserved = f", {money(totals['reserved_usd'])} of it only reserved" if totals.get("reserved_usd") else ""
    frugal = "; frugal, for little is left of the day or month" if of.get("economy") else ""
    return f"\nSpent {money(of.get('spent_usd'))}{reserved} of at most {money(of.get('ceiling_usd'))}{frugal}"


def _cached(totals: Document) -> str:
    """What of the input the provider's cache read or wrote; nothing where it did neither."""
    read, written = (int(totals.get(f"cache_{each}_tokens") or 0) for each in ("read", "write"))
    return f" ({count(read)} read from the provider's cache, {count(written)} written to it)" if read or written else ""


def _how_hard(agents: Sequence[Document]) -> str:
    """How hard the choice was, and with which model it was made."""
    choice = next((each for each in agents if each.get("complexity")), None)
    if choice is None:
        return ""
    grounds = ", ".join(words(str(each)) for each in choice.get("grounds") or ())
    return f"\nThe choice was {choice['complexity']}{f' ({grounds})' if grounds else ''}: {choice.get('model')}"


def _under(settings: Document) -> str:
    """The settings of a run, where they are not the ones that operators deployed."""
    if settings.get("source") in (None, SettingsSource.HOSTED):
        return ""
    kept = "the last that were read" if settings["source"] == SettingsSource.KEPT else "those that are packaged"
    return (
        f"\nThe configuration was {words(str(settings.get('fault')))}: the run has {kept} ({settings.get('version')})"
    )


def _how_read(reading: Document) -> str:
    if reading.get("by") == Reader.CODE:
        return "\nThe report was read by code: it can be read in one way only"
    if reading.get("doubt") == "switched_off":
        return "\nThe report was read by a model: reading by code is switched off (conclave config show)"
    if reading.get("by") == Reader.MODEL and reading.get("doubt"):
        return f"\nThe report was read by a model: code left it for its {words(str(reading['doubt']))}"
    return ""
