"""Stores and models on a loopback port: answers of moto and of the offline policy, recorded once and played back at once.

Functions that are measured wait for nothing but their own work, and every round finds the same state.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import uvicorn
from botocore.exceptions import ClientError

from infra.constructs.guardrail import BLOCKED
from local.bedrock.answerers import OfflineAnswerer
from local.bedrock.guardrails.guardrail import Policy
from local.bedrock.server import BedrockRuntime, application

REGION = "us-east-1"
_SERVICES = {
    "DynamoDB_20120810": "dynamodb",
    "AWSStepFunctions": "stepfunctions",
    "AWSEvents": "events",
    "TrentService": "kms",
}
_MODEL_PATHS = ("/model/", "/guardrail/")
_FRAMING = frozenset({"transfer-encoding", "connection", "content-length", "date", "server"})


@dataclass(frozen=True, slots=True)
class Said:
    """An answer on the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class StandIn:
    """The requests and answers of a run, in the order in which its functions are called.

    What a function asks more than once it is answered as it was the first time: before a write as then, behind it as then.

    Attributes:
        url: Where it listens.
        models: Port of the stand-in for Bedrock.
        requests: Requests since the last call of ``turn``.
    """

    url: str = ""
    models: int = 0
    requests: int = 0
    _turn: str = ""
    _met: set[str] = field(default_factory=set)
    _records: bool = True
    _known: dict[tuple[str, ...], list[Said]] = field(default_factory=dict)
    _given: Counter[tuple[str, ...]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def turn(self, name: str) -> None:
        """From here on it is this function that asks."""
        self._turn, self.requests = name, 0
        self._records = name not in self._met
        self._met.add(name)
        self._given.clear()

    def said(self, path: str, target: str, body: bytes) -> Said:
        """The answer to a request: the one to the very same request, else to one like it, else a new one.

        A request that was never made in the same words is a write with a time in it, or a question with a new label.
        """
        exact = (self._turn, path, target, body.decode("latin-1"))
        with self._lock:
            self.requests += 1
            if found := self._next(exact):
                return found
            like = (self._turn, path, target, _shape(body), "")
            if _varies(target, path) and (found := self._next(like)):
                return found
            found = self._asked(path, target, body)
            for key in (exact, like):
                self._known.setdefault(key, []).append(found)
                self._given[key] += 1
        return found

    def _next(self, key: tuple[str, ...]) -> Said | None:
        """The answer that is next in this turn; behind the last one that again, but for the turn in which they are made."""
        known, given = self._known.get(key, ()), self._given[key]
        if not known or (self._records and given >= len(known)):
            return None
        self._given[key] += 1
        return known[min(given, len(known) - 1)]

    def _asked(self, path: str, target: str, body: bytes) -> Said:
        if path.startswith(_MODEL_PATHS):
            return self._of_model(path, body)
        if path.startswith("/configuration"):
            return _of_configuration(path)
        if path.startswith("/applications/"):
            return _of_changes(path)
        if not target:  # S3, which takes the anchor
            return Said(200, {"ETag": '"0"'}, b"")
        service, _, operation = target.rpartition(".")
        make: Any = boto3.client  # by a name that is known at run time only
        client = make(_SERVICES[service.rpartition(".")[2]], region_name=REGION)
        try:
            answer = client._make_api_call(operation, json.loads(body, object_hook=_with_bytes))
        except ClientError as error:
            problem = {
                **error.response["Error"],
                **{k: v for k, v in error.response.items() if k == "CancellationReasons"},
            }
            code = str(problem.pop("Code"))
            text = json.dumps(
                {"__type": f"com.amazonaws.{code}#{code}", "message": problem.get("Message", ""), **problem}
            )
            return Said(400, {}, text.encode())
        answer.pop("ResponseMetadata")
        return Said(200, {}, json.dumps(answer, default=_wire).encode())

    def _of_model(self, path: str, body: bytes) -> Said:
        connection = http.client.HTTPConnection("127.0.0.1", self.models)
        connection.request("POST", path, body, {"content-type": "application/json"})
        response = connection.getresponse()
        said = response.read()
        connection.close()
        headers = {name: value for name, value in response.getheaders() if name.lower() not in _FRAMING}
        return Said(response.status, headers, said)


def _of_configuration(path: str) -> Said:
    """AppConfig: a session, and a document that sets nothing."""
    if path == "/configurationsessions":
        return Said(201, {"Content-Type": "application/json"}, b'{"InitialConfigurationToken": "first"}')
    poll = {"Next-Poll-Configuration-Token": "next", "Next-Poll-Interval-In-Seconds": "15"}
    return Said(200, {"Content-Type": "application/json", **poll}, b"{}")


def _of_changes(path: str) -> Said:
    """AppConfig's control plane: one deployment, of a document by which a person said that the budget is spent."""
    if path.partition("?")[0].endswith("/deployments"):
        only = {"DeploymentNumber": 1, "State": "COMPLETE", "PercentageComplete": 100.0, "ConfigurationVersion": "1"}
        return Said(200, {"Content-Type": "application/json"}, json.dumps({"Items": [only]}).encode())
    return Said(200, {"Content-Type": "application/json"}, b'{"money": {"budget": "spent"}}')


def _shape(body: bytes) -> str:
    """A request without the values in it: which fields it has, and the words of its expressions and tables."""
    try:
        asked = json.loads(body)
    except ValueError:
        return ""
    named = asked.get("RequestItems") or [
        next(iter(each.values()))["TableName"] for each in asked.get("TransactItems", ())
    ]
    words = {name: value for name, value in asked.items() if isinstance(value, str) and name != "ClientRequestToken"}
    return json.dumps([sorted(asked), sorted(named), words], sort_keys=True)


def _varies(target: str, path: str) -> bool:
    """True for what is written or said anew each time: everything but reads of the store."""
    return path.startswith(_MODEL_PATHS) or not target.endswith((".GetItem", ".BatchGetItem", ".Query", ".Scan"))


def _with_bytes(node: dict[str, Any]) -> dict[str, Any]:
    """A node of a request, with a binary attribute as what it stands for: the client encodes it anew."""
    return {"B": base64.b64decode(node["B"])} if node.keys() == {"B"} else node


def _wire(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.timestamp() if hasattr(value, "timestamp") else str(value)


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """A running stand-in; moto has to be on."""
    served = StandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            said = served.said(self.path, self.headers.get("x-amz-target", ""), body)
            self.send_response(said.status)
            for name, value in {"Content-Type": "application/x-amz-json-1.0", **said.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body)
            self.wfile.flush()

        do_POST = do_PUT = do_GET = answer  # noqa: N815  # http.server's names

        def handle_expect_100(self) -> bool:
            """Says at once that the body may come; a client waits a second for that, and S3's always ask."""
            going_on = super().handle_expect_100()
            self.wfile.flush()
            return going_on

        def log_message(self, format: str, *arguments: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with _bedrock() as port:
        served.models = port
        yield served
    server.shutdown()
    server.server_close()


async def _policy(identifier: str, version: str) -> Policy:
    del identifier, version
    return {"name": "room", "blockedInputMessaging": BLOCKED, "blockedOutputsMessaging": BLOCKED}


@contextmanager
def _bedrock() -> Iterator[int]:
    app = application(BedrockRuntime(OfflineAnswerer(), _policy))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(10)
