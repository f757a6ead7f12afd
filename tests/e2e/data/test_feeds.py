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
from conclave.api.intake import run_id_for
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
def restored(conclave: Any, table: str, key: str) -> Iterator[None]:
    """Afterwards the table holds of the station, or of the flight, what it holds of it in the sample."""
    client, prefix = conclave.client("dynamodb"), conclave.outputs()["TablePrefix"]
    declared = next(each for each in load_pack("airline").tables if each.name == table)
    writer = DynamoTableWriter(client, prefix, DynamoDataVersions(client, f"{prefix}runs", [table]))
    before = [item for item in load_pack("airline").sample(_day(conclave), 1)[table] if item[declared.key] == key]
    try:
        yield
    finally:
        writer.remove(declared, [each for each in writer.keys(declared) if key in (each, each[0])])
        writer.put(table, before)


@contextmanager
def loaded(conclave: Any, folder: Path, text: str, table: str, key: str, *more: str) -> Iterator[Any]:
    """A file loaded by the command, and taken back afterwards."""
    path = folder / f"{table}.txt"
    path.write_text(text, encoding="utf-8")
    with restored(conclave, table, key):
        yield conclave.json("load", str(path), "--issued", _day(conclave), *more)


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


RUNWAYS = (
    "airport_ident,closed,le_ident,le_heading_degT,he_ident,he_heading_degT\nEGLL,0,09,90,27,270\nEGLL,0,18,180,36,0\n"
)
"""Crossing runways, which London does not have: the wind along one of them blows across the other."""


def test_a_crosswind_from_the_one_open_runway_changes_the_decision(conclave: Any, day: str, tmp_path: Path) -> None:
    number, written = date.fromisoformat(day).day, date.fromisoformat(day).strftime("%y%m%d")
    windy = f"TAF EGLL {number:02d}0300Z {number:02d}06/{number:02d}24 18040KT 9999 NSC"
    notice = (
        f"A1235/26 NOTAMN\nQ) EGTT/QMRLC/IV/NBO/A/000/999/5128N00027W005\nA) EGLL B) {written}1000 C) {written}1400\n"
        "E) RWY 18/36 CLSD DUE WIP\n"
    )
    with (
        loaded(conclave, tmp_path, RUNWAYS, "airports", "LHR"),
        loaded(conclave, tmp_path, windy, "weather", "LHR"),
    ):
        both_open = decided(conclave, TO_LONDON.format(day=day))
        with loaded(conclave, tmp_path, notice, "notams", "LHR") as document:
            assert document["faults"] == []
            one_open = decided(conclave, TO_LONDON.format(day=day))
    assert both_open[0] == "LHR"
    assert f"{day}T10:00:00Z" <= both_open[1] < f"{day}T14:00:00Z"
    assert one_open[0] != "LHR" or one_open[1] >= f"{day}T14:00:00Z"


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


def heard(conclave: Any, run_id: str) -> list[str]:
    """What callers hear of the run itself."""
    told = conclave.call("GET", f"/v1/runs/{run_id}/events?kinds=run").json()
    return [each["state"] for each in told["events"]]


def ended(conclave: Any, run_id: str) -> Any:
    """The run, once there is one and it has an outcome."""
    found = conclave.call("GET", f"/v1/runs/{run_id}").json()
    return found if found.get("status") in ENDED else None


def sent(conclave: Any, folder: Path, day: str, text: str) -> None:
    """A text sent as an event, as another system would."""
    path = folder / "feed.txt"
    path.write_text(text, encoding="utf-8")
    assert conclave.json("load", str(path), "--issued", day, "--event")["sent"]


def test_a_notice_by_event_outdates_a_decided_run_and_its_caller_hears_of_it(
    conclave: Any, day: str, tmp_path: Path, wait_until: Any
) -> None:
    """The night closure comes when the flight has been decided on; a notice that says what is there already changes nothing."""
    first, last = (date.fromisoformat(day) + timedelta(days=by) for by in (0, 2))
    notice = (
        f"A1235/26 NOTAMN\nQ) OMAE/QFALC/IV/NBO/A/000/999/2426N05439E005\nA) OMAA B) {first:%y%m%d}2030 "
        f"C) {last:%y%m%d}0330\nD) 2030-0330\nE) AD CLSD\n"
    )
    asked = json.loads(conclave.run("ask", TO_ABU_DHABI.format(day=day), "--new", "--wait", "--json").stdout)
    run_id = asked["run_id"]
    assert asked["outdated"] is None
    with restored(conclave, "notams", "AUH"):
        sent(conclave, tmp_path, day, notice)
        run = wait_until(lambda: (found := conclave.shown(run_id))["outdated"] and found, 120)
        sent(conclave, tmp_path, day, notice)
    assert (run["outdated"]["feed"], run["outdated"]["table"], run["outdated"]["key"]) == (
        "notams",
        "notams",
        "AUH/A1235/26",
    )
    assert run["status"] == asked["status"]
    assert run["decision"]["option_id"] == asked["decision"]["option_id"]
    told = wait_until(lambda: len(found := heard(conclave, run_id)) > 1 and found, 60)
    assert told == ["accepted", "outdated"]
    assert "OUTDATED" in conclave.run("show", run_id).stdout


def test_a_message_by_event_starts_a_run_where_settings_say_so(
    conclave: Any, day: str, tmp_path: Path, wait_until: Any
) -> None:
    number = date.fromisoformat(day).day
    message = f"MVT\nEY17/{number:02d}.AUH\nED{number:02d}0745\nDL81/0235\n"
    conclave.json("config", "set", "feeds.incident_minutes=120", "--why", "delays of two hours are incidents")
    conclave.settings_seen()
    try:
        with restored(conclave, "flights", f"EY17-{day}"):
            sent(conclave, tmp_path, day, message)
            run_id = run_id_for("local", "airline", f"movement-EY17-{day}-155")
            run = wait_until(lambda: ended(conclave, run_id), 120)
    finally:
        conclave.json("config", "rollback", "0", "--why", "a test changed it")
        conclave.settings_seen()
    assert [each["cause"] for each in run["incident"]["problems"]] == ["atc"]
    assert run["incident"]["problems"][0]["minutes"] == 155


def test_a_schedule_message_by_event_cancels_its_flight(
    conclave: Any, day: str, tmp_path: Path, wait_until: Any
) -> None:
    client, table, key = conclave.client("dynamodb"), f"{conclave.outputs()['TablePrefix']}flights", f"EY17-{day}"

    def cancelled() -> bool:
        found = client.get_item(TableName=table, Key={"flight_id": {"S": key}}, ConsistentRead=True)["Item"]
        return bool(found.get("cancelled", {}).get("BOOL"))

    assert not cancelled()
    with restored(conclave, "flights", key):
        sent(conclave, tmp_path, day, f"ASM\nUTC\nCNL WEAT\nEY17/{date.fromisoformat(day):%d%b%y}\n".upper())
        assert wait_until(cancelled, 60)
