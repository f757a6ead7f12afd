"""A run that people have to act on: held, acted on, checked again, published; with what may go wrong on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conclave.api.approving.acts import ApprovalRefused, Asked, Person, act_on, asked_from
from conclave.api.approving.feedback import FeedbackRefused, give_feedback, said_from
from conclave.api.documents import run_document
from conclave.api.erasure import ERASED, RunUnfinished, erase_texts
from conclave.approval.record import Approval, Kind, State, approval_in
from conclave.audit.chain import Act as Entry
from conclave.audit.chain import read_chain
from conclave.clock import SystemClock
from conclave.codes import Moment, ReasonCode, RequestCode
from conclave.pack import ApprovalRule, Operator
from conclave.records.runs import Mark, Marking, MarkState, StaleFence
from conclave.results import Settled
from conclave.steps.approving.hold import NothingToAsk, open_approval, wait_for_people
from conclave.steps.approving.look_after import look_after_approvals
from conclave.steps.approving.settle import settle
from conclave.steps.close_run import close
from conclave.steps.context import RunContext
from conclave.steps.executions import Execution
from conclave.steps.publish import NothingToPublish, publish
from conclave.steps.sweep import Act
from conclave.testing.tables import MemoryTables
from conclave.types import Decision, Plan, RunStatus
from msgspec import structs
from pipe_domain import OPTIONS, ROWS, Scene, choosing, make_scene
from pipe_domain import clock as beginning

DUTY, CHIEF = ("duty",), ("chiefs",)
RULES = (
    ApprovalRule(field="cost", operator=Operator.GE, value=500, reason="expensive", group="duty"),
    ApprovalRule(field="cost", operator=Operator.GE, value=950, reason="very expensive", group="duty", people=2),
)
CHEAPER = (*OPTIONS[:3], structs.replace(OPTIONS[3], fields={**OPTIONS[3].fields, "cost": 850}))
DEAR = (*OPTIONS[:3], structs.replace(OPTIONS[3], fields={**OPTIONS[3].fields, "cost": 980}))


@dataclass
class Desk:
    """A run that waits, and everybody around it."""

    scene: Scene
    at: float = 0.0
    woken: list[str] = field(default_factory=list)
    options: Any = OPTIONS
    rows: Mapping[str, Any] = field(default_factory=lambda: ROWS)

    @property
    def clock(self) -> SystemClock:
        return SystemClock(beginning() + timedelta(seconds=self.at))

    @property
    def pack(self) -> Any:
        return structs.replace(
            self.scene.room.pack, plan=lambda incident, tables, now: Plan(options=self.options, facts=[])
        )

    @property
    def context(self) -> RunContext:
        scene = self.scene
        return RunContext(
            run_id="run-1", pack=self.pack, runs=scene.runs, journal=scene.journal, clock=self.clock, fence=1
        )

    @property
    def approval(self) -> Approval:
        found = approval_in(self.context.records())
        assert found is not None
        return found

    @property
    def document(self) -> dict[str, Any]:
        scene = self.scene
        return run_document(
            "run-1", pack=self.pack, runs=scene.runs, journal=scene.journal, stage="test", clock=self.clock
        )

    def seal(self, text: str, run_id: str) -> str:
        return f"sealed {text} of {run_id}"

    def wake(self, sealed: str, run_id: str) -> bool:
        self.woken.append(sealed)
        return True

    def wait(self, token: str = "t1") -> None:
        wait_for_people(self.context, token, sealer=self, bus=self.scene.bus)

    def act(
        self, kind: Kind = Kind.APPROVE, by: str = "ben", groups: tuple[str, ...] = DUTY, option: str = "", **more: Any
    ) -> Approval:
        chosen = option or ("O2" if kind is Kind.OVERRIDE else self.approval.option_id)
        seen = self.approval.choices[chosen].seen if chosen in self.approval.choices else ""
        asked = Asked(**{"act": kind, "option_id": chosen, "seen": seen, "reason": "I say so", **more})
        return act_on(
            "run-1", asked, person=Person(by, groups), pack=self.pack, runs=self.scene.runs, bus=self.scene.bus,
            clock=self.clock, waker=self,
        )  # fmt: skip

    def settle(self) -> Settled:
        return self.settle_with(lambda: MemoryTables(self.pack.tables, self.rows))

    def settle_with(self, tables: Callable[[], Any]) -> Settled:
        return settle(self.context, tables=tables)

    def publish(self) -> Decision:
        fence = self.scene.runs.get("run-1").fence
        return publish("run-1", fence, pack=self.pack, runs=self.scene.runs, bus=self.scene.bus, clock=self.clock)

    def finish(self) -> Decision:
        assert not self.settle().again
        return self.publish()

    @property
    def events(self) -> list[str]:
        return [each.entry.event for each in read_chain("run-1", self.scene.runs.audit("run-1"))]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """The run as it waits: the arbiter chose the expensive option."""
    scene = make_scene(tmp_path, {"arbiter": partial(choosing, "O4")}, approvals=RULES, escalation="chiefs")
    head = scene.runs.get("run-1")
    scene.runs._runs["run-1"] = structs.replace(head, asked_by="ann")
    assert scene.room.deliberate("run-1").status is RunStatus.APPROVAL_REQUIRED
    made = Desk(scene)
    made.wait()
    return made


def test_a_run_that_needs_people_waits_and_nothing_is_published(desk: Desk) -> None:
    run = desk.scene.runs.get("run-1")
    assert (run.status, run.option_id) == (RunStatus.AWAITING_APPROVAL, "")
    assert [kind for kind, _ in desk.scene.bus.sent] == ["ApprovalAsked"]
    shown = desk.document
    assert shown["status"] == "awaiting_approval"
    assert shown["decision"]["option_id"] == "O4"
    assert [each["code"] for each in shown["reasons"]] == ["approval_rule"]
    assert shown["approval"]["groups"] == ["duty"]
    assert set(shown["approval"]["choices"]) == {"O2", "O4"}
    assert "token" not in json.dumps(shown["approval"])
    with pytest.raises(NothingToPublish):
        desk.publish()


def test_approved_checked_again_and_published(desk: Desk) -> None:
    desk.at = 600
    assert desk.act().state is State.APPROVED
    assert desk.woken == ["sealed t1 of run-1"]
    with pytest.raises(NothingToPublish):
        desk.publish()
    decision = desk.finish()
    assert (decision.status, decision.option_id) == (RunStatus.DECIDED, "O4")
    assert [each.code for each in decision.reasons] == [ReasonCode.APPROVED]
    assert desk.events[-5:] == [
        "approval_opened",
        "approval_asked",
        "approval_acted",
        "approval_settled",
        "decision_published",
    ]
    run = desk.scene.runs.get("run-1")
    assert run.marks[Moment.APPROVAL_ENDED] > run.marks[Moment.DECIDE_ENDED]
    assert decision.usage == desk.context.records().proposal.usage  # type: ignore[union-attr]


def test_an_override_is_another_feasible_option(desk: Desk) -> None:
    assert desk.act(Kind.OVERRIDE).state is State.OVERRIDDEN
    decision = desk.finish()
    assert (decision.status, decision.option_id) == (RunStatus.DECIDED, "O2")
    assert [each.code for each in decision.reasons] == [ReasonCode.OVERRIDDEN]


@pytest.mark.parametrize("option", ["O1", "O3", "O9"])
def test_an_option_that_breaks_a_hard_constraint_is_not_to_be_had(desk: Desk, option: str) -> None:
    with pytest.raises(ApprovalRefused) as refused:
        desk.act(Kind.OVERRIDE, option=option)
    assert refused.value.code is RequestCode.OPTION_INFEASIBLE


def test_a_refusal_ends_without_a_decision(desk: Desk) -> None:
    desk.act(Kind.REFUSE)
    decision = desk.finish()
    assert (decision.status, decision.option_id) == (RunStatus.REFUSED, "")
    assert desk.document["decision"] is None


@pytest.mark.parametrize(
    ("by", "groups", "code", "status"),
    [
        ("ann", DUTY, RequestCode.OWN_REPORT, 403),
        ("ben", (), RequestCode.GROUP_MISSING, 403),
        ("ben", CHIEF, RequestCode.GROUP_MISSING, 403),
    ],
)
def test_who_may_not_act_changes_nothing(
    desk: Desk, by: str, groups: tuple[str, ...], code: RequestCode, status: int
) -> None:
    before = desk.events
    with pytest.raises(ApprovalRefused) as refused:
        desk.act(by=by, groups=groups)
    assert (refused.value.code, refused.value.status) == (code, status)
    assert desk.events == before


def test_when_nobody_comes_a_second_group_is_asked_and_then_it_expires(desk: Desk) -> None:
    assert desk.settle() == Settled(run_id="run-1", fence=1, again=True, wait_seconds=1_800)
    desk.at = 1_800
    assert desk.settle().again
    desk.wait("t2")
    assert desk.approval.groups == ("duty", "chiefs")
    desk.at = 3_599
    assert desk.settle().wait_seconds == 1
    desk.at = 3_600
    decision = desk.finish()
    assert (decision.status, decision.option_id) == (RunStatus.EXPIRED, "")
    assert [each.code for each in decision.reasons] == [ReasonCode.APPROVAL_EXPIRED]
    with pytest.raises(ApprovalRefused) as refused:
        desk.act()
    assert refused.value.code is RequestCode.APPROVAL_OVER
    with pytest.raises(NothingToAsk):
        desk.wait("t3")


def test_the_second_group_approves(desk: Desk) -> None:
    desk.at = 1_800
    desk.settle()
    with pytest.raises(ApprovalRefused) as early:
        desk.act(by="dan", groups=CHIEF)
    assert early.value.code is RequestCode.APPROVAL_NOT_OPEN
    desk.wait("t2")
    desk.act(by="dan", groups=CHIEF)
    assert desk.woken == ["sealed t2 of run-1"]
    assert desk.finish().status is RunStatus.DECIDED


def test_a_figure_that_moved_asks_again_with_what_is_there_now(desk: Desk) -> None:
    desk.act()
    desk.options = CHEAPER
    assert desk.settle().again
    with pytest.raises(NothingToPublish):
        desk.publish()
    desk.wait("t2")
    approval, shown = desk.approval, desk.document
    assert (approval.state, approval.round, list(approval.acts)) == (State.AWAITING, 2, [])
    assert next(each for each in shown["options"] if each["id"] == "O4")["fields"]["cost"] == 850
    desk.act(by="cleo")
    assert desk.finish().option_id == "O4"
    assert desk.events.count("approval_reopened") == 1


MARK = Mark(
    state=MarkState.OUTDATED, since="2026-11-21T06:00:01.000Z", feed="gauges", table="pipes", key="P1", event="e-1"
)


def marked(desk: Desk, mark: Mark = MARK) -> None:
    """A feed changed something that the run rests on."""
    run = desk.scene.runs.get("run-1")
    act = Entry(event="run_outdated", at=mark.since, body={"key": mark.key})
    desk.scene.runs.mark(Marking(run_id="run-1", status=run.status, expected=run.mark, mark=mark, act=act))


def test_an_outdated_run_that_waits_is_shown_so_and_asks_again_about_what_is_there_now(desk: Desk) -> None:
    marked(desk)
    assert desk.document["outdated"]["key"] == "P1"
    desk.act()
    desk.options = CHEAPER
    assert desk.settle().again
    # What it rests on now is what is there now, which is what people are asked about.
    assert desk.document["outdated"] is None
    desk.wait("t2")
    desk.act(by="cleo")
    assert desk.finish().option_id == "O4"
    assert desk.document["outdated"] is None


def test_an_outdated_run_of_which_nothing_moved_that_people_saw_stays_outdated(desk: Desk) -> None:
    marked(desk)
    desk.act()
    assert desk.finish().status is RunStatus.DECIDED
    assert desk.document["outdated"]["since"] == MARK.since


def test_a_mark_that_comes_while_facts_are_read_again_is_not_taken_away(desk: Desk) -> None:
    desk.act()
    desk.options = CHEAPER
    whole, late = desk.scene.runs.wait, [structs.replace(MARK, key="P2")]

    def overtaken(waiting: Any, head: Any = None) -> Any:
        if late:
            marked(desk, late.pop())
        return whole(waiting, head=head)

    desk.scene.runs.wait = overtaken  # type: ignore[method-assign]
    looked = []

    def tables() -> MemoryTables:
        looked.append(1)
        return MemoryTables(desk.pack.tables, desk.rows)

    read = desk.settle_with(tables)
    assert read.again
    # The mark stood when it wanted to write: it read the facts once more, and only then took it away.
    assert len(looked) == 2
    assert desk.document["outdated"] is None


def test_a_figure_that_makes_a_second_person_necessary_asks_two(desk: Desk) -> None:
    desk.act()
    desk.options = DEAR
    assert desk.settle().again
    desk.wait("t2")
    assert desk.act().state is State.AWAITING
    assert desk.act(by="cleo").state is State.APPROVED
    assert desk.finish().option_id == "O4"


def test_an_option_that_is_feasible_no_longer_is_not_published(desk: Desk) -> None:
    desk.act()
    desk.rows = {**ROWS, "pipes": [{"pipe": "P1", "limit": 3}]}
    decision = desk.finish()
    assert decision.status is RunStatus.HALTED
    assert [each.code for each in decision.reasons] == [ReasonCode.CHOICE_INFEASIBLE] or decision.reasons


def test_people_are_asked_about_another_option_where_theirs_is_gone(desk: Desk) -> None:
    desk.act(Kind.OVERRIDE)
    desk.rows = {**ROWS, "pipes": [{"pipe": "P1", "limit": 4}]}
    assert desk.settle().again
    assert desk.approval.option_id == "O4"


def test_facts_that_are_gone_halt_it(desk: Desk) -> None:
    desk.act()
    desk.rows = {**ROWS, "pipes": []}
    decision = desk.finish()
    assert decision.status is RunStatus.HALTED
    assert ReasonCode.MANDATORY_FACTS_MISSING in {each.code for each in decision.reasons}


def test_a_constraint_that_a_model_added_is_still_there_when_facts_are_read_again(desk: Desk) -> None:
    before = {each["id"] for each in desk.document["constraints"]}
    desk.act()
    desk.options = CHEAPER
    desk.settle()
    assert {each["id"] for each in desk.document["constraints"]} >= before
    assert len(before) > 2


def test_every_step_may_be_repeated(desk: Desk) -> None:
    open_approval(desk.context)
    assert desk.act().state is desk.act().state
    assert len(desk.woken) == 2
    assert desk.settle() == desk.settle()
    first, entries = desk.publish(), desk.events
    assert desk.publish() == first
    assert not desk.settle().again
    assert desk.events == entries


def test_of_two_who_read_the_same_one_acts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one finds out when it writes, looks again, and is refused."""
    wait: Callable[..., Any] = desk.scene.runs.wait
    once: list[int] = []

    def interrupted(waiting: Any, head: Any = None) -> Any:
        if not once:
            once.append(1)
            desk.act(Kind.REFUSE, by="cleo")
        return wait(waiting, head)

    monkeypatch.setattr(desk.scene.runs, "wait", interrupted)
    with pytest.raises(ApprovalRefused) as refused:
        desk.act()
    assert refused.value.code is RequestCode.APPROVAL_OVER
    assert desk.finish().status is RunStatus.REFUSED
    assert desk.events.count("approval_acted") == 1


