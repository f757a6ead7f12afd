from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.bedrock.wire.tokens import PromptCache, cache_floor, estimate, input_tokens

LONG = "one two three four five six seven eight nine ten " * 120


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def prompt(*system: dict[str, Any], model: str = "sonnet-5-5", text: str = "Hello") -> dict[str, Any]:
    return {"modelId": model, "system": list(system), "messages": [{"role": "user", "content": [{"text": text}]}]}


POINT = {"cachePoint": {"type": "default"}}


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("hello", 1), ("internationalisation", 3), ("12345", 2), ('{"a": 1}', 7)]
)
def test_estimates(text: str, tokens: int) -> None:
    assert estimate(text) == tokens


@given(st.text(), st.text())
def test_a_longer_text_never_has_fewer_tokens(first: str, second: str) -> None:
    assert estimate(f"{first} {second}") >= max(estimate(first), estimate(second))


def test_a_prefix_is_written_once_read_after_and_forgotten_in_time() -> None:
    clock = Clock()
    cache = PromptCache(clock)
    request = prompt({"text": LONG}, POINT)
    first, second = cache.charge(request), cache.charge(prompt({"text": LONG}, POINT, text="Another question"))
    assert first.cache_write == second.cache_read > 1024
    assert first.cache_read == second.cache_write == 0
    assert first.fresh + first.cache_write == input_tokens(request)
    clock.now = 301.0
    assert cache.charge(request).cache_read == 0


def test_below_the_floor_nothing_is_cached_and_nobody_says_so() -> None:
    cache = PromptCache()
    charged = cache.charge(prompt({"text": LONG}, POINT, model="claude-haiku-4-5"))
    assert (charged.cache_read, charged.cache_write) == (0, 0)
    assert len(cache) == 0


def test_another_model_does_not_share_a_prefix() -> None:
    cache = PromptCache()
    cache.charge(prompt({"text": LONG}, POINT))
    assert cache.charge(prompt({"text": LONG}, POINT, model="sonnet-4-6")).cache_read == 0


def test_floors_are_those_of_the_model_family() -> None:
    assert cache_floor("global.anthropic.claude-haiku-4-5") == 4096
    assert cache_floor("global.anthropic.claude-sonnet-5-5") == 1024
