"""Canonical JSON as RFC 8785 defines it: the bytes that are hashed and signed.

``conclave.codec`` also sorts keys, but by code point and with the number format of its library; both differ from the RFC
(1.0, 1e-6, keys beyond the basic plane). What outsiders check must not depend on a library, so the audit uses this.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import rfc8785


def canonical(value: Any) -> bytes:
    """Canonical JSON of plain values and records.

    Raises:
        ValueError: The value has no canonical form: not a number, an integer beyond 2**53, half a surrogate pair.
    """
    return rfc8785.dumps(msgspec.to_builtins(value))


def sha256(data: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
