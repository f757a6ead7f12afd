"""What extends or shortens a European flight duty: acclimatisation, split duty, standby, cumulative limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packs.airline.rules.crew import flight_time as eu
from packs.airline.times import clock_minutes

# ORO.FTL.105(1), Table 1, as printed: time difference, then < 48, 48-71:59, 72-95:59, 96-119:59, >= 120 hours.
TABLE_1 = {3.9: "BDDDD", 6.0: "BXDDD", 9.0: "BXXDD", 12.0: "BXXXD"}


@pytest.mark.parametrize(("difference", "states"), TABLE_1.items())
def test_acclimatisation_is_that_of_the_printed_table(difference: float, states: str) -> None:
    found = [
        eu.acclimatisation(time_difference_hours=difference, elapsed_hours=hours) for hours in (47.9, 48, 72, 96, 120)
    ]
    assert "".join(found) == states


def test_within_two_hours_the_crew_is_acclimatised_where_it_starts() -> None:
    assert eu.acclimatisation(time_difference_hours=2, elapsed_hours=10) == "D"
    with pytest.raises(ValueError, match="not 13"):
        eu.acclimatisation(time_difference_hours=13, elapsed_hours=10)


def test_the_authority_s_example_of_complex_rotations() -> None:
    # EASA FAQ on ORO.FTL.105(1): a six-hour difference is known in the first 48 hours and unknown after them.
    assert eu.acclimatisation(time_difference_hours=6, elapsed_hours=40) == "B"
    assert eu.acclimatisation(time_difference_hours=6, elapsed_hours=50) == "X"


@pytest.mark.parametrize(("sectors", "hours"), [(1, 11), (2, 11), (3, 10.5), (4, 10), (5, 9.5), (6, 9), (7, 9), (8, 9)])
def test_unknown_state_has_table_3(sectors: int, hours: float) -> None:
    assert eu.max_unknown_duty_minutes(sectors=sectors) == hours * 60


def test_table_3_ends_at_eight_sectors() -> None:
    with pytest.raises(ValueError, match="not 9"):
        eu.max_unknown_duty_minutes(sectors=9)


@pytest.mark.parametrize(
    ("pause", "suitable", "added"),
    [(209, True, 0), (210, True, 90), (330, True, 150), (510, True, 240), (510, False, 180)],
)
def test_half_of_a_break_of_three_hours_extends_the_duty(pause: int, suitable: bool, added: int) -> None:
    found = eu.split_duty_extension_minutes(break_minutes=pause, away_minutes=30, suitable=suitable)
    assert found == added


def test_at_least_thirty_minutes_around_the_break_do_not_count() -> None:
    assert eu.split_duty_extension_minutes(break_minutes=210, away_minutes=0, suitable=True) == 90


def test_standby_shortens_the_duty_after_four_or_six_or_eight_hours() -> None:
    assert eu.airport_standby_duty_minutes(limit_minutes=600, standby_minutes=240) == 600
    assert eu.airport_standby_duty_minutes(limit_minutes=600, standby_minutes=300) == 540
    # Standby and duty together end after 16 hours, unless there is rest in flight.
    assert eu.airport_standby_duty_minutes(limit_minutes=780, standby_minutes=240) == 720
    assert eu.airport_standby_duty_minutes(limit_minutes=1020, standby_minutes=240, in_flight_rest=True) == 1020
    assert eu.other_standby_duty_minutes(limit_minutes=780, standby_minutes=420) == 720
    assert eu.other_standby_duty_minutes(limit_minutes=780, standby_minutes=420, extended=True) == 780


@given(st.dictionaries(st.sampled_from(sorted(eu.CUMULATIVE_MINUTES)), st.integers(0, 12000)), st.integers(0, 1200))
def test_more_history_never_gives_more_room(before: dict[str, int], duty: int) -> None:
    all_of_it = eu.cumulative_margin_minutes(before, duty_minutes=duty, flight_minutes=duty)
    for name in before:
        part = {key: value for key, value in before.items() if key != name}
        some = eu.cumulative_margin_minutes(part, duty_minutes=duty, flight_minutes=duty)
        assert some is None or (all_of_it is not None and all_of_it <= some)


def test_a_standby_night_does_not_count_before_the_call() -> None:
    # Standby from 23:00, called at 05:00, reporting at 08:00: only what follows the call counts.
    assert eu.counted_standby_minutes(start_minute=1380, standby_minutes=540, contacted_minutes=360) == 180
    assert eu.counted_standby_minutes(start_minute=480, standby_minutes=540, contacted_minutes=360) == 540


# CS FTL.1.205(b), as printed: start, then limits for 1-2, 3, 4, 5 sectors; a dash where none is allowed.
EXTENDED = """
06:00 - - - -
06:15 13:15 12:45 12:15 11:45
06:30 13:30 13:00 12:30 12:00
06:45 13:45 13:15 12:45 12:15
07:00 14:00 13:30 13:00 12:30
13:29 14:00 13:30 13:00 12:30
13:30 13:45 13:15 12:45 -
14:00 13:30 13:00 12:30 -
14:30 13:15 12:45 12:15 -
15:00 13:00 12:30 12:00 -
15:30 12:45 - - -
16:00 12:30 - - -
16:30 12:15 - - -
17:00 12:00 - - -
17:30 11:45 - - -
18:00 11:30 - - -
18:30 11:15 - - -
19:00 - - - -
03:59 - - - -
"""


@pytest.mark.parametrize("line", EXTENDED.strip().splitlines())
def test_planned_extensions_are_those_of_the_printed_table(line: str) -> None:
    start, *limits = line.split()
    for sectors, limit in zip((2, 3, 4, 5), limits, strict=True):
        found = eu.max_extended_duty_minutes(start_minute=clock_minutes(start), sectors=sectors)
        assert found == (None if limit == "-" else clock_minutes(limit))


@pytest.mark.parametrize(("sectors", "hours"), [(2, 12), (3, 11.5), (4, 11), (5, 10.5), (6, 10), (7, 9.5), (8, 9)])
def test_unknown_state_under_fatigue_risk_management_has_table_4(sectors: int, hours: float) -> None:
    assert eu.max_unknown_duty_minutes(sectors=sectors, fatigue_managed=True) == hours * 60
