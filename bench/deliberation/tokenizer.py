"""The tokenizer: ``ctok``, which rebuilds the counts of Claude's own from measured answers of its counting service.

Anthropic publishes no vocabulary for its current models; of what can be installed, ``ctok`` alone counts for them, and it does so
without a network. Its newest family is that of Sonnet 5. The family before counts the same prompts a quarter lower, and OpenAI's
``o200k_base`` a third. What the provider adds around tools (a few hundred tokens a request, on both sides) is not counted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ctok import token_count

FAMILY = "4.8"
FAMILY_BEFORE = "4.6"
NAME = f"ctok, Claude {FAMILY} and later"
_KEPT = 8192
"""Texts whose tokens are remembered: roles, tools and the turns of a conversation come again in later requests."""


@lru_cache(_KEPT)
def size(text: str, family: str = FAMILY) -> int:
    """Tokens of a text, without the frame that the counting service adds around a message."""
    return int(token_count(text, family)) - _frame(family)


@lru_cache
def _frame(family: str) -> int:
    return int(token_count("a", family)) - 1


def block_tokens(block: Mapping[str, Any], family: str = FAMILY) -> int:
    """Tokens of one block: its text as it is, anything else as compact JSON. A cache point costs nothing."""
    if "cachePoint" in block:
        return 0
    text = block.get("text")
    return size(text if isinstance(text, str) else dense(block), family)


def dense(value: Any) -> str:
    """A value as compact JSON, as it travels."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
