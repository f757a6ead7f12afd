"""Strands: the only file that imports it. A typed question becomes one agent, one loop, one typed answer."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import threading
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.config import Config
from msgspec import Struct
from strands.agent.agent import Agent as StrandsAgent
from strands.agent.conversation_manager import NullConversationManager
from strands.hooks import AfterModelCallEvent, AfterToolsEvent
from strands.models.bedrock import BedrockModel
from strands.tools.tools import PythonAgentTool
from strands.types.exceptions import EventLoopException, ModelThrottledException

from conclave.adapters.clients import kept
from conclave.adapters.models.bedrock import as_blocks, guarded
from conclave.adapters.models.passing import AnswerLate, StreamBroken, passes, pause_seconds, refused
from conclave.agents.answer_form import ANSWER, AnswerInvalid
from conclave.agents.assess import Question, TimeUp
from conclave.agents.meter import Meter
from conclave.agents.prompts import request_label, result_prompt, texts_prompt
from conclave.clock import Deadline
from conclave.money.ledger import CeilingReached
from conclave.pack import Tool
from conclave.routing.breakers import Breakers, NoBreakers
from conclave.routing.calls import CALLS_PER_STEP, Calls
from conclave.routing.chains import Route
from conclave.routing.inference import MOST_OUTPUT_TOKENS

if TYPE_CHECKING:
    import boto3

MAX_STREAM_BYTES = 4 * 1024 * 1024
"""Longest stream that is read. A token may travel in a frame of its own: about 100 bytes of headers, and its text; so it is more
than 512 bytes for each of the most tokens that any tier gives."""
TURNS = 4
"""Tools, tools once more, the answer, one repair."""
ANSWER_RESERVE_SECONDS = 10.0
"""A tool that is called later than this before the deadline is refused, so that the model still answers."""
REPEAT_RESERVE_SECONDS = 5.0
"""Later than this before the deadline nothing is repeated: the answer would come too late."""
CONNECT_TIMEOUT_SECONDS = 5
NO_MODEL = "none"
"""Until a call says whom it asks."""


# Strands warns with what a model wrote: names of tools, arguments, answers. A model's words belong in no log.
logging.getLogger("strands").addHandler(logging.NullHandler())
logging.getLogger("strands").propagate = False


class Step(Struct):
    """The calls of one step of a question. Whatever goes wrong with the first, there is one more, of the next model of the chain.

    So an agent makes at most twice the calls that it makes when nothing fails, whatever fails together.
    """

    deadline: Deadline
    calls: Calls

    def begin(self) -> Route:
        """Counts a call that is about to be made.

        Returns:
            Whom to ask, and how.

        Raises:
            AnswerInvalid: The step has had its calls.
        """
        if not self.calls.begin():
            raise AnswerInvalid("no valid answer after one repeat")
        return self.calls.route

    async def repeat(self, event: AfterModelCallEvent) -> None:
        """A hook of Strands: has a call that failed made again, if an answer can come in time.

        Another model is asked at once, whatever the failure was; the same one after a pause, and only if the failure passes. What
        did not fit the money that is left is not asked of a stronger one: whoever made this chain retreats.
        """
        error = event.exception
        if error is None or isinstance(error, AnswerInvalid | CeilingReached) or self.calls.spent:
            return
        pause = 0.0 if self.calls.others else pause_seconds()
        if self.deadline.remaining() < REPEAT_RESERVE_SECONDS + pause:
            return
        if self.calls.others or passes(error):
            await asyncio.sleep(pause)
            event.retry = True


class MeteredBedrockModel(BedrockModel):
    """Strands' own Bedrock model, with every exchange passing through the meter.

    Attributes:
        meter: The meter.
        step: Counts the calls.
        tools: The tools that are offered, as their authors declare them.
        output_tokens: The most that any model of the chain may write in a turn.
    """

    meter: Meter
    step: Step
    tools: Sequence[Mapping[str, Any]]
    output_tokens: int

    async def stream(
        self, messages: Any, tool_specs: Any = None, *args: Any, **kwargs: Any
    ) -> AsyncGenerator[Any, None]:
        """See ``BedrockModel.stream``; records request, usage, duration and stop reason.

        Raises:
            AnswerInvalid: The step has had its calls.
            StreamBroken: The answer did not end as answers end, or not within the share of the time that its call had.
        """
        earlier, route = self.step.calls.route, self.step.begin()
        if self.step.calls.repairs and not self.meter.exchanges[-1].error:
            self.meter.repairs += 1
        longest = min(route.max_tokens, self.output_tokens)
        self.config.update(_asked_as(route, longest))
        if route is not earlier:
            messages = _without_thoughts(messages)
        # Strands adds words to descriptions, which every request would pay for.
        tool_specs = list(self.tools)
        # Strands clears a signal of its own when the invocation ends, before a hanging read could see it.
        body = BoundedBody()
        kwargs["cancel_signal"] = body.over
        _body.set(body)
        request = {"messages": messages, "tools": tool_specs, "system": kwargs.get("system_prompt_content")}
        with self.meter.exchange(route.model, request, longest) as exchange:
            said: list[dict[str, str]] = []
            exchange.answer = said
            try:
                async with aclosing(super().stream(messages, tool_specs, *args, **kwargs)) as events:
                    async for event in _within(events, self.step.calls.seconds):
                        if "metadata" in event:
                            exchange.use(event["metadata"].get("usage", {}))
                        elif "messageStop" in event:
                            exchange.stop_reason = str(event["messageStop"].get("stopReason", ""))
                        _listen(said, event)
                        yield event
                if exchange.stop_reason in _CUT:
                    # Strands would take what came so far for the whole answer, or give up.
                    raise StreamBroken(_CUT[exchange.stop_reason])
            except AnswerLate:
                # The thread still reads; it ends with the next chunk, or when its own time is over.
                raise
            except Exception as error:
                exchange.refused = refused(error.__cause__ if isinstance(error, ModelThrottledException) else error)
                # The thread has ended with this error; a connection that it left open would be found by chance only.
                body.close()
                raise
            finally:
                body.over.set()


_CUT = {
    "": "the stream ended before the answer was complete",
    "max_tokens": "the answer was cut at its limit of tokens",
}


def _asked_as(route: Route, output_tokens: int) -> Any:
    """How Strands' model asks a model of the chain."""
    return {
        "model_id": route.model,
        "max_tokens": output_tokens,
        **{name: route.sampling.get(name) for name in ("temperature", "top_p")},
        "additional_request_fields": dict(route.fields) or None,
    }


