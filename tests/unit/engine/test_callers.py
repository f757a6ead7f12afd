"""The caller is who the gateway says, and nothing that a request could write."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.callers import MAX_CHARACTERS, source_of


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
