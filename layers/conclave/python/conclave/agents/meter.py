"""The meter: every exchange with a model passes through it, whoever makes it.

It knows what was asked (by the hash of the canonical request), how long the model took, what it used and what that cost. Before
a call it reserves the most that the call can cost; one that does not fit what is left is not made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec import Struct, field, structs

from conclave.agents.prices import PriceTable
from conclave.clock import Monotonic, system_clock
from conclave.money.amounts import usd
from conclave.money.ledger import CeilingReached, Ledger
from conclave.money.usage import total_usage
from conclave.money.worst_case import worst_case
from conclave.records.texts import Text, model_text
from conclave.types import Exchange, Usage

MAX_OUTPUT_TOKENS = 2_048
"""The longest answer of an agent's model, unless its request says less."""

Purse = Callable[[], int]
"""Takes what calls are paid from, in nano-dollars. Asked once, before the first call; 0 when nothing is left."""


Lender = Callable[[str, int], int]
"""Gives more for a call that does not fit: takes its model and what lacks, in nano-dollars; answers what it gave, or 0."""


def nothing_lent(model: str, lacks: int) -> int:
    """The lender of work that has its purse and nothing else: a run's."""
    del model, lacks
    return 0


def boundless() -> int:
    """The purse of work that accounts to nobody: benches, and readings outside a run."""
    return 1 << 62


class OpenExchange(Struct):
    """An exchange under way. ``use`` is called with the usage that the provider reports, ``answer`` is what came back.

    ``refused`` says that the provider refused the request before it generated anything, and so bills nothing.
    """

    usage: Usage = field(default_factory=Usage)
    stop_reason: str = ""
    answer: Any = None
    reported: bool = False
    refused: bool = False

    def use(self, reported: Mapping[str, Any]) -> None:
        """Takes the provider's usage block (Converse: ``inputTokens`` ...)."""
        self.reported = bool(reported)
        self.usage = Usage(
            input_tokens=int(reported.get("inputTokens", 0)),
            output_tokens=int(reported.get("outputTokens", 0)),
            cache_read_tokens=int(reported.get("cacheReadInputTokens", 0) or 0),
            cache_write_tokens=int(reported.get("cacheWriteInputTokens", 0) or 0),
            model_calls=1,
        )


class Meter:
    """Collects the exchanges of one agent in one phase, and their texts. Made when that work begins, never shared.

    Attributes:
        exchanges: One after the other.
        texts: What was asked and answered, in the same order.
        repairs: Calls that were made because an answer had not the right form.
        too_dear: Models of which a call was not made, since it did not fit what was left.
        output_tokens: The most that each exchange might answer, in their order.
    """

    def __init__(
        self,
        prices: PriceTable,
        monotonic: Monotonic = system_clock.monotonic,
        purse: Purse = boundless,
        lender: Lender = nothing_lent,
    ) -> None:
        self.prices = prices
        self._purse, self._lender = purse, lender
        self._ledger: Ledger | None = None
        self._monotonic = monotonic
        self._begun = monotonic()
        self.exchanges: list[Exchange] = []
        self.texts: list[Text] = []
        self.repairs = 0
        self.too_dear: set[str] = set()
        self.output_tokens: list[int] = []

    def __len__(self) -> int:
        return len(self.exchanges)

    def elapsed(self) -> float:
        """Seconds since the work began; they never go back."""
        return self._monotonic() - self._begun

    @property
    def ledger(self) -> Ledger:
        """What the work may spend and has spent. Looking at it takes the purse."""
        if self._ledger is None:
            self._ledger = Ledger(limit=self._purse())
        return self._ledger

    @contextmanager
    def exchange(self, model: str, request: Any, output_tokens: int = MAX_OUTPUT_TOKENS) -> Iterator[OpenExchange]:
        """Measures one exchange. It is recorded even when it fails: a throttled call is a call.

        Args:
            model: Model id.
            request: Everything that is sent, as plain values.
            output_tokens: The most that the model may answer.

        Raises:
            CeilingReached: What it can cost does not fit what is left; nothing is sent, and nothing recorded.
            PriceUnknown: The model has no price that is in force; nothing is sent.
        """
        price = self.prices.price(model)
        worst = worst_case(price, request, output_tokens)
        lacks = self.ledger.lacking(worst)
        lent = self._lender(model, lacks) if lacks else 0
        try:
            self._ledger = self.ledger.raised(lent).reserve(worst)
        except CeilingReached:
            self.too_dear.add(model)
            raise
        started = self.elapsed()
        under_way = OpenExchange(usage=Usage(model_calls=1))
        error = ""
        try:
            yield under_way
        except BaseException as failure:
            error = type(failure).__name__
            # What a service says may quote what it was sent, so it stands with the texts and nowhere else.
            under_way.answer = under_way.answer or {"error": error, "message": str(failure)}
            raise
        finally:
            cost = price.nanos(under_way.usage)
            known = under_way.reported or under_way.refused
            self._ledger = self.ledger.settle(cost) if known else self.ledger.abandon()
            usage = structs.replace(under_way.usage, cost_usd=usd(cost), reserved_usd=0.0 if known else usd(worst))
            text = model_text(request, under_way.answer)
            self.texts.append(text)
            self.output_tokens.append(output_tokens)
            self.exchanges.append(
                Exchange(
                    request_hash=text.hash,
                    model=model,
                    usage=usage,
                    duration_seconds=round(self.elapsed() - started, 3),
                    stop_reason=under_way.stop_reason,
                    error=error,
                    after_seconds=round(started, 3),
                )
            )

    def total(self) -> Usage:
        """The sum of all exchanges so far."""
        return total_usage(each.usage for each in self.exchanges)
