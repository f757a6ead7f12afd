"""Reports that code reads without a model: never a wrong one, and any word that is not known leaves it to a model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.codec import plain
from conclave.pack import PlainReading
from conclave.records.runs import Run
from conclave.steps.frame import frame_run, plain_reading
from conclave.testing.room import UNSCREENED
from conclave.testing.tables import MemoryTables
from conclave.types import Frame, Plan, Reader, Refusal, RunStatus
from msgspec import structs
from packs.airline import PACK
from packs.airline.reading.plainly import read_plainly

import evaluation.airline
from evaluation.airline.reading import RIGHT, Read, read_sentence, suite, verdict

DAY = "2026-11-21"
RECEIVED = f"{DAY}T04:00:00Z"
SENTENCES = Path(evaluation.airline.__file__).with_name("plain_sentences.json")
CHANGES_THE_MEANING = ("not", "no", "no longer", "if", "maybe", "was", "other", "fixed", "EY19", "15", "yesterday", "?")
PLAIN = (
    "EY17 is AOG",
    "EY454 cargo door fault, 90 min to fix",
    "EY3 CTOT 1345Z",
    "EY103 DLY 41/0130",
    "EY789 captain sick",
)


class NoModel:
    model_id = ""

    def extract(self, text: str, schema: Mapping[str, Any], received: str, meter: Meter) -> Mapping[str, Any]:
        raise AssertionError(f"a model was asked to read {text!r}")


class Overlooking:
    """A model that reads the flight, and a fault where there is none."""

    model_id = ""

    def extract(self, text: str, schema: Mapping[str, Any], received: str, meter: Meter) -> Mapping[str, Any]:
        return {"flight": "EY17", "problems": [{"cause": "crew", "about": "captain"}]}


@pytest.fixture(scope="module")
def tables() -> MemoryTables:
    return MemoryTables(PACK.tables, {name: list(rows) for name, rows in PACK.sample(DAY, 1).items()})


def by_code(text: str, tables: MemoryTables) -> Read | None:
    if read_plainly(text, RECEIVED, tables).incident is None:
        return None
    return read_sentence(text, PACK, tables, NoModel(), price_table(), RECEIVED)


def run_of(text: str) -> Run:
    return Run(
        run_id="run",
        status=RunStatus.RUNNING,
        pack=PACK.name,
        created_at=RECEIVED,
        updated_at=RECEIVED,
        correlation_id="test",
        text=text,
    )


def framed(text: str, tables: MemoryTables, model: Any) -> Frame | Refusal:
    pack = structs.replace(PACK, plan=lambda *_: Plan(options=(), facts=()))
    return frame_run(run_of(text), pack, tables, model, UNSCREENED, Meter(price_table()))


@pytest.mark.slow
def test_what_code_reads_is_right_and_what_it_may_not_read_goes_to_a_model(tables: MemoryTables) -> None:
    sentences = json.loads(SENTENCES.read_text(encoding="utf-8"))
    read = {each["text"]: by_code(each["text"], tables) for each in sentences}
    left = [each["text"] for each in sentences if not each.get("model") and read[each["text"]] is None]
    taken = [each["text"] for each in sentences if each.get("model") and read[each["text"]] is not None]
    wrong = [
        (each["text"], found)
        for each in sentences
        if not each.get("model")
        and (found := read[each["text"]]) is not None
        and verdict(found, each["right"], DAY) != RIGHT
    ]
    assert (left, taken, wrong) == ([], [], [])
    assert len(sentences) >= 100


@pytest.mark.slow
def test_of_the_suite_code_reads_nothing_wrong(tables: MemoryTables) -> None:
    found = [(each, read) for each in suite() if (read := by_code(each["text"], tables)) is not None]
    assert [each["text"] for each, read in found if verdict(read, each["right"], DAY) != RIGHT] == []
    assert len(found) >= 10


@pytest.mark.slow
@pytest.mark.parametrize("word", CHANGES_THE_MEANING)
def test_one_word_more_leaves_a_report_to_a_model(word: str, tables: MemoryTables) -> None:
    for sentence in PLAIN:
        assert by_code(sentence, tables) is not None
        words = sentence.split()
        for place in range(len(words) + 1):
            longer = " ".join([*words[:place], word, *words[place:]])
            assert read_plainly(longer, RECEIVED, tables).incident is None, longer


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("EY17 is AOG\n> EY17 is fine", "form"),
        ("EY17 and EY19 are AOG", "flight"),
        ("A6-BLA is AOG", "flight"),
        ("EY17 fog tomorrow", "day"),
        ("EY17 fog and captain sick", "problem"),
        ("EY17 hyd leak, 2-3 hours to fix", "words"),
        ("EY17 AOG for 3 hours", "length"),
        ("EY17 CTOT 1640", "clock"),
        ("EY17 is really AOG", "words"),
    ],
)
def test_a_doubt_says_why(text: str, doubt: str, tables: MemoryTables) -> None:
    assert read_plainly(text, RECEIVED, tables) == PlainReading(doubt=doubt)


def test_a_run_keeps_who_read_its_report(tables: MemoryTables) -> None:
    plainly = framed("EY17 is AOG", tables, NoModel())
    assert isinstance(plainly, Frame)
    assert plainly.reading is not None
    assert (plainly.reading.by, plainly.reading.doubt, plainly.usage.model_calls) == (Reader.CODE, "", 0)
    read = framed("EY17 the captain is really sick", tables, Overlooking())
    assert read.reading is not None
    assert (read.reading.by, read.reading.doubt) == (Reader.MODEL, "words")


def test_a_question_about_a_plain_report_is_asked_without_a_model(tables: MemoryTables) -> None:
    asked = framed("EY9998 is AOG", tables, NoModel())
    assert isinstance(asked, Refusal)
    assert asked.code == "incident_flight_unknown"
    assert asked.reading is not None
    assert asked.reading.by is Reader.CODE


def test_a_typed_incident_is_not_read(tables: MemoryTables) -> None:
    run = structs.replace(run_of(""), incident={"flight": "EY17"})
    assert plain_reading(run, PACK, tables) == PlainReading()


def test_a_pack_without_the_hook_leaves_all_to_a_model(tables: MemoryTables) -> None:
    assert plain_reading(run_of("EY17 is AOG"), structs.replace(PACK, read_plainly=None), tables) == PlainReading()


def test_a_doubt_is_a_code_and_no_words_of_a_report() -> None:
    with pytest.raises(ValueError, match="a doubt is a code"):
        PlainReading(doubt="EY17 is AOG")


def test_details_decide_for_passengers_also_where_code_reads(tables: MemoryTables) -> None:
    read = framed("EY33 is AOG because of a bird strike", tables, NoModel())
    assert isinstance(read, Frame)
    assert [each["detail"] for each in plain(read.incident)["problems"]] == ["bird_strike"]
