"""``ask`` and ``submit``: what is sent, what is waited for, and what is bad input."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conclave.pack import load_pack
from quartz_air import written_for

from cli.errors import CliError, ExitCode


def test_ask_prints_the_run_and_how_to_watch_it(room: Any) -> None:
    result = room("ask", "CV017 is grounded")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["run-1", "follow it: conclave watch run-1"]
    assert room.api.submitted == [({"text": "CV017 is grounded"}, "")]


def test_ask_tells_that_it_was_asked_before(room: Any) -> None:
    room.api.duplicate = True

    assert "--new asks again" in room("ask", "CV017 is grounded").stdout


def test_ask_new_sends_a_fresh_key(room: Any) -> None:
    room("ask", "CV017 is grounded", "--new")

    assert room.api.submitted == [({"text": "CV017 is grounded"}, "fresh")]


def test_ask_reads_stdin(room: Any) -> None:
    room("ask", "-", stdin="CV017 is grounded\n")

    assert room.api.submitted == [({"text": "CV017 is grounded"}, "")]


@pytest.mark.parametrize("arguments", [("ask", ""), ("ask", "   "), ("ask", "-"), ("ask",)])
def test_an_empty_text_is_bad_input(room: Any, arguments: tuple[str, ...]) -> None:
    result = room(*arguments)

    assert result.exit_code == ExitCode.BAD_INPUT
    assert result.stderr == 'error: the text is empty (conclave ask "what happened")\n'
    assert not room.api.submitted


def test_ask_takes_an_example_of_the_pack(room: Any) -> None:
    room("ask", "--example", "0", "--pack", "example")

    assert room.api.submitted == [({"text": load_pack("example").examples("2026-11-22")[0]}, "")]


@pytest.mark.slow
def test_an_example_is_about_the_data_that_is_loaded(room: Any, tmp_path: Path) -> None:
    tomorrow = "2026-11-22"
    nothing = room("ask", "--example", "0")
    assert nothing.exit_code == ExitCode.BAD_INPUT
    assert "nothing is loaded for 2026-11-22" in nothing.stderr
    assert room("load", str(written_for(tomorrow, tmp_path)), "--replace", "--yes").exit_code == 0
    for number in range(10):
        assert room("ask", "--example", str(number)).exit_code == 0
    asked = [body["text"] for body, _ in room.api.submitted]
    assert asked[0] == f"Flight QZ401 on {tomorrow} from VIE to ZRH is AOG"
    assert len({re.search(r"QZ\d+", text)[0] for text in asked}) == 10  # type: ignore[index]
    assert room("seed", "--date", tomorrow, "--force").exit_code == 0
    room("ask", "--example", "0")
    assert room.api.submitted[-1][0]["text"] == load_pack("airline").examples(tomorrow)[0]


def test_an_example_that_does_not_exist_is_bad_input(room: Any) -> None:
    result = room("ask", "--example", "999", "--pack", "example")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert "error: the pack example has no example 999 (0 to " in result.stderr


def test_waiting_writes_the_whole_run_and_nothing_else_to_stdout(room: Any, decided: dict[str, Any]) -> None:
    running = {**decided, "status": "running", "current_phase": "recommend", "phases": [], "decision": None}
    room.api.states["run-1"] = [running, decided]

    result = room("ask", "CV017 is grounded", "--wait", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == decided
    assert "recommend" in result.stderr
    assert "maintenance: reject, 0.58 s" in result.stderr


@pytest.mark.parametrize(
    ("status", "codes", "expected"),
    [
        ("decided", [], ExitCode.OK),
        ("halted", ["safety_agent_unavailable"], ExitCode.HALTED),
        ("halted", ["incident_flight_unknown"], ExitCode.BAD_INPUT),
        ("approval_required", ["approval_rule"], ExitCode.APPROVAL_REQUIRED),
    ],
)
def test_the_outcome_of_a_run_is_the_exit_code(
    room: Any, decided: dict[str, Any], status: str, codes: list[str], expected: int
) -> None:
    reasons = [{"code": code, "detail": "so it is", "agent": ""} for code in codes]
    room.api.states["run-1"] = [{**decided, "status": status, "reasons": reasons}]

    assert room("ask", "CV017 is grounded", "--wait").exit_code == expected
    assert room("watch", "run-1").exit_code == expected
    assert room("show", "run-1").exit_code == 0


def test_an_incident_that_fits_no_data_is_one_line(room: Any, decided: dict[str, Any]) -> None:
    reasons = [{"code": "incident_flight_unknown", "detail": "there is no flight CV999", "agent": ""}]
    halted = {**decided, "status": "halted", "decision": None, "reasons": reasons, "candidates": ["CV990", "CV991"]}
    room.api.states["run-1"] = [halted]

    result = room("ask", "CV999 is grounded", "--wait")
    as_json = room("ask", "CV999 is grounded", "--wait", "--json")

    assert result.stdout == ""
    assert result.stderr.splitlines()[-1] == "error: there is no flight CV999 (did you mean: CV990, CV991)"
    assert json.loads(as_json.stdout) == halted
    assert as_json.exit_code == ExitCode.BAD_INPUT


def test_waiting_ends_when_the_time_is_over(room: Any, decided: dict[str, Any]) -> None:
    room.api.states["run-1"] = [{**decided, "status": "running"}]

    result = room("watch", "run-1", "--timeout", "30", "--json")

    assert result.exit_code == ExitCode.TIMEOUT
    assert "run run-1 was still running after 30 s (it goes on: conclave watch run-1)" in result.stderr
    again = room("watch", "run-1", "--timeout", "1", "--pack", "example")
    assert "(it goes on: conclave watch run-1 --pack example)" in again.stderr
    assert json.loads(result.stdout)["error"]["code"] == "timeout"
    assert room.time.seconds == pytest.approx(31, abs=1)


def test_an_interrupted_wait_tells_that_the_run_goes_on(room: Any, decided: dict[str, Any]) -> None:
    room.api.states["run-1"] = [{**decided, "status": "running"}]

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    room.time.sleep = interrupt
    result = room("watch", "run-1")

    assert result.exit_code == ExitCode.INTERRUPTED
    assert result.stderr.splitlines()[-1] == "error: stopped waiting (the run goes on: conclave watch run-1)"


def test_submit_posts_the_file(room: Any, tmp_path: Path) -> None:
    file = tmp_path / "incident.json"
    file.write_text('{"incident": {"flight": "CV017"}, "idempotency_key": "k-1"}')

    result = room("submit", str(file), "--json")

    assert json.loads(result.stdout) == {"run_id": "run-1", "status": "running", "duplicate": False}
    assert room.api.submitted == [({"incident": {"flight": "CV017"}}, "k-1")]


def test_a_key_of_null_is_no_key(room: Any, tmp_path: Path) -> None:
    file = tmp_path / "incident.json"
    file.write_text('{"text": "CV017 is grounded", "idempotency_key": null}')

    room("submit", str(file))

    assert room.api.submitted == [({"text": "CV017 is grounded"}, "")]


@pytest.mark.parametrize("key", ["7", "[]", json.dumps("a\nX-Other: 1"), '"clé"', '""', json.dumps("k" * 201)])
def test_a_key_that_no_header_can_carry_is_refused(room: Any, tmp_path: Path, key: str) -> None:
    file = tmp_path / "incident.json"
    file.write_text('{"text": "CV017 is grounded", "idempotency_key": ' + key + "}")

    result = room("submit", str(file))

    assert (result.exit_code, room.api.submitted) == (ExitCode.BAD_INPUT, [])
    assert "idempotency_key" in result.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"text": "a"\n  "b"}', "is no JSON: line 2, column 3: Expecting ',' delimiter"),
        ("[]", 'must be a JSON object with either "text" or "incident"'),
        ('{"text": "a", "incident": {}}', 'must be a JSON object with either "text" or "incident"'),
        ('{"text": "  "}', 'must say in "text", as a sentence, what happened'),
        ('{"text": 5}', 'must say in "text", as a sentence, what happened'),
        ('{"incident": 5}', 'must hold a JSON object as "incident"'),
    ],
)
@pytest.mark.parametrize("way", [(), ("--event",)])
def test_a_bad_file_is_bad_input(room: Any, tmp_path: Path, text: str, message: str, way: tuple[str, ...]) -> None:
    file = tmp_path / "incident.json"
    file.write_text(text)

    result = room("submit", str(file), *way)

    assert result.exit_code == ExitCode.BAD_INPUT
    assert result.stderr == f"error: {file} {message}\n"
    assert room("submit", "-", *way, stdin=text).stderr == f"error: stdin {message}\n"
    assert not room.api.submitted
    assert not len(room.bus)


def test_a_missing_file_is_bad_input(room: Any) -> None:
    assert "cannot be read: No such file or directory" in room("submit", "nowhere.json").stderr
    assert "error: there is nothing to submit" in room("submit").stderr


def test_an_event_gets_a_key_and_its_run_is_waited_for(room: Any, decided: dict[str, Any]) -> None:
    from conclave.api.intake import run_id_for

    run_id = run_id_for("local", "airline", "fresh")
    looks = []

    def later(seconds: float) -> None:
        looks.append(seconds)
        room.time.seconds += seconds
        if len(looks) == 3:
            room.api.states[run_id] = [{**decided, "run_id": run_id}]

    room.time.sleep = later
    result = room("submit", "-", "--event", "--wait", "--json", stdin='{"text": "CV017 is grounded"}')

    assert result.exit_code == 0
    assert room.bus.events == [{"text": "CV017 is grounded", "idempotency_key": "fresh"}]
    assert json.loads(result.stdout)["run_id"] == run_id
    assert len(looks) == 3


def test_an_event_whose_run_never_appears_is_told(room: Any) -> None:
    result = room("submit", "-", "--event", "--wait", stdin='{"text": "CV017 is grounded"}')

    assert result.exit_code == ExitCode.BAD_INPUT
    assert len(room.bus) == 1
    assert "no run began within 30 s of the event" in result.stderr
    assert "docs/operations.md, Redrive" in result.stderr


@pytest.mark.parametrize("more", [(), ("--event",)])
def test_nothing_is_sent_while_nobody_answers_for_the_models(room: Any, more: tuple[str, ...]) -> None:
    room.laptop.models_failure = CliError("nobody answers for the models", exit_code=ExitCode.UNREACHABLE)

    result = room("submit", "--example", "0", "--pack", "example", *more)

    assert result.exit_code == ExitCode.UNREACHABLE
    assert room.api.submitted == []


def test_looking_at_runs_needs_no_models(room: Any) -> None:
    room.laptop.models_failure = CliError("nobody answers for the models", exit_code=ExitCode.UNREACHABLE)

    assert room("runs").exit_code == 0


def told(*ordinals: int, after: int = 0, over: bool = False) -> dict[str, Any]:
    events = [
        {"ordinal": each, "kind": "agent", "state": "answered", "phase": "recommend", "agent": "cargo", "seconds": 0.5}
        for each in ordinals
    ]
    return {"run_id": "run-1", "after": after, "events": events, "over": over}


def test_events_are_written_as_they_are_told(room: Any, decided: dict[str, Any]) -> None:
    room.api.states["run-1"] = [decided]
    room.api.told = [told(1, 2), told(4, after=3), told(3, 4, after=2, over=True)]
    result = room("watch", "run-1", "--events")
    assert result.exit_code == ExitCode.OK
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3", "4"]
    assert "agent answered recommend cargo (0.5" in lines[0]


def test_events_after_an_ordinal_and_of_some_kinds_are_one_document(room: Any, decided: dict[str, Any]) -> None:
    room.api.states["run-1"] = [decided]
    room.api.told = [told(8, after=7, over=True)]
    result = room("watch", "run-1", "--after", "7", "--kinds", "agent, decision", "--json")
    assert result.exit_code == ExitCode.OK
    document = json.loads(result.stdout)
    assert [event["ordinal"] for event in document["events"]] == [8]
    assert document["over"]
    assert room.api.asked == {"events": "run-1", "after": 7, "kinds": ["agent", "decision"]}


def test_events_that_do_not_end_in_time_are_told_so(room: Any, decided: dict[str, Any]) -> None:
    room.api.states["run-1"] = [decided]
    result = room("watch", "run-1", "--events", "--timeout", "3", "--json")
    assert result.exit_code == ExitCode.TIMEOUT
    assert json.loads(result.stdout) == {"run_id": "run-1", "events": [], "over": False}
    assert room("watch", "run-2", "--events").exit_code == ExitCode.BAD_INPUT
