"""The phase machine: its shape follows from the pack, and only validators steer it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from conclave.functions.settings import MARGIN_SECONDS
from conclave.pack import Pack
from conclave.types import AgentKind
from msgspec import structs

from infra.constructs.admission import PAUSE_SECONDS, Admission
from infra.constructs.layers import ROOT
from infra.constructs.phase_machine import (
    COLD_START_SECONDS,
    REFUSALS,
    SECONDS,
    RunTooLong,
    Targets,
    agent_function_seconds,
    agent_task_seconds,
    definition,
    longest_pauses_seconds,
    longest_run_seconds,
)
from infra.stage import find_stage

TARGETS = Targets(
    frame="arn:frame",
    collate="arn:collate",
    decide="arn:decide",
    publish="arn:publish",
    hold="arn:hold",
    agents={"guard": "arn:guard", "cost_watch": "arn:cost_watch", "arbiter": "arn:arbiter"},
)
ADMISSION = Admission(table="runs", runs_at_once=3, waiting_seconds=60)
PHASES = ("recommend", "revise")
STEERING = {
    "$.decision.needs_people",
    "$.frame.framed",
    "$.frame.recommended",
    "$.frame.revised",
    "$.collation.halt",
    "$.collation.revise_any",
    "$.collation.arbitrate",
}


@pytest.fixture(scope="module")
def machine(pack: Pack) -> dict[str, Any]:
    return definition(pack, targets=TARGETS, admission=ADMISSION, timeout_seconds=600)


def invoking(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The states that invoke a function."""
    for name, state in states(machine):
        if state["Type"] == "Task" and state["Resource"].endswith(":lambda:invoke"):
            yield name, state


def states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in machine["States"].items():
        yield name, state
        for branch in state.get("Branches", ()):
            yield from states(branch)


def test_a_fork_goes_on_behind_the_collation_that_it_took_over(machine: dict[str, Any]) -> None:
    """What was collated is asked where to, with no branches; who is not a fork answers neither, and begins with all agents."""
    rules = [(each["Variable"], each["Next"]) for each in machine["States"]["Framed?"]["Choices"]]
    assert rules == [
        ("$.frame.revised", "Revised before"),
        ("$.frame.recommended", "Recommended before"),
        ("$.frame.framed", "Recommend"),
    ]
    for before, then in (("Revised before", "CollateRevise"), ("Recommended before", "CollateRecommend")):
        assert machine["States"][before] == {"Type": "Pass", "Result": [], "ResultPath": "$.branches", "Next": then}


@pytest.mark.parametrize(("phase", "first"), [("Recommend", "recommend {}"), ("Revise", "{} has news?")])
def test_every_specialist_is_a_branch_in_the_order_of_the_pack(
    machine: dict[str, Any], pack: Pack, phase: str, first: str
) -> None:
    starts = [branch["StartAt"] for branch in machine["States"][phase]["Branches"]]
    assert starts == [first.format(agent.name) for agent in pack.specialists]


def test_control_flow_reads_only_booleans_of_validators(machine: dict[str, Any], pack: Pack) -> None:
    allowed = STEERING | {f"$.collation.revise.{agent.name}" for agent in pack.specialists}
    rules = [rule for _, state in states(machine) for rule in state.get("Choices", ())]
    assert {rule["Variable"] for rule in rules} == allowed
    assert all(set(rule) == {"Variable", "BooleanEquals", "Next"} for rule in rules)
    text = json.dumps(machine)
    assert not [word for word in ("ItemsPath", "ItemReader", "SecondsPath", "Iterator") if word in text]


def test_no_task_takes_its_target_from_state_data(machine: dict[str, Any]) -> None:
    named = [
        task["Parameters"]["FunctionName"] for _, task in invoking(machine) if "FunctionName" in task["Parameters"]
    ]
    assert set(named) == {"arn:frame", "arn:collate", "arn:decide", "arn:publish", "arn:hold"}


def test_of_an_agents_function_a_run_chooses_the_version_and_nothing_else(machine: dict[str, Any], pack: Pack) -> None:
    pinned = {
        task["Parameters"]["FunctionName.$"] for _, task in invoking(machine) if "FunctionName.$" in task["Parameters"]
    }
    assert pinned == {
        f"States.Format('{TARGETS.agents[agent.name]}:{{}}', $.frame.versions.{agent.name})" for agent in pack.agents
    }
    assert machine["States"]["Frame"]["ResultSelector"]["versions.$"] == "$.Payload.versions"


