"""``evaluate``: a suite, decided and judged, kept as a baseline and held against one."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands.judging.files import needing_setup, told
from cli.commands.seed import DEFAULT_SEED as SAMPLE_SEED
from cli.commands.seed import PROTECTED_STAGE, seed_tables
from cli.errors import CliError, ExitCode
from cli.ports import Document
from cli.screen.progress import counting, follow
from cli.session import JsonOption, PackOption, Session, StageOption

if TYPE_CHECKING:
    from evaluation.cases.judging import SuiteReport
    from evaluation.measuring.saved import Saved
    from evaluation.report import Report

DEFAULT_SCENARIOS = 100
DEFAULT_SEED = 1
MAX_SCENARIOS = 10_000
MAX_TIMES = 20
RUN_TIMEOUT = 300.0
INDEX_LAG = 2.0
"""Seconds after which the indexes of DynamoDB have surely followed a small change."""


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command()(evaluate)


def evaluate(
    context: typer.Context,
    suite: Annotated[
        str,
        typer.Option(
            "--suite",
            metavar="NAME|PATH",
            help="Which cases: a pack's scenarios (the default), or a folder of a suite.",
        ),
    ] = "",
    number: Annotated[
        int | None, typer.Option("--seed", metavar="N", help=f"Another seed is another set; {DEFAULT_SEED} by default.")
    ] = None,
    scenarios: Annotated[
        int | None,
        typer.Option(
            "--scenarios", metavar="N", min=1, max=MAX_SCENARIOS, help=f"How many; {DEFAULT_SCENARIOS} by default."
        ),
    ] = None,
    times: Annotated[
        int,
        typer.Option(
            "--times", metavar="N", min=1, max=MAX_TIMES, help="Run each scenario N times, and tell how far they agree."
        ),
    ] = 1,
    cloud: Annotated[
        bool, typer.Option("--cloud", help="Run them through the deployed machine instead of in this process.")
    ] = False,
    date: Annotated[
        str,
        typer.Option(
            "--date",
            metavar="DATE",
            help="Let all happen on the sample of this day; by default on four networks of the seed, with --cloud tomorrow.",
        ),
    ] = "",
    regime: Annotated[
        str, typer.Option("--regime", metavar="RULES", help="Duty rules, easa or faa; the operator's own by default.")
    ] = "",
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Keep the evaluation, as a baseline for others.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option("--against", metavar="FILE", help="Hold it against an evaluation that was kept.")
    ] = None,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> int:
    """Decide the cases of a suite, and judge each decision by the exact optimum and each answer by rules.

    The scenarios follow from the seed and the networks they happen on: --date gives the same ones here and with --cloud.
    Exits with 1 when a decision breaks a rule or has a fault that the suite looks for, a run halted (or did not) wrongly, a
    sentence is misread in silence, an attack gets through, or --against finds it worse than the thresholds of --stage allow.
    """
    session = Session.of(context, stage, pack, as_json)
    folder = _folder(suite, session.target.pack)
    if folder is None and suite:
        session = Session.of(context, stage, suite, as_json)
    asked = _Asked(
        suite=suite or session.target.pack, seed=number, count=scenarios, cloud=cloud, date=_day(date), regime=regime,
        times=times,
    )  # fmt: skip
    before = _kept(against)
    report = _of_folder(session, asked, folder) if folder else _report(session, asked)
    return _answer(session, report, before, save)


@dataclass(frozen=True, kw_only=True)
class _Asked:
    suite: str
    seed: int | None
    count: int | None
    cloud: bool
    date: str
    regime: str
    times: int


def _answer(session: Session, report: Report | SuiteReport, before: Saved | None, save: Path | None) -> int:
    """Keeps the evaluation, compares it, shows both, and answers the exit code."""
    from rich.console import Group
    from rich.text import Text

    from cli.commands.judging.comparisons import comparison_view
    from cli.commands.judging.views import report_view
    from evaluation.measuring.comparing import Passed, compare
    from infra.stage import find_stage

    kept = _saved(session, report) if save or before else None
    if save and kept:
        told(lambda: _write(kept, save))
    if before is None or kept is None:
        session.emit(report.document(), lambda console: report_view(report))
        return ExitCode.OK if report.passed else ExitCode.UNEXPECTED
    compared = told(lambda: compare(before, kept, find_stage(session.target.stage).thresholds))
    session.emit(
        {**report.document(), "against": compared.document()},
        lambda console: Group(report_view(report), Text(), comparison_view(compared, before, kept)),
    )
    return ExitCode.OK if report.passed and compared.passed is Passed.PASSES else ExitCode.UNEXPECTED


def _write(kept: Saved, path: Path) -> None:
    from evaluation.measuring.saved import write

    write(kept, path)


def _kept(path: Path | None) -> Saved | None:
    """The evaluation to compare with, read before anything runs."""
    if path is None:
        return None
    from evaluation.measuring.saved import read

    return told(lambda: read(path))


def _saved(session: Session, report: Report | SuiteReport) -> Saved:
    from conclave.clock import timestamp

    from evaluation.cases.judging import SuiteReport, cases_beside
    from evaluation.measuring.saved import commit, saved

    of_suite = isinstance(report, SuiteReport)
    return saved(
        report.scenarios if isinstance(report, SuiteReport) else report,
        at=timestamp(session.services.now()),
        versions={"commit": commit(), "pack": session.pack().version},
        suite=report.name if isinstance(report, SuiteReport) else "",
        beside=cases_beside(report) if isinstance(report, SuiteReport) else (),
        figures=report.document() if of_suite else None,
    )


def _folder(name: str, pack: str) -> Path | None:
    """The folder of a suite that is data; ``None`` for the scenarios of a pack."""
    if not name:
        return None
    with needing_setup():
        from evaluation.cases.reading import find, shipped
        from evaluation.suite import available_suites

        packs = available_suites()
        folder = None if name in packs else find(name)
        if folder is None and name not in packs:
            raise CliError(
                f"there is no suite {name!r}",
                advice=f"one of: {', '.join([*packs, *shipped()])}, or the path of a folder",
                code="suite_unknown",
                exit_code=ExitCode.BAD_INPUT,
            )
    return folder


def _of_folder(session: Session, asked: _Asked, folder: Path) -> SuiteReport:
    from evaluation.cases.judging import judge_suite, size
    from evaluation.cases.reading import read_suite

    given = {"--seed": asked.seed, "--scenarios": asked.count, "--date": asked.date, "--regime": asked.regime}
    given |= {"--cloud": asked.cloud or None}
    if named := [name for name, value in given.items() if value not in (None, "")]:
        raise CliError(
            f"a suite that is a folder says itself what it has; leave out {', '.join(named)}",
            code="suite_is_data",
            exit_code=ExitCode.BAD_INPUT,
        )
    suite = told(lambda: read_suite(folder))
    with counting(session.err, "cases", size(suite), session.services.clock) as advance:
        return judge_suite(suite, times=asked.times, advance=advance)


def _day(text: str) -> str:
    try:
        return datetime.date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise CliError(
            f"{text!r} is not a date",
            advice="write it as 2026-11-21",
            code="date_invalid",
            exit_code=ExitCode.BAD_INPUT,
        ) from error


def _report(session: Session, asked: _Asked) -> Report:
    with needing_setup():
        from evaluation import suite as suites

        _require_suite(asked.suite, suites.available_suites())
        regimes = suites.load_suite(asked.suite).regimes
    if asked.regime not in ("", *regimes):
        raise CliError(
            f"there are no duty rules {asked.regime!r}",
            advice=f"one of: {', '.join(regimes)}",
            code="regime_unknown",
            exit_code=ExitCode.BAD_INPUT,
        )
    if asked.cloud and asked.regime:
        raise CliError(
            "deployed functions work under the operator's own duty rules",
            advice="leave out --regime or --cloud",
            code="regime_fixed",
            exit_code=ExitCode.BAD_INPUT,
        )
    count = DEFAULT_SCENARIOS if asked.count is None else asked.count
    with counting(session.err, "scenarios", count, session.services.clock) as advance:
        return suites.evaluate(
            suite=asked.suite,
            seed=DEFAULT_SEED if asked.seed is None else asked.seed,
            count=count,
            runner=_cloud(session, asked) if asked.cloud else None,
            regime=asked.regime,
            advance=lambda row: advance(row.kind),
            times=asked.times,
            over=_places(asked),
        )


def _require_suite(name: str, available: tuple[str, ...]) -> None:
    if name not in available:
        raise CliError(
            f"there is no suite {name!r}",
            advice=f"one of: {', '.join(available)}",
            code="suite_unknown",
            exit_code=ExitCode.BAD_INPUT,
        )


def _places(asked: _Asked) -> Any:
    from evaluation.scenarios import Network

    return (Network(date=asked.date, seed=SAMPLE_SEED),) if asked.date else ()


def _cloud(session: Session, asked: _Asked) -> Any:
    """The runner on the deployed machine: over a sample in its tables, which are put back after each change."""
    from evaluation.cloud import OnCloud
    from evaluation.scenarios import Network
    from evaluation.suite import network_rows

    services, target = session.services, session.target
    if target.stage == PROTECTED_STAGE:
        raise CliError(
            f"the stage {PROTECTED_STAGE} is not for made-up data", code="stage_protected", exit_code=ExitCode.BAD_INPUT
        )
    network = Network(date=asked.date or session.sample_day(), seed=SAMPLE_SEED)
    seed_tables(session, day=network.date)
    api = services.api(target)

    def ask(body: Mapping[str, Any]) -> Document:
        accepted = api.submit(body, services.fresh_key())
        return follow(
            api,
            str(accepted["run_id"]),
            sink=lambda run, elapsed: None,
            timeout=RUN_TIMEOUT,
            appears_within=0.0,
            clock=services.clock,
            sleep=services.sleep,
        )

    return OnCloud(
        where=f"stage {target.stage}",
        network=network,
        base=network_rows(session.pack())(network),
        store=services.store(target),
        ask=ask,
        settle=lambda: None if target.is_local else services.sleep(INDEX_LAG),
    )
