"""``suite``: makes suites that are folders, and puts finished runs into them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.judging.files import told
from cli.commands.seed import DEFAULT_SEED as SAMPLE_SEED
from cli.errors import CliError, ExitCode
from cli.screen.progress import counting
from cli.session import JsonOption, PackOption, Session, StageOption

FolderArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the suite.")]


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    group = typer.Typer(help="Suites that are folders: make one, and put finished runs into it.")
    group.command()(new)
    group.command()(add)
    app.add_typer(group, name="suite")


def new(
    context: typer.Context,
    folder: FolderArgument,
    about: Annotated[str, typer.Option("--about", metavar="TEXT", help="What it is for.")] = "",
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Seed of its scenarios.")] = 1,
    size: Annotated[int, typer.Option("--scenarios", metavar="N", min=1, max=10_000, help="How many.")] = 20,
    date: Annotated[str, typer.Option("--date", metavar="DATE", help="Let all happen on the sample of this day.")] = "",
    regime: Annotated[str, typer.Option("--regime", metavar="RULES", help="Duty rules, easa or faa.")] = "",
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a suite with seeded scenarios and the exact optimum of each."""
    session = Session.of(context, stage, pack, as_json)

    from evaluation.cases.form import Place
    from evaluation.cases.making import new_suite
    from evaluation.scenarios import Network, networks
    from evaluation.suite import available_suites, evaluate, load_suite

    name = session.target.pack
    if name not in available_suites():
        raise _refused(f"nothing judges decisions of {name!r}; one of: {', '.join(available_suites())}")
    if regime not in ("", *load_suite(name).regimes):
        raise _refused(f"there are no duty rules {regime!r}; one of: {', '.join(load_suite(name).regimes)}")
    over = (Network(date=_day(date), seed=SAMPLE_SEED),) if date else ()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise _refused(f"{folder} is there already; name a new folder")
    with counting(session.err, "scenarios", size, session.services.clock) as advance:
        report = evaluate(
            suite=name, seed=seed, count=size, regime=regime, over=over, advance=lambda row: advance(row.kind)
        )
    first = (over or tuple(networks(seed)))[0]
    head = told(
        lambda: new_suite(
            folder,
            about=about,
            place=Place(date=first.date, seed=first.seed),
            report=report,
            regime=regime,
            over=[Place(date=each.date, seed=each.seed) for each in over],
        )
    )
    document = {"folder": str(folder), "pack": head.pack, "scenarios": size, "passed": report.passed}
    session.emit(
        document, lambda console: f"{folder}: {size} scenarios of seed {seed}; conclave evaluate --suite {folder}"
    )


def add(
    context: typer.Context,
    folder: FolderArgument,
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Run ids, as ask and runs give them.")],
    date: Annotated[
        str,
        typer.Option(
            "--date", metavar="DATE", help="The runs found the sample of this day, so that they can be decided anew."
        ),
    ] = "",
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Seed of that sample.")] = SAMPLE_SEED,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put finished runs into a suite: what was decided, and what people did about it; without their names."""
    session = Session.of(context, stage, pack, as_json)

    from evaluation.cases.form import Place
    from evaluation.cases.making import add_run

    place = Place(date=_day(date), seed=seed) if date else None
    api = session.services.api(session.target)
    files = []
    for each in runs:
        document = api.run(each)
        files.append(str(told(lambda document=document: add_run(folder, document, place))))  # type: ignore[misc]
    session.emit({"added": files}, lambda console: "\n".join(files))


def _day(text: str) -> str:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise _refused(f"{text!r} is not a date (write it as 2026-11-21)") from error


def _refused(message: str) -> CliError:
    return CliError(message, code="usage", exit_code=ExitCode.BAD_INPUT)
