"""A person signs in on the pages of the emulator's Cognito, which enforces PKCE, and comes back to a real loopback address.

The pool and its client have what the stack gives them. The emulator serves no ``/oauth2/revoke``: that is tried in memory.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest
from emulated_pool import NAME, PASSWORD, SCOPES, People, cognito

from cli.errors import CliError, ExitCode
from cli.target.http import PooledHttp
from cli.target.signin.kept import KeptSignIns
from cli.target.signin.loopback import listening
from cli.target.signin.person import Person
from cli.target.signin.pool import Pool, begin
from infra.constructs.edge.callers import SIGNED_IN

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    with cognito(tmp_path_factory.mktemp("emulator")) as url:
        yield People(url)


@dataclass
class Site:
    """A user pool, one person in it, and what a browser does there."""

    pool: Pool

    def browse(self, page: str, password: str = PASSWORD) -> httpx.Response:
        """Opens the page, fills in the form, and follows the way back to the loopback address."""
        with httpx.Client(trust_env=False, timeout=10.0) as browser:
            form = browser.get(page)
            form.raise_for_status()
            hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form.text))
            hidden = {name: value.replace("&amp;", "&") for name, value in hidden.items()}
            sent = {**hidden, "username": NAME, "password": password}
            back = browser.post(urljoin(self.pool.url, "/login"), data=sent)
            return browser.get(back.headers["location"]) if back.is_redirect else back


@pytest.fixture(scope="module")
def site(people: People) -> Site:
    client_id = people.client(SIGNED_IN)
    return Site(Pool(url=people.url, client_id=client_id, scopes=SCOPES, redirects=SIGNED_IN))


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeptSignIns:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # the emulator speaks http
    return KeptSignIns(tmp_path / "sign-ins")


def signing_in(
    site: Site, kept: KeptSignIns, acts: Callable[[str], object], pool: Pool | None = None, seconds: float = 20.0
) -> str:
    pool, end, acting = pool or site.pool, time.monotonic() + seconds, []

    def show(url: str) -> None:
        acting.append(threading.Thread(target=acts, args=(url,)))
        acting[0].start()

    try:
        return Person(lambda: pool, pool.client_id, kept, PooledHttp()).sign_in(show, lambda: end - time.monotonic())
    finally:
        for each in acting:
            each.join()


def person(site: Site, kept: KeptSignIns, later: float = 0.0) -> Person:
    return Person(lambda: site.pool, site.pool.client_id, kept, PooledHttp(), now=lambda: time.time() + later)


def test_a_person_signs_in_and_the_token_is_renewed(site: Site, kept: KeptSignIns) -> None:
    seen: list[httpx.Response] = []
    signing_in(site, kept, lambda url: seen.append(site.browse(url)))
    (page,) = seen
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert "You are signed in" in page.text
    first = person(site, kept).token()
    assert first.count(".") == 2
    stored = kept.read(site.pool.client_id)
    assert stored is not None
    renewed = person(site, kept, later=stored.expires_at - time.time()).token()
    assert renewed.count(".") == 2
    again = kept.read(site.pool.client_id)
    assert again is not None
    assert (again.access, again.expires_at > stored.expires_at) == (renewed, True)


def test_what_does_not_belong_to_the_sign_in_is_refused_and_the_person_still_gets_in(
    site: Site, kept: KeptSignIns
) -> None:
    statuses: list[int] = []

    def meddle(url: str) -> None:
        back = parse_qs(urlsplit(url).query)["redirect_uri"][0]
        for asked, host in (
            (f"{back}?code=stolen&state=guessed", ""),
            (f"{back}favicon.ico", ""),
            (back, "evil.example.org"),
        ):
            headers = {"Host": host} if host else {}
            statuses.append(httpx.get(asked, headers=headers, trust_env=False).status_code)
        statuses.append(site.browse(url).status_code)

    signing_in(site, kept, meddle)
    assert statuses == [400, 404, 404, 200]


def test_the_pool_refuses_a_code_without_its_verifier_and_an_address_that_it_does_not_know(
    site: Site, kept: KeptSignIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cli.target.signin import person as module

    monkeypatch.setattr(module, "begin", lambda pool, redirect: replace(begin(pool, redirect), verifier="v" * 64))
    with pytest.raises(CliError, match="the user pool gave no token") as caught:
        signing_in(site, kept, site.browse)
    assert caught.value.exit_code == ExitCode.SETUP
    assert kept.read(site.pool.client_id) is None
    elsewhere = begin(site.pool, "http://localhost:9999/")
    with pytest.raises(httpx.HTTPStatusError):
        site.browse(elsewhere.url)


def test_nobody_who_signs_in_is_waited_for_no_longer_than_said(site: Site, kept: KeptSignIns) -> None:
    with pytest.raises(CliError, match="nobody signed in in time") as caught:
        signing_in(site, kept, lambda url: None, seconds=0.2)
    assert caught.value.exit_code == ExitCode.TIMEOUT


def test_a_port_that_is_taken_is_passed_over_and_all_taken_is_one_line(site: Site) -> None:
    two = SIGNED_IN[-2:]
    with listening(two) as first, listening(two) as second:
        assert {first.redirect, second.redirect} == set(two)
        with pytest.raises(CliError, match="none of the 2 ports for the sign-in is free"), listening(two):
            pass
