"""Spans: the parts of a run in time, each within another, and the chain of them that the run waited for. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct, field

from conclave.types import Usage

RUNNING = "running"
"""Status of what goes on."""
TOLERANCE_SECONDS = 0.005
"""Functions have clocks of their own: what ends this much after its follower began still counts as before it."""


class SpanKind(StrEnum):
    """What a span is."""

    RUN = "run"
    WAIT = "wait"
    PHASE = "phase"
    AGENT = "agent"
    MODEL = "model"
    TOOL = "tool"


class Span(Struct, frozen=True, kw_only=True):
    """A part of a run.

    Attributes:
        id: Its path (``run/recommend/cargo/model-1``).
        parent: Id of the span that it is a part of; empty for the run.
        name: What people call it: a phase, an agent, a tool, a model.
        kind: What it is.
        start: Seconds from the creation of the run; None where nobody wrote it down.
        end: The same; None also while it goes on.
        status: ``running``, ``ok``, or what became of it.
        usage: What it used itself, without the spans within it: so the sum over all spans is the run's.
        stop_reason: Why a model stopped.
        error: Name of the error, where there was one.
    """

    id: str
    parent: str
    name: str
    kind: SpanKind
    start: float | None
    end: float | None
    status: str = "ok"
    usage: Usage = field(default_factory=Usage)
    stop_reason: str = ""
    error: str = ""


class _Part(Struct, frozen=True):
    """A span that has its times."""

    id: str
    start: float
    end: float


def critical_seconds(spans: Sequence[Span], now: float) -> dict[str, float]:
    """The spans that the run waited for, by id in their order in time, each with its own seconds of that wait.

    From the end backwards: what a span waited for last is the part of it that ended last; before that began, it waited for
    the one that had ended by then; what is left is its own. So the seconds add up to the duration of the run.

    Args:
        spans: The spans of a run.
        now: Where spans that go on end, in seconds from the creation of the run.
    """
    within: dict[str, list[_Part]] = {}
    for span in spans:
        end = now if span.end is None and span.status == RUNNING else span.end
        if span.start is not None and end is not None and end >= span.start:
            within.setdefault(span.parent, []).append(_Part(span.id, span.start, end))
    found: dict[str, float] = {}
    for root in within.get("", ()):
        _follow(root, root.start, root.end, within, found)
    return {name: round(seconds, 3) for name, seconds in found.items()}


def _follow(
    span: _Part, start: float, end: float, within: Mapping[str, Sequence[_Part]], found: dict[str, float]
) -> None:
    """Adds a span and what of it was waited for, between two times of it."""
    own, cursor = end - start, end
    chain: list[tuple[_Part, float, float]] = []
    for part in sorted(within.get(span.id, ()), key=lambda each: (each.end, -each.start), reverse=True):
        begun, ended = max(part.start, start), min(part.end, cursor)
        if part.end <= cursor + TOLERANCE_SECONDS and begun < ended:
            chain.append((part, begun, ended))
            own -= ended - begun
            cursor = begun
    found[span.id] = own
    for part, begun, ended in reversed(chain):
        _follow(part, begun, ended, within, found)