def test_a_run_whose_execution_died_is_closed_and_nobody_can_act_any_more(desk: Desk) -> None:
    scene = desk.scene
    close("run-1", "it died", pack=desk.pack, runs=scene.runs, bus=scene.bus, clock=desk.clock)
    assert scene.runs.get("run-1").status is RunStatus.HALTED
    with pytest.raises((ApprovalRefused, StaleFence)):
        desk.act()
    assert desk.events.count("approval_acted") == 0


class Machine:
    """The machine of approvals, as a sweep sees it."""

    def __init__(self, execution: Execution) -> None:
        self.execution = execution
        self.started: list[str] = []

    def look(self, name: str) -> Execution:
        return self.execution

    def start(self, name: str, payload: Mapping[str, str]) -> bool:
        self.started.append(name)
        return True


@pytest.mark.parametrize(
    ("execution", "act", "status"),
    [
        (Execution.RUNNING, Act.LEFT, RunStatus.AWAITING_APPROVAL),
        (Execution.ABSENT, Act.STARTED, RunStatus.AWAITING_APPROVAL),
        (Execution.ENDED, Act.CLOSED, RunStatus.HALTED),
    ],
)
def test_a_run_waits_with_an_execution_or_not_at_all(
    desk: Desk, execution: Execution, act: Act, status: RunStatus
) -> None:
    machine = Machine(execution)
    acts = look_after_approvals(
        pack=desk.pack,
        runs=desk.scene.runs,
        executions=machine,
        bus=desk.scene.bus,
        clock=desk.clock,
        time_left=lambda: True,
        failed=lambda run_id, error: pytest.fail(str(error)),
    )
    assert acts == {"run-1": act}
    assert desk.scene.runs.get("run-1").status is status
    assert machine.started == (["run-1"] if act is Act.STARTED else [])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"act": "approve", "option_id": "O4", "seen": "s"},
        {"act": "sign", "option_id": "O4", "seen": "s", "reason": "r"},
        {"act": "approve", "option_id": "O4", "seen": "s", "reason": "r", "more": 1},
    ],
)
def test_an_act_of_another_form_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ApprovalRefused) as refused:
        asked_from(body)
    assert refused.value.code is RequestCode.BODY_INVALID


