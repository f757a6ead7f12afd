"""``approvals``, ``approve``, ``refuse``, ``override`` and ``feedback``: what people do about decisions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import typer
from conclave.codes import RunStatus
from conclave.untrusted.limits import LESSON_CHARACTERS, MOST_ACTUAL, REASON_CHARACTERS

from cli.commands.people.acts import check_reason
from cli.commands.runs import first_runs
from cli.errors import CliError, ExitCode
from cli.ports import Api, Document
from cli.screen.format import harmless, one_line
from cli.screen.progress import counting
from cli.session import JsonOption, PackOption, Session, StageOption

MOST_RUNS = 100
ASKED_AT_ONCE = 4
"""Few: the API of a small stage throttles (``infra.stage``), and what it refuses is asked again after a pause."""

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="Run id, as approvals gives it.")]
ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help=f"Why, in 1 to {REASON_CHARACTERS} characters.")
]
SeenOption = Annotated[
    str,
    typer.Option(
        "--seen", metavar="HASH", help="Hash of what you saw of the option; default: as the run shows it now."
    ),
]
AsOption = Annotated[str, typer.Option("--as", metavar="NAME", help="On the local cloud: the person who acts.")]
GroupOption = Annotated[
    str, typer.Option("--group", metavar="GROUP", help="The group of that person; default: the first that is asked.")
]


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    for command in (approvals, approve, refuse, override, feedback):
        app.command()(command)


def approvals(
    context: typer.Context, stage: StageOption = None, pack: PackOption = None, as_json: JsonOption = False
) -> None:
    """List the runs that wait for people: what was decided, who may act, and until when."""
    session = Session.of(context, stage, pack, as_json)
    api = session.services.api(session.target)
    page = first_runs(api, status=RunStatus.AWAITING_APPROVAL.value, limit=MOST_RUNS)
    rows = _rows(session, api, [str(each["run_id"]) for each in page["runs"]])
    waiting = [each for each in rows if each["approval"]]
    lines = [*_told(waiting)] or ["nobody is asked about any run"]
    if page["next"]:
        lines.append(f"more than {MOST_RUNS} runs wait; these are the newest")
    session.emit({"runs": waiting, "next": page["next"]}, lambda console: harmless("\n".join(lines)))


def _rows(session: Session, api: Api, run_ids: Sequence[str]) -> list[Document]:
    """What is asked about each run, in their order: lists of runs do not say it. Several are asked at once, with progress."""
    with (
        ThreadPoolExecutor(ASKED_AT_ONCE) as pool,
        counting(session.err, "runs", len(run_ids), session.services.clock) as done,
    ):
        asked = [pool.submit(api.run, each) for each in run_ids]
        rows = []
        try:
            for run_id, each in zip(run_ids, asked, strict=True):
                rows.append(_row(each.result()))
                done(run_id)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return rows


def _row(run: Document) -> Document:
    names = ("run_id", "status", "summary", "reasons", "approval")
    return {name: run.get(name) for name in names}


def _told(rows: Sequence[Document]) -> Iterator[str]:
    for each in rows:
        asked = each["approval"]
        groups = ", ".join(asked["groups"])
        yield f"{each['run_id']}  {asked['option_id']}  {groups} until {asked['deadline']}  {each['summary']}"


def approve(
    context: typer.Context,
    run: RunArgument,
    reason: ReasonOption,
    seen: SeenOption = "",
    person: AsOption = "",
    group: GroupOption = "",
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Approve what was decided. It is checked again with the data as they are then, before it is published."""
    session = Session.of(context, stage, pack, as_json)
    _act(session, run, "approve", "", reason, seen, person, group)


