"""``load --replace``: afterwards the tables hold what the files hold, and a replacement that breaks off decides nothing."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from packs.airline import PACK
from packs.airline.layout import LAYOUT
from packs.airline.sample_data import generate
from quartz_air import written_for

from cli.data.loading import read_files
from cli.data.template import write_template
from cli.ports import Target


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with half of the flights of the small sample, and without lease offers and slots."""
    write_template(tmp_path, PACK, "2026-11-21", 1)
    for name in ("lease_offers", "slots", "bookings", "shipments", "duties", "ground_times"):
        (tmp_path / f"{name}.csv").unlink()
    path = tmp_path / "flights.csv"
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines[:76])
    return tmp_path


def store(room: Any, stage: str = "local") -> Any:
    return room._store(Target(stage, "airline"))


@pytest.fixture
def seeded(room: Any) -> Any:
    for name, items in generate("2026-11-21", 2, 60).items():
        store(room).put(name, items)
    return room


def test_the_tables_hold_afterwards_what_the_files_hold(seeded: Any, own: Path) -> None:
    rows = read_files(own, LAYOUT, PACK.tables).rows
    document = json.loads(seeded("load", str(own), "--replace", "--yes", "--json").stdout)
    assert document["written"]
    for table in PACK.tables:
        if table.name not in LAYOUT:
            continue
        wanted = {table.key_of(item): item for item in rows.get(table.name, ())}
        assert {table.key_of(item): item for item in store(seeded).rows[table.name]} == wanted, table.name
    assert document["removed"]["bookings"] > 0 < document["removed"]["lease_offers"]


@pytest.mark.slow
def test_the_sample_is_not_mixed_into_the_data_of_an_airline(room: Any, tmp_path: Path) -> None:
    """Neither by ``seed`` nor by the next ``up``; an older sample is not somebody else's data."""
    assert room("seed", "--date", "2026-11-20", "--flights", "50").exit_code == 0
    assert "wrote the sample" in room("seed", "--flights", "50").stdout
    room("load", str(written_for("2026-11-21", tmp_path)), "--replace", "--yes")
    held = len(store(room))
    refused = room("seed")
    assert refused.exit_code == 0
    assert "the tables hold other data" in refused.stdout
    assert room("up").exit_code == 0
    assert len(store(room)) == held
    assert "wrote the sample" in room("seed", "--force", "--flights", "50").stdout


def test_without_the_option_what_is_there_stays(seeded: Any, own: Path) -> None:
    before = len(store(seeded).rows["bookings"])
    document = json.loads(seeded("load", str(own), "--json").stdout)
    assert document["removed"] == {}
    assert len(store(seeded).rows["bookings"]) == before


def test_it_is_confirmed_and_says_which_tables_it_empties(seeded: Any, own: Path) -> None:
    held = len(store(seeded))
    refused = seeded("load", str(own), "--replace", "--stage", "prod")
    assert refused.exit_code == 2
    assert "in the stage prod that the files do not hold and empties ground_times" in refused.stderr
    assert len(store(seeded)) == held
    assert seeded("load", str(own), "--replace", "--check").exit_code == 0
    assert len(store(seeded)) == held


def test_a_fault_in_the_files_removes_nothing(seeded: Any, own: Path) -> None:
    held = len(store(seeded))
    (own / "weather.csv").write_text("station\nAUH\n")
    assert seeded("load", str(own), "--replace", "--yes").exit_code == 2
    assert len(store(seeded)) == held


@pytest.mark.parametrize("broken", ["alternates", "flights"])
def test_a_replacement_that_breaks_off_leaves_no_flight_to_report_and_can_be_repeated(
    seeded: Any, own: Path, broken: str
) -> None:
    store(seeded).broken = broken
    failed = seeded("load", str(own), "--replace", "--yes")
    assert failed.exit_code == 1
    assert "reports are refused" in failed.stderr
    assert "run it again with the same files" in failed.stderr
    assert not store(seeded).rows["flights"]
    store(seeded).broken = ""
    assert seeded("load", str(own), "--replace", "--yes").exit_code == 0
    assert len(store(seeded).rows["flights"]) == 75
