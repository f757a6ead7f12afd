"""What the commands answer, where they write it, and how they exit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.errors import CliError, ExitCode
from cli.main import app

COMMANDS = (
    "up",
    "down",
    "status",
    "warm",
    "console",
    "ask",
    "submit",
    "show",
    "approvals",
    "approve",
    "refuse",
    "override",
    "feedback",
    "watch",
    "trace",
    "logs",
    "runs",
    "profile",
    "cost",
    "seed",
    "load",
    "evaluate",
    "compare",
    "replay",
    "doctor",
    "smoke",
    "chat",
    "fork",
    "diff",
    "texts",
    "consent",
    "login",
    "logout",
    "erase",
    "export",
    "verify",
)


def test_help_names_every_command_and_exit_code(room: Any) -> None:
    result = room("--help")

    assert result.exit_code == 0
    assert set(COMMANDS) == {each.name or getattr(each.callback, "__name__", "") for each in app.registered_commands}
    assert all(f" {name} " in result.stdout for name in COMMANDS)
    assert "Exit codes: 0 done" in result.stdout
    assert "7 the run has not ended" in " ".join(result.stdout.split())


def test_without_a_command_the_help_is_shown(room: Any) -> None:
    assert "Usage: conclave" in room().stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_takes_json(room: Any, name: str) -> None:
    result = room(name, "--help")

    assert result.exit_code == 0
    assert all(option in result.stdout for option in ("--json", "--stage", "--pack"))


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


@pytest.mark.parametrize(
    "words", [("chat", "run-1", "why?"), ("runs",), ("config", "show"), ("console", "--print-url")]
)
@pytest.mark.parametrize("before", [True, False])
def test_an_unknown_stage_is_bad_input_before_anything_else_is_looked_at(
    room: Any, words: tuple[str, ...], before: bool
) -> None:
    stage = ("--stage", "nosuch")
    result = room(*((*stage, *words) if before else (*words, *stage)))

    assert result.exit_code == ExitCode.BAD_INPUT
    assert result.stderr == "error: there is no stage 'nosuch'; choose one of: local, dev, prod\n"


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


def test_options_may_stand_before_or_behind_the_command(room: Any) -> None:
    room("--stage", "dev", "--pack", "example", "runs")
    room("runs", "--stage", "dev", "--pack", "example")
    room("runs", CONCLAVE_STAGE="dev", CONCLAVE_PACK="example")

    assert {(target.stage, target.pack) for target in room.targets} == {("dev", "example")}


def test_stacks_of_a_pack_are_named_without_underscores() -> None:
    from cli.ports import Target

    assert Target("dev", "air_cargo").stack("engine") == "Conclave-dev-air-cargo-engine"
