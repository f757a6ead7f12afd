"""METAR and TAF. The texts are made up in the forms of ICAO Annex 3 App. 3 and 5, WMO No. 306 and FMH-1; each with what it says.

A condition is written as visibility, ceiling, wind and weather: ``?`` is unknown, ``no`` means that nothing is a ceiling.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packs.airline import times
from packs.airline.feeds.records import Fault, Message
from packs.airline.feeds.weather.bulletins import reports_of
from packs.airline.feeds.weather.groups import NO_CEILING_FT
from packs.airline.feeds.weather.reports import Report, read_report, read_reports
from packs.airline.feeds.weather.timeline import Conditions
from packs.airline.rules.airports.crosswind import Wind

NOVEMBER = times.minutes("2026-11-29T11:30:00Z")
NEW_YEAR = times.minutes("2026-12-31T22:00:00Z")
MARCH = times.minutes("2027-02-28T20:00:00Z")


def wind(each: Wind) -> str:
    values = [
        "VRB" if each.direction_deg is None else each.direction_deg,
        "?" if each.speed_kt is None else each.speed_kt,
    ]
    gust = "" if each.gust_kt is None else f"G{each.gust_kt}"
    between = "" if each.between is None else f"({each.between[0]}-{each.between[1]})"
    return f"{values[0]}/{values[1]}{gust}{between}"


def told(conditions: Conditions) -> str:
    ceiling = "no" if conditions.ceiling_ft == NO_CEILING_FT else conditions.ceiling_ft
    values = ["?" if each is None else str(each) for each in (conditions.visibility_m, ceiling)]
    return " ".join([*values, "+".join(map(wind, conditions.winds)) or "?", *conditions.weather])


def span(start: int, end: int) -> str:
    return f"{times.text(start)[8:16].replace('T', ' ')}-{times.text(end)[8:16].replace('T', ' ')}"


def lines(report: Report) -> list[str]:
    prevailing = [f"{span(each.from_utc, each.until_utc)} {told(each.conditions)}" for each in report.prevailing]
    temporary = [
        f"{each.kind} {span(each.from_utc, each.until_utc)} {told(each.conditions)}" for each in report.temporary
    ]
    return [*prevailing, *temporary]


def read(text: str, near: int = NOVEMBER) -> Report:
    return read_report(Message(text=text, line=1), near)


OBSERVATIONS = [
    ("METAR EGLL 291120Z 24010KT 9999 BKN030 12/08 Q1012", "9999 3000 240/10"),
    ("SPECI LFPG 291123Z 24015G27KT 4000 -RA BR SCT008 OVC014 10/09 Q1002", "4000 1400 240/15G27 -RA BR"),
    ("METAR LSZH 291120Z 00000KT 0200 R14/0350N R16/0400U FG VV001 01/01 Q1028", "200 100 0/0 FG"),
    ("METAR EDDF 291120Z 20005KT 0100 FG VV/// 00/00 Q1030", "100 ? 200/5 FG"),
    ("METAR LEMD 291130Z VRB02KT CAVOK 18/02 Q1025", "9999 5000 VRB/2"),
    ("METAR OMDB 291100Z 32012KT CAVOK 27/12 Q1014 NOSIG", "9999 5000 320/12"),
    ("METAR UUEE 291130Z 18005MPS 9999 OVC006 M02/M03 Q1015", "9999 600 180/10"),
    ("METAR UHWW 291130Z 34010G17MPS 2000 BLSN NSC M12/M18 Q1020", "2000 5000 340/19G33 BLSN"),
    ("METAR KJFK 291151Z 04012KT 10SM FEW250 07/M03 A3031 RMK AO2 SLP264 T00671033", "9999 no 40/12"),
    ("METAR KORD 291151Z 30014G24KT 2 3/4SM -SN OVC012 M03/M06 A2993", "4425 1200 300/14G24 -SN"),
    ("METAR KSEA 291153Z 00000KT 1/4SM R16L/1200FT FG VV002 06/06 A3012", "402 200 0/0 FG"),
    ("METAR PANC 291153Z 01006KT M1/4SM FZFG VV001 M10/M11 A2950", "401 100 10/6 FZFG"),
    ("METAR CYYZ 291200Z 27008KT 1 1/2SM R24R/4500VP6000FT/U -SN VV009 M04/M06 A2988", "2414 900 270/8 -SN"),
    ("METAR KDEN 291153Z 18005KT 3SM BR CLR 01/01 A3000", "4828 12000 180/5 BR"),
    ("METAR CYVR 291200Z 09005KT 15SM SKC 06/03 A3010", "9999 no 90/5"),
    ("METAR ZBAA 291130Z 36004MPS 3000 HZ NSC 05/M05 Q1028 NOSIG", "3000 5000 360/8 HZ"),
    ("METAR EKCH 291120Z AUTO 24010KT 9999NDV NCD 08/05 Q1010", "9999 5000 240/10"),
    ("METAR LFMN 291130Z AUTO /////KT //// // ////// ///// Q////", "? ? VRB/?"),
    ("METAR LOWW 291120Z AUTO 12004KT 5000 BR ///007 03/03 Q1022", "5000 700 120/4 BR"),
    ("METAR ENGM 291120Z 02010KT 9999 BKN/// 01/M01 Q1001", "9999 ? 20/10"),
    ("METAR EFHK 291120Z 22008KT 9999 FEW012 BKN020 OVC/// 03/02 Q1008", "9999 ? 220/8"),
    (
        "METAR EGPH 291120Z 24020G35KT 210V270 6000 SHRA FEW010CB SCT018 BKN030 09/07 Q0988",
        "6000 3000 240/20G35(210-270) SHRA",
    ),
    ("METAR BIRK 291100Z 16062G85KT 1500 +RASN BKN005 02/01 Q0958", "1500 500 160/62G85 +RASN"),
    ("METAR NZSP 291150Z 020P99KT 0000 BLSN VV000 M55/ Q0980", "0 0 20/99 BLSN"),
    ("METAR LIMC 291120Z 00000KT 1500 0600SE R35L/P2000N BCFG SCT001 02/02 Q1026", "1500 no 0/0 BCFG"),
    ("METAR RJTT 291130Z 05011KT 9999 VCSH FEW020 SCT035 BKN/// 14/09 Q1016", "9999 ? 50/11 VCSH"),
    ("METAR EGKK 291120Z 21008KT 9999 BKN012 11/09 Q1009 RERA WS R26L W15/S4", "9999 1200 210/8"),
    ("METAR VOBL 291130Z 09005KT 6000 NSC 26/17 Q1016 NOSIG=", "6000 5000 90/5"),
    ("METAR SBGR 291100Z 12010KMH 8000 TS SCT030TCU 22/20 Q1015", "8000 no 120/5 TS"),
    ("METAR FACT 291130Z 18015KT 22/12 Q1013", "? ? 180/15"),
]


@pytest.mark.parametrize(("text", "expected"), OBSERVATIONS)
def test_an_observation_says_what_prevails(text: str, expected: str) -> None:
    report = read(text)
    assert told(report.prevailing[0].conditions) == expected
    assert report.unread == ()
    assert times.text(report.issued_utc)[:10] == "2026-11-29"


FORECASTS = [
    ("a deterioration counts from the start of BECMG, an improvement from its end",
     "TAF EGLL 291058Z 2912/3018 24010KT 9999 BKN030 BECMG 2914/2916 3000 RA BKN008 BECMG 3008/3010 9999 NSW SCT040",
     ["29 12:00-29 14:00 9999 3000 240/10", "29 14:00-30 10:00 3000 800 240/10 RA", "30 10:00-30 18:00 9999 no 240/10"]),
    ("each value of a change counts by itself",
     "TAF EDDM 291100Z 2912/3012 27005KT 3000 BR OVC020 BECMG 2914/2917 8000 NSW OVC006",
     ["29 12:00-29 14:00 3000 2000 270/5 BR", "29 14:00-29 17:00 3000 600 270/5 BR", "29 17:00-30 12:00 8000 600 270/5"]),
    ("both winds may hold while one becomes the other",
     "TAF LPPT 291100Z 2912/3012 18010KT CAVOK BECMG 2918/2920 27020G32KT",
     ["29 12:00-29 18:00 9999 5000 180/10", "29 18:00-29 20:00 9999 5000 180/10+270/20G32",
      "29 20:00-30 12:00 9999 5000 270/20G32"]),
    ("FM has minutes, and nothing of before goes on",
     "TAF KJFK 291120Z 2912/3018 22012KT P6SM BKN025 FM291745 31018G28KT 2SM -SN VV008 FM300230 33010KT P6SM SKC",
     ["29 12:00-29 17:45 9656 2500 220/12", "29 17:45-30 02:30 3218 800 310/18G28 -SN", "30 02:30-30 18:00 9656 no 330/10"]),
    ("what FM does not say is unknown, not as before",
     "TAF KBOS 291120Z 2912/3012 22012KT P6SM BKN025 FM291800 31018KT",
     ["29 12:00-29 18:00 9656 2500 220/12", "29 18:00-30 12:00 ? ? 310/18"]),
    ("temporary conditions stay apart from those that prevail",
     "TAF LFPG 291100Z 2912/3018 24010KT 9999 SCT030 TEMPO 2914/2918 1200 TSRA BKN008CB",
     ["29 12:00-30 18:00 9999 no 240/10", "TEMPO 29 14:00-29 18:00 1200 800 240/10 TSRA"]),
    ("a probability is told with its figure",
     "TAF LIRF 291100Z 2912/3018 18008KT 9999 FEW030 PROB30 TEMPO 2916/2920 0500 FG VV001 PROB40 3003/3007 2000 BR",
     ["29 12:00-30 18:00 9999 no 180/8",
      "PROB30 TEMPO 29 16:00-29 20:00 500 100 180/8 FG", "PROB40 30 03:00-30 07:00 2000 no 180/8 BR"]),
    ("a temporary change is seen against what prevails then",
     "TAF EHAM 291100Z 2912/3018 24010KT 9999 BKN030 BECMG 2914/2915 27025G40KT TEMPO 2918/2922 3000 SHRA",
     ["29 12:00-29 14:00 9999 3000 240/10", "29 14:00-29 15:00 9999 3000 240/10+270/25G40",
      "29 15:00-30 18:00 9999 3000 270/25G40", "TEMPO 29 18:00-29 22:00 3000 3000 270/25G40 SHRA"]),
    ("hour 24 ends the day",
     "TAF EGCC 291100Z 2912/2924 24010KT 9999 BKN030 TEMPO 2920/2924 2000 RA",
     ["29 12:00-30 00:00 9999 3000 240/10", "TEMPO 29 20:00-30 00:00 2000 3000 240/10 RA"]),
    ("CAVOK ends weather, low cloud and poor visibility",
     "TAF EGBB 291100Z 2912/3012 24010KT 0800 FG VV002 BECMG 2914/2916 CAVOK",
     ["29 12:00-29 16:00 800 200 240/10 FG", "29 16:00-30 12:00 9999 5000 240/10"]),
    ("a value that is missing is a gap while it lasts",
     "TAF LGAV 291100Z 2912/3012 36012KT //// ////// BECMG 2918/2920 9999 FEW030",
     ["29 12:00-29 20:00 ? ? 360/12", "29 20:00-30 12:00 9999 no 360/12"]),
    ("a forecast that becomes unknown is unknown from the start of the change",
     "TAF LTFM 291100Z 2912/3012 36012KT 9999 BKN020 BECMG 2918/2920 0300 FG VV///",
     ["29 12:00-29 18:00 9999 2000 360/12", "29 18:00-30 12:00 300 ? 360/12 FG"]),
    ("no group of cloud says nothing of the ceiling",
     "TAF FAOR 291100Z 2912/3012 36012KT 9999",
     ["29 12:00-30 12:00 9999 ? 360/12"]),
    ("metres a second, temperatures beside it",
     "TAF UUDD 291057Z 2912/3012 18006G12MPS 2100 -SHSN BKN005CB TXM02/2912Z TNM08/3004Z",
     ["29 12:00-30 12:00 2100 500 180/12G23 -SHSN"]),
    ("Australian forecast with INTER and FM behind its remarks",
     "TAF YSSY 291115Z 2912/3018 18018KT 9999 -SHRA BKN030 INTER 2912/2918 2000 SHRA BKN010 RMK T 18 17 Q 1012 1013",
     ["29 12:00-30 18:00 9999 3000 180/18 -SHRA", "INTER 29 12:00-29 18:00 2000 1000 180/18 SHRA"]),
    ("amended while it runs: the issue lies in its period",
     "TAF AMD EGLL 291358Z 2913/3018 24010KT 9999 BKN003",
     ["29 13:00-30 18:00 9999 300 240/10"]),
    ("wind shear and icing groups are known, and not asked for",
     "TAF KLAX 291120Z 2912/3018 25008KT P6SM OVC015 WS020/22045KT 620304 510002 QNH2992INS",
     ["29 12:00-30 18:00 9656 1500 250/8"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [each[1:] for each in FORECASTS], ids=[each[0] for each in FORECASTS])
def test_a_forecast_says_what_prevails_and_what_comes_at_times(text: str, expected: list[str]) -> None:
    report = read(text)
    assert lines(report) == expected
    assert report.unread == ()


@pytest.mark.parametrize(
    ("text", "near", "begins", "ends"),
    [
        ("TAF EGLL 312258Z 0100/0206 24010KT CAVOK", NEW_YEAR, "2027-01-01T00:00:00Z", "2027-01-02T06:00:00Z"),
        ("TAF EGLL 312300Z 3124/0206 24010KT CAVOK", NEW_YEAR, "2027-01-01T00:00:00Z", "2027-01-02T06:00:00Z"),
        ("TAF EGLL 282258Z 0100/0206 24010KT CAVOK", MARCH, "2027-03-01T00:00:00Z", "2027-03-02T06:00:00Z"),
        ("TAF EGLL 010458Z 0106/0212 24010KT CAVOK", NEW_YEAR, "2027-01-01T06:00:00Z", "2027-01-02T12:00:00Z"),
        ("TAF EGLL 301058Z 3012/3118 24010KT CAVOK", NEW_YEAR, "2026-12-30T12:00:00Z", "2026-12-31T18:00:00Z"),
        ("TAF EGLL 3012/3118 24010KT CAVOK", NEW_YEAR, "2026-12-30T12:00:00Z", "2026-12-31T18:00:00Z"),
        ("METAR EGLL 312350Z 24010KT CAVOK", times.minutes("2027-01-01T00:10:00Z"), "2026-12-31T23:50:00Z",
         "2026-12-31T23:50:00Z"),
    ],
)  # fmt: skip
def test_month_and_year_come_from_the_moment_near_it(text: str, near: int, begins: str, ends: str) -> None:
    report = read(text, near)
    assert (times.text(report.from_utc), times.text(report.until_utc)) == (begins, ends)


@pytest.mark.parametrize(
    ("text", "missing", "cancelled"),
    [
        ("METAR EGLL 291120Z NIL", True, False),
        ("METAR EGLL 291120Z AUTO NIL", True, False),
        ("TAF EGLL 291100Z NIL", True, False),
        ("TAF EGLL NIL", True, False),
        ("TAF AMD EGLL 291400Z 2912/3018 CNL", False, True),
    ],
)
def test_a_report_that_says_nothing_forecasts_nothing(text: str, missing: bool, cancelled: bool) -> None:
    report = read(text)
    assert (report.missing, report.cancelled) == (missing, cancelled)
    assert report.prevailing == ()


@pytest.mark.parametrize(
    ("group", "metres", "bound"),
    [
        ("R27L/0800", 800, ""),
        ("R09/P2000", 2000, "P"),
        ("R09/M0050N", 50, "M"),
        ("R24/0600V1000U", 600, ""),
        ("R16L/1200FT", 365, ""),
        ("R04R/P6000FT/D", 1828, "P"),
        ("R24R/4500VP6000FT/U", 1371, ""),
        ("R27/////", None, ""),
    ],
)
def test_runway_visual_range_in_metres(group: str, metres: int | None, bound: str) -> None:
    (found,) = read(f"METAR EGLL 291120Z 00000KT 0800 {group} FG VV001 05/05 Q1020").rvr
    assert (found.metres, found.bound) == (metres, bound)


def test_a_state_of_a_runway_is_not_its_visual_range() -> None:
    assert read("METAR ENGM 291120Z 00000KT 9999 NSC M02/M05 Q1020 R19/590330 R01L/CLRD70 R88/////// ").rvr == ()


@pytest.mark.parametrize(
    ("trend", "expected"),
    [
        ("NOSIG", ["29 11:20-29 13:20 9999 1000 240/10"]),
        ("BECMG TL1230 3000 BR", ["29 11:20-29 13:20 3000 1000 240/10 BR"]),
        ("BECMG FM1200 TL1230 BKN020", ["29 11:20-29 12:30 9999 1000 240/10", "29 12:30-29 13:20 9999 2000 240/10"]),
        ("BECMG AT1200 CAVOK", ["29 11:20-29 12:00 9999 1000 240/10", "29 12:00-29 13:20 9999 5000 240/10"]),
        ("TEMPO 0400 FG", ["29 11:20-29 13:20 9999 1000 240/10", "TEMPO 29 11:20-29 13:20 400 1000 240/10 FG"]),
        ("TEMPO FM1215 TL1300 2000 SHRA",
         ["29 11:20-29 13:20 9999 1000 240/10", "TEMPO 29 12:15-29 13:00 2000 1000 240/10 SHRA"]),
    ],
)  # fmt: skip
def test_a_trend_is_a_forecast_of_two_hours(trend: str, expected: list[str]) -> None:
    assert lines(read(f"METAR EDDF 291120Z 24010KT 9999 BKN010 12/08 Q1012 {trend}")) == expected


BULLETIN = """FTUK31 EGRR 291100
TAF EGLL 291058Z 2912/3018 24010KT 9999 BKN030
     TEMPO 2914/2918 4000 RA=
