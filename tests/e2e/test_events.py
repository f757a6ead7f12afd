"""Events on the deployed stacks: how soon the first one comes, and that a client which leaves and comes back misses nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conclave.pack import load_pack

from bench.events import AT_MOST, MODEL_SECONDS, measured, models_take
from cli.ports import Target
from cli.services import Services
from cli.target import account
from cli.target.events import RunEvents

pytestmark = pytest.mark.e2e


@pytest.fixture
def sentence(conclave: Any) -> Callable[[int], str]:
    day = str(conclave.json("seed")["date"])
    return lambda number: load_pack("airline").examples(day)[number]


@pytest.fixture
def models_take_a_second(conclave: Any) -> Iterator[None]:
    """The stand-in answers as soon as it can: a run without a model's time has its decision within a second."""
    with models_take(MODEL_SECONDS, conclave.bedrock_endpoint):
        yield


@pytest.mark.usefixtures("models_take_a_second")
def test_the_first_event_comes_long_before_the_decision(services: Services, sentence: Callable[[int], str]) -> None:
    figures = measured(services, Target("local", "airline"), sentence(0))
    assert figures["pushed"]
    assert figures["first_seconds"] <= AT_MOST * figures["decided_seconds"]
    assert figures["missed"] == figures["doubled"] == 0


def test_a_client_that_leaves_and_comes_back_misses_nothing(services: Services, sentence: Callable[[int], str]) -> None:
    target = Target("local", "airline")
    api = services.api(target)
    url = account.socket_url(account.account_for(target), target)
    run_id = str(api.submit({"text": sentence(1)}, services.fresh_key())["run_id"])
    seen: list[int] = []
    end = time.monotonic() + 120
    over = False
    while not over and time.monotonic() < end:
        heard = RunEvents(api, url, run_id, after=max(seen, default=0), clock=time.monotonic, sleep=time.sleep)
        seen += [event["ordinal"] for event in heard.next(5)]
        assert heard.pushed
        over = heard.over
        heard.close()
    assert over
    kept = api.events(run_id, 0, ())["events"]
    assert seen == [event["ordinal"] for event in kept]
    assert kept[-1]["kind"] == "decision"
    assert kept[-1]["state"] == api.run(run_id)["status"]
    assert {"run", "phase", "agent", "tool", "decision"} == {event["kind"] for event in kept}
