"""An answer as an event stream, at the pace of the latency model, and what a fault makes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from local.bedrock.wire import eventstream, tokens
from local.bedrock.wire.faults import Fault, FaultKind

_TEXT_CHUNK = 48
_FRAMES_BEFORE_A_FAULT = 3
_FRAMES_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished answer, ready to be sent whole or as a stream."""

    content: Sequence[dict[str, Any]]
    stop_reason: str
    usage: Mapping[str, int]
    trace: Mapping[str, Any]
    first_token: float
    per_token: float
    fault: Fault | None = None

    @property
    def seconds(self) -> float:
        """Seconds that it took, as the latency model says."""
        return self.first_token + self.per_token * self.usage["outputTokens"]


async def frames(outcome: Outcome) -> AsyncIterator[bytes]:
    """The event stream of an answer, at the pace of the latency model."""
    await asyncio.sleep(outcome.first_token)
    yield eventstream.event("messageStart", {"role": "assistant"})
    for index, block in enumerate(outcome.content):
        at = {"contentBlockIndex": index}
        use = block.get("toolUse")
        if use:
            start = {"toolUse": {"toolUseId": use["toolUseId"], "name": use["name"]}}
            yield eventstream.event("contentBlockStart", {"start": start, **at})
        text = json.dumps(use["input"]) if use else block.get("text", "")
        for offset in range(0, len(text), _TEXT_CHUNK):
            piece = text[offset : offset + _TEXT_CHUNK]
            await asyncio.sleep(outcome.per_token * tokens.estimate(piece))
            delta: dict[str, Any] = {"toolUse": {"input": piece}} if use else {"text": piece}
            yield eventstream.event("contentBlockDelta", {"delta": delta, **at})
        yield eventstream.event("contentBlockStop", at)
    yield eventstream.event("messageStop", {"stopReason": outcome.stop_reason})
    metadata: dict[str, Any] = {"usage": outcome.usage, "metrics": {"latencyMs": round(outcome.seconds * 1000)}}
    yield eventstream.event("metadata", metadata | ({"trace": {"guardrail": outcome.trace}} if outcome.trace else {}))


async def broken(whole: AsyncIterator[bytes], fault: Fault, request: Request) -> AsyncIterator[bytes]:
    """The first frames of an answer, and then what the fault makes of the rest."""
    for _ in range(_FRAMES_BEFORE_A_FAULT):
        yield await anext(whole)
    if fault.kind is FaultKind.STREAM_ERROR:
        yield eventstream.exception(fault.code, fault.message or "The stream failed on purpose.")
    if fault.kind is FaultKind.CUT:
        await asyncio.sleep(0)
        drop(request)
    delta = {"delta": {"text": " and so on"}, "contentBlockIndex": 0}
    endless = {
        FaultKind.ENDLESS: eventstream.event("contentBlockDelta", delta),
        FaultKind.PINGS: eventstream.event("ping", {}),
    }.get(fault.kind)
    while endless and not await request.is_disconnected():
        yield endless if fault.seconds else endless * _FRAMES_AT_ONCE
        await asyncio.sleep(fault.seconds)


def drop(request: Request) -> None:
    """Drops the connection without another word, as a network does. Only uvicorn's own cycle has hold of it."""
    request.receive.__self__.transport.abort()  # type: ignore[attr-defined]
