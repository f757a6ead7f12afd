"""The machine of approvals: it asks what to do, waits for people or for their time, and publishes."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.pack import Pack

from infra.constructs.approval_machine import Steps, definition
from infra.constructs.phase_machine import REFUSALS


@pytest.fixture(scope="module")
def machine(pack: Pack) -> dict[str, Any]:
    return definition(pack, Steps(hold="arn:hold", settle="arn:settle", publish="arn:publish"))


def test_it_begins_and_goes_on_with_what_is_recorded(machine: dict[str, Any]) -> None:
    states = machine["States"]
    assert machine["StartAt"] == "Settle"
    assert states["Settle"]["Next"] == "People?"
    assert states["Wait for people"]["Next"] == "Settle"
    assert states["People?"]["Choices"] == [
        {"Variable": "$.settled.again", "BooleanEquals": True, "Next": "Wait for people"}
    ]
    assert states["People?"]["Default"] == "Publish"
    assert states["Publish"]["End"] is True


def test_the_end_of_the_wait_is_a_reason_to_look_and_is_not_repeated(machine: dict[str, Any]) -> None:
    wait = machine["States"]["Wait for people"]
    assert wait["Resource"].endswith(":lambda:invoke.waitForTaskToken")
    assert wait["TimeoutSecondsPath"] == "$.settled.wait_seconds"
    assert wait["Parameters"]["Payload"]["token.$"] == "$$.Task.Token"
    first, *_ = wait["Retry"]
    assert first == {"ErrorEquals": ["States.Timeout", "NothingToAsk"], "MaxAttempts": 0}
    (catch,) = wait["Catch"]
    assert (catch["ErrorEquals"], catch["Next"]) == (["States.Timeout", "NothingToAsk"], "Settle")


def test_nothing_of_what_woke_it_replaces_the_state(machine: dict[str, Any]) -> None:
    """An output is anybody's who has the token: it stands beside what steps read, and nothing reads it."""
    wait = machine["States"]["Wait for people"]
    assert {wait["ResultPath"], wait["Catch"][0]["ResultPath"]} == {"$.woken"}
    read = [str(state) for name, state in machine["States"].items() if name != "Wait for people"]
    assert not [text for text in read if "woken" in text]


def test_errors_of_the_engine_are_not_repeated(machine: dict[str, Any]) -> None:
    for name in ("Settle", "Wait for people", "Publish"):
        never = [each for each in machine["States"][name]["Retry"] if each["ErrorEquals"] == list(REFUSALS)]
        assert [each["MaxAttempts"] for each in never] == [0]
