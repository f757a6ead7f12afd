"""Constraints against options: the only place where a predicate is evaluated."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from conclave.types import Constraint, Operator, Option, Value

_COMPARE: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.LE: operator.le,
    Operator.LT: operator.lt,
    Operator.GE: operator.ge,
    Operator.GT: operator.gt,
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
}

_OPPOSITES: Mapping[Operator, Operator] = {
    Operator.LE: Operator.GT,
    Operator.GT: Operator.LE,
    Operator.LT: Operator.GE,
    Operator.GE: Operator.LT,
    Operator.EQ: Operator.NE,
    Operator.NE: Operator.EQ,
}


def holds(*, fields: Mapping[str, Value], field: str, comparison: Operator, value: Value) -> bool:
    """True if ``fields[field] <comparison> value``.

    A field that is ``None`` does not apply to the option, so the predicate holds. A field that the option lacks, or values
    that cannot be compared, count as violated: what cannot be checked is not safe.
    """
    if field not in fields:
        return False
    actual = fields[field]
    if actual is None:
        return True
    return _comparable(actual, value) and _COMPARE[comparison](actual, value)


def opposite(comparison: Operator) -> Operator:
    """The comparison that holds for the same two values exactly when this one does not."""
    return _OPPOSITES[comparison]


def _comparable(actual: Value, value: Value) -> bool:
    """Two texts or two numbers; ``!=`` alone would hold between anything, and for values that are not numbers."""
    if isinstance(actual, str) or isinstance(value, str):
        return isinstance(actual, str) and isinstance(value, str)
    return None not in (actual, value) and actual == actual and value == value


def complies(option: Option, constraint: Constraint) -> bool:
    """True if the option satisfies the constraint."""
    return holds(fields=option.fields, field=constraint.field, comparison=constraint.operator, value=constraint.value)


def violations(option: Option, constraints: Iterable[Constraint], *, hard: bool = True) -> tuple[str, ...]:
    """Ids of the hard (or the soft) constraints that the option breaks, in their order."""
    return tuple(each.id for each in constraints if each.hard is hard and not complies(option, each))


def unite(*groups: Iterable[Constraint]) -> tuple[Constraint, ...]:
    """All constraints of all groups, none lost, each once.

    Two constraints are the same when id and predicate are the same; then a hard one wins over a soft one. Commutative,
    associative and idempotent, so that the order in which agents answer changes nothing.
    """
    united: dict[tuple[str, ...], Constraint] = {}
    for constraint in (each for group in groups for each in group):
        identity = _identity(constraint)
        known = united.get(identity)
        if known is None or _strictness(constraint) < _strictness(known):
            united[identity] = constraint
    return tuple(united[identity] for identity in sorted(united))


def _identity(constraint: Constraint) -> tuple[str, ...]:
    kind = type(constraint.value).__name__
    return constraint.id, constraint.field, constraint.operator, kind, str(constraint.value)


def _strictness(constraint: Constraint) -> tuple[bool, str, str, str, str]:
    return not constraint.hard, constraint.agent, constraint.evidence_id, constraint.source, constraint.reason
