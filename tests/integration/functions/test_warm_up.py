"""The event that warms up: every function takes it, prepares and connects, and touches no run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import botocore.session
import pytest
from conclave.adapters import clients
from conclave.pack import load_pack
from conclave.results import WARM_UP
from handled import LAMBDAS, PREFIX, REGION, TABLES, Context

VERBS = sorted(each.name for each in LAMBDAS.iterdir() if (each / "handler.py").is_file())


class Service(ThreadingHTTPServer):
    """Counts its connections, and refuses what it is asked, as a service refuses who does not sign."""

    connections = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Refusing)


class Refusing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def setup(self) -> None:
        self.server.connections += 1
        super().setup()

    def do_GET(self) -> None:
        self.send_response(403)
        self.send_header("content-length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = b'{"TableNames": []}'
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.0")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *told: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as started:
        threading.Thread(target=started.serve_forever, daemon=True).start()
        yield started
        started.shutdown()


@pytest.mark.parametrize("verb", VERBS)
def test_every_function_takes_it_and_touches_no_run(verb: str, cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "_made", [])
    monkeypatch.setattr(clients, "connect", lambda: len(clients._made))
    for name, value in {
        "AGENT": load_pack("example").specialists[0].name,
        "TIME_LIMIT_SECONDS": "20",
        "ANCHORS_BUCKET": "anchors",
        "ANCHOR_KEY_ARN": f"arn:aws:kms:{REGION}:123456789012:key/k",
    }.items():
        monkeypatch.setenv(name, value)
    clients.client.cache_clear()
    answer = cloud(verb)(dict(WARM_UP), Context())
    assert answer.pop("seconds") >= 0
    # What it made is what it can connect: the tables' client at least.
    assert answer == {"warm": True, "connections": len(clients._made)}
    assert "dynamodb" in {each.meta.service_model.service_name for each in clients._made}
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    assert all(
        dynamodb.scan(TableName=PREFIX + name)["Count"] == 0 for name in TABLES if name not in ("parcels", "runs")
    )
    assert not [item for item in dynamodb.scan(TableName=f"{PREFIX}runs")["Items"] if item["record"]["S"] == "META"]


def test_the_next_request_of_a_client_finds_its_connection_open(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    url = f"http://127.0.0.1:{service.server_address[1]}"
    monkeypatch.setattr(clients, "_made", [])
    made = clients.kept(botocore.session.get_session().create_client("dynamodb", region_name=REGION, endpoint_url=url))
    gone = botocore.session.get_session().create_client("kms", region_name=REGION, endpoint_url="http://127.0.0.1:1")
    clients.kept(gone)
    assert clients.connect() == 1
    assert made.list_tables()["TableNames"] == []
    assert service.connections == 1
