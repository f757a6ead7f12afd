"""The Bedrock stand-in on a free loopback port, for tests."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import botocore.session
import httpx
import uvicorn
from botocore.config import Config
from starlette.applications import Starlette

from local.bedrock.answerers import Answerer
from local.bedrock.guardrails.guardrail import Policy
from local.bedrock.server import BedrockRuntime, application
from local.bedrock.wire.requests import invalid

GUARDRAIL: dict[str, Any] = {
    "name": "room",
    "blockedInputMessaging": "Blocked on the way in.",
    "blockedOutputsMessaging": "Blocked on the way out.",
    "wordPolicy": {"words": [{"text": "zanzibar"}], "managedWordLists": [{"type": "PROFANITY"}]},
    "contentPolicy": {"filters": [{"type": "PROMPT_ATTACK", "inputStrength": "HIGH", "outputStrength": "NONE"}]},
    "sensitiveInformationPolicy": {"piiEntities": [{"type": "EMAIL", "action": "ANONYMIZE"}], "regexes": []},
}


async def policies(identifier: str, version: str) -> Policy:
    if (identifier, version) != ("gr-1", "1"):
        raise invalid("The guardrail identifier or version provided in the request does not exist.")
    return GUARDRAIL


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """Serves an application on a free loopback port."""
    # A hang on request must not keep the server, and with it the connections of this test, into the next one.
    config = uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server ended while starting"
                time.sleep(0.005)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)
        assert not thread.is_alive(), "the server does not end"


class StandIn:
    """A running stand-in and ways to talk to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._clients: list[Any] = []

    def client(self, **config: Any) -> Any:
        settings = Config(retries={"total_max_attempts": 1}, proxies={}, **config)
        plain = botocore.session.Session()
        plain.set_credentials("test", "test")
        made = plain.create_client("bedrock-runtime", "us-east-1", endpoint_url=self.url, config=settings)
        return self.keep(made)

    def keep(self, client: Any) -> Any:
        """Remembers a client, to close its connections at the end."""
        self._clients.append(client)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def session(self) -> Any:
        session: Any = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
        return session

    def fault(self, **fault: Any) -> None:
        httpx.post(f"{self.url}/_control/faults", json=fault, trust_env=False).raise_for_status()

    def forget(self) -> None:
        httpx.delete(f"{self.url}/_control/faults", trust_env=False).raise_for_status()

    def exchanges(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = httpx.get(f"{self.url}/_control/exchanges", trust_env=False).json()["exchanges"]
        return listed


@contextmanager
def running(answerer: Answerer) -> Iterator[StandIn]:
    with serving(application(BedrockRuntime(answerer, policies))) as url:
        stand_in = StandIn(url)
        try:
            yield stand_in
        finally:
            stand_in.close()