def _without_thoughts(messages: Any) -> Any:
    """A conversation without what another model thought in it: thinking is bound to the model that thought."""
    return [
        {**message, "content": [block for block in message["content"] if "reasoningContent" not in block]}
        for message in messages
    ]


async def _within(events: AsyncGenerator[Any, None], seconds: float | None) -> AsyncGenerator[Any, None]:
    """The events, as long as a call may take, if it has a share of the time only; raises ``AnswerLate`` after that."""
    loop = asyncio.get_running_loop()
    end = None if seconds is None else loop.time() + seconds
    while True:
        try:
            event = await asyncio.wait_for(anext(events), end and end - loop.time())
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise AnswerLate("no whole answer within the call's share of the time") from error
        yield event


class BoundedBody:
    """The body of a stream, read while somebody waits for it and up to a bound. Closed by the thread that reads it.

    Frames that botocore does not know never reach Strands, so a stream of them could not be ended there.

    Attributes:
        over: Set when nobody waits for the answer any more.
    """

    def __init__(self) -> None:
        self.over = threading.Event()
        self._raw: Any = None

    def around(self, raw: Any) -> BoundedBody:
        """This, with the body that the service sends."""
        self._raw = raw
        return self

    def stream(self) -> Iterator[bytes]:
        """The chunks as they come.

        Raises:
            StreamBroken: There are more than an answer can have.
        """
        size = 0
        try:
            for chunk in self._raw.stream():
                if self.over.is_set():
                    return
                size += len(chunk)
                if size > MAX_STREAM_BYTES:
                    raise StreamBroken("the stream went on beyond the limit of an answer")
                yield chunk
        finally:
            self.close()

    def close(self) -> None:
        """Closes the connection, if it is still in use."""
        if self._raw is not None:
            self._raw.close()


