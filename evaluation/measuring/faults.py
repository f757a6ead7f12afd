"""Files that people write or keep: read as what they have to be, or refused in one line with the file and the place in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")
MAX_BYTES = 64 * 1024 * 1024


class BadFile(Exception):
    """A file is not what it has to be; the message is one line: the file, the place, and what is wrong."""


def told(path: Path, form: type[T]) -> T:
    """What a file of JSON says.

    Args:
        path: The file.
        form: What it has to be.

    Raises:
        BadFile: It is not there, is not JSON, or has another form.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror or error}") from error
    if size > MAX_BYTES:
        raise BadFile(f"{path}: has {size // 1_048_576} MB; at most {MAX_BYTES // 1_048_576} are read")
    try:
        return msgspec.json.decode(data, type=form)
    except msgspec.ValidationError as error:
        raise BadFile(f"{path}: {_placed(str(error))}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadFile(f"{path}: {_not_json(data)}") from error


def _placed(message: str) -> str:
    """``Expected `int`, got `str` - at `$.scenarios.seed``` with the place first."""
    said, _, place = message.partition(" - at `$")
    where = place.rstrip("`").removeprefix(".")
    wrong = said.replace("`", "'")
    return f"{where}: {wrong[:1].lower()}{wrong[1:]}" if where else f"{wrong[:1].lower()}{wrong[1:]}"


def _not_json(data: bytes) -> str:
    try:
        json.loads(data)
    except json.JSONDecodeError as error:
        return f"line {error.lineno}, column {error.colno}: is not JSON: {error.msg.lower()}"
    except (UnicodeDecodeError, RecursionError):
        pass
    return "is not JSON"
