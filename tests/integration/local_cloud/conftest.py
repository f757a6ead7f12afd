from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud import Cloud
from local.settings import Settings


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def fresh_cloud(root: Path) -> Cloud:
    port, bedrock_port = free_ports(2)
    return Cloud(root, Settings(root=root, port=port, bedrock_port=bedrock_port))


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    started = fresh_cloud(tmp_path_factory.mktemp("cloud"))
    started.start()
    yield started
    started.stop()
