"""The approval of a run: a record that only changes by the moves of this module, each of which answers the next record.

It waits for people (``awaiting``) until enough agree (``approved``, ``overridden``), one refuses (``refused``) or nobody came in
time: then a second group may act as well, and after that it has ended (``expired``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum

from msgspec import Struct, structs

from conclave.approval.needs import met
from conclave.approval.seen import Choice
from conclave.clock import parse_timestamp, timestamp
from conclave.codec import decode
from conclave.codes import RequestCode
from conclave.records.run_records import RunRecords
from conclave.records.runs import APPROVAL
from conclave.types import Decision, RunStatus

MAX_ROUNDS = 5
"""Times that people are asked about one run: each time because the data moved after they had acted."""


class State(StrEnum):
    """The state of an approval."""

    AWAITING = "awaiting"
    APPROVED = "approved"
    OVERRIDDEN = "overridden"
    REFUSED = "refused"
    EXPIRED = "expired"


class Kind(StrEnum):
    """An act of a person."""

    APPROVE = "approve"
    OVERRIDE = "override"
    REFUSE = "refuse"


class ActRefused(Exception):
    """The act does not count; nothing is changed.

    Args:
        code: The word for programs.
        message: One line that says what to do.
    """

    def __init__(self, code: RequestCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class PersonAct(Struct, frozen=True, kw_only=True):
    """An act of a person.

    Attributes:
        kind: What.
        by: Who, as the API knows them.
        groups: The groups that they are in, without the deployment's prefix.
        at: When.
        option_id: The option that is approved, or chosen instead; of a refusal the proposed one.
        seen: Hash of what they were shown of it.
        reason: Why, in their words; erased with the texts of the run.
    """

    kind: Kind
    by: str
    groups: Sequence[str]
    at: str
    option_id: str
    seen: str
    reason: str


class Approval(Struct, frozen=True, kw_only=True):
    """The approval of a run.

    Attributes:
        state: Its state.
        option_id: The option that was decided on.
        choices: The options that can be approved, by id.
        asked_by: The person who reported the incident; empty where it was a program, or nobody knows.
        opened_at: When people were first asked about this option.
        deadline: After that no act counts.
        wait_seconds: How long each group has.
        escalation: The group that may act as well once time was over; empty for none.
        escalated: Whether it may by now.
        round: How often people were asked, from 1.
        acts: What people did in this round.
        chosen: The option that was approved; empty until one is.
        fence: Fence of the run when people were asked.
        token: What the waiting execution is woken by, encrypted; empty while none waits.
    """

    state: State
    option_id: str
    choices: Mapping[str, Choice]
    asked_by: str
    opened_at: str
    deadline: str
    wait_seconds: int
    escalation: str = ""
    escalated: bool = False
    round: int = 1
    acts: Sequence[PersonAct] = ()
    chosen: str = ""
    fence: int = 0
    token: str = ""

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups whose members may act now."""
        needed = (need.group for choice in self.choices.values() for need in choice.needs)
        return tuple(dict.fromkeys((*needed, *([self.escalation] if self.escalated and self.escalation else ()))))

    @property
    def agreed(self) -> bool:
        """True if people agreed to an option."""
        return self.state in (State.APPROVED, State.OVERRIDDEN)


def approval_in(records: RunRecords) -> Approval | None:
    """The approval among the records of a run; None where nobody was ever asked."""
    body = records.body(APPROVAL)
    return decode(body, Approval) if body is not None else None


def allows(approval: Approval, decision: Decision) -> bool:
    """True if an approval lets a decision become the run's outcome."""
    if approval.agreed:
        chosen = decision.status is RunStatus.DECIDED and decision.option_id == approval.chosen
        return chosen or decision.status is RunStatus.HALTED
    ends = {State.REFUSED: RunStatus.REFUSED, State.EXPIRED: RunStatus.EXPIRED}
    return decision.status is ends.get(approval.state)


