"""The drawing of a plan: whether it fits what the pack declares, and whether it is small enough to be kept."""

from __future__ import annotations

from conclave.types import Drawing, Picture, Plan
from conclave.untrusted.limits import MAX_BARS


def kept_drawing(plan: Plan) -> Drawing | None:
    """The drawing of a plan; ``None`` where it has none, or one with more bars than are kept. The run goes on without."""
    return plan.drawing if plan.drawing and len(plan.drawing.bars) <= MAX_BARS else None


def misdrawn(picture: Picture | None, plan: Plan) -> list[str]:
    """Everything by which the drawing of a plan does not fit the pack's picture and the plan's options, one line each."""
    drawing = plan.drawing
    if drawing is None:
        return []
    if picture is None:
        return ["the pack declares no picture"]
    kinds = {lane.name for lane in picture.lanes}
    places = {"", *(place.id for place in drawing.places)}
    every = range(len(drawing.bars))
    problems = [f"option {name} does not exist" for name in drawing.options.keys() - {each.id for each in plan.options}]
    for bar in drawing.bars:
        kind, _, line = bar.lane.partition("/")
        if kind not in kinds or not line:
            problems.append(f"no lane is declared for {bar.lane}")
        if not bar.start < bar.end:
            problems.append(f"{bar.subject} ends before it starts")
        if not {bar.origin, bar.destination} <= places:
            problems.append(f"{bar.subject} is between places without a position")
    for numbers in (drawing.planned, *drawing.options.values()):
        problems += [f"there is no bar {number}" for number in numbers if number not in every]
    return problems
