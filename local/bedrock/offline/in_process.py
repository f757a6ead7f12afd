"""The offline policy without a wire: a model and an extractor for a ``conclave.testing.room.Room`` in one process.

The requests have the parts that Strands sends (system, tools, messages), so that what is counted here is what is sent there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conclave.adapters.models.bedrock import BedrockExtractor
from conclave.agents.answer_form import ANSWER, AnswerInvalid
from conclave.agents.assess import Question
from conclave.agents.meter import Meter
from conclave.agents.prompts import request_label, result_prompt
from conclave.routing.chains import only
from conclave.types import ToolResult

from local.bedrock.guardrails import guarding
from local.bedrock.offline import policy
from local.bedrock.offline.prompt import Prompt, read
from local.bedrock.wire import tokens

MAX_TURNS = 4
Reader = Callable[[Sequence[str]], Prompt]
Counter = Callable[[Mapping[str, Any]], int]


class PolicyModel:
    """The offline policy as the model of an agent. See ``conclave.agents.assess.ModelPort``.

    Args:
        model_id: Whose price counts.
        read: Reads the sections of a prompt; another form of prompt brings its own.
        count: Tokens of a request.
        result_text: How a tool's result is written for the model, given a label for its delimiters.
    """

    def __init__(
        self,
        model_id: str,
        *,
        read: Reader = read,
        count: Counter = tokens.input_tokens,
        result_text: Callable[[ToolResult, str], str] = lambda result, label: result_prompt(result, label).text,
    ) -> None:
        self.model_id = model_id
        self._read = read
        self._count = count
        self._result_text = result_text

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        """See ``ModelPort.ask``."""
        specs = [*(tool.spec for tool in question.tools), dict(question.form.spec)]
        request: dict[str, Any] = {
            "modelId": self.model_id,
            "system": [{"text": question.system}],
            "messages": [{"role": "user", "content": [{"text": question.user}]}],
            "toolConfig": {"tools": [{"toolSpec": spec} for spec in specs]},
            "requestMetadata": dict(question.metadata),
        }
        for turn in range(MAX_TURNS):
            reply = self._reply(request, meter)
            uses: list[dict[str, Any]] = [
                {"toolUseId": f"{turn}-{index}", "name": call.name, "input": call.input}
                for index, call in enumerate(reply.calls)
            ]
            answer = next((use["input"] for use in uses if use["name"] == ANSWER), None)
            if answer is not None:
                return question.form.check(answer)
            if not uses:
                break
            results = [{"toolResult": self._result(use, question)} for use in uses]
            request["messages"] += [
                {"role": "assistant", "content": [{"toolUse": use} for use in uses]},
                {"role": "user", "content": results},
            ]
        raise AnswerInvalid("the offline policy gave no typed answer")

    def _reply(self, request: Mapping[str, Any], meter: Meter) -> policy.Reply:
        with meter.exchange(self.model_id, request) as exchange:
            reply = policy.reply(request, self._read)
            written = reply.text + "".join(str(call.input) for call in reply.calls)
            exchange.use({"inputTokens": self._count(request), "outputTokens": tokens.estimate(written)})
            exchange.stop_reason = "tool_use" if reply.calls else "end_turn"
        return reply

    def _result(self, use: Mapping[str, Any], question: Question) -> dict[str, Any]:
        tool = next(each for each in question.tools if each.name == use["name"])
        executed = question.call(tool, dict(use["input"]))
        label = f"{request_label(question.metadata)}/{use['toolUseId']}"
        text = self._result_text(executed.result, label)
        return {"toolUseId": use["toolUseId"], "status": "success", "content": [{"text": text}]}


class PolicyRuntime:
    """As much of a bedrock-runtime client as framing needs, answered by the offline policy.

    Args:
        count: Tokens of a request.
    """

    def __init__(self, count: Counter = tokens.input_tokens) -> None:
        self._count = count

    def converse(self, **request: Any) -> dict[str, Any]:
        """See ``Converse`` of bedrock-runtime."""
        request = {**request, "messages": guarding.as_read(request["messages"])}
        reply = policy.reply(request)
        content: list[dict[str, Any]] = [{"text": reply.text}] if reply.text else []
        content += [{"toolUse": {"toolUseId": "0", "name": call.name, "input": call.input}} for call in reply.calls]
        return {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": "tool_use" if reply.calls else "end_turn",
            "usage": {"inputTokens": self._count(request), "outputTokens": tokens.estimate(str(content))},
        }


def policy_extractor(model_id: str, count: Counter = tokens.input_tokens) -> BedrockExtractor:
    """The deployed extractor with the offline policy behind it."""
    runtime: Any = PolicyRuntime(count)
    return BedrockExtractor(runtime, only(model_id), "none", "1", "run")
