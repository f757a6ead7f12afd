"""A model server is looked for before anything is deployed that would ask it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from local.cloud import Cloud
from local.errors import CloudError
from local.processes import require_model_server
from local.settings import Settings


class NotFound(BaseHTTPRequestHandler):
    """Knows no path, as most model servers know none of the base URL."""

    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Keeps the tests quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), NotFound) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/v1"
        running.shutdown()


def test_any_answer_counts(server: str) -> None:
    require_model_server(server, "llama")


def test_a_server_without_a_named_model_is_not_enough(server: str) -> None:
    with pytest.raises(CloudError, match="set CONCLAVE_MODEL_NAME"):
        require_model_server(server, "")


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:1/v1", "http://127.0.0.1:none/v1", "file:///etc/hostname", "ollama"]
)
def test_where_nobody_answers_nothing_is_started(tmp_path: Path, endpoint: str) -> None:
    cloud = Cloud(tmp_path, Settings(root=tmp_path, model_endpoint=endpoint, model_name="llama"))

    with pytest.raises(CloudError, match="no model server answers at"):
        cloud.start()

    assert not cloud.status().running
