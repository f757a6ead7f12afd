"""METAR and TAF as stations and message handlers really write them: corrections, lost spaces, wrong periods, addresses."""

from __future__ import annotations

import pytest
from conclave.pack import Fed
from conclave.pack.tables import ScopedTables
from conclave.testing.tables import MemoryTables
from packs.airline import PACK, times
from packs.airline.feeds.loading import READS, feed
from packs.airline.feeds.records import MAX_LINES

NEAR = "2026-11-30T06:00:00Z"
FINE, FOG = "24008KT 9999 SCT030", "24008KT 0800 FG VV002"


def fed(text: str, near: str = NEAR) -> Fed:
    return feed({"a.txt": text}, times.minutes(near), ScopedTables(MemoryTables(PACK.tables, {}), READS))


def rows(text: str, near: str = NEAR) -> list[str]:
    """Rows as from, until, visibility, ceiling and winds, and behind a bar what is expected at times; no finding is left."""
    found = fed(text, near)
    assert found.faults == [] == found.warnings
    return [
        _told(each) for each in sorted(found.put.get("weather", ()), key=lambda row: (row["station"], row["from_utc"]))
    ]


def _told(row: dict[str, object]) -> str:
    begins, ends = (str(row[name])[5:16].replace("T", " ") for name in ("from_utc", "until_utc"))
    said = f"{begins} {ends} {row['visibility_m']} {row['ceiling_ft']} {' '.join(row['winds'])}"  # type: ignore[arg-type]
    if "temporary" not in row:
        return said
    counts = "counts" if row["temporary_counts"] else "not"
    return f"{said} | {row['temporary']} {counts} {row['temporary_visibility_m']} {row['temporary_ceiling_ft']}"


