"""``doctor``: what is missing on this machine, and how to get it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import CliError, ExitCode
from cli.ports import Machine
from cli.screen.format import one_line
from cli.session import JsonOption, PackOption, Session, StageOption

if TYPE_CHECKING:
    from rich.console import RenderableType

    from infra.stage import Stage

OLDEST_PYTHON = (3, 11)
LAMBDA_PYTHON = (3, 14)
OLDEST_NODE = 22
DISK_BYTES = 2 * 10**9
"""The environment, the layers and the local cloud's files take about half of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at. ``advice`` says how to get it, or what follows from it being as it is."""

    name: str
    ok: bool
    found: str
    advice: str = ""


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command()(doctor)


def doctor(
    context: typer.Context,
    stage: StageOption = None,
    pack: PackOption = None,
    regulated: Annotated[bool, typer.Option("--regulated", help="For a deployment with -c regulated=true.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Check this machine for everything that the local cloud and a deployment need.

    With a stage in AWS, also whether its indexes can be changed, its deployment be found, and the account has the concurrency.
    """
    session = Session.of(context, stage, pack, as_json)
    wanted = _stage(session, regulated=regulated)
    checks = list(examine(session.services.machine()))
    if wanted.on_aws:
        checks += [_indexes(session), _deployment(session), _concurrency(session, wanted)]
    else:
        checks.append(Check(name="concurrency", ok=True, found="the local cloud has no account, so no quota"))
    ok = all(check.ok for check in checks)
    session.emit({"ok": ok, "checks": [asdict(check) for check in checks]}, lambda console: _view(checks))
    return ExitCode.OK if ok else ExitCode.SETUP


def examine(machine: Machine) -> Iterator[Check]:
    """Looks at everything, in the order in which it is needed."""
    yield _python(machine)
    yield _tool(machine, "uv")
    yield _node(machine)
    yield _tool(machine, "cdk")
    missing = machine.missing_packages()
    yield Check(
        name="packages",
        ok=not missing,
        found=f"missing: {', '.join(missing)}" if missing else "complete",
        advice="make setup" if missing else "",
    )
    for port, state in machine.ports().items():
        yield Check(
            name=f"port {port}",
            ok=state != "taken",
            found={"ours": "the local cloud", "taken": "used by another program"}.get(state, state),
            advice="stop that program, or set CONCLAVE_PORT and CONCLAVE_BEDROCK_PORT" if state == "taken" else "",
        )
    free = machine.free_bytes()
    yield Check(
        name="disk",
        ok=free >= DISK_BYTES,
        found=f"{free / 10**9:.1f} GB free",
        advice=f"free at least {DISK_BYTES / 10**9:.0f} GB" if free < DISK_BYTES else "",
    )


def _deployment(session: Session) -> Check:
    name = session.target.stack("engine")
    try:
        session.services.cloud(session.target).outputs(session.target)
    except CliError as error:
        return Check(name=name, ok=False, found=str(error))
    return Check(name=name, ok=True, found="deployed")


def _stage(session: Session, *, regulated: bool) -> Stage:
    from infra.stage import Contradiction, adapted, find_stage

    try:
        return adapted(find_stage(session.target.stage), regulated=regulated, user_pool_arn="")
    except Contradiction as error:
        raise CliError(str(error), code="stage_unknown", exit_code=ExitCode.BAD_INPUT) from error


def _concurrency(session: Session, stage: Stage) -> Check:
    """A check that the account has the concurrency of Lambda that the stage needs, as it is or would be deployed."""
    from infra.concurrency import need_in_one_line, needed, shortage
    from infra.stage import adapted

    cloud = session.services.cloud(session.target)
    try:
        account = cloud.concurrency()
    except CliError as error:
        return Check(name="concurrency", ok=False, found=str(error))
    try:
        outputs = cloud.outputs(session.target)
    except CliError:
        outputs = {}
    runs_at_once = int(outputs["RunsAtOnce"]) if "RunsAtOnce" in outputs else None
    as_deployed = adapted(stage, regulated=stage.regulated, user_pool_arn="", runs_at_once=runs_at_once)
    need = needed(as_deployed, session.pack())
    advice = shortage(need, as_deployed.limits, **account, deployed=bool(outputs))
    return Check(
        name="concurrency", ok=not advice, found=need_in_one_line(need, as_deployed.limits, account), advice=advice
    )


def _indexes(session: Session) -> Check:
    """A check that the declared indexes can be deployed over those there are."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        conflicts = session.services.indexes(session.target)
    except (CliError, BotoCoreError, ClientError) as error:
        return Check(
            name="indexes", ok=False, found=one_line(str(error)), advice="dynamodb:DescribeTable on the tables"
        )
    return Check(name="indexes", ok=not conflicts, found="; ".join(conflicts) or "can be deployed")


def _python(machine: Machine) -> Check:
    version = machine.python()
    ok = version >= OLDEST_PYTHON
    advice = "" if ok else "install Python 3.14, then make setup"
    if ok and version[:2] != LAMBDA_PYTHON:
        advice = "fine locally; Lambda runs 3.14"
    return Check(name="python", ok=ok, found=".".join(map(str, version)), advice=advice)


def _tool(machine: Machine, name: str) -> Check:
    version = machine.version(name)
    return Check(name=name, ok=bool(version), found=version or "missing", advice="" if version else "make setup")


def _node(machine: Machine) -> Check:
    version = machine.version("node")
    major = version.partition(".")[0]
    ok = major.isdigit() and int(major) >= OLDEST_NODE
    return Check(name="node", ok=ok, found=version or "missing", advice="" if ok else "make setup brings Node 24")


def _view(checks: list[Check]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for check in checks:
        mark = Text("ok", style="green") if check.ok else Text("not ok", style="bold red")
        table.add_row(mark, check.name, check.found, Text(check.advice, style="dim" if check.ok else ""))
    return table