def test_every_agent_task_ends_after_its_agent_and_catches_its_own_failure(machine: dict[str, Any], pack: Pack) -> None:
    every = dict(states(machine))
    for agent in pack.specialists:
        for phase in PHASES:
            task = every[f"{phase} {agent.name}"]
            assert task["TimeoutSeconds"] == agent_task_seconds(agent, pack)
            (catch,) = task["Catch"]
            assert catch["ErrorEquals"] == ["States.ALL"]
            failed = every[catch["Next"]]
            assert failed["End"] is True
            assert failed["Parameters"] == {
                "agent": agent.name, "phase": phase, "status": "failed", "error.$": "$.failure.Error",
            }  # fmt: skip
    assert every["Arbitrate"]["TimeoutSeconds"] == agent_task_seconds(pack.arbiter, pack)
    assert every["Arbitrate failed"]["Parameters"]["status"] == "failed"


def test_who_answered_is_said_by_the_machine_and_not_by_the_function(machine: dict[str, Any], pack: Pack) -> None:
    every = dict(states(machine))
    tasks = {(agent.name, phase): every[f"{phase} {agent.name}"] for agent in pack.specialists for phase in PHASES}
    tasks[pack.arbiter.name, "arbitrate"] = every["Arbitrate"]
    for (agent, phase), task in tasks.items():
        assert task["ResultSelector"] == {"agent": agent, "phase": phase, "status.$": "$.Payload.status"}


def test_no_state_keeps_an_answer_or_an_error_whole(machine: dict[str, Any]) -> None:
    """The history of a machine is read by operators: what a function answers beside its figures does not get on."""
    for name, state in invoking(machine):
        assert state["ResultSelector"], name
        assert all(path.count(".") == 2 for key, path in state["ResultSelector"].items() if key.endswith(".$")), name
    for _, state in states(machine):
        for catch in state.get("Catch", ()):
            assert catch["ResultPath"] == "$.failure"
    for name, state in states(machine):
        if state["Type"] == "Pass":
            told = state.get("Parameters", {"Result": state.get("Result")})
            assert "$.failure.Cause" not in json.dumps(told), name
            assert "$.failure" not in told.values(), name


def test_an_agent_without_news_is_skipped(machine: dict[str, Any]) -> None:
    every = dict(states(machine))
    assert every["guard has news?"]["Default"] == "guard confirms"
    assert every["guard confirms"]["Parameters"] == {"agent": "guard", "phase": "revise", "status": "skipped"}


def test_every_task_has_a_timeout_and_retries_with_jitter(machine: dict[str, Any]) -> None:
    for name, state in states(machine):
        if state["Type"] == "Task":
            assert state["TimeoutSeconds"] > 0, name
            for retry in state["Retry"]:
                assert retry["MaxAttempts"] == 0 or retry["JitterStrategy"] == "FULL", name
    for name, state in invoking(machine):
        assert all(retry["MaxAttempts"] <= 2 for retry in state["Retry"][1:]), name


def test_throttled_functions_are_tried_for_longer_than_an_agent_takes(machine: dict[str, Any]) -> None:
    for name, state in invoking(machine):
        throttled, *others = state["Retry"]
        assert throttled["ErrorEquals"] == ["Lambda.TooManyRequestsException"], name
        assert longest_pauses_seconds(throttled) == 2 + 4 + 8 + 3 * 15
        assert not [each for each in others if "Lambda.TooManyRequestsException" in each["ErrorEquals"]], name


def test_a_place_is_taken_before_the_first_step_and_given_back_after_the_last(machine: dict[str, Any]) -> None:
    admit, release = machine["States"]["Admit"], machine["States"]["Release"]
    assert machine["StartAt"] == "Admit"
    assert admit["Next"] == "Frame"
    ends = [name for name, state in machine["States"].items() if state.get("End")]
    assert ends == ["Release"]
    for state in (admit, release):
        assert state["Resource"].endswith(":states:::dynamodb:updateItem")
        assert state["Parameters"]["TableName"] == "runs"
        assert state["Parameters"]["Key"] == {"run_id": {"S": "ADMISSION"}, "record": {"S": "HOLDERS"}}
        assert (state["ResultPath"], state["ResultSelector"]) == ("$.place", {"done": True})


