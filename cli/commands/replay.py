"""``replay``: a recorded run through the same steps once more, here, without a model and without a cloud."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import CliError, ExitCode
from cli.ports import Api, Document
from cli.session import JsonOption, PackOption, Session, StageOption

if TYPE_CHECKING:
    from conclave.recording.exported import Exported
    from conclave.replaying.play import Played

ERASED = "run_erased"
NOT_RECORDED = "not_recorded"


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command()(replay)


def replay(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="Run id; with --from, none.")] = "",
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="FILE", help="Write all that the replay needs, to be played later."),
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Play what --export wrote. Needs no cloud.")
    ] = None,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> int:
    """Play a run again from its recording and compare every record, byte by byte.

    Exits with 0 where all is equal, and with 1 where it is not: the first divergence is named with step, record and field.
    Nothing is asked of a model, and nothing is written but the file of --export.
    """
    session = Session.of(context, stage, pack, as_json)
    if bool(run) == bool(source):
        raise CliError("name a run, or a file with --from", code="usage", exit_code=ExitCode.BAD_INPUT)
    recorded = _read(source) if source else _fetched(session, run)
    if export is not None:
        _write(export, recorded)
    played = _played(session, recorded)
    session.emit(document(played), lambda console: view(played))
    return ExitCode.OK if played.equal else ExitCode.UNEXPECTED


def _read(file: Path) -> Exported:
    from conclave.codec import RecordInvalid
    from conclave.recording.exported import read_export

    try:
        return read_export(file.read_bytes())
    except OSError as error:
        raise _unusable(f"{file} cannot be read: {error.strerror}") from error
    except RecordInvalid as error:
        raise _unusable(
            f"{file} is not an export of a run ({error}); conclave replay RUN --export FILE writes one"
        ) from None


def _unusable(message: str) -> CliError:
    return CliError(message, code="file_unusable", exit_code=ExitCode.BAD_INPUT)


def _fetched(session: Session, run_id: str) -> Exported:
    """The recorded run as the API gives it, part by part."""
    from conclave.codec import RecordInvalid, convert
    from conclave.pack import FRAMER
    from conclave.recording.exported import Exported

    api = session.services.api(session.target)
    head = api.recording(run_id)
    agents = [FRAMER, *head.get("agents", ())] if head.get("records") else []
    try:
        return convert({**head, "journal": _entries(api, run_id, agents)}, Exported)
    except RecordInvalid as error:
        raise CliError(f"the recording of {run_id} cannot be read ({error})", code=NOT_RECORDED) from None


def _entries(api: Api, run_id: str, agents: list[str]) -> Document:
    found: Document = {}
    for agent in agents:
        found |= api.recording(run_id, agent)["journal"]
    return found


def _write(file: Path, recorded: Exported) -> None:
    from conclave.codec import encode

    try:
        file.write_bytes(encode(recorded) + b"\n")
    except OSError as error:
        raise CliError(
            f"{file} cannot be written: {error.strerror}", code="file_unwritable", exit_code=ExitCode.BAD_INPUT
        ) from error


def _played(session: Session, recorded: Exported) -> Played:
    from conclave.codec import RecordInvalid
    from conclave.recording.code_versions import code_versions
    from conclave.records.runs import TextState
    from conclave.replaying.play import play
    from conclave.replaying.stage import NotReplayable

    pack = session.pack()
    try:
        return play(recorded, pack, code_versions(pack.folder))
    except NotReplayable as error:
        code = NOT_RECORDED if recorded.run.texts is TextState.KEPT else ERASED
        raise CliError(str(error), code=code, exit_code=ExitCode.BAD_INPUT) from None
    except RecordInvalid as error:
        raise CliError(f"the recording is damaged ({error})", code=NOT_RECORDED) from None


def document(played: Played) -> Document:
    """The JSON document of a replay."""
    from conclave.codec import plain

    found: Document = plain(played)
    return {**found, "equal": played.equal}


def view(played: Played) -> str:
    """A replay as a person reads it: one line, and one more for what it has to be read with."""
    lines = [
        f"{played.run_id}: {len(played.steps)} steps played again, every record equal"
        if played.divergence is None
        else f"{played.run_id} diverges at {played.divergence.line}"
    ]
    if played.others:
        parts = ", ".join(f"{each.part} {each.recorded} is {each.here} here" for each in played.others)
        lines.append(f"this code is another version than the one that ran: {parts}")
    lines += [f"not played: {each}" for each in played.left_out]
    return "\n".join(lines)
