"""``login`` and ``logout``: what a person sees, with a browser that opens and with one that does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cli.errors import CliError, ExitCode

URL = "https://pool.example.org/oauth2/authorize?state=" + "s" * 200


class FakeSignIn:
    """Shows a page, and is over at once."""

    def __init__(self, ended: str = "ended", refusal: CliError | None = None) -> None:
        self.ended, self.refusal = ended, refusal
        self.left: list[float] = []

    def sign_in(self, show: Callable[[str], None], left: Callable[[], float]) -> str:
        show(URL)
        self.left.append(left())
        if self.refusal:
            raise self.refusal
        return "2026-11-21T10:30:00.000Z"

    def sign_out(self) -> str:
        return self.ended


def test_the_page_is_opened_and_told_and_the_token_is_not_shown(room: Any) -> None:
    room.signing_in = FakeSignIn()
    done = room("login", "--stage", "dev", "--timeout", "60", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"stage": "dev", "pack": "airline", "expires_at": "2026-11-21T10:30:00.000Z"}
    assert done.stderr.strip() == URL
    assert room.browsed == [URL]
    assert room.signing_in.left == [60]


@pytest.mark.parametrize(("arguments", "browses"), [(("--no-browser",), True), ((), False)])
def test_without_a_browser_the_url_is_there_to_be_copied(room: Any, arguments: Any, browses: bool) -> None:
    room.signing_in, room.browser = FakeSignIn(), browses
    done = room("login", "--stage", "dev", *arguments)
    assert done.stderr.splitlines() == ["open this page in a browser on this machine:", URL]
    assert done.stdout.strip() == "signed in to dev"


def test_a_sign_in_that_fails_is_one_line(room: Any) -> None:
    room.signing_in = FakeSignIn(refusal=CliError("nobody signed in in time", exit_code=ExitCode.TIMEOUT))
    done = room("login", "--stage", "dev", "--no-browser")
    assert done.exit_code == ExitCode.TIMEOUT
    assert done.stderr.splitlines()[-1] == "error: nobody signed in in time"


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        ("ended", "signed out"),
        ("none", "nobody was signed in"),
        ("kept_by_pool", "signed out here; the user pool did not answer, so its tokens end by themselves"),
    ],
)
def test_signing_out_says_how_far_it_went(room: Any, ended: str, said: str) -> None:
    room.signing_in = FakeSignIn(ended)
    assert room("logout", "--stage", "dev").stdout.strip() == said
    told = json.loads(room("logout", "--stage", "dev", "--json").stdout)
    assert told == {"signed_out": ended != "none", "ended": ended}
