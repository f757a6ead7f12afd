"""Reads what strangers send, strictly: JSON that two readers could understand differently, or that cannot be stored, is refused.

The standard reader takes a key twice, ``NaN``, numbers of any size and half a surrogate pair, each of which fails or
changes its meaning somewhere later. Messages are the engine's words; nothing of what was sent stands in them.
"""

from __future__ import annotations

import json
import re
from typing import Any

MAX_DEPTH = 16
MAX_NUMBER = 1e15
"""Beyond it, readers of JSON begin to differ about integers (2**53)."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


class PayloadInvalid(ValueError):
    """The body is not usable JSON; the message says why in one line."""


def read_json(data: bytes) -> Any:
    """Reads JSON.

    Raises:
        PayloadInvalid: It is not UTF-8, not JSON, holds a key twice, or fails ``check``.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PayloadInvalid("the body is not UTF-8") from error
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except PayloadInvalid:
        raise
    except json.JSONDecodeError as error:
        raise PayloadInvalid(f"the body is not JSON: {error}") from error
    except RecursionError as error:
        raise PayloadInvalid(_TOO_DEEP) from error
    except ValueError as error:  # an integer of thousands of digits
        raise PayloadInvalid(_TOO_LARGE) from error
    check(value)
    return value


def check(value: Any) -> None:
    """Checks decoded JSON, however it was decoded.

    Raises:
        PayloadInvalid: It is nested too deeply, or a number or a text in it cannot be kept as it is.
    """
    waiting = [(value, 1)]
    while waiting:
        each, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise PayloadInvalid(_TOO_DEEP)
        match each:
            case dict():
                waiting += [(part, depth + 1) for pair in each.items() for part in pair]
            case list():
                waiting += [(part, depth + 1) for part in each]
            case str():
                _check_text(each)
            case bool() | None:
                continue
            case int() | float():
                _check_number(each)
            case _:
                raise PayloadInvalid("the body holds something that JSON does not know")


_TOO_DEEP = f"the body is nested more than {MAX_DEPTH} levels deep"
_TOO_LARGE = f"a number in the body is not finite or beyond {MAX_NUMBER:.0e}"


def _check_text(text: str) -> None:
    if _SURROGATES.search(text):
        raise PayloadInvalid("a text in the body holds half a surrogate pair, which is not a character")
    if _CONTROLS.search(text):
        raise PayloadInvalid("a text in the body holds control characters")


def _check_number(number: int | float) -> None:
    if not -MAX_NUMBER <= number <= MAX_NUMBER:  # also false for what is not a number
        raise PayloadInvalid(_TOO_LARGE)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise PayloadInvalid("a key stands twice in the body")
    return read


def _no_constant(name: str) -> Any:
    del name
    raise PayloadInvalid("the body holds NaN or Infinity, which JSON does not know")
