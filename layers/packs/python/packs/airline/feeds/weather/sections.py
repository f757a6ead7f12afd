"""A report's groups cut at its changes (BECMG, TEMPO, FM ...), and what the groups of a section say together."""

from __future__ import annotations

import re
from typing import Any

from msgspec import structs

from packs.airline.feeds.weather.groups import TEN_KM, Cloud, ceiling, read_group
from packs.airline.rules.airports.crosswind import Wind

_CHANGE = re.compile(r"FM\d{6}|BECMG|TEMPO|INTER|PROB[34]0")
_UNKNOWN_CLOUD = re.compile(r"(?:/{6})+|/{9}")


def sections_of(groups: list[str]) -> list[tuple[str, list[str]]]:
    """Groups by the change that they belong to; the first section has none. ``PROB30 TEMPO`` is one change."""
    sections: list[tuple[str, list[str]]] = [("", [])]
    for group in groups:
        change, inside = sections[-1]
        if group in ("TEMPO", "INTER") and change.startswith("PROB") and not inside:
            sections[-1] = (f"{change} {group}", inside)
        elif _CHANGE.fullmatch(group):
            sections.append((group, []))
        else:
            inside.append(group)
    return sections


def said_of(groups: list[str]) -> tuple[dict[str, Any], list[str]]:
    """What groups say, by field of ``Conditions``, and the groups of no known form.

    A field that they do not speak of is not a key; one that they call missing has ``None``. Of two groups of wind or of
    visibility the first counts: the second belongs to a remark.
    """
    said: dict[str, Any] = {}
    clouds: list[Cloud] = []
    clear, unread = "", []
    for text in groups:
        group = read_group(text)
        if _UNKNOWN_CLOUD.fullmatch(text):
            clouds.append(Cloud(amount="", base_ft=None))
        elif group is None:
            unread.append(text)
        elif group.field == "cloud":
            clouds.append(group.value)
        elif group.field in ("clear", "cavok"):
            clear = group.value
            said |= {"visibility_m": TEN_KM, "weather": ()} if group.field == "cavok" else {}
        elif group.field in ("wind", "visibility_m"):
            said.setdefault(group.field, group.value)
        elif group.field == "between" and isinstance(said.get("wind"), Wind):
            said["wind"] = structs.replace(said["wind"], between=group.value)
        elif group.field == "weather" and not text.startswith("RE"):
            said["weather"] = (*said.get("weather", ()), group.value)
        elif group.field == "weather_ends":
            said["weather"] = ()
    if clouds or clear:
        said |= {"ceiling_ft": ceiling(clouds, clear), "clouds": tuple(clouds)}
    return said, unread