TAF EGKK 291058Z 2912/3018 24010KT 9999
     BKN030=
SAUK31 EGRR 291120
EGLL 291120Z 24010KT 9999 BKN030 12/08 Q1012=
EGKK 291120Z NIL=

2025/03/01 09:00
TAF LFPG 010500Z 0106/0212 27005KT CAVOK
"""


def test_a_file_is_cut_into_its_reports() -> None:
    read_all = read_reports(BULLETIN, "wx.txt", NOVEMBER)
    assert [(each.kind, each.station, each.line, each.missing) for each in read_all.records] == [
        ("TAF", "EGLL", 2, False),
        ("TAF", "EGKK", 4, False),
        ("METAR", "EGLL", 7, False),
        ("METAR", "EGKK", 8, True),
        ("TAF", "LFPG", 11, False),
    ]
    assert times.text(read_all.records[-1].issued_utc) == "2025-03-01T05:00:00Z"
    assert read_all.faults == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("TAF EGLL 321058Z 2912/3018 24010KT", "321058Z is not a day and time"),
        ("TAF EGLL 291058Z 2912/2925 24010KT CAVOK", "2912/2925 is not a period"),
        ("TAF EGLL 291058Z 24010KT CAVOK", "the forecast has no period"),
        ("TAF EGLL 291058Z 2912/3018 24010KT CAVOK FM311200 27010KT CAVOK", "FM311200 does not lie in the period"),
        ("TAF EGLL 291058Z 2912/3018 24010KT CAVOK FM2918 27010KT CAVOK", "FM2918 is not a change"),
        ("TAF EGLL 291058Z 2912/3018 24010KT CAVOK TEMPO 3000 RA", "TEMPO has no periods"),
        ("TAF EGLL 291058Z 2912/3018 24010KT CAVOK TEMPO 0212/0214 3000 RA", "does not lie in the period"),
        ("METAR EGLL 24010KT CAVOK", "the time is missing"),
        ("METAR EGLL 291120Z 24010KT CAVOK BECMG TL1700 3000", "outside of its two hours"),
        ("hello there", "a station of four letters"),
    ],
)
def test_what_cannot_be_read_is_a_fault_with_file_line_and_reason(text: str, reason: str) -> None:
    (fault,) = read_reports(f"METAR LFPG 291130Z 27005KT CAVOK=\n{text}\n", "wx.txt", NOVEMBER).faults
    assert (fault.file, fault.line) == ("wx.txt", 2)
    assert reason in fault.reason


def test_a_group_of_no_known_form_is_named() -> None:
    assert read("METAR EGLL 291120Z 36010KTX 9999 BKN03 Q1012").unread == ("36010KTX", "BKN03")


def test_a_report_without_end_is_a_fault() -> None:
    long = "METAR EGLL 291120Z " + "FEW010 " * 4000
    assert read_reports(long, "wx.txt", NOVEMBER).faults[0].reason.startswith("is longer than 20,000 characters")


PIECES = """
TAF METAR AMD NIL CNL EGLL 291120Z 2912/3018 9912/0099 24010KT ///// 9999 //// BKN/// VV/// TEMPO BECMG PROB30 FM291260
FM300000 2914/2924 TL2460 AT1200 1 1/2SM R09/M0050 = RMK CAVOK NSW 180V240 2026/11/31 11:00
"""
WORDS = st.sampled_from([*PIECES.split(), "\n"])


@given(st.one_of(st.text(), st.lists(st.one_of(WORDS, st.text(max_size=8)), max_size=25).map(" ".join)))
@example("TAF EGLL 291120Z 9912/0099")
def test_any_text_is_read_or_named(text: str) -> None:
    read_all = read_reports(text, "wx.txt", NOVEMBER)
    assert all(isinstance(each, Fault) and each.reason for each in read_all.faults)
    for report in read_all.records:
        assert all(each.from_utc <= each.until_utc for each in report.prevailing)
        ends = [each.until_utc for each in report.prevailing]
        assert ends[:-1] == [each.from_utc for each in report.prevailing[1:]]
    reports = {each.message for each in reports_of(text, NOVEMBER)}
    assert len(read_all.records) + len(read_all.faults) == len(reports)
