"""``export`` and ``verify``: the audits of runs as a file, and the proof that they are complete and unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import CliError, ExitCode
from cli.screen.format import counted, harmless, one_line
from cli.screen.progress import counting
from cli.session import JsonOption, PackOption, Session, StageOption

if TYPE_CHECKING:
    from cli.target.audit_export import Aside
    from verifier.anchors import PublicKey
    from verifier.export import Report

AllOption = Annotated[bool, typer.Option("--all", help="Every run with an outcome.")]


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command()(export)
    app.command()(verify)


def export(
    context: typer.Context,
    what: Annotated[list[str], typer.Argument(metavar="[RUN] FILE", help="Run id (or --all), and the file to write.")],
    everything: AllOption = False,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> int:
    """Write the audit of a run, or of all, with anchors and key, to a file that verify can check offline."""
    session = Session.of(context, stage, pack, as_json)
    if len(what) != (1 if everything else 2):
        raise _usage("conclave export RUN FILE, or conclave export --all FILE")
    file = Path(what[-1])
    lines, aside = _exported(session, None if everything else what[0])
    try:
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise CliError(
            f"{file} cannot be written: {error.strerror}", code="file_unwritable", exit_code=ExitCode.BAD_INPUT
        ) from error
    runs = sum(line.startswith('{"run":') for line in lines)
    entries = sum(line.startswith('{"entry":') for line in lines)
    session.emit(
        {"file": str(file), "runs": runs, "entries": entries, **_document(aside)},
        lambda console: (
            f"wrote {counted(entries, 'entry', 'entries')} of {counted(runs, 'run')} to {file}"
            f" (conclave verify --all --export {file}){_told(aside)}"
        ),
    )
    return ExitCode.UNEXPECTED if aside.unread else ExitCode.OK


def verify(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="[RUN]", help="Run id; or --all.")] = "",
    everything: AllOption = False,
    file: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Check this export, offline; no cloud is asked.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", metavar="PEM", help="Public key that has to have signed the anchors.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Also refuse entries that are not in canonical form.")
    ] = False,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> int:
    """Prove that the audit of a run, or of all, is complete and unchanged; exits with 1 and the first broken link if not.

    A run without an outcome is neither proved nor broken: exits with 7.
    With --all, runs that still run and objects that are not anchors are named; a run that could not be read exits with 1.
    """
    session = Session.of(context, stage, pack, as_json)
    if bool(run) == everything:
        raise _usage("conclave verify RUN, or conclave verify --all")
    from cli.target.audit_export import Aside

    lines, aside = (_read(file), Aside()) if file else _exported(session, run or None)

    from verifier.export import verify as check

    # What KMS itself says is trusted; the key that stands in a file is only that file's word.
    trusted = [_pem(key)] if key else [] if file else [_current(session)]
    report = check(lines, trusted, strict=strict)
    if run and run not in report.run_ids and not aside.foreign:
        raise CliError(
            f"the export does not hold the run {one_line(run)!r}", code="run_unknown", exit_code=ExitCode.BAD_INPUT
        )
    return _answer(session, report, run, aside)


def _answer(session: Session, report: Report, run: str, aside: Aside) -> int:
    from verifier.__main__ import document, exit_code, told

    if run:
        report.broken = [each for each in report.broken if each.run_id in {"", run}]
        report.running = [each for each in report.running if each == run]
    said = document(report)
    known = {**said, **_document(aside), "running": [*report.running, *aside.running]}
    session.emit(
        {**known, "ok": report.ok and not aside.unread},
        lambda console: harmless(told(report) + _told(aside)).rstrip(),
    )
    return ExitCode.UNEXPECTED if aside.unread else exit_code(report)


def _document(aside: Aside) -> dict[str, object]:
    unread = [{"run_id": run_id, "reason": reason} for run_id, reason in aside.unread.items()]
    return {"running": list(aside.running), "unread": unread, "foreign": list(aside.foreign)}


def _told(aside: Aside) -> str:
    """Lines for a person about what was left out, one for each thing."""
    told = [
        *(f"left out: {run_id} is still running" for run_id in aside.running),
        *(f"left out: {run_id} could not be read: {one_line(reason)}" for run_id, reason in aside.unread.items()),
        *(f"not an anchor: {one_line(name)} in the bucket of the anchors" for name in aside.foreign),
    ]
    return "".join(f"\n{line}" for line in told)


def _exported(session: Session, run: str | None) -> tuple[list[str], Aside]:
    from cli.target.audit_export import Aside, concluded_runs, export_lines

    api, anchors = session.services.api(session.target), session.services.anchors(session.target)
    aside = Aside()
    runs: Sequence[str] = concluded_runs(api, anchors, aside) if run is None else [run]
    at = session.services.now().isoformat(timespec="seconds")
    with counting(session.err, "runs", len(runs), session.services.clock) as advance:
        lines = export_lines(
            runs,
            api=api,
            anchors=anchors,
            target=session.target,
            at=at,
            aside=aside,
            everything=run is None,
            progress=advance,
        )
        return list(lines), aside


def _current(session: Session) -> PublicKey:
    from verifier.anchors import PublicKey

    return PublicKey.from_der(session.services.anchors(session.target).key()[1])


def _read(file: Path) -> list[str]:
    try:
        return file.read_bytes().decode(errors="surrogateescape").removesuffix("\n").split("\n")
    except OSError as error:
        raise _unreadable(file, error) from error


def _pem(file: Path) -> PublicKey:
    from verifier.anchors import KeyUnusable, PublicKey

    try:
        return PublicKey.from_pem(file.read_bytes())
    except OSError as error:
        raise _unreadable(file, error) from error
    except KeyUnusable as error:
        raise CliError(
            f"{file}: {error}",
            advice="docs/operations.md, Audit, says how to get it",
            code="key_unusable",
            exit_code=ExitCode.BAD_INPUT,
        ) from error


def _unreadable(file: Path, error: OSError) -> CliError:
    return CliError(f"{file} cannot be read: {error.strerror}", code="file_unreadable", exit_code=ExitCode.BAD_INPUT)


def _usage(advice: str) -> CliError:
    return CliError("give either a run or --all", advice=advice, code="usage", exit_code=ExitCode.BAD_INPUT)
