"""The money of a question: its slice, what it takes on top for a model that stands in, and what it gives back.

A question is cut for the model of its tier. Where that fails, a dearer one may stand in; what its call may cost beyond what is
left is taken from the conversation then, as a turn without a question, so that neither the many questions that need no stand-in
reserve for one, nor one that needs it goes without. Whatever dies on the way stays reserved.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any

from msgspec import Struct, field

from conclave.agents.prices import PriceTable
from conclave.clock import Timepiece, timestamp
from conclave.conversation.turns import Answered, Asked, Conversation, NoTurn, conversation_of, leave_answer, take_turn
from conclave.money.amounts import nanos
from conclave.money.spending import Spending, reserve_of, settlement_of
from conclave.records.journal import Journal
from conclave.types import Usage

SLICES_USD: Mapping[str, float] = {"fast": 0.03, "balanced": 0.03, "strong": 0.25}
"""What one question may spend, by the tier that answers it. Bytes count as tokens when money is reserved, so most comes back."""
MOST_LENT_USD = 0.25
"""What one question takes on top at most, for all models that stand in for its own and its specialists'."""
SHARE_OF_SPECIALISTS = 0.4
"""Of a question's money, for the specialists that it asks, in equal parts."""


class Purse(Struct, kw_only=True):
    """The money of one question. Its tools may ask for more at once, in threads.

    Attributes:
        run_id: The run.
        by: Who asks.
        tier: The tier that the question is cut for.
        journal: Where turns are taken.
        spending: What all runs have spent.
        prices: Of models.
        clock: The time.
        number: The turn; 0 until there is one.
        lent: What was taken on top, in nano-dollars, by the number of its turn.
    """

    run_id: str
    by: str
    tier: str
    journal: Journal
    spending: Spending
    prices: PriceTable
    clock: Timepiece
    number: int = 0
    lent: dict[int, int] = field(default_factory=dict)
    _at: str = ""
    _one_at_a_time: Any = field(default_factory=Lock)

    @property
    def limit(self) -> int:
        """What the question may spend without a stand-in, in nano-dollars."""
        return nanos(SLICES_USD[self.tier])

    def begin(self, seen: Conversation) -> str:
        """Takes the question's turn, and counts all that it may spend; answers the time.

        Raises:
            NoTurn: There is none left, or not so much money.
        """
        self._at = timestamp(self.clock())
        asked = Asked(at=self._at, reserved_nanos=self.limit, by=self.by)
        self.number = take_turn(self.run_id, self.journal, seen, asked)
        self.spending.add(reserve_of(self.limit), self._at)
        return self._at

    def lend(self, tier: str, model: str, lacks: int) -> int:
        """Takes what lacks for a call from the conversation; see ``conclave.agents.meter.Lender``.

        Args:
            tier: Tier of whoever asks. Nothing is lent for its own model: that retreats to a cheaper one.
            model: The model that is to be called.
            lacks: What lacks, in nano-dollars.
        """
        if model == self.prices.model(tier):
            return 0
        with self._one_at_a_time:
            if sum(self.lent.values()) + lacks > nanos(MOST_LENT_USD):
                return 0
            asked = Asked(at=self._at, reserved_nanos=lacks, by=self.by, of=self.number)
            try:
                number = take_turn(self.run_id, self.journal, conversation_of(self.run_id, self.journal), asked)
            except NoTurn:
                return 0
            self.spending.add(reserve_of(lacks), self._at)
            self.lent[number] = lacks
            return lacks

    def settle(self, usage: Usage) -> None:
        """Counts what the question used in place of all that it might have spent."""
        self.spending.add(settlement_of(usage, self.limit + sum(self.lent.values())), self._at)

    def give_back(self) -> None:
        """Gives the conversation back what was taken on top. Only after the question's own costs were left there."""
        for number in self.lent:
            leave_answer(self.run_id, self.journal, None, number, Answered(at=self._at))
