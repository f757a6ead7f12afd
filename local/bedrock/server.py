"""The stand-in for ``bedrock-runtime`` as an ASGI application, and its control endpoints.

Only wire concerns live here: parsing, errors, framing, usage, faults. What is answered comes from an ``Answerer``.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from local.bedrock.answerers import Answer, Answerer
from local.bedrock.attacks.hijacked import HijackedAnswerer
from local.bedrock.guardrails import guarding
from local.bedrock.wire import eventstream, requests, tokens
from local.bedrock.wire.faults import IN_STREAM, Fault, FaultBook, FaultInvalid, FaultKind
from local.bedrock.wire.latency import Latency
from local.bedrock.wire.streams import Outcome, broken, drop, frames

_KEPT_EXCHANGES = 2000
_LOOK_SECONDS = 0.05


@dataclass(slots=True)
class Exchange:
    """One request, for the counters."""

    operation: str
    model: str = ""
    agent: str = ""
    phase: str = ""
    run_id: str = ""
    at: float = field(default_factory=time.time)
    status: int = 200
    error: str = ""
    stop_reason: str = ""
    fault: str = ""
    tools: list[str] = field(default_factory=list)
    usage: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def words(self) -> dict[str, str]:
        """Names and values that a fault can match on."""
        return {name: getattr(self, name) for name in ("operation", "model", "agent", "phase", "run_id")}

    def listing(self) -> dict[str, Any]:
        """As JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


