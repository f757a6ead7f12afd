"""How long a function waits for a service, against how long the function itself may run."""

from __future__ import annotations

import pytest
from conclave.adapters import clients
from conclave.adapters.models.passing import PAUSE_SECONDS
from conclave.functions import wiring

from infra.constructs.phase_machine import SECONDS


def test_framing_repeats_only_what_can_end_in_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    clients.client.cache_clear()
    clients._session.cache_clear()
    config = clients.client("bedrock-runtime").meta.config
    clients.client.cache_clear()
    clients._session.cache_clear()
    longest = config.connect_timeout + config.read_timeout
    assert config.retries["total_max_attempts"] == 1
    # A look of the guardrail that hangs is repeated, and the latest repeat leaves time for the model's first hang.
    assert SECONDS["frame"] - longest - max(PAUSE_SECONDS) >= wiring.REPEAT_RESERVE_SECONDS
    assert longest + 10 <= wiring.REPEAT_RESERVE_SECONDS
