"""``show``, ``watch``, ``trace``, ``logs`` and ``runs``: what was decided, what is being decided, what there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from conclave.codes import INCIDENT_PREFIX, RunStatus

from cli.errors import CliError, ExitCode, outcome
from cli.ports import Api, Document
from cli.screen.format import harmless
from cli.screen.progress import counting, follow, watching, woken
from cli.session import JsonOption, PackOption, Session, StageOption, write_json

if TYPE_CHECKING:
    from cli.screen.view import Places

DEFAULT_TIMEOUT = 300.0
STATUSES = tuple(RunStatus)
MAX_LIMIT = 1000
PAGE = 100
"""Most runs that the API answers at once."""
OFFLINE = "offline policy"
"""The name that the local cloud has for what answers there instead of a model."""

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="Run id, as ask and runs give it.")]
TimeoutOption = Annotated[float, typer.Option("--timeout", min=1, metavar="SECONDS", help="How long to wait at most.")]


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command()(show)
    app.command()(watch)
    app.command()(trace)
    app.command()(logs)
    app.command(name="runs")(list_runs)


def show(
    context: typer.Context,
    run: RunArgument,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a run: the decision, the options, who said what, and what it took."""
    session = Session.of(context, stage, pack, as_json)
    answer(session, session.services.api(session.target).run(run))


