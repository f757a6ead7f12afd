"""``load``: an airline's own data, from CSV files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.seed import DEFAULT_SEED, table_bar
from cli.errors import CliError, ExitCode
from cli.format import count
from cli.session import JsonOption, PackOption, Session, StageOption

SHOWN_FAULTS = 20


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command()(load)


def load(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with one CSV file per table: flights.csv ...")],
    template: Annotated[
        bool, typer.Option("--template", help="Write a small example of every file there, and load nothing.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Only check the files.")] = False,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> int:
    """Fill the pack's tables from CSV files: all of them are checked first, and nothing is written if one is wrong.

    Tables without a file stay as they are; items with the same key are replaced. docs/data.md lists the columns.
    """
    session = Session.of(context, stage, pack, as_json)
    if template:
        return _template(session, folder)
    if not folder.is_dir():
        raise CliError(
            f"there is no folder {folder}",
            advice="conclave load --template DIR writes an example of every file",
            code="no_folder",
            exit_code=ExitCode.BAD_INPUT,
        )
    from cli import loading

    declared = session.pack()
    found = loading.read_files(folder, loading.layout_of(declared), declared.tables)
    rows = {name: len(items) for name, items in found.rows.items()}
    document = {
        "written": not found.faults and not check,
        "rows": rows,
        "faults": [
            {"file": each.file, "line": each.line, "column": each.column, "message": each.message}
            for each in found.faults
        ],
    }
    if not found.faults and not check:
        store = session.services.store(session.target)
        with table_bar(session.err) as advance:
            loading.load(store, found.rows, advance)
    session.emit(document, lambda console: _view(rows, [str(each) for each in found.faults], check=check))
    return ExitCode.BAD_INPUT if found.faults else ExitCode.OK


def _view(rows: dict[str, int], faults: list[str], *, check: bool) -> str:
    if faults:
        more = [f"and {count(len(faults) - SHOWN_FAULTS)} more; --json lists all"] if len(faults) > SHOWN_FAULTS else []
        head = f"{count(len(faults))} things to correct; nothing was written"
        return "\n".join([head, *faults[:SHOWN_FAULTS], *more])
    listed = ", ".join(f"{count(number)} {name}" for name, number in rows.items())
    return f"{'checked' if check else 'wrote'} {listed}"


def _template(session: Session, folder: Path) -> int:
    from cli import loading

    declared = session.pack()
    if folder.exists() and not folder.is_dir():
        raise CliError(f"{folder} is no folder", code="no_folder", exit_code=ExitCode.BAD_INPUT)
    rows = loading.write_template(folder, declared, session.today(), DEFAULT_SEED)
    listed = ", ".join(f"{count(number)} {name}" for name, number in rows.items())
    session.emit({"folder": str(folder), "rows": rows}, lambda console: f"wrote {listed} to {folder}")
    return ExitCode.OK
