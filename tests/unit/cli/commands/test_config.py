"""``config``: settings are shown, changed with a reason, looked back on and taken back."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from conclave.configuration.changes import changes_in
from conclave.configuration.changing import Rollout
from conclave.configuration.faults import every_setting
from conclave.rollout.acting import Move, history, moved
from conclave.rollout.record import Record, admitted, refused
from conclave.rollout.verdicts import Finding, Objection

from cli.errors import CliError, ExitCode

AT = "2026-11-21T09:30:00.000Z"
WHY = ("--why", "costs")


def told(room: Any, *arguments: str, code: int = 0) -> Any:
    result = room("config", *arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def deployed(room: Any) -> bytes:
    return bytes(room.configuration.document(room.configuration.rollouts()[0].version))


def test_every_setting_is_shown_with_its_value_and_what_it_can_be(room: Any) -> None:
    shown = told(room, "show")
    assert [each["path"] for each in shown["settings"]] == [path for path, _ in every_setting()]
    by_path = {each["path"]: each for each in shown["settings"]}
    assert by_path["money.month_usd"] == {
        "path": "money.month_usd",
        "value": 50.0,
        "set": False,
        "may_be": "a number from 0.001 to 100000",
    }
    assert (shown["change"], shown["recorded"], shown["faults"], shown["document"]) == (0, True, [], {})
    text = room("config", "show").stdout
    assert "limits.model_turns" in text
    assert "as declared" in text
    assert re.search(r"^ *path +value +may be", text, re.MULTILINE)


def by_gate(room: Any, *findings: Finding) -> None:
    """Has the gate pass what it tries, or refuse it with these findings."""

    def judge() -> dict[str, Any]:
        def change(each: Record) -> Record:
            return refused(each, ("tokens",), at=AT) if findings else admitted(each, at=AT)

        move = Move.REFUSED if findings else Move.PASSED
        moved(room.rollouts, change, move, by="gate", why="seen", at=AT, findings=findings)
        return {}

    room.rollouts.gate = judge


@pytest.mark.parametrize("asked", [("--try",), ()])
def test_a_change_is_tried_first_where_the_stage_or_a_person_wants_it(room: Any, asked: tuple[str, ...]) -> None:
    room.configuration.gated = not asked
    by_gate(room)
    assert told(room, "set", "limits.model_turns=3", *asked, *WHY)["change"] == 1
    told_of = [each.move for each in history(room.rollouts.entries())]
    assert told_of == [Move.CONFIGURED, Move.PASSED]


def test_a_change_that_the_gate_refuses_is_not_deployed(room: Any) -> None:
    by_gate(room, Finding(objection=Objection.TOKENS, seen=2, allowed=1.25))
    result = room("config", "set", "limits.model_turns=3", "--try", *WHY)
    assert result.exit_code == ExitCode.HALTED
    assert "nothing was changed: tokens: 2, allowed 1.25" in result.stderr
    assert room.configuration.entries() == []


@pytest.mark.parametrize("state", ["COMPLETE", "DEPLOYING", "ROLLED_BACK"])
def test_a_change_that_was_tried_takes_back_nothing_that_others_did_meanwhile(room: Any, state: str) -> None:
    """The budget's notice, say, makes runs frugal while the gate tries another change for twenty minutes."""
    by_gate(room)
    judge = room.rollouts.gate

    def meanwhile() -> dict[str, Any]:
        room.configuration.state = state
        room.configuration.deploy(b'{"money":{"economy_from":0.1}}', label="change-9", why="", at_once=True)
        room.configuration.state = "COMPLETE"
        return dict(judge())

    room.rollouts.gate = meanwhile
    result = room("config", "set", "limits.model_turns=3", "--try", *WHY)
    if state == "ROLLED_BACK":
        assert (result.exit_code, len(room.configuration.entries())) == (0, 1)
        return
    assert result.exit_code == 1
    said = "is being rolled out" if state == "DEPLOYING" else "was changed while the gate tried yours"
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) <= 4
    assert (room.configuration.entries(), deployed(room)) == ([], b'{"money":{"economy_from":0.1}}')


def test_a_gate_that_takes_long_leaves_the_configuration_as_it_was(room: Any) -> None:
    room.rollouts.gate = lambda: {"open": 7}
    result = room("config", "set", "limits.model_turns=3", "--try", *WHY)
    assert result.exit_code == 1
    assert "7 trials have not ended" in result.stderr
    assert "nothing was changed, nor will be" in " ".join(result.stderr.split())
    assert room.configuration.entries() == []


@pytest.mark.parametrize("more", [(), ("limits.model_turns=3",)])
def test_what_no_trial_shows_is_not_said_to_have_passed(room: Any, more: tuple[str, ...]) -> None:
    by_gate(room)
    result = room("config", "set", "models.framing.tier=strong", "flags.read_by_code=false", *more, "--try", *WHY)
    assert result.exit_code == 0, result.output
    said = " ".join(result.stderr.split())
    assert "not tried, since no trial shows it: flags.read_by_code, models.framing.tier" in said
    assert len(room.rollouts.entries()) == 2 * len(more)
    assert len(room.configuration.entries()) == 1


