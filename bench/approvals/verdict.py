"""The checks of a schedule after it is at rest. They read audit entries and stored bytes, and ask no step of the engine.

``double``: two outcomes, an outcome that nobody had the right to, or one against what people did before it. ``unaudited``: a
status, a record or an event without its entry, or a broken chain. ``stuck``: no outcome.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from conclave.records.runs import APPROVAL, DECISION

from bench.approvals.schedule import CHIEFS, KEEPERS, PEOPLE, RUN_ID, Schedule

OUTCOMES = frozenset({"decision_published", "run_closed"})
_ASKED = frozenset({"approval_opened", "approval_reopened"})
_RECORDED = frozenset(
    {
        "approval_opened",
        "approval_asked",
        "approval_acted",
        "approval_escalated",
        "approval_settled",
        "approval_reopened",
    }
)


def judge(played: Schedule) -> list[tuple[str, str]]:
    """The kind and a line of each thing that is wrong."""
    entries = [json.loads(data) for data in played.store.audit(RUN_ID)]
    return [*_unaudited(played, entries), *_double(played, [each["entry"] for each in entries])]


def _unaudited(played: Schedule, entries: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    previous = "0" * 64
    for sealed in entries:
        body = json.dumps(sealed["entry"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if hashlib.sha256(body.encode()).hexdigest() != sealed["hash"] or sealed["entry"]["previous"] != previous:
            yield "unaudited", "the chain is broken"
        previous = sealed["hash"]
    run = played.store.get(RUN_ID)
    if (run.audit_entries, run.audit_head) != (len(entries), previous):
        yield "unaudited", "the head is not at the end of the audit"
    stored = played.store.read(RUN_ID, (APPROVAL, DECISION))
    told = {name: hashlib.sha256(data).hexdigest() for name, data in stored.items()}
    events = [each["entry"] for each in entries]
    recorded = [each["body"]["record"] for each in events if each["event"] in _RECORDED]
    if APPROVAL in told and (not recorded or recorded[-1] != told[APPROVAL] or run.approval != told[APPROVAL]):
        yield "unaudited", "the approval is not what its last entry says"
    decided = [each["body"]["record"] for each in events if each["event"] in OUTCOMES]
    if (DECISION in told) != bool(decided) or (decided and decided[-1] != told.get(DECISION)):
        yield "unaudited", "the decision is not what its entry says"
    if decided and events[-1]["event"] not in OUTCOMES:
        yield "unaudited", "something was done after the outcome"
    heads = {each["hash"] for each in entries}
    for kind, detail in played.bus.sent:
        if detail["audit"]["head"] not in heads:
            yield "unaudited", f"the event {kind} has no entry"


def _double(played: Schedule, entries: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    outcomes = [each for each in entries if each["event"] in OUTCOMES]
    statuses = {str(detail["status"]) for kind, detail in played.bus.sent if kind == "DecisionPublished"}
    if len(outcomes) > 1 or len(statuses) > 1:
        yield "double", f"{len(outcomes)} outcomes, told as {sorted(statuses)}"
    if not outcomes:
        yield "stuck", f"the run is {played.store.get(RUN_ID).status}"
        return
    decision, run = outcomes[-1]["body"]["decision"], played.store.get(RUN_ID)
    if decision["status"] != run.status or decision["option_id"] != run.option_id:
        yield "double", "the head says another outcome than the audit"
    last = max((n for n, each in enumerate(entries) if each["event"] in _ASKED), default=None)
    if last is None:
        if run.status != "halted":
            yield "double", f"{run.status}, and nobody was asked"
        return
    after = entries[last:]
    acts = [each["body"] for each in after if each["event"] == "approval_acted"]
    escalated = any(each["event"] == "approval_escalated" for each in entries)
    allowed = {KEEPERS, CHIEFS} if escalated else {KEEPERS}
    for act in acts:
        if act["by"] == "reporter" or not allowed & set(PEOPLE[act["by"]]):
            yield "double", f"{act['by']} had no right to {act['act']}"
    agreed = {each["by"] for each in acts if each["act"] != "refuse" and each["option_id"] == run.option_id}
    refused = [each for each in acts if each["act"] == "refuse"]
    if run.status == "decided" and (len(agreed) < played.people or refused):
        yield "double", f"decided by {sorted(agreed)} of {played.people}, refused {len(refused)} times"
    if run.status == "refused" and (len(refused) != 1 or acts[-1]["act"] != "refuse"):
        yield "double", f"refused, and {len(refused)} refusals"
    if run.status == "expired" and (refused or any(each["state"] != "awaiting" for each in acts)):
        yield "double", "expired after people had acted"
