"""A question is asked once, whatever answers: each time that it is sent costs something."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cli.target.http import RETRIES, PooledHttp


class Refusing(ThreadingHTTPServer):
    """Answers every request with a status, and counts them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.asked = 502, 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Refusing)
        self.rfile.read(int(self.headers.get("content-length", "0")))
        self.server.asked += 1
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Tells nobody."""


@pytest.fixture
def refusing() -> Iterator[Refusing]:
    with Refusing() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "costly", "times"),
    [
        (502, False, 1 + RETRIES),
        (502, True, 1),
        (503, True, 1),
        (504, True, 1),
        (429, True, 1 + RETRIES),  # nobody began to answer
    ],
)
def test_what_costs_each_time_is_not_sent_again(refusing: Refusing, status: int, costly: bool, times: int) -> None:
    refusing.status = status
    answer = PooledHttp().request("POST", refusing.url, body=b"{}", headers={}, costly=costly)
    assert (answer.status, refusing.asked) == (status, times)
