"""The picture of a run for a page: the drawing of its options as its pack declared it, and the evidence of its constraints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conclave.codec import plain
from conclave.pack import Pack
from conclave.records.run_records import RunRecords, by_id, records_of
from conclave.records.runs import RunStore, TextState
from conclave.types import Fact
from conclave.untrusted.limits import MAX_TEXT_CHARACTERS
from conclave.untrusted.plain_text import presentable


def picture_document(run_id: str, *, pack: Pack, runs: RunStore) -> dict[str, Any]:
    """The drawing of a run, and the evidence of its constraints; raises ``RunNotFound``. Plain values, ready for JSON.

    Returns:
        ``picture`` as the pack of that day declared it, and ``dimensions`` with their weights; ``drawing`` (places, bars, which
        of them are planned and which an option has), ``None`` before the run is framed or where nothing is drawn;
        ``evidence``: what each constraint rests on, as the ``agent`` saw it that brought it, once their phase was collated.
        None once texts are erased.
    """
    records = records_of(run_id, runs, pack)
    manifest, frame = records.manifest, records.frame
    return {
        "run_id": run_id,
        "texts": records.run.texts.value,
        "picture": plain(manifest.picture),
        "dimensions": plain(manifest.dimensions),
        "drawing": plain(frame.drawing) if frame else None,
        "evidence": [*_cited(records)] if records.run.texts is TextState.KEPT else [],
    }


def _cited(records: RunRecords) -> Iterator[dict[str, Any]]:
    """What constraints rest on, once for each agent and id, in the order of these.

    Several agents tell different things of one row of a table, so each constraint is shown with what its own agent saw of
    it; where that was nothing, with what the planner saw, then with what anybody did.
    """
    collation, frame = records.last_collation, records.frame
    if collation is None or frame is None:
        return
    told: dict[str, list[Fact]] = {}
    for (_, agent), answer in records.assessments.items():
        told.setdefault(agent, []).extend(answer.facts)
    own = {agent: by_id(facts) for agent, facts in told.items()}
    planned, anybody = by_id(frame.facts), by_id(fact for facts in told.values() for fact in facts)
    for agent, evidence_id in sorted({(each.agent, each.evidence_id) for each in collation.constraints}):
        for seen in (own.get(agent, {}), planned, anybody):
            if evidence_id in seen:
                yield {"agent": agent, **_shown(seen[evidence_id])}
                break


def _shown(fact: Fact) -> dict[str, Any]:
    text = presentable(fact.text, MAX_TEXT_CHARACTERS)
    return {"id": fact.id, "kind": fact.kind, "values": dict(fact.values), "text": text}