_body: ContextVar[BoundedBody] = ContextVar("body")
"""Of the call under way. The thread that reads has a copy of its caller's context."""


def _bound(response_dict: dict[str, Any], **_: Any) -> None:
    """A hook of botocore (``before-parse``): bounds the body of a stream."""
    if response_dict["status_code"] == 200:
        response_dict["body"] = _body.get().around(response_dict["body"])


def _listen(said: list[dict[str, str]], event: Any) -> None:
    """Adds a part of an answer to what was said before; a tool's input stays the text that the model wrote."""
    if "contentBlockStart" in event:
        tool = event["contentBlockStart"].get("start", {}).get("toolUse", {}).get("name")
        said.append({"tool": str(tool), "text": ""} if tool else {"text": ""})
    elif "contentBlockDelta" in event:
        delta = event["contentBlockDelta"]["delta"]
        part = delta.get("text") or delta.get("toolUse", {}).get("input") or ""
        if not said or ("toolUse" in delta) != ("tool" in said[-1]):
            said.append({"text": ""})
        said[-1]["text"] += str(part)


class Session:
    """The part of boto3's session that a model asks for, straight from botocore's: boto3 only adds what no model uses."""

    def __init__(self) -> None:
        self._session = botocore.session.get_session()

    @property
    def region_name(self) -> str | None:
        """The region of this process."""
        return cast("str | None", self._session.get_config_variable("region"))

    def client(self, service_name: str, **options: Any) -> Any:
        """A client of a service."""
        return kept(self._session.create_client(service_name, **options))


@lru_cache(maxsize=4)
def _shared_model(guardrail_id: str, guardrail_version: str, read_timeout: int) -> MeteredBedrockModel:
    """The client of all models of a chain, built once per process. botocore does not retry: a step's second call is all."""
    model = MeteredBedrockModel(
        model_id=NO_MODEL,
        guardrail_id=guardrail_id,
        guardrail_version=guardrail_version,
        guardrail_trace="disabled",
        boto_session=cast("boto3.Session", Session()),
        boto_client_config=Config(
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=read_timeout,
            retries={"total_max_attempts": 1, "mode": "standard"},
        ),
    )
    model.client.meta.events.register("before-parse.bedrock-runtime.ConverseStream", _bound)
    return model


class StrandsModel:
    """A chain of models on Bedrock behind Strands. See ``conclave.agents.assess.ModelPort``.

    Args:
        chain: The models in the order in which they are asked; the first one should answer.
        guardrail_id: Id of the guardrail that every request carries.
        guardrail_version: Its version.
        time_limit_seconds: The agent's limit; no read waits longer than half of it, so that a hang can be repeated.
        turns: Turns that it has for an answer.
        output_tokens: Tokens that it may write in a turn; its tier may give it less.
        breakers: What is known of how the models are doing.
    """

    def __init__(
        self,
        chain: Sequence[Route],
        guardrail_id: str,
        guardrail_version: str,
        time_limit_seconds: float,
        turns: int = TURNS,
        output_tokens: int = MOST_OUTPUT_TOKENS,
        breakers: Breakers | None = None,
    ) -> None:
        self.model_id = chain[0].model
        self._chain = tuple(chain)
        self._turns, self._output_tokens = turns, output_tokens
        self._breakers = breakers or NoBreakers()
        self._shared = _shared_model(guardrail_id, guardrail_version, max(1, int(time_limit_seconds / 2)))

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        """See ``ModelPort.ask``."""
        # A loop of its own, closed without waiting: asyncio.run would wait for a thread that hangs in a read.
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(
                asyncio.wait_for(self._ask(question, meter), timeout=question.deadline.remaining())
            )
        except TimeoutError as error:
            raise TimeUp("the model did not answer before the deadline") from error
        finally:
            _cancel_tasks(loop)
            loop.close()

    async def _ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        model = copy.copy(self._shared)
        model.meter = meter
        model.step = step = Step(
            question.deadline, Calls(self._chain, question.deadline, self._breakers, REPEAT_RESERVE_SECONDS)
        )
        model.tools, model.output_tokens = _specs(question), self._output_tokens
        model.config = copy.copy(self._shared.config)
        model.config["additional_args"] = {"requestMetadata": dict(question.metadata)}
        screened: list[str] = []
        answers: list[dict[str, Any]] = []

        def screen(event: AfterToolsEvent) -> None:
            texts: list[Any] = [guarded(text) for text in screened]
            event.message["content"].extend(texts)
            screened.clear()
            event.end_turn = bool(answers)

        agent = StrandsAgent(
            model=model,
            system_prompt=question.system,
            tools=[
                *(_tool(tool, question, screened, step) for tool in question.tools),
                _answer_tool(question, answers),
            ],
            callback_handler=None,
            conversation_manager=NullConversationManager(),
            retry_strategy=None,
        )
        agent.add_hook(screen, AfterToolsEvent)
        agent.add_hook(step.repeat, AfterModelCallEvent)
        asked: Any = _content(question)
        try:
            for _ in range(CALLS_PER_STEP):
                result = await agent.invoke_async(asked, limits={"turns": self._turns})
                answers += [] if answers else _written(question, str(result))
                if answers or result.stop_reason != "end_turn":
                    break
                # In words: a model that thinks refuses a tool that it is forced to call.
                asked = "Answer now by calling the answer tool."
        except EventLoopException as error:
            raise error.original_exception from error
        if not answers:
            raise AnswerInvalid(f"no valid answer within {self._turns} turns (stopped by {result.stop_reason})")
        return answers[-1]


