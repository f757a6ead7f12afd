"""``profile``: where the time and money of a run went, or of all runs of a day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from cli.commands.runs import PAGE, traces
from cli.errors import CliError, ExitCode
from cli.ports import Api
from cli.screen.format import harmless
from cli.session import JsonOption, PackOption, Session, StageOption


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command()(profile)


def profile(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="[RUN]", help="Run id, as ask and runs give it.")] = "",
    day: Annotated[str, typer.Option("--day", metavar="DATE", help="All runs of a UTC day, such as 2026-11-21.")] = "",
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add up where time, tokens and cost went, by phase, agent, model and tool; say what was slow, and what stands out."""
    session = Session.of(context, stage, pack, as_json)
    if bool(run) == bool(day):
        raise CliError(
            "profile wants a run or a day",
            advice="conclave profile RUN, or conclave profile --day 2026-11-21",
            code="usage",
            exit_code=ExitCode.BAD_INPUT,
        )
    api = session.services.api(session.target)

    from cli.screen.profile import profile_of, profile_view
    from infra.stage import STAGES

    known = STAGES.get(session.target.stage)
    slow = known.limits.slow_seconds if known else {}
    document = profile_of(traces(session, api, [run] if run else list(_ids_of(day, api))), slow)
    session.emit(document, lambda console: profile_view(harmless(document)))


def _ids_of(day: str, api: Api) -> Iterator[str]:
    cursor = ""
    while True:
        page = api.runs(day=day, limit=PAGE, cursor=cursor)
        for each in page["runs"]:
            yield str(each["run_id"])
        cursor = str(page.get("next") or "")
        if not cursor:
            return
