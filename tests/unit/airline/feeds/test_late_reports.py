"""Reports that arrive out of their order: what was issued last stands, whether they come at once or one load after the other."""

from __future__ import annotations

from collections.abc import Iterable

from conclave.pack.tables import Item, ScopedTables
from conclave.testing.tables import MemoryTables
from hypothesis import given
from hypothesis import strategies as st
from packs.airline import PACK, times
from packs.airline.feeds.loading import READS, feed

NEAR = times.minutes("2026-11-21T06:00:00Z")
DAY = 24


def loaded(texts: Iterable[str], rows: Iterable[Item] = ()) -> list[Item]:
    """The rows of weather after the texts, each a load of its own."""
    there = {each["from_utc"]: each for each in rows}
    for text in texts:
        tables = MemoryTables(PACK.tables, {"weather": list(there.values())})
        found = feed({"a.txt": text}, NEAR, ScopedTables(tables, READS))
        for key in found.remove.get("weather", ()):
            del there[key[1]]
        there |= {each["from_utc"]: each for each in found.put.get("weather", ())}
    return [there[begin] for begin in sorted(there)]


def shown(rows: Iterable[Item]) -> list[str]:
    return [f"{each['from_utc'][8:13]} {each['until_utc'][8:13]} {each['visibility_m']}" for each in rows]


def forecast(issued: int, start: int, end: int, visibility: int, kind: str = "TAF") -> str:
    ends = f"22{end - DAY:02d}" if end >= DAY else f"21{end:02d}"
    return f"{kind} EGLL 21{issued:02d}00Z 21{start:02d}/{ends} 24010KT {visibility:04d} HZ BKN030"


EARLY, LATE = forecast(5, 6, 36, 9000), forecast(8, 9, 36, 2000)


def test_a_forecast_that_arrives_late_takes_nothing_from_a_newer_one() -> None:
    in_order = loaded([EARLY, LATE])
    assert shown(in_order) == ["21T06 21T09 9000", "21T09 22T12 2000"]
    assert loaded([LATE, EARLY]) == in_order
    assert loaded([LATE, EARLY, LATE, EARLY]) == in_order


def test_a_forecast_that_arrives_late_leaves_what_was_observed_after_it() -> None:
    observed = "METAR EGLL 210800Z 24010KT 0400 FG VV001 05/05 Q1020"
    assert shown(loaded([observed, EARLY])) == ["21T06 21T08 9000", "21T08 21T09 400", "21T09 22T12 9000"]


def test_an_observation_that_arrives_late_leaves_a_forecast_issued_after_it() -> None:
    observed = "METAR EGLL 210750Z 24010KT 0400 FG VV001 05/05 Q1020"
    found = loaded([forecast(8, 8, 36, 2000), observed])
    assert [each["from_utc"][11:16] for each in found] == ["07:50", "08:00"]


def test_of_one_time_of_issue_the_correction_stands() -> None:
    corrected = forecast(5, 6, 36, 3000, kind="TAF COR")
    assert shown(loaded([corrected, EARLY])) == shown(loaded([EARLY, corrected])) == ["21T06 22T12 3000"]


def test_what_a_newer_forecast_leaves_open_stays_open() -> None:
    """Its ceiling from ten to fourteen is unknown; an older one says nothing about that."""
    newer = f"{LATE} TEMPO 2110/2114 0300 FG VV///"
    assert shown(loaded([newer, EARLY])) == ["21T06 21T09 9000", "21T09 21T10 2000", "21T14 22T12 2000"]


def test_rows_of_a_tables_own_making_give_way() -> None:
    own = {
        "station": "LHR",
        "from_utc": "2026-11-21T06:00:00Z",
        "visibility_m": 1,
        "ceiling_ft": 900,
        "crosswind_kt": 1,
    }
    assert shown(loaded([EARLY], [own])) == ["21T06 22T12 9000"]


@st.composite
def forecasts(draw: st.DrawFn) -> list[str]:
    issues = draw(st.lists(st.integers(0, 20), min_size=2, max_size=5, unique=True))
    spans = [(draw(st.integers(0, 23)), draw(st.integers(1, 24))) for _ in issues]
    return [
        forecast(issue, start, min(start + length, 46), 1_000 + 100 * issue)
        for issue, (start, length) in zip(issues, spans, strict=True)
    ]


@given(data=st.data(), texts=forecasts())
def test_the_order_of_loads_makes_no_difference(data: st.DataObject, texts: list[str]) -> None:
    shuffled = data.draw(st.permutations(texts))

    def by_hour(rows: list[Item]) -> dict[int, int]:
        spans = [(times.minutes(each["from_utc"]), times.minutes(each["until_utc"]), each) for each in rows]
        return {hour: each["visibility_m"] for start, end, each in spans for hour in range(start, end, 60)}

    assert by_hour(loaded(shuffled)) == by_hour(loaded(["=\n".join(texts)]))