def _content(question: Question) -> list[Any]:
    """The message of a question, with points up to which the provider may keep it.

    One stands behind what other questions begin with, one behind the whole: tools are called first, and the call that follows
    them begins with all of it.
    """
    blocks = as_blocks(question.pieces)
    if not question.shared:
        return blocks
    return [*blocks[: question.shared], _CACHE_POINT, *blocks[question.shared :], _CACHE_POINT]


_CACHE_POINT = {"cachePoint": {"type": "default"}}


def _specs(question: Question) -> list[dict[str, Any]]:
    """The tools of a question, that for its answer last."""
    return [*(tool.spec for tool in question.tools), dict(question.form.spec)]


def _answer_tool(question: Question, answers: list[dict[str, Any]]) -> PythonAgentTool:
    """The tool through which the model answers. What is wrong with an answer is told to it once."""

    def run(tool_use: Any, **_: Any) -> Any:
        try:
            answers.append(question.form.check(tool_use["input"]))
        except AnswerInvalid as error:
            return _tool_result(tool_use, "error", str(error))
        return _tool_result(tool_use, "success", "taken")

    spec: Any = question.form.spec
    return PythonAgentTool(ANSWER, spec, run)


def _written(question: Question, text: str) -> list[dict[str, Any]]:
    """The answer that a model wrote as text instead of calling the tool, if it is one."""
    try:
        return [question.form.check(json.loads(text))]
    except (ValueError, RecursionError, AnswerInvalid):
        return []


def _cancel_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Ends what is still pending on the loop, without waiting for its threads."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks))


def _tool(tool: Tool, question: Question, screened: list[str], step: Step) -> PythonAgentTool:
    """A tool as Strands knows it. Results cannot hold guarded blocks, so their texts are laid aside to follow them in one."""

    def run(tool_use: Any, **_: Any) -> Any:
        if question.deadline.remaining() < ANSWER_RESERVE_SECONDS:
            return _tool_result(tool_use, "error", "no time is left for tools; answer now")
        executed = question.call(tool, dict(tool_use["input"]))
        step.calls.done()
        label = f"{request_label(question.metadata)}/{tool_use['toolUseId']}"
        texts = texts_prompt(executed.result.facts, label)
        screened.extend([texts] if texts else [])
        return _tool_result(tool_use, "success", result_prompt(executed.result, label).text)

    spec: Any = tool.spec
    return PythonAgentTool(tool.name, spec, run)


def _tool_result(tool_use: Any, status: str, text: str) -> dict[str, Any]:
    return {"toolUseId": tool_use["toolUseId"], "status": status, "content": [{"text": text}]}
