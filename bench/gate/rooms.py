"""Runs of a version in rooms of this process: real planner, tools, rules and steps, the offline policy, and time that is counted.

The policy stands in for a model that does what its prompt says: it reads a fact's text for dangers only where the rules ask for
it. What a model takes in time follows from what it reads and writes; the clock of an agent is its thread's.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from conclave.agents.assess import Question
from conclave.agents.meter import Meter
from conclave.agents.prices import PriceTable, price_table
from conclave.clock import timestamp
from conclave.codec import decode
from conclave.pack import Agent, Pack
from conclave.pack.tables import Tables
from conclave.records.run_records import records_of
from conclave.records.runs import Run
from conclave.rollout.measured import Seen, seen_in
from conclave.testing.journal import MemoryJournal
from conclave.testing.room import Room
from conclave.testing.run_store import MemoryRunStore
from conclave.types import Choice, Phase, RunStatus, Side
from msgspec import structs

from bench.gate.versions import REMARK_RULE, Speech, Version
from local.bedrock.offline import policy
from local.bedrock.offline.in_process import PolicyModel, policy_extractor
from local.bedrock.wire import tokens

FIRST_TOKEN_SECONDS, TOKEN_SECONDS, READ_SECONDS = 0.6, 0.012, 0.00002
DANGER = "conclave-danger"
"""Stands in a text and means something that no rule knows."""
_TIERS = {"fast": 0, "balanced": 1, "strong": 1, "reasoning": 1}
"""Tiers by the model that stands behind them here: two models, so that a tier lower is another model."""


class Silent(Exception):
    """A model gave no answer."""


class ThreadClock:
    """A wall clock that stands still, and seconds that each thread counts for itself."""

    def __init__(self, at: datetime) -> None:
        self._at, self._own = at, threading.local()

    def __call__(self) -> datetime:
        """See ``Timepiece``."""
        return self._at

    def monotonic(self) -> float:
        """See ``Timepiece``."""
        return float(getattr(self._own, "seconds", 0.0))

    def sleep(self, seconds: float) -> None:
        """See ``Timepiece``."""
        self._own.seconds = self.monotonic() + seconds


def prices() -> PriceTable:
    """The prices, with the dearer model behind every tier but the fast one."""
    table = price_table()
    models = sorted(table.models, key=lambda each: table.models[each].output)
    return structs.replace(table, tiers={tier: models[place] for tier, place in _TIERS.items()})


class SpokenModel(PolicyModel):
    """The model of an agent in a version."""

    def __init__(self, model_id: str, agent: Agent, speech: Speech, clock: ThreadClock, draw: Random) -> None:
        super().__init__(model_id)
        self._agent, self._speech, self._clock, self._draw = agent, speech, clock, draw
        self._phase = Phase.RECOMMEND
        self._system = ""

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        """See ``ModelPort.ask``."""
        self._phase = question.phase or Phase.RECOMMEND
        self._system = self._speech.system(self._agent, question.system)
        return super().ask(structs.replace(question, system=self._system), meter)

    def _reply(self, request: Mapping[str, Any], meter: Meter) -> policy.Reply:
        speech, agent = self._speech, self._agent
        for _ in range(speech.turns(agent) - 1):
            self._exchange(request, meter, policy.Reply(text="thinking"))
        if speech.fails(agent, self._draw):
            with meter.exchange(self.model_id, request):
                raise Silent
        reply = policy.reply(request, self._read)
        said = tuple(
            policy.ToolCall(call.name, self._said(dict(call.input), request)) if _is_answer(call.input) else call
            for call in reply.calls
        )
        return self._exchange(request, meter, policy.Reply(text=reply.text, calls=said))

    def _said(self, answer: dict[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
        if self._phase is Phase.RECOMMEND and REMARK_RULE in self._system and DANGER in _told(request):
            field = self._agent.fields[0]
            added = {"field": field, "operator": "<=", "value": 100_000, "evidence_id": "", "reason": "a danger"}
            answer["constraints"] = [added]
        return self._speech.answer(self._agent, self._phase, answer)

    def _exchange(self, request: Mapping[str, Any], meter: Meter, reply: policy.Reply) -> policy.Reply:
        speech, agent = self._speech, self._agent
        read = int(self._count(request) * speech.read(agent))
        words = reply.text + "".join(str(call.input) for call in reply.calls)
        written = max(1, int(tokens.estimate(words) * speech.written(agent)))
        with meter.exchange(self.model_id, request) as exchange:
            taken = FIRST_TOKEN_SECONDS + written * TOKEN_SECONDS + read * READ_SECONDS
            self._clock.sleep(taken * speech.seconds(agent))
            exchange.use({"inputTokens": read, "outputTokens": written})
            exchange.stop_reason = "tool_use" if reply.calls else "end_turn"
        return reply


def _is_answer(given: Mapping[str, Any]) -> bool:
    return "verdict" in given or "option_id" in given


def _told(request: Mapping[str, Any]) -> str:
    return "".join(
        block["text"]
        for message in request["messages"]
        if message["role"] == "user"
        for block in message["content"]
        if "text" in block
    )


class _Bus:
    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        del detail_type, detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report to be decided, whatever the version.

    Attributes:
        name: Its name, and its run's id.
        received: When, ISO 8601 UTC.
        tables: The data.
        body: The text or the typed incident.
        halt_is_right: Whether something mandatory is missing.
        remark: The warning that a text in the data asks for.
    """

    name: str
    received: str
    tables: Tables
    body: Mapping[str, Any]
    halt_is_right: bool | None = None
    remark: str = ""


def run(version: Version, released: Pack, report: Report, side: Side) -> Seen:
    """Takes a report to its decision under a version; answers what its records show."""
    moment = datetime.fromisoformat(report.received).astimezone(UTC)
    runs, journal, stamp = MemoryRunStore(), MemoryJournal(), timestamp(moment)
    pack, table, clock = version.pack(released), prices(), ThreadClock(moment)
    runs.create(
        Run(
            run_id=report.name,
            status=RunStatus.RUNNING,
            pack=pack.name,
            created_at=stamp,
            updated_at=stamp,
            correlation_id="gate",
            text=report.body.get("text", ""),
            incident=report.body.get("incident", {}),
        )
    )

    def model(agent: Agent) -> SpokenModel:
        draw = Random(f"{version.name}/{report.name}/{agent.name}")
        return SpokenModel(table.model(agent.tier), agent, version.speech, clock, draw)

    room = Room(
        pack=pack,
        runs=runs,
        journal=journal,
        tables=report.tables,
        extractor=policy_extractor(table.model("fast")),
        models=model,
        prices=table,
        bus=_Bus(),
        clock=clock,
        settings=version.settings,
    )
    decision = room.deliberate(report.name)
    records = records_of(report.name, runs, pack)
    arbiter = pack.arbiter.name
    stored = journal.read(report.name, [arbiter], [Phase.ARBITRATE.value]).get((arbiter, Phase.ARBITRATE.value))
    choice = decode(stored, Choice) if stored else None
    places = {table.tiers[tier]: place for tier, place in _TIERS.items()}
    seen = seen_in(records, decision, choice, lambda each: places.get(each, -1))
    return structs.replace(seen, side=side)
