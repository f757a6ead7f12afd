"""Answerers: the offline policy, any OpenAI-compatible server, or Bedrock itself with the user's credentials."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from local.bedrock.offline import policy
from local.bedrock.wire.requests import ServiceError, invalid

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request.

    Attributes:
        content: Content blocks of the assistant's message.
        stop_reason: As Converse names it.
        usage: Token figures of the provider in Converse's names; ``None`` when it gave none.
    """

    content: Sequence[dict[str, Any]]
    stop_reason: str
    usage: Mapping[str, int] | None = None


class Answerer(Protocol):
    """Answers a Converse request."""

    async def answer(self, parameters: Parameters) -> Answer:
        """Answers.

        Raises:
            ServiceError: In the words of Bedrock.
        """
        ...


class OfflineAnswerer:
    """The deterministic offline policy."""

    async def answer(self, parameters: Parameters) -> Answer:
        """See ``Answerer.answer``."""
        reply = policy.reply(parameters)
        turn = sum(1 for message in parameters["messages"] if message["role"] == "assistant")
        content: list[dict[str, Any]] = [{"text": reply.text}] if reply.text else []
        content += [
            {"toolUse": {"toolUseId": f"tooluse_{turn}_{index}_{call.name}", "name": call.name, "input": call.input}}
            for index, call in enumerate(reply.calls)
        ]
        return Answer(content, "tool_use" if reply.calls else "end_turn")


class ChatAnswerer:
    """A server that speaks OpenAI's chat completions (Ollama, vLLM, llama.cpp ...).

    Args:
        endpoint: Base URL, up to and without ``/chat/completions``.
        model: Name of the model there.
        timeout_seconds: For one answer.
    """

    def __init__(self, endpoint: str, model: str, timeout_seconds: float = 110.0) -> None:
        self._url = f"{endpoint.rstrip('/')}/chat/completions"
        self._model = model
        self._timeout = timeout_seconds

    async def answer(self, parameters: Parameters) -> Answer:
        """See ``Answerer.answer``."""
        try:
            async with httpx.AsyncClient(timeout=self._timeout) as client:
                response = await client.post(self._url, json=to_chat(parameters, self._model))
        except httpx.HTTPError as error:
            raise ServiceError("ServiceUnavailableException", f"{self._url}: {type(error).__name__}", 503) from error
        if response.status_code == 429:
            raise ServiceError("ThrottlingException", "Too many requests, please wait before trying again.", 429)
        if response.status_code == 400:
            raise invalid(response.text[:500])
        if response.status_code >= 400:
            raise ServiceError("ModelErrorException", f"{self._url} answered {response.status_code}", 424)
        try:
            body = response.json()
        except ValueError as error:  # a page of a proxy, perhaps
            raise _no_completion() from error
        return from_chat(body)


class BedrockAnswerer:
    """Bedrock in the user's AWS account. The guardrail is evaluated here, since the local one does not exist there.

    Args:
        client: A ``bedrock-runtime`` client; made from the environment on first use when left out.
    """

    def __init__(self, client: Any = None) -> None:
        self._client = client

    async def answer(self, parameters: Parameters) -> Answer:
        """See ``Answerer.answer``."""
        return await asyncio.to_thread(self._answer, parameters)

    def _answer(self, parameters: Parameters) -> Answer:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client = self._client or boto3.client("bedrock-runtime")
            answered = self._client.converse(**{k: v for k, v in parameters.items() if k != "guardrailConfig"})
        except ClientError as error:
            details, answer = error.response["Error"], error.response["ResponseMetadata"]
            raise ServiceError(details["Code"], details["Message"], answer["HTTPStatusCode"]) from error
        except BotoCoreError as error:
            raise ServiceError("ServiceUnavailableException", str(error), 503) from error
        return Answer(answered["output"]["message"]["content"], answered["stopReason"], answered["usage"])


