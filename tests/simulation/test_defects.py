"""Some of the seeded defects, planted one by one; ``make bench-security`` plants all of them."""

from __future__ import annotations

import pytest

from bench.defects import planting
from bench.defects.seeded import DEFECTS

SAMPLE = ("constraints of failed agents dropped", "the model's verdict stands", "dangerous tools run without consent")


def test_there_are_enough_and_each_still_fits_the_code() -> None:
    assert len(DEFECTS) >= 30
    assert len({each.name for each in DEFECTS}) == len(DEFECTS)
    for each in DEFECTS:
        assert (planting.ROOT / each.path).read_text(encoding="utf-8").count(each.sound) == 1, each.name


@pytest.mark.parametrize("name", SAMPLE)
def test_a_planted_defect_is_caught(name: str) -> None:
    (defect,) = (each for each in DEFECTS if each.name == name)
    result = planting.try_defect(defect)
    assert result["caught"], result
