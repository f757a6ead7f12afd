from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from questions import wired_to
from stand_in import StandIn

from local.bedrock.answerers import OfflineAnswerer


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Starts a stand-in that answers as it is told, with the adapters pointed at it."""
    return partial(wired_to, monkeypatch)


@pytest.fixture
def stand_in(wired: Any) -> Iterator[StandIn]:
    with wired(OfflineAnswerer()) as started:
        yield started
