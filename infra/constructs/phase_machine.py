"""The phase machine: its definition follows from the pack, so the console draws the domain.

State data stays small: it carries ids, a fence and booleans that validators computed; everything else travels through
the tables. A branch catches its own failure; what that failure means is decided by ``collate``, not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws, Stack
from aws_cdk import aws_stepfunctions as sfn
from conclave.pack import Agent, Pack, Phase
from conclave.records.admission import NOT_ADMITTED
from conclave.results import Framed, Proposed, Route
from constructs import Construct
from msgspec import structs

from infra.constructs.admission import Admission, give_place_back, take_place
from infra.constructs.logs import Logs
from infra.stage import Contradiction, Stage

State = dict[str, Any]

SECONDS: Mapping[str, int] = {"frame": 45, "collate": 20, "decide": 20, "publish": 20, "hold": 20, "settle": 60}
"""Time limits of the engine's own steps; those of the agents come from the pack."""

ANSWER_SECONDS = 10
"""An agent's function has this time beyond the agent's own limit, to write down what it found; its deadline is the limit."""
COLD_START_SECONDS = 10
"""The time of the machine beyond that: the longest first phase of an environment, which counts in no function's timeout."""

_RETRIED_TIMES = 2
_TRANSIENT: State = {
    "ErrorEquals": [
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
    ],
    "IntervalSeconds": 1,
    "MaxAttempts": _RETRIED_TIMES,
    "BackoffRate": 2,
    "JitterStrategy": "FULL",
}
_THROTTLED: State = {
    "ErrorEquals": ["Lambda.TooManyRequestsException"],
    "IntervalSeconds": 2,
    "MaxAttempts": 6,
    "BackoffRate": 2,
    "MaxDelaySeconds": 15,
    "JitterStrategy": "FULL",
}
"""For a function that has no room now. It stands first, since the first retrier that knows an error has it."""
_ANYTHING: State = {**_TRANSIENT, "ErrorEquals": ["States.ALL"]}
"""The engine's own steps may repeat after any error: a function that died or timed out (``Lambda.Unknown``, ``Sandbox.Timedout``,
``States.Timeout``, ``Lambda.ClientExecutionTimeoutException``), a store that throttled. They write once under a fence, so a
repetition answers what the first one wrote."""
_ONCE_MORE: State = {**_ANYTHING, "MaxAttempts": 1}
"""An agent that answers nothing, not even that it failed, is asked once more. A failure that it reports is not an error."""
REFUSALS = (
    "NothingToAsk",
    "NothingToPublish",
    "PlanInvalid",
    "RecordInvalid",
    "RecordMissing",
    "RecordTooLarge",
    "RunNotFound",
    "SettingMissing",
    "StaleFence",
    "UndeclaredRead",
)
_NEVER: State = {"ErrorEquals": list(REFUSALS), "MaxAttempts": 0}
"""Errors in the engine's own words, which would be raised again: no repetition makes it better."""
STEP = [_THROTTLED, _TRANSIENT, _NEVER, _ANYTHING]
_AGENT = [_THROTTLED, _TRANSIENT, _NEVER, _ONCE_MORE]

IDS: State = {"run_id.$": "$.run_id", "correlation_id.$": "$.correlation_id"}


class RunTooLong(Contradiction):
    """The limits of the phases add up to more than the machine's own; the message has both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """The functions that the tasks invoke: ARNs of aliases, and of the agents' functions without one.

    Attributes:
        frame: ``frame``.
        collate: ``collate``.
        decide: ``decide``.
        publish: ``publish``.
        hold: ``hold``, for what people have to act on.
        agents: ``run_agent`` of each agent, by name; which version of it answers is the run's pin.
    """

    frame: str
    collate: str
    decide: str
    publish: str
    hold: str
    agents: Mapping[str, str]


class PhaseMachine(Construct):
    """The state machine.

    Attributes:
        machine: The state machine.
        role: What it may do; grants go here.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        stage: Stage,
        pack: Pack,
        targets: Targets,
        runs_table: str,
        logs: Logs,
    ) -> None:
        """Makes the machine.

        Raises:
            RunTooLong: When the phases may take longer than a run.
        """
        super().__init__(scope, id)
        limits = stage.limits
        needed = longest_run_seconds(pack)
        if needed > limits.run_seconds:
            raise RunTooLong(
                f"the phases of pack {pack.name} may take {needed} s, but stage {stage.name} ends a run after "
                f"{limits.run_seconds} s"
            )
        admission = Admission(
            table=runs_table, runs_at_once=limits.runs_at_once, waiting_seconds=limits.waiting_seconds
        )
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=name,
            comment=pack.title,
            definition_body=sfn.DefinitionBody.from_string(
                Stack.of(self).to_json_string(
                    definition(pack, targets=targets, admission=admission, timeout_seconds=limits.execution_seconds)
                )
            ),
            tracing_enabled=stage.tracing,
            logs=sfn.LogOptions(
                destination=logs.group(self, "Log", name=f"/aws/vendedlogs/states/{name}"),
                level=sfn.LogLevel[stage.machine_log_level],
                include_execution_data=False,
            ),
        )
        self.role = self.machine.role


