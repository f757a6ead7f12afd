"""The page server answers its own page and nobody else, under a policy that lets nothing strange in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from conclave.untrusted.limits import MAX_BODY_BYTES

from local.console import process
from local.console.pages import application, security_headers
from local.settings import Settings

CONSOLE = Path(__file__).parents[4] / "console"
HOST = "127.0.0.1:4600"


class FakeApi:
    """An API that remembers what it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.acting: list[tuple[str, str]] = []
        self.failure: ConnectionError | None = None

    def packs(self) -> Sequence[str]:
        return ["airline", "example"]

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
        if self.failure:
            raise self.failure
        self.acting.append((person, group))
        self.calls.append((pack, method, target, body, dict(headers)))
        return 202, b'{"run_id":"run-1"}'


class Site:
    """The page server over a folder with a built page, asked without sockets."""

    def __init__(self, folder: Path) -> None:
        (folder / "dist").mkdir()
        (folder / "headers.json").write_bytes((CONSOLE / "headers.json").read_bytes())
        (folder / "dist" / "index.html").write_text("<!doctype html><title>Conclave</title>")
        (folder / "dist" / "console.js").write_text("render()")
        (folder / "dist" / "notes.md").write_text("not for pages")
        self.api = FakeApi()
        self.app = application(folder, self.api, [HOST])

    def __call__(
        self, path: str, method: str = "GET", body: bytes = b"", host: str = HOST, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        return asyncio.run(self._ask(path, method, body, host, headers))

    def own(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> tuple[int, Any]:
        """A call as the page makes it."""
        status, _, answer = self(path, method, body, **{"x-conclave-console": "1", **headers})
        return status, json.loads(answer)

    async def _ask(
        self, path: str, method: str, body: bytes, host: str, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        path, _, query = path.partition("?")
        sent: list[dict[str, Any]] = []
        named = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
            "server": ("127.0.0.1", 4600),
            "scheme": "http",
        }

        received = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> dict[str, Any]:
            for message in received:
                return message
            await asyncio.Event().wait()  # the caller stays to the end
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(dict(message))

        await self.app(scope, receive, send)
        start = sent[0]
        told = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"], told, b"".join(each.get("body", b"") for each in sent[1:])


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_the_page_and_its_parts_come_with_their_types(site: Site) -> None:
    status, headers, body = site("/")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"Conclave" in body
    assert site("/console.js")[1]["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("path", ["/notes.md", "/headers.json", "/../headers.json", "/dist/index.html", "/%2e%2e/x"])
def test_nothing_but_the_built_page_is_served(site: Site, path: str) -> None:
    assert site(path)[0] == 404


def test_every_answer_has_the_policy(site: Site) -> None:
    declared = {name.lower(): value for name, value in security_headers(CONSOLE).items()}
    for path, host in (("/", HOST), ("/none", HOST), ("/config.json", HOST), ("/", "evil.example")):
        _, headers, _ = site(path, host=host)
        assert declared.items() <= headers.items(), path


def test_the_policy_allows_the_own_origin_and_no_inline_code() -> None:
    policy = security_headers(CONSOLE)["Content-Security-Policy"]
    directives = dict(each.strip().partition(" ")[::2] for each in policy.split(";"))
    assert directives["default-src"] == "'none'"
    own = {"script-src", "style-src", "img-src", "connect-src"}
    assert all(directives[name] == "'self'" for name in own)
    assert {directives[name] for name in ("base-uri", "form-action", "frame-ancestors")} == {"'none'"}
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_page_has_no_inline_code_and_names_no_other_host() -> None:
    page = (CONSOLE / "src" / "index.html").read_text(encoding="utf-8")
    assert "style=" not in page
    assert "<style" not in page
    assert "http" not in page
    assert page.count("<script") == page.count('<script type="module" src="/console.js">') == 1


def test_the_page_is_told_the_packs(site: Site) -> None:
    status, headers, body = site("/config.json")
    assert (status, headers["cache-control"]) == (200, "no-store")
    assert json.loads(body) == {
        "stage": "local",
        "packs": [{"name": "airline", "base": "/packs/airline"}, {"name": "example", "base": "/packs/example"}],
        "signIn": None,
        "actAs": True,
    }


def test_calls_go_to_the_api_of_their_pack(site: Site) -> None:
    assert site.own("/packs/airline/v1/runs?day=2026-11-21&limit=5") == (202, {"run_id": "run-1"})
    body = b'{"reason":"asked to"}'
    site.own("/packs/example/v1/runs/run-1/erasure", "POST", body, content_type="application/json", cookie="a=b")
    assert site.api.calls == [
        ("airline", "GET", "/v1/runs?day=2026-11-21&limit=5", None, {}),
        ("example", "POST", "/v1/runs/run-1/erasure", body, {"content-type": "application/json"}),
    ]


@pytest.mark.parametrize(
    ("headers", "host", "status"),
    [
        ({}, HOST, 403),
        ({"x_conclave_console": "1", "sec_fetch_site": "cross-site"}, HOST, 403),
        ({"x_conclave_console": "1"}, "evil.example:4600", 421),
        ({"x_conclave_console": "1"}, "127.0.0.1", 421),
    ],
)
def test_a_page_of_another_origin_reaches_nothing(site: Site, headers: Any, host: str, status: int) -> None:
    assert site("/packs/airline/v1/runs", host=host, **headers)[0] == status
    assert not site.api.calls


@pytest.mark.parametrize(
    ("path", "method", "body", "status", "code"),
    [
        ("/packs/airline/v2/runs", "GET", b"", 404, "not_found"),
        ("/packs/airline/v1/../admin", "GET", b"", 404, "not_found"),
        ("/packs/airline/v1/runs/run-1/erasure", "POST", b"x" * (MAX_BODY_BYTES + 1), 413, "body_too_large"),
    ],
)
def test_what_no_api_takes_is_refused_here(
    site: Site, path: str, method: str, body: bytes, status: int, code: str
) -> None:
    got, answer = site.own(path, method, body)
    assert (got, answer["error"]["code"]) == (status, code)
    assert not site.api.calls


def test_an_api_that_does_not_answer_is_told_in_a_line(site: Site) -> None:
    site.api.failure = ConnectionError("the local cloud does not answer; run: conclave up")
    assert site.own("/packs/airline/v1/runs") == (
        503,
        {"error": {"code": "unavailable", "message": "the local cloud does not answer; run: conclave up"}},
    )


def test_a_console_that_was_not_built_is_told_and_stops_nothing(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path)
    assert process.start(settings, {}) == "the console is not built; to have it: make console"
    assert not process.running(settings)
    process.stop(settings)


@pytest.mark.parametrize("text", ["", "{}", '{"pid": 0}', "[1]", '{"pid": 99999999, "started": "1"}'])
def test_a_page_server_that_has_gone_does_not_run(tmp_path: Path, text: str) -> None:
    settings = Settings(root=tmp_path)
    settings.folder.mkdir(parents=True)
    (settings.folder / "console.json").write_text(text)
    assert not process.running(settings)


def test_somebody_else_acts_where_the_page_names_them(site: Site) -> None:
    path = "/packs/airline/v1/runs/run-1/approval"
    site.own(path, "POST", b"{}", x_conclave_person="mia", x_conclave_group="duty_managers")
    site.own(path, "POST", b"{}")
    assert site.api.acting == [("mia", "duty_managers"), ("", "")]
    assert "x-conclave-person" not in site.api.calls[0][4]
