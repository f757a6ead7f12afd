"""The model of any one agent of the airline, or of framing, throttled, absent, hanging or answering garbage: still a decision.

The agent under test asks over the wire, by Strands and the deployed chain; the others are answered in this process.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import pytest
from conclave.adapters.models import strands_model
from conclave.adapters.models.bedrock import BedrockExtractor
from conclave.adapters.models.passing import OneRepeat
from conclave.adapters.models.strands_model import StrandsModel
from conclave.agents.assess import ModelPort, Question
from conclave.agents.extraction import readable
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.api.documents import run_document
from conclave.audit.chain import read_chain
from conclave.clock import Deadline, SystemClock, timestamp
from conclave.pack import Agent, Pack, load_pack
from conclave.records.runs import Run
from conclave.routing.chains import FRAMING, FRAMING_TIER, routes
from conclave.steps.frame import FramingFailed
from conclave.testing.bus import RecordingBus
from conclave.testing.journal import MemoryJournal
from conclave.testing.room import Room
from conclave.testing.run_store import MemoryRunStore
from conclave.testing.tables import MemoryTables
from conclave.types import Decision, RunStatus, Trouble
from msgspec.structs import replace
from questions import closed_later
from stand_in import StandIn

from local.bedrock.offline.in_process import PolicyModel, PolicyRuntime

DAY = "2026-11-21"
RECEIVED = f"{DAY}T04:00:00Z"
LIMIT_SECONDS = 6
"""Of every agent: short, so that hanging models do not hold up the gate."""
RESERVE_SECONDS = 1.0
# A model reads the report, and tables are read once.
AIRLINE: Pack = replace(load_pack("airline"), read_plainly=None)
TABLES = MemoryTables(AIRLINE.tables, {name: list(items) for name, items in AIRLINE.sample(DAY, 1).items()})
PRICES = price_table()
WHO = (*(agent.name for agent in AIRLINE.agents), FRAMING)
ABSENT = (
    ({"code": "ResourceNotFoundException"}, Trouble.ABSENT),
    ({"code": "AccessDeniedException"}, Trouble.DENIED),
    ({"code": "ValidationException"}, Trouble.REFUSED),
    ({"code": "ValidationException", "message": "Input is too long for requested model."}, Trouble.TOO_LONG),
)
"""Ways not to be there for a request, which agents meet in turn."""
TROUBLES: Mapping[str, tuple[Mapping[str, Any], Trouble]] = {
    "throttled": ({"kind": "throttle"}, Trouble.THROTTLED),
    "absent": ({"kind": "error"}, Trouble.ABSENT),
    "hanging": ({"kind": "hang"}, Trouble.LATE),
    "garbage": ({"kind": "malformed"}, Trouble.UNUSABLE),
}


class Timed:
    """A model whose answers are timed."""

    def __init__(self, model: StrandsModel) -> None:
        self._model = model
        self.model_id = model.model_id
        self.seconds: list[float] = []

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        began = time.monotonic()
        try:
            return self._model.ask(question, meter)
        finally:
            self.seconds.append(time.monotonic() - began)


@dataclass(frozen=True, slots=True)
class Played:
    """A run with one agent, or framing, on the wire."""

    room: Room
    runs: MemoryRunStore
    asked: list[Timed]

    def deliberate(self) -> Decision:
        return self.room.deliberate("run-1")

    @property
    def document(self) -> dict[str, Any]:
        return run_document(
            "run-1",
            pack=AIRLINE,
            runs=self.runs,
            journal=self.room.journal,
            stage="test",
            clock=self.room.clock,
        )

    @property
    def audit(self) -> list[Mapping[str, Any]]:
        return [each.entry.body for each in read_chain("run-1", self.runs.audit("run-1"))]


def played(stand_in: StandIn | None, who: str, limit: float = LIMIT_SECONDS) -> Played:
    runs, asked = MemoryRunStore(), list[Timed]()
    moment = datetime.fromisoformat(RECEIVED).astimezone(UTC)
    runs.create(
        Run(
            run_id="run-1",
            status=RunStatus.RUNNING,
            pack=AIRLINE.name,
            created_at=timestamp(moment),
            updated_at=timestamp(moment),
            correlation_id="c",
            text=AIRLINE.examples(DAY)[0],
        )
    )

    def model(agent: Agent) -> ModelPort:
        if agent.name != who:
            return PolicyModel(PRICES.model(agent.tier))
        chain = routes().chain(agent.kind, agent.tier, PRICES.tiers)
        made = StrandsModel(chain, "gr-1", "1", limit)
        closed_later(made)
        asked.append(Timed(made))
        return asked[-1]

    client: Any = stand_in.client(read_timeout=limit / 4) if stand_in else PolicyRuntime()
    extractor = BedrockExtractor(
        client,
        routes().chain(FRAMING, FRAMING_TIER, PRICES.tiers),
        "gr-1",
        "1",
        "run-1",
        OneRepeat(deadline=Deadline(limit), reserve_seconds=RESERVE_SECONDS),
        readable=lambda answer: readable(AIRLINE, answer),
    )
    # Checks have as long as their agent: on a busy machine one could be late, and the run would halt for want of facts.
    room = Room(
        pack=replace(AIRLINE, agents=tuple(replace(each, time_limit=limit) for each in AIRLINE.agents)),
        runs=runs,
        journal=MemoryJournal(),
        tables=TABLES,
        extractor=extractor,
        models=model,
        prices=PRICES,
        bus=RecordingBus(),
        clock=SystemClock(moment),
    )
    return Played(room, runs, asked)


def calls(stand_in: StandIn, who: str) -> list[str]:
    return [each["model"] for each in stand_in.exchanges() if each["agent"] == who]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strands_model, "REPEAT_RESERVE_SECONDS", RESERVE_SECONDS)
    monkeypatch.setattr(strands_model, "ANSWER_RESERVE_SECONDS", RESERVE_SECONDS)


@lru_cache(maxsize=1)
def undisturbed() -> tuple[Decision, Mapping[str, tuple[str, int]]]:
    """The run without a fault, in this process: its decision, and the model and calls of each agent and of framing."""
    run = played(None, "", 10 * LIMIT_SECONDS)
    decision = run.deliberate()
    asked: dict[str, tuple[str, int]] = {}
    for each in run.document["agents"]:
        assert each["stood_in"] is None
        asked[each["name"]] = (each["model"], asked.get(each["name"], ("", 0))[1] + each["model_calls"])
    return decision, asked


def holds(node: Any, wanted: Any) -> bool:
    """True if a value stands somewhere in a document."""
    inside = node.values() if isinstance(node, Mapping) else node if isinstance(node, list | tuple) else ()
    return bool(node == wanted) or any(holds(each, wanted) for each in inside)


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("who", WHO)
def test_another_model_answers_and_the_run_says_so(stand_in: StandIn, who: str, trouble: str) -> None:
    wanted, asked = undisturbed()
    model, usual = asked[who]
    fault, because = TROUBLES[trouble]
    code: Mapping[str, str] = {}
    if trouble == "absent":
        code, because = ABSENT[WHO.index(who) % len(ABSENT)]
        # Framing needs no agent framework, which is what tells by its words that a request is too long.
        assert who != FRAMING or because is not Trouble.TOO_LONG
    stand_in.fault(**fault, **code, count=None, match={"agent": who, "model": model})
    # Only a call that hangs is waited for: on a busy machine any other could be late, too, and would be told as that.
    limit = LIMIT_SECONDS if trouble == "hanging" else 4 * LIMIT_SECONDS
    run = played(stand_in, who, limit)
    decision = run.deliberate()

    assert wanted.option_id
    assert (decision.status, decision.option_id) == (wanted.status, wanted.option_id)
    assert not decision.degraded
    made = calls(stand_in, who)
    assert made[0] == model
    assert len(made) <= 2 * usual
    assert all(seconds < LIMIT_SECONDS + 1 for each in run.asked for seconds in each.seconds)
    # What stood in is in the decision, in what `show` shows, and in the audit.
    (reason,) = {each.detail: each for each in decision.reasons if each.code == "model_stood_in"}.values()
    assert reason.agent == who
    assert reason.detail == f"{made[-1]} answered in place of {model} ({because.value})"
    mine = [each for each in run.document["agents"] if each["name"] == who]
    assert mine
    told = {"model": made[-1], "wanted": model, "because": because.value}
    for each in mine:
        assert each["model"] == made[-1] != model
        assert each["stood_in"] == {**told, "agent": each["stood_in"]["agent"]}
    assert holds(run.audit, told)


@pytest.mark.parametrize("trouble", ["throttled", "garbage"])
@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        ("maintenance", RunStatus.HALTED, "safety_agent_unavailable"),
        ("finance", None, "business_agent_unavailable"),
        ("arbiter", RunStatus.HALTED, "arbiter_unavailable"),
    ],
)
def test_where_nobody_stands_in_the_rules_of_failure_hold_after_two_calls(
    stand_in: StandIn, who: str, status: RunStatus | None, code: str, trouble: str
) -> None:
    stand_in.fault(**TROUBLES[trouble][0], count=None, match={"agent": who})
    run = played(stand_in, who, 4 * LIMIT_SECONDS)
    decision = run.deliberate()
    assert decision.status is status if status else decision.option_id and decision.degraded
    assert (code, who if who != "arbiter" else "") in {(each.code, each.agent) for each in decision.reasons}
    asked = calls(stand_in, who)
    phases = len(run.asked)
    assert len(asked) <= 2 * phases
    assert len(set(asked)) == 2, "both models of the chain were asked"


@pytest.mark.parametrize("trouble", ["throttled", "hanging"])
def test_where_nobody_reads_the_report_framing_fails_in_time(stand_in: StandIn, trouble: str) -> None:
    stand_in.fault(**TROUBLES[trouble][0], count=None, match={"agent": FRAMING})
    began = time.monotonic()
    with pytest.raises(FramingFailed):
        played(stand_in, FRAMING).deliberate()
    assert time.monotonic() - began < LIMIT_SECONDS + 1
    assert len(calls(stand_in, FRAMING)) == 2
