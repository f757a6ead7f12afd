"""Models that answer as they were recorded to have answered. Nothing is asked of anybody."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conclave.adapters.models.bedrock import reading_request
from conclave.agents.assess import Question
from conclave.agents.checks import Executed
from conclave.agents.meter import Meter, OpenExchange
from conclave.codec import plain
from conclave.money.ledger import CeilingReached
from conclave.recording.recordings import Ask
from conclave.records.texts import MODEL, Text
from conclave.replaying.diverged import Diverged, first_difference
from conclave.replaying.raising import error_named, error_of
from conclave.replaying.requests import same_question, same_reading, same_results
from conclave.replaying.script import Script
from conclave.types import Exchange

Tool = Callable[[str, dict[str, Any]], Executed]


class ReplayedModel:
    """A model of an agent. See ``conclave.agents.assess.ModelPort``.

    Args:
        model_id: The model that would be asked here.
        script: What was asked of it.
    """

    def __init__(self, model_id: str, script: Script) -> None:
        self.model_id = model_id
        self._script = script

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        """See ``ModelPort.ask``."""
        script = self._script
        same_texts(script.texts, meter)

        def run(name: str, arguments: dict[str, Any]) -> Executed:
            tool = next((each for each in question.tools if each.name == name), None)
            if tool is None:
                raise Diverged("request", "tools", name, "not offered")
            return question.call(tool, arguments)

        def check(request: Mapping[str, Any], executed: Sequence[Executed]) -> None:
            same_question(request, question)
            same_results(request, executed, question)

        return played(script, self.model_id, meter, check, run)


class ReplayedExtractor:
    """A model that reads a report. See ``conclave.agents.extraction.Extractor``."""

    def __init__(self, model_id: str, script: Script) -> None:
        self.model_id = model_id
        self._script = script

    def extract(self, text: str, schema: Mapping[str, Any], received: str, meter: Meter) -> Mapping[str, Any]:
        """See ``Extractor.extract``."""

        def check(request: Mapping[str, Any], executed: Sequence[Executed]) -> None:
            del executed
            label = str(request.get("requestMetadata", {}).get("run_id", ""))
            same_reading(request, reading_request(text, schema, received, label))

        return played(self._script, self.model_id, meter, check, _no_tools)


def _no_tools(name: str, arguments: dict[str, Any]) -> Executed:
    raise Diverged("request", "tools", f"{name} {sorted(arguments)}", "a report is read without tools")


def played(
    script: Script,
    model_id: str,
    meter: Meter,
    check: Callable[[Mapping[str, Any], Sequence[Executed]], None],
    run: Tool,
) -> Mapping[str, Any]:
    """Plays one question with all its exchanges, and answers what was answered, or raises what came instead.

    Args:
        script: Of the step.
        model_id: The model that would be asked here.
        meter: Takes the exchanges.
        check: Raises ``Diverged`` where a recorded request would not be made here, given the tools that ran before.
        run: Runs a tool.
    """
    ask = script.next_ask()
    if ask is None:
        raise Diverged("request", "model", "no further question", model_id)
    if ask.model != model_id:
        raise Diverged("request", "model", ask.model, model_id)
    begun, longest = len(meter.texts), iter(ask.output_tokens)
    executed: list[Executed] = []
    for text in script.texts[begun : begun + ask.texts]:
        if text.kind == MODEL:
            request = json.loads(text.request)
            check(request, executed)
            _exchange(script, text, request, meter, next(longest))
        else:
            executed.append(_called(script, text, run))
        same_texts(script.texts, meter)
    meter.too_dear.update(ask.too_dear)
    return _ended(ask)


def _ended(ask: Ask) -> Mapping[str, Any]:
    if ask.raised is not None:
        raise error_of(ask.raised)
    return dict(json.loads(ask.answer)) if ask.answer else {}


def _exchange(script: Script, text: Text, request: Mapping[str, Any], meter: Meter, output_tokens: int) -> None:
    """Plays one exchange, and compares what it is made of here with what it was made of."""
    number = len(meter.exchanges)
    if number >= len(script.exchanges):
        raise Diverged("exchange", f"exchanges[{number}]", "(absent)", text.hash)
    recorded = script.exchanges[number]
    begun = recorded.after_seconds or 0.0
    script.clock.show(begun, begun + recorded.duration_seconds)
    try:
        with meter.exchange(recorded.model, request, output_tokens) as exchange:
            _answer(exchange, recorded, text)
            if recorded.error:
                raise error_named(recorded.error)
    except CeilingReached:
        raise Diverged("exchange", f"exchanges[{number}]", "a call", "does not fit what is left") from None
    except Exception as error:
        if type(error).__name__ != recorded.error:
            raise
    if found := first_difference(plain(recorded), plain(meter.exchanges[-1]), f"exchanges[{number}]"):
        raise Diverged("exchange", *found)


def _answer(exchange: OpenExchange, recorded: Exchange, text: Text) -> None:
    usage = recorded.usage
    if usage.reserved_usd == 0.0:
        exchange.refused = True
    if usage.reserved_usd == 0.0 and (usage.input_tokens or usage.output_tokens):
        exchange.use(
            {
                "inputTokens": usage.input_tokens,
                "outputTokens": usage.output_tokens,
                "cacheReadInputTokens": usage.cache_read_tokens,
                "cacheWriteInputTokens": usage.cache_write_tokens,
            }
        )
    exchange.stop_reason = recorded.stop_reason
    exchange.answer = json.loads(text.answer) if text.answer else None


def _called(script: Script, text: Text, run: Tool) -> Executed:
    """Runs a tool as the model called it."""
    request = json.loads(text.request)
    call = script.next_call()
    if call is not None:
        begun = call.after_seconds or 0.0
        script.clock.show(begun, begun + call.duration_seconds)
    return run(request["tool"], request["arguments"])


def same_texts(recorded: Sequence[Text], meter: Meter) -> None:
    """Raises ``Diverged`` where a tool was asked, or answered, something else than was recorded; or a model was."""
    for number, text in enumerate(meter.texts):
        there = recorded[number] if number < len(recorded) else None
        if there == text:
            continue
        place = f"texts[{number}]"
        if there is None:
            raise Diverged("text", place, "(absent)", text.request)
        for part in ("kind", "request", "answer"):
            said, says = (_json(getattr(each, part)) for each in (there, text))
            if found := first_difference(said, says, f"{place} {_name(there)}.{part}"):
                raise Diverged("text", *found)
        raise Diverged("text", f"{place}.hash", there.hash, text.hash)


def _name(text: Text) -> str:
    request = _json(text.request)
    return str(request.get("tool", text.kind)) if isinstance(request, dict) else text.kind


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
