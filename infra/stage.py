"""The stages. What differs between them stands here, as values; constructs and stacks never ask which one it is."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from conclave import figures
from conclave.configuration.reading import LEAST_SECONDS
from conclave.pack import Pack

from infra.thresholds import Thresholds


class StageUnknown(Exception):
    """There is no stage of that name; the message lists those there are."""


class Contradiction(Exception):
    """The declarations cannot be deployed like that; the message says why."""


class TooManyAtOnce(Contradiction):
    """More runs are let in at once than a function has room for; the message has both numbers."""


class StageUnsuitable(Contradiction):
    """The stage cannot be what is asked of it."""


class Authorisation(StrEnum):
    """Whom the API believes."""

    IAM = "iam"
    """AWS credentials: every request is signed."""
    JWT = "jwt"
    """A token of a Cognito user pool, with scopes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """The runtime of the functions.

    Attributes:
        python: Python version of the functions (``3.14``).
        architecture: ``arm64`` or ``x86_64``.
        wheels: Platform of the layers' wheels as uv names it; empty for the machine that synthesises.
        byte_code: Whether layers carry byte code, for which the machine that bundles needs this Python.
    """

    python: str
    architecture: str
    wheels: str
    byte_code: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """Functions kept warm by provisioned concurrency at certain hours.

    Attributes:
        units: Warm environments per agent function.
        start: Time of day (``HH:MM``) at which they become warm, on weekdays.
        end: Time of day at which they are given back.
        time_zone: IANA name of the zone of both.
    """

    units: int
    start: str
    end: str
    time_zone: str


