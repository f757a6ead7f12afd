"""JSON for the frozen structs of the engine, and the hash of a canonical value."""

from __future__ import annotations

import hashlib
import json
import re
from threading import Lock
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_READABLE: set[Any] = set()
_BUILDING = Lock()
# Greedy, since the quoted value may hold what looks like the place behind it.
_QUOTED = re.compile(r"Invalid (?:enum )?value .*(?= - at `[^`]*`\Z)|Invalid (?:enum )?value .*", re.DOTALL)


class RecordInvalid(ValueError):
    """Bytes that are not a valid record of the expected type."""


def encode(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no white space, UTF-8. Equal values give equal bytes."""
    return msgspec.json.encode(value, order="sorted")


def as_text(value: Any) -> str:
    """Canonical JSON; what a model wrote may hold half a surrogate pair, which only an escape can carry."""
    try:
        return encode(value).decode()
    except UnicodeEncodeError:
        return json.dumps(plain(value), sort_keys=True, separators=(",", ":"))


def readable(record: type[T]) -> type[T]:
    """The type itself, after one thread has built what reading it needs.

    msgspec (0.22.0) builds that with the first value of a type, and two threads that build at once end the process. Once
    built, any number of threads read. Whoever reads a type by ``msgspec`` itself asks for this first.
    """
    if record not in _READABLE:
        with _BUILDING:
            _build(record)
            _READABLE.add(record)
    return record


def _build(record: Any) -> None:
    msgspec.json.Decoder(record)


def decode(data: bytes | str, record: type[T]) -> T:
    """Reads JSON as the given type.

    Raises:
        RecordInvalid: The JSON is malformed or does not fit the type; the message names the place, and no value.
    """
    try:
        return msgspec.json.decode(data, type=readable(record))
    except msgspec.MsgspecError as error:
        raise _invalid(record, error) from None  # a trace shows causes, and this one quotes the value


def convert(value: Any, record: type[T]) -> T:
    """Reads plain values (as from ``json.loads``) as the given type; raises ``RecordInvalid``."""
    try:
        return msgspec.convert(value, readable(record))
    except msgspec.MsgspecError as error:
        raise _invalid(record, error) from None  # a trace shows causes, and this one quotes the value


def _invalid(record: type[Any], error: Exception) -> RecordInvalid:
    """The error without the value: what a stranger or a model wrote goes into no message."""
    return RecordInvalid(f"{record.__name__}: {_QUOTED.sub('Invalid value', str(error))}")


def plain(value: Any) -> Any:
    """The record as plain values (dictionaries, lists, strings, numbers)."""
    return _listed(msgspec.to_builtins(value))


def _listed(value: Any) -> Any:
    """Plain values as JSON reads them back: lists where a record has tuples."""
    if isinstance(value, dict):
        return {name: _listed(each) for name, each in value.items()}
    return [_listed(each) for each in value] if isinstance(value, list | tuple) else value


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(encode(value)).hexdigest()
