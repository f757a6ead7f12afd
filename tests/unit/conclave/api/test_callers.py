"""The caller is who the gateway says, and nothing that a request could write."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.api.callers import (
    MAX_CHARACTERS,
    CallerUnknown,
    GroupMissing,
    person_of,
    require_group,
    source_of,
    source_on_bus,
)


@pytest.mark.parametrize(
    ("context", "source"),
    [
        ({}, "api"),
        ({"identity": None, "authorizer": None}, "api"),
        ({"identity": {"userArn": "arn:aws:sts::1:assumed-role/ops/ann"}}, "api:arn:aws:sts::1:assumed-role/ops/ann"),
        ({"authorizer": {"claims": {"client_id": "abc", "sub": "def"}}}, "api:abc"),
        ({"authorizer": {"claims": {"sub": "def"}}}, "api:def"),
        ({"authorizer": {"claims": {"client_id": "a\nb\u202ec"}}}, "api:abc"),
        ({"authorizer": {"claims": {"sub": "x" * 1000}}}, "api:" + "x" * MAX_CHARACTERS),
    ],
)
def test_the_source_of_a_request(context: dict[str, Any], source: str) -> None:
    assert source_of(context) == source


@pytest.mark.parametrize(
    ("publisher", "source"),
    [
        ("com.example.orders", "bus:com.example.orders"),
        ("shop", "bus:shop"),
        ("Ann Doe of seat 4A", "bus"),
        ("shop\n", "bus"),
        ("sh\u00f6p", "bus"),
        ("x" * 101, "bus"),
        ("", "bus"),
    ],
)
def test_the_source_of_an_event_is_a_code(publisher: str, source: str) -> None:
    assert source_on_bus(publisher) == source


@pytest.mark.parametrize(
    ("context", "person"),
    [
        ({"identity": {"userArn": "arn:aws:iam::1:user/ann"}}, "arn:aws:iam::1:user/ann"),
        ({"authorizer": {"claims": {"client_id": "abc", "sub": "def"}}}, "def"),
        ({"authorizer": {"claims": {"sub": "d\ne\u202ef"}}, "identity": {"userArn": "arn"}}, "def"),
        ({"authorizer": {"claims": {"sub": "x" * 1000}}}, "x" * MAX_CHARACTERS),
    ],
)
def test_who_does_something_to_a_run_is_a_person(context: dict[str, Any], person: str) -> None:
    assert person_of(context) == person


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"identity": None, "authorizer": None},
        {"identity": {"userArn": ""}},
        {"authorizer": {"claims": {"client_id": "abc", "sub": "abc"}}},
        {"authorizer": {"claims": {"client_id": "abc"}}, "identity": {"userArn": "arn"}},
        {"authorizer": {"claims": {"sub": "\n\u202e"}}},
    ],
)
def test_nobody_and_no_program_is_one(context: dict[str, Any]) -> None:
    with pytest.raises(CallerUnknown) as caught:
        person_of(context)
    assert "\n" not in str(caught.value)


def person(**claims: Any) -> dict[str, Any]:
    return {"authorizer": {"claims": {"client_id": "people", "sub": "ann", **claims}}}


@pytest.mark.parametrize(
    "groups", ["team-x", "team-y,team-x", "[team-y team-x]", "[team-y, team-x]", ["team-y", "team-x"]]
)
def test_member_of_the_group_passes(groups: Any) -> None:
    require_group(person(**{"cognito:groups": groups}), "team-x")


@pytest.mark.parametrize(
    "groups", ["", None, "team-xy", "x", "team", "[]", [], ["team-xy"], "team-y,team-z", {"team-x": 1}]
)
def test_person_outside_the_group_is_told_its_name(groups: Any) -> None:
    with pytest.raises(GroupMissing, match="team-x"):
        require_group(person(**{"cognito:groups": groups}), "team-x")


def test_holder_of_a_token_without_groups_or_subject_is_not_a_member() -> None:
    for claims in ({"sub": "ann"}, {"client_id": "c"}, {"client_id": "", "sub": ""}, {"username": "ann"}):
        with pytest.raises(GroupMissing):
            require_group({"authorizer": {"claims": claims}}, "team-x")


def test_programs_and_signatures_need_no_group() -> None:
    require_group({"authorizer": {"claims": {"client_id": "abc", "sub": "abc"}}}, "team-x")
    require_group({"identity": {"userArn": "arn:aws:iam::1:user/ann"}}, "team-x")
    require_group({}, "team-x")
