"""The verifier's canonical form: the RFC's own examples, and agreement with the engine's library on whatever Hypothesis finds."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest
from conclave.audit.canonical import canonical
from hypothesis import given, settings
from hypothesis import strategies as st

from verifier.canonical import NotCanonical, Reader, number

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


def rewritten(text: str) -> str:
    reader = Reader()
    return reader.canonical(reader.read(text))


@pytest.mark.parametrize(
    ("bits", "written"),
    [
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("ffefffffffffffff", "-1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("c340000000000000", "-9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("44b52d02c7e14af7", "1.0000000000000001e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef4f", "999999999999999900000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("41b3de4355555557", "333333333.33333343"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_numbers_are_written_as_in_appendix_b_of_the_rfc(bits: str, written: str) -> None:
    assert number(struct.unpack(">d", bytes.fromhex(bits))[0]) == written


def test_names_are_sorted_as_in_the_rfc() -> None:
    text = (
        '{"\\u20ac":"Euro","\\r":"CR","\\ufb33":"Dalet","1":"One","\\ud83d\\ude00":"Smile","\\u0080":"C","\\u00f6":"o"}'
    )
    names = list(json.loads(rewritten(text)))
    assert names == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@settings(deadline=None)
@given(VALUES)
def test_it_agrees_with_another_implementation(value: Any) -> None:
    wanted = canonical(value).decode()
    assert rewritten(json.dumps(value)) == wanted
    assert rewritten(wanted) == wanted


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_agree_with_another_implementation(value: float) -> None:
    assert number(value) == canonical(value).decode()


def test_an_integer_that_no_double_holds_is_not_its_own_canonical_form() -> None:
    assert rewritten("[9007199254740993]") == "[9007199254740992]"
    assert rewritten("[9007199254740992]") == "[9007199254740992]"


@pytest.mark.parametrize("text", ["", "{", "NaN", "[Infinity]", "[1e999]", f"[{10**400}]", '"\\ud800"', "[" * 100_000])
def test_what_has_no_canonical_form_is_refused(text: str) -> None:
    with pytest.raises(NotCanonical):
        rewritten(text)
