"""Recordings: kept in parts, read back whole, and never in the way of the run."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.caches.tables import VersionedTables
from conclave.caches.versions import Version
from conclave.codec import RecordInvalid, encode
from conclave.pack import load_pack
from conclave.pack.tables import Between, ReadFailed, Table
from conclave.recording.code_versions import code_versions
from conclave.recording.noted_tables import NotedTables
from conclave.recording.recorder import Recorder
from conclave.recording.recordings import (
    PARTS,
    Ask,
    Reads,
    Recording,
    entry_records,
    kept_as,
    noted_error,
    recording_in,
    step_records,
)
from conclave.records.journal import MAX_RECORD_BYTES
from conclave.replaying.raising import error_of
from conclave.testing.tables import MemoryTables
from msgspec import Raw
from pipe_domain import MODEL, clock

NAMES = step_records("frame")
TABLES = (Table(name="pipes", key="pipe"), Table(name="parts", key="supplier", sort_key="name"))
ROWS = {"pipes": [{"pipe": "P1", "limit": 6}], "parts": [{"supplier": "S", "name": "seal", "price": 5.0}]}


def noise(size: int) -> Recording:
    text = Random(1).randbytes(size // 2).hex()
    return Recording(code={"engine": "e"}, reads=Reads(items={"t": {"k": Raw(encode(text))}}))


def test_a_recording_comes_back_as_it_was() -> None:
    whole = Recording(
        code={"engine": "1"},
        moments=("2026-11-21T06:00:00+00:00",),
        asks=(Ask(model="m", texts=1, output_tokens=(2_048,), answer='{"verdict": "approve"}'),),
        reads=Reads(versions={"t": "v"}, items={"t": {"k": Raw(b'{"a":1.0}'), "n": Raw(b"null")}}),
    )
    read = recording_in(NAMES, kept_as(NAMES, whole))
    assert read is not None
    assert encode(read) == encode(whole)
    assert recording_in(NAMES, {}) is None


def test_a_large_recording_takes_parts_and_misses_none() -> None:
    large = noise(int(MAX_RECORD_BYTES * 2.5))
    kept = kept_as(NAMES, large)
    assert len(kept) > 1
    assert all(len(each) <= MAX_RECORD_BYTES for each in kept.values())
    assert encode(recording_in(NAMES, kept)) == encode(large)
    del kept[NAMES[1]]
    with pytest.raises(RecordInvalid):
        recording_in(NAMES, kept)


def test_one_that_is_too_large_says_so_and_is_no_error() -> None:
    kept = kept_as(NAMES, noise(MAX_RECORD_BYTES * 2 * (PARTS + 1)))
    read = recording_in(NAMES, kept)
    assert read is not None
    assert read.left_out > MAX_RECORD_BYTES * PARTS
    assert (read.code, read.reads) == ({"engine": "e"}, Reads())


@pytest.mark.parametrize("data", [b"x", b"{}", b"\x78\x9c"])
def test_damage_is_told(data: bytes) -> None:
    with pytest.raises(RecordInvalid):
        recording_in(NAMES, {NAMES[0]: data})


def test_names_of_records_are_told_apart() -> None:
    names = [*step_records("frame"), *step_records("recommend"), *entry_records("recommend"), *entry_records("revise")]
    assert len(set(names)) == 4 * PARTS


def test_reads_are_noted_as_they_came_back() -> None:
    noted = NotedTables(MemoryTables(TABLES, ROWS))
    noted.get("pipes", ["P1", "P9"])
    noted.get("parts", [("S", "seal")])
    noted.query("parts", ["S"])
    noted.query("parts", ["S"], "", {"name": Between("x", "z")})
    reads = noted.reads
    assert bytes(reads.items["pipes"]["P9"]) == b"null"
    assert bytes(reads.items["parts"]["S\0seal"]) == b'{"name":"seal","price":5.0,"supplier":"S"}'
    assert {bytes(each) for each in reads.groups["parts/"].values()} == {
        b'[{"name":"seal","price":5.0,"supplier":"S"}]',
        b"[]",
    }


def test_what_was_read_is_noted_before_anybody_can_change_it() -> None:
    noted = NotedTables(MemoryTables(TABLES, {"pipes": [{"pipe": "P1", "limit": 6}]}))
    noted.get("pipes", ["P1"]).items["P1"]["limit"] = 9
    assert bytes(noted.reads.items["pipes"]["P1"]) == b'{"limit":6,"pipe":"P1"}'


def test_a_read_that_failed_is_noted_and_fails() -> None:
    class Failing(MemoryTables):
        def get_across(self, wanted: Any) -> Any:
            raise ReadFailed("pipes: slow")

    noted = NotedTables(Failing(TABLES, ROWS))
    with pytest.raises(ReadFailed):
        noted.get_across({"pipes": ["P1"]})
    (failed,) = noted.reads.failed
    assert (failed.way, failed.names, failed.raised.message) == ("pipes", ["P1"], "pipes: slow")


def test_versions_are_asked_for_by_the_step_and_by_nobody_else() -> None:
    class Versions:
        reads = 0

        def read(self) -> dict[str, Version]:
            self.reads += 1
            return {"pipes": Version(id="v", changed_at="2026-11-20T06:00:00.000Z")}

    versions: Any = Versions()
    noted = NotedTables(VersionedTables(MemoryTables(TABLES, ROWS), versions, clock))
    assert noted.reads.versions == {}
    assert versions.reads == 0
    assert noted.versions == {"pipes": "v"}
    assert noted.reads.versions == {"pipes": "v"}


@pytest.mark.parametrize("error", [ReadFailed("flights: slow"), KeyError("x"), TimeoutError()])
def test_an_error_comes_back_under_its_name(error: Exception) -> None:
    again = error_of(noted_error(error))
    assert type(again).__name__ == type(error).__name__
    assert str(again) == str(error)
    assert isinstance(again, ReadFailed) == isinstance(error, ReadFailed)


def test_an_answer_that_did_not_come_is_noted_too() -> None:
    recorder = Recorder(clock, {})

    class Broken:
        model_id = MODEL

        def ask(self, question: Any, meter: Meter) -> Any:
            with meter.exchange(MODEL, {"user": "u"}, 77):
                raise TimeoutError("late")

    with pytest.raises(TimeoutError):
        recorder.model(Broken()).ask(None, Meter(price_table()))  # type: ignore[arg-type]
    read = recording_in(NAMES, recorder.records(NAMES))
    assert read is not None
    (ask,) = read.asks
    assert ask.raised is not None
    assert (ask.model, ask.texts, list(ask.output_tokens), ask.raised.name) == (MODEL, 1, [77], "TimeoutError")


def test_versions_of_the_code_change_with_it() -> None:
    airline, example = (load_pack(name).folder for name in ("airline", "example"))
    here = code_versions(airline)
    assert set(here) == {"engine", "pack", "tzdata"}
    assert here["engine"] == code_versions(example)["engine"] != here["pack"]
    assert here["pack"] != code_versions(example)["pack"]