HARD = [
    # Corrections: of one time the correction counts, wherever it stands in the file
    (f"TAF COR EGLL 300500Z 3006/0112 {FOG}=\nTAF EGLL 300500Z 3006/0112 {FINE}=", ["11-30 06:00 12-01 12:00 800 200 240/08"]),
    (f"TAF EGLL 300500Z 3006/0112 {FINE}=\nTAF COR EGLL 300500Z 3006/0112 {FOG}=", ["11-30 06:00 12-01 12:00 800 200 240/08"]),
    (f"METAR COR EGLL 300520Z {FOG}=\nMETAR EGLL 300520Z {FINE}=", ["11-30 05:20 11-30 06:20 800 200 240/08"]),
    (f"METAR CYUL 300600Z CCA {FOG}=\nMETAR CYUL 300600Z {FINE}=", ["11-30 06:00 11-30 07:00 800 200 240/08"]),
    (f"TAF COR EGLL 300510Z 3006/0112 {FOG}=\nTAF EGLL 300500Z 3006/0112 {FINE}=", ["11-30 06:00 12-01 12:00 800 200 240/08"]),
    (f"TAF EGLL 300500Z 3006/0112 {FINE}=\nTAF AMD EGLL 300900Z 3009/0112 {FOG}=",
     ["11-30 06:00 11-30 09:00 9999 99999 240/08", "11-30 09:00 12-01 12:00 800 200 240/08"]),
    (f"TAF EGLL 300500Z 3006/0112 {FINE}=\nTAF AMD EGLL 300900Z 3009/0112 CNL=", ["11-30 06:00 11-30 09:00 9999 99999 240/08"]),
    ("TAF EGLL 300500Z 3006/0112 NIL=", []),
    # Statute miles: a lost space, more or less than a value
    ("METAR KBOS 300554Z 00000KT 11/2SM BR OVC002", ["11-30 05:54 11-30 06:54 2414 200 000/00"]),
    ("METAR KBOS 300554Z 00000KT 21/4SM BR OVC002", ["11-30 05:54 11-30 06:54 3621 200 000/00"]),
    ("METAR KBOS 300554Z 00000KT 1 3/8SM BR OVC002", ["11-30 05:54 11-30 06:54 2212 200 000/00"]),
    ("METAR KBOS 300554Z 00000KT 1/16SM FG VV000", ["11-30 05:54 11-30 06:54 100 0 000/00"]),
    ("METAR KBOS 300554Z 00000KT M1/8SM FG VV001", ["11-30 05:54 11-30 06:54 200 100 000/00"]),
    # Bulletins with what message handlers leave around them
    (f"ZCZC TLA0012\nGG OMAAZPZX OMDBZPZX\n301705 OMAEYMYX\nFTAE31 OMAE 301700\nTAF\nOMAA 301700Z 3018/0124 {FINE}=\nNNNN",
     ["11-30 18:00 12-02 00:00 9999 99999 240/08"]),
    (f"QU LHROPXY\n.JFKKKXY 301705\nMETAR OMAA 301700Z {FOG}\nNNNN", ["11-30 17:00 11-30 18:00 800 200 240/08"]),
    (f"\ufeffMETAR OMAA 301700Z 24008KT\r\n 0800 FG VV002=\r\nMETAR OMDB 301700Z {FINE}=\r\n",
     ["11-30 17:00 11-30 18:00 800 200 240/08", "11-30 17:00 11-30 18:00 9999 99999 240/08"]),
    # Winds in metres a second, above what a station tells, and of three figures
    ("METAR UHPP 300600Z 240P49MPS 9999 BKN020", ["11-30 06:00 11-30 07:00 9999 2000 240/95"]),
    ("METAR BIKF 300600Z 270105G130KT 9999 BKN020", ["11-30 06:00 11-30 07:00 9999 2000 270/105G130"]),
    # Trends over midnight, with hour 24
    ("METAR EGLL 302320Z 24008KT 0800 FG OVC002 Q1020 BECMG TL2400 6000 NSW SCT010",
     ["11-30 23:20 12-01 00:00 800 200 240/08", "12-01 00:00 12-01 01:20 6000 99999 240/08"]),
    ("METAR EGLL 302350Z 24008KT 9999 SCT030 Q1020 BECMG FM0030 TL0100 0800 FG",
     ["11-30 23:50 12-01 00:30 9999 99999 240/08", "12-01 00:30 12-01 01:50 800 99999 240/08"]),
    # Changes: one value improves while another deteriorates; over the month's end; FM at hour 24; within a gap
    ("TAF EDDF 301100Z 3012/0118 24008KT 3000 BR BKN009 BECMG 3014/3016 24030G45KT 9999 NSW",
     ["11-30 12:00 11-30 14:00 3000 900 240/08", "11-30 14:00 11-30 16:00 3000 900 240/08 240/30G45",
      "11-30 16:00 12-01 18:00 9999 900 240/30G45"]),
    ("TAF LEMD 300500Z 3006/0112 VRB02KT 9999 SCT030 FM302400 24010KT 0600 FG OVC001",
     ["11-30 06:00 12-01 00:00 9999 99999 VRB/02", "12-01 00:00 12-01 12:00 600 100 240/10"]),
    ("TAF EDDF 301100Z 3012/0118 24008KT 9999 SCT030 PROB30 TEMPO 3014/3016 0800 +TSRA BKN008CB PROB40 0103/0106 0300 FG VV001",
     ["11-30 12:00 11-30 14:00 9999 99999 240/08", "11-30 14:00 11-30 16:00 9999 99999 240/08 | PROB30+TEMPO not 800 800",
      "11-30 16:00 12-01 03:00 9999 99999 240/08", "12-01 03:00 12-01 06:00 9999 99999 240/08 | PROB40 counts 300 100",
      "12-01 06:00 12-01 18:00 9999 99999 240/08"]),
    ("TAF ENGM 300500Z 3006/0106 24010KT 9999 SCT020 BECMG 3010/3012 BKN///", ["11-30 06:00 11-30 10:00 9999 99999 240/10"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), HARD)
def test_hard_reports(text: str, expected: list[str]) -> None:
    assert rows(text) == expected


@pytest.mark.parametrize(
    ("text", "near", "expected"),
    [
        ("TAF LOWW 281725Z 2818/2924 24008KT CAVOK", "2028-02-28T18:00:00Z", "02-28 18:00 03-01 00:00 9999 5000 240/08"),
        ("TAF LOWW 281725Z 2818/0124 24008KT CAVOK", "2027-02-28T18:00:00Z", "02-28 18:00 03-02 00:00 9999 5000 240/08"),
        ("TAF EDDF 312315Z 0100/0206 24008KT CAVOK", "2026-12-31T22:00:00Z", "01-01 00:00 01-02 06:00 9999 5000 240/08"),
    ],
)  # fmt: skip
def test_leap_days_and_years(text: str, near: str, expected: str) -> None:
    assert rows(text, near) == [expected]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (f"TAF EGLL 300500Z 300606 {FINE}", 1, "EGLL: the forecast has no period"),
        (f"METAR EGLL 302460Z {FINE}", 1, "302460Z is not a day and time"),
        (f"METAR EGLL 300520Z {FINE}=\nhello world\nMETAR EGKK 300520Z {FINE}=", 2, "is not a METAR or TAF"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, line: int, reason: str) -> None:
    (fault,) = fed(text).faults
    assert fault.line == line
    assert fault.reason.startswith(reason)


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("TAF EGLL 300500Z 3006/0112=", ["EGLL: a forecast without wind"]),
        ("METAR EGLL 300520Z 37008KT 9999 SCT030",
         ["EGLL: groups of no known form: 37008KT", "EGLL: an observation without wind"]),
        ("METAR EGLL 300520Z 240//KT 9999 NSC", ["EGLL: an observation without wind"]),
        ("METAR EGLL 300520Z AUTO 24008KT 9999 //////CB", ["EGLL: an observation without wind"]),
    ],
)  # fmt: skip
def test_a_report_that_gives_no_row_is_told(text: str, reasons: list[str]) -> None:
    found = fed(text)
    assert [each.reason.startswith(reason) for each, reason in zip(found.warnings, reasons, strict=True)] == [
        True
    ] * len(reasons)
    assert "weather" not in found.put


