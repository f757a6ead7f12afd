"""Canonical JSON after RFC 8785, written from the RFC and not from what the engine uses.

Most documents take the fast way, json's own C encoder. It differs from the RFC in three places only, and a document that may
touch one of them takes the slow way: how some floats are written, keys beyond the basic plane, integers beyond 2**53.
"""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import Any

LARGEST_INTEGER = 2**53 - 1
_PLAIN_EXPONENTS = range(-6, 21)
"""ECMAScript writes numbers from 1e-6 to below 1e21 without an exponent."""
_RARE = re.compile("[\U00010000-\U0010ffff]|\\\\u[dD]|[0-9]{16}")


class NotCanonical(ValueError):
    """The text is no JSON, or has no canonical form."""


class Reader:
    """Reads JSON documents, and writes parts of the last one canonically."""

    def __init__(self) -> None:
        self._decoder = json.JSONDecoder(parse_float=self._float, parse_constant=_refused)
        self._ordinary = True

    def read(self, text: str) -> Any:
        """The value of a document.

        Raises:
            NotCanonical: It is not JSON.
        """
        self._ordinary = _RARE.search(text) is None
        try:
            return self._decoder.decode(text)
        except (ValueError, RecursionError) as error:
            raise NotCanonical(f"not JSON: {error}") from error

    def canonical(self, value: Any) -> str:
        """The canonical form of a part of the document that was read last.

        Raises:
            NotCanonical: It has none.
        """
        try:
            return _ENCODER.encode(value) if self._ordinary else "".join(_written(value))
        except (ValueError, OverflowError, RecursionError) as error:
            raise NotCanonical(str(error)) from error

    def _float(self, text: str) -> float:
        value, ordinary = _known_float(text)
        self._ordinary = self._ordinary and ordinary
        return value


@lru_cache(maxsize=65_536)
def _known_float(text: str) -> tuple[float, bool]:
    """A float, and whether json writes it as the RFC does."""
    value = float(text)
    return value, math.isfinite(value) and repr(value) == number(value)


def number(value: float) -> str:
    """A float as ECMAScript writes it: the shortest digits that round-trip, placed by its rules (ECMA-262, Number::toString).

    Raises:
        NotCanonical: It is infinite or no number.
    """
    if not math.isfinite(value):
        raise NotCanonical(f"{value} is not a number of JSON")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    digits, power = _shortest(abs(value))
    if power not in _PLAIN_EXPONENTS:
        mantissa = digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "")
        return f"{sign}{mantissa}e{'+' if power > 0 else '-'}{abs(power)}"
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{digits}"
    whole, fraction = digits[: power + 1].ljust(power + 1, "0"), digits[power + 1 :]
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def _shortest(value: float) -> tuple[str, int]:
    """The shortest decimal digits of a positive float, and the power of ten of the first."""
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction
    leading = len(digits) - len(digits.lstrip("0"))
    return digits.strip("0"), len(whole) - 1 - leading + int(exponent or 0)


def _written(value: Any) -> list[str]:
    match value:
        case bool() | None:
            return [_WORDS[value]]
        case str():
            return [_string(value)]
        case int():
            # Numbers of JSON are doubles to the RFC; a larger integer may still be the canonical form of one.
            return [str(value) if abs(value) <= LARGEST_INTEGER else number(float(value))]
        case float():
            return [number(value)]
        case list():
            return ["[", ",".join("".join(_written(each)) for each in value), "]"]
        case dict():
            names = sorted(value, key=lambda name: name.encode("utf-16-be"))
            return ["{", ",".join(f"{_string(name)}:{''.join(_written(value[name]))}" for name in names), "}"]
        case _:
            raise NotCanonical(f"JSON has no {type(value).__name__}")


_WORDS: dict[bool | None, str] = {True: "true", False: "false", None: "null"}


def _string(text: str) -> str:
    text.encode()  # raises for half a surrogate pair, which has no UTF-8
    return _ENCODER.encode(text)


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False, allow_nan=False
)
