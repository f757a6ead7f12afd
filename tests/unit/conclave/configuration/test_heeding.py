"""A notice of the budget changes the configuration once, under the name of the budget, and a person has the last word."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conclave.audit.chain import NewEntry
from conclave.clock import Clock, parse_timestamp
from conclave.configuration.changes import Change, changes_in, entered, with_value
from conclave.configuration.changing import ChangeContended, NotDeployed, Rollout, in_force, make_change
from conclave.configuration.document import SettingsInvalid
from conclave.configuration.heeding import WHO, ConfigurationUnderWay, Heeding, heed
from conclave.money.budget import NoticeUnreadable

ACCOUNT = "123456789012"
NOW = "2026-11-28T10:00:00.000Z"


def notice(amount: str, *, account: str = ACCOUNT, day: str = "November 28, 2026", kind: str = "ACTUAL") -> str:
    return (
        f"AWS Budget Notification {day}\nAWS Account {account}\n\nDear AWS Customer,\n\nBudget Name: month\nBudget Type: Cost\n"
        f"Budgeted Amount: $50.00\nAlert Type: {kind}\nAlert Threshold: > $10.00\n{kind} Amount: ${amount}\n"
    )


class Stage:
    """The configuration of a stage in memory; what is deployed is complete at once."""

    def __init__(self) -> None:
        self.documents = [b"{}"]
        self.states = ["COMPLETE"]
        self.audit: list[bytes] = []
        self.at_once: list[bool] = []
        self.broken = False

    def packaged(self) -> dict[str, Any]:
        return {"money": {"month_usd": 50.0, "day_usd": 10.0}}

    def rollouts(self) -> list[Rollout]:
        found = [
            Rollout(number=number + 1, state=state, percent=100.0, version=number)
            for number, state in enumerate(self.states)
        ]
        return found[::-1]

    def document(self, version: int) -> bytes:
        return self.documents[version]

    def entries(self) -> list[bytes]:
        return list(self.audit)

    def enter(self, entry: NewEntry) -> None:
        if entry.entry.sequence != len(self.audit) + 1:
            raise ChangeContended("somebody else came first")
        self.audit.append(entry.data)

    def deploy(self, document: bytes, *, label: str, why: str, at_once: bool) -> int:
        del label, why
        if self.broken:
            raise ConnectionError("no way to AppConfig")
        self.documents.append(document)
        self.states.append("COMPLETE")
        self.at_once.append(at_once)
        return len(self.states)

    @property
    def changes(self) -> list[Change]:
        return changes_in(self.audit)

    def person(self, path: str, value: Any) -> None:
        before = in_force(self)
        make_change(self, before, with_value(before, path, value), by="arn:me", why="mine", at=NOW, at_once=False)


def at(moment: str) -> Clock:
    return lambda: parse_timestamp(moment)


def never() -> bool:
    raise AssertionError("there is nothing to wait for")


def heeded(stage: Stage, amount: str, now: str = NOW, **of: Any) -> Heeding:
    return heed(notice(amount, **of), stage, account=ACCOUNT, clock=at(now), wait=never)


def test_eighty_percent_make_runs_frugal_and_all_of_it_stops_new_ones_in_that_month() -> None:
    stage = Stage()
    assert heeded(stage, "39.99") is Heeding.NOT_YET
    assert (stage.audit, stage.documents) == ([], [b"{}"])
    assert heeded(stage, "41.20") is Heeding.CHANGED
    assert stage.documents[-1] == b'{"money":{"budget":"economy","budget_month":"2026-11"}}'
    assert heeded(stage, "50.00") is Heeding.CHANGED
    assert stage.documents[-1] == b'{"money":{"budget":"spent","budget_month":"2026-11"}}'
    assert [(each.by, each.why, each.at, each.paths) for each in stage.changes] == [
        (
            "budget",
            "AWS Budgets: 41.20 USD of 50.00 USD are spent in 2026-11",
            NOW,
            ("money.budget", "money.budget_month"),
        ),
        ("budget", "AWS Budgets: 50.00 USD of 50.00 USD are spent in 2026-11", NOW, ("money.budget",)),
    ]
    assert stage.at_once == [True, True]


def test_what_operators_set_stays() -> None:
    stage = Stage()
    stage.person("limits.model_turns", 3)
    assert heeded(stage, "50.01") is Heeding.CHANGED
    assert in_force(stage) == {
        "limits": {"model_turns": 3},
        "money": {"budget": "spent", "budget_month": "2026-11"},
    }


def test_a_notice_that_comes_again_or_late_changes_nothing() -> None:
    stage = Stage()
    assert heeded(stage, "50.00") is Heeding.CHANGED
    for amount in ("50.00", "41.20", "77.00"):
        assert heeded(stage, amount) is Heeding.STANDS
    assert len(stage.changes) == len(stage.at_once) == 1


def test_what_a_person_took_back_is_not_set_again_by_the_same_level_in_that_month() -> None:
    stage = Stage()
    heeded(stage, "41.20")
    stage.person("money.budget", "normal")
    assert heeded(stage, "43.00") is Heeding.STANDS
    assert in_force(stage)["money"]["budget"] == "normal"
    assert heeded(stage, "50.00") is Heeding.CHANGED
    assert in_force(stage)["money"] == {"budget": "spent", "budget_month": "2026-11"}


def test_what_a_person_set_by_hand_is_not_lowered() -> None:
    stage = Stage()
    stage.person("money.budget", "spent")
    assert heeded(stage, "41.20") is Heeding.STANDS
    assert [each.by for each in stage.changes] == ["arn:me"]


def test_a_new_month_begins_with_nothing_set_and_is_heeded_anew() -> None:
    stage = Stage()
    heeded(stage, "50.00")
    december = "2026-12-02T00:00:00.000Z"
    assert heeded(stage, "50.00", december) is Heeding.PAST
    assert heeded(stage, "41.00", december, day="December 2, 2026") is Heeding.CHANGED
    assert in_force(stage)["money"] == {"budget": "economy", "budget_month": "2026-12"}


def test_what_is_only_expected_changes_nothing() -> None:
    stage = Stage()
    assert heeded(stage, "90.00", kind="FORECASTED") is Heeding.NOT_YET
    assert stage.audit == []


@pytest.mark.parametrize("text", ["ALARM: something", notice("50.00", account="999999999999")])
def test_what_is_no_notice_of_this_account_changes_nothing(text: str) -> None:
    stage = Stage()
    with pytest.raises(NoticeUnreadable):
        heed(text, stage, account=ACCOUNT, clock=at(NOW), wait=never)
    assert stage.audit == []


def test_a_change_of_somebody_else_is_waited_for_and_kept() -> None:
    stage = Stage()
    stage.person("limits.model_turns", 3)
    stage.states[-1] = "DEPLOYING"
    looks: list[int] = []

    def wait() -> bool:
        looks.append(1)
        if len(looks) == 3:
            stage.states[-1] = "COMPLETE"
        return True

    assert heed(notice("50.00"), stage, account=ACCOUNT, clock=at(NOW), wait=wait) is Heeding.CHANGED
    assert (len(looks), in_force(stage)["limits"]) == (3, {"model_turns": 3})


def test_the_month_that_ends_while_a_change_is_waited_for_is_over() -> None:
    stage, times = Stage(), iter(["2026-11-30T23:59:50.000Z", "2026-12-01T00:00:05.000Z"])
    stage.states[-1] = "DEPLOYING"
    now = [next(times)]

    def wait() -> bool:
        stage.states[-1], now[0] = "COMPLETE", next(times)
        return True

    found = heed(notice("50.00"), stage, account=ACCOUNT, clock=lambda: parse_timestamp(now[0]), wait=wait)
    assert (found, stage.audit) == (Heeding.PAST, [])


def test_nothing_is_entered_where_another_change_does_not_end_in_time() -> None:
    stage = Stage()
    stage.states[-1] = "BAKING"
    with pytest.raises(ConfigurationUnderWay):
        heed(notice("50.00"), stage, account=ACCOUNT, clock=at(NOW), wait=lambda: False)
    assert stage.audit == []


def test_what_was_entered_and_not_deployed_is_deployed_by_the_next_attempt() -> None:
    stage = Stage()
    stage.broken = True
    with pytest.raises(NotDeployed):
        heeded(stage, "50.00")
    stage.broken = False
    assert heeded(stage, "50.00") is Heeding.CHANGED
    assert in_force(stage)["money"]["budget"] == "spent"
    assert [each.by for each in stage.changes] == [WHO]


def test_a_document_that_functions_refuse_is_left_to_people() -> None:
    stage = Stage()
    stage.documents[0] = b'{"limits": {"model_turns": 99}}'
    with pytest.raises(SettingsInvalid, match="model_turns"):
        heeded(stage, "50.00")
    assert stage.audit == []


class Crowded(Stage):
    """Somebody else's change is entered right behind each one."""

    def enter(self, entry: NewEntry) -> None:
        super().enter(entry)
        others = entered(
            self.changes,
            {"limits": {"model_turns": 4}},
            by="arn:you",
            why="yours",
            at=NOW,
            paths=["limits.model_turns"],
        )
        self.audit.append(others.data)


def test_what_was_entered_is_deployed_although_somebody_else_entered_a_change_behind_it() -> None:
    stage = Crowded()
    stage.person("limits.model_turns", 3)
    assert json.loads(stage.documents[-1]) == {"limits": {"model_turns": 3}}