def test_nothing_in_the_machine_is_null(machine: dict[str, Any]) -> None:
    """The CDK drops nulls, and a missing ResultPath throws the state's data away."""
    assert "null" not in json.dumps(machine)


def test_a_run_waits_as_long_as_the_stage_says_and_then_ends_with_its_own_reason(machine: dict[str, Any]) -> None:
    refused, _ = machine["States"]["Admit"]["Retry"]
    assert refused["ErrorEquals"][0] == "DynamoDB.ConditionalCheckFailedException"
    assert refused["BackoffRate"] == 1
    assert refused["MaxAttempts"] * PAUSE_SECONDS <= ADMISSION.waiting_seconds
    assert (refused["MaxAttempts"] + 2) * (PAUSE_SECONDS + 1) > ADMISSION.waiting_seconds
    in_vain, broken = machine["States"]["Admit"]["Catch"]
    assert in_vain["ErrorEquals"] == refused["ErrorEquals"]
    assert machine["States"][in_vain["Next"]]["Parameters"]["failure"] == {"state": "Admit", "error": "NotAdmitted"}
    told = machine["States"][broken["Next"]]["Parameters"]["failure"]
    assert told == {"state": "Admit", "error.$": "$.failure.Error"}


def repetitions(state: dict[str, Any], error: str) -> int:
    """How often Step Functions repeats a task after an error: the first retrier that names it decides."""
    for retry in state["Retry"]:
        if error in retry["ErrorEquals"] or "States.ALL" in retry["ErrorEquals"]:
            return int(retry["MaxAttempts"])
    return 0


DIED = (
    "Lambda.Unknown",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
    "Sandbox.Timedout",
    "Runtime.ExitError",
    "States.Timeout",
    "ProvisionedThroughputExceededException",
    "TransactionCanceledException",
    "ClientError",
    "ConnectTimeoutError",
    "ReadFailed",
    "WriteFailed",
    "AuditContended",
    "EventNotAccepted",
)


@pytest.mark.parametrize("error", DIED)
def test_a_function_that_died_or_a_store_that_hiccuped_is_asked_again(machine: dict[str, Any], error: str) -> None:
    for name, state in invoking(machine):
        step = name in {"Frame", "CollateRecommend", "CollateRevise", "Decide", "Publish"}
        assert repetitions(state, error) >= (2 if step else 1), name


@pytest.mark.parametrize("error", REFUSALS)
def test_what_the_engine_refuses_is_not_asked_again(machine: dict[str, Any], error: str) -> None:
    engine = "".join(path.read_text("utf-8") for path in (ROOT / "layers/conclave/python/conclave").rglob("*.py"))
    assert f"class {error}(" in engine
    assert all(repetitions(state, error) == 0 for _, state in invoking(machine))


def test_all_errors_stand_alone_and_last(machine: dict[str, Any]) -> None:
    """Amazon States Language wants it so."""
    for name, state in states(machine):
        if state["Type"] == "Task":
            assert (
                [each["ErrorEquals"] for each in state["Retry"] if "States.ALL" in each["ErrorEquals"]]
                == [state["Retry"][-1]["ErrorEquals"]]
                == [["States.ALL"]]
            ), name


def test_the_longest_run_counts_every_repetition(machine: dict[str, Any], pack: Pack) -> None:
    slowest = max(agent_task_seconds(agent, pack) for agent in pack.specialists)
    steps = SECONDS["frame"] + 2 * SECONDS["collate"] + SECONDS["decide"] + SECONDS["publish"]
    agents = 2 * (2 * slowest + 1) + 2 * agent_task_seconds(pack.arbiter, pack) + 1
    waits_for_room = 8 * (2 + 4 + 8 + 3 * 15)
    assert longest_run_seconds(pack) == 3 * steps + 5 * 3 + agents + waits_for_room


@pytest.mark.parametrize("step", ["Frame", "CollateRecommend", "CollateRevise"])
def test_a_step_that_fails_leads_to_decide_with_its_name(machine: dict[str, Any], step: str) -> None:
    (catch,) = machine["States"][step]["Catch"]
    failed = machine["States"][catch["Next"]]
    assert failed["Parameters"]["failure"] == {"state": step, "error.$": "$.failure.Error"}
    assert failed["Next"] == "Decide"


