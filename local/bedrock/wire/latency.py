"""The time that a model would have taken: off unless asked for, and the same for the same request."""

from __future__ import annotations

import random
from dataclasses import dataclass

_SPREAD = 0.25


class LatencyInvalid(ValueError):
    """The text does not describe a latency; the message says how one looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Time to first token and time per output token, both log-normal around their medians.

    Attributes:
        first_token: Median seconds to the first token.
        per_token: Median seconds per output token.
        seed: Another seed, other draws.
    """

    first_token: float = 0.0
    per_token: float = 0.0
    seed: int = 0

    @classmethod
    def parse(cls, text: str) -> Latency:
        """Reads ``ttft=0.8,token=0.012,seed=7``; parts may be left out, an empty text switches it off.

        Raises:
            LatencyInvalid: The text is something else.
        """
        parts = dict(part.strip().partition("=")[::2] for part in text.split(",") if part.strip())
        try:
            latency = cls(
                first_token=float(parts.pop("ttft", 0)),
                per_token=float(parts.pop("token", 0)),
                seed=int(parts.pop("seed", 0)),
            )
        except ValueError as error:
            raise LatencyInvalid("a latency looks like: ttft=0.8,token=0.012,seed=7") from error
        if parts:
            raise LatencyInvalid(
                f"unknown part '{next(iter(parts))}'; a latency looks like: ttft=0.8,token=0.012,seed=7"
            )
        return latency

    def draw(self, request: str) -> tuple[float, float]:
        """Seconds to the first token and per token for a request, identified by any text (its hash)."""
        if not (self.first_token or self.per_token):
            return 0.0, 0.0
        source = random.Random(f"{self.seed}:{request}")
        return self.first_token * source.lognormvariate(0, _SPREAD), self.per_token * source.lognormvariate(0, _SPREAD)