def test_what_no_model_takes_is_not_tried(room: Any) -> None:
    room.configuration.gated = True
    result = room("config", "set", "models.arbiter.inference.temperature=0.2", *WHY)
    assert (result.exit_code, room.rollouts.entries()) == (ExitCode.BAD_INPUT, []), result.output


@pytest.mark.parametrize("assignment", ["money.run_usd=0.5", "intake=closed", "limits.model_turns=99"])
def test_money_intake_and_what_is_not_valid_wait_for_no_gate(room: Any, assignment: str) -> None:
    room.configuration.gated = True
    result = room("config", "set", assignment, *WHY)
    assert result.exit_code == (ExitCode.BAD_INPUT if "99" in assignment else 0)
    assert room.rollouts.entries() == []


def test_change_is_entered_with_who_and_why_and_then_deployed(room: Any) -> None:
    change = told(room, "set", "limits.model_turns=3", "models.business.tier=strong", "flags.read_by_code=false", *WHY)
    assert deployed(room) == (
        b'{"flags":{"read_by_code":false},"limits":{"model_turns":3},"models":{"business":{"tier":"strong"}}}'
    )
    (entered,) = changes_in(room.configuration.entries())
    assert (entered.by, entered.why, entered.at) == (
        "arn:aws:iam::123456789012:user/ops",
        "costs",
        "2026-11-21T09:30:00.000Z",
    )
    assert change["paths"] == ["flags.read_by_code", "limits.model_turns", "models.business.tier"]
    assert room.configuration.labels == ["change-1"]
    assert change["in_force_after_seconds"] == 15
    shown = told(room, "show")
    assert (shown["version"], shown["change"]) == (change["version"], 1)
    assert {each["path"] for each in shown["settings"] if each["set"]} == set(change["paths"])


@pytest.mark.parametrize(
    ("assignments", "said"),
    [
        (["limits.model_turns=99"], "limits.model_turns can be a whole number from 2 to 8"),
        (["limits.model_turns=many", "intake=ajar"], "intake can be one of: closed, open"),
        (["guardrail=off"], "there is no setting guardrail"),
        (["money.day_usd=60"], "day_usd at most month_usd"),
        (["limits.model_turns"], "write it like limits.model_turns=3"),
        (["limits.seconds=3"], "limits.seconds is a group of settings"),
        (["flags.read_by_code.more=1"], "flags.read_by_code can be true or false"),
        (["limits.reuse_seconds="], "nothing was changed"),
    ],
)
def test_bad_value_is_refused_in_one_line_and_leaves_nothing(room: Any, assignments: list[str], said: str) -> None:
    result = room("config", "set", *assignments, *WHY)
    assert result.exit_code == ExitCode.BAD_INPUT
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert (room.configuration.entries(), deployed(room)) == ([], b"{}")


def test_without_a_reason_nothing_is_changed(room: Any) -> None:
    assert room("config", "set", "intake=closed").exit_code == ExitCode.BAD_INPUT
    result = room("config", "set", "intake=closed", "--why", " ")
    assert (result.exit_code, room.configuration.entries()) == (ExitCode.BAD_INPUT, [])
    assert "say why" in result.stderr


def test_an_empty_value_takes_a_setting_back(room: Any) -> None:
    told(room, "set", "limits.model_turns=3", "intake=closed", *WHY)
    told(room, "set", "limits.model_turns=", *WHY)
    assert deployed(room) == b'{"intake":"closed"}'


def test_history_has_every_change_newest_first(room: Any) -> None:
    told(room, "set", "limits.model_turns=3", *WHY)
    told(room, "set", "intake=closed", "--why", "too many")
    told(room, "rollback", "--why", "calm again")
    (third, second, first) = told(room, "history")["changes"]
    assert (third["kind"], third["to"], third["why"], third["paths"]) == (
        "configuration_rolled_back",
        1,
        "calm again",
        ["intake"],
    )
    assert (second["why"], first["document"]) == ("too many", {"limits": {"model_turns": 3}})
    assert third["version"] == first["version"]
    text = room("config", "history").stdout
    assert "back to 1: intake" in text
    assert re.search(r"^ *change +at +by +what +why", text, re.MULTILINE)


def test_history_of_a_stage_that_nobody_changed_says_so(room: Any) -> None:
    assert "never changed" in room("config", "history").stdout


def test_altered_history_is_noticed(room: Any) -> None:
    told(room, "set", "limits.model_turns=3", *WHY)
    room.configuration.audit[0] = room.configuration.audit[0].replace(b"costs", b"other")
    for arguments in (("history",), ("show",), ("rollback", "--why", "x")):
        assert told(room, *arguments, code=1)["error"]["code"] == "audit_broken"


def test_rollback_gives_the_bytes_of_the_change_again(room: Any) -> None:
    told(room, "set", "money.run_usd=0.25", *WHY)
    before = deployed(room)
    version = told(room, "show")["version"]
    told(room, "set", "money.run_usd=0.5", "intake=closed", *WHY)
    assert told(room, "rollback", *WHY)["version"] == version
    assert deployed(room) == before
    told(room, "rollback", "0", *WHY)
    assert deployed(room) == b"{}"