def to_chat(parameters: Parameters, model: str) -> dict[str, Any]:
    """A Converse request as a chat completion request."""
    messages: list[dict[str, Any]] = []
    system = "\n\n".join(block["text"] for block in parameters.get("system") or () if "text" in block)
    if system:
        messages.append({"role": "system", "content": system})
    for message in parameters["messages"]:
        messages += _chat_messages(message)
    inference = parameters.get("inferenceConfig") or {}
    request: dict[str, Any] = {"model": model, "messages": messages, "stream": False}
    for ours, theirs in (
        ("maxTokens", "max_tokens"),
        ("temperature", "temperature"),
        ("topP", "top_p"),
        ("stopSequences", "stop"),
    ):
        if ours in inference:
            request[theirs] = inference[ours]
    return request | _chat_tools(parameters.get("toolConfig") or {})


def _chat_messages(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One message; tool results become messages of their own, before the text that came with them."""
    content = message["content"]
    results = [
        {
            "role": "tool",
            "tool_call_id": block["toolResult"]["toolUseId"],
            "content": "\n".join(_result_text(each) for each in block["toolResult"]["content"]),
        }
        for block in content
        if "toolResult" in block
    ]
    text = "\n".join(_text(block) for block in content if _text(block))
    calls = [
        {
            "id": block["toolUse"]["toolUseId"],
            "type": "function",
            "function": {"name": block["toolUse"]["name"], "arguments": json.dumps(block["toolUse"]["input"])},
        }
        for block in content
        if "toolUse" in block
    ]
    own = {"role": message["role"], "content": text} | ({"tool_calls": calls} if calls else {})
    return results + ([own] if text or calls else [])


def _text(block: Mapping[str, Any]) -> str:
    guarded = (block.get("guardContent") or {}).get("text") or {}
    return str(block.get("text") or guarded.get("text") or "")


def _result_text(part: Mapping[str, Any]) -> str:
    return str(part["text"]) if "text" in part else json.dumps(part.get("json", part))


def _chat_tools(config: Mapping[str, Any]) -> dict[str, Any]:
    specs = [each["toolSpec"] for each in config.get("tools") or () if "toolSpec" in each]
    if not specs:
        return {}
    choice = config.get("toolChoice") or {"auto": {}}
    named = choice.get("tool")
    return {
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": spec["name"],
                    "description": spec.get("description", ""),
                    "parameters": spec["inputSchema"]["json"],
                },
            }
            for spec in specs
        ],
        "tool_choice": {"type": "function", "function": {"name": named["name"]}}
        if named
        else "required"
        if "any" in choice
        else "auto",
    }


_STOP_REASONS = {
    "stop": "end_turn",
    "tool_calls": "tool_use",
    "length": "max_tokens",
    "content_filter": "content_filtered",
}


def from_chat(body: Any) -> Answer:
    """A chat completion as a Converse answer.

    Raises:
        ServiceError: ``ModelErrorException`` when it is not a chat completion.
    """
    try:
        return _answer(body)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise _no_completion() from error


def _no_completion() -> ServiceError:
    return ServiceError("ModelErrorException", "the model endpoint did not answer a chat completion", 424)


def _answer(body: Any) -> Answer:
    choice = body["choices"][0]
    message = choice["message"]
    content: list[dict[str, Any]] = [{"text": str(message["content"])}] if message.get("content") else []
    content += [
        {
            "toolUse": {
                "toolUseId": call.get("id") or f"tooluse_{index}",
                "name": call["function"]["name"],
                "input": _arguments(call),
            }
        }
        for index, call in enumerate(message.get("tool_calls") or ())
    ]
    usage = body.get("usage") or {}
    tokens = {
        "inputTokens": int(usage.get("prompt_tokens") or 0),
        "outputTokens": int(usage.get("completion_tokens") or 0),
    }
    # Some servers say "stop" although they call tools.
    stop = (
        "tool_use"
        if message.get("tool_calls")
        else _STOP_REASONS.get(choice.get("finish_reason") or "stop", "end_turn")
    )
    return Answer(content or [{"text": " "}], stop, tokens if usage else None)


def _arguments(call: Mapping[str, Any]) -> dict[str, Any]:
    arguments = call["function"].get("arguments") or "{}"
    if isinstance(arguments, dict):
        return arguments
    try:
        parsed = json.loads(arguments)
    except ValueError:
        # As Converse does with what a model garbles: the caller's schema check finds it.
        return {}
    return parsed if isinstance(parsed, dict) else {}
