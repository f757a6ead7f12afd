"""The meter: every exchange with a model passes through it, whoever makes it.

It knows what was asked (by the hash of the canonical request), how long the model took, what it used and what that cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from conclave.agents.prices import PriceTable
from conclave.clock import Monotonic, system_clock
from conclave.records.texts import Text, model_text
from conclave.records.usage import total_usage
from conclave.types import Exchange, Usage


@dataclass(slots=True)
class OpenExchange:
    """An exchange under way. ``use`` is called with the usage that the provider reports, ``answer`` is what came back."""

    usage: Usage = field(default_factory=Usage)
    stop_reason: str = ""
    answer: Any = None

    def use(self, reported: Mapping[str, Any]) -> None:
        """Takes the provider's usage block (Converse: ``inputTokens`` ...)."""
        self.usage = Usage(
            input_tokens=int(reported.get("inputTokens", 0)),
            output_tokens=int(reported.get("outputTokens", 0)),
            cache_read_tokens=int(reported.get("cacheReadInputTokens", 0) or 0),
            cache_write_tokens=int(reported.get("cacheWriteInputTokens", 0) or 0),
            model_calls=1,
        )


class Meter:
    """Collects the exchanges of one agent in one phase, and their texts. Made when that work begins, never shared."""

    def __init__(self, prices: PriceTable, monotonic: Monotonic = system_clock.monotonic) -> None:
        self._prices = prices
        self._monotonic = monotonic
        self._begun = monotonic()
        self.exchanges: list[Exchange] = []
        self.texts: list[Text] = []

    def __len__(self) -> int:
        return len(self.exchanges)

    def elapsed(self) -> float:
        """Seconds since the work began; they never go back."""
        return self._monotonic() - self._begun

    @contextmanager
    def exchange(self, model: str, request: Any) -> Iterator[OpenExchange]:
        """Measures one exchange. It is recorded even when it fails: a throttled call is a call."""
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
            usage = replace(under_way.usage, cost_usd=self._prices.price(model).cost(under_way.usage))
            text = model_text(request, under_way.answer)
            self.texts.append(text)
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
