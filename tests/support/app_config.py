"""AppConfig's data plane behind a real client of botocore: what a function sends is made and what it gets is parsed as on AWS."""

from __future__ import annotations

import io
import json
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectTimeoutError


class _Body(io.BytesIO):
    def stream(self, amount: int = 1024, decode_content: bool = False) -> Any:
        yield from iter(lambda: self.read(amount), b"")


class AppConfigData:
    """The stand-in of AppConfig for one profile.

    Attributes:
        document: What is deployed.
        down: Whether nobody answers.
        paths: What was asked for.
    """

    def __init__(self, document: dict[str, Any] | bytes | None = None) -> None:
        self.document: dict[str, Any] | bytes = {} if document is None else document
        self.down = False
        self.paths: list[str] = []
        self._served: bytes | None = None
        self._tokens = 0
        self._good = ""

    def attach(self, client: Any) -> None:
        """Lets the client talk to this and to nobody else."""
        client.meta.events.register("before-send.appconfigdata", self._answer)

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
