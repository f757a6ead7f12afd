"""What the local cloud adds to the emulator for audits: locked buckets, and in whose name events are put."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.emulator.event_conditions import said
from local.emulator.object_lock import lock_from


@pytest.mark.parametrize(
    ("properties", "lock"),
    [
        ({}, None),
        ({"ObjectLockEnabled": True}, {"enabled": True, "default_retention": None}),
        (
            {
                "ObjectLockEnabled": True,
                "ObjectLockConfiguration": {"Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": "30"}}},
            },
            {"enabled": True, "default_retention": {"Mode": "GOVERNANCE", "Days": 30}},
        ),
    ],
)
def test_a_bucket_is_locked_as_its_template_says(properties: dict[str, Any], lock: Any) -> None:
    assert lock_from(properties) == lock


@pytest.mark.parametrize(
    ("names", "found"), [(["conclave"], "conclave"), (["a", "a"], "a"), (["a", "b"], ["a", "b"]), ([], [])]
)
def test_the_source_of_events_is_what_a_condition_sees(names: list[str], found: Any) -> None:
    assert said(json.dumps({"Entries": [{"Source": name} for name in names]}).encode(), "Source") == found


@pytest.mark.parametrize("body", [b"", b"{", b"[]"])
def test_a_request_without_events_has_no_source(body: bytes) -> None:
    assert said(body, "Source") == []
