"""The configuration for tests: AppConfig's data plane behind a real client of botocore, and settings at each of their bounds."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import msgspec
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectTimeoutError
from conclave.configuration.changes import with_value
from conclave.configuration.document import settings_from
from conclave.configuration.faults import every_setting
from conclave.configuration.settings import Settings


class _Body(io.BytesIO):
    def stream(self, amount: int = 1024, decode_content: bool = False) -> Any:
        yield from iter(lambda: self.read(amount), b"")


class AppConfigData:
    """The stand-in of AppConfig for one profile.

    Attributes:
        document: What is deployed.
        down: Whether nobody answers.
        paths: What was asked for.
        state: That of the newest deployment.
        strategies: Those by which something was deployed.
    """

    def __init__(self, document: dict[str, Any] | bytes | None = None) -> None:
        self.document: dict[str, Any] | bytes = {} if document is None else document
        self.down = False
        self.paths: list[str] = []
        self.state = "COMPLETE"
        self.strategies: list[str] = []
        self._made = b""
        self._served: bytes | None = None
        self._tokens = 0
        self._good = ""

    def attach(self, client: Any, control: Any = None) -> None:
        """Lets the client, and one of the control plane, talk to this and to nobody else."""
        client.meta.events.register("before-send.appconfigdata", self._answer)
        if control is not None:
            control.meta.events.register("before-send.appconfig", self._change)

    def _change(self, request: Any, **_: Any) -> AWSResponse:
        """Deployments that are complete at once: what was made last is deployed."""
        path = request.url.split("amazonaws.com")[-1].partition("?")[0]
        self.paths.append(f"{request.method} {path}")
        only = {"DeploymentNumber": 1, "State": self.state, "PercentageComplete": 100.0, "ConfigurationVersion": "1"}
        if request.method == "GET" and path.endswith("/deployments"):
            return self._said(request, 200, json.dumps({"Items": [only]}).encode())
        if request.method == "GET":
            document = self.document if isinstance(self.document, bytes) else json.dumps(self.document).encode()
            return self._said(request, 200, document)
        if path.endswith("/hostedconfigurationversions"):
            self._made = request.body if isinstance(request.body, bytes) else request.body.read()
            return self._said(request, 201, self._made, {"Version-Number": "1"})
        self.strategies.append(json.loads(request.body)["DeploymentStrategyId"])
        self.document = self._made
        return self._said(request, 201, json.dumps(only).encode())

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        if self.down:
            raise ConnectTimeoutError(endpoint_url=request.url)
        path = request.url.split("amazonaws.com")[-1]
        self.paths.append(path.partition("?")[0])
        if path.startswith("/configurationsessions"):
            self._served = None
            return self._said(request, 201, json.dumps({"InitialConfigurationToken": self._token()}).encode())
        if f"configuration_token={self._good}" not in path:
            return self._said(
                request, 400, b'{"message": "the token is spent"}', {"x-amzn-ErrorType": "BadRequestException"}
            )
        deployed = self.document if isinstance(self.document, bytes) else json.dumps(self.document).encode()
        changed, self._served = deployed != self._served, deployed
        headers = {"Next-Poll-Configuration-Token": self._token(), "Next-Poll-Interval-In-Seconds": "15"}
        return self._said(request, 200, deployed if changed else b"", headers)

    def _token(self) -> str:
        self._tokens += 1
        self._good = f"token{self._tokens}"
        return self._good

    @staticmethod
    def _said(request: Any, status: int, body: bytes, headers: dict[str, str] | None = None) -> AWSResponse:
        said: Any = HTTPHeaders()
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            said[name] = value
        return AWSResponse(request.url, status, said, _Body(body))


PRICE = {"input": 0.001, "output": 0.001, "cache_read": 0.001, "cache_write": 0.001}


def at_bounds() -> Iterator[tuple[str, Settings]]:
    """Documents and the settings that they make: the least, the most and each word of every setting of the schema."""
    for path, kind in every_setting():
        for value in values(kind):
            # Wider ceilings move along, so that a bound of one of them can be reached at all.
            money = {"run_usd": 0.001, "day_usd": 0.001, "month_usd": 100_000}
            if path == "money.run_usd" or path == "money.day_usd":
                money = {"run_usd": 0.001, "day_usd": 100_000, "month_usd": 100_000}
            base: dict[str, Any] = {"money": money} if path.startswith("money.") and path.endswith("_usd") else {}
            yield f"{path}={value}", settings_from(with_value(base, path, value))


def values(kind: Any) -> list[Any]:
    """The bounds of a type."""
    schema = msgspec.json.schema(kind)
    definitions = schema.get("$defs", {})
    found: list[Any] = []
    for each in schema.get("anyOf", [schema]):
        if "enum" in each:
            found += each["enum"]
        elif "minimum" in each:
            found += [each["minimum"], each["maximum"]]
        elif each.get("type") == "boolean":
            found += [True, False]
        elif each.get("type") == "array" and "enum" in each["items"]:
            found += [[], each["items"]["enum"][: each["maxItems"]], each["items"]["enum"][:1]]
        elif each.get("type") == "array":
            assert set(definitions["PriceSetting"]["properties"]) >= PRICE.keys()
            row = {"model": "global.anthropic.claude-haiku-5-5", "effective_from": "2026-01-01", **PRICE}
            found += [[], [row]]
        elif "pattern" in each:
            found += ["", "2026-11"]
        elif each.get("type") == "null":
            found.append(None)
    assert found, f"nobody knows the bounds of {schema}"
    return found
