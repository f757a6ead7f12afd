"""``load FILE...``: reports and notices in, what cannot be read named, the rest written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conclave.pack import load_pack
from msgspec import structs

from cli.ports import Target
from cli.session import Session

TAF = "TAF EGLL 291058Z 2912/3018 24010KT 9999 BKN030\n  TEMPO 2914/2918 0300 FG VV001=\n"
NOTICE = (
    "A1234/26 NOTAMN\nQ) EGTT/QFALC/IV/NBO/A/000/999/5129N00028W005\nA) EGLL B) 2611292200 C) 2611300400\nE) AD CLSD\n"
)
DAY = ("--issued", "2026-11-29")


def rows(room: Any, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = room._store(Target("local", "airline")).rows.get(table, [])
    return found


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "taf.txt").write_text(TAF + "TAF LFPG 321058Z 2912/3018 CAVOK=\n", encoding="utf-8")
    (tmp_path / "notams.txt").write_text(NOTICE, encoding="utf-8")
    return str(tmp_path / "taf.txt"), str(tmp_path / "notams.txt")


def test_what_can_be_read_goes_in_and_the_rest_is_named(room: Any, files: tuple[str, str]) -> None:
    result = room("load", *files, *DAY, "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 2
    assert document["written"]
    assert (document["read"], document["rows"]) == ({"weather": 1, "notams": 1}, {"weather": 3, "notams": 1})
    assert [(each["file"], each["line"], each["message"][:26]) for each in document["faults"]] == [
        (files[0], 3, "321058Z is not a day and t")
    ]
    assert [each["from_utc"] for each in rows(room, "weather")] == [
        "2026-11-29T12:00:00Z", "2026-11-29T14:00:00Z", "2026-11-29T18:00:00Z",
    ]  # fmt: skip
    assert [each["closed"] for each in rows(room, "notams")] == [["2026-11-29T22:00:00Z/2026-11-30T04:00:00Z"]]


def test_a_later_forecast_takes_the_place_of_the_one_before(room: Any, tmp_path: Path) -> None:
    path = tmp_path / "taf.txt"
    path.write_text(TAF, encoding="utf-8")
    assert room("load", str(path), *DAY).exit_code == 0
    path.write_text("TAF AMD EGLL 291400Z 2914/3018 24010KT 4000 BR BKN030=\n", encoding="utf-8")
    document = json.loads(room("load", str(path), *DAY, "--json").stdout)
    assert (document["rows"], document["removed"]) == ({"weather": 1}, {"weather": 1})
    assert [(each["from_utc"][8:13], each["visibility_m"]) for each in rows(room, "weather")] == [
        ("29T12", 9999),
        ("29T14", 4000),
    ]


@pytest.mark.slow
def test_a_feed_of_fifty_thousand_lines_says_what_it_does(room: Any, tmp_path: Path) -> None:
    path = tmp_path / "notams.txt"
    numbered = (NOTICE.replace("A1234", f"{'AB'[at // 9_999]}{at % 9_999 + 1:04d}") + "\n" for at in range(10_000))
    path.write_text("".join(numbered), encoding="utf-8")
    result = room("load", str(path), *DAY, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["rows"] == {"notams": 10_000}
    assert "reading 50,000 lines of 1 files" in result.stderr
    assert "writing 10,000 notams" in result.stderr


def test_people_are_told_what_was_read(room: Any, files: tuple[str, str]) -> None:
    told = room("load", *files, *DAY).stdout
    assert "read 1 of weather, 1 of notams; wrote 3 rows of weather, 1 rows of notams" in told
    assert "1 could not be read:" in told
    assert (
        f"{files[0]}:3: 321058Z is not a day and time" in told.replace("\n", " ").replace("  ", " ")
        or "taf.txt:3" in told
    )


def test_a_check_writes_nothing(room: Any, files: tuple[str, str]) -> None:
    document = json.loads(room("load", files[1], "--check", "--json").stdout)
    assert (document["written"], document["rows"]) == (False, {"notams": 1})
    assert rows(room, "notams") == []


@pytest.fixture
def messages(room: Any, tmp_path: Path) -> str:
    """Two flights of the sample that leave 150 and 20 minutes late, and one that is not on record."""
    room._store(Target("local", "airline")).put("flights", load_pack("airline").sample("2026-11-21", 1)["flights"])
    told = [("EY17/21.AUH", "ED210740"), ("EY9999/21.AUH", "ED210740"), ("EY18/21.LHR", "ED211405")]
    (tmp_path / "mvt.txt").write_text("\n\n".join(f"MVT\n{line}\n{body}" for line, body in told), encoding="utf-8")
    return str(tmp_path / "mvt.txt")


def test_messages_change_flights_and_what_is_late_enough_is_submitted(room: Any, messages: str) -> None:
    document = json.loads(room("load", messages, "--submit", "60", "--json").stdout)
    assert (document["read"], document["rows"], len(document["faults"])) == ({"movements": 3}, {"flights": 2}, 1)
    ((body, key),) = room.api.submitted
    assert (key, body["incident"]["flight"]) == ("movement-EY17-2026-11-21-150", "EY17")
    assert [(each["minutes"], each["run_id"]) for each in document["submitted"]] == [(150, "run-1")]
    assert {each["estimated_off_block_utc"] for each in rows(room, "flights") if "estimated_off_block_utc" in each} == {
        "2026-11-21T07:40:00Z", "2026-11-21T14:05:00Z",
    }  # fmt: skip


@pytest.mark.parametrize("options", [(), ("--submit", "20", "--check"), ("--submit", "151")])
def test_nothing_is_submitted_unasked_or_on_a_check(room: Any, messages: str, options: tuple[str, ...]) -> None:
    room("load", messages, *options)
    assert room.api.submitted == []


def test_people_are_told_what_was_submitted(room: Any, messages: str) -> None:
    told = room("load", messages, "--submit", "20").stdout
    assert "movement-EY17-2026-11-21-150 is 150 min late: run-1" in told
    assert "movement-EY18-2026-11-21-20 is 20 min late: run-1" in told


def test_a_folder_has_no_messages_to_submit(room: Any, tmp_path: Path) -> None:
    refused = room("load", str(tmp_path), "--submit", "60", "--json")
    assert refused.exit_code == 2
    assert "files_needed" in refused.stdout + refused.stderr


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--replace",), "folder_needed"),
        (("--template",), "folder_needed"),
        (("--issued", "yesterday"), "date_invalid"),
        (("--issued", "9999-12-31"), "date_invalid"),
        (("--issued", "0001-01-01"), "date_invalid"),
    ],
)
def test_what_files_cannot_have_is_refused_in_one_line(
    room: Any, files: tuple[str, str], options: tuple[str, ...], code: str
) -> None:
    refused = room("load", files[1], *options, "--json")
    assert refused.exit_code == 2
    assert code in refused.stdout + refused.stderr


def test_a_file_that_is_not_there_is_refused(room: Any, files: tuple[str, str]) -> None:
    refused = room("load", files[1], "nowhere.txt", "--json")
    assert refused.exit_code == 2
    assert "nowhere.txt cannot be read" in refused.stdout + refused.stderr


@pytest.mark.parametrize("options", [(), ("--event",)])
def test_a_pack_without_feeds_says_so(
    room: Any, files: tuple[str, str], monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    without = structs.replace(load_pack("airline"), feeds=None)
    monkeypatch.setattr(Session, "pack", lambda session: without)
    refused = room("load", files[1], *options, "--json")
    assert refused.exit_code == 2
    assert "readers_missing" in refused.stdout + refused.stderr
    assert room.bus.events == []


def test_files_are_sent_as_events_and_nothing_is_written_here(room: Any, files: tuple[str, str]) -> None:
    told = room("load", *files, *DAY, "--event")
    assert told.exit_code == 0
    assert "sent 2 files" in told.stdout
    assert [each["feed"]["issued"] for each in room.bus.events] == ["2026-11-29"] * 2
    assert room.bus.events[1]["feed"]["messages"] == [NOTICE]
    assert rows(room, "notams") == rows(room, "weather") == []


def test_without_a_day_the_time_of_the_event_counts(room: Any, files: tuple[str, str]) -> None:
    document = json.loads(room("load", files[1], "--event", "--json").stdout)
    assert document == {"sent": [{"file": files[1], "characters": len(NOTICE)}]}
    assert room.bus.events == [{"feed": {"messages": [NOTICE]}}]


def test_what_an_event_does_not_take_is_refused_before_anything_is_sent(room: Any, tmp_path: Path, files: Any) -> None:
    (tmp_path / "season.ssim").write_text("x" * 200_001, encoding="utf-8")
    refused = room("load", files[1], str(tmp_path / "season.ssim"), "--event", "--json")
    assert refused.exit_code == 2
    assert "feed_invalid" in refused.stdout + refused.stderr
    assert "200,000 characters" in refused.stdout + refused.stderr
    assert room.bus.events == []


@pytest.mark.parametrize("options", [("--submit", "60"), ("--check",)])
def test_what_an_event_cannot_do_is_refused(room: Any, files: tuple[str, str], options: tuple[str, ...]) -> None:
    assert room("load", files[1], "--event", *options).exit_code == 2
    assert room.bus.events == []


def test_a_folder_is_no_event(room: Any, tmp_path: Path) -> None:
    refused = room("load", str(tmp_path), "--event", "--json")
    assert refused.exit_code == 2
    assert "files_needed" in refused.stdout + refused.stderr
