"""``POST /v1/runs/{id}/forks``: a run that goes on from a phase of another one, with changes, and decides for nobody."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from msgspec import structs

from conclave.api.forking.asked import ForkAsked, ForkRefused, fork_for
from conclave.api.intake import DERIVED, Accepted, run_id_for
from conclave.audit.canonical import canonical, sha256
from conclave.audit.chain import Act
from conclave.clock import Clock, timestamp
from conclave.codec import plain
from conclave.codes import RequestCode
from conclave.configuration.settings import Settings
from conclave.money.budget import Level, level_of
from conclave.money.spending import Spending, Standing, periods_of, standing
from conclave.pack import Pack
from conclave.records.manifest import fork_of
from conclave.records.run_records import RunRecords, records_of
from conclave.records.runs import Amendment, Run, RunExpired, RunNotFound, RunStore, StaleFence, TextState
from conclave.steps.executions import Machine, start
from conclave.steps.publish import Bus, announced
from conclave.types import Collation, Fork, Phase, RunStatus

EVENT = "RunForked"
ENTERED = "fork_entered"
"""Event of the entry in the audit of a parent."""
MOST_FORKS = 50
"""Of one run: whoever erases it has to erase each of them."""
ATTEMPTS = 5

_SPENT = "what may be spent today or this month is nearly spent, and what is left is for incidents; fork it later"


def fork_run(
    run_id: str,
    asked: ForkAsked,
    *,
    by: str,
    source: str,
    correlation_id: str,
    pack: Pack,
    runs: RunStore,
    machine: Machine,
    bus: Bus,
    spending: Spending,
    clock: Clock,
    in_force: Settings,
    packaged: Mapping[str, Any],
    tiers: Mapping[str, str],
    stage: str,
    name: str = "",
) -> Accepted:
    """Forks a run, once for the same request: stores the fork, has the audit of the parent say so, starts its execution.

    Whoever dies in between is resumed by the next call. A fork that its parent does not name takes nothing over.

    Args:
        run_id: The run that is forked.
        asked: What is asked for.
        by: The person who asks, see ``conclave.api.callers.person_of``.
        source: The same as the audit of runs names callers.
        correlation_id: Goes along with the fork.
        pack: Today's pack.
        runs: The runs.
        machine: The phase machine.
        bus: Is told, so that the new end of the parent's audit is anchored.
        spending: What all runs have spent.
        clock: The time.
        in_force: The settings of the stage now.
        packaged: What the stage brings of the settings.
        tiers: Model id by tier.
        stage: Name of the stage.
        name: Id of the fork, for who has ids of its own; empty for the one that follows from what is asked for.

    Raises:
        ForkRefused: The run cannot be forked so, or not now.
        RunNotFound: There is no such run.
    """
    records = records_of(run_id, runs, pack)
    require_forkable(records, pack, asked.start)
    fork = fork_for(asked, records, pack, by=by, in_force=in_force, packaged=packaged, tiers=tiers)
    key = asked.idempotency_key or f"{DERIVED}{_content(fork)}"
    name = name or run_id_for(stage, pack.name, f"{DERIVED}fork|{run_id}|{key}")
    now = timestamp(clock())
    run = Run(
        run_id=name,
        status=RunStatus.RUNNING,
        pack=pack.name,
        created_at=now,
        updated_at=now,
        correlation_id=correlation_id,
        text="",
        source=source,
        asked_by=by,
        expires_at=records.run.expires_at,  # not after its parent: whoever erases that has to find it
        fork=plain(fork),
    )
    known = _known(runs, name)
    if known is None:
        _require_money(spending, in_force, now)
        _require_room(records.run)
    created = known is None and _created(runs, run)
    run = run if created else runs.get(name)
    there = fork_of(run)
    if there is None or _content(there) != _content(fork):
        detail = "another fork was asked for under this idempotency key; send a key of its own"
        raise ForkRefused(RequestCode.IDEMPOTENCY_KEY_REUSED, detail, HTTPStatus.CONFLICT)
    if run.status is RunStatus.RUNNING:
        _enter(records.run, run, there, runs, bus, now)
        start(run, machine)
    return Accepted(run_id=name, duplicate=not created, own_key=bool(asked.idempotency_key))


def _content(fork: Fork) -> str:
    """Hash of what is asked for, whoever asks, and whatever was added to the parent's audit meanwhile."""
    # In canonical form, since a store gives 1 back for 1.0. Settings differ by what is configured, and by money of the day.
    return sha256(canonical(structs.replace(fork, by="", head="", settings=None)))