def opened(
    option_id: str,
    choices: Mapping[str, Choice],
    *,
    asked_by: str,
    now: str,
    wait_seconds: int,
    escalation: str,
    fence: int = 0,
    after: Approval | None = None,
) -> Approval:
    """An approval that people are asked for; with ``after``, once more, since what they had seen has changed.

    Whoever was asked too often is not asked again: the approval has expired.
    """
    number = after.round + 1 if after else 1
    return Approval(
        state=State.AWAITING if number <= MAX_ROUNDS else State.EXPIRED,
        option_id=option_id,
        choices=choices,
        asked_by=asked_by,
        opened_at=now,
        deadline=_later(now, wait_seconds),
        wait_seconds=wait_seconds,
        escalation=escalation,
        escalated=bool(after and after.escalated),
        round=number,
        fence=fence,
    )


def acted(approval: Approval, act: PersonAct) -> Approval:
    """The approval after an act of a person; the same one where this person did just that before.

    Raises:
        ActRefused: It does not count: too late, not theirs to do, or not about what is there.
    """
    mine = next((each for each in approval.acts if each.by == act.by), None)
    if mine is not None and (mine.kind, mine.option_id) == (act.kind, act.option_id):
        return approval
    if approval.state is not State.AWAITING or act.at >= approval.deadline:
        raise ActRefused(RequestCode.APPROVAL_OVER, "nobody is asked about this run any more; look at it again")
    if mine is not None:
        raise ActRefused(RequestCode.ALREADY_ACTED, f"you did {mine.kind} it already; another person has to go on")
    _check_person(approval, act)
    _check_seen(approval, act)
    if not approval.token:
        raise ActRefused(RequestCode.APPROVAL_NOT_OPEN, "people are being asked just now; send it again in a moment")
    return _counted(structs.replace(approval, acts=(*approval.acts, act)), act)


def lapsed(approval: Approval, now: str) -> Approval:
    """The approval as the clock has it: the same, escalated, or expired. The execution that waited has gone on by then."""
    if approval.state is not State.AWAITING or now < approval.deadline:
        return approval
    if approval.escalated or not approval.escalation:
        return structs.replace(approval, state=State.EXPIRED, token="")
    return structs.replace(approval, escalated=True, deadline=_later(now, approval.wait_seconds), token="")


def waited_for(approval: Approval, token: str) -> Approval | None:
    """The approval that an execution waits for by a token; None where nobody has to wait any more."""
    return structs.replace(approval, token=token) if approval.state is State.AWAITING else None


def _check_person(approval: Approval, act: PersonAct) -> None:
    if approval.asked_by and act.by == approval.asked_by:
        raise ActRefused(RequestCode.OWN_REPORT, "nobody decides about what they reported; ask another person")
    if not set(act.groups) & set(approval.groups):
        wanted = ", ".join(approval.groups) or "nobody"
        raise ActRefused(RequestCode.GROUP_MISSING, f"this takes a member of: {wanted}")


def _check_seen(approval: Approval, act: PersonAct) -> None:
    choice = approval.choices.get(act.option_id)
    if choice is None:
        feasible = ", ".join(approval.choices)
        detail = f"only an option that breaks no hard constraint can be chosen: {feasible}"
        raise ActRefused(RequestCode.OPTION_INFEASIBLE, detail)
    if (act.kind is Kind.OVERRIDE) == (act.option_id == approval.option_id):
        detail = f"{approval.option_id} is what was decided: approve or refuse that, override with another option"
        raise ActRefused(RequestCode.OPTION_INFEASIBLE, detail)
    if act.seen != choice.seen:
        raise ActRefused(RequestCode.SEEN_DIFFERS, "what you saw is not what is there now; look at the run again")
    if not act.reason:
        raise ActRefused(RequestCode.REASON_MISSING, "say why")


def _counted(approval: Approval, act: PersonAct) -> Approval:
    """The state that an act leads to: one refusal ends it; agreement does once everybody needed agreed to one option."""
    if act.kind is Kind.REFUSE:
        return structs.replace(approval, state=State.REFUSED)
    agreed = {
        each.by: each.groups
        for each in approval.acts
        if each.option_id == act.option_id and each.kind is not Kind.REFUSE
    }
    stands_in = approval.escalation if approval.escalated else ""
    if not met(approval.choices[act.option_id].needs, agreed, stands_in=stands_in):
        return approval
    state = State.APPROVED if act.option_id == approval.option_id else State.OVERRIDDEN
    return structs.replace(approval, state=state, chosen=act.option_id)


def _later(now: str, seconds: int) -> str:
    return timestamp(parse_timestamp(now) + timedelta(seconds=seconds))
