"""Models under faults: the scripted answers behind the same repeats as the deployed adapters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError
from conclave.agents import Question, TimeUp
from conclave.clock import Deadline
from conclave.exchange import Meter
from conclave.reading import AnswerInvalid

from bench.simulation.domain import Kind, answer
from bench.simulation.faults import CONVERSE, Chaos

MODEL = "global.anthropic.claude-haiku-5-5"
TURNS = 2
"""The answer, one repair."""


class _Garbage(Exception):
    """An answer that does not fit its type."""


class Model:
    """An agent's model. See ``conclave.agents.ModelPort``."""

    model_id = MODEL

    def __init__(self, chaos: Chaos, kind: Kind) -> None:
        self._chaos = chaos
        self._kind = kind

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        """See ``ModelPort.ask``: one repeat of a failure that passes, one repair of an answer that does not fit."""
        repeated = False
        for _ in range(TURNS):
            while True:
                try:
                    return self._exchange(question, meter)
                except _Garbage:
                    break
                except Exception as error:
                    if repeated or not passes(error) or question.agent.name == self._kind.broken:
                        raise
                    repeated = True
                self._pause(question.deadline, self._chaos.random.uniform(0.5, 1.5))
        raise AnswerInvalid("the answer does not fit its type, even after one repair")

    def _exchange(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        with meter.exchange(self.model_id, {"user": question.user}) as exchange:
            if question.agent.name == self._kind.broken:
                self._pause(question.deadline, 1.0)
                raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "Converse")
            said = _converse(self._chaos, lambda: answer(question, self._kind), self._pause, question.deadline)
            exchange.use({"inputTokens": 100, "outputTokens": 10})
            exchange.answer = dict(said)
            return said

    def _pause(self, deadline: Deadline, seconds: float) -> None:
        """Waits for the model, but not longer than there is time."""
        left = deadline.remaining()
        self._chaos.pause(min(seconds, left))
        if seconds >= left:
            raise TimeUp("the model did not answer before the deadline")


def _converse(
    chaos: Chaos, said: Callable[[], Mapping[str, Any]], pause: Callable[[Deadline, float], None], deadline: Deadline
) -> Mapping[str, Any]:
    pause(deadline, chaos.random.uniform(0.5, 4.0))
    kind = chaos.draw("model.converse", CONVERSE)
    chaos.tell(f"{chaos.scheduler.current.name} model.converse {kind}")
    if kind == "partial":
        raise _Garbage
    if kind == "late":
        pause(deadline, chaos.delay())
    elif kind:
        return dict(chaos.fail(kind, "model.converse", said))
    return said()


def passes(error: BaseException) -> bool:
    """Whether the deployed adapter asks once more after an error."""
    return isinstance(error, ClientError) and error.response["Error"].get("Code") == "ThrottlingException"


class Extractor:
    """Reads a sentence. See ``conclave.framing.Extractor``; the client repeats once, as the deployed one does."""

    def __init__(self, chaos: Chaos, kind: Kind) -> None:
        self._chaos = chaos
        self._kind = kind

    def extract(self, text: str, schema: Mapping[str, Any], received: str, meter: Meter) -> Mapping[str, Any]:
        """See ``Extractor.extract``."""
        with meter.exchange(MODEL, {"text": text}) as exchange:
            said = twice(self._chaos, "model.extract", lambda: self._kind.incident)
            exchange.use({"inputTokens": 50, "outputTokens": 10})
            return dict(said)


class Screen:
    """The guardrail, which refuses nothing. See ``conclave.framing.Screen``."""

    def __init__(self, chaos: Chaos) -> None:
        self._chaos = chaos

    def refuses(self, texts: Sequence[str]) -> Sequence[str]:
        """See ``Screen.refuses``."""
        refused: Sequence[str] = twice(self._chaos, "model.screen", tuple)
        return refused


def twice(chaos: Chaos, where: str, effect: Callable[[], Any]) -> Any:
    """A call of ``frame`` to Bedrock: the client itself makes two attempts (``wiring.MODEL_ATTEMPTS``)."""
    kinds = ("before", "after", "late", "throttled", "killed")
    try:
        return chaos.call(where, effect, kinds)
    except Exception:  # every failure that is drawn here passes, and botocore repeats it
        return chaos.call(where, effect, kinds)