ON_THE_PATH = ("frame", "run_agent", "collate", "decide", "publish")
"""Verbs of the functions that the phase machine invokes, one per run at a time; ``run_agent`` one per run and agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits at which a stage stops accepting or starts complaining.

    Attributes:
        requests_per_second: Steady rate of the API.
        burst: Requests that may arrive at once.
        incidents_per_second: Steady rate of new incidents, each of which may cost a run.
        requests_per_day: Quota of a client, who has an API key; None where there are neither keys nor quotas.
        requests_per_address: Requests from one IP address within five minutes, after which the firewall refuses; None where
            there is no firewall.
        reserved: Reserved concurrency by verb, taken out of the account's pool (a new account has 10 in all); ``run_agent``
            applies to each agent. A verb that is absent shares the pool.
        runs_at_once: Runs that deliberate at once; the others wait for their turn before the first phase. Each needs room for
            one function per specialist at a time, out of ``reserved`` or the account's pool.
        waiting_seconds: How long a run waits for its turn at most. Pauses are drawn, so that one that waits in vain gives up
            after about half of it, and ends as halted: ``not_admitted``.
        run_seconds: Longest life of a run from its turn on; the machine ends it after that.
        start_seconds: Age up to which a run that was never started still is; an older one is halted, its situation has passed.
        sweep_minutes: How often somebody looks after runs that nobody started, or nobody closed.
        halted_runs: Halted runs within five minutes that raise the alarm.
        degraded_runs: Degraded runs within five minutes that raise the alarm.
        hourly_usd: Model cost within an hour that raises the alarm, US dollars.
        monthly_usd: Budget of the account and month, US dollars.
        slow_seconds: Durations by the name of their metric from which on an operation is logged as slow; those of runs, agents
            and models raise an alarm, too, when one in twenty is as long.
        model_errors: Failed calls of models within five minutes that raise the alarm.
    """

    requests_per_second: int
    burst: int
    incidents_per_second: int
    requests_per_day: int | None
    requests_per_address: int | None
    reserved: Mapping[str, int]
    runs_at_once: int
    waiting_seconds: int
    run_seconds: int
    start_seconds: int
    sweep_minutes: int
    halted_runs: int
    degraded_runs: int
    hourly_usd: float
    monthly_usd: int
    slow_seconds: Mapping[str, float]
    model_errors: int

    def __post_init__(self) -> None:
        """Raises ``TooManyAtOnce`` when runs that are let in together cannot all reach a function."""
        for verb in ON_THE_PATH:
            if self.reserved.get(verb, self.runs_at_once) < self.runs_at_once:
                raise TooManyAtOnce(
                    f"{self.runs_at_once} runs at once, but {verb} has a reserved concurrency of {self.reserved[verb]}; "
                    "raise reserved, or lower runs_at_once"
                )

    @property
    def execution_seconds(self) -> int:
        """Longest life of an execution: waiting and running. After that nothing of it runs."""
        return self.waiting_seconds + self.run_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorLock:
    """The lock that holds the anchors of audits against deletion.

    Attributes:
        mode: ``COMPLIANCE`` (nobody can delete, not even the account's root) or ``GOVERNANCE`` (who may bypass can).
        days: For how long.
    """

    mode: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """The way in which a change of the configuration reaches functions; an alarm meanwhile takes it back.

    Attributes:
        minutes: From the first functions to the last; 0 for all at once.
        percent: Share of the functions that each step adds.
        bake_minutes: How long alarms are watched after the last.
        seen_seconds: So long at most a warm function goes on under settings that were replaced. AppConfig on AWS answers nobody
            sooner than after 15 s; that of the local cloud does.
        tried: Whether the gate tries a change before it is deployed.
    """

    minutes: int
    percent: int
    bake_minutes: int
    seen_seconds: int
    tried: bool = False

    @property
    def watched(self) -> bool:
        """Whether there is any time in which an alarm could take a change back."""
        return self.minutes + self.bake_minutes > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A deployment environment.

    Attributes:
        name: ``local``, ``dev`` or ``prod``.
        runtime: What the functions run on.
        tracing: Whether X-Ray traces are taken.
        retain: Whether stateful resources survive the stack and refuse deletion.
        restorable: Whether tables can be restored to a point in time.
        log_days: Days that logs are kept.
        log_level: Level of the functions' own logs.
        machine_log_level: What the phase machine logs: ``ALL``, ``ERROR``.
        run_ttl_days: Days after which a run's records expire.
        anchor_lock: Object Lock of the anchors of audits.
        warm_up: Schedule of provisioned concurrency; None where cold starts are acceptable.
        limits: Where the stage stops or complains.
        rollout: How a change of the configuration reaches functions.
        on_aws: Whether it runs on AWS. Synthesis then runs the rule packs of cdk-nag, and fails on a finding that is not
            acknowledged.
        authorisation: Whom the API believes.
        user_pool_arn: The user pool of the callers; empty for one of our own. Nothing to a stage that authorises by IAM.
        regulated: Whether functions live in a private network, tables are backed up, and the rule packs of regulations run.
        zones: Availability zones of that network; empty for the first two of the region.
        otlp: Base URL of a collector of OpenTelemetry that functions send their spans to, instead of X-Ray; empty for none.
        inference: Parameters of inference by kind of agent (``safety``, ``business``, ``arbiter``, ``framing``), as settings name
            them: ``{"arbiter": {"effort": "high"}}``. They go before the pack's.
        thresholds: What a change of prompts, models or code is held against.
    """

    name: str
    runtime: Runtime
    tracing: bool
    retain: bool
    restorable: bool
    log_days: int
    log_level: str
    machine_log_level: str
    run_ttl_days: int
    anchor_lock: AnchorLock
    warm_up: WarmUp | None
    limits: Limits
    rollout: Rollout
    on_aws: bool
    authorisation: Authorisation
    user_pool_arn: str = ""
    regulated: bool = False
    zones: tuple[str, ...] = ()
    otlp: str = ""
    inference: Mapping[str, Mapping[str, float | str]] = field(default_factory=dict)
    thresholds: Thresholds = field(default_factory=Thresholds)

    def __post_init__(self) -> None:
        """Raises ``StageUnsuitable`` when functions on AWS would ask AppConfig more often than it answers."""
        if self.on_aws and self.rollout.seen_seconds < LEAST_SECONDS:
            raise StageUnsuitable(
                f"functions of stage {self.name} ask for settings every {self.rollout.seen_seconds} s; AppConfig answers "
                f"every {LEAST_SECONDS} s at most; raise seen_seconds"
            )

    @property
    def pushes(self) -> bool:
        """Whether clients may hold connections. A network without a way out does not lead to those of a public API."""
        return not self.regulated

    @property
    def packaged_settings(self) -> dict[str, dict[str, Any]]:
        """What the stage sets of the settings, under whatever operators set; see ``conclave.configuration``."""
        month = float(self.limits.monthly_usd)
        money = {"month_usd": month, "day_usd": month / DAYS_OF_A_BUDGET}
        models = {kind: {"inference": dict(stated)} for kind, stated in self.inference.items()}
        return {"money": money, **({"models": models} if models else {})}

    def prefix(self, pack: Pack) -> str:
        """The beginning of the name of every deployed resource (``conclave-dev-airline``)."""
        return f"conclave-{self.name}-{pack.name}"

    def budget_topic(self, pack: Pack) -> str:
        """Name of the topic of the budget's notices, apart from that of alarms: who heeds the one must not be told the other."""
        return f"{self.prefix(pack)}-budget"

    def stack(self, pack: Pack, part: str) -> str:
        """Name of a stack (``Conclave-dev-airline-data``)."""
        return f"Conclave-{self.name}-{pack.name}-{part}".replace("_", "-")


