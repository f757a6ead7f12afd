"""The part of an account's Lambda concurrency that a stage needs, and the check that an account has it.

Numbers of AWS: Lambda keeps 100 of the account's pool unreserved, so reserved and provisioned concurrency come out of what is
above that; a new account may have as little as 10 in all (Lambda developer guide, *Configuring reserved concurrency*, *Quotas*).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conclave.pack import Pack

from infra.stage import ON_THE_PATH, Limits, Stage

QUOTA = "L-B99A9384"
"""Code of the quota "Concurrent executions" in Service Quotas."""
KEPT_UNRESERVED = 100
_BESIDE = ("intake", "runs", "anchor")
"""Functions that work beside a run: a report comes in, somebody looks, a decision is anchored."""

_KEPT_WARM = ("intake", "receive", "frame", "collate", "decide", "publish")
"""Beside the agents, on a stage that keeps functions warm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The share that a stage takes of the account's concurrency.

    Attributes:
        reserved: Reserved by its functions, so that nobody else has it.
        warm: Provisioned out of the unreserved pool, while functions are kept warm. What a function has provisioned counts in its
            own reservation where it has one.
        shared: Needed of the unreserved pool while as many runs deliberate as are let in.
        per_run: What each of these runs takes of the pool at most at a time.
    """

    reserved: int
    warm: int
    shared: int
    per_run: int


def needed(stage: Stage, pack: Pack) -> Need:
    """The concurrency that a stage of a pack needs."""
    limits = stage.limits
    functions = dict.fromkeys(limits.reserved, 1) | {"run_agent": len(pack.agents)}
    pooled = [_at_once(verb, pack) for verb in ON_THE_PATH if verb not in limits.reserved]
    per_run = max(pooled, default=0)
    beside = sum(verb not in limits.reserved for verb in _BESIDE)
    kept_warm = sum(verb not in limits.reserved for verb in (*_KEPT_WARM, *["run_agent"] * len(pack.agents)))
    return Need(
        reserved=sum(each * functions[verb] for verb, each in limits.reserved.items()),
        warm=stage.warm_up.units * kept_warm if stage.warm_up else 0,
        shared=beside + limits.runs_at_once * per_run,
        per_run=per_run,
    )


def _at_once(verb: str, pack: Pack) -> int:
    """Number of functions of a verb that one run invokes at the same time."""
    return len(pack.specialists) if verb == "run_agent" else 1


def shortage(need: Need, limits: Limits, *, total: int, unreserved: int, deployed: bool) -> str:
    """The advice about an account that has too little for a stage; empty when it has enough.

    Args:
        need: What the stage needs.
        limits: Those of the stage.
        total: The account's concurrent executions.
        unreserved: Those that no function has reserved.
        deployed: Whether the stage is deployed, so that its reservations are taken already.
    """
    free = unreserved if deployed else unreserved - need.reserved
    taken = need.reserved or need.warm
    floor = max(need.shared, KEPT_UNRESERVED + need.warm if taken else 0)
    if free >= floor:
        return ""
    ask = f"ask Service Quotas for {total + floor - free} concurrent executions of AWS Lambda ({QUOTA})"
    if need.reserved or not need.per_run:
        return ask
    fitting = (free - (need.shared - limits.runs_at_once * need.per_run)) // need.per_run
    fewer = f"; until then deploy with -c runs_at_once={fitting}" if 1 <= fitting < limits.runs_at_once else ""
    cold = "; until then nothing is kept warm" if need.warm and free < KEPT_UNRESERVED + need.warm else ""
    return f"{ask}{fewer}{cold}"


def need_in_one_line(need: Need, limits: Limits, account: Mapping[str, int]) -> str:
    """Account and need in one line."""
    parts = [f"the account has {account['total']} concurrent executions, {account['unreserved']} unreserved"]
    if need.reserved:
        parts.append(f"functions reserve {need.reserved}")
    if need.warm:
        parts.append(f"{need.warm} are kept warm")
    parts.append(f"{limits.runs_at_once} runs at once need {need.shared}")
    return "; ".join(parts)
