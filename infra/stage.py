"""The stages. What differs between them stands here, as values; constructs and stacks never ask which one it is."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from conclave.pack import Pack


class StageUnknown(Exception):
    """There is no stage of that name; the message lists those there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What the functions run on.

    Attributes:
        python: Python version of the functions (``3.13``).
        architecture: ``arm64`` or ``x86_64``.
        wheels: Platform of the layers' wheels as uv names it; empty for the machine that synthesises.
    """

    python: str
    architecture: str
    wheels: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where a stage stops accepting or starts complaining.

    Attributes:
        requests_per_second: Steady rate of the API.
        burst: Requests that may arrive at once.
        reserved: Reserved concurrency by verb, taken out of the account's pool (a new account has 10 in all); ``run_agent``
            applies to each agent. A verb that is absent shares the pool.
        run_seconds: Longest life of a run; the machine ends it after that.
        halted_runs: Halted runs within five minutes that raise the alarm.
        degraded_runs: Degraded runs within five minutes that raise the alarm.
        hourly_usd: Model cost within an hour that raises the alarm, US dollars.
        monthly_usd: Budget of the account and month, US dollars.
    """

    requests_per_second: int
    burst: int
    reserved: Mapping[str, int]
    run_seconds: int
    halted_runs: int
    degraded_runs: int
    hourly_usd: float
    monthly_usd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorLock:
    """How the anchors of audits are held against deletion.

    Attributes:
        mode: ``COMPLIANCE`` (nobody can delete, not even the account's root) or ``GOVERNANCE`` (who may bypass can).
        days: For how long.
    """

    mode: str
    days: int


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
        nag: Whether synthesis runs the rule packs of cdk-nag, and fails on a finding that is not acknowledged.
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
    nag: bool

    def prefix(self, pack: Pack) -> str:
        """What the name of every deployed resource begins with (``conclave-dev-airline``)."""
        return f"conclave-{self.name}-{pack.name}"

    def stack(self, pack: Pack, part: str) -> str:
        """Name of a stack (``Conclave-dev-airline-data``)."""
        return f"Conclave-{self.name}-{pack.name}-{part}".replace("_", "-")


# Lambda's Python 3.13 stands on Amazon Linux 2023, glibc 2.34; some wheels ask for 2.28.
_AWS = Runtime(python="3.13", architecture="arm64", wheels="aarch64-manylinux_2_28")
_THIS_MACHINE = Runtime(
    python=f"{sys.version_info.major}.{sys.version_info.minor}",
    architecture="arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64",
    wheels="",
)
_DEV_LIMITS = Limits(
    requests_per_second=10,
    burst=20,
    reserved={},
    run_seconds=600,
    halted_runs=1,
    degraded_runs=1,
    hourly_usd=5.0,
    monthly_usd=50,
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
            limits=_DEV_LIMITS,
            nag=False,
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
            nag=True,
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
                reserved={"intake": 50, "run_agent": 20, "publish": 50},
                run_seconds=600,
                halted_runs=1,
                degraded_runs=3,
                hourly_usd=50.0,
                monthly_usd=2000,
            ),
            nag=True,
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
