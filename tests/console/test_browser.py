"""A headless Chromium goes through the console: ``make console-test``. What it looks for stands in ``console/test``."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import rooms
from chromium import CONSOLE, DIST, drive, needs_chromium
from emulated_pool import NAME, PASSWORD, SCOPES, People, cognito
from stand_in import serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from cli.target.credentials import claims_of
from local.console.media_types import MEDIA_TYPES
from local.console.pages import security_headers

pytestmark = needs_chromium


@contextmanager
def everything() -> Iterator[str]:
    """The site with its runs; gives its URL."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    site = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("site.py")), str(port)],
        env={**os.environ, "PYTHONPATH": str(Path(rooms.__file__).parent)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert site.stdout is not None
        url = site.stdout.readline().strip()
        assert url, "the site did not start"
        yield url
    finally:
        site.terminate()
        site.wait(10)
        if site.stdout:
            site.stdout.close()


def test_a_browser_goes_through_the_console(tmp_path: Path) -> None:
    with everything() as url:
        drive("console.test.mjs", url, tmp_path)


def test_a_browser_goes_by_keyboard(tmp_path: Path) -> None:
    with everything() as url:
        drive("keyboard.test.mjs", url, tmp_path)


def test_a_browser_meets_what_goes_wrong(tmp_path: Path) -> None:
    with everything() as url:
        drive("faults.test.mjs", url, tmp_path)


def test_a_browser_shows_a_fork_beside_its_parent(tmp_path: Path) -> None:
    with everything() as url:
        drive("compare.test.mjs", url, tmp_path)


class Deployed:
    """The page as the stage's distribution gives it: headers of the stack, an API that wants a token of the stage's pool."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.client_id = ""
        self.taken: list[str] = []
        self.refuse_next = self.refuse_all = False

    def configuration(self, request: Request) -> Response:
        pages = f"{self.people.url}/oauth2"
        sign_in = {"authorize": f"{pages}/authorize", "token": f"{pages}/token", "signOut": f"{self.people.url}/logout"}
        sign_in["clientId"] = self.client_id
        packs = [{"name": "airline", "base": ""}]
        return JSONResponse({"stage": "dev", "packs": packs, "signIn": {**sign_in, "scopes": [*SCOPES]}})

    def page(self, request: Request) -> Response:
        file = DIST / request.path_params.get("name", "index.html")
        headers = security_headers(CONSOLE)
        # As infra.console_stack has it: one address besides its own that the page may call.
        policy = headers["Content-Security-Policy"].replace(
            "connect-src 'self'", f"connect-src 'self' {self.people.url}"
        )
        return FileResponse(
            file, media_type=MEDIA_TYPES[file.suffix], headers={**headers, "Content-Security-Policy": policy}
        )

    def runs(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        claims = claims_of(token) or {}
        known = claims.get("client_id") == self.client_id and claims.get("token_use") == "access"
        if not known or self.refuse_next or self.refuse_all:
            self.refuse_next = False
            return JSONResponse({"error": {"code": "unauthorised", "message": "sign in"}}, 401)
        self.taken.append(token)
        return JSONResponse({"runs": [], "next": None})

    def expire(self, request: Request) -> Response:
        """Refuses the next call, or from now on all of them (``?all=yes``), or none any more (``?all=no``)."""
        self.refuse_all = request.query_params.get("all") == "yes"
        self.refuse_next = "all" not in request.query_params
        return Response()

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/config.json", self.configuration),
                Route("/v1/runs", self.runs),
                Route("/expire", self.expire),
                Route("/", self.page),
                Route("/{name}", self.page),
            ]
        )


def test_a_person_signs_in_at_the_pool_of_the_stage(tmp_path: Path) -> None:
    with cognito(tmp_path) as pages:
        deployed = Deployed(People(pages))
        with serving(deployed.application()) as url:
            deployed.client_id = deployed.people.client([f"{url}/"])
            drive("signin.test.mjs", url, tmp_path, PAGES=pages, PERSON=json.dumps([NAME, PASSWORD]))
    assert len(set(deployed.taken)) == 6, "each sign-in, and the one after a token that ended, gave another token"
