"""The worst case of a call to a model: the most tokens that it can have, and so the most that it can cost.

A tokenizer that works on bytes makes at most one token of each byte, so the bytes of what is sent are an upper bound, whatever
the tokenizer of the day. That holds for byte-level BPE, which the models of the price table have; it does not for a
tokenizer that rewrites text before it cuts it (NFKC makes eighteen letters of one ligature). What a provider adds by itself,
marks of turns and its words about tools, is in no request: ``PROVIDER_TOKENS`` stands for it.
"""

from __future__ import annotations

from typing import Any

from conclave.codec import as_text
from conclave.money.prices import ModelPrice

PROVIDER_TOKENS = 1_024
"""What a provider adds to a request. Its words about tools are the most of it, 159 to 530 tokens for the models that Anthropic
lists (docs.anthropic.com, tool use pricing); the mark of a turn is shorter than the JSON of the message that it stands for."""


def most_input_tokens(request: Any) -> int:
    """An upper bound of the input tokens of a request, given as plain values: the bytes of its JSON, and the provider's own."""
    return len(as_text(request).encode()) + PROVIDER_TOKENS


def worst_case(price: ModelPrice, request: Any, output_tokens: int) -> int:
    """The most that a call can cost at a price, in nano-dollars.

    Args:
        price: Of its model, in force on the day.
        request: Everything that is sent, as plain values.
        output_tokens: The most that the model may answer.
    """
    return price.worst(most_input_tokens(request), output_tokens)
