"""The framing of ``application/vnd.amazon.eventstream``, as botocore and every AWS SDK read it.

A frame: total length, headers length, CRC-32 of these eight bytes, headers, payload, CRC-32 of everything before it.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7
_PRELUDE_BYTES = 12
_CRC_BYTES = 4


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One frame with string headers."""
    packed = b"".join(_header(name, value) for name, value in headers.items())
    total = _PRELUDE_BYTES + len(packed) + len(payload) + _CRC_BYTES
    lengths = struct.pack("!II", total, len(packed))
    message = lengths + struct.pack("!I", zlib.crc32(lengths)) + packed + payload
    return message + struct.pack("!I", zlib.crc32(message))


def event(kind: str, body: Mapping[str, Any]) -> bytes:
    """An event of the stream (``messageStart``, ``contentBlockDelta`` ...)."""
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return frame(headers, json.dumps(body).encode())


def exception(kind: str, message: str) -> bytes:
    """An exception within the stream (``throttlingException`` ...), after which it ends."""
    headers = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return frame(headers, json.dumps({"message": message}).encode())


def _header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return struct.pack("!B", len(key)) + key + struct.pack("!BH", _STRING, len(text)) + text
