"""``up``, ``down``, ``status``, ``warm`` and ``console``: the local cloud, what is deployed where, and the page to look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands.ask import examples
from cli.commands.seed import seed_tables, summary
from cli.errors import CliError, ExitCode
from cli.ports import Document
from cli.screen.format import NOTHING, duration, words
from cli.screen.progress import Steps
from cli.session import JsonOption, PackOption, Session, StageOption

if TYPE_CHECKING:
    from rich.console import RenderableType

_LABELS = {"emulator": "emulator, process", "bedrock": "Bedrock stand-in, process", "endpoint": "emulator, URL"} | {
    "bedrock_endpoint": "Bedrock stand-in, URL"
}


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command()(up)
    app.command()(down)
    app.command()(status)
    app.command()(warm)
    app.command()(console)


def up(
    context: typer.Context,
    real_model: Annotated[
        bool,
        typer.Option(
            "--real-model", help="Ask a model instead of the offline policy: CONCLAVE_MODEL_ENDPOINT, else Bedrock."
        ),
    ] = False,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Start the local cloud, deploy a pack to it, and fill its tables. Quick when that was done before."""
    session = Session.of(context, stage, pack, as_json)
    _require_local(session, "cdk deploy")
    session.pack()  # A pack that contradicts itself is told before anything is started.
    laptop = session.services.laptop()
    steps = Steps(session.err.print, session.services.clock)
    began = session.services.clock()
    with steps.step("local cloud"):
        laptop.start(steps.say, real_model=real_model)
    with steps.step("bootstrap"):
        laptop.bootstrap(steps.say)
    with steps.step("deploy"):
        if conflicts := session.services.indexes(session.target):
            raise CliError(
                "; ".join(conflicts),
                advice="nothing was deployed",
                code="indexes_refused",
                exit_code=ExitCode.BAD_INPUT,
            )
        laptop.deploy(session.target.pack, steps.say)
    with steps.step("sample"):
        day = session.sample_day()
        seeded = seed_tables(session, day=day)
        steps.say(summary(seeded, day))
    url, why_not = laptop.console()
    document = {
        "stage": session.target.stage,
        "pack": session.target.pack,
        "console": url or None,
        "seconds": round(session.services.clock() - began, 2),
        "steps": steps.done,
        "rows": seeded.rows,
        "cloud": laptop.status(),
    }
    if why_not:
        steps.say(why_not)
    session.emit(document, lambda console: _ready(session, document))


def down(
    context: typer.Context,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop the local cloud, by process id. What it held is gone with it."""
    session = Session.of(context, stage, pack, as_json)
    _require_local(session, "cdk destroy")
    stopped = session.services.laptop().stop()
    line = "stopped the local cloud" if stopped else "the local cloud was not running"
    session.emit({"stopped": stopped}, lambda console: line)


def status(
    context: typer.Context,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what runs and what is deployed; for the local cloud also what of AWS it emulates and what not."""
    session = Session.of(context, stage, pack, as_json)
    document: Document = {"stage": session.target.stage, "pack": session.target.pack}
    running = True
    if session.target.is_local:
        laptop = session.services.laptop()
        document |= {"cloud": laptop.status(), "coverage": laptop.coverage()}
        running = bool(document["cloud"].get("running"))
    document["stacks"] = session.services.cloud(session.target).stacks(session.target) if running else []
    session.emit(document, lambda console: _status(document))


def warm(
    context: typer.Context,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Warm up the functions that a run waits for: one environment of each starts, prepares and connects; nothing runs."""
    session = Session.of(context, stage, pack, as_json)
    session.services.bus(session.target).warm_up()
    session.emit({"sent": True}, lambda console: "sent; functions are warm within seconds")


def console(
    context: typer.Context,
    print_url: Annotated[
        bool, typer.Option("--print-url", help="Only print the address of the page; open nothing.")
    ] = False,
    publish: Annotated[
        bool, typer.Option("--publish", help="First put the page that make console built onto the stage.")
    ] = False,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open the console in the browser: runs as they happen, their options as pictures, rules and evidence, the audit."""
    session = Session.of(context, stage, pack, as_json)
    url, files = _console(session, publish=publish)
    opened = not (print_url or session.as_json) and session.services.browse(url)
    session.emit({"url": url, "opened": opened, "published": files}, lambda console: url)


def _console(session: Session, *, publish: bool) -> tuple[str, list[str]]:
    """The console's address, and the files that were published."""
    target = session.target
    if target.is_local:
        if publish:
            raise CliError(
                "on this machine the page is served as it is built", advice="make console", exit_code=ExitCode.BAD_INPUT
            )
        url, why_not = session.services.laptop().console()
        if not url:
            raise CliError(why_not, code="console_missing", exit_code=ExitCode.SETUP)
        return f"{url}/#/{target.pack}/runs", []
    outputs = session.services.cloud(target).console(target)
    if "ConsoleUrl" not in outputs:
        raise CliError(
            f"{target.stack('console')} is not deployed",
            advice=f"cdk deploy --all -c stage={target.stage} -c pack={target.pack} -c console=true",
            code="console_missing",
            exit_code=ExitCode.UNREACHABLE,
        )
    files = session.services.pages(target).publish(outputs, session.services.fresh_key()) if publish else []
    return outputs["ConsoleUrl"], files


def _require_local(session: Session, instead: str) -> None:
    target = session.target
    if not target.is_local:
        raise CliError(
            f"the stage {target.stage} is not on this machine",
            advice=f"{instead} --all -c stage={target.stage} -c pack={target.pack}",
            code="stage_not_local",
            exit_code=ExitCode.BAD_INPUT,
        )


def _ready(session: Session, document: Document) -> RenderableType:
    from rich.text import Text

    text = Text("ready ", style="bold green").append(f"after {duration(document['seconds'])}", style="not bold default")
    if document["console"]:
        text.append(f"\n{document['console']}/#/{document['pack']}/runs", style="not bold default")
    found = examples(session)
    text.append(f'\nconclave ask "{found[0]}" --wait{session.options()}' if found else "", style="not bold default")
    return text


def _status(document: Document) -> RenderableType:
    from rich import box
    from rich.console import Group
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False)
    table.add_column("what", no_wrap=True)
    table.add_column("state")
    for name, value in document.get("cloud", {}).items():
        if name in _LABELS and not document["cloud"].get("running"):
            continue
        table.add_row(_LABELS.get(name) or words(name), _state(value))
    for stack in document["stacks"]:
        table.add_row(stack["name"], stack["status"])
    for kind, names in document.get("coverage", {}).items():
        table.add_row(words(kind), "\n".join(names) or NOTHING)
    return Group(table)


def _state(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or NOTHING
    return str(value) if value or (value == 0 and not isinstance(value, float)) else NOTHING
