"""The things that a person sees when they act, one hash for each option: its fields, figures, constraints, and who has to act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from conclave.approval.needs import Need, merged, needs_of
from conclave.codec import digest
from conclave.pack import ApprovalRule
from conclave.types import Constraint, Option, ScoredOption


class Choice(Struct, frozen=True, kw_only=True):
    """An option that can be approved.

    Attributes:
        seen: Hash of what is shown of it.
        needs: Who has to agree to it.
    """

    seen: str
    needs: Sequence[Need]


def choices(
    proposed: str,
    *,
    options: Sequence[Option],
    scored: Sequence[ScoredOption],
    constraints: Sequence[Constraint],
    rules: Sequence[ApprovalRule],
    otherwise: Sequence[Need] = (),
) -> Mapping[str, Choice]:
    """The options that a person can choose, by id: those that break no hard constraint.

    Whoever chooses another one than the proposed needs the agreement of everybody who is needed for either.

    Args:
        proposed: Id of the option that was decided on.
        options: All options.
        scored: Their scores and violations.
        constraints: All constraints.
        rules: The pack's rules.
        otherwise: Who has to agree where no rule asks any more, of those who were asked about the run before.
    """
    by_id = {option.id: option for option in options}
    first = needs_of(by_id[proposed], rules) or tuple(otherwise)
    found = {}
    for figures in scored:
        if figures.violations:
            continue
        option = by_id[figures.option_id]
        needs = first if option.id == proposed else merged((*first, *needs_of(option, rules)))
        found[option.id] = Choice(seen=seen_hash(option, figures, constraints, needs), needs=needs)
    return found


def seen_hash(option: Option, figures: ScoredOption, constraints: Sequence[Constraint], needs: Sequence[Need]) -> str:
    """SHA-256 over the option, its figures, every constraint's predicate, and who has to act. No prose is in it."""
    predicates = sorted(
        [each.id, each.field, each.operator.value, type(each.value).__name__, str(each.value), str(each.hard)]
        for each in constraints
    )
    return digest(
        {
            "option": {"id": option.id, "action": option.action, "parameters": option.parameters},
            "fields": option.fields,
            "scores": figures.scores,
            "total": figures.total,
            "violations": [*figures.violations, *figures.soft_violations],
            "constraints": predicates,
            "needs": [[each.group, each.people] for each in needs],
        }
    )
