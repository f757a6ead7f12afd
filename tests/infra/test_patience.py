"""How long a function waits for a service, against how long the function itself may run."""

from __future__ import annotations

import pytest
from conclave import wiring

from infra.constructs.phase_machine import SECONDS

LOOKS_OF_FRAME = 2
"""The guardrail's, and the model's."""
LONGEST_PAUSE_SECONDS = 1
"""Between the first attempt and the second, by botocore's standard mode."""


def test_a_model_that_hangs_is_asked_twice_within_the_time_of_framing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    wiring.client.cache_clear()
    config = wiring.client("bedrock-runtime").meta.config
    wiring.client.cache_clear()
    attempts = config.retries["total_max_attempts"]
    assert attempts == 2
    assert LOOKS_OF_FRAME * (attempts * config.read_timeout + LONGEST_PAUSE_SECONDS) < SECONDS["frame"]
