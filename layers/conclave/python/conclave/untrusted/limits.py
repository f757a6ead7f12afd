"""Bounds of what strangers may send, each in one place."""

from __future__ import annotations

MAX_TEXT_CHARACTERS = 4_000
"""Of a report, and of every text of a typed incident."""
MAX_BODY_BYTES = 32_768
"""Of a request to the API."""
MAX_KEY_CHARACTERS = 200
"""Of an idempotency key."""
