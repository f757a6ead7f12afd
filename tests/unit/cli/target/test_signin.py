"""A sign-in at a user pool: who may exchange what, what is kept and for whom, and how it ends. No socket is opened.

The pool is one in memory that holds its clients to RFC 6749 and RFC 7636; the real pages are those of the emulator's Cognito
(tests/integration/local_cloud/test_signing_in.py).
"""

from __future__ import annotations

import base64
import hashlib
import json
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from cli.errors import CliError, ExitCode
from cli.target.credentials import credential
from cli.target.http import Token
from cli.target.signin.kept import KeptSignIns
from cli.target.signin.person import Person, pool_of
from cli.target.signin.pool import Begun, Foreign, Pool, Tokens, begin, code_in, exchanged

URL = "https://pool.example.org"
CLIENT = "people-1"
REDIRECTS = ("http://localhost:8976/", "http://localhost:8977/")


@dataclass
class Answered:
    status: int
    data: bytes


def told(status: int, document: Any) -> Answered:
    return Answered(status, json.dumps(document).encode())


@dataclass
class UserPool:
    """Gives codes to who signs in, tokens for codes and refresh tokens, each once where it has to be."""

    down: bool = False
    revokes: bool = True
    rotates: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refreshes: set[str] = field(default_factory=set)
    given: int = 0
    asked: list[dict[str, str]] = field(default_factory=list)

    def signed_in(self, page: str) -> str:
        """Where the browser goes once the person has signed in at a page."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(page).query).items()}
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert asked["redirect_uri"] in REDIRECTS
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def request(
        self, method: str, url: str, *, body: bytes | None, headers: Mapping[str, str], costly: bool = False
    ) -> Any:
        assert method == "POST"
        if self.down:
            raise ConnectionError("nobody")
        sent = {name: values[0] for name, values in parse_qs((body or b"").decode()).items()}
        self.asked.append(sent)
        if sent.get("client_id") != CLIENT:
            return told(400, {"error": "invalid_client"})
        if url == f"{URL}/oauth2/revoke":
            self.refreshes.discard(sent["token"])
            return Answered(200 if self.revokes else 404, b"")
        assert url == f"{URL}/oauth2/token"
        if sent["grant_type"] == "refresh_token":
            return self._refreshed(sent["refresh_token"])
        begun = self.codes.pop(sent["code"], {})
        made = base64.urlsafe_b64encode(hashlib.sha256(sent.get("code_verifier", "").encode()).digest()).decode()
        if begun.get("code_challenge") != made.rstrip("=") or begun["redirect_uri"] != sent["redirect_uri"]:
            return told(400, {"error": "invalid_grant", "error_description": "the code is not yours"})
        return self._given(refresh=True)

    def _refreshed(self, token: str) -> Any:
        if token not in self.refreshes:
            return told(400, {"error": "invalid_grant"})
        if self.rotates:
            self.refreshes.discard(token)
        return self._given(refresh=self.rotates)

    def _given(self, *, refresh: bool) -> Any:
        self.given += 1
        document = {"access_token": f"access-{self.given}", "token_type": "Bearer", "expires_in": 3600}
        if refresh:
            document["refresh_token"] = f"refresh-{self.given}"
            self.refreshes.add(f"refresh-{self.given}")
        return told(200, document)


POOL = Pool(url=URL, client_id=CLIENT, scopes=("c/runs.read", "c/decisions.act"), redirects=REDIRECTS)
OUTPUTS = {
    "Authorisation": "jwt",
    "PeopleClientId": CLIENT,
    "PeopleRedirects": " ".join(REDIRECTS),
    "PeopleScopes": "c/runs.read c/decisions.act",
    "TokenUrl": f"{URL}/oauth2/token",
}
TOKENS = Tokens(url=URL, client_id=CLIENT, access="access-0", expires_at=1000.0, refresh="refresh-0")


def query(url: str) -> str:
    return urlsplit(url).query


@pytest.fixture
def begun() -> Begun:
    return begin(POOL, REDIRECTS[1])


@pytest.fixture
def kept(tmp_path: Path) -> KeptSignIns:
    return KeptSignIns(tmp_path / "conclave" / "sign-ins")


@pytest.fixture
def person(kept: KeptSignIns) -> Callable[..., Person]:
    return lambda pool, now=0.0: Person(lambda: POOL, CLIENT, kept, pool, now=lambda: now, options=" --stage dev")


def test_the_page_is_asked_for_a_code_that_only_this_sign_in_can_exchange(begun: Begun) -> None:
    asked = parse_qs(query(begun.url))
    assert begun.url.startswith(f"{URL}/oauth2/authorize?")
    assert asked["redirect_uri"] == [REDIRECTS[1]]
    assert asked["scope"] == ["c/runs.read c/decisions.act"]
    assert begun.verifier not in begun.url
    other = begin(POOL, REDIRECTS[1])
    assert {begun.state, begun.verifier}.isdisjoint({other.state, other.verifier})
    assert 43 <= len(begun.verifier) <= 128


def test_a_code_is_exchanged_by_who_began(begun: Begun) -> None:
    pool = UserPool()
    code = code_in(begun, query(pool.signed_in(begun.url)))
    tokens = exchanged(POOL, begun, code, pool, lambda: 100.0)
    assert tokens == Tokens(url=URL, client_id=CLIENT, access="access-1", expires_at=3700.0, refresh="refresh-1")


def test_a_code_that_somebody_else_caught_is_worth_nothing(begun: Begun) -> None:
    pool = UserPool()
    code = code_in(begun, query(pool.signed_in(begun.url)))
    with pytest.raises(CliError, match="the user pool gave no token: the code is not yours") as caught:
        exchanged(POOL, replace(begun, verifier="x" * 64), code, pool, lambda: 0.0)
    assert (caught.value.exit_code, caught.value.code) == (ExitCode.SETUP, "signin_refused")


@pytest.mark.parametrize("answer", [{"code": "c"}, {"code": "c", "state": "guessed"}, {"error": "access_denied"}, {}])
def test_an_answer_without_the_state_is_not_of_this_sign_in(begun: Begun, answer: dict[str, str]) -> None:
    with pytest.raises(Foreign):
        code_in(begun, urlencode(answer))


def test_a_refusal_is_told_in_one_line(begun: Begun) -> None:
    refused = {"error": "access_denied", "error_description": "you may\nnot", "state": begun.state}
    with pytest.raises(CliError, match="the sign-in was refused: you may not"):
        code_in(begun, urlencode(refused))


@pytest.mark.parametrize("data", [b"", b"<html>", b"[]", b'"x"', b"{}", b"\xff"])
def test_an_answer_that_is_no_token_is_told_in_one_line(begun: Begun, data: bytes) -> None:
    class Odd(UserPool):
        def request(self, *_: Any, **__: Any) -> Any:
            answer = told(502, {})
            answer.data = data
            return answer

    with pytest.raises(CliError, match=r"^the user pool ") as caught:
        exchanged(POOL, begun, "c", Odd(), lambda: 0.0)
    assert "\n" not in str(caught.value)


def test_what_is_kept_only_its_owner_can_read(kept: KeptSignIns, tmp_path: Path) -> None:
    kept.write(TOKENS)
    kept.write(replace(TOKENS, access="access-9"))
    (file,) = (tmp_path / "conclave" / "sign-ins").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert kept.read(CLIENT) == replace(TOKENS, access="access-9")
    assert kept.read("../other") is None
    file.chmod(0o640)
    with pytest.raises(CliError, match="others can read"):
        kept.read(CLIENT)
    file.chmod(0o600)
    for data in (b'{"url": 1}', b'{"url": "\xff"}', b""):
        file.write_bytes(data)
        with pytest.raises(CliError, match="is not what was kept there"):
            kept.read(CLIENT)
    with pytest.raises(CliError, match="is not what was kept there"):
        kept.read(CLIENT)


def test_a_token_is_used_until_it_is_about_to_end_and_then_renewed(kept: KeptSignIns, person: Any) -> None:
    pool = UserPool(refreshes={"refresh-0"})
    assert person(pool).token() == ""
    kept.write(TOKENS)
    assert person(pool, 900.0).token() == "access-0"
    assert pool.asked == []
    assert person(pool, 960.0).token() == "access-1"
    assert pool.asked == [{"grant_type": "refresh_token", "refresh_token": "refresh-0", "client_id": CLIENT}]
    assert kept.read(CLIENT) == replace(TOKENS, access="access-1", expires_at=4560.0)


def test_a_pool_that_changes_the_refresh_token_is_asked_with_the_newest(kept: KeptSignIns, person: Any) -> None:
    pool = UserPool(refreshes={"refresh-0"}, rotates=True)
    kept.write(TOKENS)
    assert [person(pool, now).token() for now in (2000.0, 9000.0)] == ["access-1", "access-2"]
    assert pool.refreshes == {"refresh-2"}


def test_a_sign_in_that_has_ended_is_forgotten_and_says_what_to_do(kept: KeptSignIns, person: Any) -> None:
    for tokens in (TOKENS, replace(TOKENS, refresh="")):
        kept.write(tokens)
        with pytest.raises(CliError, match=r"your sign-in has ended \(conclave login --stage dev\)"):
            person(UserPool(), 2000.0).token()
        assert kept.read(CLIENT) is None


def test_a_pool_that_nobody_reaches_ends_no_sign_in(kept: KeptSignIns, person: Any) -> None:
    kept.write(TOKENS)
    with pytest.raises(CliError, match="nobody answers at") as caught:
        person(UserPool(down=True), 2000.0).token()
    assert caught.value.exit_code == ExitCode.UNREACHABLE
    assert kept.read(CLIENT) == TOKENS


@pytest.mark.parametrize(
    ("pool", "ended"),
    [(UserPool(), "ended"), (UserPool(revokes=False), "kept_by_pool"), (UserPool(down=True), "kept_by_pool")],
)
def test_signing_out_ends_it_here_and_at_the_pool(kept: KeptSignIns, person: Any, pool: Any, ended: str) -> None:
    pool.refreshes.add("refresh-0")
    assert person(pool).sign_out() == "none"
    kept.write(TOKENS)
    assert person(pool).sign_out() == ended
    assert kept.read(CLIENT) is None
    assert ("refresh-0" in pool.refreshes) is pool.down


@pytest.mark.parametrize(
    ("outputs", "pages", "message"),
    [
        ({"Authorisation": "iam"}, "", "this stage believes AWS credentials"),
        ({**OUTPUTS, "PeopleRedirects": ""}, "", "has no sign-in for this command yet"),
        ({**OUTPUTS, "TokenUrl": ""}, "", r"existed already \(conclave login --stage dev --pages https"),
        (OUTPUTS, "http://pool.example.org", "have an https address"),
    ],
)
def test_where_nobody_can_sign_in_one_line_says_why(outputs: dict[str, str], pages: str, message: str) -> None:
    with pytest.raises(CliError, match=message):
        pool_of(outputs, pages, " --stage dev")


def test_the_pool_is_as_the_stack_tells_it() -> None:
    assert pool_of(OUTPUTS, "", "") == replace(POOL, scopes=["c/runs.read", "c/decisions.act"], redirects=[*REDIRECTS])
    assert pool_of({**OUTPUTS, "TokenUrl": ""}, "https://own.example.org/", "").url == "https://own.example.org"


def test_a_command_goes_by_the_environment_then_by_who_signed_in() -> None:
    def proof(token: str, **environment: str) -> dict[str, str]:
        found = credential(OUTPUTS, None, "", environment, lambda: token)
        assert isinstance(found, Token)
        return found.headers("GET", "u", None, {})

    assert proof("kept")["Authorization"] == "Bearer kept"
    assert proof("kept", CONCLAVE_TOKEN="a.e30.c")["Authorization"] == "Bearer a.e30.c"
    with pytest.raises(CliError, match=r"this stage wants a token \(conclave login --stage dev, or export"):
        credential(OUTPUTS, None, "", {}, str, " --stage dev")
