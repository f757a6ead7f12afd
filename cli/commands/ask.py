"""``ask`` and ``submit``: how an incident gets in, as a sentence, as JSON, or as an event."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from conclave.codes import RunStatus

from cli.commands.runs import DEFAULT_TIMEOUT, TimeoutOption, wait
from cli.errors import CliError, ExitCode
from cli.ports import Document
from cli.screen.format import one_line
from cli.session import JsonOption, PackOption, Session, StageOption

APPEARS_WITHIN = 30.0
"""Seconds from an event to its run; more means that the event went to the dead-letter queue."""

KEY_CHARACTERS = 200
"""The longest key that the API takes."""

WaitOption = Annotated[
    bool, typer.Option("--wait", "--watch", help="Show live progress until the run ends; exit with its outcome.")
]
NewOption = Annotated[bool, typer.Option("--new", help="A new run, even if the same was asked before today.")]
ExampleOption = Annotated[
    int | None, typer.Option("--example", min=0, metavar="N", help="Take the pack's example sentence number N instead.")
]


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command()(ask)
    app.command()(submit)


def ask(
    context: typer.Context,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="What happened, in a sentence; - reads it from stdin.")
    ] = "",
    wait_for_it: WaitOption = False,
    new: NewOption = False,
    example: ExampleOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> int:
    """Ask for a decision about something that happened, told in a sentence.

    The same sentence on the same day is the same run; --new asks again.
    """
    session = Session.of(context, stage, pack, as_json)
    if example is not None:
        text = _example(session, example)
    elif text == "-":
        text = sys.stdin.read()
    if not text.strip():
        raise CliError(
            "the text is empty", advice='conclave ask "what happened"', code="text_empty", exit_code=ExitCode.BAD_INPUT
        )
    key = session.services.fresh_key() if new else ""
    return _post(session, {"text": text.strip()}, key, waiting=wait_for_it, timeout=timeout)


def submit(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON file; - reads it from stdin.")] = "",
    event: Annotated[bool, typer.Option("--event", help="Send it as an EventBridge event instead.")] = False,
    wait_for_it: WaitOption = False,
    new: NewOption = False,
    example: ExampleOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> int:
    """Submit an incident from a JSON file: {"text": "..."} or {"incident": {...}}.

    A further "idempotency_key" names the request: the same key is the same run.
    """
    session = Session.of(context, stage, pack, as_json)
    body = {"text": _example(session, example)} if example is not None else request_in(file)
    own = _key(body.pop("idempotency_key", None))
    key = session.services.fresh_key() if new else own
    if not event:
        return _post(session, body, key, waiting=wait_for_it, timeout=timeout)
    return _send(session, body, key or session.services.fresh_key(), waiting=wait_for_it, timeout=timeout)


def require_models(session: Session) -> None:
    """Raises ``CliError`` when nobody answers for the models; whoever looks at earlier runs needs none."""
    if session.target.is_local:
        session.services.laptop().require_models()


def _post(session: Session, body: Mapping[str, Any], key: str, *, waiting: bool, timeout: float) -> ExitCode:
    require_models(session)
    api = session.services.api(session.target)
    accepted = api.submit(body, key)
    if waiting:
        _announce(session, accepted)
        return wait(session, api, str(accepted["run_id"]), timeout=timeout)
    _accepted(session, accepted)
    return ExitCode.OK


def _send(session: Session, body: Mapping[str, Any], key: str, *, waiting: bool, timeout: float) -> ExitCode:
    from conclave.api.intake import run_id_for

    require_models(session)
    run_id = run_id_for(session.target.stage, session.target.pack, key)
    session.services.bus(session.target).report({**body, "idempotency_key": key})
    accepted = {"run_id": run_id, "status": RunStatus.RUNNING.value, "duplicate": False}
    if waiting:
        _announce(session, accepted)
        api = session.services.api(session.target)
        session.err.print("sent; its run begins when the bus has delivered it")
        try:
            return wait(session, api, run_id, timeout=timeout, appears_within=APPEARS_WITHIN)
        except CliError as error:
            if error.code != "run_unknown":
                raise
            raise CliError(
                f"no run began within {APPEARS_WITHIN:.0f} s of the event: its incident was refused, or it is still on the way",
                advice=f"look again with conclave show {run_id}{session.options()}; docs/operations.md, Redrive",
                code="run_unknown",
                exit_code=ExitCode.BAD_INPUT,
            ) from error
    _accepted(session, accepted)
    return ExitCode.OK


def _announce(session: Session, accepted: Document) -> None:
    session.err.print(f"{accepted.get('run_id')}{f' ({_told(accepted)})' if accepted.get('duplicate') else ''}")


def _told(accepted: Document) -> str:
    """What a report that came before is told: whether the decision of its run still stands, or why it does not."""
    said = (accepted.get("earlier") or {}).get("message") or "asked before today"
    return f"{said}; --new asks again"


def _accepted(session: Session, accepted: Document) -> None:
    from rich.text import Text

    run_id = accepted.get("run_id")
    again = f"\n{_told(accepted)}" if accepted.get("duplicate") else ""
    if accepted.get("option"):
        again += f"\n{accepted['status']}: {accepted['option']['id']} {accepted['option']['summary']}"
    session.emit(
        accepted, lambda console: Text(f"{run_id}{again}\nfollow it: conclave watch {run_id}{session.options()}")
    )


def _example(session: Session, number: int) -> str:
    found = examples(session)
    if not found:
        raise CliError(
            f"nothing is loaded for {session.sample_day()} that an example could tell of",
            advice=f"conclave seed{session.options()}, or conclave load DIR with data of that day",
            code="example_unknown",
            exit_code=ExitCode.BAD_INPUT,
        )
    if number >= len(found):
        raise CliError(
            f"the pack {session.target.pack} has no example {number}",
            advice=f"0 to {len(found) - 1}",
            code="example_unknown",
            exit_code=ExitCode.BAD_INPUT,
        )
    return found[number]


def examples(session: Session) -> Sequence[str]:
    """Sentences about the data of the stage; about the sample for a pack that knows no others, and for who may not read it."""
    from conclave.pack.tables import ReadFailed

    pack = session.pack()
    if pack.examples_of is None:
        return pack.examples(session.sample_day())
    try:
        return pack.examples_of(session.services.store(session.target).tables(), session.sample_day())
    except (CliError, ReadFailed):
        return pack.examples(session.sample_day())


def request_in(file: str) -> dict[str, Any]:
    """The request in a file, or on stdin for ``-``. Raises ``CliError`` when it cannot be sent."""
    text = _read(file)
    source = "stdin" if file == "-" else file
    try:
        body = json.loads(text)
    except json.JSONDecodeError as error:
        raise _bad(
            f"{source} is no JSON: line {error.lineno}, column {error.colno}: {error.msg}", "json_invalid"
        ) from error
    if not isinstance(body, dict) or ("text" in body) == ("incident" in body):
        raise _bad(f'{source} must be a JSON object with either "text" or "incident"', "body_invalid")
    # The bus takes every event: what no function would take has to be refused before it is sent.
    if "incident" in body and not isinstance(body["incident"], dict):
        raise _bad(f'{source} must hold a JSON object as "incident"', "incident_invalid")
    if "text" in body and (not isinstance(body["text"], str) or not body["text"].strip()):
        raise _bad(f'{source} must say in "text", as a sentence, what happened', "text_empty")
    return body


def _key(given: Any) -> str:
    """The key of a request in a file, which becomes a header; empty without one."""
    if given is None:
        return ""
    if (
        not isinstance(given, str)
        or not 1 <= len(given) <= KEY_CHARACTERS
        or not given.isascii()
        or not given.isprintable()
    ):
        allowed = f"1 to {KEY_CHARACTERS} printable ASCII characters"
        raise _bad("the idempotency_key cannot be sent", "idempotency_key_invalid", advice=f"take {allowed}")
    return given


def _read(file: str) -> str:
    if not file:
        raise _bad("there is nothing to submit", "file_missing", advice="conclave submit FILE, or --example 0")
    if file == "-":
        return sys.stdin.read()
    try:
        return Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise _bad(f"{file} cannot be read: {error.strerror}", "file_unreadable") from error
    except UnicodeDecodeError as error:
        raise _bad(f"{file} is not UTF-8 text", "file_unreadable") from error


def _bad(message: str, code: str, advice: str = "") -> CliError:
    return CliError(one_line(message), advice=advice, code=code, exit_code=ExitCode.BAD_INPUT)
