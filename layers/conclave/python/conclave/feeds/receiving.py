"""An event ``FeedReceived``: texts as an operations centre has them, some at once, within bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

MAX_MESSAGES = 100
"""Texts of one event."""
MAX_CHARACTERS = 200_000
"""Of all texts of one event together; EventBridge takes 256 KB."""
MAX_KEY_CHARACTERS = 200
_CONTROLS = re.compile("[\\x00-\\x08\\x0b\\x0e-\\x1f\\x7f]")
"""What typewriters left around texts; tabs, line ends and page ends stay."""


class FeedInvalid(ValueError):
    """The event holds no texts that could be read; the message is one line that says what to send, and quotes nothing."""


class Received(Struct, frozen=True, kw_only=True):
    """Texts that came together.

    Attributes:
        key: Names them: texts that came before under the same key are not taken again.
        texts: By the names under which findings speak of them (``message 1``), in the order in which they came.
        near: A moment near which they were sent, ISO 8601 UTC.
    """

    key: str
    texts: Mapping[str, str]
    near: str


def received_in(detail: Any, *, event: str, at: str) -> Received:
    """The texts of an event.

    Args:
        detail: ``{"messages": ["TAF EGLL ...", ...]}``, and perhaps a ``key``, and ``issued``: a day near which they were sent.
        event: Id of the event: the key where none is given.
        at: Time of the event, the moment where no day is given.

    Raises:
        FeedInvalid: It is something else, or too much.
    """
    if not isinstance(detail, Mapping) or detail.keys() - {"messages", "key", "issued"}:
        raise FeedInvalid('send {"messages": ["..."]}, and beside it at most "key" and "issued"')
    messages = detail.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(each, str) for each in messages):
        raise FeedInvalid('"messages" must be a list of texts, and not empty')
    if len(messages) > MAX_MESSAGES:
        raise FeedInvalid(f"an event has at most {MAX_MESSAGES} messages; send several events")
    if sum(map(len, messages)) > MAX_CHARACTERS:
        raise FeedInvalid(f"an event has at most {MAX_CHARACTERS:,} characters of messages; send several events")
    key, issued = detail.get("key", ""), detail.get("issued", "")
    if not isinstance(key, str) or len(key) > MAX_KEY_CHARACTERS:
        raise FeedInvalid(f'"key" must be a text of at most {MAX_KEY_CHARACTERS} characters')
    if not isinstance(issued, str) or (issued and not re.fullmatch(r"(19[7-9]|20\d)\d-\d\d-\d\d", issued)):
        raise FeedInvalid('"issued" must be a date such as 2026-11-29')
    texts = {f"message {number}": _CONTROLS.sub("", each) for number, each in enumerate(messages, start=1)}
    return Received(key=key or event, texts=texts, near=f"{issued}T12:00:00Z" if issued else at)
