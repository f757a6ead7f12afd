"""Scores of options: exact functions of their fields, computed once when a run is framed and kept with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from conclave.deliberation.constraints import violations
from conclave.pack import Dimension
from conclave.types import (
    AgentKind,
    Assessment,
    AssessmentStatus,
    Constraint,
    Frame,
    ManifestDimension,
    Option,
    ScoredOption,
)

SCORE_DIGITS = 6
"""Scores are rounded once, here, so that the record, the page and a later recomputation agree to the last digit."""


class Scoring(Struct, frozen=True, kw_only=True):
    """The scores of a run's options.

    Attributes:
        dimensions: The dimensions with their weights, in the order in which the total adds them up.
        scores: Score, 0 (worst) to 1 (best), by option id and dimension.
    """

    dimensions: Sequence[ManifestDimension]
    scores: Mapping[str, Mapping[str, float]]


def scoring_of(options: Sequence[Option], dimensions: Sequence[Dimension]) -> Scoring:
    """The scores that a pack's dimensions give options."""
    return Scoring(
        dimensions=tuple(ManifestDimension(name=each.name, weight=each.weight) for each in dimensions),
        scores={option.id: _scores(option, dimensions) for option in options},
    )


def recorded_scoring(frame: Frame, dimensions: Sequence[Dimension]) -> Scoring:
    """The scores that a run was framed with; those of the pack's dimensions for a record that was written without them."""
    if frame.manifest is None:
        return scoring_of(frame.options, dimensions)
    return Scoring(dimensions=frame.manifest.dimensions, scores=frame.scores)


def score_options(
    options: Sequence[Option], constraints: Sequence[Constraint], scoring: Scoring
) -> tuple[ScoredOption, ...]:
    """Adds up the scores of every option and lists the constraints that it breaks.

    Args:
        options: All options of the run.
        constraints: All constraints, united.
        scoring: Their scores.

    Returns:
        One entry per option, in their order.
    """
    return tuple(_scored(option, constraints, scoring) for option in options)


def _scored(option: Option, constraints: Sequence[Constraint], scoring: Scoring) -> ScoredOption:
    scores = scoring.scores[option.id]
    return ScoredOption(
        option_id=option.id,
        scores={each.name: scores[each.name] for each in scoring.dimensions},
        total=round(sum(each.weight * scores[each.name] for each in scoring.dimensions), SCORE_DIGITS),
        violations=violations(option, constraints),
        soft_violations=violations(option, constraints, hard=False),
    )


def _scores(option: Option, dimensions: Sequence[Dimension]) -> dict[str, float]:
    return {each.name: round(min(1.0, max(0.0, each.score(option.fields))), SCORE_DIGITS) for each in dimensions}


def preferences_of(assessments: Iterable[Assessment]) -> Mapping[str, float]:
    """Mean score of the business agents by option, from the last answer of each among a run's assessments, in their order."""
    latest = {
        each.agent: each
        for each in assessments
        if each.kind is AgentKind.BUSINESS and each.status is AssessmentStatus.OK
    }
    options = sorted({option_id for each in latest.values() for option_id in each.scores})
    return {
        option_id: sum(each.scores.get(option_id, 0.0) for each in latest.values()) / len(latest)
        for option_id in options
    }
