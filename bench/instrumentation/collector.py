"""A collector of OpenTelemetry that counts what it gets, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3


class Receiver(BaseHTTPRequestHandler):
    """Takes any body and remembers its size; GET answers the bytes so far."""

    protocol_version = "HTTP/1.1"
    taken = 0

    def do_POST(self) -> None:
        """Takes a trace."""
        Receiver.taken += len(self.rfile.read(int(self.headers["content-length"])))
        self._answer(b"{}")

    def do_GET(self) -> None:
        """Answers the bytes so far."""
        self._answer(str(Receiver.taken).encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *told: object) -> None:
        """Says nothing."""


@contextmanager
def collector() -> Iterator[str]:
    """The base URL of a collector that runs."""
    with subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def sent_to(url: str) -> int:
    """The bytes that a collector has got."""
    return int(urllib3.request("GET", url).data)


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()
