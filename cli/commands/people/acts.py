"""``chat``, ``texts``, ``consent``, ``erase``: what a person asks of a run, reads word for word, consents to, and takes away."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated, Any

import typer
from conclave.untrusted.limits import QUESTION_CHARACTERS, REASON_CHARACTERS

from cli.errors import CliError, ExitCode
from cli.ports import Api, Document
from cli.screen.format import harmless, one_line
from cli.session import JsonOption, PackOption, Session, StageOption

MAX_MINUTES = 60

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="Run id, as ask and runs give it.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def check_reason(reason: str) -> None:
    """Raises ``CliError`` for a reason that the API would not take."""
    if not reason.strip() or len(reason) > REASON_CHARACTERS:
        raise CliError(
            "the reason is missing or too long",
            advice=f"--reason takes 1 to {REASON_CHARACTERS} characters",
            code="reason_missing",
            exit_code=ExitCode.BAD_INPUT,
        )


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command()(chat)
    app.command()(texts)
    app.command()(consent)
    app.command()(erase)


def chat(
    context: typer.Context,
    run: RunArgument,
    question: Annotated[
        list[str],
        typer.Argument(metavar="QUESTION", help='In one sentence, as in "why not O4?"; with or without quotes.'),
    ],
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask about a run: why not an option, what an agent said, what if a figure were another. It is not changed."""
    asked = " ".join(question).strip()
    if not 1 <= len(asked) <= QUESTION_CHARACTERS:
        raise CliError(
            f"a question has 1 to {QUESTION_CHARACTERS} characters",
            advice='as in conclave chat RUN "why not O4?"',
            code="question_unusable",
            exit_code=ExitCode.BAD_INPUT,
        )
    session = Session.of(context, stage, pack, as_json)
    api = session.services.api(session.target)
    with _progress(session, api, run):
        answered = api.ask(run, asked)
    session.emit(answered, lambda console: harmless(_answered(answered)))


def _progress(session: Session, api: Api, run: str) -> AbstractContextManager[None]:
    """Shows on a terminal what is done for a question while it is; elsewhere nobody looks."""
    if session.as_json or not session.err.is_terminal:
        return nullcontext()

    from cli.screen.asking import following

    services, target = session.services, session.target
    return following(api, run, lambda after: services.events(target, api, run, ("question",), after), session.err)


def _answered(answered: Document) -> str:
    paid = "answered before: no model was asked again" if answered["kept"] else f"{answered['tokens']:,} tokens"
    lines = [answered["answer"], ""]
    if answered.get("infeasible"):  # a deployment of before does not say it
        lines.append(f"breaks a hard constraint: {', '.join(answered['infeasible'])}")
    lines += [f"evidence: {', '.join(answered['evidence'])}", paid]
    if answered["struck"]:
        sentences = "1 sentence was" if answered["struck"] == 1 else f"{answered['struck']} sentences were"
        lines.append(f"{sentences} struck: no tool brought what is said there")
    if answered["moved"]:
        lines.append(f"written since the run read them: {', '.join(answered['moved'])}")
    return "\n".join(lines)


def texts(
    context: typer.Context,
    run: RunArgument,
    agent: Annotated[str, typer.Argument(metavar="AGENT", help="An agent of the pack, or frame.")],
    phase: Annotated[str, typer.Argument(metavar="PHASE", help="recommend, revise or arbitrate; for frame: frame.")],
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the models and tools of an agent were asked and answered, word for word, unless it was erased."""
    session = Session.of(context, stage, pack, as_json)
    kept = session.services.api(session.target).texts(run, agent, phase)
    session.emit(kept, lambda console: harmless("\n\n".join(_told(kept))))


def _told(kept: Document) -> Iterator[str]:
    for each in kept.get("texts") or ():
        yield f"{each.get('kind')} {each.get('hash')}\n> {each.get('request')}\n< {each.get('answer') or 'no answer'}"
    if kept.get("left_out"):
        yield f"{kept['left_out']} more were too large to keep"
    if not kept.get("texts"):
        yield "erased" if kept.get("state") != "kept" else "nothing was asked"


def consent(
    context: typer.Context,
    run: RunArgument,
    binding: Annotated[
        str, typer.Argument(metavar="BINDING", help="Hash of the call, or its start, as show gives it.")
    ],
    minutes: Annotated[int, typer.Option("--minutes", min=1, max=MAX_MINUTES, help="How long it holds.")] = 15,
    yes: YesOption = False,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Consent to one call of a dangerous tool that an agent was refused. It holds for exactly this call, once."""
    session = Session.of(context, stage, pack, as_json)
    api = session.services.api(session.target)
    call = _refused_call(api.run(run), binding, f"conclave show {run}{session.options()}")
    said = (
        f"{call['agent']} may call {call['tool']}({json.dumps(call['arguments'], sort_keys=True)}) in {call['phase']}"
    )
    confirm(session, harmless(said), yes)
    # A request may be sent twice on the way; with its own key it stays one consent.
    given = api.consent(run, {**call, "minutes": minutes, "key": session.services.fresh_key()})
    session.emit(given, lambda console: harmless(f"consented until {given.get('expires_at')}: {said}"))


def erase(
    context: typer.Context,
    run: RunArgument,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; the audit keeps it for ever, so name no person in it.")
    ],
    yes: YesOption = False,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase what people and models wrote in a finished run. Its decision and its audit stay, and verify still proves it."""
    session = Session.of(context, stage, pack, as_json)
    check_reason(reason)
    confirm(session, f"the texts of {one_line(run)} cannot be brought back", yes)
    erased = session.services.api(session.target).erase(run, reason)
    session.emit(
        erased,
        lambda console: harmless(
            f"erased the texts of {run} (conclave verify {run}{session.options()} proves the rest)"
        ),
    )


def _refused_call(run: Document, binding: str, shown_by: str) -> dict[str, Any]:
    """The one call of a dangerous tool with this binding, as the run shows it."""
    calls = [
        {"agent": row.get("name"), "phase": row.get("phase"), "tool": call.get("name")}
        | {"arguments": call.get("arguments") or {}, "binding": call["binding"]}
        for row in run.get("agents") or ()
        for call in row.get("tool_calls") or ()
        if call.get("binding") and str(call["binding"]).startswith(binding)
    ]
    bindings = {call["binding"] for call in calls}
    if not binding or len(bindings) != 1:
        raise CliError(
            f"the run has {'no call' if not bindings or not binding else 'several calls'} with the binding {one_line(binding)!r}",
            advice=f"{shown_by} names the calls that were refused",
            code="binding_unknown",
            exit_code=ExitCode.BAD_INPUT,
        )
    return calls[-1]


def confirm(session: Session, question: str, yes: bool) -> None:
    """Asks, where somebody can answer; a script has to say ``--yes``."""
    if yes:
        return
    if session.as_json or not sys.stdin.isatty():
        raise CliError(question, advice="say --yes", code="unconfirmed", exit_code=ExitCode.BAD_INPUT)
    typer.confirm(f"{question}. Go on?", abort=True, err=True)
