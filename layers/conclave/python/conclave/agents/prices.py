"""Model tiers (``models.json``) and what stands behind each of them costs on a day: dated data, never constants in code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from conclave.configuration.settings import Settings
from conclave.money.prices import ModelPrice, PriceBook, PriceUnknown, price_book

DATA = Path(__file__).parent / "models.json"
LAST_DAY = "9999-12-31"
"""The day of which nobody asked: the newest rows."""


class TierUnknown(Exception):
    """An agent asks for a model tier that the price table does not have."""


class PriceTable(Struct, frozen=True, kw_only=True):
    """The models of the tiers and what they cost, as of a day."""

    as_of: str
    day: str
    tiers: Mapping[str, str]
    models: Mapping[str, ModelPrice]

    def model(self, tier: str) -> str:
        """Model id of a tier; raises ``TierUnknown``."""
        if tier not in self.tiers:
            raise TierUnknown(f"there is no model tier '{tier}'; there are: {', '.join(sorted(self.tiers))}")
        return self.tiers[tier]

    def cheaper(self, tier: str) -> tuple[str, ...]:
        """Weaker tiers whose models cost less, the strongest first and each model once. ``tiers`` has the weakest first."""
        found, price = [], self.price(self.model(tier))
        order = list(self.tiers)
        for weaker in reversed(order[: order.index(tier)]):
            other = self.models.get(self.model(weaker))
            if other and other.output < price.output and other.input < price.input:
                found.append(weaker)
                price = other
        return tuple(found)

    def under(self, settings: Settings) -> PriceTable:
        """The table with the prices of the same day that settings add to the packaged ones."""
        if not settings.prices:
            return self
        book = price_book()
        for row in settings.prices:
            book = book.plus(
                row.model,
                row.effective_from,
                input=row.input,
                output=row.output,
                cache_read=row.cache_read,
                cache_write=row.cache_write,
            )
        return price_table(self.day, book)

    def require_all(self) -> None:
        """Raises ``PriceUnknown`` where the model of a tier has no price: whoever may be asked has to have one."""
        for model in self.tiers.values():
            self.price(model)

    def price(self, model: str) -> ModelPrice:
        """Price of a model id; raises ``PriceUnknown`` for a model without one."""
        if model not in self.models:
            raise PriceUnknown(f"no price of {model} is in force; add a row with its first day to the prices")
        return self.models[model]


def price_table(day: str = LAST_DAY, book: PriceBook | None = None) -> PriceTable:
    """The tiers with the prices in force on a UTC day: of the packaged book, or of a newer one."""
    return _table(day) if book is None else _priced(day, book)


@lru_cache(maxsize=4)
def _table(day: str) -> PriceTable:
    return _priced(day, price_book())


def _priced(day: str, book: PriceBook) -> PriceTable:
    return PriceTable(as_of=book.as_of, day=day, tiers=_tiers(), models=book.on(day))


@lru_cache(maxsize=1)
def _tiers() -> Mapping[str, str]:
    tiers: Mapping[str, str] = json.loads(DATA.read_text(encoding="utf-8"))["tiers"]
    return tiers
