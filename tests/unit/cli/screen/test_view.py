"""How a run looks: narrow and wide, complete and broken, and whatever a text tries."""

from __future__ import annotations

from typing import Any

import pytest

from cli.screen.format import cell, duration, harmless, money
from cli.screen.option_table import in_order, key_fields
from cli.screen.view import constraint_labels

WIDTHS = (100, 160)


@pytest.mark.parametrize("width", [60, 80, *WIDTHS])
def test_no_line_is_wider_than_the_terminal(room: Any, width: int) -> None:
    tables, where = room("show", "run-1", columns=width).stdout.split("Where to look next")

    assert max(map(len, tables.splitlines())) <= width
    assert where


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_that_matters_is_cut_off(room: Any, width: int) -> None:
    shown = room("show", "run-1", columns=width).stdout

    assert "…" not in shown
    for text in ("DECIDED", "degraded", "O2", "0.892", "EASA ORO.FTL.205(b)", "C1 C2", "0.61 s", "$0.0003", "chose O2"):
        assert text in shown
    assert "finance in recommend: Lambda.ServiceException: the function is throttled" in shown
    assert "conclave show run-0123456789abcdef01234567 --json" in shown
    assert "execution:conclave-local:run-0123456789abcdef01234567" in shown


def test_what_the_provider_cached_is_told_apart(room: Any, decided: dict[str, Any]) -> None:
    assert "provider's cache" not in room("show", "run-1", columns=160).stdout
    decided["totals"] |= {"cache_read_tokens": 4_096, "cache_write_tokens": 0}
    shown = room("show", "run-1", columns=160).stdout
    assert "24,810 input (4,096 read from the provider's cache, 0 written to it) and 2,410 output tokens" in shown


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        ({"by": "code", "doubt": ""}, "read by code"),
        ({"by": "model", "doubt": "second_reading"}, "read by a model: code left it for its second reading"),
    ],
)
def test_who_read_the_report_is_told(room: Any, decided: dict[str, Any], reading: dict[str, str], said: str) -> None:
    assert "report was read" not in room("show", "run-1", columns=160).stdout
    decided["reading"] = reading
    assert said in room("show", "run-1", columns=160).stdout


def test_how_hard_the_choice_was_is_told_with_its_model(room: Any, decided: dict[str, Any]) -> None:
    assert "The choice was" not in room("show", "run-1", columns=160).stdout
    decided["agents"][-1] |= {"complexity": "complex", "grounds": ["totals_close", "gaps"], "model": "claude-x"}
    assert "The choice was complex (totals close, gaps): claude-x" in room("show", "run-1", columns=160).stdout


@pytest.mark.parametrize("width", [60, 80])
def test_a_narrow_terminal_leaves_out_columns_and_cuts_no_word(room: Any, width: int) -> None:
    shown = room("show", "run-1", columns=width).stdout

    assert "…" not in shown
    for text in ("DECIDED", "O2", "0.892", "EASA ORO.FTL.205(b)", "C1 C2", "0.61 s", "chose O2"):
        assert text in shown
    assert "conf." not in shown
    assert "conf." in room("show", "run-1", columns=100).stdout


def test_a_conflict_says_once_who_is_against_whom(room: Any) -> None:
    assert room("show", "run-1", columns=160).stdout.count("• safety against business: ") == 1


def test_what_answering_again_changed_is_told(room: Any, decided: dict[str, Any]) -> None:
    nothing = {"stance": "confirm", "verdict": False, "scores": 0, "constraints": 0, "favourite": False}
    decided["revisions"] = [
        {**nothing, "agent": "network"},
        {"agent": "crew", "stance": "strengthen", "verdict": True, "scores": 2, "constraints": 1, "favourite": True},
        {**nothing, "agent": "cargo", "stance": None},
    ]
    room.api.states["run-1"] = [decided]
    shown = room("show", "run-1", columns=160).stdout

    assert "• network, confirm: nothing changed" in shown
    assert "• crew, strengthen: 2 scores, its favourite, its verdict, 1 constraint more" in shown
    assert "• cargo: gave no answer" in shown


def test_a_wide_terminal_shows_more(room: Any) -> None:
    narrow, wide = (room("show", "run-1", columns=width).stdout for width in WIDTHS)

    assert "crew_duty, rest_periods" in wide
    assert "crew_duty, rest_periods" not in narrow
    assert "Scores" in narrow
    assert "Scores" not in wide


def test_a_run_that_could_not_be_resolved_names_candidates(room: Any, decided: dict[str, Any]) -> None:
    empty: dict[str, Any] = {"options": [], "constraints": [], "agents": [], "conflicts": [], "gaps": [], "phases": []}
    reasons = [{"code": "incident_flight_unknown", "detail": "there is no flight CV999 on 2026-11-21", "agent": ""}]
    halted = {
        **decided,
        **empty,
        "status": "halted",
        "decision": None,
        "reasons": reasons,
        "candidates": ["CV990", "CV991"],
    }
    room.api.states["run-1"] = [halted]

    shown = room("show", "run-1").stdout

    assert "HALTED" in shown
    assert "there is no flight CV999 on 2026-11-21" in shown
    assert "did you mean: CV990, CV991" in shown
    assert "Options" not in shown


def test_a_run_of_which_little_is_known_can_be_shown(room: Any) -> None:
    room.api.states["run-1"] = [{"run_id": "run-1", "status": "running"}]

    assert "RUNNING" in room("show", "run-1").stdout


