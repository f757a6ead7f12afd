"""The settings: everything that may be changed at run time, each with its bounds and what it is without a change.

A setting is a number, a word of a closed list, or a switch. None of them names a check, the guardrail, a hard constraint or a
consent, so none of them can turn one off: those are code, and what is not here is not changed at run time.
A setting that a pack declares too is ``None`` until it is set. It is then held by the declaration as well
(``conclave.configuration.declared``): a time limit can be shorter than the pack's, and the tier of a safety agent can be
stronger, never the other way round.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from conclave.routing.inference import MOST_OUTPUT_TOKENS, NOTHING_STATED, Inference

Tier = Literal["fast", "balanced", "strong", "reasoning"]
"""A tier of the price table."""
TIERS: tuple[Tier, ...] = ("fast", "balanced", "strong", "reasoning")
"""From the weakest to the strongest."""

Chain = Annotated[tuple[Tier, ...], Meta(max_length=4, description="Tiers, in the order in which they are asked")]
Usd = Annotated[float, Meta(ge=0.001, le=100_000, description="US dollars")]
Price = Annotated[float, Meta(ge=0.001, le=1_000, description="US dollars per million tokens")]
AgentSeconds = Annotated[int, Meta(ge=15, le=300, description="Seconds")]
Lead = Annotated[float, Meta(ge=0, le=1, description="Lead of the best total over the next, 0 to 1")]
Month = Annotated[
    str,
    Meta(pattern=r"^(20\d\d-(0[1-9]|1[0-2]))?$", max_length=7, description="a month such as 2026-11, or an empty text"),
]
Count = Annotated[int, Meta(ge=0, le=100, description="How many")]


class _Group(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group of settings. A name that it does not have is refused."""


class ByComplexity(_Group, frozen=True, kw_only=True):
    """The tier for a choice of each complexity, where that is known; ``None`` leaves it to ``tier``."""

    simple: Tier | None = None
    moderate: Tier | None = None
    complex: Tier | None = None
    reasoning: Tier | None = None


class Models(_Group, frozen=True, kw_only=True):
    """The models of one kind of agent.

    Attributes:
        tier: Its tier; ``None`` for the one that the pack declares.
        by_complexity: Its tier where it is known how hard the choice is; goes before ``tier``.
        chain: Tiers that are asked, in this order, when the model of its tier does not answer. Empty: as the engine declares.
        inference: How its models are asked; goes before what the pack declares, and that before what the tier has.
    """

    tier: Tier | None = None
    by_complexity: ByComplexity = ByComplexity()
    chain: Chain = ()
    inference: Inference = NOTHING_STATED


class ModelSettings(_Group, frozen=True, kw_only=True):
    """Which model answers, by kind of agent; ``framing`` makes an incident of a free text."""

    framing: Models = Models()
    safety: Models = Models()
    business: Models = Models()
    arbiter: Models = Models()


class Seconds(_Group, frozen=True, kw_only=True):
    """The most seconds that an agent has for an answer, by kind; ``None``, and never more than, as the pack declares."""

    safety: AgentSeconds | None = None
    business: AgentSeconds | None = None
    arbiter: AgentSeconds | None = None


class LimitSettings(_Group, frozen=True, kw_only=True):
    """How much an agent may do, and how long a decision may be given again.

    Attributes:
        seconds: Time for an answer.
        model_turns: Turns that a model has for an answer, tool calls included.
        output_tokens: Tokens that a model may write in a turn, thinking included; its tier may give it less.
        approval_seconds: Time that each group of people has to act on a decision.
        reuse_seconds: Age up to which a decision is given again to who reports the same; 0 for never.
    """

    seconds: Seconds = Seconds()
    model_turns: Annotated[int, Meta(ge=2, le=8, description="Turns")] = 4
    output_tokens: Annotated[int, Meta(ge=512, le=MOST_OUTPUT_TOKENS, description="Tokens")] = MOST_OUTPUT_TOKENS
    approval_seconds: Annotated[int, Meta(ge=10, le=86_400, description="Seconds")] = 1_800
    reuse_seconds: Annotated[int, Meta(ge=0, le=3_600, description="Seconds")] = 1_800


class ChoiceThresholds(_Group, frozen=True, kw_only=True):
    """Where a choice stops being simple, and where it is complex: ``ArbitrationLimits``; ``None`` as the pack declares."""

    clear: Lead | None = None
    close: Lead | None = None
    many_options: Count | None = None
    many_gaps: Count | None = None


