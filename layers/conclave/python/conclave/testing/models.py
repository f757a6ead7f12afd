"""Models that answer as they are told, and their circuits in memory: no provider is near, and nothing they say is a judgement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import structs

from conclave.agents.assess import Question
from conclave.agents.meter import Meter
from conclave.clock import Clock
from conclave.routing.breakers import CLOSED, Circuit, State, first_to_try
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


class MemoryCircuits:
    """What all callers together know."""

    def __init__(self) -> None:
        self.by_model: dict[str, Circuit] = {}

    def __len__(self) -> int:
        return len(self.by_model)


class MemoryBreakers:
    """One caller's view of circuits in memory. See ``conclave.routing.breakers.Breakers``.

    Args:
        circuits: What all callers share.
        models: The models that it may ask.
        clock: The time.
        run_id: The caller's run.
        probes: Whether this caller tries a model whose circuit is half-open, if its run has the lease.
    """

    def __init__(
        self,
        circuits: MemoryCircuits,
        models: Iterable[str],
        clock: Clock,
        *,
        run_id: str = "",
        probes: bool = False,
    ) -> None:
        self._run_id, self._probes = run_id, probes
        self._circuits = circuits.by_model
        self._known = {model: self._circuits.get(model, CLOSED) for model in models}
        self._clock = clock
        self._noted: list[tuple[str, bool]] = []

    def lets(self, model: str) -> bool:
        """See ``Breakers.lets``."""
        return self._known.get(model, CLOSED).lets(self._run_id if self._probes else "", self._clock().timestamp())

    def lease(self, chains: Iterable[Sequence[str]]) -> None:
        """See ``Breakers.lease``."""
        now = self._clock().timestamp()
        for model in first_to_try(chains, lambda each: self._known.get(each, CLOSED), now):
            if self._circuits.get(model, CLOSED).leasable(now):
                self._known[model] = self._circuits[model] = self._known[model].leased(self._run_id, now)

    def give_back(self) -> None:
        """See ``Breakers.give_back``."""
        now, noted = self._clock().timestamp(), {model for model, _ in self._noted}
        for model in self._known.keys() - noted:
            circuit = self._circuits.get(model, CLOSED)
            if circuit.held(self._run_id, now):
                self._known[model] = self._circuits[model] = structs.replace(circuit, holder="", held_until=0.0)

    def note(self, model: str, *, failed: bool) -> None:
        """See ``Breakers.note``."""
        self._noted.append((model, failed))

    def settle(self) -> Mapping[str, State]:
        """See ``Breakers.settle``."""
        noted, self._noted = self._noted, []
        changed: dict[str, State] = {}
        for model in dict.fromkeys(model for model, _ in noted):
            ends = [failed for each, failed in noted if each == model]
            before = self._circuits.get(model, CLOSED)
            after = before.after(sum(ends), len(ends) - sum(ends), self._clock().timestamp())
            if after is not before:
                self._circuits[model] = after
            if bool(after.opened_at) != bool(before.opened_at):
                changed[model] = State.OPEN if after.opened_at else State.CLOSED
        return changed