def longest_run_seconds(pack: Pack) -> int:
    """Seconds a run may take from its turn on: all phases at their limits, with all repetitions and pauses before them.

    An attempt that Lambda did not even begin (``_TRANSIENT``) takes none of its time; waiting for room (``_THROTTLED``) does.
    """
    slowest = max(agent_task_seconds(agent, pack) for agent in pack.specialists)
    agents = 2 * _repeated(slowest, _ONCE_MORE) + _repeated(agent_task_seconds(pack.arbiter, pack), _ONCE_MORE)
    steps = ("frame", "collate", "collate", "decide", "publish")
    tasks_in_a_row = len(steps) + 3
    waits_for_room = tasks_in_a_row * longest_pauses_seconds(_THROTTLED)
    return agents + sum(_repeated(SECONDS[step], _ANYTHING) for step in steps) + waits_for_room


def agent_function_seconds(agent: Agent, pack: Pack) -> int:
    """Timeout of an agent's function: longer than the agent's own limit, so that its answer is typed and written down."""
    return pack.time_limit(agent) + ANSWER_SECONDS


def agent_task_seconds(agent: Agent, pack: Pack) -> int:
    """Seconds that the machine waits for an agent's function, a cold start included. It gives up last."""
    return agent_function_seconds(agent, pack) + COLD_START_SECONDS


def _repeated(seconds: int, retrier: State) -> int:
    """Seconds that a task may take with all repetitions that a retrier grants, and their longest pauses."""
    return seconds * (1 + int(retrier["MaxAttempts"])) + longest_pauses_seconds(retrier)


def longest_pauses_seconds(retrier: State) -> int:
    """Seconds that a retrier waits at most, over all its attempts."""
    longest = retrier.get("MaxDelaySeconds", 60)
    pauses = (retrier["IntervalSeconds"] * retrier["BackoffRate"] ** n for n in range(retrier["MaxAttempts"]))
    return int(sum(min(longest, pause) for pause in pauses))


def definition(pack: Pack, *, targets: Targets, admission: Admission, timeout_seconds: int) -> State:
    """The machine in Amazon States Language (JSONPath).

    Args:
        pack: Its specialists become the branches of two phases, its arbiter the third.
        targets: What the tasks invoke.
        admission: How many runs are let in at once.
        timeout_seconds: Longest life of an execution, waiting included.
    """
    return {
        "Comment": f"{pack.title}: one run, from incident to decision",
        "StartAt": "Admit",
        "TimeoutSeconds": timeout_seconds,
        "States": {
            "Admit": take_place(admission, then="Frame", refused="Not admitted", failed="Admit failed"),
            "Frame": _frame(targets),
            "Framed?": choice(
                {
                    # A fork goes on behind the collation that it took over, which is asked where to.
                    path("frame", Framed, "revised"): "Revised before",
                    path("frame", Framed, "recommended"): "Recommended before",
                    path("frame", Framed, "framed"): "Recommend",
                },
                otherwise="Nothing to arbitrate",
            ),
            "Recommended before": _nobody_asked(then="CollateRecommend"),
            "Revised before": _nobody_asked(then="CollateRevise"),
            "Recommend": _parallel(
                [_recommend(agent, pack, targets) for agent in pack.specialists], "CollateRecommend"
            ),
            "CollateRecommend": _collate(Phase.RECOMMEND, targets, then="Recommended?"),
            "Recommended?": choice(
                {
                    path("collation", Route, "halt"): "Nothing to arbitrate",
                    path("collation", Route, "revise_any"): "Revise",
                    path("collation", Route, "arbitrate"): "Arbitrate",
                },
                otherwise="Nothing to arbitrate",
            ),
            "Revise": _parallel([_revise(agent, pack, targets) for agent in pack.specialists], "CollateRevise"),
            "CollateRevise": _collate(Phase.REVISE, targets, then="Revised?"),
            "Revised?": choice(
                {
                    path("collation", Route, "halt"): "Nothing to arbitrate",
                    path("collation", Route, "arbitrate"): "Arbitrate",
                },
                otherwise="Nothing to arbitrate",
            ),
            **_arbitrate(pack, targets),
            "Nothing to arbitrate": _to_decide(fence={"fence.$": path("frame", Framed, "fence")}),
            "Not admitted": _to_decide(fence={"fence": 0}, failed="Admit", error={"error": NOT_ADMITTED}),
            "Admit failed": _to_decide(fence={"fence": 0}, failed="Admit"),
            "Frame failed": _to_decide(fence={"fence": 0}, failed="Frame"),
            "CollateRecommend failed": _to_decide(
                fence={"fence.$": path("frame", Framed, "fence")}, failed="CollateRecommend"
            ),
            "CollateRevise failed": _to_decide(
                fence={"fence.$": path("frame", Framed, "fence")}, failed="CollateRevise"
            ),
            "Decide": _decide(targets),
            "People?": choice({path("decision", Proposed, "needs_people"): "Hold"}, otherwise="Publish"),
            "Hold": _hold(targets),
            "Publish": _publish(targets),
            "Release": give_place_back(admission),
        },
    }


