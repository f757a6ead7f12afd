from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from local.bedrock.answerers import BedrockAnswerer, ChatAnswerer, OfflineAnswerer, from_chat
from local.bedrock.start import answerer_for
from local.bedrock.wire.requests import ServiceError

REQUEST: dict[str, Any] = {
    "modelId": "any",
    "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
    "guardrailConfig": {"guardrailIdentifier": "gr-1", "guardrailVersion": "1"},
}

THROTTLED: Any = {
    "Error": {"Code": "ThrottlingException", "Message": "slow"},
    "ResponseMetadata": {"HTTPStatusCode": 429},
}


class FakeBedrock:
    """Answers or raises; keeps what it was asked."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self._error = error

    def converse(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        if self._error:
            raise self._error
        message = {"role": "assistant", "content": [{"text": "Hello"}]}
        usage = {"inputTokens": 3, "outputTokens": 1, "totalTokens": 4}
        return {"output": {"message": message}, "stopReason": "end_turn", "usage": usage}


def test_bedrock_is_asked_without_the_local_guardrail() -> None:
    fake = FakeBedrock()
    answer = asyncio.run(BedrockAnswerer(fake).answer(REQUEST))
    assert "guardrailConfig" not in fake.asked[0]
    assert answer.content == [{"text": "Hello"}]
    assert answer.usage == {"inputTokens": 3, "outputTokens": 1, "totalTokens": 4}


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (
            ClientError(THROTTLED, "Converse"),
            "ThrottlingException",
            429,
        ),
        (EndpointConnectionError(endpoint_url="https://bedrock"), "ServiceUnavailableException", 503),
    ],
)
def test_errors_of_bedrock_are_passed_on(error: Exception, code: str, status: int) -> None:
    with pytest.raises(ServiceError) as raised:
        asyncio.run(BedrockAnswerer(FakeBedrock(error)).answer(REQUEST))
    assert (raised.value.code, raised.value.status) == (code, status)


def test_one_option_decides_who_answers() -> None:
    assert isinstance(answerer_for("", ""), OfflineAnswerer)
    assert isinstance(answerer_for("aws", ""), BedrockAnswerer)
    assert isinstance(answerer_for("http://127.0.0.1:11434/v1", "llama"), ChatAnswerer)


@pytest.mark.parametrize("arguments", ["{", "[]", '""', None])
def test_garbled_arguments_are_left_to_the_callers_schema(arguments: str | None) -> None:
    call = {"id": "1", "function": {"name": "pick", "arguments": arguments}}
    answer = from_chat({"choices": [{"message": {"tool_calls": [call]}, "finish_reason": "tool_calls"}]})
    assert answer.content == [{"toolUse": {"toolUseId": "1", "name": "pick", "input": {}}}]
    assert answer.stop_reason == "tool_use"


@pytest.mark.parametrize(
    "body",
    [
        {"error": "no"},
        [],
        None,
        "<html>",
        {"choices": [{"message": "hello"}]},
        {"choices": [{"message": {"content": "hello", "tool_calls": [{"function": "pick"}]}}]},
        {"choices": [{"message": {"content": "hello"}}], "usage": {"prompt_tokens": "many"}},
        {"choices": [{"message": {"content": "hello"}}], "usage": [1]},
    ],
)
def test_something_else_than_a_completion_is_a_model_error(body: Any) -> None:
    with pytest.raises(ServiceError, match="did not answer a chat completion"):
        from_chat(body)


def test_figures_that_are_not_told_count_nothing() -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": None}
    answer = from_chat({"choices": [{"message": {"content": "hello"}}], "usage": usage})
    assert answer.usage == {"inputTokens": 7, "outputTokens": 0}


def test_an_endpoint_that_answers_a_page_is_a_model_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def page(*_: Any, **__: Any) -> httpx.Response:
        return httpx.Response(200, text="<html>proxy</html>")

    monkeypatch.setattr(httpx.AsyncClient, "post", page)
    with pytest.raises(ServiceError, match="did not answer a chat completion"):
        asyncio.run(ChatAnswerer("http://127.0.0.1:9", "llama").answer(REQUEST))
