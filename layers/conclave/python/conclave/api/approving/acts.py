"""A person approves, refuses or overrides what was decided about a run. What follows is settled elsewhere, once."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol

from msgspec import Struct

from conclave.api.errors import RequestRefused
from conclave.approval.record import ActRefused, Approval, Kind, PersonAct, State, acted, approval_in
from conclave.audit.canonical import sha256
from conclave.audit.chain import Act
from conclave.clock import Clock, timestamp
from conclave.codec import RecordInvalid, convert, encode
from conclave.codes import RequestCode
from conclave.pack import Pack
from conclave.records.run_records import RunRecords, records_of
from conclave.records.runs import APPROVAL, Run, RunStore, StaleFence, Waiting
from conclave.steps.publish import Bus, announced
from conclave.types import RunStatus
from conclave.untrusted.limits import REASON_CHARACTERS
from conclave.untrusted.plain_text import presentable

ACTED = "approval_acted"
EVENT = "ApprovalActed"
ATTEMPTS = 5
_FORBIDDEN = frozenset({RequestCode.OWN_REPORT, RequestCode.GROUP_MISSING})


class ApprovalRefused(RequestRefused):
    """The act does not count."""


class Person(Struct, frozen=True):
    """The person who acts: the name that the API knows them by, and their groups, without the deployment's prefix."""

    name: str
    groups: tuple[str, ...]


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An act as a request asks for it.

    Attributes:
        act: ``approve``, ``refuse`` or ``override``.
        option_id: The option; of an override the one that is chosen instead.
        seen: Hash of what the person saw of it, as the run shows it.
        reason: Why.
    """

    act: Kind
    option_id: str
    seen: str
    reason: str


class Waker(Protocol):
    """Wakes the execution that waits for people."""

    def wake(self, sealed: str, run_id: str) -> bool:
        """Wakes it by its encrypted token; False where it does not wait any more. Repeating it changes nothing."""
        ...


def asked_from(body: Mapping[str, Any]) -> Asked:
    """The act that the body of a request asks for.

    Raises:
        ApprovalRefused: Something of it is missing, of another type or unknown.
    """
    try:
        return convert(dict(body), Asked)
    except RecordInvalid as error:
        needed = "act (approve, refuse or override), option_id and seen as the run shows them, and reason"
        raise ApprovalRefused(RequestCode.BODY_INVALID, f"send {needed}") from error


def act_on(
    run_id: str, asked: Asked, *, person: Person, pack: Pack, runs: RunStore, bus: Bus, clock: Clock, waker: Waker
) -> Approval:
    """Does what a person asks for, and returns the approval after it. The same act sent again changes nothing.

    Args:
        run_id: The run.
        asked: What they ask for.
        person: Who.
        pack: The run's domain.
        runs: The runs.
        bus: Is told.
        clock: The time.
        waker: Wakes the execution that waits, once nobody has to be waited for.

    Raises:
        ApprovalRefused: It does not count; nothing was changed.
        RunNotFound: There is no such run.
    """
    for _ in range(ATTEMPTS):
        records = records_of(run_id, runs, pack)
        before = _waiting(records)
        act = PersonAct(
            kind=asked.act,
            by=person.name,
            groups=person.groups,
            at=timestamp(clock()),
            option_id=asked.option_id,
            seen=asked.seen,
            reason=presentable(asked.reason, REASON_CHARACTERS),
        )
        try:
            after = acted(before, act)
            run = records.run if after is before else _written(records, after, act, runs)
        except ActRefused as error:
            status = HTTPStatus.FORBIDDEN if error.code in _FORBIDDEN else HTTPStatus.CONFLICT
            raise ApprovalRefused(error.code, error.message, _STATUS.get(error.code, status)) from error
        except StaleFence:
            continue  # somebody else acted just now: look again
        if run.status is RunStatus.AWAITING_APPROVAL:
            bus.send(EVENT, {**announced(run), "act": act.kind, "state": after.state, "option_id": act.option_id})
            if after.state is not State.AWAITING:
                waker.wake(after.token, run_id)
        return after
    raise ApprovalRefused(RequestCode.APPROVAL_OVER, "others keep acting on the run; look at it again", 409)


_STATUS = {RequestCode.REASON_MISSING: HTTPStatus.BAD_REQUEST}


def _waiting(records: RunRecords) -> Approval:
    approval = approval_in(records)
    if approval is None:
        over = not records.run.status.open
        code = RequestCode.RUN_OVER if over else RequestCode.APPROVAL_NOT_OPEN
        detail = "the run has its outcome" if over else "nobody is asked about this run yet"
        raise ApprovalRefused(code, f"{detail}; look at it again", HTTPStatus.CONFLICT)
    return approval


def _written(records: RunRecords, after: Approval, act: PersonAct, runs: RunStore) -> Run:
    record = encode(after)
    body = {
        "by": act.by,
        "act": act.kind.value,
        "groups": list(act.groups),
        "option_id": act.option_id,
        "seen": act.seen,
        "reason": sha256(act.reason.encode()),
        "state": after.state.value,
        "round": after.round,
        "record": sha256(record),
    }
    waiting = Waiting(
        run_id=records.run.run_id,
        fence=after.fence,
        expected=records.run.approval,
        records={APPROVAL: record},
        act=Act(event=ACTED, at=act.at, body=body),
    )
    return runs.wait(waiting, head=records.run)
