"""A bedrock-runtime client in this process: the offline policy answers, and every exchange is kept to be counted afterwards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from conclave.agents.prices import PriceTable
from conclave.types import Usage

from bench.deliberation import tokenizer
from local.bedrock.guardrails import guarding
from local.bedrock.offline import policy
from local.bedrock.offline.prompt import Prompt, read
from local.bedrock.wire.latency import Latency
from local.bedrock.wire.tokens import PromptCache, input_tokens

LATENCY = Latency(first_token=0.8, per_token=0.012, seed=7)
"""Seconds to the first token and per token of every model: a strong one is slower, so this spares the baseline."""
Request = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A request and what came back for it."""

    request: Request
    content: Sequence[Mapping[str, Any]]

    @property
    def step(self) -> tuple[str, str]:
        """Phase and agent, from the metadata of the request."""
        metadata = self.request["requestMetadata"]
        return metadata["phase"], metadata["agent"]

    def output_tokens(self, family: str = tokenizer.FAMILY) -> int:
        """Tokens of what came back: texts, and calls of tools as the model writes them."""
        texts = (block.get("text") or _written(block["toolUse"]) for block in self.content)
        return sum(tokenizer.size(text, family) for text in texts)

    def all_tokens(self, family: str) -> int:
        """Tokens in and out, as a family of models counts them."""
        return input_tokens(self.request, partial(tokenizer.block_tokens, family=family)) + self.output_tokens(family)

    def usage(self, cache: PromptCache) -> Usage:
        """What the provider would bill for; ``cache`` is what it holds of the run's prompts."""
        charged = cache.charge(self.request)
        return Usage(
            input_tokens=charged.fresh,
            output_tokens=self.output_tokens(),
            cache_read_tokens=charged.cache_read,
            cache_write_tokens=charged.cache_write,
            model_calls=1,
        )

    def seconds(self) -> float:
        """Time that the stand-in's latency model draws for it."""
        digest = hashlib.sha256(json.dumps(self.request, sort_keys=True, default=str).encode()).hexdigest()
        first, per_token = LATENCY.draw(digest)
        return first + per_token * self.output_tokens()


@dataclass(slots=True)
class Runtime:
    """As much of a bedrock-runtime client as Strands and the extractor need.

    Attributes:
        read: What the policy understands of a request.
        exchanges: Everything that was asked and answered, in the order of the answers. Agents ask at once, so nothing is
            added up before all have ended.
    """

    read: Callable[[Request], Prompt] | None = None
    exchanges: list[Exchanged] = field(default_factory=list)

    def converse(self, **request: Any) -> dict[str, Any]:
        """See ``Converse`` of bedrock-runtime."""
        content, stop = self._answer(request)
        message = {"role": "assistant", "content": content}
        return {"output": {"message": message}, "stopReason": stop, "usage": {"inputTokens": 0, "outputTokens": 0}}

    def converse_stream(self, **request: Any) -> dict[str, Any]:
        """See ``ConverseStream`` of bedrock-runtime."""
        content, stop = self._answer(request)
        return {"stream": _events(content, stop)}

    def _answer(self, request: dict[str, Any]) -> tuple[list[dict[str, Any]], str]:
        request = {**request, "messages": guarding.as_read(request["messages"])}
        prompt = self.read(request) if self.read else None
        reply = policy.reply(request, (lambda texts: prompt) if prompt else read)
        content: list[dict[str, Any]] = [{"text": reply.text}] if reply.text else []
        turn = len(request["messages"])
        content += [
            {"toolUse": {"toolUseId": f"t{turn}-{number}", "name": call.name, "input": call.input}}
            for number, call in enumerate(reply.calls)
        ]
        self.exchanges.append(Exchanged(request, content))
        return content, "tool_use" if reply.calls else "end_turn"

    def usages(self) -> list[tuple[str, Usage]]:
        """Model and usage of each exchange. The provider's cache is empty when a run begins, which spares nobody's tokens."""
        cache = PromptCache(lambda: 0.0, tokenizer.block_tokens)
        return [(str(each.request["modelId"]), each.usage(cache)) for each in self.exchanges]


def cost(usages: Sequence[tuple[str, Usage]], prices: PriceTable, model: str = "") -> float:
    """US dollars for exchanges: at the price of their models, or all at that of one."""
    return sum(prices.price(model or own).cost(usage) for own, usage in usages)


def _written(use: Mapping[str, Any]) -> str:
    return tokenizer.dense({"name": use["name"], "input": use["input"]})


def _events(content: Sequence[Mapping[str, Any]], stop: str) -> Iterator[dict[str, Any]]:
    yield {"messageStart": {"role": "assistant"}}
    for index, block in enumerate(content):
        use = block.get("toolUse")
        start = {"toolUse": {"toolUseId": use["toolUseId"], "name": use["name"]}} if use else {}
        delta = {"toolUse": {"input": tokenizer.dense(use["input"])}} if use else {"text": block["text"]}
        yield {"contentBlockStart": {"start": start, "contentBlockIndex": index}}
        yield {"contentBlockDelta": {"delta": delta, "contentBlockIndex": index}}
        yield {"contentBlockStop": {"contentBlockIndex": index}}
    yield {"messageStop": {"stopReason": stop}}
    usage = {"inputTokens": 0, "outputTokens": 0, "totalTokens": 0}
    yield {"metadata": {"usage": usage, "metrics": {"latencyMs": 0}}}