DAYS_OF_A_BUDGET = 5
"""A single day may use so much of a month: a fifth."""
_BESIDE = re.compile(r"http://(?:localhost|127\.0\.0\.1)(?::|/|$)")
"""A collector that runs beside the function, in its own environment."""
_USER_POOL = re.compile(r"arn:[\w-]+:cognito-idp:[\w-]+:\d{12}:userpool/[\w-]+")


# Lambda's Python 3.14 stands on Amazon Linux 2023, glibc 2.34; some wheels ask for 2.28.
_AWS = Runtime(python="3.14", architecture="arm64", wheels="aarch64-manylinux_2_28")
_THIS_MACHINE = Runtime(
    python=f"{sys.version_info.major}.{sys.version_info.minor}",
    architecture="arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64",
    wheels="",
)
_RESERVED: Mapping[str, int] = {
    "intake": 50,
    "receive": 20,
    "runs": 50,
    "frame": 20,
    "run_agent": 20,
    "collate": 20,
    "decide": 20,
    "publish": 50,
    "close_run": 10,
    "sweep": 2,
    "review": 1,
    "anchor": 20,
    "consent": 5,
    "erase": 5,
    "heed": 1,
    "hold": 20,
    "settle": 5,
    "approve": 5,
    "feedback": 5,
    "take": 5,
    "fork": 2,
    "gate": 3,
    "tell": 20,
    "converse": 5,
}
"""So that a flood at one function starves no other; with eight agents 504 of the account's pool, for a regulated stage only: AWS
keeps 100 of the pool unreserved, and a new account, with 10 in all, can reserve nothing."""
_SLOW_SECONDS: Mapping[str, float] = {
    figures.RUN_SECONDS.name: 45.0,
    figures.PHASE_SECONDS.name: 30.0,
    figures.AGENT_SECONDS.name: 20.0,
    figures.MODEL_SECONDS.name: 15.0,
    figures.TOOL_SECONDS.name: 2.0,
    figures.START_SECONDS.name: 5.0,
}
"""A run takes 20 to 30 s, an agent has 45 to 90 s, a tool reads in milliseconds."""
_DEV_LIMITS = Limits(
    requests_per_second=10,
    burst=20,
    incidents_per_second=5,
    requests_per_day=5_000,
    requests_per_address=500,
    reserved={},
    runs_at_once=1,
    waiting_seconds=14_400,
    run_seconds=1_600,
    start_seconds=900,
    sweep_minutes=1,
    halted_runs=1,
    degraded_runs=1,
    hourly_usd=5.0,
    monthly_usd=50,
    slow_seconds=_SLOW_SECONDS,
    model_errors=5,
)

