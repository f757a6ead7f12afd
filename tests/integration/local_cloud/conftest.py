from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ports import free_ports

from local.cloud import Cloud
from local.settings import Settings


def fresh_cloud(root: Path) -> Cloud:
    port, bedrock_port = free_ports(2)
    return Cloud(root, Settings(root=root, port=port, bedrock_port=bedrock_port, invocations=root / "invocations"))


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    started = fresh_cloud(tmp_path_factory.mktemp("cloud"))
    started.start()
    yield started
    started.stop()
