"""The people who have to act before an option counts: groups, and how many people of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, structs

from conclave.deliberation.decide import rules_that_ask
from conclave.pack import ApprovalRule
from conclave.types import Option


class Need(Struct, frozen=True, kw_only=True):
    """People of one group whose agreement an option needs.

    Attributes:
        group: Their group, as the pack's rule names it.
        people: How many different ones.
        reasons: Why, as the rules say it.
    """

    group: str
    people: int
    reasons: Sequence[str] = ()


def needs_of(option: Option, rules: Sequence[ApprovalRule]) -> tuple[Need, ...]:
    """The people that the rules of a pack ask for, one entry for each group; empty where nobody is asked."""
    asked = (
        Need(group=rule.group, people=rule.people, reasons=(rule.reason,)) for rule in rules_that_ask(option, rules)
    )
    return merged(asked)


def merged(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Needs of one group become one, of as many people as the largest of them; groups in the order in which they come."""
    by_group: dict[str, Need] = {}
    for each in needs:
        known = by_group.get(each.group, structs.replace(each, people=0, reasons=()))
        by_group[each.group] = Need(
            group=each.group,
            people=max(known.people, each.people),
            reasons=tuple(dict.fromkeys((*known.reasons, *each.reasons))),
        )
    return tuple(by_group.values())


def met(needs: Sequence[Need], agreed: Mapping[str, Iterable[str]], *, stands_in: str = "") -> bool:
    """True if enough different people of each group agreed. Nobody needed is never met: somebody has to have acted.

    Args:
        needs: Who is needed.
        agreed: The groups of each person who agreed, by person.
        stands_in: A group whose members count for any other one; empty for none.
    """
    if not needs or not agreed:
        return False
    groups = {person: set(of) for person, of in agreed.items()}

    def people(group: str) -> int:
        return sum(1 for of in groups.values() if group in of or (stands_in and stands_in in of))

    return all(people(each.group) >= max(1, each.people) for each in needs)
