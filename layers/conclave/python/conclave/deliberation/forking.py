"""What a fork takes over from its parent, with its changes worked in. Pure code: constraints are only ever added.

What was paid for stays the parent's: nothing that is taken over has a usage, an exchange or a duration of the fork.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import structs

from conclave.deliberation.collate import collate
from conclave.deliberation.scoring import scoring_of
from conclave.pack import Dimension
from conclave.types import Assessment, Collation, FieldChange, Fork, Frame, Manifest, Option, Phase, Usage


def forked_frame(frame: Frame, manifest: Manifest, dimensions: Sequence[Dimension]) -> Frame:
    """The frame of a parent as its fork has it.

    An option with another value of a field has the scores that follow from it. A drawing is of what was planned, so it goes with
    the first such change.

    Args:
        frame: Of the parent.
        manifest: Of the fork.
        dimensions: What options are scored by.
    """
    changes = manifest.fork.fields if manifest.fork else ()
    options = with_fields(frame.options, changes)
    changed = [each for each in options if each.id in {change.option_id for change in changes}]
    return structs.replace(
        frame,
        options=options,
        usage=Usage(),
        exchanges=(),
        manifest=manifest,
        scores={**frame.scores, **scoring_of(changed, dimensions).scores},
        drawing=None if changes else frame.drawing,
    )


def with_fields(options: Sequence[Option], changes: Sequence[FieldChange]) -> tuple[Option, ...]:
    """The options with other values of some fields."""
    other: dict[str, dict[str, object]] = {}
    for each in changes:
        other.setdefault(each.option_id, {})[each.field] = each.value
    return tuple(
        structs.replace(each, fields={**each.fields, **other[each.id]}) if each.id in other else each
        for each in options
    )


def unpaid(assessment: Assessment) -> Assessment:
    """An assessment without what it cost: its parent's run paid for it, and has its exchanges."""
    return structs.replace(assessment, usage=Usage(), exchanges=(), tool_calls=(), duration_seconds=0.0)


def forked_collations(
    frame: Frame, fork: Fork, recommended: Sequence[Assessment], revised: Sequence[Assessment] | None
) -> Mapping[Phase, Collation]:
    """The collations behind which a fork goes on: made again of the parent's assessments, the fork's frame and its constraints.

    Args:
        frame: As ``forked_frame`` has it.
        fork: What is other.
        recommended: The parent's assessments of ``recommend``.
        revised: Those of ``revise``; ``None`` where the parent had nothing to revise.
    """
    if fork.start is Phase.RECOMMEND:
        return {}
    first = collate(
        phase=Phase.RECOMMEND,
        options=frame.options,
        frame_gaps=frame.gaps,
        assessments=recommended,
        added=fork.constraints,
    )
    found = {Phase.RECOMMEND: structs.replace(first, usage=Usage())}
    if fork.start is Phase.REVISE:
        return found
    if revised is None:
        # Only the arbiter is asked, whoever would have something to react to.
        return {Phase.RECOMMEND: structs.replace(first, usage=Usage(), revise=())}
    second = collate(
        phase=Phase.REVISE,
        options=frame.options,
        frame_gaps=frame.gaps,
        assessments=revised,
        previous=first,
        earlier=recommended,
    )
    return {**found, Phase.REVISE: structs.replace(second, usage=Usage())}
