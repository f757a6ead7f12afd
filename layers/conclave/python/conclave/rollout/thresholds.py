"""The thresholds that new versions are judged by. Each rollout carries its own, and a person may set others."""

from __future__ import annotations

from msgspec import Struct


class ThresholdsInvalid(ValueError):
    """A threshold is out of its bounds; the message names it."""


class Thresholds(Struct, frozen=True, kw_only=True):
    """How much worse than the stable versions the candidate may be.

    Shares are parts of 1, ratios are candidate over stable. Where a threshold is about what must never happen, there is none: a
    broken or lost hard constraint, a halt that was left out, and evidence that went missing always stop a candidate.

    Attributes:
        worse_share: Of the cases, those in which the choice scores less than the stable one's.
        worse_by: Difference of scores (0 to 1) up to which a choice is as good.
        needless_share: Runs more than before that halt without need.
        degraded_share: Degraded runs more than before.
        error_share: Runs more than before in which an agent gave no answer.
        flawed_share: Runs more than before that break a rule of quality.
        tokens: Ratio of tokens.
        cost: Ratio of cost.
        seconds: Ratio of durations.
        steps: Shares of the runs, percent, that the candidate gets one after the other; after the last it is promoted.
        least_runs: Runs of the candidate at a step before anything but what must never happen is judged.
        step_minutes: The least time at a step.
        doubt: Probability of chance that is taken for a difference, at each look and for each figure.
    """

    worse_share: float = 0.0
    worse_by: float = 0.02
    needless_share: float = 0.02
    degraded_share: float = 0.05
    error_share: float = 0.05
    flawed_share: float = 0.05
    tokens: float = 1.25
    cost: float = 1.25
    seconds: float = 1.3
    steps: tuple[int, ...] = (5, 25, 50)
    least_runs: int = 20
    step_minutes: int = 30
    doubt: float = 0.001

    def __post_init__(self) -> None:
        """Raises ``ThresholdsInvalid``."""
        for name in ("worse_share", "worse_by", "needless_share", "degraded_share", "error_share", "flawed_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ThresholdsInvalid(f"{name} is {getattr(self, name)}; a share lies between 0 and 1")
        for name in ("tokens", "cost", "seconds"):
            if not 1 <= getattr(self, name) <= 10:
                raise ThresholdsInvalid(f"{name} is {getattr(self, name)}; a ratio lies between 1 and 10")
        if (
            not self.steps
            or list(self.steps) != sorted({*self.steps})
            or not 1 <= self.steps[0] <= self.steps[-1] <= 99
        ):
            raise ThresholdsInvalid("steps are percentages from 1 to 99, each larger than the one before: 5,25,50")
        if self.least_runs < 5 or self.step_minutes < 0:
            raise ThresholdsInvalid("least_runs is at least 5, step_minutes at least 0")
        if not 0.0001 <= self.doubt <= 0.2:
            raise ThresholdsInvalid("doubt lies between 0.0001 and 0.2")


PACKAGED = Thresholds()
