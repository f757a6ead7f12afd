"""The hijacked model without a wire: the model of an agent for a ``conclave.testing.room.Room`` in one process."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from conclave.agents.answer_form import AnswerInvalid
from conclave.agents.assess import Question
from conclave.agents.meter import Meter
from conclave.pack import Tool
from conclave.types import AgentKind, Phase

from local.bedrock.attacks.hijacked import Attacker, Seen


class HijackedModel:
    """The attacker as the model of an agent in one process. See ``conclave.agents.assess.ModelPort``.

    It takes either way into the engine: through the typed answer, as the adapter of a deployed agent would hand it over, or
    past it, as if the adapter checked nothing.

    Args:
        attacker: What it says.
        model_id: Whose price counts.
        foreign: Tools of other agents, which it calls too when nothing checks.
    """

    def __init__(self, attacker: Attacker, model_id: str, foreign: Sequence[Tool] = ()) -> None:
        self.model_id = model_id
        self._attacker = attacker
        self._foreign = foreign

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        """See ``ModelPort.ask``."""
        seen = Seen(
            option_ids=question.option_ids,
            fields=question.fields,
            tools=tuple(tool.name for tool in question.tools),
            words=f"{question.system}\n{question.user}",
            choice=question.agent.kind is AgentKind.ARBITER,
            stance=question.phase is Phase.REVISE,
        )
        attack = self._attacker.attack(seen, f"{question.agent.name}|{question.phase}")
        unchecked = hashlib.sha256(f"{attack.name}|{question.user[:200]}".encode(errors="replace")).digest()[0] % 2 == 0
        with meter.exchange(self.model_id, {"agent": question.agent.name}) as exchange:
            exchange.use({"inputTokens": 1, "outputTokens": 1})
        for name, arguments in attack.calls:
            self._call(question, name, arguments, unchecked=unchecked)
        if unchecked:
            return attack.answer  # type: ignore[no-any-return]
        return question.form.check(attack.answer)

    def _call(self, question: Question, name: str, arguments: Any, *, unchecked: bool) -> None:
        """A call as the framework makes it; unchecked, one of a tool that was not offered, too."""
        offered = {tool.name: tool for tool in question.tools}
        given = arguments if isinstance(arguments, dict) else {}
        if name in offered:
            question.call(offered[name], given)
        elif unchecked and self._foreign:
            tool = self._foreign[len(name) % len(self._foreign)]
            try:
                question.call(tool, given)
            except AnswerInvalid:
                return  # an attacker goes on
