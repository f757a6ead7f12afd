"""The picture of a run for a page: the drawing of its options as its pack declared it, and the evidence of its constraints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conclave.codec import plain
from conclave.pack import Pack
from conclave.records.run_records import RunRecords, records_of
from conclave.records.runs import RunStore, TextState
from conclave.types import Fact
from conclave.untrusted.limits import MAX_TEXT_CHARACTERS
from conclave.untrusted.plain_text import presentable


def picture_document(run_id: str, *, pack: Pack, runs: RunStore) -> dict[str, Any]:
    """The drawing of a run, and the evidence of its constraints; raises ``RunNotFound``. Plain values, ready for JSON.

    Returns:
        ``picture`` as the pack of that day declared it, and ``dimensions`` with their weights; ``drawing`` (places, bars, which
        of them are planned and which an option has), ``None`` before the run is framed or where nothing is drawn;
        ``evidence``: the facts that constraints name, once their phase was collated. None once texts are erased.
    """
    records = records_of(run_id, runs, pack)
    manifest, frame = records.manifest, records.frame
    return {
        "run_id": run_id,
        "texts": records.run.texts.value,
        "picture": plain(manifest.picture),
        "dimensions": plain(manifest.dimensions),
        "drawing": plain(frame.drawing) if frame else None,
        "evidence": [_shown(fact) for fact in _cited(records)] if records.run.texts is TextState.KEPT else [],
    }


def _cited(records: RunRecords) -> Iterable[Fact]:
    """The facts that constraints rest on, each once, in the order of their ids."""
    collation, frame = records.last_collation, records.frame
    if collation is None or frame is None:
        return ()
    cited = {constraint.evidence_id for constraint in collation.constraints}
    facts = [*frame.facts, *(fact for answer in records.assessments.values() for fact in answer.facts)]
    found = {fact.id: fact for fact in facts if fact.id in cited}
    return [found[name] for name in sorted(found)]


def _shown(fact: Fact) -> dict[str, Any]:
    text = presentable(fact.text, MAX_TEXT_CHARACTERS)
    return {"id": fact.id, "kind": fact.kind, "values": dict(fact.values), "text": text}
