"""The example passes on each event once, also to a browser that comes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from examples.events import app as example

EVENTS = [{"ordinal": number, "kind": "phase", "state": "begun"} for number in range(1, 6)]


class Run:
    """A run whose connections break after some messages; each lets one event of every two get lost."""

    def __init__(self, breaks_after: int) -> None:
        self.breaks_after = breaks_after
        self.tickets: list[str] = []
        self.opened: list[str] = []

    async def ticket(self, run_id: str) -> str:
        if run_id != "run-1":
            raise LookupError(run_id)
        self.tickets.append(f"t{len(self.tickets)}")
        return self.tickets[-1]

    @asynccontextmanager
    async def connect(self, url: str) -> AsyncIterator[Any]:
        self.opened.append(url)
        yield Wire(self.breaks_after)


class Wire:
    """A connection that answers what is asked, after a message that leaves something out."""

    def __init__(self, breaks_after: int) -> None:
        self.left, self.says = breaks_after, list[dict[str, Any]]()

    async def send(self, message: str) -> None:
        after = json.loads(message)["after"]
        wanted = EVENTS[after : after + 2]
        self.says += [
            {"after": after + 1, "events": EVENTS[after + 1 : after + 2], "over": False},
            {"after": after, "events": wanted, "over": after + 2 >= len(EVENTS)},
        ]

    async def recv(self) -> str:
        if not self.left or not self.says:
            raise ConnectionError
        self.left -= 1
        return json.dumps(self.says.pop(0))


def get(run: Run, path: str = "/runs/run-1/events", **headers: str) -> httpx.Response:
    application = example.create(run.ticket, "wss://socket/live", run.connect)

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(asked())


def seen(response: httpx.Response) -> list[tuple[str, str]]:
    blocks = [
        dict(line.split(": ", 1) for line in each.splitlines()) for each in response.text.split("\r\n\r\n") if each
    ]
    return [(block.get("id", ""), block["event"]) for block in blocks]


@pytest.mark.parametrize("breaks_after", [2, 3, 100])
def test_every_event_comes_once_however_connections_break(monkeypatch: pytest.MonkeyPatch, breaks_after: int) -> None:
    monkeypatch.setattr(example, "PAUSE_SECONDS", 0.0)
    run = Run(breaks_after)
    response = get(run)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert seen(response) == [*((str(number), "phase") for number in range(1, 6)), ("", "over")]
    assert len(run.opened) == len(run.tickets)
    assert run.opened[0] == "wss://socket/live?ticket=t0"


def test_a_browser_that_comes_back_gets_what_it_has_not_seen() -> None:
    assert seen(get(Run(100), **{"Last-Event-ID": "3"})) == [("4", "phase"), ("5", "phase"), ("", "over")]


@pytest.mark.parametrize(
    ("path", "given", "status"), [("/runs/run-2/events", "0", 404), ("/runs/run-1/events", "x", 400)]
)
def test_what_cannot_be_followed_is_refused(path: str, given: str, status: int) -> None:
    assert get(Run(100), path, **{"Last-Event-ID": given}).status_code == status
