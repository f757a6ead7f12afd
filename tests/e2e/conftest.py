"""A local cloud of its own for the tests, driven by the command as a user would drive it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from conclave.adapters.stores.data_versions import DynamoDataVersions
from conclave.adapters.stores.dynamodb import DynamoTableWriter
from conclave.pack import load_pack
from ports import free_ports

from cli.services import Services

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).parent / "conclave"
NAME = "e2e"


class Conclave:
    """The ``conclave`` command against the tests' own cloud."""

    command = COMMAND

    def __init__(self, port: int, bedrock_port: int, console_port: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self.bedrock_endpoint = f"http://127.0.0.1:{bedrock_port}"
        self.folder = ROOT / ".local" / NAME
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("CONCLAVE_", "AWS_"))},
            "CONCLAVE_CLOUD": NAME,
            "CONCLAVE_PORT": str(port),
            "CONCLAVE_BEDROCK_PORT": str(bedrock_port),
            "CONCLAVE_CONSOLE_PORT": str(console_port),
        }

    def run(self, *arguments: str, input_text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(COMMAND), *arguments],
            cwd=ROOT,
            env=self.environment,
            input=input_text,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )

    def json(self, *arguments: str, code: int = 0) -> Any:
        """The one JSON document that the command prints; the exit code must be as expected."""
        done = self.run(*arguments, "--json")
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    def ask(self, text: str, *more: str, code: int = 0) -> Any:
        """A fresh run, waited for."""
        return self.json("ask", text, "--new", "--wait", *more, code=code)

    def asks(self, texts: Sequence[str], *more: str) -> list[subprocess.CompletedProcess[str]]:
        """Fresh runs about each, waited for; as many at once as the stage has places, so that none of them waits for its turn."""
        with ThreadPoolExecutor(int(self.outputs()["RunsAtOnce"])) as pool:
            return list(pool.map(lambda text: self.run("ask", text, "--new", "--wait", "--json", *more), texts))

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> httpx.Response:
        """What the API answers to a signed request."""
        url = self.api_url() + path
        request = AWSRequest(method=method, url=url, data=body, headers={"Content-Type": "application/json", **headers})
        SigV4Auth(Credentials("test", "test"), "execute-api", "us-east-1").add_auth(request)
        return httpx.request(method, url, content=body, headers=dict(request.headers), trust_env=False, timeout=30)

    def shown(self, run_id: str) -> Any:
        """The document of a run as the API answers it: for those who ask often, since the command takes a second to start."""
        return self.call("GET", f"/v1/runs/{run_id}").json()

    def settings_seen(self) -> None:
        """Waits until warm functions have read the settings that are deployed."""
        time.sleep(int(self.outputs()["SettingsSeconds"]) + 1)

    def client(self, service: str) -> Any:
        session: Any = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
        endpoint = self.bedrock_endpoint if service == "bedrock-runtime" else self.endpoint
        return session.client(
            service, endpoint_url=endpoint, config=Config(proxies={}, retries={"total_max_attempts": 2})
        )

    def api_url(self) -> str:
        """Base URL of the API as the emulator serves it, by path instead of by host name."""
        parts = urlsplit(self.outputs()["ApiUrl"])
        api_id = str(parts.hostname).partition(".")[0]
        return f"{self.endpoint}/restapis/{api_id}{parts.path.rstrip('/')}/_user_request_"

    def outputs(self, pack: str = "airline") -> dict[str, str]:
        stacks = self.client("cloudformation").describe_stacks(StackName=f"Conclave-local-{pack}-engine")["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stacks[0]["Outputs"]}


@pytest.fixture(scope="session")
def conclave() -> Iterator[Conclave]:
    started = Conclave(*free_ports(3))
    try:
        up = started.run("up")
        assert up.returncode == 0, up.stderr
        yield started
    finally:
        started.run("down")


@pytest.fixture(scope="session")
def day(conclave: Conclave) -> str:
    """The day that the sample lies around."""
    return str(conclave.json("seed")["date"])


class Figures:
    """The deployed table of the airline's figures, written as a load writes it."""

    def __init__(self, conclave: Conclave) -> None:
        client, prefix = conclave.client("dynamodb"), conclave.outputs()["TablePrefix"]
        self._declared = next(each for each in load_pack("airline").tables if each.name == "figures")
        self._writer = DynamoTableWriter(client, prefix, DynamoDataVersions(client, f"{prefix}runs", ["figures"]))

    def put(self, row: dict[str, Any]) -> None:
        self._writer.put("figures", [row])

    def remove(self, row: dict[str, Any]) -> None:
        self._writer.remove(self._declared, [self._declared.key_of(row)])


@pytest.fixture(scope="session")
def figures(conclave: Conclave) -> Figures:
    return Figures(conclave)


def until(condition: Any, seconds: float = 30.0) -> Any:
    """Waits for a condition to answer something true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"it did not happen within {seconds} s")


@pytest.fixture
def wait_until() -> Any:
    return until


@pytest.fixture
def services(conclave: Any, monkeypatch: pytest.MonkeyPatch) -> Services:
    """What the command uses, in this process."""
    for name, value in conclave.environment.items():
        if name.startswith("CONCLAVE_"):
            monkeypatch.setenv(name, value)
    return Services()