STAGES: Mapping[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            name="local",
            runtime=_THIS_MACHINE,
            tracing=False,
            retain=False,
            restorable=False,
            log_days=1,
            log_level="INFO",
            machine_log_level="ERROR",
            run_ttl_days=7,
            anchor_lock=AnchorLock(mode="GOVERNANCE", days=1),
            warm_up=None,
            limits=replace(
                _DEV_LIMITS, requests_per_day=None, requests_per_address=None, runs_at_once=2, waiting_seconds=3600
            ),
            rollout=Rollout(minutes=0, percent=100, bake_minutes=0, seen_seconds=2),
            on_aws=False,
            authorisation=Authorisation.IAM,
        ),
        Stage(
            name="dev",
            runtime=_AWS,
            tracing=True,
            retain=False,
            restorable=True,
            log_days=7,
            log_level="INFO",
            machine_log_level="ALL",
            run_ttl_days=30,
            anchor_lock=AnchorLock(mode="GOVERNANCE", days=30),
            warm_up=None,
            limits=_DEV_LIMITS,
            rollout=Rollout(minutes=0, percent=100, bake_minutes=1, seen_seconds=15),
            on_aws=True,
            authorisation=Authorisation.JWT,
        ),
        Stage(
            name="prod",
            runtime=_AWS,
            tracing=True,
            retain=True,
            restorable=True,
            log_days=365,
            log_level="INFO",
            machine_log_level="ALL",
            run_ttl_days=400,
            anchor_lock=AnchorLock(mode="COMPLIANCE", days=2555),
            warm_up=WarmUp(units=1, start="06:00", end="20:00", time_zone="Etc/UTC"),
            limits=Limits(
                requests_per_second=50,
                burst=100,
                incidents_per_second=20,
                requests_per_day=100_000,
                requests_per_address=2_000,
                reserved={},
                runs_at_once=20,
                waiting_seconds=3_600,
                run_seconds=1_600,
                start_seconds=900,
                sweep_minutes=1,
                halted_runs=1,
                degraded_runs=3,
                hourly_usd=50.0,
                monthly_usd=2000,
                slow_seconds=_SLOW_SECONDS,
                model_errors=20,
            ),
            rollout=Rollout(minutes=10, percent=20, bake_minutes=10, seen_seconds=15, tried=True),
            on_aws=True,
            authorisation=Authorisation.JWT,
            thresholds=Thresholds(demands_proof=True, reviewed=100),
        ),
    )
}


def find_stage(name: str) -> Stage:
    """The stage of that name.

    Raises:
        StageUnknown: When there is none.
    """
    if name not in STAGES:
        raise StageUnknown(f"there is no stage '{name}'; choose one of: {', '.join(STAGES)}")
    return STAGES[name]


def adapted(
    stage: Stage,
    *,
    regulated: bool,
    user_pool_arn: str,
    zones: tuple[str, ...] = (),
    byte_code: bool = True,
    runs_at_once: int | None = None,
    otlp: str = "",
) -> Stage:
    """A stage with what a deployment may ask for on top.

    Args:
        stage: The stage as it is.
        regulated: Whether to harden it for regulated data. Takes concurrency out of the account's pool for every function.
        user_pool_arn: An existing user pool of the callers; empty for none.
        zones: Availability zones of the private network of a regulated stage; empty for the first two of the region.
        byte_code: Whether layers carry byte code.
        runs_at_once: How many runs deliberate at once; None for the stage's own number.
        otlp: Base URL of a collector of OpenTelemetry; empty for none.

    Raises:
        StageUnsuitable: When the stage cannot be that.
        TooManyAtOnce: When more runs are let in than a function has room for.
    """
    if regulated and not stage.on_aws:
        raise StageUnsuitable(f"stage {stage.name} cannot be regulated: it does not run on AWS")
    if user_pool_arn and stage.authorisation is not Authorisation.JWT:
        raise StageUnsuitable(f"stage {stage.name} authorises by {stage.authorisation}: it takes no user pool")
    if user_pool_arn and not _USER_POOL.fullmatch(user_pool_arn):
        raise StageUnsuitable(
            "user_pool_arn is not the ARN of a user pool: arn:aws:cognito-idp:<region>:<account>:userpool/<id>"
        )
    if zones and not regulated:
        raise StageUnsuitable(
            "zones are those of a regulated stage's network; add -c regulated=true or leave zones out"
        )
    if otlp and regulated and not _BESIDE.match(otlp):
        raise StageUnsuitable(
            "the network of a regulated stage leads to no collector; give functions one as an extension, and "
            "write -c otlp=http://localhost:4318"
        )
    runtime = replace(stage.runtime, byte_code=byte_code)
    limits = replace(
        stage.limits,
        reserved=_RESERVED if regulated else stage.limits.reserved,
        runs_at_once=runs_at_once or stage.limits.runs_at_once,
    )
    return replace(
        stage,
        regulated=regulated,
        user_pool_arn=user_pool_arn,
        limits=limits,
        zones=zones,
        runtime=runtime,
        otlp=otlp,
    )
