"""The page server: the built console, what it is told about itself, and the API, all at one address on loopback.

The page calls its own origin only, so nothing here answers a page of another one: a request has to name this server as its host,
calls of the API carry a header that no other origin can send without being asked for, and nobody is answered who asks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from conclave.untrusted.limits import MAX_BODY_BYTES
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from local.console.media_types import MEDIA_TYPES

HEADERS_FILE = "headers.json"
PAGE = "index.html"
OWN_HEADER = "x-conclave-console"
PERSON, GROUP = "x-conclave-person", "x-conclave-group"
"""Who acts, where it is not whoever started the cloud: nobody approves what they asked for themselves."""
_PATH = re.compile(r"/v1/[A-Za-z0-9_/-]{1,200}")
_PASSED_ON = ("content-type", "idempotency-key")


class Upstream(Protocol):
    """The API that the page server stands before."""

    def packs(self) -> Sequence[str]:
        """Names of the packs that are deployed, in the order in which a person is offered them."""
        ...

    def call(
        self,
        pack: str,
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
        *,
        person: str = "",
        group: str = "",
    ) -> tuple[int, bytes]:
        """Status and body of the answer to a request.

        Args:
            pack: Whose API.
            method: ``GET`` or ``POST``.
            target: Path and query, from ``/v1/`` on.
            body: The body of a ``POST``.
            headers: Headers of it that say what it is.
            person: Name of who asks; empty for whoever started the cloud.
            group: The group of people that they are in.

        Raises:
            ConnectionError: Nobody answers, or the pack is not deployed; one line for a person.
        """
        ...


def security_headers(folder: Path) -> dict[str, str]:
    """The headers of every answer, as the console's folder declares them for all stages."""
    found: dict[str, str] = json.loads((folder / HEADERS_FILE).read_text(encoding="utf-8"))
    return found


def application(folder: Path, upstream: Upstream, hosts: Sequence[str]) -> ASGIApp:
    """The page server as an ASGI application.

    Args:
        folder: The console's folder: ``headers.json`` and the built files in ``dist``.
        upstream: The API.
        hosts: Hosts with their port under which the page may be opened.
    """
    files = {each.name: each for each in sorted((folder / "dist").iterdir()) if each.suffix in MEDIA_TYPES}

    def page(request: Request) -> Response:
        found = files.get(request.path_params.get("name") or PAGE)
        if found is None:
            return _refused(404, "not_found", "there is nothing at this path")
        return FileResponse(found, media_type=MEDIA_TYPES[found.suffix], headers={"Cache-Control": "no-cache"})

    def configuration(request: Request) -> Response:
        packs = [{"name": name, "base": f"/packs/{name}"} for name in upstream.packs()]
        return JSONResponse(
            {"stage": "local", "packs": packs, "signIn": None, "actAs": True}, headers={"Cache-Control": "no-store"}
        )

    async def api(request: Request) -> Response:
        path = "/" + str(request.path_params["path"])
        if OWN_HEADER not in request.headers or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return _refused(403, "forbidden", "the API is called here by the console's own page only")
        if not _PATH.fullmatch(path):
            return _refused(404, "not_found", "there is nothing at this path")
        body = await request.body() if request.method == "POST" else None
        if body is not None and len(body) > MAX_BODY_BYTES:
            return _refused(413, "body_too_large", f"send {MAX_BODY_BYTES} bytes at most")
        target = f"{path}?{request.url.query}" if request.url.query else path
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        try:
            status, answered = await run_in_threadpool(
                partial(upstream.call, person=request.headers.get(PERSON, ""), group=request.headers.get(GROUP, "")),
                str(request.path_params["pack"]),
                request.method,
                target,
                body,
                headers,
            )
        except ConnectionError as error:
            return _refused(503, "unavailable", str(error))
        return Response(answered, status, {"Cache-Control": "no-store"}, "application/json")

    routes = [
        Route("/", page),
        Route("/config.json", configuration),
        Route("/packs/{pack}/{path:path}", api, methods=["GET", "POST"]),
        Route("/{name}", page),
    ]
    return _Guarded(Starlette(routes=routes), security_headers(folder), frozenset(hosts))


def _refused(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers={"Cache-Control": "no-store"})


class _Guarded:
    """Answers only who names this server as its host, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str], hosts: frozenset[str]) -> None:
        self._app = app
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", [])
                message = {**message, "headers": [*given, *self._headers]}  # type: ignore[misc]
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        app = self._app if host in self._hosts else _refused(421, "host_unknown", "open the console at its own address")
        await app(scope, receive, with_headers)  # type: ignore[arg-type]