def test_whatever_leads_to_decide_brings_all_that_decide_reads(machine: dict[str, Any]) -> None:
    leading = [state for _, state in states(machine) if state.get("Next") == "Decide"]
    assert len(leading) == 7
    wanted = {"run_id", "correlation_id", "fence", "arbiter", "failure"}
    assert all({key.removesuffix(".$") for key in state["Parameters"]} == wanted for state in leading)


def test_every_state_is_reached_and_every_name_is_unique(machine: dict[str, Any]) -> None:
    def targets(state: dict[str, Any]) -> set[str]:
        nested = [*state.get("Choices", ()), *state.get("Catch", ())]
        return {each["Next"] for each in (state, *nested) if "Next" in each} | {state.get("Default", "")} - {""}

    def check(scope: dict[str, Any]) -> None:
        reached = {scope["StartAt"]}.union(*(targets(state) for state in scope["States"].values()))
        assert reached - {""} == set(scope["States"])
        for state in scope["States"].values():
            for branch in state.get("Branches", ()):
                check(branch)

    check(machine)
    names = [name for name, _ in states(machine)]
    assert len(names) == len(set(names))
    assert max(map(len, names)) <= 80


def test_a_pack_that_takes_longer_than_a_run_is_refused(pack: Pack, fresh: Any) -> None:
    slow = structs.replace(pack, time_limits={**pack.time_limits, AgentKind.SAFETY: 800})
    assert longest_run_seconds(pack) <= find_stage("prod").limits.run_seconds
    with pytest.raises(
        RunTooLong, match=r"phases of pack small may take \d+ s, but stage prod ends a run after 1600 s"
    ):
        fresh(find_stage("prod"), slow)


def test_an_agent_gives_up_before_its_function_and_its_function_before_the_machine(prod: Any, pack: Pack) -> None:
    functions = {each["FunctionName"]: each for each in prod.of_type("AWS::Lambda::Function").values()}
    for agent in pack.agents:
        (function,) = [each for name, each in functions.items() if name.endswith(f"agent-{agent.name}")]
        limit = int(function["Environment"]["Variables"]["TIME_LIMIT_SECONDS"])
        assert limit == pack.time_limit(agent) == pack.time_limits[agent.kind]
        assert limit + MARGIN_SECONDS < function["Timeout"] == agent_function_seconds(agent, pack)
        # The first phase of an environment is not part of a function's timeout, and AWS lets it take this long.
        assert function["Timeout"] + COLD_START_SECONDS <= agent_task_seconds(agent, pack)
    assert COLD_START_SECONDS >= 10
    slowest = max(agent_task_seconds(agent, pack) for agent in pack.specialists)
    assert longest_run_seconds(pack) >= 2 * slowest + agent_task_seconds(pack.arbiter, pack)


def test_the_time_limit_of_an_agent_goes_before_that_of_its_kind(pack: Pack, fresh: Any) -> None:
    agents = [structs.replace(each, time_limit=65) if each.name == "guard" else each for each in pack.agents]
    patient = structs.replace(pack, agents=agents)
    function = fresh(find_stage("prod"), patient).function("agent-guard")
    assert function["Environment"]["Variables"]["TIME_LIMIT_SECONDS"] == "65"
    assert function["Timeout"] == agent_function_seconds(patient.agent("guard"), patient) > 65
    assert longest_run_seconds(patient) > longest_run_seconds(pack)
    assert patient.time_limit(patient.agent("cost_watch")) == pack.time_limits[AgentKind.BUSINESS]


def test_the_deployed_machine_logs_no_prompts(prod: Any) -> None:
    machines = {each["StateMachineName"]: each for each in prod.of_type("AWS::StepFunctions::StateMachine").values()}
    assert set(machines) == {"conclave-prod-small", "conclave-prod-small-approvals"}
    for each in machines.values():
        assert each["LoggingConfiguration"]["IncludeExecutionData"] is False
        assert each["TracingConfiguration"] == {"Enabled": True}
    machine = machines["conclave-prod-small"]
    text = "".join(part if isinstance(part, str) else "x" for part in machine["DefinitionString"]["Fn::Join"][1])
    limits = prod.stage.limits
    assert json.loads(text)["TimeoutSeconds"] == limits.waiting_seconds + limits.run_seconds == 5200
