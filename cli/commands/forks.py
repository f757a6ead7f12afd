"""``fork`` and ``diff``: a run that goes on from a phase of another one with changes, and two runs side by side."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.commands.ask import require_models
from cli.commands.config import change_by_number
from cli.commands.runs import DEFAULT_TIMEOUT, TimeoutOption, wait
from cli.errors import CliError, ExitCode
from cli.ports import Document
from cli.screen.format import harmless, one_line
from cli.session import JsonOption, PackOption, Session, StageOption

KINDS = "model, prompt, constraint, field, configuration"
_PREDICATE = re.compile(r"(soft:)?\s*(\w+)\s*(<=|>=|==|!=|<|>)\s*(.+)")
_FIELD = re.compile(r"([^.\s]+)\.(\w+)\s*=(.*)")
MOST_BYTES = 16_000
"""Of a file with a role: as many as four thousand characters have at most."""


class From(StrEnum):
    """The phases that a run can be forked from."""

    RECOMMEND = "recommend"
    REVISE = "revise"
    ARBITRATE = "arbitrate"


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command()(fork)
    app.command()(diff)


def fork(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run to fork; it has to be over.")],
    start: Annotated[From, typer.Option("--from", help="The first phase that is the fork's own.")],
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="KIND=CHANGE",
            help="model=arbiter:strong, prompt=arbiter:TEXT (added) or prompt=arbiter:@FILE (in place of the role), "
            '"constraint=cost<=500" or "constraint=soft:cost<=500", field=O3.delay_minutes=45, '
            "configuration=limits.model_turns=3 or configuration=CHANGE (a number of config history). As often as needed.",
        ),
    ] = None,
    wait_for_it: Annotated[bool, typer.Option("--wait", help="Show live progress until the fork ends.")] = False,
    new: Annotated[bool, typer.Option("--new", help="A new fork, even if the same was asked for before.")] = False,
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> ExitCode:
    """Fork a run: its earlier phases are taken over, only later ones are asked and paid for, and it decides for nobody.

    Without --with the same is asked again. The audit says who forked which run with what.
    """
    session = Session.of(context, stage, pack, as_json)
    body: Document = {"from": start.value}
    for each in changes or ():
        _add(body, each, session)
    require_models(session)
    api = session.services.api(session.target)
    forked = api.fork(run, body, session.services.fresh_key() if new else "")
    name = str(forked["run_id"])
    if wait_for_it:
        session.err.print(f"{name} forks {forked['of']}")
        return wait(session, api, name, timeout=timeout)
    more = f"conclave watch {name}{session.options()}, then conclave diff {forked['of']} {name}{session.options()}"
    known = "was asked for before: " if forked.get("duplicate") else ""
    session.emit(forked, lambda console: harmless(f"{known}{name}\n{more}"))
    return ExitCode.OK


def diff(
    context: typer.Context,
    first: Annotated[str, typer.Argument(metavar="RUN", help="A run.")],
    second: Annotated[str, typer.Argument(metavar="RUN", help="Another one, such as a fork of it.")],
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show where two runs differ: options, constraints, assessments, ranking, cost and durations."""
    session = Session.of(context, stage, pack, as_json)
    api = session.services.api(session.target)

    from cli.comparison import compared
    from cli.screen.differences import differences_view

    document = compared(api.run(first), api.run(second))
    session.emit(document, lambda console: differences_view(harmless(document), width=console.width))


def _add(body: Document, change: str, session: Session) -> None:
    """Adds a change, as somebody writes it, to the body of the request."""
    kind, sign, rest = change.partition("=")
    adders: dict[str, Callable[[Document, str, Session], None]] = {
        "model": _model,
        "prompt": _prompt,
        "constraint": _constraint,
        "field": _field,
        "configuration": _configuration,
    }
    if kind.strip() not in adders or not sign or not rest.strip():
        raise _bad(f"{one_line(change)!r} is not a change", f"--with KIND=CHANGE; kinds are: {KINDS}")
    adders[kind.strip()](body, rest.strip(), session)


def _model(body: Document, rest: str, session: Session) -> None:
    agent, sign, tier = rest.partition(":")
    if not sign or not agent or not tier:
        raise _bad(f"{one_line(rest)!r} names no model", "model=AGENT:TIER, or the id of a model in place of a tier")
    body.setdefault("models", {})[agent.strip()] = tier.strip()


def _prompt(body: Document, rest: str, session: Session) -> None:
    agent, sign, text = rest.partition(":")
    if not sign or not agent or not text.strip():
        raise _bad(f"{one_line(rest)!r} has no words", "prompt=AGENT:TEXT, or prompt=AGENT:@FILE in place of the role")
    instead = text.startswith("@")
    body.setdefault("prompts", {})[agent.strip()] = {"text": _read(text[1:]) if instead else text, "instead": instead}


def _read(name: str) -> str:
    try:
        with Path(name).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise _bad(f"{one_line(name)} is larger than a role can be", "4,000 characters are read")
        return data.decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(f"{one_line(name)} cannot be read as a text", "prompt=AGENT:@FILE") from error


def _constraint(body: Document, rest: str, session: Session) -> None:
    if rest.startswith("-"):
        raise _bad("a fork adds constraints and drops none, whoever brought them", 'constraint="cost<=500"')
    found = _PREDICATE.fullmatch(rest)
    if found is None:
        raise _bad(f"{one_line(rest)!r} is not a predicate", 'constraint="cost<=500", with <=, <, >=, >, == or !=')
    soft, field, operator, value = found.groups()
    added = {"field": field, "operator": operator, "value": _value(value.strip()), "hard": not soft}
    body.setdefault("constraints", []).append(added)


def _field(body: Document, rest: str, session: Session) -> None:
    found = _FIELD.fullmatch(rest)
    if found is None:
        raise _bad(f"{one_line(rest)!r} sets no field", "field=OPTION.FIELD=VALUE, such as field=O3.delay_minutes=45")
    option, field, value = found.groups()
    body.setdefault("fields", {}).setdefault(option, {})[field] = _value(value.strip())


def _configuration(body: Document, rest: str, session: Session) -> None:
    path, sign, value = rest.partition("=")
    known = body.get("configuration")
    if not sign:
        if known or not path.isdecimal():
            raise _bad(
                f"{one_line(rest)!r} is neither a setting nor the only version", "configuration=PATH=VALUE or =CHANGE"
            )
        wanted = change_by_number(session, int(path))
        # What the stage has of its own (money, prices, intake) is not a fork's to change.
        own = {name: each for name, each in wanted.document.items() if name not in ("money", "prices", "intake")}
        body["configuration"] = {"document": own, "instead": True}
        return
    from conclave.configuration.changes import with_value

    before = known or {"document": {}, "instead": False}
    body["configuration"] = {**before, "document": with_value(before["document"], path.strip(), _value(value.strip()))}


def _value(text: str) -> Any:
    """The value as JSON has it; whatever is not JSON is a word."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _bad(message: str, advice: str) -> CliError:
    return CliError(message, advice=advice, code="usage", exit_code=ExitCode.BAD_INPUT)
