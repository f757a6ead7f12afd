"""Movement, diversion and load messages. The texts are made up in the forms of AHM 780, 781 and 583; each with what it says."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packs.airline import times
from packs.airline.feeds.movements.loads import Load
from packs.airline.feeds.movements.messages import Movement, read_movement, read_movements
from packs.airline.feeds.records import Message

NOVEMBER = times.minutes("2026-11-29T15:00:00Z")
NEW_YEAR = times.minutes("2027-01-01T02:00:00Z")
FLIGHT = "XY117/29.GABCD.LHR"


def told(found: Movement) -> dict[str, str]:
    """Its times as day, hour and minute, by field."""
    return {
        name.removesuffix("_utc"): times.text(value)[8:16].replace("T", " ")
        for name in found.__struct_fields__
        if name.endswith("_utc") and (value := getattr(found, name)) is not None
    }


def read(body: str, kind: str = "MVT", flight: str = FLIGHT, near: int = NOVEMBER, sent: str = "") -> Movement:
    return read_movement(Message(text=f"{kind}\n{flight}\n{body}", line=1), near, sent)


TIMES = [
    ("AD1230/1245", {"off_block": "29 12:30", "airborne": "29 12:45"}),
    ("AD291230/291245", {"off_block": "29 12:30", "airborne": "29 12:45"}),
    ("AD 1230/1245", {"off_block": "29 12:30", "airborne": "29 12:45"}),
    ("AD1230", {"off_block": "29 12:30"}),
    ("AD1230/1245 EA1945 JFK", {"off_block": "29 12:30", "airborne": "29 12:45", "estimated_landing": "29 19:45"}),
    ("AD1230/1245\nEA1945JFK", {"off_block": "29 12:30", "airborne": "29 12:45", "estimated_landing": "29 19:45"}),
    ("AD2350/0004 EA0615 JFK", {"off_block": "29 23:50", "airborne": "30 00:04", "estimated_landing": "30 06:15"}),
    (
        "AD292350/300004 EA300615 JFK",
        {"off_block": "29 23:50", "airborne": "30 00:04", "estimated_landing": "30 06:15"},
    ),
    ("AD0010/0022\nDL93/0130", {"off_block": "30 00:10", "airborne": "30 00:22"}),
    ("AD0130/0142\nDL93/89/0130/0045", {"off_block": "30 01:30", "airborne": "30 01:42"}),
    ("AD1400/1412\nDL93/0130", {"off_block": "29 14:00", "airborne": "29 14:12"}),
    ("AA1938/1947", {"landed": "29 19:38", "on_block": "29 19:47"}),
    ("AA292358/300007", {"landed": "29 23:58", "on_block": "30 00:07"}),
    ("AA2358/0007", {"landed": "29 23:58", "on_block": "30 00:07"}),
    ("AA1938", {"landed": "29 19:38"}),
    ("AA/1947", {"on_block": "29 19:47"}),
    ("ED291430", {"estimated_off_block": "29 14:30"}),
    ("ED1430", {"estimated_off_block": "29 14:30"}),
    ("ED300100\nDL41", {"estimated_off_block": "30 01:00"}),
    ("EO291450", {"estimated_take_off": "29 14:50"}),
    ("EA292010 JFK", {"estimated_landing": "29 20:10"}),
    ("EA2010/2020 JFK", {"estimated_landing": "29 20:10", "estimated_on_block": "29 20:20"}),
    ("EA2355 JFK\nEB0005", {"estimated_landing": "29 23:55", "estimated_on_block": "30 00:05"}),
    ("NI291600\nDL41", {"next_information": "29 16:00"}),
    ("RR1255", {"returned": "29 12:55"}),
    ("RR1255/1310", {"returned": "29 12:55"}),
    ("AD1230 JFK", {"off_block": "29 12:30"}),
    ("AD1230/1245 JFK", {"off_block": "29 12:30", "airborne": "29 12:45"}),
    ("AD1230 DL81/0010", {"off_block": "29 12:30"}),
    ("AD1230\nEDL AWAITING CREW", {"off_block": "29 12:30"}),
    ("FR1325/1333", {"landed": "29 13:25", "on_block": "29 13:33"}),
    (
        "AD1230/1245\nFR1325/1333",
        {"off_block": "29 12:30", "airborne": "29 12:45", "landed": "29 13:25", "on_block": "29 13:33"},
    ),
]


@pytest.mark.parametrize(("body", "expected"), TIMES)
def test_times_of_a_movement(body: str, expected: dict[str, str]) -> None:
    found = read(body)
    assert told(found) == expected
    assert found.unread == ()


@pytest.mark.parametrize(
    "flight",
    ["XY117/29.GABCD.LHR", "XY117/29NOV26.GABCD.LHR", "XY117/29NOV.G-ABCD.LHR", "XY 117/29.GABCD.LHR", "XY0117/29.GABCD.LHR",
     "XY117/29NOV26.GABCD  .LHR", "XY117/29NOV263 .GABCD.LHR", "XY117/29.GABCD.LHR.320"],
)  # fmt: skip
def test_flights_are_named_as_systems_write_them(flight: str) -> None:
    found = read("AD1230", flight=flight)
    assert (found.flight, found.date, found.tail.replace("-", ""), found.station) == (
        "XY117",
        "2026-11-29",
        "GABCD",
        "LHR",
    )


def test_a_flight_with_an_icao_designator_is_refused_with_the_reason() -> None:
    (fault,) = read_movements("MVT\nXYZ117/29.GABCD.LHR\nAD1230", "mvt.txt", NOVEMBER).faults
    assert fault.reason == "XYZ117 has an ICAO designator; write the two characters of IATA's"


def test_lines_of_a_message_handler_are_left_out() -> None:
    text = "=PRIORITY\nQU\n=SMI\nMVT\n=TEXT\nXY{}/29.GABCD.LHR\nAD1230\n"
    found = read_movements(text.format(117) + text.format(118), "mvt.txt", NOVEMBER)
    assert [each.flight for each in found.records] == ["XY117", "XY118"]
    assert found.faults == () == found.records[0].unread


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("DL81/0010", [("81", 10)]),
        ("DL81/93/0010/0105", [("81", 10), ("93", 65)]),
        ("DL41", [("41", None)]),
        ("DL81/93", [("81", None), ("93", None)]),
        ("DL81/93/0010", [("81", 10), ("93", None)]),
        ("DL81A/0010", [("81A", 10)]),
        ("DLRA/0020", [("RA", 20)]),
        ("DL 16/0010", [("16", 10)]),
        ("EDL93/0045", [("93", 45)]),
        ("DL81/93/89/0010/0005/0120", [("81", 10), ("93", 5), ("89", 80)]),
        ("PX100", []),
    ],
)
def test_delay_codes_have_minutes_or_none(body: str, expected: list[tuple[str, int | None]]) -> None:
    assert [(each.code, each.minutes) for each in read(f"AD1230/1245\n{body}").delays] == expected


@pytest.mark.parametrize(
    ("body", "persons"),
    [("PX210", 210), ("PX12/150", 162), ("PX8/24/150", 182), ("PX210+3INF", 210), ("PX 99", 99), ("AD1230", None)],
)
def test_passengers_are_counted_without_infants(body: str, persons: int | None) -> None:
    assert read(body).passengers == persons


@pytest.mark.parametrize(
    ("flight", "number", "date", "tail", "station"),
    [
        ("XY117/29.GABCD.LHR", "XY117", "2026-11-29", "GABCD", "LHR"),
        ("XY0117/29.GABCD.LHR", "XY117", "2026-11-29", "GABCD", "LHR"),
        ("XY 117/29.G-ABCD.LHR", "XY117", "2026-11-29", "G-ABCD", "LHR"),
        ("XY117D/29.GABCD.LHR", "XY117D", "2026-11-29", "GABCD", "LHR"),
        ("9W12/28.VTJEA.BOM", "9W12", "2026-11-28", "VTJEA", "BOM"),
        ("XY117/29NOV.GABCD.LHR", "XY117", "2026-11-29", "GABCD", "LHR"),
        ("XY117/01.GABCD.LHR", "XY117", "2026-12-01", "GABCD", "LHR"),
        ("XY117/29", "XY117", "2026-11-29", "", ""),
    ],
)  # fmt: skip
def test_the_flight_and_its_day(flight: str, number: str, date: str, tail: str, station: str) -> None:
    found = read("AD1230", flight=flight)
    assert (found.flight, found.date, found.tail, found.station) == (number, date, tail, station)


def test_the_day_before_new_year_is_last_year() -> None:
    found = read("AD2350/0004 EA0615 JFK", flight="XY117/31.GABCD.LHR", near=NEW_YEAR)
    assert found.date == "2026-12-31"
    assert times.text(found.airborne_utc or 0) == "2027-01-01T00:04:00Z"


def test_the_time_of_sending_gives_the_day() -> None:
    assert told(read("AD0010/0022", sent="300025")) == {
        "off_block": "30 00:10",
        "airborne": "30 00:22",
        "sent": "30 00:25",
    }
    assert told(read("AA0610/0618", sent="300620")) == {
        "landed": "30 06:10",
        "on_block": "30 06:18",
        "sent": "30 06:20",
    }
    assert not read("AA0610/0618", sent="300620").day_assumed


def test_the_schedule_gives_the_day() -> None:
    scheduled = times.minutes("2026-11-29T23:40:00Z"), times.minutes("2026-11-30T06:30:00Z")
    for body, expected in (
        ("AD0015/0027", {"off_block": "30 00:15", "airborne": "30 00:27"}),
        ("AD2338/2350", {"off_block": "29 23:38", "airborne": "29 23:50"}),
        ("AA0610/0618", {"landed": "30 06:10", "on_block": "30 06:18"}),
        ("EA0700 JFK", {"estimated_landing": "30 07:00"}),
        ("ED1420\nDL41/1440", {"estimated_off_block": "30 14:20"}),
    ):
        message = Message(text=f"MVT\n{FLIGHT}\n{body}", line=1)
        found = read_movement(message, NOVEMBER, "", lambda number, date: scheduled if number == "XY117" else None)
        assert told(found) == expected
        assert not found.day_assumed


def test_a_day_that_nothing_shows_is_said_to_be_assumed() -> None:
    assert read("AD0010/0022").day_assumed
    assert not read("AD290010/290022").day_assumed


def test_a_return_to_the_stand_and_one_in_the_air_are_told_apart() -> None:
    assert (read("RR1255").came_back, read("FR1325/1333").came_back, read("AA1325/1333").came_back) == (
        False,
        True,
        False,
    )


def test_remarks_are_kept_and_never_read_as_elements() -> None:
    found = read("AD1230/1245\nSI DL93/0130 PX999\nAA1300/1310")
    assert found.remarks == ("DL93/0130 PX999", "AA1300/1310")
    assert (found.delays, found.passengers, found.landed_utc) == ((), None, None)


def test_a_correction_is_one() -> None:
    assert read("AD1230/1245", kind="COR MVT").corrects
    assert read("AD1230/1245", kind="MVA").kind == "MVT"


def test_known_elements_that_nobody_asks_for_are_left_out_and_others_are_named() -> None:
    assert read("AD1230/1245\nTOF 45000\nZFW 150000\nCRT 0930").unread == ()
    assert read("AD1230/1245\nAD 12/30\nQQ77").unread == ("AD 12/30", "QQ77")


DIVERSIONS = [
    ("EA1945 BOS\nDR71\nPX210\nEB1955\nCONT JFK", ("BOS", "71", 210, False, "JFK")),
    ("EA291945 BOS\nDR46\nTERM", ("BOS", "46", None, True, "")),
    ("EA291945 BOS", ("BOS", "", None, False, "")),
]


@pytest.mark.parametrize(("body", "expected"), DIVERSIONS)
def test_a_diversion_names_where_it_goes(body: str, expected: tuple[str, str, int | None, bool, str]) -> None:
    found = read(body, kind="DIV", flight="XY117/29.GABCD.JFK")
    assert found.diverted
    assert found.station == "JFK"
    assert (found.destination, found.reason, found.passengers, found.terminates, found.continues_to) == expected
    assert told(found)["estimated_landing"] == "29 19:45"


LOADS = [
    ("-JFK.120/5/2.T3500.1/1200.2/2300",
     [Load(airport="JFK", adults=120, children=5, infants=2, deadload_kg=3500, compartments_kg={"1": 1200, "2": 2300})]),
    ("-JFK.60/60/5/2.T3500", [Load(airport="JFK", adults=120, children=5, infants=2, deadload_kg=3500)]),
    ("-JFK.120/5/2.T3500.PAX/12/113.PAD/0/0.B/1500.C/2000.M/0",
     [Load(airport="JFK", adults=120, children=5, infants=2, deadload_kg=3500, baggage_kg=1500, cargo_kg=2000, mail_kg=0)]),
    ("-JFK.120/5/2.T3500\n.1/1200.2/2300\n.B1500",
     [Load(airport="JFK", adults=120, children=5, infants=2, deadload_kg=3500, compartments_kg={"1": 1200, "2": 2300},
           baggage_kg=1500)]),
    ("-BOS.NIL\n-JFK.80/0/1.T900",
     [Load(airport="BOS", nothing=True), Load(airport="JFK", adults=80, children=0, infants=1, deadload_kg=900)]),
    ("-JFK.0/0/0.T0.PAX/0", [Load(airport="JFK", adults=0, children=0, infants=0, deadload_kg=0)]),
    ("-JFK.T4500.5/4500", [Load(airport="JFK", deadload_kg=4500, compartments_kg={"5": 4500})]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), LOADS)
def test_a_load_message_says_what_leaves_where(body: str, expected: list[Load]) -> None:
    found = read(body + "\nSI NOTOC GIVEN", kind="LDM", flight="XY117/29.GABCD.C12Y200.2/8")
    assert list(found.loads) == expected
    assert (found.remarks, found.unread) == (("NOTOC GIVEN",), ())


FILE = """QU LHROPXY
.JFKKKXY 291305
MVT
XY117/29.GABCD.LHR
AD1230/1245 EA1945 JFK
DL81/0010

