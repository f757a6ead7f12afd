"""Reads sentences as a run does, up to its flight, and judges a reading against the right ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from conclave.agents.extraction import Extractor
from conclave.agents.meter import Meter
from conclave.agents.prices import PriceTable, price_table
from conclave.codec import plain
from conclave.pack import Pack, Unresolvable
from conclave.pack.tables import Tables
from conclave.records.runs import Run
from conclave.steps.frame import plain_reading, typed_incident
from conclave.types import RunStatus

SUITE = Path(__file__).with_name("sentences.json")
RIGHT, TOLD, ASKED, SILENT = "right", "told", "asked", "misunderstood"
"""As wanted; otherwise, and the run tells what it did not understand; asked back needlessly; otherwise, in silence."""
WITHDRAWN = "withdrawn"
_IDENTITY = ("flight", "date", "tail", "position", "landed_at")
_PROBLEM = ("minutes", "not_before", "not_after", "of", "closed_from", "closed_until", "item", "delay_code")
_HOLDS = ("reported", "updated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What became of a sentence.

    Attributes:
        understood: The incident with its flight, times as they were told; empty when a person is asked.
        not_understood: What no field holds.
        asked: The question to a person, with its code; empty when none is asked.
        by_code: True if no model was needed.
    """

    understood: Mapping[str, Any]
    not_understood: Sequence[str]
    asked: str
    by_code: bool = False


def suite() -> list[dict[str, Any]]:
    """The sentences with style and right readings, written by hand."""
    found: list[dict[str, Any]] = json.loads(SUITE.read_text(encoding="utf-8"))
    return found


def read_all(sentences: Sequence[tuple[str, Sequence[Mapping[str, Any]]]], rows: Tables, day: str) -> list[str]:
    """How sentences are read on the rows of a day, at 04:00 UTC, by today's readers and the offline policy.

    Args:
        sentences: Their texts and right readings.
        rows: The data.
        day: Its date.
    """
    from packs.airline import PACK

    from local.bedrock.offline.in_process import policy_extractor

    prices = price_table()
    extractor = policy_extractor(prices.model("fast"))
    received = f"{day}T04:00:00Z"
    return [
        verdict(read_sentence(text, PACK, rows, extractor, prices, received), right, day) for text, right in sentences
    ]


def read_sentence(
    text: str, pack: Pack, tables: Tables, extractor: Extractor, prices: PriceTable, received: str
) -> Read:
    """Reads one sentence.

    Args:
        text: The sentence.
        pack: The airline pack.
        tables: Its data.
        extractor: What reads the fields.
        prices: For the meter of the extractor.
        received: When it came, ISO 8601 UTC.
    """
    run = Run(
        run_id="sentence",
        status=RunStatus.RUNNING,
        pack=pack.name,
        created_at=received,
        updated_at=received,
        correlation_id="sentence",
        text=text,
    )
    plainly = plain_reading(run, pack, tables).incident
    try:
        incident = plainly or typed_incident(run, pack, tables, extractor, Meter(prices))
    except Unresolvable as question:
        return _asked(question)
    told = plain(incident)
    try:
        found = plain(pack.resolve(incident, tables, received))
    except Unresolvable as question:
        if question.code != WITHDRAWN:  # what is taken back is understood, and nothing is asked
            return replace(_asked(question), by_code=plainly is not None)
        found = {**told, "date": told["date"] or received[:10]}
    identity = {name: found[name] for name in ("flight", "date", "origin", "destination", "position", "landed_at")}
    shown = {**identity, "tail": told["tail"], "problems": [_without_defaults(each) for each in told["problems"]]}
    return Read(
        understood={name: value for name, value in shown.items() if value != ""},
        not_understood=tuple(found["not_understood"]),
        asked="",
        by_code=plainly is not None,
    )


def _asked(question: Unresolvable) -> Read:
    return Read(understood={}, not_understood=(), asked=f"{question.code}: {question.message}")


def _without_defaults(problem: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in problem.items() if name == "cause" or value not in ("", 0, "reported", "over")
    }


def verdict(read: Read, right: Iterable[Mapping[str, Any]], today: str) -> str:
    """How a reading is to be judged, by the readings that are right."""
    wanted = list(right)
    if read.asked:
        return RIGHT if any(each.get("asks") for each in wanted) else ASKED
    if any(_fits(read, each, today) for each in wanted):
        return RIGHT
    return TOLD if read.not_understood else SILENT


def _fits(read: Read, wanted: Mapping[str, Any], today: str) -> bool:
    if wanted.get("asks") or (wanted.get("tells") and not read.not_understood):
        return False
    expected = {"date": today, **wanted}
    if any(expected[name] != read.understood.get(name, "") for name in _IDENTITY if name in expected):
        return False
    if read.understood.get("position", "") != wanted.get("position", "") or read.understood.get(
        "tail", ""
    ) != wanted.get("tail", ""):
        return False
    problems = sorted(map(_key, read.understood["problems"]))
    return problems == sorted(map(_key, wanted["problems"])) and _same_subjects(
        read.understood["problems"], wanted["problems"]
    )


@cache
def _order() -> tuple[str, ...]:
    return ("cause", "status", *_PROBLEM)


def _key(problem: Mapping[str, Any]) -> tuple[str, ...]:
    status = problem.get("status", "reported")
    values = {**problem, "status": "reported" if status in _HOLDS else status}
    return tuple(str(values.get(name, "")) for name in _order())


def _same_subjects(read: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]) -> bool:
    """True if each problem is about whom it should be; where the right reading does not say, anything will do."""
    by_key = {_key(each): each for each in read}
    return all(each["about"] == by_key[_key(each)].get("about") for each in wanted if "about" in each)
