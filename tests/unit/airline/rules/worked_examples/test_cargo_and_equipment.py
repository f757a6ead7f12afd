"""Published examples of air waybill numbers and of deferred defects, by the pack's rule and the evaluation's own."""

from __future__ import annotations

from typing import Any

import pytest
from packs.airline.rules.aircraft import equipment
from packs.airline.rules.cargo import air_waybill, air_waybill_fault

from evaluation.airline.rules.regulations import mel_state


@pytest.mark.parametrize(
    "number",
    [
        pytest.param("001-12345675", id="serial 1234567 leaves 5 [abf.gov.au airway bill check digit]"),
        pytest.param("176-12345675", id="Emirates SkyCargo [jetcurrent.com glossary, check digit]"),
        pytest.param("020-81140743", id="Lufthansa Cargo, 8114074 leaves 3 [jetcurrent.com glossary, check digit]"),
    ],
)
def test_an_air_waybill_number_ends_in_its_check_digit(number: str) -> None:
    assert air_waybill(number) == number
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert f"ends in {number[-1]}" in air_waybill_fault(wrong)


@pytest.mark.parametrize("text", ["607-1234567", "607 12345675", "60712345675", "607-1234567A", ""])
def test_another_form_is_not_an_air_waybill_number(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 607-12345675"):
        air_waybill(text)


ITEM: dict[str, Any] = {
    "item_id": "X/1", "ata": "24-22-01", "category": "B", "discovered": "2026-01-26", "relief": True, "not_with": [],
}  # fmt: skip
FAA = "FAA MMEL preamble (definitions), category"
HKAR = "HKAR-MMEL/MEL section 2, 5 (yumpu.com 30205507)"


@pytest.mark.parametrize(
    ("cells", "day", "flights", "allowed"),
    [
        pytest.param({"category": "B"}, "2026-01-29", 1, True, id=f"found on the 26th, until midnight of the 29th [{FAA} B]"),
        pytest.param({"category": "B"}, "2026-01-30", 1, False, id=f"and not on the 30th [{FAA} B]"),
        pytest.param({"category": "C"}, "2026-02-05", 1, True, id=f"ten consecutive days [{FAA} C]"),
        pytest.param({"category": "C"}, "2026-02-06", 1, False, id=f"and not an eleventh [{FAA} C]"),
        pytest.param({"category": "D"}, "2026-05-26", 1, True, id=f"120 consecutive days [{FAA} D]"),
        pytest.param({"category": "D"}, "2026-05-27", 1, False, id=f"and not a 121st [{FAA} D]"),
        pytest.param({"category": "A", "interval_days": 1}, "2026-01-27", 1, True, id=f"days begin the day after [{HKAR}]"),
        pytest.param({"category": "A", "interval_days": 1}, "2026-01-28", 1, False, id=f"and end with the last [{HKAR}]"),
        pytest.param({"category": "A"}, "2026-01-26", 1, False, id=f"without its condition no standard interval [{HKAR}]"),
        pytest.param({"category": "A", "flights_left": 1}, "2026-09-01", 1, True, id="one flight left, whatever the day"),
        pytest.param({"category": "A", "flights_left": 1}, "2026-01-26", 2, False, id="one flight left and no return"),
        pytest.param({"category": "A", "flights_left": 0}, "2026-01-26", 1, False, id="no flight left"),
        pytest.param({"category": "A", "flights_left": 3, "interval_days": 1}, "2026-01-28", 1, False, id="days end first"),
        pytest.param({"category": "C", "flights_left": 0}, "2026-01-27", 2, True, id="flights count in category A only"),
    ],
)  # fmt: skip
def test_a_deferred_defect(cells: dict[str, Any], day: str, flights: int, allowed: bool) -> None:
    items = [{**ITEM, **cells}]
    assert (equipment.grounding_reasons(items, day, flights) == ()) is allowed
    assert mel_state(items, day, flights)[0] is allowed
