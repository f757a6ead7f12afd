"""The files that the bench of loading makes are read whole, and hold what they are asked for."""

from __future__ import annotations

from pathlib import Path

from conclave.testing.tables import MemoryTables
from packs.airline import PACK, times
from packs.airline.feeds.kinds import kind_of
from packs.airline.feeds.loading import feed

from bench.loading.__main__ import FLIGHTS, flights_of
from bench.loading.files import flights_csv, forecasts, midnight, notices
from cli.data.loading import doubts_of, layout_of, read_files

STATIONS = ("EGLL", "LFPG", "OMAA")
DAY = "2026-11-21"


def test_what_is_made_is_read_without_a_fault() -> None:
    texts = {"taf.txt": forecasts(STATIONS, midnight(DAY), 40), "notams.txt": notices(STATIONS, midnight(DAY), 50)}
    assert [kind_of(each) for each in texts.values()] == ["weather", "notams"]
    fed = feed(texts, times.minutes(f"{DAY}T12:00:00Z"), MemoryTables(PACK.tables, {}))
    assert (fed.faults, fed.warnings, dict(fed.read)) == ([], [], {"weather": 40, "notams": 50})
    assert len(fed.put["notams"]) == 50
    assert sum("closed" in each for each in fed.put["notams"]) == 10


def test_every_notice_has_a_number_of_its_own() -> None:
    text = notices(STATIONS, midnight(DAY), 20_000)
    assert len({line for line in text.splitlines() if line.endswith("NOTAMN")}) == 20_000
    texts = [line for line in text.splitlines() if line.startswith("E)")]
    assert len(set(texts)) == 20_000, "and a text of its own, so that nothing is read once for many"


def test_flights_that_are_made_are_taken_without_a_fault(tmp_path: Path) -> None:
    (tmp_path / "flights.csv").write_text(flights_csv(flights_of(DAY, 1)), encoding="utf-8")
    read = read_files(tmp_path, layout_of(PACK), PACK.tables, doubts=doubts_of(PACK))
    assert read.faults == []
    assert len(read.rows["flights"]) == FLIGHTS
