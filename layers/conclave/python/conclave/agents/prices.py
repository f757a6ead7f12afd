"""Model tiers and prices: dated data (``models.json``), never constants in code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from conclave.types import Usage

DATA = Path(__file__).parent / "models.json"
TOKENS_PER_PRICE = 1_000_000


class TierUnknown(Exception):
    """An agent asks for a model tier that the price table does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPrice:
    """US dollars per million tokens."""

    input: float
    output: float
    cache_read: float
    cache_write: float

    def cost(self, usage: Usage) -> float:
        """The cost of the tokens in US dollars."""
        total = (
            usage.input_tokens * self.input
            + usage.output_tokens * self.output
            + usage.cache_read_tokens * self.cache_read
            + usage.cache_write_tokens * self.cache_write
        )
        return round(total / TOKENS_PER_PRICE, 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """The models of the tiers and what they cost, as of a day."""

    as_of: str
    tiers: Mapping[str, str]
    models: Mapping[str, ModelPrice]

    def model(self, tier: str) -> str:
        """Model id of a tier; raises ``TierUnknown``."""
        if tier not in self.tiers:
            raise TierUnknown(f"there is no model tier '{tier}'; there are: {', '.join(sorted(self.tiers))}")
        return self.tiers[tier]

    def price(self, model: str) -> ModelPrice:
        """Price of a model id; raises ``KeyError`` for a model without one."""
        return self.models[model]


@lru_cache(maxsize=1)
def price_table() -> PriceTable:
    """The table that ships with this version."""
    data = json.loads(DATA.read_text(encoding="utf-8"))
    kinds = ("input", "output", "cache_read", "cache_write")
    models = {name: ModelPrice(**{kind: row[kind] for kind in kinds}) for name, row in data["models"].items()}
    return PriceTable(as_of=data["as_of"], tiers=data["tiers"], models=models)
