"""``compare``: two evaluations of the same cases, by the thresholds of a stage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.judging.files import told
from cli.errors import CliError, ExitCode
from cli.session import JsonOption, PackOption, Session, StageOption

if TYPE_CHECKING:
    from evaluation.measuring.saved import Saved


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command()(compare)


def compare(
    context: typer.Context,
    before: Annotated[
        str,
        typer.Argument(metavar="A", help="The evaluation before: what evaluate --save wrote, or a suite with runs."),
    ],
    after: Annotated[str, typer.Argument(metavar="B", help="The one after; the same.")],
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> int:
    """Compare two evaluations case by case, and say whether the change passes.

    Shares of cases are compared by McNemar's exact test, tokens, cost and time by pairs. What a change may make worse, and how
    sure that has to be, are the thresholds of --stage. Exits with 1 when it does not pass.
    """
    session = Session.of(context, stage, pack, as_json)

    from cli.commands.judging.comparisons import comparison_view
    from infra.stage import find_stage

    thresholds = find_stage(session.target.stage).thresholds
    one, other = _side(session, before), _side(session, after)
    from evaluation.measuring import comparing

    compared = told(lambda: comparing.compare(one, other, thresholds))
    document = {"before": before, "after": after, "stage": session.target.stage, **compared.document()}
    session.emit(document, lambda console: comparison_view(compared, one, other))
    return ExitCode.OK if compared.passed is comparing.Passed.PASSES else ExitCode.UNEXPECTED


def _side(session: Session, name: str) -> Saved:
    """An evaluation that was kept, or the runs that a suite holds, as they were recorded."""
    from evaluation.cases.reading import find, read_suite
    from evaluation.measuring.saved import read

    folder = find(name)
    if folder is None:
        return told(lambda: read(Path(name)))
    suite = told(lambda: read_suite(folder))
    if not suite.runs:
        raise CliError(
            f"{folder} holds no recorded runs",
            advice="conclave suite add",
            code="no_runs",
            exit_code=ExitCode.BAD_INPUT,
        )
    return told(lambda: _recorded(session, folder))


def _recorded(session: Session, folder: Path) -> Saved:
    from conclave.clock import timestamp
    from conclave.pack import load_pack

    from evaluation.cases.reading import read_suite
    from evaluation.cases.recorded import as_recorded
    from evaluation.measuring.faults import BadFile
    from evaluation.measuring.saved import saved

    suite = read_suite(folder)
    cases = as_recorded(suite.runs, load_pack(suite.head.pack))
    twice = {each.case for each in cases if sum(other.case == each.case for other in cases) > 1}
    if twice:
        raise BadFile(f"{folder}: two runs are of the same report, so they cannot be paired")
    return saved(None, at=timestamp(session.services.now()), versions={}, suite=suite.name, beside=cases)
