"""``evaluate``: a suite of scenarios, decided and compared with the exact optimum."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands.seed import DEFAULT_SEED as SAMPLE_SEED
from cli.commands.seed import PROTECTED_STAGE, seed_tables
from cli.errors import CliError, ExitCode
from cli.ports import Document
from cli.screen.progress import counting, follow
from cli.session import JsonOption, PackOption, Session, StageOption

if TYPE_CHECKING:
    from rich.console import RenderableType

    from evaluation.report import Report, Row

DEFAULT_SCENARIOS = 100
DEFAULT_SEED = 1
MAX_SCENARIOS = 10_000
SHOWN_WORST = 5
RUN_TIMEOUT = 300.0
INDEX_LAG = 2.0
"""Seconds after which the indexes of DynamoDB have surely followed a small change."""


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command()(evaluate)


def evaluate(
    context: typer.Context,
    suite: Annotated[
        str, typer.Option("--suite", metavar="SUITE", help="Which scenarios; by default the pack's.")
    ] = "",
    number: Annotated[int, typer.Option("--seed", metavar="N", help="Another seed is another set.")] = DEFAULT_SEED,
    scenarios: Annotated[
        int, typer.Option("--scenarios", metavar="N", min=1, max=MAX_SCENARIOS, help="How many.")
    ] = DEFAULT_SCENARIOS,
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
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> int:
    """Decide seeded scenarios and compare each decision with the exact optimum.

    The scenarios follow from the seed and the networks they happen on: --date gives the same ones here and with --cloud.
    Exits with 1 when a decision breaks a rule or has a fault that the suite looks for, or a run halted (or did not) wrongly.
    """
    session = Session.of(context, stage, pack or suite or None, as_json)
    asked = _Asked(
        suite=suite or session.target.pack, seed=number, count=scenarios, cloud=cloud, date=_day(date), regime=regime
    )
    report = _report(session, asked)
    session.emit(report.document(), lambda console: view(report))
    return ExitCode.OK if report.passed else ExitCode.UNEXPECTED


@dataclass(frozen=True, kw_only=True)
class _Asked:
    suite: str
    seed: int
    count: int
    cloud: bool
    date: str
    regime: str


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
    try:
        from evaluation import suite as suites

        _require_suite(asked.suite, suites.available_suites())
        regimes = suites.load_suite(asked.suite).regimes
    except ModuleNotFoundError as error:
        raise CliError(
            f"the evaluation needs {error.name}", advice="make setup", code="setup", exit_code=ExitCode.SETUP
        ) from error
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
    runner = _cloud(session, asked) if asked.cloud else _here(session, asked)
    with counting(session.err, "scenarios", asked.count, session.services.clock) as advance:
        return suites.evaluate(
            suite=asked.suite,
            seed=asked.seed,
            count=asked.count,
            runner=runner,
            regime=asked.regime,
            advance=lambda row: advance(row.kind),
        )


def _require_suite(name: str, available: Sequence[str]) -> None:
    if name not in available:
        raise CliError(
            f"there is no suite {name!r}",
            advice=f"one of: {', '.join(available)}",
            code="suite_unknown",
            exit_code=ExitCode.BAD_INPUT,
        )


def _here(session: Session, asked: _Asked) -> Any:
    from evaluation.scenarios import Network
    from evaluation.suite import InProcess

    places = (Network(date=asked.date, seed=SAMPLE_SEED),) if asked.date else ()
    return InProcess(session.pack(), places)


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


def view(report: Report) -> RenderableType:
    """The figures, one line per kind, and what went worst."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    figures = report.document()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in (
        "kind",
        "runs",
        "decided",
        "halted",
        "mean regret",
        "worst regret",
        "violations",
        *_told(report.counted),
    ):
        table.add_column(name, justify="left" if name == "kind" else "right")
    for kind in dict.fromkeys(row.kind for row in report.rows):
        rows = [row for row in report.rows if row.kind == kind]
        counts = (str(sum(name in row.faults for row in rows)) for name in report.counted)
        table.add_row(*_kind_cells(kind, rows), *counts)
    lines = [
        f"{figures['scenarios']} scenarios of seed {report.seed}, {report.where}, duty rules {report.regime}",
        f"networks (date/seed): {', '.join(report.networks)}",
        f"feasibility violations: {report.violations}",
        *(f"{told}: {number}" for told, number in zip(_told(report.faults), report.faults.values(), strict=True)),
        f"regret: mean {_percent(figures['mean_regret'])}, worst {_percent(figures['worst_regret'])}"
        f" over {figures['decisions']} decisions",
        f"halts: {report.halts_right} right, {report.halts_wrong} wrong",
        f"chosen: {_tally(figures['chosen'])}",
        f"best: {_tally(figures['best'])}",
        f"figures of any option that disagree: in {figures['disagreements']} runs",
        f"seconds per run: median {figures['median_seconds']}, longest {figures['longest_seconds']}",
    ]
    return Group(Text("\n".join(lines)), Text(), table, Text("\n".join(["", *_remarkable(report.rows)])))


def _told(faults: Iterable[str]) -> list[str]:
    """Names of faults as a person reads them."""
    return [name.replace("_", " ") for name in faults]


def _tally(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items()) or "none"


def _kind_cells(kind: str, rows: list[Row]) -> list[str]:
    regrets = [row.regret for row in rows if row.regret is not None]
    return [
        kind,
        str(len(rows)),
        str(sum(not row.halted for row in rows)),
        str(sum(row.halted for row in rows)),
        _percent(sum(regrets) / len(regrets)) if regrets else "",
        _percent(max(regrets)) if regrets else "",
        str(sum(bool(row.violations) for row in rows)),
    ]


def _remarkable(rows: Any) -> list[str]:
    wrong = [row for row in rows if row.violations or row.faults or row.halted is not row.halt_is_right]
    lines = [f"wrong: {row.number} {row.kind} {row.incident}: {_what(row)}" for row in wrong]
    worst = sorted((row for row in rows if row.regret), key=lambda row: -row.regret)[:SHOWN_WORST]
    lines += [
        f"regret {_percent(row.regret)}: {row.number} {row.kind} {row.incident}: {row.chosen}; better: {row.best}"
        for row in worst
    ]
    differing = [row for row in rows if row.disagreements][:SHOWN_WORST]
    return [*lines, *(f"disagrees: {row.number} {row.incident}: {'; '.join(row.disagreements)}" for row in differing)]


def _what(row: Row) -> str:
    if row.violations:
        return f"{row.chosen} breaks {', '.join(row.violations)}"
    if row.faults:
        return f"{row.chosen}: {', '.join(_told(row.faults))}"
    if row.halted:
        return f"halted ({', '.join(row.reasons)}) though it could have: {row.best}"
    return f"decided though {', '.join(row.missing) or 'no course of action is allowed'}"


def _percent(value: float | None) -> str:
    return "none" if value is None else f"{100 * value:.2f} %"
