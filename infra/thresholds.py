"""What a stage holds a change against: how much worse it may make decisions, answers, cost and time, and how sure that has to be.

``conclave compare``, ``conclave evaluate --against`` and the review of yesterday's runs read these values; docs/evaluation.md
says what they mean.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The thresholds of a stage.

    Attributes:
        right: By so much the share of cases that are right may fall (0.02 are two in a hundred).
        sound: By so much the share of cases whose answers keep every rule of quality may fall.
        agreed: By so much the share of cases whose runs agree with each other may fall.
        regret: By so much the mean regret may rise, in score.
        tokens: By such a share the tokens of a run may rise (0.1 is a tenth).
        cost_usd: The same of its cost.
        seconds: The same of its time.
        alpha: The chance that is taken of calling a difference real that is none.
        power: The chance with which a difference should be noticed, for the note on how many cases that takes.
        demands_proof: Whether a change has to be shown to stay within these values. Where not, it passes unless it is shown to be
            beyond one.
        reviewed: Runs of a day that are reviewed, at most.
        band_days: Days before that one, whose share of sound answers it is held against.
        fewest_days: Of them, so many at least must have runs; else nothing is said.
        drop: Standard deviations below the mean of those days at which the alarm rings.
    """

    right: float = 0.02
    sound: float = 0.05
    agreed: float = 0.05
    regret: float = 0.002
    tokens: float = 0.10
    cost_usd: float = 0.10
    seconds: float = 0.20
    alpha: float = 0.05
    power: float = 0.8
    demands_proof: bool = False
    reviewed: int = 25
    band_days: int = 7
    fewest_days: int = 3
    drop: float = 3.0
