"""An approval, and what people said of a run, as its document shows them."""

from __future__ import annotations

from typing import Any

from conclave.api.approving.feedback import Feedback, feedback_in
from conclave.approval.record import Approval, approval_in
from conclave.codec import plain
from conclave.records.run_records import RunRecords


def approval_document(records: RunRecords) -> dict[str, Any] | None:
    """The approval of a run as ``shown``; None where nobody was ever asked."""
    approval = approval_in(records)
    return shown(approval) if approval else None


def feedback_document(records: RunRecords) -> list[dict[str, Any]]:
    """The feedback of each person on a run."""
    return [said(each) for each in feedback_in(records)]


def said(feedback: Feedback) -> dict[str, Any]:
    """The feedback of one person on a run."""
    return dict(plain(feedback))


def shown(approval: Approval) -> dict[str, Any]:
    """The groups that are asked, the options, the deadline and the acts; never the token of the execution."""
    return {
        "state": approval.state.value,
        "option_id": approval.option_id,
        "chosen": approval.chosen or None,
        "groups": list(approval.groups),
        "choices": {name: {"seen": each.seen, "needs": plain(each.needs)} for name, each in approval.choices.items()},
        "asked_by": approval.asked_by,
        "opened_at": approval.opened_at,
        "deadline": approval.deadline,
        "escalated": approval.escalated,
        "escalation": approval.escalation or None,
        "round": approval.round,
        "acts": [
            {"act": each.kind.value, "by": each.by, "at": each.at, "option_id": each.option_id, "reason": each.reason}
            for each in approval.acts
        ],
    }
