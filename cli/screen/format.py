"""Values as a person sees them: durations, money, counts, cells of any type."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

NOTHING = "\N{EN DASH}"
NO_RUN = "there is no run on that day (UTC): --day DATE shows another"
_ISO_MINUTE = re.compile(r"^\d{4}-(\d\d-\d\d)T(\d\d:\d\d)(:\d\d(\.\d+)?)?(Z|\+00:00)?$")


def duration(seconds: float | None) -> str:
    """Seconds as ``0.42 s``, ``12.3 s`` or ``2 min 05 s``; a dash for ``None``."""
    if seconds is None:
        return NOTHING
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def money(usd: float | None) -> str:
    """US dollars, with four decimals below one dollar; a dash for ``None``."""
    if usd is None:
        return NOTHING
    return f"${usd:.4f}" if abs(usd) < 1 else f"${usd:,.2f}"


def count(value: float | None) -> str:
    """A whole number with thousands separated; a dash for ``None``."""
    return NOTHING if value is None else f"{round(value):,}"


def counted(number: float | None, noun: str, plural: str = "") -> str:
    """A number with its noun: ``1 call``, ``2 calls``; a plural that adds no *s* has to be given."""
    return f"{count(number)} {noun if number == 1 else plural or f'{noun}s'}"


def cell(value: Any) -> str:
    """One cell of an option: numbers short, booleans as words, times to the minute, ``None`` as a dash."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:,.2f}"
    if match := _ISO_MINUTE.match(str(value)):
        return f"{match[1]} {match[2]}"
    return str(value)


def words(name: str) -> str:
    """A snake-case name as words, so that a heading can wrap."""
    return name.replace("_", " ")


def one_line(text: str) -> str:
    """Text with its white space collapsed: what came from outside must not break an error line or a table."""
    return " ".join(text.split())


def harmless(value: Any) -> Any:
    """A JSON value whose strings cannot steer a terminal: control characters, escapes among them, become spaces."""
    if isinstance(value, str):
        return "".join(" " if unicodedata.category(char) in {"Cc", "Cf"} and char != "\n" else char for char in value)
    if isinstance(value, dict):
        return {key: harmless(each) for key, each in value.items()}
    if isinstance(value, list):
        return [harmless(each) for each in value]
    return value


def number(value: float | None) -> str:
    """A figure with two decimals; ``NOTHING`` where there is none."""
    return NOTHING if value is None else f"{value:.2f}"
