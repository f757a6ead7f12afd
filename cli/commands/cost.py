"""``cost``: what a run cost, or the newest runs of a day, and what could cost less."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from cli.commands.runs import PAGE, traces
from cli.errors import CliError, ExitCode
from cli.screen.format import harmless
from cli.session import JsonOption, PackOption, Session, StageOption

WAYS = ("agent", "phase", "model", "run", "day", "call")


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command()(cost)


def cost(
    context: typer.Context,
    run: Annotated[
        str, typer.Argument(metavar="[RUN]", help="Run id; without one the newest runs of today (UTC).")
    ] = "",
    by: Annotated[str, typer.Option("--by", metavar="WAY", help=f"One of {', '.join(WAYS)}.")] = "agent",
    day: Annotated[
        str, typer.Option("--day", metavar="DATE", help="The newest runs of another UTC day, such as 2026-11-21.")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=PAGE, help="How many runs at most.")] = 20,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add up what runs cost, by agent, phase, model, run, day or call; say what their records show to be spent for nothing."""
    session = Session.of(context, stage, pack, as_json)
    if by not in WAYS:
        raise CliError(
            f"there is no way {by!r} to add up costs",
            advice=f"choose one of: {', '.join(WAYS)}",
            code="usage",
            exit_code=ExitCode.BAD_INPUT,
        )
    if run and day:
        raise CliError(
            "cost takes a run or a day, not both",
            advice="conclave cost RUN, or conclave cost --day 2026-11-21",
            code="usage",
            exit_code=ExitCode.BAD_INPUT,
        )
    api = session.services.api(session.target)
    page = {"runs": [{"run_id": run}]} if run else api.runs(day=day, limit=limit)
    ids = [str(each["run_id"]) for each in page["runs"]]

    from conclave.figures import TOOL_SECONDS

    from cli.screen.costs import costs_of, costs_view
    from infra.stage import STAGES

    known = STAGES.get(session.target.stage)
    slow = known.limits.slow_seconds[TOOL_SECONDS.name] if known else math.inf
    document = {**costs_of(traces(session, api, ids), by, slow), "more": bool(page.get("next"))}
    session.emit(document, lambda console: costs_view(harmless(document)))
