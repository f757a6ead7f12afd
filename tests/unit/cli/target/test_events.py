"""A client of events: over a connection as long as there is one, by asking where there is none, and nothing twice or never."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from cli.errors import CliError
from cli.target.events import ATTEMPTS, QUIET_SECONDS, RunEvents


class Time:
    """Time that passes when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Wire:
    """A connection: what it will say, in order. A number is silence for so long; None breaks it."""

    def __init__(self, time: Time, *says: Any) -> None:
        self.time, self.says, self.sent, self.closed = time, list(says), list[Any](), False

    def send(self, message: str) -> None:
        self.sent.append(json.loads(message))

    def recv(self, timeout: float | None = None) -> str:
        said = self.says.pop(0) if self.says else 1e9
        if said is None:
            raise ConnectionError
        if isinstance(said, dict):
            return json.dumps(said)
        silence = min(float(said), timeout or 0.0)
        self.time.sleep(silence)
        if said > silence:
            self.says.insert(0, said - silence)
        if said > silence or not self.says:
            raise TimeoutError
        return self.recv((timeout or 0.0) - silence)

    def close(self) -> None:
        self.closed = True


def message(*ordinals: int, after: int = 0, over: bool = False) -> dict[str, Any]:
    events = [{"ordinal": number, "kind": "phase"} for number in ordinals]
    return {"run_id": "run-1", "after": after, "events": events, "over": over}


class Api:
    """Gives tickets and events."""

    def __init__(self, *told: dict[str, Any], code: str = "") -> None:
        self.told, self.code, self.asked, self.tickets = list(told), code, list[int](), 0

    def listen(self, run_id: str, kinds: Sequence[str]) -> dict[str, Any]:
        if self.code:
            raise CliError("no", code=self.code)
        self.tickets += 1
        return {"ticket": f"{run_id}.{self.tickets}/+"}

    def events(self, run_id: str, after: int, kinds: Sequence[str]) -> dict[str, Any]:
        if self.code == "run_unknown":
            raise CliError("no", code=self.code)
        self.asked.append(after)
        return self.told.pop(0) if self.told else message(after=after)


def client(
    api: Any, wires: list[Wire], time: Time, url: str = "ws://here/live", **more: Any
) -> tuple[RunEvents, list[str]]:
    opened: list[str] = []

    def connect(where: str) -> Wire:
        opened.append(where)
        if not wires:
            raise ConnectionRefusedError
        return wires.pop(0)

    return RunEvents(api, url, "run-1", clock=time, sleep=time.sleep, connect=connect, **more), opened


def ordinals(events: list[dict[str, Any]]) -> list[int]:
    return [event["ordinal"] for event in events]


def test_events_come_over_a_connection_until_the_run_is_over() -> None:
    time = Time()
    wire = Wire(time, message(1, 2), 1.0, message(3, after=2), message(4, after=3, over=True))
    heard, opened = client(Api(), [wire], time)
    assert ordinals(heard.next(10)) == [1, 2]
    assert ordinals(heard.next(10)) == [3]
    assert (heard.over, heard.pushed) == (False, True)
    assert ordinals(heard.next(10)) == [4]
    assert heard.over
    assert opened == ["ws://here/live?ticket=run-1.1%2F%2B"]
    assert wire.sent == [{"after": 0}]
    heard.close()
    assert wire.closed


def test_what_is_missing_is_asked_for_and_what_is_doubled_left_out() -> None:
    time = Time()
    wire = Wire(
        time, message(1), message(3, after=2), message(2, 3, after=1), message(2, 3, after=1), message(4, after=3)
    )
    heard, _ = client(Api(), [wire], time)
    got = [ordinal for _ in range(3) for ordinal in ordinals(heard.next(10))]
    assert got == [1, 2, 3, 4]
    assert wire.sent == [{"after": 0}, {"after": 1}]


def test_a_quiet_connection_is_asked_whether_the_last_message_was_lost() -> None:
    time = Time()
    wire = Wire(time, message(1), QUIET_SECONDS + 1, message(2, after=1, over=True))
    heard, _ = client(Api(), [wire], time)
    heard.next(1)
    assert heard.next(1) == []
    assert wire.sent == [{"after": 0}]
    assert ordinals(heard.next(60)) == [2]
    assert wire.sent == [{"after": 0}, {"after": 1}]


def test_a_connection_that_breaks_is_opened_anew_and_goes_on_where_it_was() -> None:
    time = Time()
    first, second = Wire(time, message(1), None), Wire(time, message(2, after=1))
    api = Api()
    heard, opened = client(api, [first, second], time, after=0)
    assert ordinals(heard.next(10)) == [1]
    assert ordinals(heard.next(10)) == [2]
    assert first.closed
    assert second.sent == [{"after": 1}]
    assert len(set(opened)) == 2


@pytest.mark.parametrize("url", ["", "ws://here/live"])
def test_without_a_connection_it_asks(url: str) -> None:
    time = Time()
    api = Api(message(), message(1, 2), message(3, after=2, over=True))
    heard, opened = client(api, [], time, url)
    assert ordinals(heard.next(10)) == [1, 2]
    assert ordinals(heard.next(10)) == [3]
    assert heard.over
    assert api.asked == [0, 0, 2]
    assert len(opened) == (ATTEMPTS if url else 0)
    assert time.now > 0


def test_time_is_over_without_an_event() -> None:
    time = Time()
    heard, _ = client(Api(), [], time, "")
    assert heard.next(3) == []
    assert time.now == pytest.approx(3)


def test_an_older_stage_that_gives_no_tickets_is_asked() -> None:
    time = Time()
    heard, opened = client(Api(message(1), code="forbidden"), [], time)
    assert ordinals(heard.next(1)) == [1]
    assert opened == []


def test_an_unknown_run_is_told() -> None:
    heard, _ = client(Api(code="run_unknown"), [], Time())
    with pytest.raises(CliError):
        heard.next(1)


def test_waiting_ends_with_an_event_and_not_at_all_without_a_connection() -> None:
    time = Time()
    heard, _ = client(Api(), [Wire(time, 1.0, message(1))], time)
    assert heard.wait(4)
    assert time.now == pytest.approx(1)
    for api, url in ((Api(), ""), (Api(code="run_unknown"), "ws://x"), (Api(), "ws://x")):
        alone, _ = client(api, [], time, url)
        before = time.now
        assert not alone.wait(4)
        assert time.now == before


def test_what_is_not_a_message_counts_as_a_broken_connection() -> None:
    time = Time()
    refusal = {"error": {"code": "query_invalid", "message": "x"}}
    heard, _ = client(Api(message(1)), [Wire(time, refusal) for _ in range(ATTEMPTS)], time)
    assert ordinals(heard.next(1)) == [1]