@pytest.mark.parametrize(("arguments", "code"), [(("7",), "change_unknown"), ((), "nothing_to_take_back")])
def test_rollback_to_what_never_was_is_refused(room: Any, arguments: tuple[str, ...], code: str) -> None:
    assert told(room, "rollback", *arguments, *WHY, code=2)["error"]["code"] == code


def test_nothing_is_changed_while_a_change_is_rolled_out(room: Any) -> None:
    room.configuration.state = "DEPLOYING"
    change = told(room, "set", "intake=closed", *WHY)
    assert (change["state"], change["percent"], change["in_force_after_seconds"]) == ("DEPLOYING", 20.0, None)
    refused = told(room, "set", "intake=open", *WHY, code=1)
    assert refused["error"]["code"] == "configuration_under_way"
    assert "rollback" in refused["error"]["message"]


def test_rollback_stops_what_is_being_rolled_out(room: Any) -> None:
    room.configuration.state = "DEPLOYING"
    told(room, "set", "intake=closed", *WHY)
    room.configuration.state = "COMPLETE"
    result = room("config", "rollback", *WHY)
    assert "taking back what is being rolled out" in result.stderr
    assert [each.state for each in room.configuration.rolled_out] == ["COMPLETE", "ROLLED_BACK", "COMPLETE"]
    assert deployed(room) == b"{}"


def test_rollback_to_what_is_being_rolled_out_deploys_it_at_once(room: Any) -> None:
    room.configuration.state = "DEPLOYING"
    told(room, "set", "intake=closed", *WHY)
    room.configuration.state = "COMPLETE"
    assert told(room, "rollback", "1", *WHY)["state"] == "COMPLETE"
    assert (deployed(room), told(room, "show")["recorded"]) == (b'{"intake":"closed"}', True)


def test_change_that_is_entered_and_not_deployed_says_how_to_deploy_it(room: Any) -> None:
    room.configuration.refusal = CliError("no", code="configuration_refused", exit_code=ExitCode.UNREACHABLE)
    refused = told(room, "set", "intake=closed", *WHY, code=5)
    assert "entered as change 1, and not deployed" in refused["error"]["message"]
    assert told(room, "show")["recorded"] is False
    room.configuration.refusal = None
    told(room, "rollback", "1", *WHY)
    assert deployed(room) == b'{"intake":"closed"}'
    assert told(room, "show")["recorded"] is True


def test_change_that_an_alarm_takes_back_is_told(room: Any) -> None:
    room.configuration.state = "ROLLED_BACK"
    refused = told(room, "set", "intake=closed", *WHY, code=1)
    assert refused["error"]["code"] == "configuration_taken_back"
    assert told(room, "show")["document"] == {}
    assert told(room, "show")["recorded"] is False
    room.configuration.state = "COMPLETE"
    assert told(room, "rollback", "0", *WHY)["paths"] == []
    shown = told(room, "show")
    assert (shown["document"], shown["recorded"]) == ({}, True)
    assert told(room, "rollback", "0", *WHY, code=2)["error"]["code"] == "unchanged"
    assert "back to 0: as deployed" in room("config", "history").stdout


def test_rollback_to_what_an_alarm_left_says_so(room: Any) -> None:
    room.configuration.state = "ROLLED_BACK"
    told(room, "set", "intake=closed", *WHY, code=1)
    room.configuration.state = "COMPLETE"
    assert "change 2: as deployed; in force for runs that begin 15 s from now" in room(
        "config", "rollback", "0", *WHY
    ).stdout.replace("\n", " ")


def test_rollback_goes_at_once_and_a_change_as_the_stage_rolls_out(room: Any) -> None:
    told(room, "set", "intake=closed", *WHY)
    assert room.configuration.at_once is False
    told(room, "rollback", *WHY)
    assert room.configuration.at_once is True


def test_document_that_functions_refuse_is_shown_with_its_faults(room: Any) -> None:
    room.configuration.documents[2] = b'{"limits": {"model_turns": 99}}'
    room.configuration.rolled_out.append(Rollout(number=2, state="COMPLETE", percent=100.0, version=2))
    shown = told(room, "show")
    assert shown["faults"] == ["limits.model_turns can be a whole number from 2 to 8"]
    assert shown["recorded"] is False
    text = room("config", "show").stdout
    assert "refused by functions" in text


def test_what_no_model_of_a_kind_takes_is_refused_and_not_entered(room: Any) -> None:
    refused = told(room, "set", "models.arbiter.inference.temperature=0.2", *WHY, code=ExitCode.BAD_INPUT)
    assert refused["error"]["code"] == "parameter_not_taken"
    assert "models.arbiter.inference.temperature" in refused["error"]["message"]
    assert room.configuration.entries() == []
    told(room, "set", "models.arbiter.inference.max_tokens=6000", "models.arbiter.inference.effort=high", *WHY)
    assert json.loads(deployed(room)) == {"models": {"arbiter": {"inference": {"max_tokens": 6000, "effort": "high"}}}}
