"""Changes of the configuration, as a chain."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.audit.chain import ChainBroken
from conclave.configuration.changes import (
    AS_PACKAGED,
    ChangeUnknown,
    Kind,
    ReasonMissing,
    change_of,
    changes_in,
    differing,
    entered,
    with_value,
    without,
)
from hypothesis import given
from hypothesis import strategies as st

AT = "2026-11-28T10:00:00.000Z"


def chain(*documents: dict[str, Any]) -> list[bytes]:
    stored: list[bytes] = []
    for document in documents:
        entry = entered(changes_in(stored), document, by="arn:me", why="a test", at=AT, paths=["b", "a"])
        stored.append(entry.data)
    return stored


def test_each_change_says_who_when_what_and_why() -> None:
    (one, two) = changes_in(chain({"intake": "closed"}, {"limits": {"model_turns": 3}}))
    assert (one.number, one.by, one.why, one.at, one.kind, one.paths) == (
        1,
        "arn:me",
        "a test",
        AT,
        Kind.SET,
        ("a", "b"),
    )
    assert two.document == {"limits": {"model_turns": 3}}
    assert two.data == b'{"limits":{"model_turns":3}}'


def test_rollback_is_a_change_of_its_own_and_gives_the_same_bytes() -> None:
    stored = chain({"money": {"run_usd": 0.25}}, {"intake": "closed"})
    changes = changes_in(stored)
    wanted = change_of(changes, 1)
    back = entered(changes, wanted.document, by="me", why="no", at=AT, paths=[], to=1)
    (*_, last) = changes_in([*stored, back.data])
    assert (last.number, last.kind, last.to, last.data) == (3, Kind.ROLLED_BACK, 1, changes[0].data)


def test_before_the_first_change_everything_is_as_packaged() -> None:
    assert change_of(changes_in(chain({"a": 1})), 0) == AS_PACKAGED
    assert AS_PACKAGED.data == b"{}"


def test_change_that_there_is_not_is_told() -> None:
    with pytest.raises(ChangeUnknown, match=r"there is no change 2; there are 0 \(as packaged\) to 1"):
        change_of(changes_in(chain({"a": 1})), 2)


def test_entry_that_was_altered_or_is_missing_is_noticed() -> None:
    stored = chain({"a": 1}, {"a": 2}, {"a": 3})
    for tampered in (stored[1:], [stored[0], stored[2]], [stored[0].replace(b'"a":1', b'"a":9'), *stored[1:]]):
        with pytest.raises(ChainBroken):
            changes_in(tampered)


@pytest.mark.parametrize(("by", "why"), [("", "because"), ("me", ""), ("me", " \n ")])
def test_who_and_why_are_required(by: str, why: str) -> None:
    with pytest.raises(ReasonMissing):
        entered([], {}, by=by, why=why, at=AT, paths=[])


def test_reason_is_kept_in_one_line_and_bounded() -> None:
    (change,) = changes_in([entered([], {}, by="me", why="a\nb\x1b[31m" + "x" * 500, at=AT, paths=[]).data])
    assert change.why.startswith("a b")
    assert len(change.why) <= 200
    assert "\x1b" not in change.why


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from(["on", "off"]))
DOCUMENTS = st.recursive(LEAVES, lambda below: st.dictionaries(st.sampled_from("abc"), below, max_size=3), max_leaves=6)
OBJECTS = st.dictionaries(st.sampled_from("abc"), DOCUMENTS, max_size=3)


@given(OBJECTS, st.lists(st.sampled_from("abc"), min_size=1, max_size=3), LEAVES)
def test_value_that_is_set_is_there_and_taking_it_back_removes_it(
    document: dict[str, Any], names: list[str], value: Any
) -> None:
    path = ".".join(names)
    changed = with_value(document, path, value)
    at: Any = changed
    for name in names:
        at = at[name]
    assert at == value
    gone: Any = without(changed, path)
    for name in names:
        gone = gone.get(name, {}) if isinstance(gone, dict) else {}
    assert gone == {}


@given(OBJECTS, OBJECTS)
def test_documents_that_set_different_values_differ(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert differing(one, one) == []
    assert differing(one, other) == differing(other, one)


def test_differing_names_paths() -> None:
    before = {"limits": {"model_turns": 4, "seconds": {"safety": 20}}, "intake": "open"}
    after = {"limits": {"model_turns": 3}, "intake": "open", "flags": {"read_by_code": False}}
    assert differing(before, after) == ["flags.read_by_code", "limits.model_turns", "limits.seconds.safety"]
    assert differing({"money": {"run_usd": 1}}, {"money": {"run_usd": True}}) == ["money.run_usd"]
