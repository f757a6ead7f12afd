"""What the commands answer, where they write it, and how they exit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conclave.pack import PackInvalid

from cli.errors import CliError, ExitCode

COMMANDS = (
    "up",
    "down",
    "status",
    "ask",
    "submit",
    "show",
    "watch",
    "logs",
    "runs",
    "seed",
    "load",
    "evaluate",
    "doctor",
    "texts",
    "approve",
    "erase",
)


def test_help_names_every_command_and_exit_code(room: Any) -> None:
    result = room("--help")

    assert result.exit_code == 0
    assert all(f" {name} " in result.stdout for name in COMMANDS)
    assert "Exit codes: 0 done" in result.stdout
    assert "7 the run did not end in the time given" in " ".join(result.stdout.split())


def test_without_a_command_the_help_is_shown(room: Any) -> None:
    assert "Usage: conclave" in room().stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_takes_json(room: Any, name: str) -> None:
    result = room(name, "--help")

    assert result.exit_code == 0
    assert all(option in result.stdout for option in ("--json", "--stage", "--pack"))


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
    from conclave.pack import load_pack

    room("ask", "--example", "0", "--pack", "example")

    assert room.api.submitted == [({"text": load_pack("example").examples("2026-11-21")[0]}, "")]


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


def test_show_of_an_unknown_run_is_one_line(room: Any) -> None:
    result = room("show", "run-2")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert result.stdout == ""
    assert result.stderr == "error: there is no run 'run-2' (conclave runs lists them)\n"


def test_an_error_is_one_json_document_too(room: Any) -> None:
    result = room("show", "run-2", "--json")

    assert json.loads(result.stdout) == {
        "error": {"code": "run_unknown", "message": "there is no run 'run-2' (conclave runs lists them)"}
    }


def test_a_usage_error_is_one_line_and_one_json_document(room: Any) -> None:
    result = room("show", "--json")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert result.stderr == "error: Missing argument 'RUN'. (conclave show --help)\n"
    assert json.loads(result.stdout)["error"]["code"] == "usage"


def test_an_unknown_command_is_one_line(room: Any) -> None:
    result = room("shwo")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert result.stderr == "error: No such command 'shwo'. Did you mean 'show'? (conclave --help)\n"


def test_an_unexpected_failure_shows_no_stack_trace(room: Any) -> None:
    room.laptop.stop = [].pop

    result = room("down")

    assert result.exit_code == ExitCode.UNEXPECTED
    assert result.stderr == "error: IndexError: pop from empty list (CONCLAVE_DEBUG=1 shows where)\n"


def test_a_stack_trace_can_be_asked_for(room: Any) -> None:
    room.laptop.stop = [].pop

    assert isinstance(room("down", CONCLAVE_DEBUG="1").exception, IndexError)


def test_a_refusal_of_the_api_is_passed_on(room: Any) -> None:
    room.api.refusal = CliError("the text is too long", code="text_too_large", exit_code=ExitCode.BAD_INPUT)

    result = room("ask", "x" * 5000, "--json")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert json.loads(result.stdout)["error"]["code"] == "text_too_large"


def test_an_unknown_pack_is_bad_input(room: Any) -> None:
    result = room("runs", "--pack", "zeppelin")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert "error: there is no pack 'zeppelin' (choose one of: " in result.stderr


def test_runs_lists_and_passes_on_what_was_asked(room: Any) -> None:
    result = room("runs", "--status", "decided", "--limit", "5")

    assert "run-0123456789abcdef01234567" in result.stdout
    assert "decided (degraded)" in result.stdout
    assert room.api.asked == {"status": "decided", "day": "", "limit": 5, "cursor": ""}
    room("runs", "--day", "2026-11-20")
    assert room.api.asked == {"status": "", "day": "2026-11-20", "limit": 20, "cursor": ""}


def test_runs_does_not_pretend_to_know_a_status_on_a_day(room: Any) -> None:
    result = room("runs", "--status", "halted", "--day", "2026-11-21")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert result.stderr.startswith("error: --status and --day do not go together")
    assert not room.api.asked


def test_runs_asks_for_as_many_pages_as_it_takes(room: Any, decided: dict[str, Any]) -> None:
    room.api.states = {f"run-{number}": [{**decided, "run_id": f"run-{number}"}] for number in range(230)}

    page = json.loads(room("runs", "--limit", "230", "--json").stdout)
    shorter = json.loads(room("runs", "--limit", "120", "--json").stdout)

    assert [each["run_id"] for each in page["runs"]] == list(room.api.states)
    assert page["next"] is None
    assert len(shorter["runs"]) == 120
    assert shorter["next"]


def test_runs_fit_a_narrow_terminal(room: Any) -> None:
    lines = room("runs", columns=60).stdout.splitlines()

    assert max(map(len, lines)) <= 60
    assert lines[0].startswith("run-0123456789abcdef01234567  decided (degraded)")
    assert "CV017" in " ".join(lines[1:])


def test_runs_of_an_unknown_status_is_bad_input(room: Any) -> None:
    assert room("runs", "--status", "lost").exit_code == ExitCode.BAD_INPUT


def test_no_runs_is_no_error(room: Any) -> None:
    room.api.states.clear()

    assert room("runs").stdout.startswith("there is no run today (UTC)")
    assert room("runs", "--day", "2026-11-20").stdout.startswith("there is no run on 2026-11-20")
    assert room("runs", "--status", "approval_required").stdout.startswith("no run is approval required")
    assert json.loads(room("runs", "--json").stdout) == {"runs": [], "next": None}


def test_logs_are_those_of_the_run(room: Any) -> None:
    result = room("logs", "run-1")
    (event,) = json.loads(room("logs", "run-1", "--json").stdout)["events"]

    assert "14:03:12.123  frame     INFO   framed since 2026-11-21T14:03:11Z" in result.stdout
    assert event["correlation_id"] == "c-1"


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
    from conclave.intake import run_id_for

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


def test_options_may_stand_before_or_behind_the_command(room: Any) -> None:
    room("--stage", "dev", "--pack", "example", "runs")
    room("runs", "--stage", "dev", "--pack", "example")
    room("runs", CONCLAVE_STAGE="dev", CONCLAVE_PACK="example")

    assert {(target.stage, target.pack) for target in room.targets} == {("dev", "example")}


def test_stacks_of_a_pack_are_named_without_underscores() -> None:
    from cli.ports import Target

    assert Target("dev", "air_cargo").stack("engine") == "Conclave-dev-air-cargo-engine"


def test_up_does_everything_in_order_and_again_nothing_new(room: Any) -> None:
    first = room("up", "--pack", "example", "--json")
    rows = len(next(iter(room.stores.values())))
    second = room("up", "--pack", "example", "--json")

    assert room.laptop.done[:3] == ["start", "bootstrap", "deploy example"]
    assert [each["step"] for each in json.loads(first.stdout)["steps"]] == [
        "local cloud",
        "bootstrap",
        "deploy",
        "sample",
    ]
    assert "wrote the sample of 2026-11-21" in first.stderr
    assert "already there: the sample of 2026-11-21" in second.stderr
    assert len(next(iter(room.stores.values()))) == rows > 0


def test_up_tells_what_is_wrong_with_a_pack_before_it_starts_anything(
    room: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def contradicts(name: str) -> None:
        raise PackInvalid(f"the pack in packs/{name} is named 'other'")

    monkeypatch.setattr("conclave.pack.load_pack", contradicts)
    result = room("up", "--pack", "example")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert result.stderr == "error: the pack in packs/example is named 'other'\n"
    assert not room.laptop.done


def test_up_says_what_to_ask(room: Any) -> None:
    assert "--wait --pack example" in room("up", "--pack", "example").stdout


def test_up_is_for_this_machine_only(room: Any) -> None:
    result = room("--stage", "dev", "up")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert "(cdk deploy --all -c stage=dev -c pack=airline)" in result.stderr


def test_down_does_not_touch_this_machine_for_another_stage(room: Any) -> None:
    result = room("down", "--stage", "dev")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert not room.laptop.done


def test_up_with_a_port_in_use(room: Any) -> None:
    room.laptop.failure = CliError(
        "port 4566 is used by another program", code="start_failed", exit_code=ExitCode.SETUP
    )

    result = room("up")

    assert result.exit_code == ExitCode.SETUP
    assert result.stderr.splitlines()[-1] == "error: port 4566 is used by another program"


def test_down_tells_whether_anything_ran(room: Any) -> None:
    room.laptop.running = True

    assert json.loads(room("down", "--json").stdout) == {"stopped": True}
    assert room("down").stdout == "the local cloud was not running\n"


def test_status_tells_what_runs_and_what_is_absent(room: Any) -> None:
    room.laptop.running = True
    result = room("status")

    assert "Conclave-local-airline-engine" in result.stdout
    assert "CREATE_COMPLETE" in result.stdout
    assert "X-Ray" in result.stdout
    assert set(json.loads(room("status", "--json").stdout)) == {"stage", "pack", "cloud", "coverage", "stacks"}


def test_status_of_a_stopped_cloud_asks_for_no_stacks(room: Any) -> None:
    assert json.loads(room("status", "--json").stdout)["stacks"] == []
    assert "process" not in room("status").stdout.partition("emulated")[0]


def test_status_of_an_account_is_about_its_stacks(room: Any) -> None:
    document = json.loads(room("status", "--stage", "dev", "--json").stdout)

    assert [each["name"] for each in document["stacks"]] == [
        f"Conclave-dev-airline-{part}" for part in ("data", "engine", "operations")
    ]
    assert "cloud" not in document


def test_seed_writes_once(room: Any) -> None:
    first = json.loads(room("seed", "--pack", "example", "--json").stdout)
    second = json.loads(room("seed", "--pack", "example", "--json").stdout)
    forced = json.loads(room("seed", "--pack", "example", "--force", "--json").stdout)

    assert (first["written"], second["written"], forced["written"]) == (True, False, True)
    assert first["date"] == "2026-11-21"
    assert first["rows"] == second["rows"]


def test_seed_notices_a_write_that_broke_off(room: Any) -> None:
    room("seed", "--pack", "example")
    (store,) = room.stores.values()
    table = max(store.rows, key=lambda name: len(store.rows[name]))
    store.rows[table].pop()

    assert json.loads(room("seed", "--pack", "example", "--json").stdout)["written"]


def test_seed_of_another_date_or_seed_is_another_sample(room: Any) -> None:
    room("seed")

    assert not json.loads(room("seed", "--json").stdout)["written"]
    assert json.loads(room("seed", "--date", "2027-01-05", "--json").stdout)["written"]
    assert json.loads(room("seed", "--seed", "2", "--json").stdout)["written"]


def test_seed_refuses_production(room: Any) -> None:
    result = room("seed", "--stage", "prod", "--pack", "example")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert result.stderr == "error: the stage prod is not for made-up data (--yes if you mean it)\n"
    assert not room.stores
    assert room("seed", "--stage", "prod", "--pack", "example", "--yes").exit_code == 0


def test_seed_of_a_wrong_date_is_bad_input(room: Any) -> None:
    assert room("seed", "--date", "5th Feb").stderr == "error: '5th Feb' is no date (write it as 2026-11-21)\n"


def test_doctor_of_a_complete_machine(room: Any) -> None:
    result = room("doctor")

    assert result.exit_code == 0
    assert "not ok" not in result.stdout


@pytest.mark.parametrize(
    ("change", "name", "advice"),
    [
        ({"python_version": (3, 10, 4)}, "python", "install Python 3.14"),
        ({"versions": {"node": "20.11.0", "cdk": "2.1148.1", "uv": "0.13.8"}}, "node", "make setup brings Node 24"),
        ({"versions": {"node": "24.1.0", "uv": "0.13.8"}}, "cdk", "make setup"),
        ({"missing": ["ministack"]}, "packages", "make setup"),
        ({"port_states": {4566: "taken"}}, "port 4566", "CONCLAVE_PORT"),
        ({"free": 10**9}, "disk", "free at least 2 GB"),
    ],
)
def test_doctor_says_what_is_missing_and_how_to_get_it(
    room: Any, change: dict[str, Any], name: str, advice: str
) -> None:
    for attribute, value in change.items():
        setattr(room.machine, attribute, value)

    result = room("doctor", "--json")

    assert result.exit_code == ExitCode.SETUP
    (failed,) = (check for check in json.loads(result.stdout)["checks"] if not check["ok"])
    assert failed["name"] == name
    assert advice in failed["advice"]


def test_doctor_looks_for_a_deployment_in_aws(room: Any) -> None:
    checks = json.loads(room("doctor", "--stage", "dev", "--json").stdout)["checks"]

    assert checks[-1]["name"] == "Conclave-dev-airline-engine"
    assert checks[-1]["found"] == "deployed"


def test_doctor_accepts_an_older_python_and_says_what_it_means(room: Any) -> None:
    room.machine.python_version = (3, 11, 9)

    assert "fine locally; Lambda runs 3.14" in room("doctor").stdout
