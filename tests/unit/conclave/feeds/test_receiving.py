"""What an event of feeds may hold."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.feeds.receiving import MAX_CHARACTERS, MAX_MESSAGES, FeedInvalid, received_in

AT = "2026-11-29T12:00:00Z"


def test_texts_keep_their_order_and_get_names() -> None:
    received = received_in({"messages": ["TAF\nEGLL", "\x01MVT\x03\r\n"]}, event="e-1", at=AT)
    assert received.texts == {"message 1": "TAF\nEGLL", "message 2": "MVT\r\n"}
    assert (received.key, received.near) == ("e-1", AT)


def test_a_key_and_a_day_of_the_sender_go_before_those_of_the_event() -> None:
    received = received_in({"messages": ["TAF"], "key": "mine", "issued": "2026-03-02"}, event="e-1", at=AT)
    assert (received.key, received.near) == ("mine", "2026-03-02T12:00:00Z")


@pytest.mark.parametrize(
    ("detail", "why"),
    [
        (None, "messages"),
        ({}, "not empty"),
        ({"messages": []}, "not empty"),
        ({"messages": "TAF"}, "list of texts"),
        ({"messages": ["TAF", 3]}, "list of texts"),
        ({"messages": ["TAF"], "more": 1}, "at most"),
        ({"messages": ["TAF"] * (MAX_MESSAGES + 1)}, "at most 100 messages"),
        ({"messages": ["x" * (MAX_CHARACTERS // 2), "x" * (MAX_CHARACTERS // 2 + 1)]}, "at most 200,000 characters"),
        ({"messages": ["TAF"], "key": 3}, "key"),
        ({"messages": ["TAF"], "key": "x" * 201}, "key"),
        ({"messages": ["TAF"], "issued": "tomorrow"}, "date"),
        ({"messages": ["TAF"], "issued": 3}, "date"),
    ],
)
def test_anything_else_is_refused_in_one_line_that_quotes_nothing(detail: Any, why: str) -> None:
    with pytest.raises(FeedInvalid, match=why) as refused:
        received_in(detail, event="e-1", at=AT)
    assert "\n" not in str(refused.value)
    assert "tomorrow" not in str(refused.value)


def test_as_much_as_may_come_comes() -> None:
    messages = ["x" * (MAX_CHARACTERS // MAX_MESSAGES)] * MAX_MESSAGES
    assert len(received_in({"messages": messages}, event="e", at=AT).texts) == MAX_MESSAGES
