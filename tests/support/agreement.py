"""The money of a run, told four times: by its spans, its exchanges, its decision and the ledgers of day and month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conclave.api.documents import answers_of, entries_of, run_document, usage_figures
from conclave.api.trace import spans_of, trace_document
from conclave.clock import timestamp
from conclave.money.spending import charge_of, periods_of
from conclave.money.usage import total_usage
from conclave.testing.room import Room
from conclave.testing.run_store import MemoryRunStore
from conclave.types import Decision, Usage

FIGURES = tuple(usage_figures(Usage()))


def told(of: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of money in a document."""
    return {name: of[name] for name in FIGURES}


def disagreements(room: Room, run_id: str, decision: Decision) -> list[str]:
    """Which of the four do not agree, to the token and the nano-dollar; nothing where all do.

    Exchanges and agents' rows account for what was reported; what is reserved beyond belongs to functions that left no answer.
    """
    records = room.context(run_id).records()
    entries = entries_of(records, room.journal)
    answers = [answer for _, _, answer in answers_of(records, entries)]
    heads = [each for each in (records.frame, records.refusal) if each is not None]
    given: Mapping[str, Any] = {"pack": room.pack, "runs": room.runs, "journal": room.journal, "clock": room.clock}
    expected = usage_figures(decision.usage)
    exchanges = total_usage(each.usage for answer in (*heads, *answers) for each in answer.exchanges)
    reported = {name: value for name, value in expected.items() if name != "reserved_usd"}
    said = {
        "spans": usage_figures(total_usage(each.usage for each in spans_of(records, entries))),
        "trace": told(trace_document(run_id, **given)["totals"]),
        "document": told(run_document(run_id, stage="test", **given)["totals"]),
    }
    wrong = [f"{name}: {found} is not {expected}" for name, found in said.items() if found != expected]
    if {name: usage_figures(exchanges)[name] for name in reported} != reported:
        wrong.append(f"exchanges: {usage_figures(exchanges)} is not {reported}")
    rows = run_document(run_id, stage="test", **given)["agents"]
    wrong += [f"agents: {name}" for name in reported if round(sum(row[name] for row in rows), 9) != expected[name]]
    if isinstance(room.runs, MemoryRunStore):
        charge, periods = charge_of(decision.usage), periods_of(timestamp(room.clock()))
        sums = room.runs.spent(periods)
        wrong += [f"{period} does not hold the run" for period in periods if sums[period].nanos < charge.nanos]
        if sums[periods[0]].runs == 1 and sums[periods[0]] != charge:
            wrong.append(f"ledger: {sums[periods[0]]} is not {charge}")
    return wrong
