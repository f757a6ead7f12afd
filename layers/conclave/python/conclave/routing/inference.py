"""Parameters of inference: what may be stated for a kind of agent, with its bounds, and what a family of models takes. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

MOST_OUTPUT_TOKENS = 8_192
"""The most tokens that any model may write in a turn, thinking included; more than any tier gives (``routes.json``)."""
Share = Annotated[float, Meta(ge=0, le=1, description="0 to 1")]
"""The bounds of Converse for temperature and top_p, as botocore's description of ``bedrock-runtime`` has them."""
Effort = Literal["low", "medium", "high"]
EFFORTS: tuple[Effort, ...] = ("low", "medium", "high")
"""From the least to the most."""


class Inference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How models are asked for a kind of agent; what is ``None`` is as the tier has it (``routes.json``), or left to the model.

    Attributes:
        max_tokens: Most tokens of an answer, those of its thinking included.
        temperature: How evenly a model draws its words.
        top_p: Share of the likeliest words that it draws from.
        effort: How much it works on an answer.
    """

    max_tokens: Annotated[int, Meta(ge=512, le=MOST_OUTPUT_TOKENS, description="Tokens")] | None = None
    temperature: Share | None = None
    top_p: Share | None = None
    effort: Effort | None = None

    def over(self, below: Inference) -> Inference:
        """This, with what the other one states where this states nothing."""
        return structs.replace(below, **{name: getattr(self, name) for name in self.stated})

    @property
    def stated(self) -> tuple[str, ...]:
        """Names of the parameters that are stated."""
        return tuple(name for name in self.__struct_fields__ if getattr(self, name) is not None)

    def for_model(self, model: str) -> Inference:
        """What of this a model takes."""
        taken = takes(model)
        return structs.replace(self, **dict.fromkeys((name for name in self.stated if name not in taken), None))


NOTHING_STATED = Inference()
_SAMPLED = {"max_tokens", "temperature", "top_p"}
_TAKEN: tuple[tuple[str, Collection[str]], ...] = (
    ("anthropic.claude-", {"max_tokens", "effort"}),
    ("amazon.nova-2", {*_SAMPLED, "effort"}),
    ("openai.gpt-oss", {*_SAMPLED, "effort"}),
)
"""Claude answers 400 to temperature and top_p since 4.7, Haiku 5.5 and Sonnet 5.5 included, whether it thinks or not; Nova 2 does
with the effort ``high`` only, which it is never asked with (``chains.fields_for``). Sources:
https://platform.claude.com/docs/en/models/sonnet-5/migration-guide,
https://openrouter.ai/docs/cookbook/evaluate-and-optimize/model-migrations/claude-5-5,
https://github.com/pydantic/pydantic-ai/issues/7791 (Converse)."""


def takes(model: str) -> Collection[str]:
    """The parameters that the family of a model takes; for a family that is not listed, those that Converse has for all.

    Args:
        model: Its id, or that of an inference profile.
    """
    return next((taken for family, taken in _TAKEN if family in model), _SAMPLED)