def say(desk: Desk, by: str = "ben", **body: Any) -> Any:
    scene, figures = desk.scene, []

    def observe(metric: Any, value: float, **parts: str) -> None:
        figures.append((metric.name, value, parts))

    given = give_feedback(
        "run-1", said_from({"done": "O4", **body}), by=by, pack=desk.pack, runs=scene.runs, bus=scene.bus,
        clock=desk.clock, observe=observe,  # type: ignore[arg-type]
    )  # fmt: skip
    return given, figures


def test_feedback_stands_beside_what_was_predicted_and_is_told_as_figures(desk: Desk) -> None:
    desk.act()
    desk.finish()
    given, figures = say(desk, actual={"cost": 1_000}, rating=4, lesson="order earlier")
    assert dict(given.predicted) == {"cost": 900.0}
    assert ("Predicted", 900.0, {"field": "cost"}) in figures
    assert ("Actual", 1_000.0, {"field": "cost"}) in figures
    say(desk, by="cleo", done="none")
    say(desk, rating=2)
    shown = desk.document["feedback"]
    assert [(each["by"], each["rating"]) for each in shown] == [("cleo", 0), ("ben", 2)]
    assert desk.events[-1] == "feedback_given"
    assert "order earlier" not in b"".join(desk.scene.runs.audit("run-1")).decode()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"done": "O9"}, RequestCode.OPTION_UNKNOWN),
        ({"actual": {"beauty": 1}}, RequestCode.BODY_INVALID),
        ({"rating": 6}, RequestCode.BODY_INVALID),
        ({"actual": {"cost": "much"}}, RequestCode.BODY_INVALID),
        ({"actual": {"cost": float("inf")}}, RequestCode.BODY_INVALID),
        ({"lesson": "x" * 601}, RequestCode.BODY_INVALID),
    ],
)
def test_feedback_that_fits_no_run_is_refused(desk: Desk, body: dict[str, Any], code: RequestCode) -> None:
    desk.act()
    desk.finish()
    with pytest.raises(FeedbackRefused) as refused:
        say(desk, **body)
    assert refused.value.code is code
    assert ("beauty" in str(refused.value)) == ("beauty" in body.get("actual", {}))


def test_feedback_and_erasure_wait_for_an_outcome_and_words_of_people_are_erased(desk: Desk) -> None:
    scene = desk.scene
    with pytest.raises(FeedbackRefused):
        say(desk)

    def erase() -> None:
        erase_texts(
            "run-1", by="me", reason="asked", pack=desk.pack, runs=scene.runs, journal=scene.journal, bus=scene.bus,
            clock=desk.clock,
        )  # fmt: skip

    with pytest.raises(RunUnfinished):
        erase()
    desk.act(reason="SECRET of ben")
    desk.finish()
    say(desk, lesson="SECRET lesson")
    erase()
    shown = desk.document
    assert "SECRET" not in json.dumps(shown)
    assert shown["approval"]["acts"][0]["reason"] == ERASED
    assert shown["feedback"][0]["lesson"] == ERASED
    with pytest.raises(FeedbackRefused):
        say(desk)