def _frame(targets: Targets) -> State:
    return {
        **task(
            targets.frame,
            payload={**IDS, "execution_arn.$": "$$.Execution.Id"},
            result=field_names(Framed),
            timeout_seconds=SECONDS["frame"],
        ),
        "Retry": STEP,
        "ResultPath": "$.frame",
        "Catch": _catch("Frame failed"),
        "Next": "Framed?",
    }


def _nobody_asked(*, then: str) -> State:
    """The branches of a phase that another run has behind it: none."""
    return {"Type": "Pass", "Result": [], "ResultPath": "$.branches", "Next": then}


def _recommend(agent: Agent, pack: Pack, targets: Targets) -> State:
    ask = f"recommend {agent.name}"
    return {"StartAt": ask, "States": _ask(agent, Phase.RECOMMEND, pack, targets, name=ask)}


def _revise(agent: Agent, pack: Pack, targets: Targets) -> State:
    ask, first, skipped = f"revise {agent.name}", f"{agent.name} has news?", f"{agent.name} confirms"
    return {
        "StartAt": first,
        "States": {
            first: choice({f"{path('collation', Route, 'revise')}.{agent.name}": ask}, otherwise=skipped),
            skipped: {
                "Type": "Pass",
                "Parameters": {"agent": agent.name, "phase": Phase.REVISE, "status": "skipped"},
                "End": True,
            },
            **_ask(agent, Phase.REVISE, pack, targets, name=ask),
        },
    }


def _ask(agent: Agent, phase: Phase, pack: Pack, targets: Targets, *, name: str) -> dict[str, State]:
    failed = f"{name} failed"
    return {
        name: {**_agent_task(agent, phase, pack, targets), "Catch": _catch(failed), "End": True},
        failed: {**_branch_failed(agent, phase), "End": True},
    }


def _arbitrate(pack: Pack, targets: Targets) -> dict[str, State]:
    return {
        "Arbitrate": {
            **_agent_task(pack.arbiter, Phase.ARBITRATE, pack, targets),
            "ResultPath": "$.arbiter",
            "Catch": _catch("Arbitrate failed"),
            "Next": "Arbitrated",
        },
        "Arbitrate failed": {
            **_branch_failed(pack.arbiter, Phase.ARBITRATE),
            "ResultPath": "$.arbiter",
            "Next": "Arbitrated",
        },
        "Arbitrated": _to_decide(fence={"fence.$": path("frame", Framed, "fence")}, arbiter={"arbiter.$": "$.arbiter"}),
    }


def _agent_task(agent: Agent, phase: Phase, pack: Pack, targets: Targets) -> State:
    return task(
        _Pinned(targets.agents[agent.name], agent.name),
        payload={**IDS, "phase": phase, "fence.$": path("frame", Framed, "fence")},
        result=["status"],
        # Who answered is the machine's to say: a function that was taken over would name somebody else.
        known={"agent": agent.name, "phase": phase},
        timeout_seconds=agent_task_seconds(agent, pack),
    )


