"""Tokens, estimated: how many there are and which of them a provider's prompt cache would hold.

No tokenizer is on this machine, so ``estimate`` counts what tokenizers split on: a word costs one token per seven letters,
digits one per three, every other sign one. On English prose that is about 1.3 tokens a word, on JSON about one per 2.8
characters, where characters divided by four is 18 to 55 % too low. It is an estimate for budgets and demonstrations; on AWS
the service's own figures take its place.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from local.bedrock.wire.requests import prompt_blocks

_PIECES = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_|\n+")
_LETTERS_PER_TOKEN = 7
_DIGITS_PER_TOKEN = 3
_TURN_TOKENS = 4
_KEPT = 1024
"""Texts whose tokens are remembered: roles and tools are the same in every request."""
_LIFETIMES = {"5m": 300.0, "1h": 3600.0}
# Providers do not cache a prefix shorter than this, and do not say so.
_FLOOR = 1024
_HIGH_FLOORS = re.compile(r"haiku-(4-5|5)|opus-4-[5-9]|opus-5")
_HIGH_FLOOR = 4096


BlockCounter = Callable[[Mapping[str, Any]], int]
"""Counts the tokens of a content, system or tool block."""


@lru_cache(_KEPT)
def estimate(text: str) -> int:
    """Estimated tokens of a text; 0 for an empty one."""
    return sum(_cost(piece) for piece in _PIECES.findall(text))


def _cost(piece: str) -> int:
    if piece[0].isdigit():
        return -(-len(piece) // _DIGITS_PER_TOKEN)
    return -(-len(piece) // _LETTERS_PER_TOKEN) if piece[0].isalpha() else 1


def block_tokens(block: Mapping[str, Any]) -> int:
    """Estimated tokens of one content, system or tool block."""
    if "cachePoint" in block:
        return 0
    text = block.get("text")
    return estimate(text) if isinstance(text, str) else estimate(json.dumps(block, separators=(",", ":")))


def input_tokens(parameters: Mapping[str, Any], count: BlockCounter = block_tokens) -> int:
    """Tokens of everything that the model reads, estimated unless something better counts a block."""
    turns = len(parameters.get("messages") or ())
    return turns * _TURN_TOKENS + sum(count(block) for block in prompt_blocks(parameters))


def cache_floor(model: str) -> int:
    """Tokens below which a provider does not cache a prefix of this model."""
    return _HIGH_FLOOR if _HIGH_FLOORS.search(model) else _FLOOR


@dataclass(frozen=True, slots=True)
class InputUsage:
    """The tokens of a prompt by the way they are billed; the three add up to the whole prompt."""

    fresh: int
    cache_read: int
    cache_write: int


class PromptCache:
    """Which prompt prefixes a provider would hold right now.

    Args:
        clock: Seconds; monotonic.
        count: Tokens of a block.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, count: BlockCounter = block_tokens) -> None:
        self._clock = clock
        self._count = count
        self._expires: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._expires)

    def charge(self, parameters: Mapping[str, Any]) -> InputUsage:
        """Looks a prompt up, stores its prefixes up to the last cache point, and says what is billed how."""
        now = self._clock()
        self._expires = {key: at for key, at in self._expires.items() if at > now}
        total = input_tokens(parameters, self._count)
        model = parameters["modelId"]
        floor = cache_floor(model)
        digest, tokens, read, stored = hashlib.sha256(model.encode()), 0, 0, 0
        for block in prompt_blocks(parameters):
            if "cachePoint" not in block:
                digest.update(json.dumps(block, sort_keys=True).encode())
                tokens += self._count(block)
                continue
            if tokens < floor:
                continue
            key = digest.hexdigest()
            read = tokens if key in self._expires else read
            stored = tokens
            # A hit renews the lifetime, as it does at the provider.
            self._expires[key] = now + _LIFETIMES.get(block["cachePoint"].get("ttl", "5m"), 300.0)
        return InputUsage(fresh=total - max(read, stored), cache_read=read, cache_write=max(0, stored - read))
