"""Listing runs: by status and time, or by day, always by index, a page at a time. And the texts behind one answer."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from conclave.api.documents import run_row
from conclave.api.errors import RequestRefused
from conclave.clock import Clock, timestamp
from conclave.codec import plain
from conclave.codes import RequestCode
from conclave.pack import FRAMER, Pack
from conclave.records.journal import FRAME_PHASE, Journal
from conclave.records.run_records import records_of
from conclave.records.runs import FRAME_TEXTS, RunStore, TextState, TokenInvalid
from conclave.records.texts import Texts, texts_record, unpacked
from conclave.types import Phase, RunStatus

MAX_LIMIT = 100
DEFAULT_LIMIT = 20


class QueryInvalid(RequestRefused):
    """A query parameter is not usable; the message says which and what it may be."""

    def __init__(self, message: str) -> None:
        super().__init__(RequestCode.QUERY_INVALID, message)


def list_runs(parameters: Mapping[str, str], runs: RunStore, clock: Clock) -> dict[str, Any]:
    """Runs of a status (``status``) or of a UTC day (``day``, default today), newest first; no trials of a gate.

    Raises:
        QueryInvalid: A parameter has no usable value, or both a status and a day are asked for.
    """
    if parameters.get("status") and parameters.get("day"):
        raise QueryInvalid("ask for the runs of a status or of a day, not both")
    limit = _limit(parameters.get("limit", ""))
    token = _token(parameters.get("next", ""))
    status = parameters.get("status", "")
    day = "" if status else _day(parameters.get("day", "") or timestamp(clock())[:10])
    try:
        page = runs.by_status(_status(status), limit, token) if status else runs.by_day(day, limit, token)
    except TokenInvalid as error:
        raise _wrong_token() from error
    following = base64.urlsafe_b64encode(page.next.encode()).decode() if page.next else None
    now = timestamp(clock())
    return {"runs": [run_row(run, now) for run in page.runs if not run.trial], "next": following}


def texts_document(
    run_id: str, parameters: Mapping[str, str], *, pack: Pack, runs: RunStore, journal: Journal
) -> dict[str, Any]:
    """The exchanges of models and tools for an ``agent`` in a ``phase`` of a run, word for word.

    ``agent`` is one of the run's, or ``frame`` in the phase ``frame``. Requests and answers are JSON texts; the hash of a
    model's request is the one in the audit. Once erased, there are none.

    Raises:
        QueryInvalid: There is no such agent or phase.
        RunNotFound: There is no such run.
    """
    agent, phase = parameters.get("agent", ""), parameters.get("phase", "")
    if not agent or phase not in {FRAME_PHASE, *Phase}:
        raise _no_such_part(each.name for each in pack.agents)
    records = records_of(run_id, runs, pack)
    agents = [each.name for each in records.manifest.agents]
    known = {(name, named.value) for name in agents for named in Phase} | {(FRAMER, FRAME_PHASE)}
    if (agent, phase) not in known:
        raise _no_such_part(agents)
    run, record = records.run, texts_record(phase)
    found = _texts(run_id, agent, record, runs, journal) if run.texts is TextState.KEPT else None
    kept = unpacked(found) if found else Texts()
    return {"run_id": run_id, "agent": agent, "phase": phase, "state": run.texts.value, **plain(kept)}


def recording_document(
    run_id: str, parameters: Mapping[str, str], *, pack: Pack, runs: RunStore, journal: Journal
) -> dict[str, Any]:
    """A part of a recorded run, to be played again: its head, records and audit, or the entries of one ``agent`` of it.

    Parts, since one answer may be too long for all of them. Records are base64. Once texts are erased, there are none.

    Raises:
        QueryInvalid: There is no such agent.
        RunNotFound: There is no such run.
    """
    from conclave.recording.exported import entries_for_export, exported_head  # few runs are exported

    head = exported_head(run_id, pack=pack, runs=runs)
    agent = parameters.get("agent", "")
    if not agent:
        return dict(plain(head))
    if agent not in (FRAMER, *head.agents):
        raise QueryInvalid(f"agent must be one of: {', '.join([FRAMER, *head.agents])}")
    kept = head.run.texts is TextState.KEPT
    found = entries_for_export(run_id, [agent], journal) if kept else {}
    return {"run_id": run_id, "agent": agent, "state": head.run.texts.value, "journal": plain(found)}


def _no_such_part(agents: Iterable[str]) -> QueryInvalid:
    names = ", ".join([FRAMER, *agents])
    return QueryInvalid(f"agent must be one of: {names}; phase one of: {', '.join([FRAME_PHASE, *Phase])}")


def _texts(run_id: str, agent: str, record: str, runs: RunStore, journal: Journal) -> bytes | None:
    """An agent's texts. Those of ``frame`` stand with its record; in the journal only where it failed."""
    beside = runs.read(run_id, (FRAME_TEXTS,)) if agent == FRAMER else {}
    return beside.get(FRAME_TEXTS) or journal.read(run_id, [agent], [record]).get((agent, record))


def _limit(text: str) -> int:
    if not text:
        return DEFAULT_LIMIT
    if text not in map(str, range(1, MAX_LIMIT + 1)):
        raise QueryInvalid(f"limit must be a number from 1 to {MAX_LIMIT}")
    return int(text)


def _status(text: str) -> RunStatus:
    try:
        return RunStatus(text)
    except ValueError as error:
        raise QueryInvalid(f"status must be one of: {', '.join(RunStatus)}") from error


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise QueryInvalid("day must be a date such as 2026-11-21") from error


def _token(text: str) -> str:
    try:
        return base64.b64decode(text, altchars=b"-_", validate=True).decode()
    except ValueError as error:  # not base64, not ASCII, not UTF-8
        raise _wrong_token() from error


def _wrong_token() -> QueryInvalid:
    return QueryInvalid("next must be the token of the page before, of the same list")
