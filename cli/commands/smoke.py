"""``smoke``: the proof that a deployment works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands.ask import request_in, require_models
from cli.commands.people.acts import YesOption, confirm
from cli.commands.runs import DEFAULT_TIMEOUT, TimeoutOption
from cli.commands.seed import PROTECTED_STAGE
from cli.screen.format import duration, harmless
from cli.screen.progress import watching
from cli.session import JsonOption, PackOption, Session, StageOption

if TYPE_CHECKING:
    from rich.console import RenderableType

    from cli.smoke import Step


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command()(smoke)


def smoke(
    context: typer.Context,
    incident: Annotated[
        str,
        typer.Option("--incident", metavar="FILE", help="Own request, as submit takes it; the pack's is the default."),
    ] = "",
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
    yes: YesOption = False,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> int:
    """Prove that a deployment works: an incident to a decision, its audit, an alarm, and what that cost.

    The run is a new one and stays; the alarm rings for a moment. In prod it asks first. Exits with the code of the first failure.
    """
    from cli.smoke import prove

    session = Session.of(context, stage, pack, as_json)
    request = request_in(incident) if incident else _own(session)
    if session.target.stage == PROTECTED_STAGE:
        confirm(session, f"a run with calls of models, and an alarm that rings in {PROTECTED_STAGE}", yes)
    require_models(session)
    request.pop("idempotency_key", None)  # a key that was used before would show an old run
    console = session.err
    with watching(console) as sink:
        proof = prove(session, request, timeout=timeout, sink=sink, say=console.print)
    document = {"stage": session.target.stage, "pack": session.target.pack, **proof.document()}
    session.emit(document, lambda console: _view(proof.steps))
    return proof.exit_code


def _own(session: Session) -> dict[str, Any]:
    """The pack's typed incident, for the sample of today."""
    return {"incident": dict(session.pack().typed_example(session.sample_day()))}


def _view(steps: list[Step]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    style = {"ok": "green", "failed": "bold red", "skipped": "yellow"}
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(overflow="fold")
    for step in steps:
        said = Text(harmless(step.found))
        said.append(f"\n{harmless(step.advice)}" if step.advice else "", style="dim" if step.outcome == "ok" else "")
        took = "" if step.outcome == "skipped" else duration(step.seconds)
        table.add_row(Text(step.outcome, style=style[step.outcome]), step.name, took, said)
    return table
