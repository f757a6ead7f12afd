"""Schedules in the form of SSIM chapter 7. The records are made up, column by column; each stands beside its flights."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packs.airline import times
from packs.airline.feeds.records import Read
from packs.airline.feeds.timetable.flights import Flight, days_of, flights_of
from packs.airline.feeds.timetable.ssim import Leg, read_legs

HEAD = "1AIRLINE STANDARD SCHEDULE DATA SET"
TRAILER = "5 XY"
FIRST, LAST = date(2026, 10, 1), date(2027, 3, 31)
ZONES = {
    "LHR": "Europe/London", "JFK": "America/New_York", "DXB": "Asia/Dubai", "AKL": "Pacific/Auckland", "HNL": "Pacific/Honolulu",
    "RUN": "Indian/Reunion", "MRU": "Indian/Mauritius", "FRA": "Europe/Berlin", "KTM": "Asia/Kathmandu",
}  # fmt: skip


def carrier(mode: str = "L", until: str = "27MAR27") -> str:
    return f"2{mode}XY          01OCT26{until}15SEP26"


def leg(*, suffix: str = " ", digits: str = "117", itinerary: str = "01", sequence: str = "01", service: str = "J",
        first: str = "05OCT26", last: str = "05OCT26", days: str = "1234567", rate: str = " ", origin: str = "LHR",
        std: str = "0800", off: str = "+0100", destination: str = "FRA", sta: str = "1040", on: str = "+0200",
        kind: str = "320", disclosure: str = " ", onward: str = "", dates: str = "  ", more: str = " ") -> str:  # fmt: skip
    """A leg record from its columns."""
    line = (
        f"3{suffix}XY {digits:>4}{itinerary}{sequence}{service}{first}{last}{days}{rate}{origin}{std}{std}{off}1 {destination}"
        f"{sta}{sta}{on}2 {kind}"
    ).ljust(127)
    line = (line + more).ljust(137) + f"{'XY' if onward else '':3}{onward:>4}"
    return (line.ljust(148) + disclosure).ljust(172) + "Y180".ljust(20) + dates + "000003"


def segment(element: str, data: str, *, digits: str = "117", itinerary: str = "01", board: str = "LHR") -> str:
    return f"4 XY {digits:>4}{itinerary}01J".ljust(28) + f"AB{element}{board}FRA{data}"


def legs(*lines: str, head: str = carrier()) -> Read[Leg]:
    return read_legs("\n".join([HEAD, head, *lines, TRAILER]), "s26.ssim")


def flights(*lines: str, head: str = carrier(), first: date = FIRST, last: date = LAST) -> Read[Flight]:
    read = legs(*lines, head=head)
    assert read.faults == ()
    return flights_of(read.records, "s26.ssim", lambda iata: ZONES.get(iata, ""), first, last)


def told(each: Flight) -> str:
    return f"{each.date} {times.text(each.departure_utc)[5:16]} {times.text(each.arrival_utc)[5:16]}".replace("T", " ")


def only(read: Read[Flight]) -> str:
    assert read.faults == ()
    assert read.warnings == ()
    (found,) = read.records
    return told(found)


TIMES = [
    ("local times and the file's own variation", leg(), "2026-10-05 10-05 07:00 10-05 08:40"),
    ("over midnight without a date variation",
     leg(origin="RUN", std="2330", off="+0400", destination="MRU", sta="0015", on="+0400"), "2026-10-05 10-05 19:30 10-05 20:15"),
    ("an arrival on the next local day that the file does not say",
     leg(origin="JFK", std="1900", off="-0400", destination="LHR", sta="0700", on="+0100"), "2026-10-05 10-05 23:00 10-06 06:00"),
    ("an arrival on the next local day that the file says",
     leg(origin="JFK", std="1900", off="-0400", destination="LHR", sta="0700", on="+0100", dates="01"),
     "2026-10-05 10-05 23:00 10-06 06:00"),
    ("a departure on the day after the itinerary's",
     leg(sequence="02", std="0030", sta="0310", dates="11"), "2026-10-06 10-05 23:30 10-06 01:10"),
    ("an arrival on the local day before, over the date line",
     leg(origin="AKL", std="0030", off="+1300", destination="HNL", sta="0900", on="-1000", dates="0A"),
     "2026-10-05 10-04 11:30 10-04 19:00"),
    ("the same, where the file does not say so",
     leg(origin="AKL", std="0030", off="+1300", destination="HNL", sta="0900", on="-1000"), "2026-10-05 10-04 11:30 10-04 19:00"),
    ("a variation of three quarters of an hour",
     leg(origin="KTM", std="1000", off="+0545", destination="DXB", sta="1300", on="+0400"), "2026-10-05 10-05 04:15 10-05 09:00"),
    ("without a variation the zone gives it",
     leg(origin="LHR", off="     ", destination="FRA", on="     "), "2026-10-05 10-05 07:00 10-05 08:40"),
    ("midnight written as 2400", leg(std="2400", sta="0240", dates="01"), "2026-10-06 10-05 23:00 10-06 00:40"),
    ("a leg with a blank date variation for its departure", leg(dates=" 0"), "2026-10-05 10-05 07:00 10-05 08:40"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), [each[1:] for each in TIMES], ids=[each[0] for each in TIMES])
def test_times_in_utc(line: str, expected: str) -> None:
    assert only(flights(line)) == expected


def test_a_file_in_utc_has_utc() -> None:
    assert only(flights(leg(off="+0100", on="+0200"), head=carrier("U"))) == "2026-10-05 10-05 08:00 10-05 10:40"
    late = leg(origin="AKL", std="1300", off="+1300", destination="HNL", sta="2130", on="-1000")
    assert only(flights(late, head=carrier("U"))) == "2026-10-06 10-05 13:00 10-05 21:30"


DAYS = [
    ("every day", leg(last="11OCT26"), "05 06 07 08 09 10 11"),
    ("some days", leg(last="11OCT26", days="1 3 5  "), "05 07 09"),
    ("a Sunday", leg(last="18OCT26", days="      7"), "11 18"),
    ("the period begins on another day", leg(first="07OCT26", last="19OCT26", days="1      "), "12 19"),
    ("every second week from the first on", leg(last="31OCT26", days="1      ", rate="2"), "05 19"),
    ("every second week, two days of it", leg(last="25OCT26", days="1  4   ", rate="2"), "05 08 19 22"),
    (
        "every second week, beginning within a week",
        leg(first="08OCT26", last="31OCT26", days="1  4   ", rate="2"),
        "08 19 22",
    ),
    ("one day", leg(), "05"),
    ("no day of the period", leg(first="06OCT26", last="07OCT26", days="1      "), ""),
]


@pytest.mark.parametrize(("line", "expected"), [each[1:] for each in DAYS], ids=[each[0] for each in DAYS])
def test_days_of_operation(line: str, expected: str) -> None:
    (found,) = legs(line).records
    assert " ".join(f"{each.day:02d}" for each in days_of(found, FIRST, date(2026, 10, 31))) == expected


@pytest.mark.parametrize("last", ["00XXX00", "       "])
def test_an_open_end_is_that_of_the_file_or_of_what_is_asked_for(last: str) -> None:
    read = legs(leg(last=last), head=carrier(until="07OCT26"))
    assert [each.day for each in days_of(read.records[0], FIRST, LAST)] == [5, 6, 7]
    read = legs(leg(last=last), head=carrier(until="00XXX00"))
    assert [each.day for each in days_of(read.records[0], FIRST, date(2026, 10, 6))] == [5, 6]


def test_only_the_days_that_are_asked_for() -> None:
    read = flights(leg(last="31OCT26", days="1234567"), first=date(2026, 10, 8), last=date(2026, 10, 9))
    assert [each.date for each in read.records] == ["2026-10-08", "2026-10-09"]


COLUMNS = [
    (leg(digits="7"), "number", "XY7"),
    (leg(digits="0117"), "number", "XY117"),
    (leg(suffix="D"), "number", "XY117D"),
    (leg(service="F"), "service", "F"),
    (leg(kind="77W"), "aircraft_type", "77W"),
    (leg(itinerary="02", more="1"), "itinerary", "021"),
    (leg(sequence="03"), "sequence", 3),
    (leg(onward="118"), "onward", "XY118"),
    (leg(), "onward", ""),
    (leg(), "configuration", "Y180"),
    (leg(), "departure_terminal", "1"),
    (leg(), "arrival_terminal", "2"),
    (leg(disclosure="L"), "codeshare", True),
    (leg(disclosure="Z"), "codeshare", True),
    (leg(disclosure="S"), "codeshare", False),
    (leg(disclosure="X"), "codeshare", False),
    (leg(), "codeshare", False),
    (leg(off="-0330"), "departure_offset", -210),
    (leg(last="00XXX00"), "last", None),
]


@pytest.mark.parametrize(("line", "name", "expected"), COLUMNS)
def test_columns_of_a_leg(line: str, name: str, expected: object) -> None:
    (found,) = legs(line).records
    assert getattr(found, name) == expected


def test_segment_data_name_codeshares_on_both_sides() -> None:
    read = legs(
        leg(), segment("010", "ZZ 1117/QQ  45"), leg(digits="900"), segment("050", "ZZ 17", digits="900"),
        leg(digits="901"), segment("109", "M", digits="901"),
    )  # fmt: skip
    operated, sold, plain = read.records
    assert (operated.sold_as, operated.codeshare) == (("ZZ1117", "QQ45"), False)
    assert (sold.operated_as, sold.codeshare) == ("ZZ17", True)
    assert (plain.sold_as, plain.operated_as, plain.codeshare) == ((), "", False)


def test_segment_data_belong_to_the_leg_of_their_itinerary_and_board_point() -> None:
    read = legs(leg(), leg(sequence="02", origin="FRA", destination="DXB"), segment("010", "ZZ 1", board="LHR"))
    assert [each.sold_as for each in read.records] == [("ZZ1",), ()]
    assert legs(leg(), segment("010", "ZZ 1", itinerary="02")).records[0].sold_as == ()


def test_a_clock_change_within_the_period_is_told_once_with_its_days() -> None:
    # On 25 October 2026 London and Berlin both leave summer time.
    read = flights(leg(first="23OCT26", last="26OCT26"))
    assert [told(each) for each in read.records][-1] == "2026-10-26 10-26 07:00 10-26 08:40"
    assert [each.reason for each in read.warnings] == [
        "XY117: the file says +0100 from UTC at LHR, Europe/London has +0000 on 2 days from 2026-10-25",
        "XY117: the file says +0200 from UTC at FRA, Europe/Berlin has +0100 on 2 days from 2026-10-25",
    ]


def test_periods_that_are_split_at_the_clock_change_agree_with_the_zones() -> None:
    summer = leg(first="23OCT26", last="24OCT26")
    winter = leg(first="25OCT26", last="26OCT26", off="+0000", on="+0100", itinerary="02")
    read = flights(summer, winter)
    assert read.warnings == ()
    assert [told(each)[11:] for each in read.records] == [
        "10-23 07:00 10-23 08:40", "10-24 07:00 10-24 08:40", "10-25 08:00 10-25 09:40", "10-26 08:00 10-26 09:40",
    ]  # fmt: skip


def test_without_a_variation_a_clock_change_is_the_zone_s() -> None:
    read = flights(leg(first="24OCT26", last="25OCT26", off="     ", on="     "))
    assert [told(each)[11:] for each in read.records] == ["10-24 07:00 10-24 08:40", "10-25 08:00 10-25 09:40"]


def test_a_leg_that_would_arrive_before_it_departs_is_corrected_and_told() -> None:
    read = flights(leg(origin="JFK", std="1900", off="-0400", destination="LHR", sta="0700", on="+0100", dates="00"))
    assert told(read.records[0]) == "2026-10-05 10-05 23:00 10-06 06:00"
    assert "its date variation was corrected on 1 days from 2026-10-05" in read.warnings[0].reason


def test_a_leg_whose_times_cannot_be_true_is_a_fault() -> None:
    read = flights(leg(sta="0905"), leg(digits="118"))
    assert [each.number for each in read.records] == ["XY118"]
    assert [(each.line, each.reason[:40]) for each in read.faults] == [(3, "XY117: a block time of 5 minutes cannot ")]


def test_a_leg_without_variation_at_an_unknown_airport_is_a_fault() -> None:
    read = flights(leg(origin="QQQ", off="     "))
    assert read.records == ()
    assert "no variation from UTC at QQQ" in read.faults[0].reason


FAULTS = [
    (leg(first="31SEP26"), "bytes 15 to 21: '31SEP26' is not a date"),
    (leg(first="00XXX00"), "the period of operation has no begin"),
    (leg(last="01OCT26"), "ends before it begins"),
    (leg(days="7654321"), "are not days of operation"),
    (leg(days="       "), "has no day of operation"),
    (leg(std="0870"), "bytes 44 to 47: '0870' is not a time"),
    (leg(off="0100 "), "bytes 48 to 52: '0100' is not a variation from UTC"),
    (leg(origin="L1R"), "bytes 37 to 39: 'L1R' is not an airport"),
    (leg(digits="1A"), "'1A' is not a flight number"),
    (leg(digits="0000"), "'0000' is not a flight number"),
    (leg(rate="3"), "byte 36: '3' is not a frequency rate"),
    (leg(dates="0X"), "'X' is not a date variation"),
    (leg() + "0", "has 201 bytes"),
    ("7 XY", "'7' is not a record type"),
    ("3 XY", "bytes 6 to 9"),
]


@pytest.mark.parametrize(("line", "reason"), FAULTS)
def test_what_cannot_be_read_is_a_fault_with_file_line_and_reason(line: str, reason: str) -> None:
    read = legs(leg(digits="900"), line, leg(digits="901"))
    assert [each.number for each in read.records] == ["XY900", "XY901"]
    (fault,) = read.faults
    assert (fault.file, fault.line) == ("s26.ssim", 4)
    assert reason in fault.reason


def test_a_leg_needs_the_time_mode_of_a_carrier_record() -> None:
    assert "before a carrier record" in read_legs(leg(), "s26.ssim").faults[0].reason
    assert "is not a time mode" in read_legs(carrier("Z") + "\n" + leg(), "s26.ssim").faults[0].reason


def test_a_file_without_its_trailer_may_be_cut() -> None:
    assert legs(leg()).warnings == ()
    (warning,) = read_legs("\n".join([HEAD, carrier(), leg()]), "s26.ssim").warnings
    assert (warning.line, warning.reason[:14]) == (3, "has no trailer")


def test_lines_of_zeros_between_records_are_left_out() -> None:
    assert legs("0" * 200, leg(), "0" * 200).faults == ()


def test_a_season_of_flights_has_every_day_once() -> None:
    read = flights(leg(first="25OCT26", last="27MAR27", off="+0000", on="+0100"))
    assert len(read.records) == len({each.date for each in read.records}) == 154
    assert read.warnings == ()


LINES = st.sampled_from(
    [carrier(), carrier("U"), leg(), leg(dates="0A"), leg(std="2400"), segment("010", "ZZ 1"), TRAILER, HEAD]
)


@given(
    st.lists(
        st.one_of(LINES, LINES.flatmap(lambda line: st.integers(0, len(line)).map(lambda at: line[:at])), st.text()),
        max_size=8,
    )
)
@example([carrier(), "3" + "\u0664" * 199])
def test_any_text_is_read_or_named(lines: list[str]) -> None:
    read = read_legs("\n".join(lines), "s26.ssim")
    assert all(each.reason for each in read.faults)
    found = flights_of(read.records, "s26.ssim", lambda iata: ZONES.get(iata, ""), FIRST, LAST)
    assert all(0 < each.arrival_utc - each.departure_utc < 1440 for each in found.records)


@given(
    st.integers(0, 1439), st.integers(10, 1200), st.sampled_from(sorted(ZONES)), st.sampled_from(sorted(ZONES)),
    st.dates(date(2026, 10, 1), date(2027, 3, 27)), st.booleans(),
)  # fmt: skip
@example(0, 360, "HNL", "JFK", date(2026, 11, 1), True)
@example(0, 360, "HNL", "JFK", date(2026, 11, 1), False)
def test_a_flight_written_by_its_zones_comes_back(
    minute: int, block: int, origin: str, destination: str, day: date, with_days: bool
) -> None:
    departs = times.minutes(f"{day.isoformat()}T00:00:00Z") + minute
    there, here = times.local(departs + block, ZONES[destination]), times.local(departs, ZONES[origin])
    variation = (there.date() - here.date()).days
    offsets = [f"{each.strftime('%z')[:5]}" for each in (here, there)]
    line = leg(
        first=f"{here:%d%b%y}".upper(), last=f"{here:%d%b%y}".upper(), origin=origin, std=f"{here:%H%M}", off=offsets[0],
        destination=destination, sta=f"{there:%H%M}", on=offsets[1],
        dates="0" + ("A" if variation < 0 else str(variation)) if with_days else "  ",
    )  # fmt: skip
    read = flights(line, first=date(2026, 9, 1), last=date(2027, 4, 30))
    assert read.warnings == ()
    (found,) = read.records
    assert (found.departure_utc, found.arrival_utc) == (departs, departs + block)
    assert found.date == here.date().isoformat()
