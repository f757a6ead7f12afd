"""Files of an operations centre, loaded by the command, change decisions on the deployed stacks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conclave.adapters.stores.data_versions import DynamoDataVersions
from conclave.adapters.stores.dynamodb import DynamoTableWriter
from conclave.pack import load_pack

pytestmark = pytest.mark.e2e
TO_LONDON = "EY17 on {day} from AUH to LHR: air traffic control delays it by 30 minutes"
"""Comes to London at 12:35 UTC."""
TO_ABU_DHABI = "EY18 on {day} from LHR to AUH: air traffic control delays it by 30 minutes"
"""Comes to Abu Dhabi at 21:10 UTC, an hour after midnight there."""


BLOCK = timedelta(minutes=415)
ENDED = ("decided", "awaiting_approval", "halted")


def decided(conclave: Any, sentence: str) -> tuple[str, str]:
    """Where the flight lands by the decision, and when it is on blocks in London or Abu Dhabi; empty without a flight."""
    run = json.loads(conclave.run("ask", sentence, "--new", "--wait", "--json").stdout)
    fields = next(each for each in run["options"] if each["id"] == run["decision"]["option_id"])["fields"]
    if fields["cancelled"]:
        return "", ""
    arrives = datetime.fromisoformat(fields["departure_utc"]) + BLOCK
    return fields["arrival_airport"], f"{arrives:%Y-%m-%dT%H:%M:%SZ}"


@contextmanager
def loaded(conclave: Any, folder: Path, text: str, table: str, key: str, *more: str) -> Iterator[Any]:
    """A file loaded by the command; afterwards the table holds of the station, or of the flight, what it held before."""
    client, prefix = conclave.client("dynamodb"), conclave.outputs()["TablePrefix"]
    declared = next(each for each in load_pack("airline").tables if each.name == table)
    writer = DynamoTableWriter(client, prefix, DynamoDataVersions(client, f"{prefix}runs", [table]))
    before = [item for item in load_pack("airline").sample(_day(conclave), 1)[table] if item[declared.key] == key]
    path = folder / f"{table}.txt"
    path.write_text(text, encoding="utf-8")
    try:
        yield conclave.json("load", str(path), "--issued", _day(conclave), *more)
    finally:
        writer.remove(declared, [each for each in writer.keys(declared) if key in (each, each[0])])
        writer.put(table, before)


def _day(conclave: Any) -> str:
    return str(conclave.json("seed")["date"])


def test_a_forecast_below_minima_at_times_changes_the_decision(conclave: Any, day: str, tmp_path: Path) -> None:
    number = date.fromisoformat(day).day
    calm = f"TAF EGLL {number:02d}0300Z {number:02d}06/{number:02d}24 24005KT 9999 NSC"
    fog = f"{calm} TEMPO {number:02d}10/{number:02d}14 0300 FG"
    with loaded(conclave, tmp_path, calm, "weather", "LHR") as document:
        assert document["faults"] == []
        good = decided(conclave, TO_LONDON.format(day=day))
    with loaded(conclave, tmp_path, fog, "weather", "LHR"):
        poor = decided(conclave, TO_LONDON.format(day=day))
    assert good[0] == "LHR"
    assert f"{day}T10:00:00Z" <= good[1] < f"{day}T14:00:00Z"
    assert poor[0] != "LHR" or poor[1] >= f"{day}T14:00:00Z"


def test_a_night_closure_by_notice_changes_the_decision(conclave: Any, day: str, tmp_path: Path) -> None:
    first, last = (date.fromisoformat(day) + timedelta(days=by) for by in (0, 2))
    notice = (
        f"A1234/26 NOTAMN\nQ) OMAE/QFALC/IV/NBO/A/000/999/2426N05439E005\nA) OMAA B) {first:%y%m%d}2030 "
        f"C) {last:%y%m%d}0330\nD) 2030-0330\nE) AD CLSD\n"
    )
    before = decided(conclave, TO_ABU_DHABI.format(day=day))
    with loaded(conclave, tmp_path, notice, "notams", "AUH") as document:
        assert document["faults"] == []
        after = decided(conclave, TO_ABU_DHABI.format(day=day))
    opens = f"{first + timedelta(days=1):%Y-%m-%d}T03:30:00Z"
    assert before[0] == "AUH"
    assert f"{day}T20:30:00Z" <= before[1] < opens
    assert after[0] != "AUH" or after[1] >= opens


def test_a_message_about_a_delay_is_an_incident_and_is_decided(
    conclave: Any, day: str, tmp_path: Path, wait_until: Any
) -> None:
    number = date.fromisoformat(day).day
    message = f"MVT\nEY17/{number:02d}.AUH\nED{number:02d}0740\nDL81/0230\n"
    with loaded(conclave, tmp_path, message, "flights", f"EY17-{day}", "--submit", "60") as document:
        assert document["faults"] == []
        (late,) = document["submitted"]
        run = wait_until(lambda: (found := conclave.shown(late["run_id"]))["status"] in ENDED and found, 120)
        again = conclave.json("load", str(tmp_path / "flights.txt"), "--issued", day, "--submit", "60")
    assert late["minutes"] == 150
    assert [(each["run_id"], each["duplicate"]) for each in again["submitted"]] == [(late["run_id"], True)]
    assert [each["cause"] for each in run["incident"]["problems"]] == ["atc"]
    fields = next(each for each in run["options"] if each["id"] == run["decision"]["option_id"])["fields"]
    assert fields["cancelled"] or fields["delay_minutes"] >= 150
