"""A real model behind an OpenAI-compatible endpoint, as a tiny server plays one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.bedrock.answerers import ChatAnswerer

TOOL = {"toolSpec": {"name": "pick", "description": "Picks", "inputSchema": {"json": {"type": "object"}}}}
HISTORY = [
    {"role": "user", "content": [{"text": "Pick one"}]},
    {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t1", "name": "pick", "input": {"id": 1}}}]},
    {"role": "user", "content": [{"toolResult": {"toolUseId": "t1", "content": [{"json": {"ok": True}}]}}]},
]


class FakeServer:
    """Answers one completion and keeps what it was asked."""

    def __init__(self, status: int = 200) -> None:
        self.asked: list[dict[str, Any]] = []
        self._status = status

    async def complete(self, request: Request) -> Response:
        self.asked.append(await request.json())
        if self._status != 200:
            return JSONResponse({"error": "no"}, status_code=self._status)
        call = {"id": "c1", "type": "function", "function": {"name": "pick", "arguments": json.dumps({"id": 2})}}
        message = {"role": "assistant", "content": "Picking.", "tool_calls": [call]}
        usage = {"prompt_tokens": 12, "completion_tokens": 5}
        return JSONResponse({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage})

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/v1/chat/completions", self.complete, methods=["POST"])])


def test_a_conversation_is_translated_both_ways(serve: Any, stand_in_with: Any) -> None:
    fake = FakeServer()
    with serve(fake.app()) as url, stand_in_with(ChatAnswerer(f"{url}/v1", "llama")) as stand_in:
        answered = stand_in.client().converse(
            modelId="any",
            system=[{"text": "Be brief."}],
            messages=HISTORY,
            toolConfig={"tools": [TOOL], "toolChoice": {"tool": {"name": "pick"}}},
            inferenceConfig={"maxTokens": 50, "temperature": 0.0},
        )
    (asked,) = fake.asked
    assert [each["role"] for each in asked["messages"]] == ["system", "user", "assistant", "tool"]
    assert asked["messages"][2]["tool_calls"][0]["function"]["arguments"] == '{"id": 1}'
    assert asked["messages"][3] == {"role": "tool", "tool_call_id": "t1", "content": '{"ok": true}'}
    assert asked["tool_choice"] == {"type": "function", "function": {"name": "pick"}}
    assert (asked["model"], asked["max_tokens"], asked["temperature"]) == ("llama", 50, 0.0)
    assert answered["stopReason"] == "tool_use"
    assert answered["output"]["message"]["content"] == [
        {"text": "Picking."},
        {"toolUse": {"toolUseId": "c1", "name": "pick", "input": {"id": 2}}},
    ]
    assert answered["usage"] == {"inputTokens": 12, "outputTokens": 5, "totalTokens": 17}


@pytest.mark.parametrize(
    ("status", "code"), [(429, "ThrottlingException"), (400, "ValidationException"), (500, "ModelErrorException")]
)
def test_errors_of_the_endpoint_become_errors_of_bedrock(
    serve: Any, stand_in_with: Any, status: int, code: str
) -> None:
    with (
        serve(FakeServer(status).app()) as url,
        stand_in_with(ChatAnswerer(f"{url}/v1", "llama")) as stand_in,
        pytest.raises(ClientError) as raised,
    ):
        stand_in.client().converse(modelId="any", messages=HISTORY[:1])
    assert raised.value.response["Error"]["Code"] == code


def test_an_endpoint_that_is_not_there(stand_in_with: Any) -> None:
    with (
        stand_in_with(ChatAnswerer("http://127.0.0.1:9", "llama")) as stand_in,
        pytest.raises(ClientError, match="ServiceUnavailableException"),
    ):
        stand_in.client().converse(modelId="any", messages=HISTORY[:1])
