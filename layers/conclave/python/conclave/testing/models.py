"""Models that answer as they are told: no provider is near, and nothing they say is a judgement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conclave.agents.assess import Question
from conclave.agents.meter import Meter
from conclave.types import AgentKind, Phase

Answer = Callable[[Question], Mapping[str, Any]]
"""Makes the fields of an answer out of a question, or raises."""


def agreeable(question: Question) -> Mapping[str, Any]:
    """An answer that adds nothing: specialists approve and like all options alike, the arbiter takes the first that it may.

    So whatever stops or steers a run with such models is a check, a gap or a rule, and not a model.
    """
    ids = list(question.option_ids)
    if question.agent.kind is AgentKind.ARBITER:
        return {"option_id": ids[0], "ranking": ids, "justification": "first", "confidence": 0.9}
    stance = {"stance": "confirm"} if question.phase is Phase.REVISE else {}
    return {"verdict": "approve", "scores": [0.5] * len(ids), "confidence": 0.8, "rationale": "fine", **stance}


class ScriptedModel:
    """A model that answers as told, and keeps the questions that it was asked.

    Args:
        model_id: The model whose price its tokens have.
        answer: Makes its answers; ``agreeable`` where none is given.
    """

    def __init__(self, model_id: str, answer: Answer = agreeable) -> None:
        self.model_id = model_id
        self._answer = answer
        self.questions: list[Question] = []

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        """See ``ModelPort.ask``. Each answer counts 100 tokens in and 10 out."""
        self.questions.append(question)
        with meter.exchange(self.model_id, {"user": question.user}) as exchange:
            exchange.use({"inputTokens": 100, "outputTokens": 10})
        return self._answer(question)
