"""The surroundings of every command: the target, the two streams, and the ports."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import CliError, ExitCode
from cli.ports import DEFAULT_PACK, DEFAULT_STAGE, Target
from cli.services import Services

if TYPE_CHECKING:
    from conclave.pack import Pack
    from rich.console import Console, RenderableType

WIDTH_WITHOUT_TERMINAL = 120

StageOption = Annotated[
    str | None, typer.Option("--stage", metavar="STAGE", help="local (the default), or a stage in an AWS account.")
]
PackOption = Annotated[str | None, typer.Option("--pack", metavar="PACK", help="The domain; airline is the default.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, and nothing else there.")]


@dataclass(slots=True)
class Defaults:
    """Options that were given before the command's name; the command's own options win."""

    services: Services
    stage: str = DEFAULT_STAGE
    pack: str = DEFAULT_PACK
    as_json: bool = False


@dataclass(frozen=True)
class Session:
    """A command's surroundings.

    Attributes:
        target: Stage and pack.
        as_json: True when stdout takes one JSON document.
        services: The ports.
    """

    target: Target
    as_json: bool
    services: Services = field(repr=False)

    @classmethod
    def of(cls, context: typer.Context, stage: str | None, pack: str | None, as_json: bool) -> Session:
        """The session of a command.

        Raises:
            CliError: There is no such stage, or no such pack.
        """
        defaults: Defaults = context.obj
        target = Target(stage=stage or defaults.stage, pack=pack or defaults.pack)
        _require_stage(target)
        _require_pack(target.pack)
        return cls(target=target, as_json=as_json or defaults.as_json, services=defaults.services)

    @property
    def out(self) -> Console:
        """The console on stdout, for results."""
        return _console(stderr=False)

    @property
    def err(self) -> Console:
        """The console on stderr, for progress."""
        return _console(stderr=True)

    def pack(self) -> Pack:
        """The pack's declarations.

        Raises:
            CliError: They cannot be used.
        """
        from conclave.pack import PackInvalid, load_pack

        try:
            return load_pack(self.target.pack)
        except PackInvalid as error:
            raise CliError(str(error), code="pack_invalid", exit_code=ExitCode.BAD_INPUT) from error

    def sample_day(self) -> str:
        """The day that a sample lies around, as an ISO date: tomorrow, by the clock of places four hours east of Greenwich.

        By the UTC date alone, flights that leave a hub in the Gulf after midnight would have left before a late report.
        """
        return (self.services.now() + timedelta(days=1, hours=4)).date().isoformat()

    def options(self) -> str:
        """The options that lead a further command to the same target; empty for the defaults."""
        return self.target.options

    def emit(self, document: Any, view: Callable[[Console], RenderableType]) -> None:
        """Answers the command: the document as JSON, or its view for a person."""
        if self.as_json:
            write_json(document)
            return
        console = self.out
        console.print(view(console), crop=False)


def write_json(document: Any) -> None:
    """The one JSON document of a command, on stdout."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    # What is shown came from models and tables: no markup, so that a text cannot style or link anything.
    console = Console(stderr=stderr, markup=False, emoji=False, highlight=False)
    if console.is_terminal:
        return console
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, width=_width_elsewhere())


def _width_elsewhere() -> int:
    import os

    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) > 0 else WIDTH_WITHOUT_TERMINAL


def _require_stage(target: Target) -> None:
    if target.is_local:
        return
    from infra.stage import StageUnknown, find_stage

    try:
        find_stage(target.stage)
    except StageUnknown as error:
        raise CliError(str(error), code="stage_unknown", exit_code=ExitCode.BAD_INPUT) from error


def _require_pack(name: str) -> None:
    from conclave.pack import available_packs

    known = available_packs()
    if name not in known:
        raise CliError(
            f"there is no pack {name!r}",
            advice=f"choose one of: {', '.join(known)}",
            code="pack_unknown",
            exit_code=ExitCode.BAD_INPUT,
        )
