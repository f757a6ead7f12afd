"""The composition root of the command line: the real ports, made when a command asks for them and not before."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cli.errors import CliError, ExitCode
from cli.ports import (
    Alarms,
    Anchors,
    Api,
    Bus,
    Cloud,
    Configuration,
    Events,
    Laptop,
    Machine,
    Pages,
    SampleStore,
    SignIn,
    StageRollouts,
    Target,
)

if TYPE_CHECKING:
    from cli.target.signin.person import Person


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _fresh_key() -> str:
    return uuid.uuid4().hex


def _cloud(target: Target) -> Cloud:
    from cli.target.account import account_for

    return account_for(target)


def _api(target: Target) -> Api:
    return _api_as(target, "", "")


def _api_as(target: Target, person: str, group: str) -> Api:
    from cli.target.account import account_for, advice_for, api_url
    from cli.target.credentials import api_key, credential
    from cli.target.http import HttpApi, PooledHttp
    from cli.target.laptop import forgotten
    from cli.target.people import credentials_of

    account = account_for(target)
    outputs = account.outputs(target)
    credentials = (
        credentials_of(account, target, outputs["TablePrefix"], person, group) if person else account.credentials
    )
    return HttpApi(
        api_url(account, target),
        credential(
            outputs,
            credentials,
            account.region,
            os.environ,
            lambda: _person(target, outputs, "").token(),
            target.options,
        ),
        key=api_key(outputs, os.environ),
        advice=advice_for(target),
        options=target.options,
        forgotten=forgotten() if target.is_local else "",
        http=PooledHttp(),
    )


def _person(target: Target, outputs: Mapping[str, str], pages: str) -> Person:
    """Who signs in at the user pool of a deployment. Loaded where a stage believes tokens, and nowhere else."""
    import typer

    from cli.target.http import PooledHttp
    from cli.target.signin.kept import KeptSignIns
    from cli.target.signin.person import Person, pool_of

    folder = Path(typer.get_app_dir("conclave")) / "sign-ins"
    client_id, options = outputs.get("PeopleClientId", ""), target.options
    pool = partial(pool_of, outputs, pages, options)
    return Person(pool, client_id, KeptSignIns(folder), PooledHttp(), options=options)


def _sign_in(target: Target, pages: str) -> SignIn:
    from cli.target.account import account_for

    return _person(target, account_for(target).outputs(target), pages)


def _events(target: Target, api: Api, run_id: str, kinds: Sequence[str], after: int) -> Events:
    from cli.target.account import account_for, socket_url
    from cli.target.events import RunEvents

    url = socket_url(account_for(target), target)
    return RunEvents(api, url, run_id, kinds=kinds, after=after, clock=time.monotonic, sleep=time.sleep)


def _anchors(target: Target) -> Anchors:
    from cli.target.account import account_for
    from cli.target.audit_export import LockedAnchors

    account = account_for(target)
    outputs = account.outputs(target)
    return LockedAnchors(account.client("s3"), account.client("kms"), outputs["AnchorsBucket"], outputs["AnchorKeyArn"])


def _alarms(target: Target) -> Alarms:
    from cli.target.account import account_for
    from cli.target.alarms import CloudWatchAlarms

    account = account_for(target)
    return CloudWatchAlarms(account.client("cloudwatch"), account.client("sns"))


def _configuration(target: Target) -> Configuration:
    from cli.target.account import account_for, not_deployed
    from cli.target.configuration import AppConfigConfiguration

    account = account_for(target)
    outputs = account.outputs(target)
    if "ConfigurationApplication" not in outputs:
        raise CliError(
            "what is deployed has no configuration yet",
            advice=f"deploy this release: {not_deployed(target).advice}",
            code="not_deployed",
            exit_code=ExitCode.UNREACHABLE,
        )
    return AppConfigConfiguration(account, outputs)


def _rollouts(target: Target) -> StageRollouts:
    from cli.target.account import account_for
    from cli.target.rollout.stage_rollout import StageRollout

    account = account_for(target)
    return StageRollout(account, account.outputs(target), target)


def _bus(target: Target) -> Bus:
    from cli.target.account import account_for
    from cli.target.http import EventBus

    account = account_for(target)
    return EventBus(account.client("events"), account.outputs(target)["EventBusName"])


def _store(target: Target) -> SampleStore:
    from conclave.pack import load_pack

    from cli.target.account import account_for
    from cli.target.tables import DynamoSampleStore

    account = account_for(target)
    prefix = account.outputs(target)["TablePrefix"]
    return DynamoSampleStore(account.client("dynamodb"), prefix, load_pack(target.pack).tables)


def _indexes(target: Target) -> list[str]:
    from conclave.pack import load_pack

    from cli.target.account import account_for
    from cli.target.indexes import refused
    from infra.tables import OF_THE_ENGINE

    declared = [*OF_THE_ENGINE, *load_pack(target.pack).tables]
    prefix = f"conclave-{target.stage}-{target.pack}-"
    return refused(declared, prefix=prefix, dynamodb=account_for(target).client("dynamodb"))


def _browse(url: str) -> bool:
    import webbrowser

    return webbrowser.open(url)


def _pages(target: Target) -> Pages:
    from cli.checkout import ROOT
    from cli.target.account import account_for
    from cli.target.pages import StagePages

    return StagePages(account_for(target), ROOT / "console" / "dist")


def _laptop() -> Laptop:
    from cli.target.laptop import LocalLaptop

    return LocalLaptop()


def _machine() -> Machine:
    from cli.target.machine import ThisMachine

    return ThisMachine()


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Ports by name. A test replaces those it needs.

    Attributes:
        api: The HTTP API of a target.
        api_as: The same for a person in a group of people, by their names, on the local cloud.
        events: The events of a run, of some kinds, after an ordinal.
        anchors: The anchors of a target's audits.
        alarms: The alarms of a target's account.
        bus: The event bus of a target.
        configuration: What operators may change of a target at run time.
        rollouts: The rollout of new versions of a target's agents.
        cloud: What is deployed for a target.
        store: The pack's tables of a target.
        indexes: Changes of a target's indexes that DynamoDB would refuse, a line for each table.
        laptop: The local cloud.
        machine: The machine that ``doctor`` looks at.
        pages: The console's page on a target's stage.
        sign_in: Signs the person at this machine in and out at a target's user pool, whose pages' URL may be given.
        browse: Opens a URL in the person's browser; says whether one could be started.
        clock: Monotonic seconds.
        sleep: Waits for seconds.
        now: The time, in UTC.
        fresh_key: A new idempotency key.
    """

    api: Callable[[Target], Api] = _api
    api_as: Callable[[Target, str, str], Api] = _api_as
    events: Callable[[Target, Api, str, Sequence[str], int], Events] = _events
    anchors: Callable[[Target], Anchors] = _anchors
    alarms: Callable[[Target], Alarms] = _alarms
    bus: Callable[[Target], Bus] = _bus
    configuration: Callable[[Target], Configuration] = _configuration
    rollouts: Callable[[Target], StageRollouts] = _rollouts
    cloud: Callable[[Target], Cloud] = _cloud
    store: Callable[[Target], SampleStore] = _store
    indexes: Callable[[Target], list[str]] = _indexes
    laptop: Callable[[], Laptop] = _laptop
    machine: Callable[[], Machine] = _machine
    pages: Callable[[Target], Pages] = _pages
    sign_in: Callable[[Target, str], SignIn] = _sign_in
    browse: Callable[[str], bool] = _browse
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = _utc_now
    fresh_key: Callable[[], str] = _fresh_key
