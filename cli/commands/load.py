"""``load``: an airline's own data, from CSV files; and reports and notices as an operations centre receives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.ask import require_models
from cli.commands.people.acts import YesOption, confirm
from cli.commands.seed import DEFAULT_SEED, table_bar
from cli.errors import CliError, ExitCode
from cli.screen.format import count
from cli.session import JsonOption, PackOption, Session, StageOption

if TYPE_CHECKING:
    from conclave.pack import Item, Pack

    from cli.data.findings import Group
    from cli.data.tabular import Form

SHOWN_LINES = 40


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command()(load)


def load(
    context: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR | FILE...",
            help="A folder with one CSV file per table, or files: METAR, TAF, NOTAM, MVT, SSIM, ASM, SSM, runways.",
        ),
    ],
    template: Annotated[
        bool, typer.Option("--template", help="Write a small example of every file there, and load nothing.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Only check the files.")] = False,
    delimiter: Annotated[
        str, typer.Option("--delimiter", metavar="C", help="What separates the cells: a character, or tab.")
    ] = ",",
    encoding: Annotated[str, typer.Option("--encoding", metavar="NAME", help="How the files are encoded.")] = "utf-8",
    replace: Annotated[
        bool, typer.Option("--replace", help="Remove everything else: the tables hold afterwards what the files hold.")
    ] = False,
    issued: Annotated[
        str,
        typer.Option(
            "--issued", metavar="DATE", help="A day near which reports were issued, for their month and year; today."
        ),
    ] = "",
    submit: Annotated[
        int | None,
        typer.Option(
            "--submit", metavar="MINUTES", min=1, help="Submit flights that messages tell to be so late as incidents."
        ),
    ] = None,
    event: Annotated[
        bool,
        typer.Option(
            "--event",
            help="Send the files as events: the stage's own function reads them, and marks runs that rest on them.",
        ),
    ] = False,
    yes: YesOption = False,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> int:
    """Fill the pack's tables from CSV files: all of them are checked first, and nothing is written if one is wrong.

    Tables without a file stay as they are; items with the same key are replaced. With --replace nothing else stays: sample,
    older data, tables without a file. docs/data.md lists the columns. Files of METAR, TAF, NOTAM, MVT, DIV, LDM, SSIM, ASM,
    SSM and OurAirports' runways are told by their contents; what cannot be read of them is named, and the rest goes in.
    """
    session = Session.of(context, stage, pack, as_json)
    folder = paths[0]
    if len(paths) > 1 or folder.is_file():
        if template or replace:
            raise CliError(
                f"{'--template' if template else '--replace'} is for a folder of CSV files",
                advice="give one folder",
                code="folder_needed",
                exit_code=ExitCode.BAD_INPUT,
            )
        if event:
            return _send(session, paths, issued, alone=submit is None and not check)
        return _feed(session, paths, issued, submit, check=check)
    if submit is not None or event:
        raise CliError(
            f"{'--event is for files of feeds' if event else '--submit is for files of movement messages'}",
            advice="give the files",
            code="files_needed",
            exit_code=ExitCode.BAD_INPUT,
        )
    if template:
        return _template(session, folder)
    if not folder.is_dir():
        raise CliError(
            f"there is not a folder {folder}",
            advice="conclave load --template DIR writes an example of every file",
            code="no_folder",
            exit_code=ExitCode.BAD_INPUT,
        )
    from cli.data import loading
    from cli.data.findings import grouped

    form = _form(delimiter, encoding)
    declared = session.pack()
    found = loading.read_files(folder, loading.layout_of(declared), declared.tables, form, loading.doubts_of(declared))
    faults, warnings = grouped(found.faults), grouped(found.warnings)
    complete = loading.derived_of(declared, found.rows)
    rows = {name: len(items) for name, items in complete.items()}
    written = not faults and not check
    removed = _write(session, declared, complete, replacing=replace, yes=yes) if written else {}
    document = {
        "written": written,
        "rows": rows,
        "removed": removed,
        "faults": [each.document() for each in faults],
        "warnings": [each.document() for each in warnings],
    }
    session.emit(document, lambda console: _view(rows, removed, faults, warnings, check=check))
    return ExitCode.BAD_INPUT if faults else ExitCode.OK


def _write(
    session: Session, pack: Pack, rows: Mapping[str, Sequence[Item]], *, replacing: bool, yes: bool
) -> dict[str, int]:
    """Writes the rows; answers how many items were removed, by table."""
    from cli.data import loading
    from cli.data.replacing import replace

    if replacing:
        empty = ", ".join(table.name for table in pack.tables if table.name not in rows)
        told = f" and empties {empty}" if empty else ""
        where = f"the stage {session.target.stage}"
        confirm(
            session, f"this removes all data of the pack {pack.name} in {where} that the files do not hold{told}", yes
        )
    store = session.services.store(session.target)
    with table_bar(session.err) as advance:
        if replacing:
            return replace(store, pack, rows, advance)
        loading.load(store, rows, advance)
    return {}


def _feed(session: Session, paths: Sequence[Path], issued: str, submit: int | None, *, check: bool) -> int:
    """Loads files of reports, notices, messages and schedules, all that can be read of them, and submits what is late."""
    from cli.data import feeding

    declared = session.pack()
    store = session.services.store(session.target)
    day = issued or session.services.now().date().isoformat()
    if submit is not None:
        require_models(session)
    fed = feeding.read(declared, paths, day, store, session.err.print)
    submitted = []
    if not check:
        with table_bar(session.err) as advance:
            feeding.write(store, fed, advance)
        if submit is not None:
            submitted = feeding.submit(session.services.api(session.target), fed, submit)
    document = {"written": not check, **feeding.document(fed), "submitted": submitted}
    session.emit(document, lambda console: feeding.view(fed, SHOWN_LINES, submitted, check=check))
    return ExitCode.BAD_INPUT if fed.faults else ExitCode.OK


def _send(session: Session, paths: Sequence[Path], issued: str, *, alone: bool) -> int:
    """Sends files as events. What becomes of them is told by the function that takes them."""
    from cli.data import feeding

    if not alone:
        raise CliError(
            "--event cannot be joined with --submit or --check",
            advice="what becomes an incident of an event says the setting feeds.incident_minutes; --check reads here",
            code="options_apart",
            exit_code=ExitCode.BAD_INPUT,
        )
    sent = feeding.send(session.services.bus(session.target), session.pack(), paths, issued)
    session.emit({"sent": sent}, lambda console: _sent(len(sent), session))
    return ExitCode.OK


def _sent(files: int, session: Session) -> str:
    told = "what cannot be read stands in the log of the function take, and in the event FeedTaken"
    sent = f"sent {count(files)} {'file' if files == 1 else 'files'}"
    return f"{sent}; {told}\nruns that rest on it: conclave runs{session.options()}"


def _form(delimiter: str, encoding: str) -> Form:
    from cli.data.tabular import Form

    separator = "\t" if delimiter in ("tab", "\\t") else delimiter
    if len(separator) != 1 or separator in '"\r\n' or separator.isalnum():
        raise CliError(
            f"{delimiter!r} cannot separate cells",
            advice="give one character such as ';', or tab",
            code="delimiter_invalid",
            exit_code=ExitCode.BAD_INPUT,
        )
    try:
        "".encode(encoding)
    except (LookupError, ValueError) as error:
        raise CliError(
            f"there is no encoding {encoding!r}",
            advice="give for example utf-8, utf-16 or windows-1252",
            code="encoding_invalid",
            exit_code=ExitCode.BAD_INPUT,
        ) from error
    return Form(delimiter=separator, encoding=encoding)


def _view(
    rows: dict[str, int], removed: dict[str, int], faults: Sequence[Group], warnings: Sequence[Group], *, check: bool
) -> str:
    if faults:
        places = sum(each.count for each in faults)
        where = f", in {count(places)} places" if places > len(faults) else ""
        head = (
            f"{count(len(faults))} {'thing' if len(faults) == 1 else 'things'} to correct{where}; nothing was written"
        )
        return "\n".join([head, *_lines(faults), *(["worth a look:", *_lines(warnings)] if warnings else [])])
    listed = ", ".join(f"{count(number)} {name}" for name, number in rows.items())
    gone = f", removed {count(sum(removed.values()))} others" if any(removed.values()) else ""
    done = f"{'checked' if check else 'wrote'} {listed}{gone}"
    return "\n".join([done, *(["worth a look:", *_lines(warnings)] if warnings else [])])


def _lines(groups: Sequence[Group]) -> list[str]:
    more = [f"and {count(len(groups) - SHOWN_LINES)} more; --json lists all"] if len(groups) > SHOWN_LINES else []
    return [*map(str, groups[:SHOWN_LINES]), *more]


def _template(session: Session, folder: Path) -> int:
    from cli.data.template import write_template

    declared = session.pack()
    if folder.exists() and not folder.is_dir():
        raise CliError(f"{folder} is not a folder", code="no_folder", exit_code=ExitCode.BAD_INPUT)
    rows = write_template(folder, declared, session.sample_day(), DEFAULT_SEED)
    listed = ", ".join(f"{count(number)} {name}" for name, number in rows.items())
    session.emit({"folder": str(folder), "rows": rows}, lambda console: f"wrote {listed} to {folder}")
    return ExitCode.OK
