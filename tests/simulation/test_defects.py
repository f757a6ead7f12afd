"""Some of the seeded defects, planted one by one; ``make bench-security`` plants all of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.defects import planting
from bench.defects.seeded import DEFECTS

SAMPLE = ("constraints of failed agents dropped", "the model's verdict stands", "dangerous tools run without consent")


def test_there_are_enough_and_each_still_fits_the_code() -> None:
    assert len(DEFECTS) >= 30
    assert len({each.name for each in DEFECTS}) == len(DEFECTS)
    for each in DEFECTS:
        assert (planting.ROOT / each.path).read_text(encoding="utf-8").count(each.sound) == 1, each.name


def test_what_is_planted_uses_names_that_there_are(tmp_path: Path) -> None:
    """A defect that fails by a name that does not exist would be caught by anything."""
    for number, each in enumerate(DEFECTS):
        if not each.path.endswith(".py"):
            continue
        sound = (planting.ROOT / each.path).read_text(encoding="utf-8")
        (tmp_path / f"d{number}.py").write_text(sound.replace(each.sound, each.broken), encoding="utf-8")
    ruff = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select",
        "F821,E9",
        "--output-format",
        "concise",
        ".",
    ]
    found = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    wrong = {DEFECTS[int(number)].name: line for line, number in re.findall(r"^(d(\d+)\.py:.*)$", found, re.MULTILINE)}
    assert wrong == {}


@pytest.mark.parametrize("name", SAMPLE)
def test_a_planted_defect_is_caught_by_a_test_that_passes_where_nothing_is_planted(name: str) -> None:
    """A test that fails in the copy for another reason would catch every defect."""
    (defect,) = (each for each in DEFECTS if each.name == name)
    result = planting.try_defect(defect)
    assert result["caught"], result
    sound = planting.try_defect(defect, planted=False, tests=[planting.named(result["by"])])
    assert sound["exit_code"] == 0, sound
