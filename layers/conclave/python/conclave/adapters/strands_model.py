"""Strands: the only file that imports it. A typed question becomes one agent, one loop, one typed answer."""

from __future__ import annotations

import asyncio
import copy
import logging
import threading
from collections.abc import AsyncGenerator, Mapping
from functools import lru_cache
from typing import Any

from botocore.config import Config
from strands import Agent as StrandsAgent
from strands.agent.conversation_manager import NullConversationManager
from strands.event_loop._retry import ModelRetryStrategy
from strands.hooks import AfterToolsEvent
from strands.models.bedrock import BedrockModel
from strands.tools.tools import PythonAgentTool
from strands.types.exceptions import EventLoopException, StructuredOutputException

from conclave.adapters.bedrock import as_blocks, guarded
from conclave.agents import Question, TimeUp
from conclave.answers import answer_type
from conclave.exchange import Meter
from conclave.pack import Tool
from conclave.prompts import request_label, result_prompt, texts_prompt
from conclave.reading import AnswerInvalid

MAX_OUTPUT_TOKENS = 2_048
TURNS_WITH_TOOLS = 4
"""Tools, tools once more, the answer, one repair."""
TURNS = 2
"""The answer, one repair."""
ANSWER_RESERVE_SECONDS = 10.0
"""A tool that is called later than this before the deadline is refused, so that the model still answers."""
CONNECT_TIMEOUT_SECONDS = 5


# Strands warns with what a model wrote: names of tools, arguments, answers. A model's words belong in no log.
logging.getLogger("strands").addHandler(logging.NullHandler())
logging.getLogger("strands").propagate = False


class MeteredBedrockModel(BedrockModel):
    """Strands' own Bedrock model, with every exchange passing through the meter."""

    meter: Meter
    abandoned: threading.Event
    """Set when nobody waits for the answer any more: the thread that reads it then closes its connection."""

    async def stream(
        self, messages: Any, tool_specs: Any = None, *args: Any, **kwargs: Any
    ) -> AsyncGenerator[Any, None]:
        """See ``BedrockModel.stream``; records request, usage, duration and stop reason."""
        # Strands clears a signal of its own when the invocation ends, before a hanging read could see it.
        kwargs["cancel_signal"] = self.abandoned
        request = {"messages": messages, "tools": tool_specs, "system": kwargs.get("system_prompt_content")}
        with self.meter.exchange(str(self.config["model_id"]), request) as exchange:
            said: list[dict[str, str]] = []
            exchange.answer = said
            async for event in super().stream(messages, tool_specs, *args, **kwargs):
                if "metadata" in event:
                    exchange.use(event["metadata"].get("usage", {}))
                elif "messageStop" in event:
                    exchange.stop_reason = str(event["messageStop"].get("stopReason", ""))
                _listen(said, event)
                yield event


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


@lru_cache(maxsize=4)
def _shared_model(model_id: str, guardrail_id: str, guardrail_version: str, read_timeout: int) -> MeteredBedrockModel:
    """The client, built once per process. botocore does not retry: the loop's one retry is the only one."""
    return MeteredBedrockModel(
        model_id=model_id,
        max_tokens=MAX_OUTPUT_TOKENS,
        guardrail_id=guardrail_id,
        guardrail_version=guardrail_version,
        guardrail_trace="disabled",
        boto_client_config=Config(
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=read_timeout,
            retries={"total_max_attempts": 1, "mode": "standard"},
        ),
    )


class StrandsModel:
    """A model on Bedrock behind Strands. See ``conclave.agents.ModelPort``.

    Args:
        model_id: Model or inference profile.
        guardrail_id: Id of the guardrail that every request carries.
        guardrail_version: Its version.
        time_limit_seconds: The agent's limit; no read waits longer.
    """

    def __init__(self, model_id: str, guardrail_id: str, guardrail_version: str, time_limit_seconds: float) -> None:
        self.model_id = model_id
        self._shared = _shared_model(model_id, guardrail_id, guardrail_version, max(1, int(time_limit_seconds)))

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        """See ``ModelPort.ask``."""
        # A loop of its own, closed without waiting: asyncio.run would wait for a thread that hangs in a read.
        loop = asyncio.new_event_loop()
        abandoned = threading.Event()
        try:
            return loop.run_until_complete(
                asyncio.wait_for(self._ask(question, meter, abandoned), timeout=question.deadline.remaining())
            )
        except TimeoutError as error:
            raise TimeUp("the model did not answer before the deadline") from error
        finally:
            abandoned.set()
            _cancel_tasks(loop)
            loop.close()

    async def _ask(self, question: Question, meter: Meter, abandoned: threading.Event) -> Mapping[str, Any]:
        model = copy.copy(self._shared)
        model.meter = meter
        model.abandoned = abandoned
        model.config = copy.copy(self._shared.config)
        model.config["additional_args"] = {"requestMetadata": dict(question.metadata)}
        screened: list[str] = []

        def screen(event: AfterToolsEvent) -> None:
            texts: list[Any] = [guarded(text) for text in screened]
            event.message["content"].extend(texts)
            screened.clear()

        agent = StrandsAgent(
            model=model,
            system_prompt=question.system,
            tools=[_tool(tool, question, screened) for tool in question.tools],
            callback_handler=None,
            conversation_manager=NullConversationManager(),
            retry_strategy=ModelRetryStrategy(max_attempts=2, initial_delay=1, max_delay=2),
            structured_output_prompt="Answer now by calling the answer tool.",
        )
        agent.add_hook(screen, AfterToolsEvent)
        expected = answer_type(question.phase, question.option_ids, question.fields)
        turns = TURNS_WITH_TOOLS if question.tools else TURNS
        try:
            result = await agent.invoke_async(
                as_blocks(question.pieces), structured_output_model=expected, limits={"turns": turns}
            )
        except EventLoopException as error:
            raise error.original_exception from error
        except StructuredOutputException as error:
            # Its message quotes what the model wrote.
            raise AnswerInvalid("the answer does not fit its type, even after one repair") from error
        if result.structured_output is None:
            raise AnswerInvalid(f"no valid answer within {turns} turns (stopped by {result.stop_reason})")
        return result.structured_output.model_dump(mode="json")


def _cancel_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Ends what is still pending on the loop, without waiting for its threads."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks))


def _tool(tool: Tool, question: Question, screened: list[str]) -> PythonAgentTool:
    """A tool as Strands knows it. Results cannot hold guarded blocks, so their texts are laid aside to follow them in one."""

    def run(tool_use: Any, **_: Any) -> Any:
        if question.deadline.remaining() < ANSWER_RESERVE_SECONDS:
            return _tool_result(tool_use, "error", "no time is left for tools; answer now")
        executed = question.call(tool, dict(tool_use["input"]))
        label = f"{request_label(question.metadata)}/{tool_use['toolUseId']}"
        texts = texts_prompt(executed.result.facts, label)
        screened.extend([texts] if texts else [])
        return _tool_result(tool_use, "success", result_prompt(executed.result, label).text)

    spec: Any = {"name": tool.name, "description": tool.description, "inputSchema": {"json": tool.input_schema}}
    return PythonAgentTool(tool.name, spec, run)


def _tool_result(tool_use: Any, status: str, text: str) -> dict[str, Any]:
    return {"toolUseId": tool_use["toolUseId"], "status": status, "content": [{"text": text}]}