def _branch_failed(agent: Agent, phase: Phase) -> State:
    return {
        "Type": "Pass",
        "Parameters": {"agent": agent.name, "phase": phase, "status": "failed", "error.$": "$.failure.Error"},
    }


def _collate(phase: Phase, targets: Targets, *, then: str) -> State:
    return {
        **task(
            targets.collate,
            payload={**IDS, "phase": phase, "fence.$": path("frame", Framed, "fence"), "branches.$": "$.branches"},
            result=field_names(Route),
            timeout_seconds=SECONDS["collate"],
        ),
        "Retry": STEP,
        "ResultPath": "$.collation",
        "Catch": _catch(f"Collate{phase.title()} failed"),
        "Next": then,
    }


def _to_decide(*, fence: State, arbiter: State | None = None, failed: str = "", error: State | None = None) -> State:
    told = error or {"error.$": "$.failure.Error"}
    failure = {"failure": {"state": failed, **told} if failed else {}}
    return {
        "Type": "Pass",
        "Parameters": {**IDS, **fence, **(arbiter or {"arbiter": {}}), **failure},
        "Next": "Decide",
    }


def _decide(targets: Targets) -> State:
    decide = task(
        targets.decide,
        payload={**IDS, "fence.$": "$.fence", "arbiter.$": "$.arbiter", "failure.$": "$.failure"},
        result=field_names(Proposed),
        timeout_seconds=SECONDS["decide"],
    )
    return {**decide, "Retry": STEP, "ResultPath": "$.decision", "Next": "People?"}


def _hold(targets: Targets) -> State:
    """The run is held for people by an execution of its own; this one has done its work."""
    held = task(
        targets.hold,
        payload={**IDS, "fence.$": path("decision", Proposed, "fence")},
        result=["run_id"],
        timeout_seconds=SECONDS["hold"],
    )
    return {**held, "Retry": STEP, "Next": "Release"}


def _publish(targets: Targets) -> State:
    publish = task(
        targets.publish,
        payload={**IDS, "fence.$": path("decision", Proposed, "fence")},
        result=["run_id", "status"],
        timeout_seconds=SECONDS["publish"],
    )
    return {**publish, "Retry": STEP, "Next": "Release"}


def field_names(result: type[Any]) -> list[str]:
    """The names that a step's result has."""
    return [each.name for each in structs.fields(result)]


def path(kept_under: str, result: type[Any], name: str) -> str:
    """Path of a name of a step's result in the state; a name that the result does not have raises ``KeyError``."""
    if name not in field_names(result):
        raise KeyError(name)
    return f"$.{kept_under}.{name}"


@dataclass(frozen=True, slots=True)
class _Pinned:
    """The function of an agent in the version that the run is pinned to.

    Only the version is of the run, and ``frame`` computes it from the stage's rollout; the function stands in the definition.
    """

    arn: str
    agent: str

    @property
    def named(self) -> State:
        version = f"{path('frame', Framed, 'versions')}.{self.agent}"
        return {"FunctionName.$": f"States.Format('{self.arn}:{{}}', {version})"}


def task(
    function: str | _Pinned,
    *,
    payload: State,
    result: list[str],
    timeout_seconds: int,
    known: State | None = None,
) -> State:
    """A task that invokes a function and keeps ``result`` of its answer, beside what is ``known`` without it."""
    named = {"FunctionName": function} if isinstance(function, str) else function.named
    return {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::lambda:invoke",
        "Parameters": {**named, "Payload": payload},
        "ResultSelector": {**(known or {}), **{f"{name}.$": f"$.Payload.{name}" for name in result}},
        "TimeoutSeconds": timeout_seconds,
        "Retry": _AGENT,
    }


def _parallel(branches: list[State], then: str) -> State:
    return {"Type": "Parallel", "Branches": branches, "ResultPath": "$.branches", "Next": then}


def choice(rules: Mapping[str, str], *, otherwise: str) -> State:
    """A choice by paths of booleans: the state that follows the first that is true, or another one."""
    return {
        "Type": "Choice",
        "Choices": [{"Variable": path, "BooleanEquals": True, "Next": target} for path, target in rules.items()],
        "Default": otherwise,
    }


def _catch(target: str) -> list[State]:
    return [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": target}]
