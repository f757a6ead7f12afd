"""What a judgement says is wrong, in codes with the figure that was seen and the one that is allowed."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

MOST_CASES = 5
"""Cases, or runs, that a finding names."""


class Objection(StrEnum):
    """What is wrong with a candidate."""

    BROKEN_RULE = "broken_rule"
    """A choice breaks a hard constraint."""
    LOST_RULE = "lost_rule"
    """A hard constraint that a check brought before is missing or is another one."""
    LOST_EVIDENCE = "lost_evidence"
    """Facts that checks or tools brought before are missing."""
    LOST_HALT = "lost_halt"
    """It went on where the stable versions halted, or a halt is right."""
    UNHEEDED_REMARK = "unheeded_remark"
    """A danger that stands in a text, and in no rule, was not heeded."""
    LOWER_TIER = "lower_tier"
    """A weaker model answered for an agent."""
    WORSE_CHOICE = "worse_choice"
    NEEDLESS_HALT = "needless_halt"
    DEGRADED = "degraded"
    ERRORS = "errors"
    FLAWED = "flawed"
    """Answers break a rule of quality."""
    TOKENS = "tokens"
    COST = "cost"
    SECONDS = "seconds"
    TOO_FEW = "too_few"
    """There is too little to judge by: nothing passes for want of cases."""


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that is wrong.

    Attributes:
        objection: What.
        seen: The figure of the candidate, or its ratio.
        allowed: The most, or for ``TOO_FEW`` the least, that there may be.
        cases: Which cases or runs show it, at most ``MOST_CASES``.
    """

    objection: Objection
    seen: float
    allowed: float
    cases: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """One line for a person."""
        where = f" ({', '.join(self.cases)})" if self.cases else ""
        return f"{self.objection.value}: {self.seen:g}, allowed {self.allowed:g}{where}"