def refuse(
    context: typer.Context,
    run: RunArgument,
    reason: ReasonOption,
    seen: SeenOption = "",
    person: AsOption = "",
    group: GroupOption = "",
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Refuse what was decided: the run ends without a decision, and a person takes over."""
    session = Session.of(context, stage, pack, as_json)
    _act(session, run, "refuse", "", reason, seen, person, group)


def override(
    context: typer.Context,
    run: RunArgument,
    option: Annotated[str, typer.Option("--option", metavar="ID", help="The option to choose; it has to be feasible.")],
    reason: ReasonOption,
    seen: SeenOption = "",
    person: AsOption = "",
    group: GroupOption = "",
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Choose another feasible option than the one that was decided on."""
    session = Session.of(context, stage, pack, as_json)
    _act(session, run, "override", option, reason, seen, person, group)


def _act(session: Session, run: str, act: str, option: str, reason: str, seen: str, person: str, group: str) -> None:
    check_reason(reason)
    shown = session.services.api(session.target).run(run)
    asked = shown.get("approval")
    if not asked:
        raise CliError(
            f"nobody is asked about {one_line(run)}, which is {shown.get('status')}",
            advice=f"conclave approvals{session.options()} lists the runs that wait",
            code="approval_not_open",
            exit_code=ExitCode.BAD_INPUT,
        )
    chosen = option or asked["option_id"]
    known = asked["choices"].get(chosen, {})
    api = _as(session, person, group or next(iter(asked["groups"]), ""))
    body = {"act": act, "option_id": chosen, "seen": seen or known.get("seen", ""), "reason": reason}
    done = api.act(run, body)
    state = done["approval"]["state"]
    follows = {
        "approved": "it is checked again, then published",
        "overridden": "it is checked again, then published",
        "refused": "the run ends without a decision",
    }.get(state, "another person has to act as well")
    session.emit(
        done, lambda console: harmless(f"{act} {chosen}: {state}; {follows} (conclave show {run}{session.options()})")
    )


def feedback(
    context: typer.Context,
    run: RunArgument,
    done: Annotated[str, typer.Option("--done", metavar="ID", help="The option that was carried out, or none.")],
    actual: Annotated[
        list[str] | None,
        typer.Option("--actual", metavar="FIELD=NUMBER", help="What it came to, by field of the options; repeatable."),
    ] = None,
    rating: Annotated[int, typer.Option("--rating", min=0, max=5, help="1 (useless) to 5; 0 for none.")] = 0,
    lesson: Annotated[
        str, typer.Option("--lesson", metavar="TEXT", help="What to learn from it; name no person.")
    ] = "",
    person: AsOption = "",
    group: GroupOption = "",
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what came of a decision: what was done, what it took and cost, how good it was, and what to learn."""
    session = Session.of(context, stage, pack, as_json)
    if not done.strip():
        raise _unusable("--done is empty", "the id of the option that was carried out, or none")
    if len(lesson) > LESSON_CHARACTERS:
        raise _unusable(f"the lesson has {len(lesson):,} characters", f"--lesson takes {LESSON_CHARACTERS} at most")
    body: dict[str, Any] = {"done": done, "rating": rating, "lesson": lesson, "actual": dict(_numbers(actual or ()))}
    given = _as(session, person, group).feedback(run, body)
    session.emit(given, lambda console: harmless(f"kept what came of {run}: {done}"))


def _as(session: Session, person: str, group: str) -> Api:
    services = session.services
    return services.api_as(session.target, person, group) if person else services.api(session.target)


def _numbers(given: Sequence[str]) -> Iterator[tuple[str, float]]:
    names = set[str]()
    for each in given:
        name, _, text = each.partition("=")
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not name or not abs(value) <= MOST_ACTUAL:
            raise _unusable(
                f"--actual {one_line(each)!r} is not a field and a number", "as in --actual total_cost_usd=12000"
            )
        if name in names:
            raise _unusable(f"--actual {one_line(name)} is given twice", "say each field once")
        names.add(name)
        yield name, value


def _unusable(message: str, advice: str) -> CliError:
    return CliError(message, advice=advice, code="feedback_unusable", exit_code=ExitCode.BAD_INPUT)