class BedrockRuntime:
    """The service: its state and its operations.

    Args:
        answerer: Who answers.
        policies: Where guardrails come from.
        latency: How long answers take.
        count_throttled: Is told the model of each call that is throttled.
    """

    def __init__(
        self,
        answerer: Answerer,
        policies: guarding.PolicySource,
        latency: Latency | None = None,
        count_throttled: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._count_throttled = count_throttled
        self._usual = answerer
        self._answerer = answerer
        self._policies = policies
        self._latency = latency or Latency()
        self._cache = tokens.PromptCache()
        self.faults = FaultBook()
        self.exchanges: deque[Exchange] = deque(maxlen=_KEPT_EXCHANGES)
        self.count = 0

    def answer_with(self, answerer: Answerer | None) -> None:
        """Lets somebody else answer from now on; ``None`` brings back who answered at first."""
        self._answerer = answerer or self._usual

    async def converse(self, request: Request) -> Response:
        """``Converse``."""
        exchange = self._open("Converse")
        try:
            outcome = await self._outcome(request, exchange)
            await asyncio.sleep(outcome.seconds)
        except requests.ServiceError as error:
            return self._failed(exchange, error)
        self._close(exchange, outcome)
        body: dict[str, Any] = {
            "output": {"message": {"role": "assistant", "content": list(outcome.content)}},
            "stopReason": outcome.stop_reason,
            "usage": outcome.usage,
            "metrics": {"latencyMs": round(outcome.seconds * 1000)},
        }
        return _json(body | ({"trace": {"guardrail": outcome.trace}} if outcome.trace else {}))

    async def converse_stream(self, request: Request) -> Response:
        """``ConverseStream``."""
        exchange = self._open("ConverseStream")
        try:
            outcome = await self._outcome(request, exchange)
        except requests.ServiceError as error:
            return self._failed(exchange, error)
        self._close(exchange, outcome)
        sent = frames(outcome)
        if outcome.fault is not None:
            sent = broken(sent, outcome.fault, request)
        return StreamingResponse(sent, media_type=eventstream.CONTENT_TYPE, headers=_request_id())

    async def count_tokens(self, request: Request) -> Response:
        """``CountTokens``, by the same estimate as the usage figures."""
        exchange = self._open("CountTokens")
        try:
            parameters = await self._parameters(request, exchange)
            await self._suffer(exchange, request)
        except requests.ServiceError as error:
            return self._failed(exchange, error)
        given = parameters["input"]
        if "converse" in given:
            return _json({"inputTokens": tokens.input_tokens(given["converse"])})
        body = base64.b64decode(given["invokeModel"]["body"]).decode(errors="replace")
        return _json({"inputTokens": tokens.estimate(body)})

    async def apply_guardrail(self, request: Request) -> Response:
        """``ApplyGuardrail``."""
        exchange = self._open("ApplyGuardrail")
        try:
            parameters = await self._parameters(request, exchange)
            await self._suffer(exchange, request)
            policy = await self._policies(parameters["guardrailIdentifier"], parameters["guardrailVersion"])
        except requests.ServiceError as error:
            return self._failed(exchange, error)
        texts = [block["text"]["text"] for block in parameters["content"] if "text" in block]
        full = parameters.get("outputScope") == "FULL"
        return _json(guarding.apply_answer(policy, texts, parameters["source"], full=full))

    async def _parameters(self, request: Request, exchange: Exchange) -> dict[str, Any]:
        parameters = requests.parse(exchange.operation, await request.body(), dict(request.path_params))
        metadata = parameters.get("requestMetadata") or {}
        exchange.model = parameters.get("modelId", "")
        exchange.agent, exchange.phase, exchange.run_id = (
            metadata.get(name, "") for name in ("agent", "phase", "run_id")
        )
        return parameters

    async def _suffer(self, exchange: Exchange, request: Request) -> Fault | None:
        """Lets the exchange hit its fault, if there is one.

        Raises:
            requests.ServiceError: What the fault says.
        """
        fault = self.faults.take(exchange.words())
        if fault is None:
            return None
        exchange.fault = fault.kind.value
        if fault.kind is FaultKind.THROTTLE:
            if self._count_throttled is not None and exchange.model:
                await self._count_throttled(exchange.model)
            raise requests.error_named("ThrottlingException", "Too many requests, please wait before trying again.")
        if fault.kind is FaultKind.ERROR:
            raise requests.error_named(fault.code, fault.message or "The request failed on purpose.")
        if fault.kind is FaultKind.RESET:
            drop(request)
        if fault.kind in (FaultKind.DELAY, FaultKind.HANG):
            await asyncio.sleep(fault.seconds)
        if fault.kind is FaultKind.HOLD:
            await self._held(fault)
        return fault

    async def _held(self, fault: Fault) -> None:
        until = time.monotonic() + fault.seconds
        while self.faults.has(fault) and time.monotonic() < until:
            await asyncio.sleep(_LOOK_SECONDS)

    async def _outcome(self, request: Request, exchange: Exchange) -> Outcome:
        parameters = await self._parameters(request, exchange)
        fault = await self._suffer(exchange, request)
        first, per = self._latency.draw(hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest())
        config = parameters.get("guardrailConfig") or {}
        identifier, version = config.get("guardrailIdentifier"), config.get("guardrailVersion")
        policy = await self._policies(identifier, version) if identifier and version else None
        trace: dict[str, Any] = {}
        if policy and identifier:
            verdict = guarding.assess(policy, identifier, guarding.input_texts(parameters), "INPUT")
            trace |= {"inputAssessment": verdict.trace} if verdict.trace else {}
            if verdict.blocked is not None:
                trace["actionReason"] = "Guardrail blocked."
                return self._stopped(parameters, verdict.blocked, trace)
            parameters = {**parameters, "messages": guarding.replaced(parameters["messages"], verdict.masked)}
        parameters = {**parameters, "messages": guarding.as_read(parameters["messages"])}
        answer = _spoiled(await self._answerer.answer(parameters), fault)
        if policy and identifier:
            texts = [block["text"] for block in answer.content if "text" in block]
            verdict = guarding.assess(policy, identifier, texts, "OUTPUT")
            trace |= (
                {"outputAssessments": {key: [value] for key, value in verdict.trace.items()}} if verdict.trace else {}
            )
            if verdict.blocked is not None:
                trace["actionReason"] = "Guardrail blocked."
                return self._stopped(parameters, verdict.blocked, trace)
            if verdict.masked:
                answer = Answer(
                    guarding.replaced(list(answer.content), verdict.masked), "guardrail_intervened", answer.usage
                )
        answer = _limited(answer, (parameters.get("inferenceConfig") or {}).get("maxTokens"))
        shown = trace if config.get("trace", "disabled") != "disabled" else {}
        outcome = Outcome(answer.content, answer.stop_reason, self._usage(parameters, answer), shown, first, per)
        return replace(outcome, fault=fault) if fault and fault.kind in IN_STREAM else outcome

    def _stopped(self, parameters: Mapping[str, Any], text: str, trace: Mapping[str, Any]) -> Outcome:
        answer = Answer([{"text": text}], "guardrail_intervened", {"inputTokens": 0, "outputTokens": 0})
        shown = trace if parameters["guardrailConfig"].get("trace", "disabled") != "disabled" else {}
        return Outcome(answer.content, answer.stop_reason, self._usage(parameters, answer), shown, 0.0, 0.0)

    def _usage(self, parameters: Mapping[str, Any], answer: Answer) -> dict[str, int]:
        """The provider's figures if it gave any, the estimate otherwise."""
        if answer.usage is not None:
            given = {name: value for name, value in answer.usage.items() if isinstance(value, int)}
            return {"totalTokens": given["inputTokens"] + given["outputTokens"], **given}
        charged = self._cache.charge(parameters)
        written = sum(tokens.block_tokens(block) for block in answer.content)
        usage = {"inputTokens": charged.fresh, "outputTokens": written}
        if any(True for _ in requests.cache_points(parameters)):
            usage |= {"cacheReadInputTokens": charged.cache_read, "cacheWriteInputTokens": charged.cache_write}
        return usage | {"totalTokens": sum(usage.values())}

    def _open(self, operation: str) -> Exchange:
        exchange = Exchange(operation)
        self.count += 1
        self.exchanges.append(exchange)
        return exchange

    def _close(self, exchange: Exchange, outcome: Outcome) -> None:
        exchange.stop_reason = outcome.stop_reason
        exchange.usage = dict(outcome.usage)
        exchange.tools = [block["toolUse"]["name"] for block in outcome.content if "toolUse" in block]
        exchange.seconds = round(time.time() - exchange.at + outcome.seconds * (exchange.operation != "Converse"), 4)

    def _failed(self, exchange: Exchange, error: requests.ServiceError) -> Response:
        exchange.status, exchange.error = error.status, error.code
        exchange.seconds = round(time.time() - exchange.at, 4)
        headers = {"x-amzn-ErrorType": error.code, **_request_id()}
        return JSONResponse({"message": error.message}, status_code=error.status, headers=headers)


def _spoiled(answer: Answer, fault: Fault | None) -> Answer:
    """An answer as a fault wants it: out of schema, or prose in place of a tool call."""
    if fault is not None and fault.kind is FaultKind.NO_TOOL:
        return Answer([{"text": "I would rather not call a tool."}], "end_turn", answer.usage)
    if fault is not None and fault.kind is FaultKind.MALFORMED:
        spoiled = [
            {"toolUse": {**block["toolUse"], "input": {"unexpected": "malformed on purpose"}}}
            if "toolUse" in block
            else block
            for block in answer.content
        ]
        return Answer(spoiled, answer.stop_reason, answer.usage)
    return answer


def _limited(answer: Answer, limit: int | None) -> Answer:
    """An answer cut at ``maxTokens``: whole blocks as long as they fit, then nothing more."""
    if limit is None:
        return answer
    kept: list[dict[str, Any]] = []
    for block in answer.content:
        limit -= tokens.block_tokens(block)
        if limit < 0:
            return Answer(kept or [{"text": "..."}], "max_tokens", answer.usage)
        kept.append(block)
    return answer


def _request_id() -> dict[str, str]:
    return {"x-amzn-RequestId": str(uuid.uuid4())}


def _json(body: Mapping[str, Any]) -> Response:
    return JSONResponse(body, headers=_request_id())


class Control:
    """Operations that tests and people use to look inside and to break things: not part of AWS."""

    def __init__(self, runtime: BedrockRuntime) -> None:
        self._runtime = runtime

    async def health(self, request: Request) -> Response:
        """200 as soon as it serves."""
        return JSONResponse({"status": "ok"})

    async def faults(self, request: Request) -> Response:
        """POST adds a fault, DELETE forgets all, GET lists them."""
        if request.method == "DELETE":
            self._runtime.faults.clear()
        if request.method == "POST":
            try:
                self._runtime.faults.add(Fault.parse(await request.json()))
            except (FaultInvalid, ValueError) as error:
                return JSONResponse({"message": str(error)}, status_code=400)
        return JSONResponse({"faults": self._runtime.faults.listing()})

    async def answerer(self, request: Request) -> Response:
        """POST ``{"answerer": "hijacked", "seed": 7, "tactic": ""}`` hands every answer to an attacker; DELETE ends that."""
        if request.method == "DELETE":
            self._runtime.answer_with(None)
            return JSONResponse({"answerer": "usual"})
        try:
            body = await request.json()
            if body.get("answerer") != "hijacked":
                raise ValueError("answerer must be hijacked")
            self._runtime.answer_with(HijackedAnswerer(int(body.get("seed", 0)), str(body.get("tactic", ""))))
        except (AttributeError, TypeError, ValueError) as error:
            return JSONResponse({"message": str(error)}, status_code=400)
        return JSONResponse({"answerer": "hijacked"})

    async def exchanges(self, request: Request) -> Response:
        """The latest exchanges, oldest first, and how many there have been; ``?run_id=`` narrows them."""
        run = request.query_params.get("run_id")
        listed = [each.listing() for each in self._runtime.exchanges if run in (None, each.run_id)]
        return JSONResponse({"count": self._runtime.count, "exchanges": listed})


async def _unknown(request: Request) -> Response:
    headers = {"x-amzn-ErrorType": "UnknownOperationException", **_request_id()}
    message = f"{request.method} {request.url.path} is not part of the local Bedrock stand-in"
    return JSONResponse({"message": message}, status_code=404, headers=headers)


def application(runtime: BedrockRuntime) -> Starlette:
    """The ASGI application."""
    control = Control(runtime)
    return Starlette(
        routes=[
            Route("/_control/health", control.health),
            Route("/_control/faults", control.faults, methods=["GET", "POST", "DELETE"]),
            Route("/_control/exchanges", control.exchanges),
            Route("/_control/answerer", control.answerer, methods=["POST", "DELETE"]),
            Route("/model/{modelId:path}/converse", runtime.converse, methods=["POST"]),
            Route("/model/{modelId:path}/converse-stream", runtime.converse_stream, methods=["POST"]),
            Route("/model/{modelId:path}/count-tokens", runtime.count_tokens, methods=["POST"]),
            Route(
                "/guardrail/{guardrailIdentifier:path}/version/{guardrailVersion}/apply",
                runtime.apply_guardrail,
                methods=["POST"],
            ),
            Route("/{path:path}", _unknown, methods=["GET", "POST", "PUT", "DELETE"]),
        ]
    )
