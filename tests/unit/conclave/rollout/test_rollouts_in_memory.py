"""The record of a rollout in memory keeps the contract."""

from __future__ import annotations

import pytest
from rollouts_contract import RolloutsContract
from rollouts_in_memory import MemoryRollouts


class TestInMemory(RolloutsContract):
    @pytest.fixture
    def rollouts(self) -> MemoryRollouts:
        return MemoryRollouts()