MVT

XY118/29.GABCE.JFK
AA0610/0618
QU LHROPXY
.BOSKKXY 291700
DIV
XY117/29.GABCD.JFK
EA1945 BOS
NNNN
"""


def test_a_file_is_cut_into_its_messages() -> None:
    read_all = read_movements(FILE, "mvt.txt", NOVEMBER)
    assert [(each.kind, each.flight, each.line) for each in read_all.records] == [
        ("MVT", "XY117", 3), ("MVT", "XY118", 8), ("DIV", "XY117", 14),
    ]  # fmt: skip
    assert [each.day_assumed for each in read_all.records] == [False, True, False]
    assert read_all.faults == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("MVT\nAD1230/1245", "names no flight"),
        ("MVT", "names no flight"),
        ("MVT\nXY000/29.GABCD.LHR\nAD1230", "is not a flight number"),
        ("MVT\nXY117/32.GABCD.LHR\nAD1230", "the day 32 of the flight does not exist"),
        ("MVT\nXY117/29.GABCD.LHR\nAD2561", "2561 is not a time"),
        ("MVT\nXY117/29.GABCD.LHR\nAD321230", "321230 is not a day and time"),
        ("MVT\nXY117/29.GABCD.LHR\nAD1230\nDL93/0075", "0075 is not a duration"),
        ("MVT\nXY117/29.GABCD.LHR\nAD1230\nDL93/0010/0020", "is not a delay"),
        ("LDM\nXY117/29.GABCD.LHR\nSI NONE", "has no load"),
    ],
)
def test_what_cannot_be_read_is_a_fault_with_file_line_and_reason(text: str, reason: str) -> None:
    read_all = read_movements(f"MVT\n{FLIGHT}\nAD1230\n\n{text}\n", "mvt.txt", NOVEMBER)
    (fault,) = read_all.faults
    assert (fault.file, fault.line, len(read_all.records)) == ("mvt.txt", 5, 1)
    assert reason in fault.reason


PIECES = """
MVT DIV LDM COR XY117/29.GABCD.LHR XY117/99 AD1230/1245 AD2599 AA/1947 EA1945 JFK ED300100 DL81/93/0010/0105 DL93/0099 PX12/150 SI
-JFK.120/5/2.T3500.1/1200 -JFK.NIL FR1325/1333 RR1255 .JFKKKXY 291305 991305 NNNN TERM CONT NI291600 EB2460
"""
WORDS = st.sampled_from([*PIECES.split(), "\n", "\n", "\n"])


@given(st.one_of(st.text(), st.lists(st.one_of(WORDS, st.text(max_size=6)), max_size=25).map(" ".join)))
@example("MVT\nXY117/29.GABCD.LHR\nAA/1947 FR/0010 EB2400")
def test_any_text_is_read_or_named(text: str) -> None:
    read_all = read_movements(text.replace(" \n ", "\n"), "mvt.txt", NOVEMBER)
    assert all(each.reason for each in read_all.faults)
    for found in read_all.records:
        if found.airborne_utc is not None:
            assert found.off_block_utc is not None
