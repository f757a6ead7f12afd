"""The body of a record in its item: as it is, or compressed where that leaves less to write and to read.

A frame of 35 KB takes 7 KB so, and a dozen steps read it. Which of the two it is stands in the name of the attribute. Outside the
adapters a record is what it always was: hashes, limits and typed readers know nothing of it.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from conclave.records.journal import MAX_RECORD_BYTES

AS_IT_IS, COMPRESSED = "body", "packed"
FROM_BYTES = 1_024
"""DynamoDB counts writes by whole KB: less than one cannot become cheaper."""


class BodyDamaged(Exception):
    """A compressed body that cannot be read back; the message says of which record."""


def body_as(data: bytes) -> dict[str, bytes]:
    """The attribute of an item that holds a record."""
    if len(data) < FROM_BYTES:
        return {AS_IT_IS: data}
    packed = zlib.compress(data)
    return {COMPRESSED: packed} if len(packed) < len(data) else {AS_IT_IS: data}


def body_in(item: Mapping[str, Any]) -> bytes:
    """The record in an item of DynamoDB.

    Raises:
        BodyDamaged: It is compressed and cut, or becomes longer than any record may be.
    """
    if COMPRESSED not in item:
        return bytes(item[AS_IT_IS]["B"])
    reader = zlib.decompressobj()
    try:
        data = reader.decompress(bytes(item[COMPRESSED]["B"]), MAX_RECORD_BYTES)
    except zlib.error as error:
        raise BodyDamaged(f"the record {item['record']['S']} cannot be read back") from error
    if not reader.eof:
        raise BodyDamaged(f"the record {item['record']['S']} is cut, or longer than {MAX_RECORD_BYTES} bytes")
    return data
