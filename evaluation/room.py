"""A run in process, answered by the offline policy: the engine's own steps, no AWS, no agent framework, no sockets."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from conclave.agents import AnswerInvalid, Question
from conclave.answers import answer_type
from conclave.clock import timestamp
from conclave.codec import decode, encode
from conclave.exchange import Meter
from conclave.pack import Agent, Pack
from conclave.prices import price_table
from conclave.room import Room
from conclave.runs import FRAME, MemoryJournal, MemoryRunStore, Run
from conclave.tables import Tables
from conclave.types import Decision, Frame, RunStatus
from pydantic import ValidationError

from local.bedrock import policy

TURNS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run came to.

    Attributes:
        decision: The published decision.
        frame: Incident and options; ``None`` when the incident fitted no data.
        duration_seconds: Wall time of the run.
    """

    decision: Decision
    frame: Frame | None
    duration_seconds: float


@dataclass(slots=True)
class _Bus:
    sent: list[Mapping[str, Any]] = field(default_factory=list)

    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        self.sent.append(detail)


class OfflineModel:
    """The offline policy behind the engine's model port: the same prompt and answer types as on Bedrock."""

    def __init__(self, model_id: str) -> None:
        self.model_id = model_id

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        """See ``conclave.agents.ModelPort``."""
        expected = answer_type(question.phase, question.option_ids, question.fields)
        offered = {tool.name: tool for tool in question.tools}
        schemas = {
            **{name: tool.input_schema for name, tool in offered.items()},
            expected.__name__: expected.model_json_schema(),
        }
        messages: list[dict[str, Any]] = [{"role": "user", "content": [{"text": question.user}]}]
        request = {
            "messages": messages,
            "system": [{"text": question.system}],
            "toolConfig": {
                "tools": [
                    {"toolSpec": {"name": name, "inputSchema": {"json": schema}}} for name, schema in schemas.items()
                ]
            },
            "requestMetadata": dict(question.metadata),
        }
        for turn in range(TURNS):
            with meter.exchange(self.model_id, request):
                reply = policy.reply(request)
            for call in reply.calls:
                if call.name == expected.__name__:
                    return _validated(expected, call.input)
            _answer_tools(messages, reply, turn, question, offered)
        raise AnswerInvalid(f"no answer within {TURNS} turns")


def _validated(expected: Any, values: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        answer: Mapping[str, Any] = expected.model_validate(values).model_dump(mode="json")
    except ValidationError as error:
        raise AnswerInvalid(str(error)) from error
    return answer


def _answer_tools(
    messages: list[dict[str, Any]], reply: policy.Reply, turn: int, question: Question, offered: Mapping[str, Any]
) -> None:
    uses, results = [], []
    for number, call in enumerate(reply.calls):
        use_id = f"{turn}-{number}"
        uses.append({"toolUse": {"toolUseId": use_id, "name": call.name, "input": call.input}})
        executed = question.call(offered[call.name], call.input)
        content = [{"text": encode(executed.result).decode()}]
        results.append({"toolResult": {"toolUseId": use_id, "status": "success", "content": content}})
    messages.append({"role": "assistant", "content": uses or [{"text": reply.text}]})
    messages.append({"role": "user", "content": results or [{"text": "Answer now by calling the answer tool."}]})


class OfflineExtractor:
    """The offline policy's reading of a sentence. See ``conclave.framing.Extractor``."""

    def extract(self, text: str, schema: Mapping[str, Any], received: str, meter: Meter) -> Mapping[str, Any]:
        """See ``Extractor.extract``."""
        prompt = f"<received>{received}</received>\n<text>{encode(text).decode()}</text>"
        request = {
            "messages": [{"role": "user", "content": [{"text": prompt}]}],
            "toolConfig": {"tools": [{"toolSpec": {"name": "incident", "inputSchema": {"json": dict(schema)}}}]},
        }
        with meter.exchange(price_table().model("fast"), request):
            reply = policy.reply(request)
        return reply.calls[0].input if reply.calls else {}


def decide(
    *, pack: Pack, tables: Tables, received: str, text: str = "", incident: Mapping[str, Any] | None = None
) -> Outcome:
    """Takes one report to its published decision.

    Args:
        pack: The domain.
        tables: Its data.
        received: Time of receipt, ISO 8601 UTC; the clock of the run stands still there.
        text: The report as a sentence, or
        incident: as typed fields.
    """
    moment = datetime.fromisoformat(received).astimezone(UTC)
    runs, journal = MemoryRunStore(), MemoryJournal()
    stamp = timestamp(moment)
    runs.create(
        Run(
            run_id="run",
            status=RunStatus.RUNNING,
            pack=pack.name,
            created_at=stamp,
            updated_at=stamp,
            correlation_id="evaluation",
            text=text,
            incident=dict(incident or {}),
        )
    )
    prices = price_table()

    def model(agent: Agent) -> OfflineModel:
        return OfflineModel(prices.model(agent.tier))

    room = Room(
        pack=pack,
        runs=runs,
        journal=journal,
        tables=tables,
        extractor=OfflineExtractor(),
        models=model,
        prices=prices,
        bus=_Bus(),
        clock=lambda: moment,
    )
    began = time.monotonic()
    decision = room.deliberate("run")
    taken = time.monotonic() - began
    stored = runs.read("run", [FRAME])
    frame = decode(stored[FRAME], Frame) if FRAME in stored else None
    return Outcome(decision=decision, frame=frame, duration_seconds=round(taken, 4))