def test_texts_cannot_style_or_steer_the_terminal(room: Any, decided: dict[str, Any]) -> None:
    decided["decision"]["justification"] = "[bold red]now[/] \x1b[2Jgone\x07"
    decided["options"][0]["summary"] = "[link=http://x.example]click[/link] \x1b]0;title\x07"
    room.api.states["run-1"] = [decided]

    shown = room("show", "run-1", columns=160).stdout

    assert "[bold red]now[/]" in shown
    assert "[link=http://x.example]" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_columns_explain_what_is_broken_first() -> None:
    options = [
        {"fields": {"a": 1, "b": 5, "c": "x", "d": 1, "same": 3}, "violations": ["r"]},
        {"fields": {"a": 2, "b": 5, "c": "x", "d": 2, "same": 3}, "violations": []},
    ]
    constraints = [{"id": "r", "field": "b"}, {"id": "unbroken", "field": "same"}]

    assert key_fields(options, constraints, limit=1) == ["b"]
    assert key_fields(options, constraints, limit=8) == ["a", "b"]


def test_what_explains_leaves_half_of_the_columns_to_what_it_costs() -> None:
    rules = ("serviceable", "dispatchable", "slot_ok", "tail")
    constraints = [{"id": name, "field": name} for name in rules]
    options = [
        {
            "violations": list(rules) if number else [],
            "fields": {
                **{name: f"{name}{number % (place + 2)}" for place, name in enumerate(rules)},
                "delay_minutes": [40, 60, 45][number],
                "total_cost_usd": [9000, 100, 70000][number],
            },
        }
        for number in range(3)
    ]

    shown = key_fields(options, constraints, limit=4)

    assert {"delay_minutes", "total_cost_usd"} <= set(shown)
    assert len(set(shown) & set(rules)) == 2


def test_of_columns_that_say_the_same_one_is_shown() -> None:
    options = [{"fields": {"net": 100 * step, "gross": 119 * step, "other": -step % 3}} for step in range(4)]

    assert key_fields(options, [], limit=8) == ["net", "other"]


def test_columns_prefer_fields_in_which_options_differ_most() -> None:
    options = [{"fields": {"little": 100 + step, "much": 100 * step, "flag": step > 1}} for step in range(4)]

    assert key_fields(options, [], limit=1) == ["much"]


def test_options_that_break_something_come_last() -> None:
    run = {
        "options": [
            {"id": "O1", "total": 0.9, "violations": ["r"]},
            {"id": "O2", "total": 0.2, "violations": []},
            {"id": "O3", "total": 0.8, "violations": []},
        ],
        "decision": {"option_id": "O2", "ranking": ["O2"]},
    }

    assert [option["id"] for option in in_order(run)] == ["O2", "O3", "O1"]


def test_constraints_are_numbered_by_what_they_stop(decided: dict[str, Any]) -> None:
    labels = constraint_labels(decided)

    assert labels["cold_cold_chain_hours"] == "C4"
    assert labels["range"] == "C5"
    assert sorted(labels.values()) == ["C1", "C2", "C3", "C4", "C5"]


def test_soft_constraints_are_shown_as_such(room: Any) -> None:
    shown = room("show", "run-1", columns=160).stdout

    assert "(C4)" in shown
    assert "cold chain hours <= 24 h  soft" in shown


def test_constraints_that_hold_for_every_option_take_one_line(room: Any) -> None:
    assert "No option breaks 1 more constraint: reroute km <= 500 km" in room("show", "run-1").stdout


def test_nobody_takes_the_offline_policy_for_a_model(room: Any) -> None:
    room.laptop.models = "offline policy"
    assert "No model ran" in room("show", "run-1").stdout
    assert "No model ran" not in room("show", "run-1", "--stage", "dev").stdout

    room.laptop.models = "aws"
    assert "No model ran" not in room("show", "run-1").stdout


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),  # noqa: RUF001  the dash is what is shown
        (True, "yes"),
        (1234567, "1,234,567"),
        (0.125, "0.12"),
        (48200.5, "48,200"),
        ("2026-11-21T18:20:00Z", "11-21 18:20"),
        ("A6-EYK", "A6-EYK"),
    ],
)
def test_cells(value: Any, shown: str) -> None:
    assert cell(value) == shown


def test_durations_and_money() -> None:
    assert [duration(seconds) for seconds in (0.424, 12.34, 125)] == ["0.42 s", "12.3 s", "2 min 05 s"]
    assert [money(usd) for usd in (0.00031, 12.5)] == ["$0.0003", "$12.50"]


def test_harmless_keeps_structure_and_line_breaks() -> None:
    assert harmless({"a": ["x\ny", 1, None, "\u202eevil"]}) == {"a": ["x\ny", 1, None, " evil"]}


def test_that_a_run_is_outdated_is_told_with_since_when_and_by_what(room: Any, decided: dict[str, Any]) -> None:
    assert "outdated" not in room("show", "run-1", columns=160).stdout.lower()
    decided["outdated"] = {
        "state": "outdated",
        "since": "2026-11-21T06:40:00.000Z",
        "feed": "notams",
        "table": "notams",
        "key": "AUH/A1234/26",
        "event": "e-1",
    }
    shown = room("show", "run-1", columns=160).stdout
    assert "OUTDATED since" in shown
    assert "notams changed notams/AUH/A1234/26, which it rests on; ask again" in shown
    assert "(outdated)" in room("runs", columns=160).stdout
