"""``seed``: a pack's sample in its tables."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from cli.data.seeding import Seeded
from cli.data.seeding import seed as write_sample
from cli.errors import CliError, ExitCode
from cli.screen.format import count
from cli.session import JsonOption, PackOption, Session, StageOption

if TYPE_CHECKING:
    from rich.console import Console

DEFAULT_SEED = 1
PROTECTED_STAGE = "prod"
WORTH_A_LINE = 10_000
"""Rows of a table that take seconds to write."""


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command()(seed)


def seed(
    context: typer.Context,
    date: Annotated[
        str,
        typer.Option(
            "--date", metavar="DATE", help="Day of the sample; by default tomorrow, from 20:00 UTC on the day after."
        ),
    ] = "",
    number: Annotated[int, typer.Option("--seed", metavar="N", help="Another seed is another sample.")] = DEFAULT_SEED,
    flights: Annotated[
        int, typer.Option("--flights", metavar="N", min=0, help="Another size: flights of a day, 50 to 4000.")
    ] = 0,
    force: Annotated[bool, typer.Option("--force", help="Write it again even if it is there.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help=f"Really write made-up data to the stage {PROTECTED_STAGE}.")
    ] = False,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fill the pack's tables with its sample; does nothing when it is there, or when they hold other data."""
    session = Session.of(context, stage, pack, as_json)
    if session.target.stage == PROTECTED_STAGE and not yes:
        raise CliError(
            f"the stage {PROTECTED_STAGE} is not for made-up data",
            advice="--yes if you mean it",
            code="stage_protected",
            exit_code=ExitCode.BAD_INPUT,
        )
    day = _day(date) or session.sample_day()
    began = session.services.clock()
    seeded = seed_tables(session, day=day, number=number, size=flights, force=force)
    document = {
        "stage": session.target.stage,
        "pack": session.target.pack,
        "date": day,
        "seed": number,
        "written": seeded.written,
        "rows": seeded.rows,
        "seconds": round(session.services.clock() - began, 2),
    }
    session.emit(document, lambda console: summary(seeded, day))


def seed_tables(
    session: Session, *, day: str, number: int = DEFAULT_SEED, size: int = 0, force: bool = False
) -> Seeded:
    """Writes the sample unless it is there, with a progress bar on stderr."""
    store = session.services.store(session.target)
    with table_bar(session.err) as advance:
        return write_sample(store, session.pack(), date=day, number=number, size=size, force=force, advance=advance)


def summary(seeded: Seeded, day: str) -> str:
    """The contents of the tables now, in one line."""
    if seeded.kept_out:
        return "the tables hold other data, so the sample was not written; conclave seed --force writes it beside them"
    rows = ", ".join(f"{count(number)} {name}" for name, number in seeded.rows.items())
    return f"{'wrote' if seeded.written else 'already there:'} the sample of {day}: {rows}"


def _day(text: str) -> str:
    if not text:
        return ""
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise CliError(
            f"{text!r} is not a date",
            advice="write it as 2026-11-21",
            code="date_invalid",
            exit_code=ExitCode.BAD_INPUT,
        ) from error


@contextmanager
def table_bar(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """Progress by table on a terminal: table, items written so far, items in all."""
    if not console.is_terminal:
        begun: set[str] = set()

        def line(table: str, done: int, total: int) -> None:
            if table not in begun and total >= WORTH_A_LINE:
                console.print(f"writing {count(total)} {table}")
            begun.add(table)

        yield line
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        tasks: dict[str, object] = {}

        def advance(table: str, done: int, total: int) -> None:
            if table not in tasks:
                tasks[table] = progress.add_task(table, total=total)
            progress.update(tasks[table], completed=done)  # type: ignore[arg-type]

        yield advance
