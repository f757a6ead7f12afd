"""Who has to act on an option."""

from __future__ import annotations

from itertools import permutations

import pytest
from conclave.approval.needs import Need, met, needs_of
from conclave.approval.seen import choices
from conclave.pack import ApprovalRule, Operator
from conclave.types import Constraint, Option, ScoredOption, Value
from msgspec import structs

COSTLY = ApprovalRule(field="cost", operator=Operator.GT, value=500, reason="costly", group="duty", people=1)
LONG = ApprovalRule(field="hours", operator=Operator.GT, value=5, reason="long", group="duty", people=2)
LEASED = ApprovalRule(field="leased", operator=Operator.EQ, value=True, reason="leased", group="lease")
RULES = (COSTLY, LONG, LEASED)
LIMIT = Constraint(
    id="c1",
    field="hours",
    operator=Operator.LE,
    value=9,
    unit="h",
    hard=True,
    source="law",
    evidence_id="e",
    reason="r",
)


def option(id: str = "O1", **fields: Value) -> Option:
    return Option(
        id=id,
        action="wait",
        summary="",
        parameters={"by": 1},
        fields={"cost": 0, "hours": 1, "leased": False, **fields},
    )


def scored(id: str, *violations: str, total: float = 0.5) -> ScoredOption:
    return ScoredOption(option_id=id, scores={"cost": 0.5}, total=total, violations=violations)


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, []),
        ({"cost": 501}, [("duty", 1)]),
        ({"cost": 501, "hours": 6}, [("duty", 2)]),
        ({"cost": 501, "leased": True}, [("duty", 1), ("lease", 1)]),
        ({"cost": None}, []),
        ({"cost": "unknown"}, [("duty", 1)]),
    ],
)
def test_rules_name_groups_and_how_many_people(fields: dict[str, Value], wanted: list[tuple[str, int]]) -> None:
    assert [(each.group, each.people) for each in needs_of(option("O1", **fields), RULES)] == wanted


def test_the_reasons_of_a_group_stand_together() -> None:
    (need,) = needs_of(option(cost=501, hours=6), RULES)
    assert need.reasons == ("costly", "long")


TWO = (Need(group="duty", people=2),)


@pytest.mark.parametrize(
    ("needs", "agreed", "enough"),
    [
        (TWO, {"ann": ["duty"]}, False),
        (TWO, {"ann": ["duty"], "ben": ["duty"]}, True),
        (TWO, {"ann": ["duty"], "ben": ["lease"]}, False),
        (TWO, {"ann": ["duty"], "ben": ["chiefs"]}, True),
        ((), {"ann": ["duty"]}, False),
        (TWO, {}, False),
        ((Need(group="duty", people=0),), {"ann": ["lease"]}, False),
        ((Need(group="duty", people=1), Need(group="lease", people=1)), {"ann": ["duty"]}, False),
        ((Need(group="duty", people=1), Need(group="lease", people=1)), {"ann": ["duty", "lease"]}, True),
    ],
)
def test_enough_different_people_of_each_group(
    needs: tuple[Need, ...], agreed: dict[str, list[str]], enough: bool
) -> None:
    for order in permutations(agreed):
        assert met(needs, {each: agreed[each] for each in order}, stands_in="chiefs") is enough


def test_the_order_of_rules_changes_nobody_who_is_needed() -> None:
    found = [needs_of(option(cost=501, hours=6, leased=True), order) for order in permutations(RULES)]
    assert {tuple(sorted((each.group, each.people) for each in needs)) for needs in found} == {
        (("duty", 2), ("lease", 1))
    }


def offered(cost: Value = 501, *, total: float = 0.5, constraints: tuple[Constraint, ...] = (LIMIT,)) -> dict[str, str]:
    options = [option(cost=cost), option("O2", leased=True), option("O3", hours=20)]
    figures = [scored("O1", total=total), scored("O2"), scored("O3", "c1")]
    found = choices("O1", options=options, scored=figures, constraints=constraints, rules=RULES)
    return {id: choice.seen for id, choice in found.items()}


def test_only_feasible_options_can_be_chosen() -> None:
    assert list(offered()) == ["O1", "O2"]


def test_another_option_needs_whoever_either_needs() -> None:
    options = [option(cost=501), option("O2", leased=True)]
    found = choices("O1", options=options, scored=[scored("O1"), scored("O2")], constraints=(), rules=RULES)
    assert [each.group for each in found["O1"].needs] == ["duty"]
    assert [each.group for each in found["O2"].needs] == ["duty", "lease"]


@pytest.mark.parametrize(
    "changed",
    [
        {"cost": 502},
        {"total": 0.51},
        {"constraints": ()},
        {"constraints": (structs.replace(LIMIT, value=10),)},
        {"constraints": (structs.replace(LIMIT, hard=False),)},
    ],
)
def test_what_is_seen_has_another_hash_once_anything_of_it_changes(changed: dict[str, object]) -> None:
    assert offered(**changed)["O1"] != offered()["O1"]  # type: ignore[arg-type]


def test_prose_is_not_part_of_what_is_seen() -> None:
    said = structs.replace(LIMIT, reason="in other words", evidence_id="elsewhere")
    assert offered(constraints=(said,)) == offered()
