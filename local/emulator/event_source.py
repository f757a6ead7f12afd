"""The condition key ``events:source``: in whose name events are put.

The emulator does not know it, so a role that may put events of one source only, could put none.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.core import iam_actions

KEY = "events:source"


def sources(body: bytes) -> str | list[str]:
    """The sources of the events of a PutEvents request: one as itself, several as a list, as a condition sees them."""
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return []
    entries = request.get("Entries") if isinstance(request, dict) else None
    found = list(dict.fromkeys(str(each.get("Source", "")) for each in entries or () if isinstance(each, dict)))
    return found[0] if len(found) == 1 else found


def install() -> None:
    """Adds the key to what the emulator evaluates. To be called before its ``main``."""
    known = iam_actions.request_tag_context

    def request_context(service: str, action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        context: dict[str, Any] = known(service, action, body, params)
        return {**context, KEY: sources(body)} if action == "events:PutEvents" else context

    iam_actions.request_tag_context = request_context