@pytest.mark.parametrize(
    ("period", "until"), [("3012/3006", "2026-12-01T06:00:00Z"), ("3012/1512", "2026-12-01T12:00:00Z")]
)
def test_a_period_that_no_forecast_has_is_read_to_the_first_such_hour(period: str, until: str) -> None:
    found = fed(f"METAR EGKK 300520Z {FINE}=\nTAF EGLL 300500Z {period} {FINE}=")
    assert [each["until_utc"] for each in found.put["weather"] if each["station"] == "LHR"] == [until]
    (doubt,) = found.warnings
    assert (doubt.line, doubt.reason) == (
        2, f"EGLL: {period} is longer than any forecast; it is read to the first such hour, {until}",
    )  # fmt: skip


@pytest.mark.slow
def test_lines_behind_the_limit_are_told_and_not_read() -> None:
    text = f"METAR EGLL 300520Z {FINE}=\n" + "\n" * MAX_LINES + f"METAR EGKK 300520Z {FINE}=\n"
    found = fed(text)
    assert [each["station"] for each in found.put["weather"]] == ["LHR"]
    (fault,) = found.faults
    assert (fault.line, fault.reason.startswith("is not read from here on")) == (MAX_LINES + 1, True)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r\r\n", "\r"])
def test_lines_end_as_files_and_teletypes_end_them(ends: str) -> None:
    text = ends.join(["METAR", f"OMAA 301700Z {FINE}=", "OMDB 301700Z 24008KT", " 0800 FG VV002=", ""])
    assert [each[24:] for each in rows(text)] == ["9999 99999 240/08", "800 200 240/08"]


@pytest.mark.parametrize("group", ["R/SNOCLO", "SNOCLO", "R88/SNOCLO", "R27L/SNOCLO"])
def test_an_aerodrome_that_is_closed_by_snow_is_told(group: str) -> None:
    found = fed(f"METAR EGLL 300520Z {FINE} M02/M03 Q0990 {group}")
    assert [each.reason for each in found.warnings] == [
        "EGLL: says that the aerodrome or a runway is closed by snow (SNOCLO); for rules only a notice closes it"
    ]
    assert len(found.put["weather"]) == 1