class ThresholdSettings(_Group, frozen=True, kw_only=True):
    """Thresholds: how hard a choice is."""

    choice: ChoiceThresholds = ChoiceThresholds()


class MoneySettings(_Group, frozen=True, kw_only=True):
    """What may be spent, and what happens before it is.

    Attributes:
        run_usd: Ceiling of a run: so that each agent could pay the worst case of the model that stands in for its own.
        day_usd: Ceiling of a day (UTC), all runs together.
        month_usd: Ceiling of a month (UTC), all runs together.
        safety_share: Share of a run's ceiling that only safety agents and the arbiter may use.
        economy: Whether runs are frugal: ``on``, ``off``, or ``auto`` from ``economy_from`` on.
        economy_from: Share of the day's or month's ceiling from which ``auto`` is on.
        budget: How far the budget of the account is spent: with ``economy`` ``auto`` is on, with ``spent`` no report becomes a
            new run. The function ``heed`` sets it by notices of AWS Budgets.
        budget_month: The month (UTC) for which ``budget`` holds, and no longer; empty for until somebody takes it back.
    """

    run_usd: Usd = 8.0
    day_usd: Usd = 10.0
    month_usd: Usd = 50.0
    safety_share: Annotated[float, Meta(ge=0.2, le=0.9, description="A share, 0.2 to 0.9")] = 0.5
    economy: Literal["auto", "on", "off"] = "auto"
    economy_from: Annotated[float, Meta(ge=0.1, le=1, description="A share, 0.1 to 1")] = 0.8
    budget: Literal["normal", "economy", "spent"] = "normal"
    budget_month: Month = ""

    def __post_init__(self) -> None:
        """Raises ``ValueError`` when a smaller ceiling is above a larger one."""
        if not self.run_usd <= self.day_usd <= self.month_usd:
            raise ValueError(
                "a ceiling is above a wider one; run_usd is at most day_usd, and day_usd at most month_usd"
            )


class PriceSetting(_Group, frozen=True, kw_only=True):
    """A price that is in force from a day on, beside those of the packaged table.

    Attributes:
        model: Id of the model or its inference profile.
        effective_from: First day (UTC) on which it is charged, ISO.
        input: For tokens that a model reads.
        output: For tokens that it writes.
        cache_read: For tokens read from the provider's cache.
        cache_write: For tokens written to it.
    """

    model: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:/-]+$", min_length=1, max_length=200)]
    effective_from: Annotated[str, Meta(pattern=r"^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$", max_length=10)]
    input: Price
    output: Price
    cache_read: Price
    cache_write: Price


class FlagSettings(_Group, frozen=True, kw_only=True):
    """Parts of the engine that may be off. Without them a run costs more, and decides the same.

    Attributes:
        read_by_code: Reports that can be read in one way only are read by code; off, a model reads every report.
        shared_reads: Business agents use what another process read of the same version of the data.
    """

    read_by_code: bool = True
    shared_reads: bool = True


class FeedSettings(_Group, frozen=True, kw_only=True):
    """What feeds tell of and becomes an incident by itself.

    Attributes:
        incident_minutes: A delay of so many minutes, or more, is an incident, and so is a flight that goes elsewhere; ``None``:
            nothing is.
    """

    incident_minutes: Annotated[int, Meta(ge=1, le=2_880, description="Minutes")] | None = None


class Settings(_Group, frozen=True, kw_only=True):
    """Everything that may be changed at run time, complete: what is not set is as it is packaged.

    Attributes:
        intake: ``closed`` takes no new incident; runs that have begun end as ever.
        models: Which model answers.
        limits: How much an agent may do.
        thresholds: How hard a choice is.
        money: What may be spent.
        prices: Prices beside the packaged table's, of which the last in force is charged.
        flags: What is on and off.
        feeds: What feeds tell of and becomes an incident.
    """

    intake: Literal["open", "closed"] = "open"
    models: ModelSettings = ModelSettings()
    limits: LimitSettings = LimitSettings()
    thresholds: ThresholdSettings = ThresholdSettings()
    money: MoneySettings = MoneySettings()
    prices: Annotated[tuple[PriceSetting, ...], Meta(max_length=40, description="Prices by model and day")] = ()
    flags: FlagSettings = FlagSettings()
    feeds: FeedSettings = FeedSettings()


PACKAGED = Settings()
"""As the release brings them; a stage sets some of its own."""
