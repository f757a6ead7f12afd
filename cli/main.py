"""The ``conclave`` command: global options, commands, and the one place where an error becomes a line and a code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any
from zoneinfo import reset_tzpath

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from cli.commands import (
    ask,
    cloud,
    config,
    cost,
    doctor,
    forks,
    load,
    profile,
    replay,
    rollout,
    runs,
    seed,
    smoke,
    verify,
)
from cli.commands.judging import compare, evaluate, suites
from cli.commands.people import acts, approvals, login
from cli.errors import MEANING, CliError, ExitCode
from cli.ports import DEFAULT_PACK, DEFAULT_STAGE
from cli.screen.format import harmless, one_line
from cli.services import Services
from cli.session import Defaults, JsonOption, write_json

EPILOG = "Exit codes: " + "; ".join(f"{code.value} {MEANING[code]}" for code in ExitCode) + "."
NAME = "conclave"


class Boundary(TyperGroup):
    """Ends every failure as one line on stderr, as one JSON document on stdout if asked for, and as an exit code."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Runs a command. See ``TyperGroup.main``."""
        arguments = list(sys.argv[1:] if args is None else args) or ["--help"]
        try:
            code = super().main(
                arguments,
                prog_name,
                complete_var,
                standalone_mode=False,
                windows_expand_args=windows_expand_args,
                **extra,
            )
        except Exception as error:
            if _debugging():
                raise
            code = _told(error, as_json=_wants_json(arguments))
        else:
            if code == ExitCode.INTERRUPTED:
                _told(CliError("interrupted", code="interrupted"), as_json=_wants_json(arguments))
        if not standalone_mode:
            return code
        sys.exit(int(code or 0))


app = typer.Typer(
    name=NAME,
    cls=Boundary,
    help="A decision room: AI agents deliberate about a live incident, safety agents can stop it, an arbiter chooses.",
    epilog=EPILOG,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _globals(
    context: typer.Context,
    stage: str = typer.Option(
        DEFAULT_STAGE, "--stage", envvar="CONCLAVE_STAGE", help="Where: local, or a stage in AWS."
    ),
    pack: str = typer.Option(DEFAULT_PACK, "--pack", envvar="CONCLAVE_PACK", help="Which domain."),
    as_json: JsonOption = False,
) -> None:
    services = context.obj if isinstance(context.obj, Services) else Services()
    context.obj = Defaults(services=services, stage=stage, pack=pack, as_json=as_json)


for module in (
    cloud,
    ask,
    runs,
    forks,
    profile,
    cost,
    acts,
    approvals,
    login,
    config,
    rollout,
    seed,
    load,
    evaluate,
    compare,
    suites,
    doctor,
    smoke,
    verify,
    replay,
):
    module.register(app)


def main() -> None:
    """The entry point of the command. It reads the locked time zones, as runs do: the system's are as old as the system."""
    reset_tzpath(to=())
    app(prog_name=NAME)


def _told(error: Exception, *, as_json: bool) -> int:
    """Tells an error and returns its exit code."""
    code, message, exit_code = _described(error)
    sys.stderr.write(f"error: {harmless(message)}\n")
    if as_json:
        write_json({"error": {"code": code, "message": message}})
    return int(exit_code)


def _described(error: Exception) -> tuple[str, str, int]:
    if isinstance(error, CliError):
        return error.code, one_line(str(error)), error.exit_code
    if isinstance(error, TyperException):
        asked = getattr(getattr(error, "ctx", None), "command_path", NAME)
        advice = f"{asked} --help" if error.exit_code == ExitCode.BAD_INPUT else "see above"
        return "usage", f"{one_line(error.format_message())} ({advice})", error.exit_code
    name = type(error).__name__
    return (
        "unexpected",
        f"{name}: {one_line(str(error)) or 'no message'} (CONCLAVE_DEBUG=1 shows where)",
        ExitCode.UNEXPECTED,
    )


def _wants_json(arguments: Sequence[str]) -> bool:
    """True if JSON was asked for, even when the rest of the line could not be parsed."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in own


def _debugging() -> bool:
    return os.environ.get("CONCLAVE_DEBUG", "") not in {"", "0"}