def _known(runs: RunStore, name: str) -> Run | None:
    try:
        return runs.get(name)
    except RunNotFound:
        return None


def _created(runs: RunStore, run: Run) -> bool:
    try:
        return runs.create(run)
    except RunExpired as error:
        detail = "the fork of this idempotency key has expired, only its audit is left; send a key of its own"
        raise ForkRefused(RequestCode.IDEMPOTENCY_KEY_SPENT, detail, HTTPStatus.GONE) from error


def require_forkable(records: RunRecords, pack: Pack, start: Phase) -> None:
    """Raises ``ForkRefused`` where a run cannot be forked from a phase, whoever asks and with whatever changes."""
    run, manifest, frame = records.run, records.manifest, records.frame
    if run.status.open:
        raise _impossible("the run has no outcome yet; fork it when it has")
    if run.texts is not TextState.KEPT:
        raise _impossible("the texts of the run are erased, so no agent could read what its agents read")
    if frame is None or frame.manifest is None:
        raise _impossible("the run was never framed, so there is nothing to take over")
    todays = (
        [(each.name, each.kind) for each in pack.agents],
        [(each.name, each.type.__name__) for each in pack.fields],
    )
    then = ([(each.name, each.kind) for each in manifest.agents], [(each.name, each.type) for each in manifest.fields])
    if then != todays or [each.name for each in manifest.dimensions] != [each.name for each in pack.dimensions]:
        raise _impossible(
            "the pack has other agents, fields or dimensions by now than the run; report the incident again"
        )
    if start is not Phase.RECOMMEND:
        _require_collated(records.collations, start)


def _require_collated(collations: Mapping[Phase, Collation], start: Phase) -> None:
    """Raises ``ForkRefused`` where a fork would end where its parent did, before anybody is asked."""
    taken = collations.get(Phase.RECOMMEND)
    if start is Phase.ARBITRATE:
        taken = collations.get(Phase.REVISE, taken)
    if taken is None:
        raise _impossible(f"the run never came to {start.value}; fork it from recommend")
    if taken.halts:
        raise _impossible(f"safety agents halted the run before {start.value}; fork it from recommend")


def _impossible(message: str) -> ForkRefused:
    return ForkRefused(RequestCode.FORK_IMPOSSIBLE, message, HTTPStatus.CONFLICT)


def _require_money(spending: Spending, in_force: Settings, now: str) -> None:
    """Raises ``ForkRefused`` where new runs are frugal or none begins: a fork can wait, an incident cannot."""
    money = in_force.money
    found = standing(
        spending.spent(periods_of(now)),
        now,
        day_usd=money.day_usd,
        month_usd=money.month_usd,
        economy_from=money.economy_from,
    )
    if found is not Standing.OPEN or level_of(money.budget, money.budget_month, now) is not Level.NORMAL:
        raise ForkRefused(RequestCode.MONEY_SPENT, _SPENT, HTTPStatus.SERVICE_UNAVAILABLE)


def _require_room(parent: Run) -> None:
    if len(parent.forks) >= MOST_FORKS:
        detail = f"the run was forked {MOST_FORKS} times, as often as it can be; fork one of its forks"
        raise ForkRefused(RequestCode.FORKS_SPENT, detail, HTTPStatus.CONFLICT)


def _enter(parent: Run, run: Run, fork: Fork, runs: RunStore, bus: Bus, now: str) -> None:
    """Has the head and the audit of the parent name the fork, once, and has its new end anchored."""
    for _ in range(ATTEMPTS):
        if run.run_id in parent.forks:
            return
        _require_room(parent)
        body = {"fork": run.run_id, "from": fork.start.value, "by": fork.by}
        amendment = Amendment(
            run_id=parent.run_id,
            expected=TextState.KEPT,
            texts=TextState.KEPT,
            changes={"forks": {**parent.forks, run.run_id: now}},
            records={},
            act=Act(event=ENTERED, at=now, body=body),
            end=parent.head,
        )
        try:
            runs.amend(amendment)
        except StaleFence:
            parent = runs.get(parent.run_id)
            if parent.texts is not TextState.KEPT:
                raise _impossible("the texts of the run were erased just now") from None
            continue
        bus.send(EVENT, {**announced(runs.get(parent.run_id)), "forked_at": now})
        return
    raise ForkRefused(
        RequestCode.RUN_OVER, "others keep writing about the run; send it again, it forks once", HTTPStatus.CONFLICT
    )
