from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from stand_in import StandIn, running, serving
from starlette.applications import Starlette

from local.bedrock.answerers import Answerer, OfflineAnswerer


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with running(OfflineAnswerer()) as started:
        yield started


@pytest.fixture
def serve() -> Callable[[Starlette], AbstractContextManager[str]]:
    return serving


@pytest.fixture
def stand_in_with() -> Callable[[Answerer], AbstractContextManager[StandIn]]:
    return running
