"""Models under faults: the scripted answers behind the same repeats as the deployed adapters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError
from conclave.adapters.models.passing import OneRepeat, passes, pause_seconds
from conclave.adapters.models.strands_model import REPEAT_RESERVE_SECONDS
from conclave.agents.answer_form import AnswerInvalid
from conclave.agents.assess import Question, TimeUp
from conclave.agents.meter import Meter
from conclave.clock import Deadline
from conclave.functions.wiring import REPEAT_RESERVE_SECONDS as FRAMING_RESERVE_SECONDS
from conclave.routing.breakers import NoBreakers
from conclave.routing.calls import Calls
from conclave.routing.chains import only

from bench.simulation.domain import Kind, answer
from bench.simulation.faults import CONVERSE, Chaos

MODEL = "global.anthropic.claude-haiku-5-5"


class _Garbage(Exception):
    """An answer that does not fit its type."""


class Model:
    """An agent's model. See ``conclave.agents.assess.ModelPort``.

    Args:
        chaos: The faults.
        kind: How it answers.
        limit: The agent's time limit, seconds; no read waits longer than half of it, as in ``StrandsModel``.
    """

    model_id = MODEL

    def __init__(self, chaos: Chaos, kind: Kind, limit: float) -> None:
        self._chaos = chaos
        self._kind = kind
        self._read_timeout = limit / 2

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        """See ``ModelPort.ask``: whatever goes wrong with the first call, there is one more, a repeat or a repair."""
        calls = Calls(only(MODEL), question.deadline, NoBreakers())
        while True:
            if not calls.begin():
                raise AnswerInvalid("no valid answer after one repeat")
            try:
                return self._exchange(question, meter)
            except _Garbage:
                continue
            except Exception as error:
                pause = pause_seconds()
                late = question.deadline.remaining() < REPEAT_RESERVE_SECONDS + pause
                if calls.spent or late or not passes(error):
                    raise
            self._pause(question.deadline, pause)

    def _exchange(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        with meter.exchange(self.model_id, {"user": question.user}) as exchange:
            self._pause(question.deadline, self._chaos.random.uniform(0.5, 4.0))
            if question.agent.name == self._kind.broken:
                raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "Converse")
            said = self._converse(question)
            exchange.use({"inputTokens": 100, "outputTokens": 10})
            exchange.answer = dict(said)
            return said

    def _converse(self, question: Question) -> Mapping[str, Any]:
        chaos, kind = self._chaos, self._chaos.draw("model.converse", CONVERSE)
        chaos.tell(f"{chaos.scheduler.current.name} model.converse {kind}")
        if kind == "partial":
            raise _Garbage
        if kind == "late":
            delay = chaos.delay()
            self._pause(question.deadline, min(delay, self._read_timeout))
            if delay > self._read_timeout:
                raise ReadTimeoutError(endpoint_url="model.converse")
        elif kind:
            return dict(chaos.fail(kind, "model.converse", lambda: answer(question, self._kind)))
        return answer(question, self._kind)

    def _pause(self, deadline: Deadline, seconds: float) -> None:
        """Waits for the model, but not longer than there is time."""
        left = deadline.remaining()
        self._chaos.pause(min(seconds, left))
        if seconds >= left:
            raise TimeUp("the model did not answer before the deadline")


class Extractor:
    """Reads a sentence. See ``conclave.agents.extraction.Extractor``."""

    model_id = MODEL

    def __init__(self, chaos: Chaos, kind: Kind, limit: float) -> None:
        self._chaos = chaos
        self._kind = kind
        self._limit = limit

    def extract(self, text: str, schema: Mapping[str, Any], received: str, meter: Meter) -> Mapping[str, Any]:
        """See ``Extractor.extract``."""
        with meter.exchange(MODEL, {"text": text}) as exchange:
            said = _repeated(self._chaos, self._limit, "model.extract", lambda: self._kind.incident)
            exchange.use({"inputTokens": 50, "outputTokens": 10})
            return dict(said)


class Screen:
    """The guardrail, which refuses nothing. See ``conclave.steps.frame.Screen``."""

    def __init__(self, chaos: Chaos, limit: float) -> None:
        self._chaos = chaos
        self._limit = limit

    def refuses(self, texts: Sequence[str]) -> Sequence[str]:
        """See ``Screen.refuses``."""
        refused: Sequence[str] = _repeated(self._chaos, self._limit, "model.screen", tuple)
        return refused


def _repeated(chaos: Chaos, limit: float, where: str, effect: Callable[[], Any]) -> Any:
    """A call of ``frame`` to Bedrock, with the deployed repeat."""
    repeat = OneRepeat(
        deadline=Deadline(limit, chaos.scheduler.monotonic),
        reserve_seconds=FRAMING_RESERVE_SECONDS,
        sleep=chaos.pause,
    )
    return repeat.of(lambda: chaos.call(where, effect, ("before", "after", "late", "throttled", "killed")))