def watch(
    context: typer.Context,
    run: RunArgument,
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
    events: Annotated[
        bool, typer.Option("--events", help="Write each event as it is told, instead of the run.")
    ] = False,
    kinds: Annotated[
        str,
        typer.Option(
            "--kinds", metavar="KINDS", help="Events of these kinds: run,phase,agent,tool,text,decision,question."
        ),
    ] = "",
    after: Annotated[int, typer.Option("--after", min=0, metavar="N", help="Events after this ordinal only.")] = 0,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> int:
    """Follow a run until it ends, then show it. Exits with the run's outcome."""
    session = Session.of(context, stage, pack, as_json)
    api = session.services.api(session.target)
    if events or kinds or after:
        return tell(session, api, run, timeout=timeout, kinds=kinds, after=after)
    return wait(session, api, run, timeout=timeout)


def tell(session: Session, api: Api, run_id: str, *, timeout: float, kinds: str, after: int) -> ExitCode:
    """Writes the events of a run as they are told, until it has its outcome or time is over.

    Args:
        session: The command's session.
        api: The API.
        run_id: The run.
        timeout: Seconds to wait at most.
        kinds: The kinds that are wanted, with commas between them; empty for all but texts and questions.
        after: The newest event that was seen before.
    """
    from cli.screen.progress import event_line

    services, seen = session.services, list[Document]()
    wanted = [each.strip() for each in kinds.split(",") if each.strip()]
    heard = services.events(session.target, api, run_id, wanted, after)
    end = services.clock() + timeout
    write = session.err.print if session.as_json else session.out.print
    try:
        while not heard.over and (left := end - services.clock()) > 0:
            for event in heard.next(left):
                seen.append(event)
                write(event_line(harmless(event)), markup=False, highlight=False)
    except KeyboardInterrupt as error:
        raise _stopped(session, run_id) from error
    finally:
        heard.close()
    document = {"run_id": run_id, "events": seen, "over": heard.over}
    if session.as_json:
        write_json(document)
    return ExitCode.OK if heard.over else ExitCode.TIMEOUT


def _stopped(session: Session, run_id: str) -> CliError:
    return CliError(
        "stopped waiting",
        advice=f"the run goes on: conclave watch {run_id}{session.options()}",
        code="interrupted",
        exit_code=ExitCode.INTERRUPTED,
    )


def trace(
    context: typer.Context,
    run: RunArgument,
    otlp: Annotated[
        str,
        typer.Option("--otlp", metavar="URL", help="Send it to an OpenTelemetry collector or viewer (OTLP/HTTP), too."),
    ] = "",
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw where the time, tokens and cost of a run went: its phases, agents, model calls and tools, and its critical path."""
    session = Session.of(context, stage, pack, as_json)
    document = session.services.api(session.target).trace(run)
    if otlp:
        from cli.target.otlp import request_of, send

        send(request_of(document, service=f"conclave-{session.target.stage}-{session.target.pack}"), otlp)

    from cli.screen.waterfall import waterfall_view

    session.emit(document, lambda console: waterfall_view(harmless(document), width=console.width))


def list_runs(
    context: typer.Context,
    status: Annotated[str, typer.Option("--status", help=f"Of all days: one of {', '.join(STATUSES)}.")] = "",
    day: Annotated[str, typer.Option("--day", metavar="DATE", help="UTC day, such as 2026-11-21.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=MAX_LIMIT, help="How many at most.")] = 20,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """List runs, newest first."""
    session = Session.of(context, stage, pack, as_json)
    if status and status not in STATUSES:
        raise CliError(
            f"there is no status {status!r}",
            advice=f"choose one of: {', '.join(STATUSES)}",
            code="status_unknown",
            exit_code=ExitCode.BAD_INPUT,
        )
    if status and day:
        raise CliError(
            "--status and --day do not go together",
            advice="with --status runs of all days are listed",
            code="usage",
            exit_code=ExitCode.BAD_INPUT,
        )
    page = first_runs(session.services.api(session.target), status=status, day=day, limit=limit)

    from cli.screen.view import runs_view

    session.emit(page, lambda console: runs_view(harmless(page), width=console.width, day=day, status=status))


def first_runs(api: Api, *, status: str, limit: int, day: str = "") -> Document:
    """The first runs, from as many pages as it takes; ``next`` is empty where there are no more."""
    page = api.runs(status=status, day=day, limit=min(limit, PAGE))
    found = list(page["runs"])
    while page.get("next") and len(found) < limit:
        page = api.runs(status=status, day=day, limit=min(limit - len(found), PAGE), cursor=str(page["next"]))
        found += page["runs"]
    return {"runs": found, "next": page.get("next")}


def logs(
    context: typer.Context,
    run: RunArgument,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the functions logged about a run, in order."""
    session = Session.of(context, stage, pack, as_json)
    document = session.services.api(session.target).run(run)
    events = session.services.cloud(session.target).events(
        session.target, str(document.get("correlation_id")), str(document.get("created_at") or "")
    )

    from cli.screen.view import events_view

    session.emit({"run_id": run, "events": events}, lambda console: events_view(harmless(events)))


def wait(session: Session, api: Api, run_id: str, *, timeout: float, appears_within: float = 0.0) -> ExitCode:
    """Follows a run to its end, answers it, and gives the exit code of its outcome.

    Args:
        session: The command's session.
        api: The API.
        run_id: The run.
        timeout: Seconds to wait at most.
        appears_within: Seconds in which the run may be unknown yet.
    """
    services = session.services
    heard = services.events(session.target, api, run_id, (), 0)
    try:
        with watching(session.err) as sink:
            run = follow(
                api,
                run_id,
                sink=sink,
                timeout=timeout,
                appears_within=appears_within,
                options=session.options(),
                clock=services.clock,
                sleep=partial(woken, heard, services.sleep),
            )
    except KeyboardInterrupt as error:
        raise _stopped(session, run_id) from error
    finally:
        heard.close()
    reasons = run.get("reasons") or ()
    code = outcome(str(run.get("status")), [str(each.get("code")) for each in reasons])
    if code is ExitCode.BAD_INPUT and not session.as_json:
        raise _unresolved(run, session)
    answer(session, run)
    return code


def _unresolved(run: Document, session: Session) -> CliError:
    """The error for an incident that fits no data: there is nothing to show but what was wrong with it."""
    reason = next(each for each in run["reasons"] if str(each.get("code")).startswith(INCIDENT_PREFIX))
    candidates = ", ".join(map(str, run.get("candidates") or ()))
    return CliError(
        str(reason.get("detail")),
        advice=f"did you mean: {candidates}" if candidates else f"conclave show {run.get('run_id')}{session.options()}",
        code=str(reason.get("code")),
        exit_code=ExitCode.BAD_INPUT,
    )


def answer(session: Session, run: Document) -> None:
    """Shows a run, or writes it as JSON."""
    from cli.screen.view import run_view

    session.emit(run, lambda console: run_view(harmless(run), width=console.width, places=_places(session, run)))


def _places(session: Session, run: Document) -> Places:
    from cli.screen.view import Places

    cloud = session.services.cloud(session.target)
    machine = cloud.outputs(session.target).get("StateMachineArn", "")
    # An execution is named after its run.
    execution = f"{machine.replace(':stateMachine:', ':execution:')}:{run.get('run_id')}" if machine else ""
    return Places(
        execution=str(run.get("execution_arn") or execution),
        options=session.options(),
        models=_models(session),
    )


def _models(session: Session) -> str:
    """A line for a run that no model has seen, so that nobody takes its figures for those of one."""
    if not session.target.is_local or session.services.laptop().status().get("models") != OFFLINE:
        return ""
    return "No model ran: the local cloud's offline policy answered. Tokens are estimates, and nothing was paid."


def traces(session: Session, api: Api, ids: Sequence[str]) -> Iterator[Document]:
    """The traces of runs, one after the other; of many it is told how far it is."""
    with counting(session.err, "runs", len(ids), session.services.clock) as advance:
        for each in ids:
            yield api.trace(each)
            advance(each)
