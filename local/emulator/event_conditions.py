"""The condition keys ``events:source`` and ``events:detail-type``: in whose name events are put, and what they tell.

The emulator does not know them, so a role that may put events of one source or kind only, could put none.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.core import iam_actions

KEYS = {"events:source": "Source", "events:detail-type": "DetailType"}
"""Condition keys, and the field of an entry that each of them is."""


def said(body: bytes, field: str) -> str | list[str]:
    """A field of the events of a PutEvents request: of one as itself, of several as a list, as a condition sees them."""
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return []
    entries = request.get("Entries") if isinstance(request, dict) else None
    found = list(dict.fromkeys(str(each.get(field, "")) for each in entries or () if isinstance(each, dict)))
    return found[0] if len(found) == 1 else found


def install() -> None:
    """Adds the keys to what the emulator evaluates. To be called before its ``main``."""
    known = iam_actions.request_tag_context

    def request_context(service: str, action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        context: dict[str, Any] = known(service, action, body, params)
        if action != "events:PutEvents":
            return context
        return {**context, **{key: said(body, field) for key, field in KEYS.items()}}

    iam_actions.request_tag_context = request_context
